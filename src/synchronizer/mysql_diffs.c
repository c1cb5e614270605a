#include <mysqld_error.h>

#include "mysql_lookup.h"
#include "mysql_tables.h"

/* Most diffs fit; longer ones cost a second look at the row. */
#define TEXT_BYTES ((size_t)2048)

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

enum history_column { NEXT_CLOCK, CLOCK, SEQ, TIME_MS, ID, TYPE, MODEL, JSON_DATA, FIELD_TIMES };

static const enum mysql_cell_kind HISTORY_KINDS[] = {
    [SEQ] = MYSQL_CELL_INTEGER,      [NEXT_CLOCK] = MYSQL_CELL_INTEGER,
    [CLOCK] = MYSQL_CELL_INTEGER,    [TIME_MS] = MYSQL_CELL_INTEGER,
    [ID] = MYSQL_CELL_TEXT,          [TYPE] = MYSQL_CELL_TEXT,
    [MODEL] = MYSQL_CELL_TEXT,       [JSON_DATA] = MYSQL_CELL_TEXT,
    [FIELD_TIMES] = MYSQL_CELL_TEXT,
};

struct history_query {
    struct text owner;
    int64_t since_clock;
    struct arena *arena;
    struct history *history;
    size_t capacity;
    int64_t last_clock;
    int64_t last_seq;
    bool disordered;
};

static struct diff *next_diff(struct history_query *query)
{
    struct diff_list *diffs = &query->history->diffs;

    if (diffs->count == query->capacity) {
        size_t capacity = query->capacity == 0 ? 16 : query->capacity * 2;
        struct diff *grown = ARENA_ARRAY(query->arena, capacity, struct diff);

        if (diffs->count > 0)
            memcpy(grown, diffs->items, diffs->count * sizeof(*grown));
        diffs->items = grown;
        query->capacity = capacity;
    }
    return &diffs->items[diffs->count];
}

static enum rc take_diff(struct mysql_session *s, struct history_query *query,
                         const struct mysql_rows *rows, struct fail *fail)
{
    const struct model *model =
        mapping_find(s->base.mapping, mysql_rows_text(rows, MODEL, &s->scratch));
    struct diff *diff;
    enum rc rc;

    if (model == NULL)
        return RC_OK;
    diff = next_diff(query);
    *diff = (struct diff){
        .id = mysql_rows_text(rows, ID, query->arena),
        .owner = query->owner,
        .clock = mysql_rows_integer(rows, CLOCK),
        .time_ms = mysql_rows_integer(rows, TIME_MS),
        .model = model,
        .json_data = mysql_rows_text(rows, JSON_DATA, query->arena),
        .field_times = mysql_rows_text(rows, FIELD_TIMES, query->arena),
    };
    if (!diff_type_parse(mysql_rows_text(rows, TYPE, &s->scratch), &diff->type))
        return fail_fatal(fail, "the stored diff %.*s has no known type", TEXT_ARG(diff->id));
    rc = diff_parse_stored(diff, query->arena, fail);
    if (rc == RC_OK)
        query->history->diffs.count++;
    return rc;
}

/* Rows come in the order of the primary key, which no server promises. */
static bool is_in_order(struct history_query *query, const struct mysql_rows *rows)
{
    const int64_t clock = mysql_rows_integer(rows, CLOCK);
    const int64_t seq = mysql_rows_integer(rows, SEQ);
    const bool in_order =
        clock > query->last_clock || (clock == query->last_clock && seq > query->last_seq);

    query->last_clock = clock;
    query->last_seq = seq;
    return in_order;
}

static enum rc take_history(struct mysql_session *s, struct history_query *query,
                            struct mysql_rows *rows, struct fail *fail)
{
    bool more;
    enum rc rc;

    while ((rc = mysql_rows_next(rows, &more, fail)) == RC_OK && more) {
        query->history->next_clock = mysql_rows_integer(rows, NEXT_CLOCK);
        /* An owner without diffs that new is one row of NULLs. */
        if (mysql_rows_is_null(rows, ID))
            continue;
        query->disordered = !is_in_order(query, rows);
        if (query->disordered)
            break;
        rc = take_diff(s, query, rows, fail);
        if (rc != RC_OK)
            break;
    }
    return rc;
}

static enum rc run_history(struct mysql_session *s, enum mysql_statement_id id,
                           struct history_query *query, struct fail *fail)
{
    struct mysql_rows rows = {.link = &s->link, .what = "read history"};
    struct mysql_args args;
    enum rc rc = mysql_statements_fixed(&s->statements, id, &rows.stmt, fail);

    if (rc != RC_OK)
        return rc;
    *query->history = (struct history){0};
    query->capacity = 0;
    query->last_clock = query->last_seq = -1;
    query->disordered = false;
    args = mysql_args_of(2, mysql_session_scratch(s));
    mysql_args_integer(&args, query->since_clock);
    mysql_args_text(&args, query->owner);
    rc = mysql_rows_open(&rows, HISTORY_KINDS, ARRAY_LEN(HISTORY_KINDS), &args, TEXT_BYTES, fail);
    if (rc == RC_OK)
        rc = take_history(s, query, &rows, fail);
    mysql_rows_close(&rows);
    return rc;
}

static enum rc try_history(struct mysql_session *s, void *context, struct fail *fail)
{
    struct history_query *query = context;
    enum rc rc = RC_OK;

    if (!s->in_transaction)
        rc = mysql_session_open(s, fail);
    if (rc == RC_OK)
        rc = run_history(s, STATEMENT_READ_HISTORY, query, fail);
    if (rc == RC_OK && query->disordered)
        rc = run_history(s, STATEMENT_SORT_HISTORY, query, fail);
    return rc;
}

enum rc mysql_read_history(struct synchronizer *base, struct text owner, int64_t since_clock,
                           struct arena *arena, struct history *history_out, struct fail *fail)
{
    struct history_query query = {
        .owner = arena_text(arena, owner),
        .since_clock = since_clock,
        .arena = arena,
        .history = history_out,
    };

    return mysql_session_first(mysql_session_of(base), try_history, &query, fail);
}

static void add_known_part(const struct mysql_lookup *lookup, const struct mysql_list *list,
                           struct text table, struct mysql_args *args)
{
    struct buf *sql = &lookup->session->sql;

    buf_add_str(sql, "SELECT id, logical_clock FROM ");
    mysql_quote_name(sql, table);
    buf_add_str(sql, " WHERE owner = ? AND id IN ");
    mysql_args_text(args, lookup->owner);
    mysql_lookup_add_list(lookup, list, args);
}

static void build_find_known(const struct mysql_lookup *lookup, const struct mysql_list *list,
                             struct mysql_args *args)
{
    add_known_part(lookup, list, lookup->session->link.settings->diffs_table, args);
    buf_add_str(&lookup->session->sql, " UNION ALL ");
    add_known_part(lookup, list, TEXT_LITERAL(MYSQL_KNOWN_TABLE), args);
}

static void found_known(const struct mysql_lookup *lookup, size_t at, const struct mysql_rows *rows)
{
    int64_t *clocks = lookup->out;

    clocks[at] = mysql_rows_integer(rows, 1);
}

enum rc mysql_find_known(struct synchronizer *base, struct text owner, const struct text *ids,
                         size_t count, int64_t *clocks_out, struct fail *fail)
{
    static const enum mysql_cell_kind KINDS[] = {MYSQL_CELL_TEXT, MYSQL_CELL_INTEGER};
    const struct mysql_lookup lookup = {
        .session = mysql_session_of(base),
        .what = "find known ids",
        .owner = owner,
        .build = build_find_known,
        .kinds = KINDS,
        .column_count = ARRAY_LEN(KINDS),
        .found = found_known,
        .out = clocks_out,
    };

    for (size_t i = 0; i < count; i++)
        clocks_out[i] = -1;
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

static enum rc run_batch(struct mysql_session *s, const struct mysql_batch *batch,
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
    return run_batch(s, &batch, STATEMENT_APPEND_DIFF, "append diffs", fail);
}

enum rc mysql_remember(struct synchronizer *base, struct text owner, int64_t clock,
                       const struct text *ids, size_t count, struct fail *fail)
{
    static const enum mysql_cell_kind KINDS[] = {MYSQL_CELL_TEXT, MYSQL_CELL_INTEGER,
                                                 MYSQL_CELL_TEXT};
    struct mysql_session *s = mysql_session_of(base);
    struct mysql_batch batch;

    mysql_session_sql(s);
    batch = mysql_batch_of(KINDS, ARRAY_LEN(KINDS), count, &s->scratch);
    for (size_t i = 0; i < count; i++) {
        mysql_batch_text(&batch, 0, i, owner);
        mysql_batch_integer(&batch, 1, i, clock);
        mysql_batch_text(&batch, 2, i, ids[i]);
    }
    return run_batch(s, &batch, STATEMENT_REMEMBER_ID, "remember ids", fail);
}
