#include <mysqld_error.h>

#include "db_lookup.h"
#include "db_tables.h"

enum rc db_owner_lock(struct db_session *s, struct text owner, int64_t *clock_out,
                      struct fail *fail)
{
    struct db_args args;
    MYSQL_STMT *stmt;
    enum rc rc = db_statements_fixed(&s->statements, STATEMENT_LOCK_OWNER, &stmt, fail);

    if (rc != RC_OK)
        return rc;
    args = db_args_of(1, db_session_scratch(s));
    db_args_text(&args, owner);
    rc = db_statement_run(&s->link, stmt, &args, "lock owner", fail);
    if (rc != RC_OK)
        return rc;
    /* 1 row: inserted, the owner is new. 2: updated, and LAST_INSERT_ID() is what it held. */
    *clock_out = mysql_stmt_affected_rows(stmt) == 1 ? 0 : (int64_t)mysql_stmt_insert_id(stmt);
    return RC_OK;
}

enum rc db_owner_clock(struct db_session *s, struct text owner, int64_t *clock_out,
                       struct fail *fail)
{
    static const enum db_cell_kind KINDS[] = {DB_CELL_INTEGER};
    struct db_rows rows = {.link = &s->link, .what = "read the clock"};
    struct db_args args;
    bool more = false;
    enum rc rc = db_statements_fixed(&s->statements, STATEMENT_READ_CLOCK, &rows.stmt, fail);

    if (rc != RC_OK)
        return rc;
    args = db_args_of(1, db_session_scratch(s));
    db_args_text(&args, owner);
    rc = db_rows_open(&rows, KINDS, ARRAY_LEN(KINDS), &args, 0, fail);
    if (rc == RC_OK)
        rc = db_rows_next(&rows, &more, fail);
    *clock_out = rc == RC_OK && more ? db_rows_integer(&rows, 0) : 0;
    db_rows_close(&rows);
    return rc;
}

static void add_known_part(const struct db_lookup *lookup, const struct db_list *list,
                           struct text table, const char *rejected, struct db_args *args)
{
    struct buf *sql = &lookup->session->sql;

    buf_printf(sql, "SELECT id, logical_clock, %s FROM ", rejected);
    db_quote_name(sql, table);
    buf_add_str(sql, " WHERE owner = ? AND id IN ");
    db_args_text(args, lookup->owner);
    db_lookup_add_list(lookup, list, args);
}

static void build_find_known(const struct db_lookup *lookup, const struct db_list *list,
                             struct db_args *args)
{
    add_known_part(lookup, list, lookup->session->link.settings->diffs_table, "0", args);
    buf_add_str(&lookup->session->sql, " UNION ALL ");
    add_known_part(lookup, list, TEXT_LITERAL(DB_KNOWN_TABLE), "rejected", args);
}

static void found_known(const struct db_lookup *lookup, size_t at, const struct db_rows *rows)
{
    struct known_id *known = lookup->out;

    known[at].clock = db_rows_integer(rows, 1);
    known[at].rejected = db_rows_integer(rows, 2) != 0;
}

enum rc db_find_known(struct db_session *s, struct text owner, const struct text *ids, size_t count,
                      struct known_id *known_out, struct fail *fail)
{
    static const enum db_cell_kind KINDS[] = {DB_CELL_TEXT, DB_CELL_INTEGER, DB_CELL_INTEGER};
    const struct db_lookup lookup = {
        .session = s,
        .what = "find known ids",
        .owner = owner,
        .build = build_find_known,
        .kinds = KINDS,
        .column_count = ARRAY_LEN(KINDS),
        .found = found_known,
        .out = known_out,
    };

    return db_lookup_run(&lookup, ids, count, fail);
}

static void build_find_existed(const struct db_lookup *lookup, const struct db_list *list,
                               struct db_args *args)
{
    struct buf *sql = &lookup->session->sql;

    buf_add_str(sql, "SELECT DISTINCT object_id FROM ");
    db_quote_name(sql, lookup->session->link.settings->diffs_table);
    buf_add_str(sql, " WHERE owner = ? AND model = ? AND object_id IN ");
    db_args_text(args, lookup->owner);
    db_args_text(args, lookup->model->name);
    db_lookup_add_list(lookup, list, args);
}

static void found_existed(const struct db_lookup *lookup, size_t at, const struct db_rows *rows)
{
    bool *existed = lookup->out;

    (void)rows;
    existed[at] = true;
}

enum rc db_find_existed(struct synchronizer *base, struct text owner, const struct model *model,
                        const struct text *ids, size_t count, bool *existed_out, struct fail *fail)
{
    static const enum db_cell_kind KINDS[] = {DB_CELL_TEXT};
    const struct db_lookup lookup = {
        .session = db_session_of(base),
        .what = "find objects in the history",
        .owner = owner,
        .model = model,
        .build = build_find_existed,
        .kinds = KINDS,
        .column_count = ARRAY_LEN(KINDS),
        .found = found_existed,
        .out = existed_out,
    };

    for (size_t i = 0; i < count; i++)
        existed_out[i] = false;
    return db_lookup_run(&lookup, ids, count, fail);
}

static const enum db_cell_kind APPEND_KINDS[] = {
    DB_CELL_TEXT, DB_CELL_INTEGER, DB_CELL_INTEGER, DB_CELL_TEXT, DB_CELL_INTEGER,
    DB_CELL_TEXT, DB_CELL_TEXT,    DB_CELL_TEXT,    DB_CELL_TEXT, DB_CELL_TEXT,
};

static void set_append_row(struct db_batch *batch, size_t row, struct text owner,
                           const struct diff *diff)
{
    db_batch_text(batch, 0, row, owner);
    db_batch_integer(batch, 1, row, diff->clock);
    db_batch_integer(batch, 2, row, (int64_t)row);
    db_batch_text(batch, 3, row, diff->id);
    db_batch_integer(batch, 4, row, diff->time_ms);
    db_batch_text(batch, 5, row, text_of(diff_type_name(diff->type)));
    db_batch_text(batch, 6, row, diff->model->name);
    db_batch_text(batch, 7, row, diff->object_id);
    db_batch_text(batch, 8, row, diff->json_data);
    if (diff->field_times.len > 0)
        db_batch_text(batch, 9, row, diff->field_times);
    else
        db_batch_null(batch, 9, row);
}

enum rc db_own_insert(struct db_session *s, const struct db_batch *batch, enum db_statement_id id,
                      const char *what, struct fail *fail)
{
    size_t applied;
    MYSQL_STMT *stmt;
    enum rc rc = db_statements_fixed(&s->statements, id, &stmt, fail);

    if (rc == RC_OK)
        rc = db_batch_run(batch, &s->link, stmt, what, &applied, fail);
    /* Under the owner's lock an id that was looked up cannot be taken meanwhile. */
    if (rc == RC_REJECTED && fail->code == FAIL_INVALID_DATA &&
        mysql_stmt_errno(stmt) == ER_DUP_ENTRY)
        rc = fail_busy(fail, RC_RETRY, "%s: an id is known already", what);
    return rc;
}

enum rc db_append(struct synchronizer *base, struct text owner, const struct diff *const *diffs,
                  size_t count, struct fail *fail)
{
    struct db_session *s = db_session_of(base);
    struct db_batch batch;

    db_session_sql(s);
    batch = db_batch_of(APPEND_KINDS, ARRAY_LEN(APPEND_KINDS), count, &s->scratch);
    for (size_t i = 0; i < count; i++)
        set_append_row(&batch, i, owner, diffs[i]);
    return db_own_insert(s, &batch, STATEMENT_APPEND_DIFF, "append diffs", fail);
}

struct db_batch db_known_batch(struct text owner, int64_t clock, size_t count, struct arena *arena)
{
    static const enum db_cell_kind KINDS[] = {
        [DB_KNOWN_OWNER] = DB_CELL_TEXT,
        [DB_KNOWN_CLOCK] = DB_CELL_INTEGER,
        [DB_KNOWN_ID] = DB_CELL_TEXT,
    };
    struct db_batch batch = db_batch_of(KINDS, ARRAY_LEN(KINDS), count, arena);

    for (size_t i = 0; i < count; i++) {
        db_batch_text(&batch, DB_KNOWN_OWNER, i, owner);
        db_batch_integer(&batch, DB_KNOWN_CLOCK, i, clock);
    }
    return batch;
}

enum rc db_remember(struct synchronizer *base, struct text owner, int64_t clock,
                    const struct text *ids, size_t count, struct fail *fail)
{
    struct db_session *s = db_session_of(base);
    struct db_batch batch;

    db_session_sql(s);
    batch = db_known_batch(owner, clock, count, &s->scratch);
    for (size_t i = 0; i < count; i++)
        db_batch_text(&batch, DB_KNOWN_ID, i, ids[i]);
    return db_own_insert(s, &batch, STATEMENT_REMEMBER_ID, "remember ids", fail);
}
