#include <mysqld_error.h>

#include "mysql_lookup.h"
#include "mysql_tables.h"

enum rc mysql_owner_lock(struct mysql_session *s, struct text owner, int64_t *clock_out,
                         struct fail *fail)
{
    struct mysql_args args;
    MYSQL_STMT *stmt;
    enum rc rc = mysql_statements_fixed(&s->statements, STATEMENT_LOCK_OWNER, &stmt, fail);

    if (rc != RC_OK)
        return rc;
    args = mysql_args_of(1, mysql_session_scratch(s));
    mysql_args_text(&args, owner);
    rc = mysql_statement_run(&s->link, stmt, &args, "lock owner", fail);
    if (rc != RC_OK)
        return rc;
    /* 1 row: inserted, the owner is new. 2: updated, and LAST_INSERT_ID() is what it held. */
    *clock_out = mysql_stmt_affected_rows(stmt) == 1 ? 0 : (int64_t)mysql_stmt_insert_id(stmt);
    return RC_OK;
}

enum rc mysql_owner_clock(struct mysql_session *s, struct text owner, int64_t *clock_out,
                          struct fail *fail)
{
    static const enum mysql_cell_kind KINDS[] = {MYSQL_CELL_INTEGER};
    struct mysql_rows rows = {.link = &s->link, .what = "read the clock"};
    struct mysql_args args;
    bool more = false;
    enum rc rc = mysql_statements_fixed(&s->statements, STATEMENT_READ_CLOCK, &rows.stmt, fail);

    if (rc != RC_OK)
        return rc;
    args = mysql_args_of(1, mysql_session_scratch(s));
    mysql_args_text(&args, owner);
    rc = mysql_rows_open(&rows, KINDS, ARRAY_LEN(KINDS), &args, 0, fail);
    if (rc == RC_OK)
        rc = mysql_rows_next(&rows, &more, fail);
    *clock_out = rc == RC_OK && more ? mysql_rows_integer(&rows, 0) : 0;
    mysql_rows_close(&rows);
    return rc;
}

static void add_known_part(const struct mysql_lookup *lookup, const struct mysql_list *list,
                           struct text table, const char *rejected, struct mysql_args *args)
{
    struct buf *sql = &lookup->session->sql;

    buf_printf(sql, "SELECT id, logical_clock, %s FROM ", rejected);
    mysql_quote_name(sql, table);
    buf_add_str(sql, " WHERE owner = ? AND id IN ");
    mysql_args_text(args, lookup->owner);
    mysql_lookup_add_list(lookup, list, args);
}

static void build_find_known(const struct mysql_lookup *lookup, const struct mysql_list *list,
                             struct mysql_args *args)
{
    add_known_part(lookup, list, lookup->session->link.settings->diffs_table, "0", args);
    buf_add_str(&lookup->session->sql, " UNION ALL ");
    add_known_part(lookup, list, TEXT_LITERAL(MYSQL_KNOWN_TABLE), "rejected", args);
}

static void found_known(const struct mysql_lookup *lookup, size_t at, const struct mysql_rows *rows)
{
    struct known_id *known = lookup->out;

    known[at].clock = mysql_rows_integer(rows, 1);
    known[at].rejected = mysql_rows_integer(rows, 2) != 0;
}

enum rc mysql_find_known(struct mysql_session *s, struct text owner, const struct text *ids,
                         size_t count, struct known_id *known_out, struct fail *fail)
{
    static const enum mysql_cell_kind KINDS[] = {MYSQL_CELL_TEXT, MYSQL_CELL_INTEGER,
                                                 MYSQL_CELL_INTEGER};
    const struct mysql_lookup lookup = {
        .session = s,
        .what = "find known ids",
        .owner = owner,
        .build = build_find_known,
        .kinds = KINDS,
        .column_count = ARRAY_LEN(KINDS),
        .found = found_known,
        .out = known_out,
    };

    return mysql_lookup_run(&lookup, ids, count, fail);
}

static void build_find_existed(const struct mysql_lookup *lookup, const struct mysql_list *list,
                               struct mysql_args *args)
{
    struct buf *sql = &lookup->session->sql;

    buf_add_str(sql, "SELECT DISTINCT object_id FROM ");
    mysql_quote_name(sql, lookup->session->link.settings->diffs_table);
    buf_add_str(sql, " WHERE owner = ? AND model = ? AND object_id IN ");
    mysql_args_text(args, lookup->owner);
    mysql_args_text(args, lookup->model->name);
    mysql_lookup_add_list(lookup, list, args);
}

static void found_existed(const struct mysql_lookup *lookup, size_t at,
                          const struct mysql_rows *rows)
{
    bool *existed = lookup->out;

    (void)rows;
    existed[at] = true;
}

enum rc mysql_find_existed(struct synchronizer *base, struct text owner, const struct model *model,
                           const struct text *ids, size_t count, bool *existed_out,
                           struct fail *fail)
{
    static const enum mysql_cell_kind KINDS[] = {MYSQL_CELL_TEXT};
    const struct mysql_lookup lookup = {
        .session = mysql_session_of(base),
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
    return mysql_lookup_run(&lookup, ids, count, fail);
}

static const enum mysql_cell_kind APPEND_KINDS[] = {
    MYSQL_CELL_TEXT, MYSQL_CELL_INTEGER, MYSQL_CELL_INTEGER, MYSQL_CELL_TEXT, MYSQL_CELL_INTEGER,
    MYSQL_CELL_TEXT, MYSQL_CELL_TEXT,    MYSQL_CELL_TEXT,    MYSQL_CELL_TEXT, MYSQL_CELL_TEXT,
};

static void set_append_row(struct mysql_batch *batch, size_t row, struct text owner,
                           const struct diff *diff)
{
    mysql_batch_text(batch, 0, row, owner);
    mysql_batch_integer(batch, 1, row, diff->clock);
    mysql_batch_integer(batch, 2, row, (int64_t)row);
    mysql_batch_text(batch, 3, row, diff->id);
    mysql_batch_integer(batch, 4, row, diff->time_ms);
    mysql_batch_text(batch, 5, row, text_of(diff_type_name(diff->type)));
    mysql_batch_text(batch, 6, row, diff->model->name);
    mysql_batch_text(batch, 7, row, diff->object_id);
    mysql_batch_text(batch, 8, row, diff->json_data);
    if (diff->field_times.len > 0)
        mysql_batch_text(batch, 9, row, diff->field_times);
    else
        mysql_batch_null(batch, 9, row);
}

enum rc mysql_own_insert(struct mysql_session *s, const struct mysql_batch *batch,
                         enum mysql_statement_id id, const char *what, struct fail *fail)
{
    size_t applied;
    MYSQL_STMT *stmt;
    enum rc rc = mysql_statements_fixed(&s->statements, id, &stmt, fail);

    if (rc == RC_OK)
        rc = mysql_batch_run(batch, &s->link, stmt, what, &applied, fail);
    /* Under the owner's lock an id that was looked up cannot be taken meanwhile. */
    if (rc == RC_REJECTED && fail->code == FAIL_INVALID_DATA &&
        mysql_stmt_errno(stmt) == ER_DUP_ENTRY)
        rc = fail_busy(fail, RC_RETRY, "%s: an id is known already", what);
    return rc;
}

enum rc mysql_append(struct synchronizer *base, struct text owner, const struct diff *const *diffs,
                     size_t count, struct fail *fail)
{
    struct mysql_session *s = mysql_session_of(base);
    struct mysql_batch batch;

    mysql_session_sql(s);
    batch = mysql_batch_of(APPEND_KINDS, ARRAY_LEN(APPEND_KINDS), count, &s->scratch);
    for (size_t i = 0; i < count; i++)
        set_append_row(&batch, i, owner, diffs[i]);
    return mysql_own_insert(s, &batch, STATEMENT_APPEND_DIFF, "append diffs", fail);
}

struct mysql_batch mysql_known_batch(struct text owner, int64_t clock, size_t count,
                                     struct arena *arena)
{
    static const enum mysql_cell_kind KINDS[] = {
        [MYSQL_KNOWN_OWNER] = MYSQL_CELL_TEXT,
        [MYSQL_KNOWN_CLOCK] = MYSQL_CELL_INTEGER,
        [MYSQL_KNOWN_ID] = MYSQL_CELL_TEXT,
    };
    struct mysql_batch batch = mysql_batch_of(KINDS, ARRAY_LEN(KINDS), count, arena);

    for (size_t i = 0; i < count; i++) {
        mysql_batch_text(&batch, MYSQL_KNOWN_OWNER, i, owner);
        mysql_batch_integer(&batch, MYSQL_KNOWN_CLOCK, i, clock);
    }
    return batch;
}

enum rc mysql_remember(struct synchronizer *base, struct text owner, int64_t clock,
                       const struct text *ids, size_t count, struct fail *fail)
{
    struct mysql_session *s = mysql_session_of(base);
    struct mysql_batch batch;

    mysql_session_sql(s);
    batch = mysql_known_batch(owner, clock, count, &s->scratch);
    for (size_t i = 0; i < count; i++)
        mysql_batch_text(&batch, MYSQL_KNOWN_ID, i, ids[i]);
    return mysql_own_insert(s, &batch, STATEMENT_REMEMBER_ID, "remember ids", fail);
}
