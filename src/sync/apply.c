#include "apply.h"

#include <time.h>

#include "answer.h"
#include "clock.h"
#include "facts.h"
#include "id.h"
#include "merge.h"
#include "rows.h"

#define MOST_TRIES 3u

/* One run of the transaction script; runs are repeated until one settles the request. */
struct script {
    struct synchronizer *s;
    const struct sync_request *request;
    struct arena *arena;
    struct merge_input input;
    struct history history;
    struct merge *merge;
    struct merge_plan plan;
    bool careful;
    enum rows_order order;
    bool rows_refused; /* the run ended because of the mapped tables */
};

static enum rc check_clock(int64_t client_clock, int64_t next_clock, struct fail *fail)
{
    if (client_clock <= next_clock)
        return RC_OK;
    return fail_reject(fail, FAIL_INVALID_CLOCK,
                       "the device's logical clock %lld is ahead of the server's %lld: start the "
                       "device anew with clock 0",
                       (long long)client_clock, (long long)next_clock);
}

static enum rc read_known(struct script *script, struct fail *fail)
{
    const struct diff_list *diffs = &script->request->diffs;
    struct text *ids = ARENA_ARRAY(script->arena, diffs->count, struct text);
    int64_t *clocks = ARENA_ARRAY(script->arena, diffs->count, int64_t);

    for (size_t i = 0; i < diffs->count; i++)
        ids[i] = diffs->items[i].id;
    script->input.known_clocks = clocks;
    return script->s->ops->find_known(script->s, script->request->owner, ids, diffs->count, clocks,
                                      fail);
}

static enum rc read_all(struct script *script, struct fail *fail)
{
    const struct sync_request *request = script->request;
    struct synchronizer *s = script->s;
    enum rc rc = s->ops->begin(s, request->owner, &script->input.push_clock, fail);

    if (rc == RC_OK)
        rc = check_clock(request->clock, script->input.push_clock, fail);
    if (rc == RC_OK)
        rc = s->ops->read_history(s, request->owner, request->clock, script->arena,
                                  &script->history, fail);
    if (rc == RC_OK)
        rc = read_known(script, fail);
    return rc;
}

/* Rows that are deleted from a tree must be known, so that children go before their parents. */
static void want_tangled_rows(struct script *script)
{
    for (size_t i = 0; i < script->merge->object_count; i++) {
        struct merge_object *object = &script->merge->objects[i];

        if (object->l.deleted != NULL && rows_tangled(script->s, object->model))
            object->wants_facts = true;
    }
}

static enum rc merge_all(struct script *script, struct fail *fail)
{
    enum rc rc;

    script->merge = merge_begin(&script->input);
    if (script->careful)
        merge_want_all_facts(script->merge);
    if (script->s->relations.count > 0)
        want_tangled_rows(script);
    rc = facts_read(script->s, script->merge, script->arena, fail);
    return rc == RC_OK ? merge_finish(script->merge, &script->plan, fail) : rc;
}

static enum rc ask_one(const struct script *script, const struct diff *diff, struct fail *fail)
{
    const struct model *model = diff->model;
    bool allowed = model->allow[diff->type];
    enum rc rc = RC_OK;

    if (allowed && model->validate.len > 0)
        rc = script->s->ops->validate(script->s, script->request->owner, model, diff->type,
                                      diff->json_data, &allowed, fail);
    if (rc == RC_OK && !allowed)
        rc = fail_reject(fail, FAIL_FORBIDDEN, "%s of %.*s is not allowed%s",
                         diff_type_name(diff->type), TEXT_ARG(model->name),
                         model->allow[diff->type] ? " by its validation rule" : "");
    if (rc == RC_REJECTED)
        fail_at_diff(fail, diff->id);
    return rc;
}

/* Every new diff as it was sent, and as it is stored where a create turns out to be an update: else
 * a create could do what updates may not. */
static enum rc ask_permission(const struct script *script, struct fail *fail)
{
    enum rc rc = RC_OK;

    for (size_t i = 0; rc == RC_OK && i < script->merge->object_count; i++) {
        const struct merge_diffs *fresh = &script->merge->objects[i].fresh;

        for (size_t k = 0; rc == RC_OK && k < fresh->count; k++)
            rc = ask_one(script, fresh->items[k], fail);
    }
    for (size_t i = 0; rc == RC_OK && i < script->plan.stored_count; i++)
        if (script->plan.stored[i].retyped)
            rc = ask_one(script, &script->plan.stored[i].diff, fail);
    return rc;
}

static enum rc append_all(const struct script *script, struct fail *fail)
{
    const struct merge_plan *plan = &script->plan;
    const struct diff **diffs = ARENA_ARRAY(script->arena, plan->stored_count, const struct diff *);
    struct synchronizer *s = script->s;
    enum rc rc = RC_OK;

    for (size_t i = 0; i < plan->stored_count; i++)
        diffs[i] = &plan->stored[i].diff;
    if (plan->stored_count > 0)
        rc = s->ops->append(s, script->request->owner, diffs, plan->stored_count, fail);
    if (rc == RC_OK && plan->known_count > 0)
        rc = s->ops->remember(s, script->request->owner, script->input.push_clock, plan->known_ids,
                              plan->known_count, fail);
    return rc;
}

static enum rc write_all(struct script *script, struct fail *fail)
{
    const struct rows_job job = {
        .s = script->s,
        .owner = script->request->owner,
        .arena = script->arena,
        .careful = script->careful,
        .order = script->order,
    };
    enum rc rc = ask_permission(script, fail);

    if (rc == RC_OK)
        rc = append_all(script, fail);
    if (rc != RC_OK)
        return rc;
    rc = rows_apply(&job, &script->plan, fail);
    script->rows_refused = rc == RC_REJECTED;
    return rc == RC_OK ? script->s->ops->commit(script->s, fail) : rc;
}

static enum rc run_once(struct script *script, struct fail *fail)
{
    bool changes = false;
    enum rc rc;

    script->rows_refused = false;
    script->input.now_ms = clock_now_ms();
    rc = read_all(script, fail);
    if (rc == RC_OK)
        rc = merge_all(script, fail);
    if (rc == RC_OK) {
        changes = script->merge->has_new;
        rc = changes ? write_all(script, fail) : RC_OK;
    }
    /* Known ids alone change nothing, not even the clock that begin took. */
    if (rc != RC_OK || !changes)
        script->s->ops->rollback(script->s);
    return rc;
}

/* The next way to try when the tables refused the rows: in bulk nothing is known of the rows; then
 * row by row, in one order after the other. False if all ways were tried. */
static bool next_way(struct script *script)
{
    if (!script->careful)
        script->careful = true;
    else if (script->order + 1 < ROWS_ORDERS)
        script->order++;
    else
        return false;
    return true;
}

static enum rc run_all_ways(struct script *script, struct fail *fail)
{
    struct fail first = {0};
    enum rc rc = run_once(script, fail);

    while (rc == RC_REJECTED && script->rows_refused) {
        if (script->careful && script->order == ROWS_DELETES_LAST)
            first = *fail;
        if (!next_way(script)) {
            *fail = first; /* the usual order tells best what is wrong */
            break;
        }
        rc = run_once(script, fail);
    }
    return rc;
}

/* Somewhere between half and all of 10 ms, 20 ms, …: two that met shall not meet again. */
static void pause_before_retry(unsigned tries)
{
    struct timespec pause = {0};
    unsigned random;

    id_random_bytes(&random, sizeof(random));
    pause.tv_nsec = (long)((5000 + random % 5000) * 1000) * (long)tries;
    nanosleep(&pause, NULL);
}

static enum rc with_retries(struct script *script, enum rc (*run)(struct script *, struct fail *),
                            struct fail *fail)
{
    enum rc rc = run(script, fail);

    for (unsigned tries = 1; rc == RC_RETRY && tries < MOST_TRIES; tries++) {
        pause_before_retry(tries);
        rc = run(script, fail);
    }
    return rc;
}

static enum rc push(struct script *script, struct fail *fail)
{
    return with_retries(script, run_all_ways, fail);
}

static enum rc read_pull(struct script *script, struct fail *fail)
{
    const struct sync_request *request = script->request;

    return script->s->ops->read_history(script->s, request->owner, request->clock, script->arena,
                                        &script->history, fail);
}

/* Without diffs nothing is locked: one statement is consistent in itself. */
static enum rc pull(struct script *script, struct fail *fail)
{
    enum rc rc = with_retries(script, read_pull, fail);

    if (rc == RC_OK)
        rc = check_clock(script->request->clock, script->history.next_clock, fail);
    if (rc != RC_OK)
        return rc;
    script->input.push_clock = script->history.next_clock;
    script->merge = merge_begin(&script->input);
    /* A row that no create tells of is read under the lock, so that it fits the diffs. */
    if (facts_wanted(script->merge))
        return push(script, fail);
    return merge_finish(script->merge, &script->plan, fail);
}

enum rc sync_apply(struct synchronizer *s, const struct sync_request *request, struct arena *arena,
                   struct sync_answer *answer_out, struct fail *fail)
{
    struct script script = {
        .s = s,
        .request = request,
        .arena = arena,
        .input =
            {
                .owner = request->owner,
                .client_clock = request->clock,
                .clock_skew_ms = request->clock_skew_ms,
                .request = &request->diffs,
                .arena = arena,
            },
    };
    enum rc rc;

    script.input.history = &script.history.diffs;
    rc = request->diffs.count == 0 ? pull(&script, fail) : push(&script, fail);
    if (rc != RC_OK)
        return rc;
    answer_order(&script.plan.answer, s->mapping, &s->relations, s->model_ranks, arena);
    *answer_out = (struct sync_answer){script.plan.next_clock, script.plan.answer};
    return RC_OK;
}
