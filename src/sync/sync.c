/* One sync from its request to its answer.
 * Entry:     sync_apply(), sync_retry().
 * Invariant: a transaction is committed whole or rolled back; after RC_RETRY it is run again from
 * its beginning, at most MAX_RETRIES times. */
#include "sync.h"

#include <time.h>

#include "answer_sort.h"
#include "clock.h"
#include "row_lookup.h"
#include "id.h"
#include "txn.h"
#include "stream.h"

#define MAX_RETRIES 3u

static bool is_retry(const struct sync_request *request)
{
    return request->retried.len > 0;
}

static const struct history_limit *limit_of(const struct txn *txn)
{
    return txn->request->sink != NULL ? &txn->request->limit : NULL;
}

static enum rc read_history(struct txn *txn, struct fail *fail)
{
    return txn->s->ops->read_history(txn->s,
                                     &(struct pull_query){.owner = txn->request->owner,
                                                          .since_clock = txn->input.client_clock,
                                                          .limit = limit_of(txn)},
                                     txn->arena, &txn->history, fail);
}

/* The push's clock lies behind next_clock as it is under the lock. */
static void take_clock(struct txn *txn, int64_t head)
{
    txn->input.push_clock = txn->history.next_clock - 1;
    txn->input.jump = txn->input.push_clock - head;
}

/* S(c), and which of the request's ids are known. */
static enum rc read_push(struct txn *txn, int64_t head, struct fail *fail)
{
    const struct diff_list *diffs = &txn->request->diffs;
    struct text *ids = ARENA_ARRAY(txn->arena, diffs->count, struct text);
    struct known_id *known = ARENA_ARRAY(txn->arena, diffs->count, struct known_id);
    int64_t *clocks = ARENA_ARRAY(txn->arena, diffs->count, int64_t);
    const struct push_query query = {
        .owner = txn->request->owner,
        .since_clock = txn->input.client_clock,
        .limit = limit_of(txn),
        .ids = ids,
        .count = diffs->count,
    };
    enum rc rc;

    for (size_t i = 0; i < diffs->count; i++)
        ids[i] = diffs->items[i].id;
    rc = txn->s->ops->read_push(txn->s, &query, txn->arena, &txn->history, known, fail);
    if (rc != RC_OK)
        return rc;
    take_clock(txn, head);
    rc = origin_check(txn, head, fail);
    if (rc != RC_OK)
        return rc;
    for (size_t i = 0; i < diffs->count; i++)
        clocks[i] = known[i].clock;
    txn->input.known_clocks = clocks;
    return rejected_recall(txn, known, fail);
}

/* Of a history that is too large to be held: that of the objects which the request names. What is
 * left of it is read when the request's part is committed. */
static enum rc read_touched(struct txn *txn, struct fail *fail)
{
    const struct diff_list *diffs = &txn->request->diffs;
    struct text *ids = ARENA_ARRAY(txn->arena, diffs->count, struct text);
    enum rc rc = RC_OK;

    for (size_t m = 0; rc == RC_OK && m < txn->s->mapping->model_count; m++) {
        const struct model *model = &txn->s->mapping->models[m];
        size_t count = 0;

        for (size_t i = 0; i < diffs->count; i++)
            if (diffs->items[i].model == model && diffs->items[i].object_id.len > 0)
                ids[count++] = diffs->items[i].object_id;
        if (count > 0)
            rc = txn->s->ops->read_object_history(
                txn->s,
                &(struct object_history_query){.of = {txn->request->owner, model},
                                               .since_clock = txn->input.client_clock,
                                               .ids = {ids, count}},
                txn->arena, &txn->history.diffs, fail);
    }
    return rc;
}

static enum rc read_all(struct txn *txn, struct fail *fail)
{
    const struct sync_request *request = txn->request;
    struct synchronizer *s = txn->s;
    int64_t head = 0;
    enum rc rc = s->ops->begin(s, request->owner, &head, fail);

    /* A retry is a change of now: nothing happened since. */
    if (is_retry(request))
        txn->input.client_clock = head;
    if (rc == RC_OK)
        rc = read_push(txn, head, fail);
    if (rc == RC_OK && txn->history.more)
        rc = read_touched(txn, fail);
    return rc;
}

/* The owner's first push since the database was set back. */
static enum rc note_fork(const struct txn *txn, struct fail *fail)
{
    const int64_t base = txn->input.push_clock;
    const struct fork fork = {.head = base - txn->input.jump, .base = base};

    return txn->input.jump > 0 ? txn->s->ops->fork(txn->s, txn->request->owner, &fork, fail)
                               : RC_OK;
}

static enum rc append_all(const struct txn *txn, struct fail *fail)
{
    const struct merge_plan *plan = &txn->plan;
    const struct diff **diffs = ARENA_ARRAY(txn->arena, plan->stored_count, const struct diff *);
    struct synchronizer *s = txn->s;
    enum rc rc = note_fork(txn, fail);

    for (size_t i = 0; i < plan->stored_count; i++)
        diffs[i] = &plan->stored[i].diff;
    if (rc == RC_OK && plan->stored_count > 0)
        rc = s->ops->append(s, txn->request->owner, diffs, plan->stored_count, fail);
    if (rc == RC_OK && plan->known_count > 0)
        rc = s->ops->remember(s, txn->request->owner, txn->input.push_clock, plan->known_ids,
                              plan->known_count, fail);
    return rc;
}

static enum rc write_rows(struct txn *txn, struct fail *fail)
{
    const struct rows_job job = {
        .s = txn->s,
        .owner = txn->request->owner,
        .arena = txn->arena,
        .merge = txn->merge,
        .row_by_row = txn->row_by_row,
        .strategy = txn->strategy,
    };
    enum rc rc;

    if (txn->row_by_row && rejections_open(txn->input.rejections))
        return quarantine_rows(txn, fail);
    rc = rows_apply(&job, &txn->plan, fail);
    txn->rows_refused = rc == RC_REJECTED && !fail->of_request;
    return rc;
}

/* A retried diff leaves the rejects, but not for nothing. */
static enum rc settle_retry(const struct txn *txn, struct fail *fail)
{
    struct synchronizer *s = txn->s;
    bool found;
    enum rc rc;

    if (!is_retry(txn->request))
        return RC_OK;
    if (txn->plan.stored_count == 0)
        return fail_reject(fail, FAIL_NO_SUCH_OBJECT,
                           "it would have no effect any more: the object is gone");
    rc = s->ops->take_reject(s, txn->request->owner, txn->request->retried, &found, fail);
    if (rc == RC_OK && !found)
        rc = fail_reject(fail, FAIL_NOT_FOUND, "somebody else has retried or dropped it meanwhile");
    return rc;
}

static enum rc write_all(struct txn *txn, struct fail *fail)
{
    enum rc rc = write_rows(txn, fail);

    if (rc == RC_OK)
        rc = rejected_refresh(txn, fail);
    if (rc == RC_OK)
        rc = append_all(txn, fail);
    rejected_collect(txn);
    if (rc == RC_OK)
        rc = rejected_keep(txn, fail);
    if (rc == RC_OK)
        rc = settle_retry(txn, fail);
    return rc == RC_OK ? txn->s->ops->commit(txn->s, fail) : rc;
}

static void begin_run(struct txn *txn)
{
    txn->rows_refused = false;
    txn->input.now_ms = clock_now_ms();
    txn->input.rejections = txn->request->rejections;
    if (txn->input.rejections != NULL)
        rejections_reset(txn->input.rejections);
    txn->asked = ARENA_ARRAY(txn->arena, txn->request->diffs.count, bool);
}

static enum rc run_once(struct txn *txn, struct fail *fail)
{
    bool changes = false;
    enum rc rc;

    begin_run(txn);
    rc = read_all(txn, fail);
    if (rc == RC_OK)
        rc = txn_merge(txn, fail);
    if (rc == RC_OK) {
        changes = txn->merge->has_new; /* mutant: resend_takes_a_clock */
        if (changes)
            rc = write_all(txn, fail);
        else
            rejected_collect(txn);
    }
    /* Known ids alone change nothing, not even the clock that begin took. */
    if (rc != RC_OK || !changes) /* mutant: half_an_error */
        txn->s->ops->rollback(txn->s);
    txn->undurable = !changes;
    return rc;
}

/* The next way to try when the tables refused the rows: in bulk nothing is known of the rows; then
 * row by row, in one order after the other. False if all ways were tried. */
static bool next_way(struct txn *txn)
{
    if (!txn->row_by_row)
        txn->row_by_row = true;
    else if (txn->strategy + 1 < ROWS_STRATEGIES)
        txn->strategy++;
    else
        return false;
    return true;
}

static enum rc run_all_ways(struct txn *txn, struct fail *fail)
{
    struct fail first = {0};
    enum rc rc = run_once(txn, fail);

    while (rc == RC_REJECTED && txn->rows_refused) {
        if (txn->row_by_row && txn->strategy == ROWS_DELETES_LAST)
            first = *fail;
        if (!next_way(txn)) {
            *fail = first; /* the usual order tells best what is wrong */
            break;
        }
        rc = run_once(txn, fail);
    }
    return rc;
}

/* Somewhere between half and all of 20 ms, 40 ms, …: two that met must not meet again. */
static void pause_before_retry(unsigned retry)
{
    struct timespec pause = {0};
    unsigned random;

    id_random_bytes(&random, sizeof(random));
    pause.tv_nsec = (long)((10000 + random % 10000) * 1000) * (long)retry;
    nanosleep(&pause, NULL);
}

static enum rc with_retries(struct txn *txn, enum rc (*run)(struct txn *, struct fail *),
                            struct fail *fail)
{
    enum rc rc = run(txn, fail);

    for (unsigned retry = 1; rc == RC_RETRY && retry <= MAX_RETRIES; retry++) {
        if (txn->request->stats != NULL)
            txn->request->stats->retries[fail->cause]++;
        pause_before_retry(retry);
        rc = run(txn, fail);
    }
    return rc;
}

static enum rc push(struct txn *txn, struct fail *fail)
{
    return with_retries(txn, run_all_ways, fail);
}

/* Without diffs nothing is locked: one statement is consistent in itself. */
static enum rc pull(struct txn *txn, struct fail *fail)
{
    enum rc rc = with_retries(txn, read_history, fail);

    if (rc == RC_OK)
        rc = origin_check(txn, txn->history.next_clock, fail);
    if (rc != RC_OK)
        return rc;
    txn->input.push_clock = txn->history.next_clock;
    txn->undurable = txn->history.young && txn->history.next_clock > txn->request->clock;
    if (txn->history.more)
        return RC_OK;
    rc = merge_begin(&txn->input, &txn->merge, fail);
    if (rc != RC_OK)
        return rc;
    /* A row that no create tells of is read under the lock, so that it fits the diffs. */
    if (row_lookup_wanted(txn->merge))
        return push(txn, fail);
    return merge_finish(txn->merge, &txn->plan, fail);
}

/* Others' commits can be read before they are on disk. One of our own waits for them. */
static enum rc make_durable(struct txn *txn, struct fail *fail)
{
    return txn->s->ops->make_durable(txn->s, txn->request->owner, fail);
}

/* The rest of the response, of the history before the request's own clock: what others push from
 * now on is for the next sync. */
static enum rc stream_rest(struct txn *txn, struct fail *fail)
{
    const bool pushed = txn->request->diffs.count > 0;
    const struct stream_job job = {
        .s = txn->s,
        .request = txn->request,
        .told = pushed ? txn->merge : NULL,
        .until_clock = pushed ? txn->answer->next_clock : -1,
        .arena = txn->arena,
    };

    txn->undurable = true; /* rows are told as the snapshot has them, not as our commit left them */
    return stream_answer(&job, txn->answer, fail);
}

/* The last step, whatever was sent: a response that was begun is valid only once it is complete. */
static enum rc finish(struct txn *txn, struct fail *fail)
{
    enum rc rc = txn->history.more ? with_retries(txn, stream_rest, fail) : RC_OK;

    if (rc == RC_OK && txn->undurable)
        rc = with_retries(txn, make_durable, fail);
    return rc == RC_RETRY && txn->history.more
               ? fail_busy(fail, RC_UNCERTAIN, "the response broke off: %s", fail_reason(fail))
               : rc;
}

static void stats_merge(const struct txn *txn, struct stats *stats)
{
    const struct merge *merge = txn->merge;

    if (merge == NULL || stats == NULL)
        return;
    for (size_t i = 0; i < merge->input->request->count; i++)
        stats->known += merge_role(merge, i) != MERGE_NEW;
    stats->contested[STATS_CLIENT] += txn->plan.fields_won;
    stats->contested[STATS_SERVER] += txn->plan.fields_lost;
}

enum rc sync_apply(struct synchronizer *s, const struct sync_request *request, struct arena *arena,
                   struct sync_answer *answer_out, struct fail *fail)
{
    struct txn txn = {
        .s = s,
        .request = request,
        .answer = answer_out,
        .arena = arena,
        .input =
            {
                .owner = request->owner,
                .client_clock = request->clock,
                .clock_skew_ms = request->clock_skew_ms,
                .request = &request->diffs,
                .relations = &s->relations,
                .arena = arena,
            },
    };
    enum rc rc;

    txn.input.history = &txn.history.diffs;
    rc = request->diffs.count == 0 ? pull(&txn, fail) : push(&txn, fail);
    if (rc != RC_OK)
        return rc;
    stats_merge(&txn, request->stats);
    answer_sort(&txn.plan.answer, s->mapping, &s->relations, s->model_ranks, arena);
    *answer_out = (struct sync_answer){
        .next_clock = txn.plan.next_clock,
        .lineage = txn.history.lineage.id,
        .diffs = txn.plan.answer,
        .rejected = txn.rejected,
        .rejected_count = txn.rejected_count,
        .rejected_new = txn.rejected_new,
    };
    return finish(&txn, fail);
}

enum rc sync_retry(struct synchronizer *s, const struct reject *reject,
                   const struct diff_rules *rules, struct arena *arena,
                   struct sync_answer *answer_out, struct fail *fail)
{
    struct diff_rules own_rules = *rules;
    struct sync_request request = {
        .owner = reject->owner,
        .diffs = {.items = ARENA_NEW(arena, struct diff), .count = 1},
        .retried = reject->id,
    };
    char *id = arena_alloc(arena, ID_UUID_LEN + 1);
    enum rc rc;

    own_rules.owner = reject->owner;
    own_rules.stamp_owner = true; /* the owner was checked when the diff came */
    rc = request_diff(reject->diff, &own_rules, arena, request.diffs.items, fail);
    if (rc == RC_OK) {
        id_uuid(id);
        request.diffs.items->id = (struct text){id, ID_UUID_LEN};
        rc = sync_apply(s, &request, arena, answer_out, fail);
    }
    if (rc == RC_REJECTED)
        fail_at_diff(fail, reject->id);
    return rc;
}
