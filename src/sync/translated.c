/* Pushes and pulls of other client engines.
 * Entry:     sync_translated(), sync_look().
 * Invariant: rows, clock and history that are read are of one moment. */
#include "translation.h"

#include "settled.h"
#include "txn.h"

enum rc sync_translated(struct synchronizer *s, const struct sync_request *request,
                        const struct sync_translation *translation, struct arena *arena,
                        struct sync_answer *answer_out, struct fail *fail)
{
    struct sync_request own = *request;
    struct txn txn = txn_of(s, &own, arena);
    enum rc rc;

    txn.input.history = &txn.history.diffs;
    txn.translation = translation;
    txn.translated = &own;
    rc = sync_push(&txn, fail);
    if (rc == RC_OK && txn.undurable)
        rc = sync_with_retries(&txn, sync_make_durable, fail);
    if (rc != RC_OK)
        return rc;
    *answer_out = (struct sync_answer){
        .next_clock = txn.plan.next_clock,
        .lineage = txn.history.lineage.id,
        .rejected = txn.rejected,
        .rejected_count = txn.rejected_count,
        .rejected_new = txn.rejected_new,
    };
    return RC_OK;
}

/* A look that is under way. */
struct looking {
    struct txn txn;
    const struct sync_look *look;
    int64_t next_clock;
};

static enum rc read_settled(void *context, int64_t next_clock, struct fail *fail)
{
    struct looking *looking = context;

    looking->next_clock = next_clock;
    return looking->look->read(looking->look->context, next_clock, fail);
}

static const struct history_limit NOTHING = {0, 0};
/* What a device that syncs often finds; more is read in a snapshot, page by page. */
static const struct history_limit FEW = {100, (size_t)64 * 1024};

/* One statement tells whether there is anything to look at, and what, if it is little. */
static enum rc read_head(struct txn *txn, const struct history_limit *limit, struct fail *fail)
{
    const struct pull_query query = {txn->request->owner, txn->request->clock, limit};
    enum rc rc = txn->s->ops->read_history(txn->s, &query, txn->arena, &txn->history, fail);

    return rc == RC_OK ? origin_check(txn, txn->history.next_clock, fail) : rc;
}

/* *done_out: there is nothing to look at, or it was read with what the first statement told. */
static enum rc read_little(struct looking *looking, bool *done_out, struct fail *fail)
{
    const struct sync_look *look = looking->look;
    const struct history *history = &looking->txn.history;

    looking->next_clock = history->next_clock;
    looking->txn.undurable = history->young && history->next_clock > looking->txn.request->clock;
    if (history->more || history->behind ||
        /* mutant: told_without_summaries */
        looking->txn.request->clock < history->horizon.compacted_below)
        return RC_OK;
    *done_out = look->changes_only && history->diffs.count == 0;
    if (*done_out || look->read_told == NULL)
        return RC_OK;
    return look->read_told(look->context, &history->diffs, history->next_clock, done_out, fail);
}

static enum rc look_once(struct txn *txn, struct fail *fail)
{
    struct looking *looking = (struct looking *)txn;
    const struct drain_job job = txn_drain_job(txn);
    const struct settled_query query = {
        .job = &job,
        .undrained = txn->request->undrained,
        .read = read_settled,
        .context = looking,
    };
    bool done = false;
    enum rc rc = read_head(txn, looking->look->read_told != NULL ? &FEW : &NOTHING, fail);

    if (rc == RC_OK)
        rc = read_little(looking, &done, fail);
    if (rc != RC_OK || done)
        return rc;
    txn->undurable = true;
    return settled_read(&query, fail);
}

enum rc sync_look(struct synchronizer *s, const struct sync_request *request,
                  const struct sync_look *look, struct arena *arena, int64_t *next_clock_out,
                  struct fail *fail)
{
    struct looking looking = {.txn = txn_of(s, request, arena), .look = look};
    enum rc rc = sync_with_retries(&looking.txn, look_once, fail);

    if (rc == RC_OK && looking.txn.undurable)
        rc = sync_with_retries(&looking.txn, sync_make_durable, fail);
    /* Other looks go through a history page by page. */
    if (rc == RC_OK && look->changes_only)
        lag_observe(&looking.txn);
    *next_clock_out = origin_clock(&looking.txn, looking.next_clock);
    return rc;
}
