#include <assert.h>
#include <stdlib.h>

#include "history_limit.h"
#include "mysql_lookup.h"
#include "mysql_tables.h"

/* Most diffs fit; longer ones cost a second look at the row. */
#define TEXT_BYTES ((size_t)2048)

/* MYSQL_DIFF_COLUMNS, what stands before them, and behind them in read_history alone. */
enum diff_column {
    NEXT_CLOCK,
    OBJECT_ID = NEXT_CLOCK,
    CLOCK,
    SEQ,
    TIME_MS,
    ID,
    TYPE,
    JSON_DATA,
    FIELD_TIMES,
    MODEL
};

#define DIFF_KINDS                                                                                 \
    [CLOCK] = MYSQL_CELL_INTEGER, [SEQ] = MYSQL_CELL_INTEGER, [TIME_MS] = MYSQL_CELL_INTEGER,      \
    [ID] = MYSQL_CELL_TEXT, [TYPE] = MYSQL_CELL_TEXT, [JSON_DATA] = MYSQL_CELL_TEXT,               \
    [FIELD_TIMES] = MYSQL_CELL_TEXT

static const enum mysql_cell_kind HISTORY_KINDS[] = {
    [NEXT_CLOCK] = MYSQL_CELL_INTEGER, DIFF_KINDS, [MODEL] = MYSQL_CELL_TEXT};

static const enum mysql_cell_kind OBJECT_KINDS[] = {[OBJECT_ID] = MYSQL_CELL_TEXT, DIFF_KINDS};

/* Where the diffs of one operation go. */
struct reading {
    struct mysql_session *session;
    struct text owner;
    struct arena *arena;
};

static struct reading reading_of(struct synchronizer *base, struct text owner, struct arena *arena)
{
    return (struct reading){mysql_session_of(base), arena_text(arena, owner), arena};
}

static enum rc read_diff(const struct reading *reading, const struct mysql_rows *rows,
                         const struct model *model, struct diff *diff_out, struct fail *fail)
{
    *diff_out = (struct diff){
        .id = mysql_rows_text(rows, ID, reading->arena),
        .owner = reading->owner,
        .clock = mysql_rows_integer(rows, CLOCK),
        .time_ms = mysql_rows_integer(rows, TIME_MS),
        .model = model,
        .json_data = mysql_rows_text(rows, JSON_DATA, reading->arena),
        .field_times = mysql_rows_text(rows, FIELD_TIMES, reading->arena),
    };
    if (!diff_type_parse(mysql_rows_text(rows, TYPE, &reading->session->scratch), &diff_out->type))
        return fail_fatal(fail, "the stored diff %.*s has no known type", TEXT_ARG(diff_out->id));
    return diff_parse_stored(diff_out, reading->arena, fail);
}

/* The same for a statement that asks for the object's id: the column decides, not json_data. What
 * is ordered by it is walked by it. */
static enum rc read_object_diff(const struct reading *reading, const struct mysql_rows *rows,
                                const struct model *model, struct diff *diff_out, struct fail *fail)
{
    enum rc rc = read_diff(reading, rows, model, diff_out, fail);

    diff_out->object_id = mysql_rows_text(rows, OBJECT_ID, reading->arena);
    return rc;
}

/* The items with room for one more behind them. */
static void *with_room(void *items, size_t count, size_t *capacity, size_t item_bytes,
                       struct arena *arena)
{
    void *grown;

    if (count < *capacity)
        return items;
    *capacity = *capacity == 0 ? 16 : *capacity * 2;
    grown = arena_array(arena, *capacity, item_bytes);
    if (count > 0)
        memcpy(grown, items, count * item_bytes);
    return grown;
}

static struct diff *next_diff(struct diff_list *diffs, size_t *capacity, struct arena *arena)
{
    diffs->items = with_room(diffs->items, diffs->count, capacity, sizeof(*diffs->items), arena);
    return &diffs->items[diffs->count];
}

/* One row more than asked for tells whether there is more. */
static int64_t rows_for(size_t diffs)
{
    return diffs < (size_t)INT64_MAX ? (int64_t)diffs + 1 : INT64_MAX;
}

struct history_query {
    struct reading reading;
    int64_t since_clock;
    struct history_limit limit;
    struct history *history;
    /* Of the statement that runs. */
    struct history_limit left;
    size_t capacity;
    int64_t last_clock;
    int64_t last_seq;
    bool disordered;
};

static enum rc take_diff(struct history_query *query, const struct mysql_rows *rows,
                         struct fail *fail)
{
    struct mysql_session *s = query->reading.session;
    struct diff_list *diffs = &query->history->diffs;
    const struct model *model =
        mapping_find(s->base.mapping, mysql_rows_text(rows, MODEL, &s->scratch));
    enum rc rc;

    if (model == NULL)
        return RC_OK;
    rc = read_diff(&query->reading, rows, model,
                   next_diff(diffs, &query->capacity, query->reading.arena), fail);
    if (rc == RC_OK)
        diffs->count++;
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

static enum rc take_history(struct history_query *query, struct mysql_rows *rows, struct fail *fail)
{
    struct history *history = query->history;
    bool row;
    enum rc rc;

    while ((rc = mysql_rows_next(rows, &row, fail)) == RC_OK && row) {
        history->next_clock = mysql_rows_integer(rows, NEXT_CLOCK);
        /* An owner without diffs that new is one row of NULLs. */
        if (mysql_rows_is_null(rows, ID))
            continue;
        history->more = !history_limit_take(&query->left, mysql_rows_bytes(rows, JSON_DATA));
        query->disordered = !history->more && !is_in_order(query, rows);
        if (history->more || query->disordered)
            break;
        rc = take_diff(query, rows, fail);
        if (rc != RC_OK)
            break;
    }
    if (history->more)
        history->diffs = (struct diff_list){0};
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
    query->left = query->limit;
    query->capacity = 0;
    query->last_clock = query->last_seq = -1;
    query->disordered = false;
    args = mysql_args_of(3, mysql_session_scratch(s));
    mysql_args_integer(&args, query->since_clock);
    mysql_args_text(&args, query->reading.owner);
    mysql_args_integer(&args, rows_for(query->limit.diffs));
    rc = mysql_rows_open(&rows, HISTORY_KINDS, ARRAY_LEN(HISTORY_KINDS), &args, TEXT_BYTES, fail);
    if (rc == RC_OK)
        rc = take_history(query, &rows, fail);
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
                           const struct history_limit *limit, struct arena *arena,
                           struct history *history_out, struct fail *fail)
{
    struct history_query query = {
        .reading = reading_of(base, owner, arena),
        .since_clock = since_clock,
        .limit = history_limit_of(limit),
        .history = history_out,
    };

    return mysql_session_first(query.reading.session, try_history, &query, fail);
}

/* A diff with what orders it beside its clock. */
struct placed_diff {
    struct diff diff;
    int64_t seq;
};

struct object_query {
    struct reading reading;
    int64_t since_clock;
    struct placed_diff *found;
    size_t count;
    size_t capacity;
    enum rc rc;
    struct fail *fail;
};

static void build_object_history(const struct mysql_lookup *lookup, const struct mysql_list *list,
                                 struct mysql_args *args)
{
    const struct object_query *query = lookup->out;
    struct buf *sql = &lookup->session->sql;

    buf_add_str(sql, "SELECT object_id, " MYSQL_DIFF_COLUMNS " FROM ");
    mysql_quote_name(sql, lookup->session->link.settings->diffs_table);
    buf_add_str(sql, " FORCE INDEX (" MYSQL_OBJECT_KEY ")"
                     " WHERE owner = ? AND model = ? AND logical_clock >= ? AND object_id IN ");
    mysql_args_text(args, lookup->owner);
    mysql_args_text(args, lookup->model->name);
    mysql_args_integer(args, query->since_clock);
    mysql_lookup_add_list(lookup, list, args);
}

static void found_object_diff(const struct mysql_lookup *lookup, size_t at,
                              const struct mysql_rows *rows)
{
    struct object_query *query = lookup->out;
    struct placed_diff *placed;

    (void)at;
    if (query->rc != RC_OK)
        return;
    query->found = with_room(query->found, query->count, &query->capacity, sizeof(*query->found),
                             query->reading.arena);
    placed = &query->found[query->count++];
    placed->seq = mysql_rows_integer(rows, SEQ);
    query->rc = read_object_diff(&query->reading, rows, lookup->model, &placed->diff, query->fail);
}

static int compare_placed(const void *left, const void *right)
{
    const struct placed_diff *a = left;
    const struct placed_diff *b = right;

    if (a->diff.clock != b->diff.clock)
        return a->diff.clock < b->diff.clock ? -1 : 1;
    return a->seq < b->seq ? -1 : a->seq > b->seq;
}

/* In order, behind what the list holds, each once: the caller's list of ids may name one twice. */
static void add_placed(struct object_query *query, struct diff_list *diffs)
{
    struct diff *items =
        ARENA_ARRAY(query->reading.arena, diffs->count + query->count, struct diff);

    if (diffs->count > 0)
        memcpy(items, diffs->items, diffs->count * sizeof(*items));
    diffs->items = items;
    qsort(query->found, query->count, sizeof(*query->found), compare_placed);
    for (size_t i = 0; i < query->count; i++)
        if (i == 0 || compare_placed(&query->found[i - 1], &query->found[i]) != 0)
            items[diffs->count++] = query->found[i].diff;
}

enum rc mysql_read_object_history(struct synchronizer *base, struct text owner, int64_t since_clock,
                                  const struct model *model, const struct text *ids, size_t count,
                                  struct arena *arena, struct diff_list *diffs_inout,
                                  struct fail *fail)
{
    struct object_query query = {
        .reading = reading_of(base, owner, arena),
        .since_clock = since_clock,
        .fail = fail,
    };
    const struct mysql_lookup lookup = {
        .session = mysql_session_of(base),
        .what = "read the history of objects",
        .owner = owner,
        .model = model,
        .build = build_object_history,
        .kinds = OBJECT_KINDS,
        .column_count = ARRAY_LEN(OBJECT_KINDS),
        .found = found_object_diff,
        .out = &query,
    };
    enum rc rc = mysql_lookup_run(&lookup, ids, count, fail);

    if (rc == RC_OK)
        rc = query.rc;
    if (rc == RC_OK && query.count > 0)
        add_placed(&query, diffs_inout);
    return rc;
}

struct part_query {
    struct reading reading;
    const struct history_part *part;
    struct diff_list *diffs;
    bool *more;
};

static enum rc take_part(const struct part_query *query, struct mysql_rows *rows, struct fail *fail)
{
    struct history_limit left = query->part->limit;
    size_t capacity = 0;
    bool row;
    enum rc rc;

    while ((rc = mysql_rows_next(rows, &row, fail)) == RC_OK && row) {
        struct diff *diff;

        *query->more = !history_limit_take(&left, mysql_rows_bytes(rows, JSON_DATA)) &&
                       query->diffs->count > 0;
        if (*query->more)
            break;
        diff = next_diff(query->diffs, &capacity, query->reading.arena);
        rc = read_object_diff(&query->reading, rows, query->part->model, diff, fail);
        if (rc != RC_OK)
            break;
        query->diffs->count++;
    }
    return rc;
}

static void add_part_args(struct mysql_args *args, const struct history_part *part)
{
    mysql_args_text(args, part->owner);
    mysql_args_text(args, part->model->name);
    mysql_args_text(args, part->only_id.len > 0 ? part->only_id : part->after_id);
    mysql_args_integer(args, part->since_clock);
    mysql_args_integer(args, part->until_clock);
    mysql_args_integer(args, rows_for(part->limit.diffs > 0 ? part->limit.diffs : 1));
}

enum rc mysql_read_history_part(struct synchronizer *base, const struct history_part *part,
                                struct arena *arena, struct diff_list *diffs_out, bool *more_out,
                                struct fail *fail)
{
    const struct part_query query = {
        .reading = reading_of(base, part->owner, arena),
        .part = part,
        .diffs = diffs_out,
        .more = more_out,
    };
    struct mysql_session *s = query.reading.session;
    struct mysql_rows rows = {.link = &s->link, .what = "read a part of the history"};
    struct mysql_args args;
    enum rc rc;

    assert(s->in_transaction);
    *diffs_out = (struct diff_list){0};
    *more_out = false;
    rc = mysql_statements_fixed(
        &s->statements, part->only_id.len > 0 ? STATEMENT_READ_OBJECT_PART : STATEMENT_READ_PART,
        &rows.stmt, fail);
    if (rc != RC_OK)
        return rc;
    args = mysql_args_of(6, mysql_session_scratch(s));
    add_part_args(&args, part);
    rc = mysql_rows_open(&rows, OBJECT_KINDS, ARRAY_LEN(OBJECT_KINDS), &args, TEXT_BYTES, fail);
    if (rc == RC_OK)
        rc = take_part(&query, &rows, fail);
    mysql_rows_close(&rows);
    return rc;
}
