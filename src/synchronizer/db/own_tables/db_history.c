/* Reads the history: of an owner (a pull, a push), or of a few objects. Stored diffs come out
 * unread, in the order (logical_clock, seq). */
#include "db_history.h"

#include <assert.h>
#include <stdlib.h>

#include "db_diff_row.h"
#include "db_known.h"
#include "db_lineage_cache.h"
#include "db_lookup.h"
#include "db_objects.h"
#include "db_owners.h"
#include "db_query.h"
#include "db_quote.h"
#include "db_summaries.h"
#include "db_tables.h"
#include "history_limit.h"
#include "text_index.h"

/* Most diffs fit; longer ones cost a second look at the row. */
#define TEXT_BYTES ((size_t)2048)

/* Behind DB_DIFF_COLUMNS: what read_history and read_push alone have. */
enum history_column {
    MODEL = DB_DIFF_CELLS,
    AGE,
    NEXT_CLOCK,
    YOUNG,
    RECONCILED,
    HAS_CHANGES,
    COMPACTED_BELOW,
    FORGOTTEN_BELOW,
    PART = NEXT_CLOCK
};

/* What a row of read_push is; a known id that was rejected is one more. */
enum push_part { PART_HISTORY, PART_KNOWN, PART_REJECTED, PART_OWNER };

static const enum db_cell_kind HISTORY_KINDS[] = {
    DB_DIFF_KINDS,
    [MODEL] = DB_CELL_TEXT,
    [AGE] = DB_CELL_INTEGER,
    [NEXT_CLOCK] = DB_CELL_INTEGER,
    [YOUNG] = DB_CELL_INTEGER,
    [RECONCILED] = DB_CELL_INTEGER,
    [HAS_CHANGES] = DB_CELL_INTEGER,
    [COMPACTED_BELOW] = DB_CELL_INTEGER,
    [FORGOTTEN_BELOW] = DB_CELL_INTEGER,
};

static const enum db_cell_kind PUSH_KINDS[] = {
    DB_DIFF_KINDS, [MODEL] = DB_CELL_TEXT, [AGE] = DB_CELL_INTEGER, [PART] = DB_CELL_INTEGER};

static const enum db_cell_kind OBJECT_KINDS[] = {DB_DIFF_KINDS};

/* Where the diffs of one operation go. */
struct reading {
    struct db_session *session;
    struct text owner;
    struct arena *arena;
};

static struct reading reading_of(struct synchronizer *base, struct text owner, struct arena *arena)
{
    return (struct reading){db_session_of(base), arena_text(arena, owner), arena};
}

static enum rc read_diff(const struct reading *reading, const struct db_rows *rows,
                         const struct model *model, struct diff *diff_out, struct fail *fail)
{
    return db_diff_row_read(rows, (struct owner_model){reading->owner, model}, reading->arena,
                            &reading->session->scratch, diff_out, fail);
}

static struct diff *next_diff(struct diff_list *diffs, size_t *capacity, struct arena *arena)
{
    diffs->items = ARENA_ROOM(arena, diffs->items, diffs->count, capacity);
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
    bool ended; /* of the rows that are left, no diff is wanted */
};

static enum rc take_diff(struct history_query *query, const struct db_rows *rows, struct fail *fail)
{
    struct db_session *s = query->reading.session;
    struct diff_list *diffs = &query->history->diffs;
    const struct model *model =
        mapping_find(s->base.mapping, db_rows_text(rows, MODEL, &s->scratch));
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
static bool is_in_order(struct history_query *query, const struct db_rows *rows)
{
    const int64_t clock = db_rows_integer(rows, DB_DIFF_CLOCK);
    const int64_t seq = db_rows_integer(rows, DB_DIFF_SEQ);
    const bool in_order =
        clock > query->last_clock || (clock == query->last_clock && seq > query->last_seq);

    query->last_clock = clock;
    query->last_seq = seq;
    return in_order;
}

/* What comes after a diff that is too many, or out of order, is ignored. */
static enum rc take_row(struct history_query *query, const struct db_rows *rows, struct fail *fail)
{
    struct history *history = query->history;

    if (query->ended)
        return RC_OK;
    if (query->last_clock < 0 && db_rows_integer(rows, AGE) > 0)
        history->oldest_s = db_rows_integer(rows, AGE);
    history->more = !history_limit_take(&query->left, db_rows_bytes(rows, DB_DIFF_JSON_DATA));
    query->disordered = !history->more && !is_in_order(query, rows);
    query->ended = history->more || query->disordered;
    return query->ended ? RC_OK : take_diff(query, rows, fail);
}

static void take_owner(struct history_query *query, const struct db_rows *rows)
{
    query->history->next_clock = db_rows_integer(rows, NEXT_CLOCK);
    query->history->behind =
        db_rows_integer(rows, RECONCILED) < db_lineage_compared(query->reading.session) ||
        db_rows_integer(rows, HAS_CHANGES) != 0;
    query->history->horizon = (struct horizon){db_rows_integer(rows, COMPACTED_BELOW),
                                               db_rows_integer(rows, FORGOTTEN_BELOW)};
    query->history->young = db_rows_is_null(rows, YOUNG) || db_rows_integer(rows, YOUNG) != 0;
}

static enum rc take_history(struct history_query *query, struct db_rows *rows, struct fail *fail)
{
    bool row;
    enum rc rc;

    while ((rc = db_rows_next(rows, &row, fail)) == RC_OK && row) {
        take_owner(query, rows);
        /* An owner without diffs that new is one row of NULLs. */
        if (!db_rows_is_null(rows, DB_DIFF_ID))
            rc = take_row(query, rows, fail);
        if (rc != RC_OK || query->ended)
            break;
    }
    return rc;
}

static void begin_query(struct history_query *query)
{
    struct lineage now = db_lineage_cached(query->reading.session);

    now.id = arena_text(query->reading.arena, now.id);
    /* Nobody has compared the tables of an owner without a row. */
    *query->history = (struct history){.lineage = now, .behind = true};
    query->left = query->limit;
    query->capacity = 0;
    query->last_clock = query->last_seq = -1;
    query->disordered = query->ended = false;
}

static void end_query(const struct history_query *query)
{
    if (query->history->more)
        query->history->diffs = (struct diff_list){0};
}

static enum rc run_history(struct db_session *s, enum db_stmt_id id, struct history_query *query,
                           struct fail *fail)
{
    struct db_query q = db_query_fixed(s, id, "read history");
    struct db_rows rows;
    enum rc rc;

    begin_query(query);
    db_args_text(&q.args, query->reading.owner);
    db_args_text(&q.args, query->reading.owner);
    db_args_integer(&q.args, query->since_clock);
    db_args_text(&q.args, query->reading.owner);
    db_args_integer(&q.args, rows_for(query->limit.diffs));
    rc = db_query_open(&q, DB_COLUMNS(HISTORY_KINDS, TEXT_BYTES), &rows, fail);
    if (rc == RC_OK)
        rc = take_history(query, &rows, fail);
    db_rows_close(&rows);
    end_query(query);
    if (rc != RC_OK)
        return rc;
    db_owners_keep_horizon(s, query->reading.owner, query->history->horizon);
    return db_owners_here(s, query->history->next_clock, fail);
}

static enum rc open_with_lineage(struct db_session *s, struct fail *fail)
{
    enum rc rc = db_session_open(s, fail);

    return rc == RC_OK ? db_lineage_refresh(s, fail) : rc;
}

static enum rc try_history(struct db_session *s, void *context, struct fail *fail)
{
    struct history_query *query = context;
    enum rc rc = RC_OK;

    if (!s->link.in_transaction)
        rc = open_with_lineage(s, fail);
    if (rc == RC_OK)
        rc = run_history(s, STATEMENT_READ_HISTORY, query, fail);
    if (rc == RC_OK && query->disordered)
        rc = run_history(s, STATEMENT_SORT_HISTORY, query, fail);
    return rc;
}

enum rc db_history_read(struct synchronizer *base, const struct pull_query *pull,
                        struct arena *arena, struct history *history_out, struct fail *fail)
{
    struct history_query query = {
        .reading = reading_of(base, pull->owner, arena),
        .since_clock = pull->since_clock,
        .limit = history_limit_of(pull->limit),
        .history = history_out,
    };

    return db_session_first(query.reading.session, try_history, &query, fail);
}

#define NO_DIFF "NULL, logical_clock, 0, 0, id, NULL, NULL, NULL, 0, NULL, NULL, "

/* Without an order of the whole, the parts come one behind the other, and nothing is copied into a
 * temporary table. All diffs lie below the clock that begin took: an empty range if nothing is
 * new. */
static void build_push(const struct db_lookup *lookup, const struct db_lookup_list *list,
                       const struct history_query *query, struct db_args *args)
{
    const struct text diffs_table = lookup->session->link.settings->diffs_table;
    struct buf *sql = &lookup->session->sql;

    buf_add_str(sql, "(SELECT " DB_DIFF_COLUMNS ", model, " DB_DIFF_AGE ", 0 FROM ");
    db_quote_name(sql, diffs_table);
    buf_add_str(sql, " FORCE INDEX (PRIMARY) WHERE owner = ? AND logical_clock >= ? AND "
                     "logical_clock < ? LIMIT ?) UNION ALL SELECT " NO_DIFF "1 FROM ");
    db_args_text(args, lookup->owner);
    db_args_integer(args, query->since_clock);
    db_args_integer(args, lookup->session->next_clock - 1);
    db_args_integer(args, rows_for(query->limit.diffs));
    db_quote_name(sql, diffs_table);
    buf_add_str(sql, " WHERE owner = ? AND id IN ");
    db_args_text(args, lookup->owner);
    db_lookup_add_list(lookup, list, args);
    buf_add_str(sql, " UNION ALL SELECT " NO_DIFF "1 + rejected FROM " DB_KNOWN_TABLE
                     " WHERE owner = ? AND id IN ");
    db_args_text(args, lookup->owner);
    db_lookup_add_list(lookup, list, args);
    buf_add_str(sql, " UNION ALL SELECT NULL, compacted_below, reconciled < ? OR EXISTS "
                     "(SELECT 1 FROM " DB_CHANGES_TABLE " WHERE owner = ?), forgotten_below, "
                     "NULL, NULL, NULL, NULL, 0, NULL, NULL, 3 FROM " DB_OWNERS_TABLE
                     " WHERE owner = ?");
    db_args_integer(args, db_lineage_compared(lookup->session));
    db_args_text(args, lookup->owner);
    db_args_text(args, lookup->owner);
}

/* Where the columns of a diff stand. */
static void take_owner_part(struct history *history, const struct db_rows *rows)
{
    history->horizon = (struct horizon){db_rows_integer(rows, DB_DIFF_CLOCK),
                                        db_rows_integer(rows, DB_DIFF_TIME_MS)};
    history->behind = db_rows_integer(rows, DB_DIFF_SEQ) != 0;
}

static void take_known(const struct text_index *index, const struct db_rows *rows,
                       struct known_id *known, struct arena *scratch)
{
    const struct text id = db_rows_text(rows, DB_DIFF_ID, scratch);

    for (size_t at = text_index_find(index, id); at != TEXT_INDEX_NONE;
         at = text_index_next(index, at))
        known[at] = (struct known_id){
            .clock = db_rows_integer(rows, DB_DIFF_CLOCK),
            .rejected = db_rows_integer(rows, PART) == PART_REJECTED,
        };
}

static enum rc take_push(struct history_query *query, const struct db_lookup_list *list,
                         struct db_rows *rows, struct known_id *known, struct fail *fail)
{
    struct arena *scratch = &query->reading.session->scratch;
    const struct text_index index = text_index_of(list->ids, list->count, scratch);
    bool row;
    enum rc rc;

    while ((rc = db_rows_next(rows, &row, fail)) == RC_OK && row) {
        const int64_t part = db_rows_integer(rows, PART);

        if (part == PART_OWNER)
            take_owner_part(query->history, rows);
        else if (part != PART_HISTORY)
            take_known(&index, rows, known, scratch);
        else
            rc = take_row(query, rows, fail);
        if (rc != RC_OK)
            break;
    }
    return rc;
}

static enum rc run_push(struct history_query *query, const struct db_lookup_list *list,
                        struct known_id *known, struct fail *fail)
{
    struct db_session *s = query->reading.session;
    const struct db_lookup lookup = {.session = s, .owner = query->reading.owner};
    struct db_query q = db_query_made(s, 9 + 2 * list->length, "read history and known ids");
    struct db_rows rows;
    enum rc rc;

    begin_query(query);
    query->history->next_clock = s->next_clock;
    query->history->behind = false;
    build_push(&lookup, list, query, &q.args);
    rc = db_query_open(&q, DB_COLUMNS(PUSH_KINDS, TEXT_BYTES), &rows, fail);
    if (rc == RC_OK)
        rc = take_push(query, list, &rows, known, fail);
    db_rows_close(&rows);
    end_query(query);
    if (rc == RC_OK)
        db_owners_keep_horizon(s, query->reading.owner, query->history->horizon);
    return rc;
}

enum rc db_history_read_push(struct synchronizer *base, const struct push_query *push,
                             struct arena *arena, struct history *history_out,
                             struct known_id *known_out, struct fail *fail)
{
    const struct db_lookup_list list = db_lookup_list_of(push->ids, push->count);
    struct history_query query = {
        .reading = reading_of(base, push->owner, arena),
        .since_clock = push->since_clock,
        .limit = history_limit_of(push->limit),
        .history = history_out,
    };
    struct db_session *s = query.reading.session;
    enum rc rc;

    /* A pull that needs the lock. */
    if (push->count == 0)
        return db_history_read(base,
                               &(struct pull_query){push->owner, push->since_clock, push->limit},
                               arena, history_out, fail);
    for (size_t i = 0; i < push->count; i++)
        known_out[i] = (struct known_id){.clock = -1};
    rc = run_push(&query, &list, known_out, fail);
    if (rc == RC_OK && query.disordered)
        rc = run_history(s, STATEMENT_SORT_HISTORY, &query, fail);
    if (rc == RC_OK && push->count > list.count)
        rc = db_known_find(s, push->owner, push->ids + list.count, push->count - list.count,
                           known_out + list.count, fail);
    return rc;
}

/* A diff with what orders it beside its clock. */
struct placed_diff {
    struct diff diff;
    int64_t seq;
};

struct object_query {
    struct reading reading;
    int64_t since_clock;
    bool without_row;
    struct placed_diff *found;
    size_t count;
    size_t capacity;
    struct placed_diff *told; /* from summaries */
    size_t told_count;
    size_t told_capacity;
    enum rc rc;
    struct fail *fail;
};

static void build_object_history(const struct db_lookup *lookup, const struct db_lookup_list *list,
                                 struct db_args *args)
{
    const struct object_query *query = lookup->out;
    struct buf *sql = &lookup->session->sql;

    buf_add_str(sql, "SELECT " DB_DIFF_COLUMNS " FROM ");
    db_quote_name(sql, lookup->session->link.settings->diffs_table);
    buf_add_str(sql, " FORCE INDEX (" DB_OBJECT_KEY ")"
                     " WHERE owner = ? AND model = ? AND logical_clock >= ? AND object_id IN ");
    db_args_text(args, lookup->owner);
    db_args_text(args, lookup->model->name);
    db_args_integer(args, query->since_clock);
    db_lookup_add_list(lookup, list, args);
}

static void found_object_diff(const struct db_lookup *lookup, size_t at, const struct db_rows *rows)
{
    struct object_query *query = lookup->out;
    struct placed_diff *placed;

    (void)at;
    if (query->rc != RC_OK)
        return;
    query->found = ARENA_ROOM(query->reading.arena, query->found, query->count, &query->capacity);
    placed = &query->found[query->count++];
    placed->seq = db_rows_integer(rows, DB_DIFF_SEQ);
    query->rc = read_diff(&query->reading, rows, lookup->model, &placed->diff, query->fail);
}

static int compare_placed(const void *left, const void *right)
{
    const struct placed_diff *a = left;
    const struct placed_diff *b = right;

    if (a->diff.clock != b->diff.clock)
        return a->diff.clock < b->diff.clock ? -1 : 1;
    return a->seq < b->seq ? -1 : a->seq > b->seq;
}

static void sort_placed(struct placed_diff *diffs, size_t count)
{
    if (count > 1)
        qsort(diffs, count, sizeof(*diffs), compare_placed);
}

/* Does a stored diff say why there is no row? */
static bool is_deleted(const struct object_query *query, struct text id)
{
    for (size_t i = 0; i < query->count; i++)
        if (query->found[i].diff.type == DIFF_DELETE &&
            text_equal(query->found[i].diff.object_id, id))
            return true;
    return false;
}

/* What the summary says: before everything that is stored of the object, in its order. */
static void add_told(struct object_query *query, const struct summary *summary,
                     const struct row *row)
{
    const struct summary_query asked = {
        .owner = query->reading.owner,
        .since_clock = query->since_clock,
        .until_clock = INT64_MAX,
        .without_row = query->without_row || (!row->live && is_deleted(query, summary->object_id)),
    };
    struct diff told[SUMMARY_DIFFS_MAX];
    const size_t count =
        summary_tell(summary, &asked, row->live ? row->values : NULL, query->reading.arena, told);

    for (size_t i = 0; i < count; i++) {
        query->told =
            ARENA_ROOM(query->reading.arena, query->told, query->told_count, &query->told_capacity);
        query->told[query->told_count] = (struct placed_diff){told[i], (int64_t)query->told_count};
        query->told_count++;
    }
}

/* Of each object that has something since the clock, once. */
static size_t told_ids(const struct object_history_query *wanted, struct summary **summaries,
                       struct text *ids_out)
{
    size_t count = 0;

    for (size_t i = 0; i < wanted->ids.count; i++) {
        bool again = summaries[i] == NULL || summaries[i]->last_clock < wanted->since_clock;

        for (size_t k = 0; !again && k < count; k++)
            again = text_equal(ids_out[k], wanted->ids.items[i]);
        if (again)
            continue;
        ids_out[count] = wanted->ids.items[i];
        summaries[count++] = summaries[i];
    }
    return count;
}

static enum rc tell_objects(struct object_query *query, const struct object_history_query *wanted,
                            struct fail *fail)
{
    struct db_session *s = query->reading.session;
    struct arena *arena = query->reading.arena;
    struct summary **summaries = ARENA_ARRAY(arena, wanted->ids.count, struct summary *);
    struct text *ids = ARENA_ARRAY(arena, wanted->ids.count, struct text);
    struct row *rows = ARENA_ARRAY(arena, wanted->ids.count, struct row);
    struct id_list found = {.items = ids};
    enum rc rc = db_summaries_find(s, wanted->of, wanted->ids, arena, summaries, fail);

    if (rc != RC_OK)
        return rc;
    found.count = told_ids(wanted, summaries, ids);
    rc = db_objects_read(&s->base, wanted->of, found, arena, rows, fail);
    for (size_t i = 0; rc == RC_OK && i < found.count; i++)
        add_told(query, summaries[i], &rows[i]);
    return rc;
}

/* In order, behind what the list holds, each once: the caller's list of ids may name one twice.
 * What is told comes before what is stored in the same clock. */
static void add_placed(struct object_query *query, struct diff_list *diffs)
{
    const size_t most = diffs->count + query->count + query->told_count;
    struct diff *items = ARENA_ARRAY(query->reading.arena, most, struct diff);
    size_t told = 0;

    if (diffs->count > 0)
        memcpy(items, diffs->items, diffs->count * sizeof(*items));
    diffs->items = items;
    sort_placed(query->found, query->count);
    sort_placed(query->told, query->told_count);
    for (size_t i = 0; i < query->count; i++) {
        if (i > 0 && compare_placed(&query->found[i - 1], &query->found[i]) == 0)
            continue;
        while (told < query->told_count &&
               query->told[told].diff.clock <= query->found[i].diff.clock)
            items[diffs->count++] = query->told[told++].diff;
        items[diffs->count++] = query->found[i].diff;
    }
    while (told < query->told_count)
        items[diffs->count++] = query->told[told++].diff;
}

enum rc db_history_read_object(struct synchronizer *base, const struct object_history_query *wanted,
                               struct arena *arena, struct diff_list *diffs_inout,
                               struct fail *fail)
{
    struct object_query query = {
        .reading = reading_of(base, wanted->of.owner, arena),
        .since_clock = wanted->since_clock,
        .without_row = wanted->without_row,
        .fail = fail,
    };
    const struct db_lookup lookup = {
        .session = db_session_of(base),
        .what = "read the history of objects",
        .owner = wanted->of.owner,
        .model = wanted->of.model,
        .build = build_object_history,
        .kinds = OBJECT_KINDS,
        .column_count = ARRAY_LEN(OBJECT_KINDS),
        .found = found_object_diff,
        .out = &query,
    };
    struct horizon horizon = {0};
    enum rc rc = db_lookup_run(&lookup, wanted->ids.items, wanted->ids.count, fail);

    if (rc == RC_OK)
        rc = query.rc;
    if (rc == RC_OK)
        rc = db_owners_horizon(query.reading.session, wanted->of.owner, &horizon, fail);
    if (rc == RC_OK && wanted->since_clock < horizon.compacted_below)
        rc = tell_objects(&query, wanted, fail);
    if (rc == RC_OK && query.count + query.told_count > 0)
        add_placed(&query, diffs_inout);
    return rc;
}
