#include "txn.h"

/* How one order of the rows did. */
struct attempt {
    enum rows_order order;
    struct rejection *verdicts; /* as they stood after it */
    size_t refused_count;
};

static struct rejection *copy_verdicts(const struct txn *script)
{
    const struct rejections *verdicts = script->input.verdicts;
    struct rejection *copy = ARENA_ARRAY(script->arena, verdicts->count, struct rejection);

    memcpy(copy, verdicts->items, verdicts->count * sizeof(*copy));
    return copy;
}

static struct attempt attempt_of(const struct txn *script)
{
    return (struct attempt){script->order, copy_verdicts(script),
                            script->input.verdicts->refused_count};
}

static void take_attempt(struct txn *script, const struct attempt *attempt)
{
    struct rejections *verdicts = script->input.verdicts;

    script->order = attempt->order;
    verdicts->refused_count = attempt->refused_count;
    memcpy(verdicts->items, attempt->verdicts, verdicts->count * sizeof(*attempt->verdicts));
}

static enum rc pass(struct txn *script, bool *clash_out, struct fail *fail)
{
    struct rows_refusals refusals = {
        .verdicts = script->input.verdicts,
        .settled = ARENA_ARRAY(script->arena, script->merge->object_count, bool),
    };
    const struct rows_job job = {
        .s = script->s,
        .owner = script->request->owner,
        .arena = script->arena,
        .merge = script->merge,
        .careful = true,
        .order = script->order,
        .refusals = &refusals,
    };
    enum rc rc = rows_apply(&job, &script->plan, fail);

    *clash_out = refusals.clash;
    return rc;
}

/* Rows that only get in each other's way do not in every order: the one that refuses the fewest
 * diffs is taken. Leaves its verdicts, and its rows if it refused none. */
static enum rc find_order(struct txn *script, struct fail *fail)
{
    const struct attempt before = attempt_of(script);
    struct attempt best;
    bool clash;
    enum rc rc = pass(script, &clash, fail);

    best = attempt_of(script);
    while (rc == RC_OK && clash && script->input.verdicts->refused_count > before.refused_count &&
           script->order + 1 < ROWS_ORDERS) {
        const enum rows_order next = script->order + 1;

        take_attempt(script, &before);
        script->order = next;
        rc = script->s->ops->rewind(script->s, fail);
        if (rc == RC_OK)
            rc = pass(script, &clash, fail);
        if (rc == RC_OK && script->input.verdicts->refused_count < best.refused_count)
            best = attempt_of(script);
    }
    if (rc == RC_OK)
        take_attempt(script, &best);
    return rc;
}

enum rc quarantine_rows(struct txn *script, struct fail *fail)
{
    struct synchronizer *s = script->s;
    struct rejections *verdicts = script->input.verdicts;
    size_t refused = verdicts->refused_count;
    bool clash;
    enum rc rc = s->ops->mark(s, fail);

    script->order = ROWS_DELETES_LAST;
    if (rc == RC_OK)
        rc = find_order(script, fail);
    while (rc == RC_OK && verdicts->refused_count > refused) {
        rc = s->ops->rewind(s, fail);
        if (rc == RC_OK)
            rc = txn_merge(script, fail);
        refused = verdicts->refused_count;
        if (rc == RC_OK)
            rc = pass(script, &clash, fail);
    }
    return rc;
}
