/* Puts rows into the tables, and refuses the diffs of those that they do not take.
 * Entry:     quarantine_rows().
 * Invariant: of the strategies the one that refuses the fewest diffs is taken. */
#include "txn.h"

/* How one order of the rows did. */
struct attempt {
    enum rows_strategy strategy;
    struct rejection *rejections; /* as they stood after it */
    size_t refused_count;
};

static struct rejection *copy_rejections(const struct txn *txn)
{
    const struct rejections *rejections = txn->input.rejections;
    struct rejection *copy = ARENA_ARRAY(txn->arena, rejections->count, struct rejection);

    memcpy(copy, rejections->items, rejections->count * sizeof(*copy));
    return copy;
}

static struct attempt attempt_of(const struct txn *txn)
{
    return (struct attempt){txn->strategy, copy_rejections(txn),
                            txn->input.rejections->refused_count};
}

static void take_attempt(struct txn *txn, const struct attempt *attempt)
{
    struct rejections *rejections = txn->input.rejections;

    txn->strategy = attempt->strategy;
    rejections->refused_count = attempt->refused_count;
    memcpy(rejections->items, attempt->rejections,
           rejections->count * sizeof(*attempt->rejections));
}

/* *clash is set where a refusal was about other rows, and stays as it was where none was. */
static enum rc pass(struct txn *txn, bool *clash, struct fail *fail)
{
    struct rows_refusals refusals = {
        .rejections = txn->input.rejections,
        .settled = ARENA_ARRAY(txn->arena, txn->merge->object_count, bool),
    };
    const struct rows_job job = {
        .s = txn->s,
        .owner = txn->request->owner,
        .arena = txn->arena,
        .merge = txn->merge,
        .row_by_row = true,
        .strategy = txn->strategy,
        .refusals = &refusals,
    };
    enum rc rc = rows_apply(&job, &txn->plan, fail);

    *clash = *clash || refusals.clash;
    return rc;
}

/* Rows that only get in each other's way do not in every order: the one that refuses the fewest
 * diffs is taken. Leaves its rejections, and its rows if it refused none. */
static enum rc find_order(struct txn *txn, struct fail *fail)
{
    const struct attempt before = attempt_of(txn);
    struct attempt best;
    bool clash = false;
    enum rc rc = pass(txn, &clash, fail);

    best = attempt_of(txn);
    while (rc == RC_OK && clash && txn->input.rejections->refused_count > before.refused_count &&
           txn->strategy + 1 < ROWS_STRATEGIES) {
        const enum rows_strategy next = txn->strategy + 1;

        take_attempt(txn, &before);
        txn->strategy = next;
        rc = txn->s->ops->rewind(txn->s, fail);
        if (rc == RC_OK)
            rc = pass(txn, &clash, fail);
        if (rc == RC_OK && txn->input.rejections->refused_count < best.refused_count)
            best = attempt_of(txn);
    }
    if (rc == RC_OK)
        take_attempt(txn, &best);
    return rc;
}

enum rc quarantine_rows(struct txn *txn, struct fail *fail)
{
    struct synchronizer *s = txn->s;
    struct rejections *rejections = txn->input.rejections;
    size_t refused = rejections->refused_count;
    bool clash = false;
    enum rc rc = s->ops->mark(s, fail);

    txn->strategy = ROWS_DELETES_LAST;
    if (rc == RC_OK)
        rc = find_order(txn, fail);
    while (rc == RC_OK && rejections->refused_count > refused) {
        rc = s->ops->rewind(s, fail);
        if (rc == RC_OK)
            rc = txn_merge(txn, fail);
        refused = rejections->refused_count;
        if (rc == RC_OK)
            rc = pass(txn, &clash, fail);
    }
    return rc;
}
