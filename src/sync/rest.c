/* Tells a device whose clock is below the horizon of all that its request does not name.
 * Entry:     rest_read(), rest_measure().
 * Invariant: a part is told with this response or not at all. */
#include "history_limit.h"
#include "stream.h"
#include "told_objects.h"
#include "txn.h"

/* Of a response that is always held whole. */
static const struct history_limit NO_LIMIT = {SIZE_MAX, SIZE_MAX};
static const struct history_limit USUAL_PART = {10000, (size_t)16 << 20};

/* Takes what is streamed, as long as it may be held. */
struct collector {
    struct txn *txn;
    struct diff_list diffs;
    size_t capacity;
    struct history_limit left;
    bool ordered; /* the response's order asks for the creates' fields */
    bool full;
};

static enum rc collect_begin(void *context, const struct sync_answer *answer, struct fail *fail)
{
    struct collector *collector = context;

    (void)fail;
    collector->txn->plan.next_clock = answer->next_clock;
    return RC_OK;
}

/* It outlives the part that it is of. */
static enum rc keep(const struct collector *collector, const struct diff *diff, struct diff *kept,
                    struct fail *fail)
{
    struct arena *arena = collector->txn->arena;

    *kept = *diff;
    kept->id = arena_text(arena, diff->id);
    kept->owner = collector->txn->request->owner;
    kept->object_id = arena_text(arena, diff->object_id);
    kept->json_data = arena_text(arena, diff->json_data);
    kept->field_times = (struct text){0};
    kept->fields = NULL;
    kept->field_count = 0;
    kept->summary = NULL;
    kept->unread = true;
    return collector->ordered ? diff_parse_stored(kept, arena, fail) : RC_OK;
}

static enum rc collect(void *context, const struct diff_list *diffs, struct fail *fail)
{
    struct collector *collector = context;
    struct diff_list *to = &collector->diffs;
    enum rc rc = RC_OK;

    for (size_t i = 0; rc == RC_OK && i < diffs->count; i++) {
        struct diff kept;

        collector->full = !history_limit_take(&collector->left, diffs->items[i].json_data.len);
        if (collector->full)
            return fail_reject(fail, FAIL_TOO_LARGE, "the response is too large to be held");
        rc = keep(collector, &diffs->items[i], &kept, fail);
        if (rc != RC_OK)
            break;
        to->items = ARENA_ROOM(collector->txn->arena, to->items, to->count, &collector->capacity);
        diff_move(&to->items[to->count++], &kept);
    }
    return rc;
}

/* What the push did to other objects is stored, and told with the rest. */
static void leave_out_unnamed(struct txn *txn)
{
    const struct told_objects named = told_objects_of(txn->merge, txn->arena);
    struct diff_list *answer = &txn->plan.answer;
    size_t kept = 0;

    for (size_t i = 0; i < answer->count; i++)
        if (told_objects_find(&named, answer->items[i].model, answer->items[i].object_id) != NULL)
            diff_move(&answer->items[kept++], &answer->items[i]);
    answer->count = kept;
}

static void add_to_answer(struct txn *txn, const struct diff_list *more)
{
    const struct diff_list *answer = &txn->plan.answer;
    const size_t count = answer->count + more->count;
    struct diff *items = ARENA_ARRAY(txn->arena, count, struct diff);

    for (size_t i = 0; i < answer->count; i++)
        diff_move(&items[i], &answer->items[i]);
    for (size_t i = 0; i < more->count; i++)
        diff_move(&items[answer->count + i], &more->items[i]);
    txn->plan.answer = (struct diff_list){items, count};
}

static enum rc read_rest(struct txn *txn, struct fail *fail)
{
    const struct sync_request *request = txn->request;
    const bool pushed = request->diffs.count > 0;
    const struct drain_job drain = txn_drain_job(txn);
    struct collector collector = {
        .txn = txn,
        .left = request->sink != NULL && !txn->rest_fits ? request->limit : NO_LIMIT,
        .ordered = txn->s->relations.count > 0,
    };
    const struct sync_sink sink = {&collector, collect_begin, collect};
    struct sync_request held = *request;
    struct sync_answer answer = {0};
    const struct stream_job job = {
        .s = txn->s,
        .request = &held,
        .told = pushed ? txn->merge : NULL,
        .until_clock = pushed ? txn->plan.next_clock : -1,
        .rows = pushed && request->clock == 0,
        .compacted = true,
        .drain = &drain,
        .exact = txn->rest_exact,
        .later_out = &txn->rest_later,
        .held = true,
        .arena = txn->arena,
    };
    enum rc rc;

    txn->rest_later = false;
    held.sink = &sink;
    if (request->sink == NULL)
        held.limit = USUAL_PART;
    rc = stream_answer(&job, &answer, fail);
    if (collector.full) {
        txn->history.more = true;
        return RC_OK;
    }
    if (rc == RC_OK && !txn->rest_later)
        add_to_answer(txn, &collector.diffs);
    return rc;
}

enum rc rest_read(struct txn *txn, struct fail *fail)
{
    if (txn->request->diffs.count > 0)
        leave_out_unnamed(txn);
    txn->undurable = true;
    return read_rest(txn, fail);
}

/* ---- Does it fit? ---- */

struct measure {
    struct history_limit left;
    bool full;
};

static enum rc measure_begin(void *context, const struct sync_answer *answer, struct fail *fail)
{
    (void)context;
    (void)answer;
    (void)fail;
    return RC_OK;
}

static enum rc measure_part(void *context, const struct diff_list *diffs, struct fail *fail)
{
    struct measure *measure = context;

    for (size_t i = 0; i < diffs->count && !measure->full; i++)
        measure->full = !history_limit_take(&measure->left, diffs->items[i].json_data.len);
    return measure->full ? fail_reject(fail, FAIL_TOO_LARGE, "the response is too large to be held")
                         : RC_OK;
}

enum rc rest_measure(struct txn *txn, int64_t next_clock, struct fail *fail)
{
    struct measure measure = {.left = txn->request->limit};
    const struct sync_sink sink = {&measure, measure_begin, measure_part};
    struct sync_request measured = *txn->request;
    struct sync_answer answer = {0};
    const struct stream_job job = {
        .s = txn->s,
        .request = &measured,
        .until_clock = -1,
        .compacted = true,
        .held = true,
        .arena = txn->arena,
    };
    enum rc rc;

    measured.sink = &sink;
    rc = stream_snapshot(&job, next_clock, &answer, fail);
    txn->rest_fits = rc == RC_OK;
    return measure.full ? RC_OK : rc;
}
