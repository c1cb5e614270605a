/* Takes an owner's entries out of the outbox and stores what they come to.
 * Entry:     drain_owner().
 * Invariant: entries, rows and history are of one snapshot; an entry is taken out in the
 * transaction that stores its diff. */
#include "drain.h"

#include "noticed_rows.h"
#include "reconcile.h"

/* Entries of one transaction. */
#define BATCH ((size_t)10000)

struct drain {
    const struct drain_job *job;
    struct synchronizer *s;
    struct owner_state state;
    struct change_list changes;
    struct drain_store store;
    bool reconciled; /* by this transaction */
    struct arena arena;
};

/* *compared: what is left to a comparison that comes next, or NULL: there is none. */
static struct diff_list decide(struct drain *drain, const struct noticed_list *list,
                               const struct noticed_rows *found, struct noticed_list *compared)
{
    const struct noticed_place place = {drain->job->owner, drain->store.clock};
    struct diff_list diffs = {.items = ARENA_ARRAY(&drain->arena, list->count, struct diff)};

    for (size_t i = 0; i < list->count; i++) {
        const struct noticed *noticed = &list->items[i];
        const enum merge_effect effect = noticed_effect(
            noticed, noticed_past_of(&found->told[i], drain->state.adopted), found->rows[i].live);

        if (effect == MERGE_UPDATE && compared != NULL)
            compared->items[compared->count++] = *noticed;
        else
            diffs.count += noticed_tell(noticed, effect, &found->rows[i], place, &drain->arena,
                                        &diffs.items[diffs.count]);
    }
    return diffs;
}

static enum rc tell_model(struct drain *drain, const struct model *model,
                          struct noticed_list *compared, struct fail *fail)
{
    const struct noticed_list list = noticed_objects(&drain->changes, model, &drain->arena);
    struct noticed_rows found;
    struct diff_list diffs;
    enum rc rc = noticed_read(drain->s, (struct owner_model){drain->job->owner, model}, &list,
                              &drain->arena, &found, fail);

    if (rc != RC_OK)
        return rc;
    if (compared != NULL)
        compared->items = ARENA_ARRAY(&drain->arena, list.count, struct noticed);
    diffs = decide(drain, &list, &found, compared);
    return drain_store_append(&drain->store, diffs.items, diffs.count, &drain->arena, fail);
}

/* Did the database change rows of the model, nobody knows which? When it did so last. */
static bool is_named(const struct drain *drain, const struct model *model, int64_t *time_ms_out)
{
    bool named = false;

    *time_ms_out = 0;
    for (size_t i = 0; i < drain->changes.count; i++) {
        const struct change *change = &drain->changes.items[i];

        if (change->op != CHANGE_RECONCILE || change->model != model)
            continue;
        named = true;
        *time_ms_out = change->time_ms;
    }
    return named;
}

static bool wants_all(const struct drain *drain)
{
    return !drain->state.reconciled && !drain->changes.more;
}

/* An object has one diff of a type at most: where its table is compared anyhow, the entries only
 * add to what differs. */
static enum rc tell_compared(struct drain *drain, struct reconcile_job *job, struct fail *fail)
{
    enum rc rc = tell_model(drain, job->model, &job->noticed, fail);

    return rc == RC_OK ? reconcile_model(job, fail) : rc;
}

static enum rc tell_all(struct drain *drain, struct fail *fail)
{
    enum rc rc = RC_OK;

    for (size_t i = 0; rc == RC_OK && i < drain->s->mapping->model_count; i++) {
        struct reconcile_job job = {
            .store = &drain->store,
            .model = &drain->s->mapping->models[i],
            .adopted = drain->state.adopted,
        };

        if (is_named(drain, job.model, &job.time_ms) || wants_all(drain))
            rc = tell_compared(drain, &job, fail);
        else if (drain->changes.count > 0)
            rc = tell_model(drain, job.model, NULL, fail);
    }
    return rc;
}

static enum rc set_reconciled(struct drain *drain, bool adopted, struct fail *fail)
{
    drain->reconciled = true;
    return drain->s->ops->changes->set_reconciled(drain->s, drain->job->owner, adopted, fail);
}

static enum rc tell(struct drain *drain, struct fail *fail)
{
    enum rc rc = tell_all(drain, fail);

    return rc == RC_OK && wants_all(drain) ? set_reconciled(drain, drain->state.adopted, fail) : rc;
}

/* No device has got anything yet: the rows themselves are what a new one is told. But an owner who
 * has rows has a clock: else no device could be told of a change. */
static enum rc adopt(struct drain *drain, struct fail *fail)
{
    bool found;
    enum rc rc;

    if (drain->changes.more)
        return RC_OK;
    rc = reconcile_finds_rows(drain->s, drain->job->owner, &found, fail);
    if (rc == RC_OK && found)
        rc = drain_store_take_clock(&drain->store, fail); /* mutant: adopted_without_a_clock */
    return rc == RC_OK ? set_reconciled(drain, true, fail) : rc;
}

static bool is_new(const struct owner_state *state)
{
    return state->next_clock == 0 && !state->reconciled;
}

static int64_t next_clock(const struct drain *drain)
{
    return drain->store.taken ? drain->store.clock + 1 : drain->state.next_clock;
}

static enum rc run(struct drain *drain, struct fail *fail)
{
    const struct change_ops *changes = drain->s->ops->changes;
    enum rc rc = changes->begin(drain->s, drain->job->owner, &drain->state, fail);

    if (rc == RC_OK)
        rc =
            changes->read(drain->s, drain->job->owner, BATCH, &drain->arena, &drain->changes, fail);
    if (rc != RC_OK)
        return rc;
    drain->store =
        drain_store_of(drain->s, drain->job->owner, drain->state.next_clock, drain->job->epoch);
    rc = is_new(&drain->state) ? adopt(drain, fail) : tell(drain, fail);
    if (rc == RC_OK && drain->changes.count > 0)
        rc = changes->take(drain->s, drain->job->owner, &drain->changes, fail);
    if (rc == RC_OK && !drain->changes.more && drain->job->last != NULL)
        rc = drain->job->last(drain->job->context, next_clock(drain), fail);
    return rc == RC_OK ? drain->s->ops->commit(drain->s, fail) : rc;
}

static void count(const struct drain *drain)
{
    struct stats *stats = drain->job->stats;

    if (stats == NULL)
        return;
    stats->drained += drain->store.count;
    stats->reconciled += drain->reconciled;
}

/* One transaction; *more_out: there are entries left. */
static enum rc run_once(struct drain *drain, bool *more_out, struct fail *fail)
{
    enum rc rc;

    arena_clear(&drain->arena);
    drain->changes = (struct change_list){.count = 0};
    drain->reconciled = false;
    rc = run(drain, fail);
    if (rc != RC_OK)
        drain->s->ops->rollback(drain->s);
    else
        count(drain);
    *more_out = rc == RC_OK && drain->changes.more;
    /* Whether it was stored shows when it is looked again. */
    return rc == RC_UNCERTAIN ? fail_busy(fail, RC_RETRY, "%s", fail_reason(fail)) : rc;
}

enum rc drain_owner(const struct drain_job *job, struct fail *fail)
{
    struct drain drain = {.job = job, .s = job->s};
    bool more;
    enum rc rc;

    arena_init(&drain.arena);
    do {
        rc = run_once(&drain, &more, fail);
    } while (more);
    arena_release(&drain.arena);
    return rc;
}
