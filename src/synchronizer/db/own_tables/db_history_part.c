/* Reads a part of the history, object by object: db_history_read_part(). Below the owner's horizon
 * the summaries are walked along with the diffs: both come in the order of their objects' ids. */
#include "db_history_part.h"

#include <assert.h>

#include "db_diff_row.h"
#include "db_objects.h"
#include "db_owners.h"
#include "db_query.h"
#include "db_summaries.h"
#include "history_limit.h"

/* Most diffs fit; longer ones cost a second look at the row. */
#define TEXT_BYTES ((size_t)2048)
/* Summaries that are read at once, with their rows, at most. */
#define SUMMARIES_MAX ((size_t)256)

static const enum db_cell_kind KINDS[] = {DB_DIFF_KINDS};

struct part_query {
    struct db_session *session;
    const struct history_part *part;
    struct text owner; /* that the diffs keep */
    struct arena *arena;
};

/* What is handed out: as much as the limit says, one diff at least. */
struct taking {
    struct diff_list *diffs;
    size_t capacity;
    struct history_limit left;
    bool *more;
};

/* False: it is too much. */
static bool make_room(struct taking *taking, size_t bytes)
{
    *taking->more = !history_limit_take(&taking->left, bytes) && taking->diffs->count > 0;
    return !*taking->more;
}

static struct diff *next_diff(struct taking *taking, struct arena *arena)
{
    struct diff_list *diffs = taking->diffs;

    diffs->items = ARENA_ROOM(arena, diffs->items, diffs->count, &taking->capacity);
    return &diffs->items[diffs->count];
}

static enum rc take_stored(const struct part_query *query, struct taking *taking,
                           struct db_rows *rows, struct fail *fail)
{
    bool row;
    enum rc rc;

    while ((rc = db_rows_next(rows, &row, fail)) == RC_OK && row) {
        if (!make_room(taking, db_rows_bytes(rows, DB_DIFF_JSON_DATA)))
            break;
        rc = db_diff_row_read(rows, (struct owner_model){query->owner, query->part->model},
                              query->arena, &query->session->scratch,
                              next_diff(taking, query->arena), fail);
        if (rc != RC_OK)
            break;
        taking->diffs->count++;
    }
    return rc;
}

/* One row more than asked for tells whether there is more. */
static int64_t rows_for(size_t diffs)
{
    if (diffs == 0)
        return 2;
    return diffs < (size_t)INT64_MAX ? (int64_t)diffs + 1 : INT64_MAX;
}

static void add_args(struct db_args *args, const struct history_part *part)
{
    db_args_text(args, part->owner);
    db_args_text(args, part->model->name);
    db_args_text(args, part->only_id.len > 0 ? part->only_id : part->after_id);
    db_args_integer(args, part->since_clock);
    db_args_integer(args, part->until_clock);
    db_args_integer(args, rows_for(part->limit.diffs));
}

/* The part as far as diffs of it are stored. */
static enum rc read_stored(const struct part_query *query, struct diff_list *diffs_out,
                           bool *more_out, struct fail *fail)
{
    const struct history_part *part = query->part;
    struct taking taking = {.diffs = diffs_out, .left = part->limit, .more = more_out};
    struct db_query q = db_query_fixed(
        query->session, part->only_id.len > 0 ? STATEMENT_READ_OBJECT_PART : STATEMENT_READ_PART,
        "read a part of the history");
    struct db_rows rows;
    enum rc rc;

    *diffs_out = (struct diff_list){0};
    *more_out = false;
    add_args(&q.args, part);
    rc = db_query_open(&q, DB_COLUMNS(KINDS, TEXT_BYTES), &rows, fail);
    if (rc == RC_OK)
        rc = take_stored(query, &taking, &rows, fail);
    db_rows_close(&rows);
    return rc;
}

/* The walk along both. */
struct merging {
    const struct part_query *query;
    struct taking taking;
    struct diff_list stored;
    bool stored_more; /* … than those */
    size_t at;        /* of stored: the first that is not taken yet */
};

static bool take_diff(struct merging *merging, const struct diff *diff)
{
    if (!make_room(&merging->taking, diff->json_data.len))
        return false;
    *next_diff(&merging->taking, merging->query->arena) = *diff;
    merging->taking.diffs->count++;
    return true;
}

/* The stored diffs of the objects before that one, or up to it. False: that was all that may be
 * taken, or all that was read. */
static bool take_until(struct merging *merging, struct text id, bool inclusive)
{
    const struct diff_list *stored = &merging->stored;

    while (merging->at < stored->count) {
        const int order = text_compare(stored->items[merging->at].object_id, id);

        if (order > 0 || (order == 0 && !inclusive))
            return true;
        if (!take_diff(merging, &stored->items[merging->at]))
            return false;
        merging->at++;
    }
    *merging->taking.more = merging->stored_more;
    return !merging->stored_more;
}

static bool take_rest(struct merging *merging)
{
    while (merging->at < merging->stored.count)
        if (!take_diff(merging, &merging->stored.items[merging->at++]))
            return false;
    *merging->taking.more = merging->stored_more;
    return !merging->stored_more;
}

/* Is one of the object's diffs in the part a delete? They stand at merging->at; where they are the
 * last that were read, there may be others. */
static enum rc is_deleted(const struct merging *merging, struct text id, bool *deleted_out,
                          struct fail *fail)
{
    const struct part_query *query = merging->query;
    const struct diff_list *stored = &merging->stored;
    size_t at = merging->at;
    struct db_query q;
    int64_t found = 0;
    enum rc rc;

    *deleted_out = false;
    for (; at < stored->count && text_equal(stored->items[at].object_id, id); at++)
        *deleted_out |= stored->items[at].type == DIFF_DELETE;
    if (*deleted_out || at == merging->at || at < stored->count || !merging->stored_more)
        return RC_OK;
    q = db_query_fixed(query->session, STATEMENT_IS_DELETED, "look for a delete");
    db_args_text(&q.args, query->part->owner);
    db_args_text(&q.args, query->part->model->name);
    db_args_text(&q.args, id);
    db_args_integer(&q.args, query->part->since_clock);
    db_args_integer(&q.args, query->part->until_clock);
    rc = db_query_integer(&q, &found, fail);
    *deleted_out = found != 0;
    return rc;
}

static enum rc tell(struct merging *merging, const struct summary *summary, const struct row *row,
                    bool *on_out, struct fail *fail)
{
    const struct part_query *query = merging->query;
    struct summary_query asked = {
        .owner = query->owner,
        .since_clock = query->part->since_clock,
        .until_clock = query->part->until_clock,
        .without_row = query->part->compare,
        .compare = query->part->compare,
    };
    struct diff told[SUMMARY_DIFFS_MAX];
    size_t count;
    enum rc rc = RC_OK;

    if (!row->live && !asked.without_row)
        rc = is_deleted(merging, summary->object_id, &asked.without_row, fail);
    if (rc != RC_OK)
        return rc;
    count = summary_tell(summary, &asked, row->live ? row->values : NULL, query->arena, told);
    for (size_t i = 0; *on_out && i < count; i++)
        *on_out = take_diff(merging, &told[i]);
    return RC_OK;
}

/* One round of summaries, with the diffs before and beside them. */
static enum rc merge_summaries(struct merging *merging, const struct db_summary_list *summaries,
                               bool *on_out, struct fail *fail)
{
    const struct part_query *query = merging->query;
    struct row *rows = ARENA_ARRAY(query->arena, summaries->count, struct row);
    struct text *ids = ARENA_ARRAY(query->arena, summaries->count, struct text);
    enum rc rc;

    for (size_t i = 0; i < summaries->count; i++)
        ids[i] = summaries->items[i].object_id;
    rc = db_objects_read(&query->session->base,
                         (struct owner_model){query->owner, query->part->model},
                         (struct id_list){ids, summaries->count}, query->arena, rows, fail);
    for (size_t i = 0; rc == RC_OK && *on_out && i < summaries->count; i++) {
        *on_out = take_until(merging, ids[i], false);
        if (*on_out)
            rc = tell(merging, &summaries->items[i], &rows[i], on_out, fail);
        if (rc == RC_OK && *on_out)
            *on_out = take_until(merging, ids[i], true);
    }
    return rc;
}

static enum rc merge(struct merging *merging, struct fail *fail)
{
    const struct part_query *query = merging->query;
    struct history_part part = *query->part;
    const size_t round = part.limit.diffs < SUMMARIES_MAX ? part.limit.diffs + 1 : SUMMARIES_MAX;
    struct db_summary_list summaries = {.count = round};
    bool on = true;
    enum rc rc = RC_OK;

    while (rc == RC_OK && on && summaries.count == round) {
        rc = db_summaries_read(query->session, &part, round, query->arena, &summaries, fail);
        if (rc != RC_OK || summaries.count == 0)
            break;
        part.after_id = summaries.items[summaries.count - 1].object_id;
        rc = merge_summaries(merging, &summaries, &on, fail);
    }
    if (rc == RC_OK && on)
        take_rest(merging);
    return rc;
}

enum rc db_history_read_part(struct synchronizer *base, const struct history_part *part,
                             struct arena *arena, struct diff_list *diffs_out, bool *more_out,
                             struct fail *fail)
{
    const struct part_query query = {
        .session = db_session_of(base),
        .part = part,
        .owner = arena_text(arena, part->owner),
        .arena = arena,
    };
    struct merging merging = {
        .query = &query,
        .taking = {.diffs = diffs_out, .left = part->limit, .more = more_out},
    };
    struct horizon horizon;
    enum rc rc;

    assert(query.session->link.in_transaction);
    *diffs_out = (struct diff_list){0};
    *more_out = false;
    rc = db_owners_horizon(query.session, part->owner, &horizon, fail);
    if (rc != RC_OK)
        return rc;
    if (part->since_clock >= horizon.compacted_below)
        return read_stored(&query, diffs_out, more_out, fail);
    rc = read_stored(&query, &merging.stored, &merging.stored_more, fail);
    return rc == RC_OK ? merge(&merging, fail) : rc;
}
