/* Is the client's clock one that this history of the owner gave? origin_check(). A database that
 * was set back gives other clocks from then on (docs/protocol.md 9). */
#include "txn.h"

/* The rejection that is set already, with what a client of another history must know. */
static enum rc of_lineage(const struct txn *txn, struct fail *fail)
{
    fail_of_lineage(fail, txn->history.lineage.id);
    return RC_REJECTED;
}

static enum rc restart_at(const struct txn *txn, int64_t clock, struct fail *fail)
{
    fail_restart_at(fail, clock);
    return of_lineage(txn, fail);
}

static enum rc refuse_lost(const struct txn *txn, int64_t head, struct fail *fail)
{
    fail_reject(fail, FAIL_INVALID_CLOCK,
                "the device's logical clock %lld is of a history that the server has lost: go back "
                "to restart_clock, or reset the device with clock 0",
                (long long)txn->input.client_clock);
    return restart_at(txn, head, fail);
}

/* Before the owner's first push of an epoch, that push's fork is as good as noted. */
static enum rc refuse_ahead(const struct txn *txn, int64_t next_clock, struct fail *fail)
{
    if (lineage_epoch_of(next_clock) < txn->history.lineage.epoch)
        return refuse_lost(txn, next_clock, fail);
    if (txn->request->stats != NULL)
        txn->request->stats->clocks_ahead++;
    fail_reject(fail, FAIL_INVALID_CLOCK,
                "the device's logical clock %lld is ahead of the server's %lld: reset the device "
                "with clock 0",
                (long long)txn->input.client_clock, (long long)next_clock);
    return of_lineage(txn, fail);
}

static enum rc refuse_lineage(const struct txn *txn, bool ancestor, struct fail *fail)
{
    if (ancestor) {
        fail_reject(fail, FAIL_INVALID_CLOCK,
                    "the server was set back, but nothing that this device has seen is lost: go on "
                    "from restart_clock with the new lineage");
        return restart_at(txn, txn->input.client_clock, fail);
    }
    fail_reject(fail, FAIL_INVALID_CLOCK,
                "the lineage is another database's: reset the device with clock 0");
    return of_lineage(txn, fail);
}

static bool is_of_another_lineage(const struct txn *txn)
{
    return txn->request->lineage.len > 0 &&
           !text_equal(txn->request->lineage, txn->history.lineage.id);
}

/* Below the owner's last base there may be gaps; elsewhere there is nothing to look for. */
static enum rc find_fork(struct txn *txn, int64_t next_clock, struct fork_found *found,
                         struct fail *fail)
{
    const struct fork_query query = {
        .owner = txn->request->owner,
        .clock = txn->input.client_clock,
        .lineage = txn->request->lineage,
    };

    *found = (struct fork_found){.lost = false};
    if (!is_of_another_lineage(txn) &&
        (query.clock == 0 || query.clock >= lineage_base(lineage_epoch_of(next_clock))))
        return RC_OK;
    return txn->s->ops->find_fork(txn->s, &query, found, fail);
}

/* A device whose clock is that of its last pull has what it pushed since. Where the database was
 * set back after that pull, nobody knows whether some of it is lost: the device's copy is made
 * again, once in an epoch. It is given a clock of the epoch then, if need be the one that the
 * owner's next push will take. */
static bool may_have_lost(const struct txn *txn)
{
    return txn->request->clock_of_pull && !txn->request->reset &&
           txn->input.client_clock < lineage_base(txn->history.lineage.epoch);
}

static enum rc refuse_set_back(const struct txn *txn, struct fail *fail)
{
    fail_reject(fail, FAIL_INVALID_CLOCK,
                "the server's database was set back after the device's last pull");
    return of_lineage(txn, fail);
}

int64_t origin_clock(const struct txn *txn, int64_t next_clock)
{
    const int64_t base = lineage_base(txn->history.lineage.epoch);

    return txn->request->clock_of_pull && next_clock < base ? base : next_clock;
}

/* Deletes that the device has not heard of are forgotten. At clock 0 it has nothing, or what it
 * pushed since its pull. */
static bool has_missed_deletes(const struct txn *txn)
{
    const int64_t clock = txn->input.client_clock;

    return clock < txn->history.horizon.forgotten_below && !txn->request->reset &&
           (clock > 0 || txn->request->clock_of_pull); /* mutant: pulled_at_zero_is_new */
}

static enum rc refuse_forgotten(const struct txn *txn, struct fail *fail)
{
    if (txn->request->stats != NULL)
        txn->request->stats->returns[STATS_RETURN_REFUSED]++;
    lag_observe(txn);
    fail_reject(fail, FAIL_INVALID_CLOCK,
                "the device's logical clock %lld is older than the deletes that the server keeps, "
                "since %lld: reset the device with clock 0, or send \"reset\": true",
                (long long)txn->input.client_clock,
                (long long)txn->history.horizon.forgotten_below);
    return of_lineage(txn, fail);
}

enum rc origin_check(struct txn *txn, int64_t next_clock, struct fail *fail)
{
    const int64_t clock = txn->input.client_clock;
    struct fork_found found;
    enum rc rc;

    if (clock > origin_clock(txn, next_clock))
        return refuse_ahead(txn, next_clock, fail);
    rc = find_fork(txn, next_clock, &found, fail);
    if (rc != RC_OK)
        return rc;
    if (found.lost)
        return refuse_lost(txn, found.head, fail);
    if (is_of_another_lineage(txn))
        return refuse_lineage(txn, found.ancestor, fail);
    if (may_have_lost(txn)) /* mutant: lost_push_kept */
        return refuse_set_back(txn, fail);
    if (has_missed_deletes(txn))
        return refuse_forgotten(txn, fail); /* mutant: forgotten_clock_accepted */
    return RC_OK;
}
