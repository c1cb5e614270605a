/* Runs one prepared statement, and hands out its rows: db_query_fixed(), db_query_made(). */
#include "db_query.h"

#include <mysql.h>

struct db_query db_query_fixed(struct db_session *s, enum db_stmt_id id, const char *what)
{
    return (struct db_query){
        .session = s,
        .what = what,
        .id = id,
        .args = db_args_of(db_stmt_parameters(id), db_session_scratch(s)),
        .into = &s->scratch,
    };
}

struct db_query db_query_made(struct db_session *s, size_t parameters, const char *what)
{
    db_session_sql(s);
    return (struct db_query){
        .session = s,
        .what = what,
        .id = STATEMENT_IDS,
        .args = db_args_of(parameters, &s->scratch),
        .into = &s->scratch,
    };
}

static enum rc prepare(struct db_query *query, struct fail *fail)
{
    struct db_session *s = query->session;

    if (query->id == STATEMENT_IDS)
        return db_stmt_get(&s->statements, buf_text(&s->sql), &query->stmt, fail);
    return db_stmt_fixed(&s->statements, query->id, &query->stmt, fail);
}

enum rc db_query_run(struct db_query *query, struct fail *fail)
{
    enum rc rc = prepare(query, fail);

    if (rc != RC_OK)
        return rc;
    return db_stmt_run(&query->session->link, query->stmt, &query->args, query->what, fail);
}

enum rc db_query_change(struct db_query *query, bool *changed_out, struct fail *fail)
{
    enum rc rc = db_query_run(query, fail);

    *changed_out = rc == RC_OK && mysql_stmt_affected_rows(query->stmt) > 0;
    return rc;
}

enum rc db_query_open(struct db_query *query, struct db_columns columns, struct db_rows *rows_out,
                      struct fail *fail)
{
    enum rc rc = prepare(query, fail);

    *rows_out =
        (struct db_rows){.link = &query->session->link, .what = query->what, .into = query->into};
    if (rc != RC_OK)
        return rc;
    rows_out->stmt = query->stmt;
    return db_rows_open(rows_out, columns.kinds, columns.count, &query->args, columns.text_bytes,
                        fail);
}

enum rc db_query_each(struct db_query *query, struct db_columns columns, db_take_row *take,
                      void *context, struct fail *fail)
{
    struct db_rows rows;
    bool row = false;
    enum rc rc = db_query_open(query, columns, &rows, fail);

    while (rc == RC_OK && (rc = db_rows_next(&rows, &row, fail)) == RC_OK && row)
        rc = take(context, &rows, fail);
    db_rows_close(&rows);
    return rc;
}

static enum rc take_integer(void *context, const struct db_rows *rows, struct fail *fail)
{
    int64_t *integer = context;

    (void)fail;
    *integer = db_rows_integer(rows, 0);
    return RC_OK;
}

enum rc db_query_integer(struct db_query *query, int64_t *integer_out, struct fail *fail)
{
    static const enum db_cell_kind KINDS[] = {DB_CELL_INTEGER};

    *integer_out = 0;
    return db_query_each(query, DB_COLUMNS(KINDS, 0), take_integer, integer_out, fail);
}
