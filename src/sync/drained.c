/* A drain by itself: sync_drain(). */
#include "drain.h"
#include "txn.h"

struct draining {
    struct txn txn; /* first: see run() */
    int64_t next_clock;
};

static enum rc note_clock(void *context, int64_t next_clock, struct fail *fail)
{
    struct draining *draining = context;

    (void)fail;
    draining->next_clock = next_clock;
    return RC_OK;
}

/* The owner's head alone is read: its clock, the lineage, and whether there is anything. */
static enum rc run(struct txn *txn, struct fail *fail)
{
    static const struct history_limit NOTHING = {0, 0};
    struct draining *draining = (struct draining *)txn;
    const struct pull_query query = {txn->request->owner, DIFF_INTEGER_MAX, &NOTHING};
    struct drain_job job;
    enum rc rc = txn->s->ops->read_history(txn->s, &query, txn->arena, &txn->history, fail);

    draining->next_clock = txn->history.next_clock;
    if (rc != RC_OK || !txn->history.behind)
        return rc;
    job = txn_drain_job(txn);
    job.last = note_clock;
    job.context = draining;
    return drain_owner(&job, fail);
}

enum rc sync_drain(struct synchronizer *s, struct text owner, struct stats *stats,
                   struct arena *arena, struct sync_drained *drained_out, struct fail *fail)
{
    const struct sync_request request = {.owner = owner, .stats = stats};
    struct draining draining = {.txn = txn_of(s, &request, arena)};
    enum rc rc = sync_with_retries(&draining.txn, run, fail);

    *drained_out = (struct sync_drained){
        .next_clock = draining.next_clock,
        .moved = draining.next_clock > draining.txn.history.next_clock,
    };
    return rc;
}
