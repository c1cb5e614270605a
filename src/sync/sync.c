/* One sync from its request to its answer.
 * Entry:     sync_apply(), sync_retry().
 * Invariant: after RC_RETRY a transaction is run again from its beginning, at most MAX_RETRIES
 * times; nothing is told that a crash of the database may take back. */
#include "sync.h"

#include <time.h>

#include "answer_sort.h"
#include "row_lookup.h"
#include "id.h"
#include "txn.h"
#include "stream.h"

#define MAX_RETRIES 3u

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
    enum rc rc = txn_run(txn, fail);

    while (rc == RC_REJECTED && txn->rows_refused) {
        if (txn->row_by_row && txn->strategy == ROWS_DELETES_LAST)
            first = *fail;
        if (!next_way(txn)) {
            *fail = first; /* the usual order tells best what is wrong */
            break;
        }
        rc = txn_run(txn, fail);
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
static enum rc read_pull(struct txn *txn, struct fail *fail)
{
    enum rc rc = txn_read_history(txn, fail);

    return rc == RC_OK ? origin_check(txn, txn->history.next_clock, fail) : rc;
}

static enum rc pull(struct txn *txn, struct fail *fail)
{
    enum rc rc = with_retries(txn, read_pull, fail);

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
    own_rules.columns = s->columns;
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
