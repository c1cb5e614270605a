#include "mysql_lookup.h"
#include "mysql_tables.h"

/* Most diffs fit; longer ones cost a second look at the row. */
#define TEXT_BYTES ((size_t)2048)

enum reject_column {
    ID,
    OWNER,
    CLOCK,
    SEQ,
    TIME_MS,
    REQUEST_ID,
    CODE,
    MESSAGE,
    FIELD,
    DETAIL,
    DIFF
};

static const enum mysql_cell_kind REJECT_KINDS[] = {
    [ID] = MYSQL_CELL_TEXT,     [OWNER] = MYSQL_CELL_TEXT,      [CLOCK] = MYSQL_CELL_INTEGER,
    [SEQ] = MYSQL_CELL_INTEGER, [TIME_MS] = MYSQL_CELL_INTEGER, [REQUEST_ID] = MYSQL_CELL_TEXT,
    [CODE] = MYSQL_CELL_TEXT,   [MESSAGE] = MYSQL_CELL_TEXT,    [FIELD] = MYSQL_CELL_TEXT,
    [DETAIL] = MYSQL_CELL_TEXT, [DIFF] = MYSQL_CELL_TEXT,
};

static enum rc remember_rejected(struct mysql_session *s, struct text owner, int64_t clock,
                                 const struct reject *rejects, size_t count, struct fail *fail)
{
    struct mysql_batch batch = mysql_known_batch(owner, clock, count, &s->scratch);

    for (size_t i = 0; i < count; i++)
        mysql_batch_text(&batch, MYSQL_KNOWN_ID, i, rejects[i].id);
    return mysql_own_insert(s, &batch, STATEMENT_REMEMBER_REJECTED, "remember rejected ids", fail);
}

enum rc mysql_put_rejects(struct synchronizer *base, struct text owner, int64_t clock,
                          const struct reject *rejects, size_t count, struct fail *fail)
{
    struct mysql_session *s = mysql_session_of(base);
    struct mysql_batch batch;
    enum rc rc;

    mysql_session_sql(s);
    batch = mysql_batch_of(REJECT_KINDS, ARRAY_LEN(REJECT_KINDS), count, &s->scratch);
    for (size_t i = 0; i < count; i++) {
        mysql_batch_text(&batch, ID, i, rejects[i].id);
        mysql_batch_text(&batch, OWNER, i, owner);
        mysql_batch_integer(&batch, CLOCK, i, clock);
        mysql_batch_integer(&batch, SEQ, i, (int64_t)i);
        mysql_batch_integer(&batch, TIME_MS, i, rejects[i].time_ms);
        mysql_batch_text(&batch, REQUEST_ID, i, rejects[i].request_id);
        mysql_batch_text(&batch, CODE, i, text_of(fail_code_name(rejects[i].code)));
        mysql_batch_text(&batch, MESSAGE, i, rejects[i].message);
        mysql_batch_text(&batch, FIELD, i, rejects[i].field);
        mysql_batch_text(&batch, DETAIL, i, rejects[i].detail);
        mysql_batch_text(&batch, DIFF, i, rejects[i].diff);
    }
    rc = mysql_own_insert(s, &batch, STATEMENT_REJECT_KEEP, "keep rejects", fail);
    return rc == RC_OK ? remember_rejected(s, owner, clock, rejects, count, fail) : rc;
}

static struct reject read_reject(const struct mysql_rows *rows, struct arena *arena)
{
    struct reject reject = {
        .owner = mysql_rows_text(rows, OWNER, arena),
        .id = mysql_rows_text(rows, ID, arena),
        .clock = mysql_rows_integer(rows, CLOCK),
        .time_ms = mysql_rows_integer(rows, TIME_MS),
        .request_id = mysql_rows_text(rows, REQUEST_ID, arena),
        .message = mysql_rows_text(rows, MESSAGE, arena),
        .field = mysql_rows_text(rows, FIELD, arena),
        .detail = mysql_rows_text(rows, DETAIL, arena),
        .diff = mysql_rows_text(rows, DIFF, arena),
    };

    /* A later release, gone back from, may have known more codes. */
    if (!fail_code_parse(mysql_rows_text(rows, CODE, arena), &reject.code))
        reject.code = FAIL_INTERNAL;
    return reject;
}

static void build_find(const struct mysql_lookup *lookup, const struct mysql_list *list,
                       struct mysql_args *args)
{
    buf_add_str(&lookup->session->sql, "SELECT " MYSQL_REJECT_COLUMNS " FROM " MYSQL_REJECTS_TABLE
                                       " WHERE owner = ? AND id IN ");
    mysql_args_text(args, lookup->owner);
    mysql_lookup_add_list(lookup, list, args);
}

static void found_reject(const struct mysql_lookup *lookup, size_t at,
                         const struct mysql_rows *rows)
{
    struct reject *rejects = lookup->out;

    rejects[at] = read_reject(rows, lookup->arena);
}

enum rc mysql_find_rejects(struct synchronizer *base, struct text owner, const struct text *ids,
                           size_t count, struct arena *arena, struct reject *rejects_out,
                           struct fail *fail)
{
    const struct mysql_lookup lookup = {
        .session = mysql_session_of(base),
        .what = "find rejects",
        .owner = owner,
        .build = build_find,
        .kinds = REJECT_KINDS,
        .column_count = ARRAY_LEN(REJECT_KINDS),
        .found = found_reject,
        .arena = arena,
        .out = rejects_out,
    };

    for (size_t i = 0; i < count; i++)
        rejects_out[i] = (struct reject){0};
    return mysql_lookup_run(&lookup, ids, count, fail);
}

static enum rc take_out(struct mysql_session *s, struct text owner, struct text id, bool *found_out,
                        struct fail *fail)
{
    struct mysql_args args;
    MYSQL_STMT *stmt;
    enum rc rc = mysql_statements_fixed(&s->statements, STATEMENT_REJECT_TAKE, &stmt, fail);

    *found_out = false;
    if (rc != RC_OK)
        return rc;
    args = mysql_args_of(2, mysql_session_scratch(s));
    mysql_args_text(&args, owner);
    mysql_args_text(&args, id);
    rc = mysql_statement_run(&s->link, stmt, &args, "take a reject", fail);
    *found_out = rc == RC_OK && mysql_stmt_affected_rows(stmt) > 0;
    return rc;
}

enum rc mysql_take_reject(struct synchronizer *base, struct text owner, struct text id,
                          bool *found_out, struct fail *fail)
{
    return take_out(mysql_session_of(base), owner, id, found_out, fail);
}

enum rc mysql_reject_drop(struct synchronizer *base, struct text owner, struct text id,
                          bool *found_out, struct fail *fail)
{
    struct mysql_session *s = mysql_session_of(base);
    enum rc rc = mysql_session_open(s, fail);

    *found_out = false;
    return rc == RC_OK ? take_out(s, owner, id, found_out, fail) : rc;
}

struct reject_list {
    const struct reject_filter *filter;
    struct arena *arena;
    struct reject *items;
    size_t count;
    size_t capacity;
};

static void add_reject(struct reject_list *list, struct reject reject)
{
    if (list->count == list->capacity) {
        struct reject *grown;

        list->capacity = list->capacity == 0 ? 16 : list->capacity * 2;
        grown = ARENA_ARRAY(list->arena, list->capacity, struct reject);
        if (list->count > 0)
            memcpy(grown, list->items, list->count * sizeof(*grown));
        list->items = grown;
    }
    list->items[list->count++] = reject;
}

static void add_filter(struct mysql_args *args, struct text wanted)
{
    mysql_args_integer(args, wanted.len == 0);
    mysql_args_text(args, wanted);
}

static enum rc try_list(struct mysql_session *s, void *context, struct fail *fail)
{
    struct reject_list *list = context;
    struct mysql_rows rows = {.link = &s->link, .what = "list rejects"};
    struct mysql_args args;
    bool more = false;
    enum rc rc = mysql_session_open(s, fail);

    if (rc == RC_OK)
        rc = mysql_statements_fixed(&s->statements, STATEMENT_REJECT_LIST, &rows.stmt, fail);
    if (rc != RC_OK)
        return rc;
    list->count = 0;
    args = mysql_args_of(4, mysql_session_scratch(s));
    add_filter(&args, list->filter->owner);
    add_filter(&args, list->filter->id);
    rc = mysql_rows_open(&rows, REJECT_KINDS, ARRAY_LEN(REJECT_KINDS), &args, TEXT_BYTES, fail);
    while (rc == RC_OK && (rc = mysql_rows_next(&rows, &more, fail)) == RC_OK && more)
        add_reject(list, read_reject(&rows, list->arena));
    mysql_rows_close(&rows);
    return rc;
}

enum rc mysql_reject_list(struct synchronizer *base, const struct reject_filter *filter,
                          struct arena *arena, struct reject **rejects_out, size_t *count_out,
                          struct fail *fail)
{
    struct reject_list list = {.filter = filter, .arena = arena};
    enum rc rc = mysql_session_first(mysql_session_of(base), try_list, &list, fail);

    *rejects_out = list.items;
    *count_out = list.count;
    return rc;
}
