/* Refused diffs as they are kept: put, found, taken out, listed. */
#include "db_rejects.h"

#include "db_known.h"
#include "db_lookup.h"
#include "db_owners.h"
#include "db_query.h"
#include "db_tables.h"

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

static const enum db_cell_kind REJECT_KINDS[] = {
    [ID] = DB_CELL_TEXT,     [OWNER] = DB_CELL_TEXT,      [CLOCK] = DB_CELL_INTEGER,
    [SEQ] = DB_CELL_INTEGER, [TIME_MS] = DB_CELL_INTEGER, [REQUEST_ID] = DB_CELL_TEXT,
    [CODE] = DB_CELL_TEXT,   [MESSAGE] = DB_CELL_TEXT,    [FIELD] = DB_CELL_TEXT,
    [DETAIL] = DB_CELL_TEXT, [DIFF] = DB_CELL_TEXT,
};

static enum rc remember_rejected(struct db_session *s, struct text owner, int64_t clock,
                                 const struct reject *rejects, size_t count, struct fail *fail)
{
    struct db_batch batch = db_known_batch(owner, clock, count, &s->scratch);

    for (size_t i = 0; i < count; i++)
        db_batch_text(&batch, DB_KNOWN_ID, i, rejects[i].id);
    return db_owners_insert(s, &batch, STATEMENT_REMEMBER_REJECTED, "remember rejected ids", fail);
}

enum rc db_rejects_put(struct synchronizer *base, struct text owner, int64_t clock,
                       const struct reject *rejects, size_t count, struct fail *fail)
{
    struct db_session *s = db_session_of(base);
    struct db_batch batch;
    enum rc rc;

    db_session_sql(s);
    batch = db_batch_of(REJECT_KINDS, ARRAY_LEN(REJECT_KINDS), count, &s->scratch);
    for (size_t i = 0; i < count; i++) {
        db_batch_text(&batch, ID, i, rejects[i].id);
        db_batch_text(&batch, OWNER, i, owner);
        db_batch_integer(&batch, CLOCK, i, clock);
        db_batch_integer(&batch, SEQ, i, (int64_t)i);
        db_batch_integer(&batch, TIME_MS, i, rejects[i].time_ms);
        db_batch_text(&batch, REQUEST_ID, i, rejects[i].request_id);
        db_batch_text(&batch, CODE, i, text_of(fail_code_name(rejects[i].code)));
        db_batch_text(&batch, MESSAGE, i, rejects[i].message);
        db_batch_text(&batch, FIELD, i, rejects[i].field);
        db_batch_text(&batch, DETAIL, i, rejects[i].detail);
        db_batch_text(&batch, DIFF, i, rejects[i].diff);
    }
    rc = db_owners_insert(s, &batch, STATEMENT_REJECT_KEEP, "keep rejects", fail);
    return rc == RC_OK ? remember_rejected(s, owner, clock, rejects, count, fail) : rc;
}

static struct reject read_reject(const struct db_rows *rows, struct arena *arena)
{
    struct reject reject = {
        .owner = db_rows_text(rows, OWNER, arena),
        .id = db_rows_text(rows, ID, arena),
        .clock = db_rows_integer(rows, CLOCK),
        .time_ms = db_rows_integer(rows, TIME_MS),
        .request_id = db_rows_text(rows, REQUEST_ID, arena),
        .message = db_rows_text(rows, MESSAGE, arena),
        .field = db_rows_text(rows, FIELD, arena),
        .detail = db_rows_text(rows, DETAIL, arena),
        .diff = db_rows_text(rows, DIFF, arena),
    };

    /* A later release, gone back from, may have known more codes. */
    if (!fail_code_parse(db_rows_text(rows, CODE, arena), &reject.code))
        reject.code = FAIL_INTERNAL;
    return reject;
}

static void build_find(const struct db_lookup *lookup, const struct db_lookup_list *list,
                       struct db_args *args)
{
    buf_add_str(&lookup->session->sql, "SELECT " DB_REJECT_COLUMNS " FROM " DB_REJECTS_TABLE
                                       " WHERE owner = ? AND id IN ");
    db_args_text(args, lookup->owner);
    db_lookup_add_list(lookup, list, args);
}

static void found_reject(const struct db_lookup *lookup, size_t at, const struct db_rows *rows)
{
    struct reject *rejects = lookup->out;

    rejects[at] = read_reject(rows, lookup->arena);
}

enum rc db_rejects_find(struct synchronizer *base, struct text owner, struct id_list ids,
                        struct arena *arena, struct reject *rejects_out, struct fail *fail)
{
    const struct db_lookup lookup = {
        .session = db_session_of(base),
        .what = "find rejects",
        .owner = owner,
        .build = build_find,
        .kinds = REJECT_KINDS,
        .column_count = ARRAY_LEN(REJECT_KINDS),
        .found = found_reject,
        .arena = arena,
        .out = rejects_out,
    };

    for (size_t i = 0; i < ids.count; i++)
        rejects_out[i] = (struct reject){0};
    return db_lookup_run(&lookup, ids.items, ids.count, fail);
}

static enum rc take_out(struct db_session *s, struct text owner, struct text id, bool *found_out,
                        struct fail *fail)
{
    struct db_query query = db_query_fixed(s, STATEMENT_REJECT_TAKE, "take a reject");

    db_args_text(&query.args, owner);
    db_args_text(&query.args, id);
    return db_query_change(&query, found_out, fail);
}

enum rc db_rejects_take(struct synchronizer *base, struct text owner, struct text id,
                        bool *found_out, struct fail *fail)
{
    return take_out(db_session_of(base), owner, id, found_out, fail);
}

static enum rc drop(struct synchronizer *base, struct text owner, struct text id, bool *found_out,
                    struct fail *fail)
{
    struct db_session *s = db_session_of(base);
    enum rc rc = db_session_open(s, fail);

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

static enum rc take_reject(void *context, const struct db_rows *rows, struct fail *fail)
{
    struct reject_list *list = context;

    (void)fail;
    list->items = ARENA_ROOM(list->arena, list->items, list->count, &list->capacity);
    list->items[list->count++] = read_reject(rows, list->arena);
    return RC_OK;
}

static void add_filter(struct db_args *args, struct text wanted)
{
    db_args_integer(args, wanted.len == 0);
    db_args_text(args, wanted);
}

static enum rc try_list(struct db_session *s, void *context, struct fail *fail)
{
    struct reject_list *list = context;
    struct db_query query;
    enum rc rc = db_session_open(s, fail);

    if (rc != RC_OK)
        return rc;
    list->count = 0;
    query = db_query_fixed(s, STATEMENT_REJECT_LIST, "list rejects");
    add_filter(&query.args, list->filter->owner);
    add_filter(&query.args, list->filter->id);
    return db_query_each(&query, DB_COLUMNS(REJECT_KINDS, TEXT_BYTES), take_reject, list, fail);
}

static enum rc list(struct synchronizer *base, const struct reject_filter *filter,
                    struct arena *arena, struct reject **rejects_out, size_t *count_out,
                    struct fail *fail)
{
    struct reject_list list = {.filter = filter, .arena = arena};
    enum rc rc = db_session_first(db_session_of(base), try_list, &list, fail);

    *rejects_out = list.items;
    *count_out = list.count;
    return rc;
}

const struct reject_ops DB_REJECTS_OPS = {.list = list, .drop = drop};
