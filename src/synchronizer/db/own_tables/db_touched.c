/* Finds the objects that were touched since a place of the history, in the order of their last
 * diffs: db_touched_find(). */
#include "db_touched.h"

#include "db_owners.h"
#include "db_query.h"

#define TEXT_BYTES ((size_t)512)

struct taking {
    struct touched_list *list;
    size_t capacity;
};

static enum rc take(void *context, const struct db_rows *rows, struct fail *fail)
{
    struct taking *taking = context;
    struct touched_list *list = taking->list;

    (void)fail;
    list->items = ARENA_ROOM(rows->into, list->items, list->count, &taking->capacity);
    list->items[list->count++] = (struct touched){
        .id = db_rows_text(rows, 0, rows->into),
        .at = {db_rows_integer(rows, 1), db_rows_integer(rows, 2)},
    };
    return RC_OK;
}

/* By stored diffs, or of objects that have none by their summaries: the parameters are the same. */
static enum rc find(struct db_session *s, enum db_stmt_id id, const struct touched_query *query,
                    struct arena *arena, struct touched_list *touched_out, struct fail *fail)
{
    static const enum db_cell_kind KINDS[] = {DB_CELL_TEXT, DB_CELL_INTEGER, DB_CELL_INTEGER};
    struct taking taking = {.list = touched_out};
    struct db_query q = db_query_fixed(s, id, "find what was touched");

    *touched_out = (struct touched_list){0};
    q.into = arena;
    db_args_text(&q.args, query->of.owner);
    db_args_integer(&q.args, query->after.clock);
    db_args_integer(&q.args, query->after.clock);
    db_args_integer(&q.args, query->after.seq);
    db_args_text(&q.args, query->of.model->name);
    db_args_text(&q.args, query->of.owner);
    db_args_text(&q.args, query->of.model->name);
    db_args_integer(&q.args, (int64_t)query->limit);
    return db_query_each(&q, DB_COLUMNS(KINDS, TEXT_BYTES), take, &taking, fail);
}

static bool comes_before(const struct touched *a, const struct touched *b)
{
    return a->at.clock < b->at.clock || (a->at.clock == b->at.clock && a->at.seq < b->at.seq);
}

/* The first ones of both lists. */
static struct touched_list merge(const struct touched_list *a, const struct touched_list *b,
                                 size_t limit, struct arena *arena)
{
    const size_t both = a->count + b->count;
    struct touched_list merged = {.items = ARENA_ARRAY(arena, both, struct touched)};
    size_t at = 0;

    while (merged.count < both && merged.count < limit) {
        const size_t other = merged.count - at;
        const bool first =
            other >= b->count || (at < a->count && comes_before(&a->items[at], &b->items[other]));

        merged.items[merged.count++] = first ? a->items[at] : b->items[other];
        at += first;
    }
    return merged;
}

enum rc db_touched_find(struct synchronizer *base, const struct touched_query *query,
                        struct arena *arena, struct touched_list *touched_out, struct fail *fail)
{
    struct db_session *s = db_session_of(base);
    struct touched_list compacted, stored = {0};
    struct horizon horizon;
    enum rc rc = db_owners_horizon(s, query->of.owner, &horizon, fail);

    if (rc == RC_OK)
        rc = find(s, STATEMENT_FIND_TOUCHED, query, arena, &stored, fail);
    if (rc != RC_OK || query->after.clock >= horizon.compacted_below) {
        *touched_out = stored;
        return rc;
    }
    rc = find(s, STATEMENT_FIND_SUMMARIES_TOUCHED, query, arena, &compacted, fail);
    if (rc == RC_OK)
        *touched_out = merge(&compacted, &stored, query->limit, arena);
    return rc;
}

enum rc db_touched_has_ids(struct synchronizer *s, struct text owner, const struct id_range *range,
                           bool *found_out, struct fail *fail)
{
    struct db_query q =
        db_query_fixed(db_session_of(s), STATEMENT_FIND_IDS, "find a device's diffs");
    int64_t found;
    enum rc rc;

    db_args_text(&q.args, owner);
    db_args_text(&q.args, range->from);
    db_args_text(&q.args, range->to);
    rc = db_query_integer(&q, &found, fail);
    *found_out = found != 0;
    return rc;
}
