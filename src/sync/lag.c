/* How far behind its owner's history is the device that syncs? lag_observe(): for how long the
 * oldest change has been stored that it has not seen. Where `history` kept no more than that, the
 * device would be beyond the horizon. */
#include "clock.h"
#include "txn.h"

#define MS ((int64_t)1000)

/* 0: forever. */
static int64_t seconds_of(int64_t term_ms)
{
    return term_ms == COMPACTION_FOREVER ? 0 : term_ms / MS;
}

static int64_t larger(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* Of the diffs that it has not seen, the oldest are folded: what is known of the time is when
 * deletes were folded. To answer it cost more than to ask for that. */
static int64_t folded_s(const struct txn *txn)
{
    const struct sync_request *request = txn->request;
    const int64_t keep_s = seconds_of(request->terms.keep_ms);
    struct fail ignored = {0};
    int64_t delete_s = 0;

    if (txn->s->ops->compaction->find_unseen_delete(txn->s, request->owner, request->clock,
                                                    &delete_s, &ignored) != RC_OK)
        delete_s = 0;
    return larger(keep_s + delete_s + 1, txn->history.oldest_s);
}

static int64_t lag_s(const struct txn *txn)
{
    const struct horizon *horizon = &txn->history.horizon;
    const int64_t clock = txn->request->clock;

    if (clock < horizon->forgotten_below)
        return seconds_of(txn->request->terms.deletes_ms) + 1;
    return clock < horizon->compacted_below ? folded_s(txn) : txn->history.oldest_s;
}

void lag_observe(const struct txn *txn)
{
    struct stats *stats = txn->request->stats;

    if (stats != NULL && txn->request->clock > 0)
        stats_observe_lag(stats, lag_s(txn), clock_now_ms() / MS);
}
