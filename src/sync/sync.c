/* One sync from its request to its answer.
 * Entry:     sync_apply(), sync_retry().
 * Invariant: after RC_RETRY a transaction is run again from its beginning, at most MAX_RETRIES
 * times; nothing is told that a crash of the database may take back. */
#include "sync.h"

#include <time.h>

#include "answer_sort.h"
#include "first.h"
#include "migrate.h"
#include "id.h"
#include "row_lookup.h"
#include "txn.h"
#include "stream.h"

#define MAX_RETRIES 3u
#define MAX_ANSWERS 3u

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

enum rc sync_with_retries(struct txn *txn, enum rc (*run)(struct txn *, struct fail *),
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

/* From here on the request's own transaction goes by what it finds. */
static enum rc drain(struct txn *txn, struct fail *fail)
{
    const struct drain_job job = txn_drain_job(txn);
    enum rc rc = drain_owner(&job, fail);

    txn->drained = rc == RC_OK;
    txn->row_by_row = false;
    txn->strategy = ROWS_DELETES_LAST;
    return rc;
}

/* The object may never have existed for the history alone: other SQL may just have taken away its
 * row, of which no diff told. */
static bool may_have_existed(struct txn *txn, enum rc rc, const struct fail *fail)
{
    struct synchronizer *s = txn->s;
    struct fail unseen = {0};
    int64_t next_clock;
    bool behind = false;

    if (rc != RC_REJECTED || fail->code != FAIL_NO_SUCH_OBJECT || txn->behind)
        return false;
    if (txn->looks++ >= TXN_MAX_LOOKS)
        return false;
    rc = s->ops->begin_snapshot(s, txn->request->owner, &next_clock, &unseen);
    if (rc == RC_OK)
        rc = s->ops->changes->behind(s, txn->request->owner, &behind, &unseen);
    s->ops->rollback(s);
    return rc == RC_OK && behind; /* mutant: gone_row_never_existed */
}

/* What other SQL wrote before is told before this request is merged: then the later time wins. */
static enum rc run_drained(struct txn *txn, struct fail *fail)
{
    enum rc rc = run_all_ways(txn, fail);

    while ((rc == RC_OK && txn->behind) || may_have_existed(txn, rc, fail)) {
        rc = drain(txn, fail);
        if (rc == RC_OK)
            rc = run_all_ways(txn, fail);
    }
    return rc;
}

enum rc sync_push(struct txn *txn, struct fail *fail)
{
    return sync_with_retries(txn, run_drained, fail);
}

/* Without diffs nothing is locked: one statement is consistent in itself. */
static enum rc read_checked(struct txn *txn, struct fail *fail)
{
    enum rc rc = txn_read_history(txn, fail);

    txn_note_horizon(txn);
    return rc == RC_OK ? origin_check(txn, txn->history.next_clock, fail) : rc;
}

static enum rc read_pull(struct txn *txn, struct fail *fail)
{
    enum rc rc = read_checked(txn, fail);

    if (rc != RC_OK || !txn->history.behind || txn->drained) /* mutant: pull_undrained */
        return rc;
    rc = drain(txn, fail);
    return rc == RC_OK ? read_checked(txn, fail) : rc;
}

static enum rc pull(struct txn *txn, struct fail *fail)
{
    enum rc rc = sync_with_retries(txn, read_pull, fail);

    if (rc != RC_OK || txn->compacted)
        return rc;
    if (first_is_pull(txn))
        return sync_with_retries(txn, first_pull, fail);
    txn->input.push_clock = txn->history.next_clock;
    txn->undurable = txn->history.young && txn->history.next_clock > txn->request->clock;
    if (txn->history.more)
        return migrate_wanted(txn->request) ? migrate_too_much(fail) : RC_OK;
    rc = merge_begin(&txn->input, &txn->merge, fail);
    if (rc != RC_OK)
        return rc;
    /* A row that no create tells of is read under the lock, so that it fits the diffs. */
    if (row_lookup_wanted(txn->merge))
        return sync_push(txn, fail);
    return merge_finish(txn->merge, &txn->plan, fail);
}

/* Others' commits can be read before they are on disk. One of our own waits for them. */
enum rc sync_make_durable(struct txn *txn, struct fail *fail)
{
    return txn->s->ops->make_durable(txn->s, txn->request->owner, fail);
}

/* The rest of the response, of the history before the request's own clock: what others push from
 * now on is for the next sync. */
static enum rc stream_rest(struct txn *txn, struct fail *fail)
{
    const bool pushed = txn->request->diffs.count > 0;
    const struct drain_job drain = txn_drain_job(txn);
    const struct stream_job job = {
        .s = txn->s,
        .request = txn->request,
        .told = pushed ? txn->merge : NULL,
        .until_clock = pushed ? txn->answer->next_clock : -1,
        .rows = pushed && txn->input.client_clock == 0,
        .compacted = txn->compacted,
        .drain = &drain,
        .arena = txn->arena,
    };

    txn->undurable = true; /* rows are told as the snapshot has them, not as our commit left them */
    if (first_is_pull(txn))
        return first_stream(txn, txn->answer, fail);
    return stream_answer(&job, txn->answer, fail);
}

/* What the request brought is stored: to say that it failed would be wrong. */
static enum rc broken_off(enum rc rc, struct fail *fail)
{
    return rc == RC_UNCERTAIN
               ? rc
               : fail_busy(fail, RC_UNCERTAIN, "the response broke off: %s", fail_reason(fail));
}

/* The rows of a push at clock 0, once it is committed: a resend settles what goes wrong here. */
static enum rc add_untold(struct txn *txn, struct fail *fail)
{
    enum rc rc;

    if (txn->input.client_clock > 0 || txn->request->diffs.count == 0 || txn->history.more ||
        txn->compacted)
        return RC_OK;
    rc = sync_with_retries(txn, first_add_untold, fail);
    return rc == RC_OK ? rc : broken_off(rc, fail);
}

/* Of a push that was answered already, and is now as one that is sent again. */
static enum rc answer_again(struct txn *txn, struct fail *fail)
{
    const struct txn first = *txn;
    enum rc rc;

    txn->drained = txn->request->undrained;
    rc = sync_push(txn, fail);
    if (first.rejected_new > 0) {
        txn->rejected = first.rejected;
        txn->rejected_count = first.rejected_count;
        txn->rejected_new = first.rejected_new;
    }
    return rc;
}

/* What is told must be of the response's clock. If others were served between the push and the
 * snapshot, the push is answered again; in the end what came in between is told as far as it goes,
 * and again with the next response. */
static enum rc add_rest(struct txn *txn, struct fail *fail)
{
    const bool pushed = txn->request->diffs.count > 0;
    enum rc rc = RC_OK;

    txn->rest_later = true;
    for (unsigned i = 1; rc == RC_OK && txn->rest_later; i++) {
        txn->rest_exact = pushed && i < MAX_ANSWERS;
        rc = sync_with_retries(txn, rest_read, fail);
        if (rc == RC_OK && txn->rest_later)
            rc = answer_again(txn, fail); /* mutant: rest_of_another_clock */
    }
    txn->undurable = true;
    return rc;
}

/* What was compacted, and all else that a device so far behind is to be told. */
static enum rc add_compacted(struct txn *txn, struct fail *fail)
{
    enum rc rc;

    if (!txn->compacted)
        return RC_OK;
    rc = txn->anew ? sync_with_retries(txn, first_pull, fail) : add_rest(txn, fail);
    /* A push was measured before it was committed. */
    if (rc == RC_OK && txn->history.more && migrate_wanted(txn->request) && !txn->anew)
        return migrate_too_much(fail);
    return rc == RC_OK || txn->merge == NULL || !txn->merge->has_new ? rc : broken_off(rc, fail);
}

static enum rc check_migration(struct txn *txn, struct fail *fail)
{
    const struct sync_request *request = txn->request;

    if (!migrate_wanted(request) || request->sink == NULL || request->clock == 0)
        return RC_OK;
    return sync_with_retries(txn, migrate_fits, fail);
}

/* What an upgraded app lacks: as above. */
static enum rc add_migrated(struct txn *txn, struct fail *fail)
{
    enum rc rc;

    if (!migrate_wanted(txn->request) || txn->history.more || txn->rows_more || txn->anew)
        return RC_OK;
    rc = sync_with_retries(txn, migrate_add, fail);
    return rc == RC_OK || txn->merge == NULL || !txn->merge->has_new ? rc : broken_off(rc, fail);
}

/* The last step, whatever was sent: a response that was begun is valid only once it is complete. */
static enum rc finish(struct txn *txn, struct fail *fail)
{
    const bool more = txn->history.more || txn->rows_more;
    enum rc rc = more ? sync_with_retries(txn, stream_rest, fail) : RC_OK;

    if (rc == RC_OK && txn->undurable)
        rc = sync_with_retries(txn, sync_make_durable, fail);
    if (rc == RC_OK || (!more && (txn->merge == NULL || !txn->merge->has_new)))
        return rc;
    return broken_off(rc, fail);
}

static void stats_merge(const struct txn *txn, struct stats *stats)
{
    const struct merge *merge = txn->merge;

    if (stats == NULL)
        return;
    lag_observe(txn);
    stats->first_syncs += first_is_pull(txn);
    if (txn->compacted && txn->request->clock > 0)
        stats->returns[txn->anew ? STATS_RETURN_RESET : STATS_RETURN_TOLD]++;
    if (merge == NULL)
        return;
    for (size_t i = 0; i < merge->input->request->count; i++)
        stats->known += merge_role(merge, i) != MERGE_NEW;
    stats->contested[STATS_CLIENT] += txn->plan.fields_won;
    stats->contested[STATS_SERVER] += txn->plan.fields_lost;
}

enum rc sync_apply(struct synchronizer *s, const struct sync_request *request, struct arena *arena,
                   struct sync_answer *answer_out, struct fail *fail)
{
    struct txn txn = txn_of(s, request, arena);
    enum rc rc;

    txn.answer = answer_out;
    txn.input.history = &txn.history.diffs;
    rc = check_migration(&txn, fail);
    if (rc == RC_OK)
        rc = request->diffs.count == 0 ? pull(&txn, fail) : sync_push(&txn, fail);
    if (rc == RC_OK)
        rc = add_compacted(&txn, fail);
    if (rc == RC_OK)
        rc = add_untold(&txn, fail);
    if (rc == RC_OK)
        rc = add_migrated(&txn, fail);
    if (rc != RC_OK)
        return rc;
    stats_merge(&txn, request->stats);
    answer_sort(&txn.plan.answer, s->mapping, &s->relations, s->model_ranks, arena);
    *answer_out = (struct sync_answer){
        .next_clock = txn.plan.next_clock,
        .lineage = txn.history.lineage.id,
        .reset = txn.anew,
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
    if (own_rules.mapping->versions != NULL)
        own_rules.version = versions_first(own_rules.mapping->versions);
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
