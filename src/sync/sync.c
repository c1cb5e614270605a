#include "sync.h"

#include <time.h>

#include "answer_sort.h"
#include "clock.h"
#include "row_lookup.h"
#include "id.h"
#include "txn.h"
#include "stream.h"

#define MOST_TRIES 3u

static enum rc check_clock(int64_t client_clock, int64_t next_clock, struct fail *fail)
{
    if (client_clock <= next_clock)
        return RC_OK;
    return fail_reject(fail, FAIL_INVALID_CLOCK,
                       "the device's logical clock %lld is ahead of the server's %lld: start the "
                       "device anew with clock 0",
                       (long long)client_clock, (long long)next_clock);
}

static bool is_retry(const struct sync_request *request)
{
    return request->retried.len > 0;
}

static const struct history_limit *limit_of(const struct txn *script)
{
    return script->request->sink != NULL ? &script->request->limit : NULL;
}

static enum rc read_history(struct txn *script, struct fail *fail)
{
    return script->s->ops->read_history(script->s, script->request->owner,
                                        script->input.client_clock, limit_of(script), script->arena,
                                        &script->history, fail);
}

/* S(c), and which of the request's ids are known. */
static enum rc read_push(struct txn *script, struct fail *fail)
{
    const struct diff_list *diffs = &script->request->diffs;
    struct text *ids = ARENA_ARRAY(script->arena, diffs->count, struct text);
    struct known_id *known = ARENA_ARRAY(script->arena, diffs->count, struct known_id);
    int64_t *clocks = ARENA_ARRAY(script->arena, diffs->count, int64_t);
    const struct push_query query = {
        .owner = script->request->owner,
        .since_clock = script->input.client_clock,
        .limit = limit_of(script),
        .ids = ids,
        .count = diffs->count,
    };
    enum rc rc;

    for (size_t i = 0; i < diffs->count; i++)
        ids[i] = diffs->items[i].id;
    rc = script->s->ops->read_push(script->s, &query, script->arena, &script->history, known, fail);
    if (rc != RC_OK)
        return rc;
    for (size_t i = 0; i < diffs->count; i++)
        clocks[i] = known[i].clock;
    script->input.known_clocks = clocks;
    return rejected_recall(script, known, fail);
}

/* Of a history that is too large to be held: that of the objects which the request names. What is
 * left of it is read when the request's part is committed. */
static enum rc read_touched(struct txn *script, struct fail *fail)
{
    const struct diff_list *diffs = &script->request->diffs;
    struct text *ids = ARENA_ARRAY(script->arena, diffs->count, struct text);
    enum rc rc = RC_OK;

    for (size_t m = 0; rc == RC_OK && m < script->s->mapping->model_count; m++) {
        const struct model *model = &script->s->mapping->models[m];
        size_t count = 0;

        for (size_t i = 0; i < diffs->count; i++)
            if (diffs->items[i].model == model && diffs->items[i].object_id.len > 0)
                ids[count++] = diffs->items[i].object_id;
        if (count > 0)
            rc = script->s->ops->read_object_history(script->s, script->request->owner,
                                                     script->input.client_clock, model, ids, count,
                                                     script->arena, &script->history.diffs, fail);
    }
    return rc;
}

static enum rc read_all(struct txn *script, struct fail *fail)
{
    const struct sync_request *request = script->request;
    struct synchronizer *s = script->s;
    enum rc rc = s->ops->begin(s, request->owner, &script->input.push_clock, fail);

    /* A retry is a change of now: nothing happened since. */
    if (is_retry(request))
        script->input.client_clock = script->input.push_clock;
    if (rc == RC_OK)
        rc = check_clock(script->input.client_clock, script->input.push_clock, fail);
    if (rc == RC_OK)
        rc = read_push(script, fail);
    if (rc == RC_OK && script->history.more)
        rc = read_touched(script, fail);
    return rc;
}

static enum rc append_all(const struct txn *script, struct fail *fail)
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

static enum rc write_rows(struct txn *script, struct fail *fail)
{
    const struct rows_job job = {
        .s = script->s,
        .owner = script->request->owner,
        .arena = script->arena,
        .merge = script->merge,
        .careful = script->careful,
        .order = script->order,
    };
    enum rc rc;

    if (script->careful && rejections_open(script->input.verdicts))
        return quarantine_rows(script, fail);
    rc = rows_apply(&job, &script->plan, fail);
    script->rows_refused = rc == RC_REJECTED;
    return rc;
}

/* A retried diff leaves the rejects, but not for nothing. */
static enum rc settle_retry(const struct txn *script, struct fail *fail)
{
    struct synchronizer *s = script->s;
    bool found;
    enum rc rc;

    if (!is_retry(script->request))
        return RC_OK;
    if (script->plan.stored_count == 0)
        return fail_reject(fail, FAIL_NO_SUCH_OBJECT,
                           "it would have no effect any more: the object is gone");
    rc = s->ops->take_reject(s, script->request->owner, script->request->retried, &found, fail);
    if (rc == RC_OK && !found)
        rc = fail_reject(fail, FAIL_NOT_FOUND, "somebody else has retried or dropped it meanwhile");
    return rc;
}

static enum rc write_all(struct txn *script, struct fail *fail)
{
    enum rc rc = write_rows(script, fail);

    if (rc == RC_OK)
        rc = rejected_refresh(script, fail);
    if (rc == RC_OK)
        rc = append_all(script, fail);
    rejected_collect(script);
    if (rc == RC_OK)
        rc = rejected_keep(script, fail);
    if (rc == RC_OK)
        rc = settle_retry(script, fail);
    return rc == RC_OK ? script->s->ops->commit(script->s, fail) : rc;
}

static void begin_run(struct txn *script)
{
    script->rows_refused = false;
    script->input.now_ms = clock_now_ms();
    script->input.verdicts = script->request->verdicts;
    if (script->input.verdicts != NULL)
        rejections_reset(script->input.verdicts);
    script->asked = ARENA_ARRAY(script->arena, script->request->diffs.count, bool);
}

static enum rc run_once(struct txn *script, struct fail *fail)
{
    bool changes = false;
    enum rc rc;

    begin_run(script);
    rc = read_all(script, fail);
    if (rc == RC_OK)
        rc = txn_merge(script, fail);
    if (rc == RC_OK) {
        changes = script->merge->has_new; /* mutant: resend_takes_a_clock */
        if (changes)
            rc = write_all(script, fail);
        else
            rejected_collect(script);
    }
    /* Known ids alone change nothing, not even the clock that begin took. */
    if (rc != RC_OK || !changes) /* mutant: half_an_error */
        script->s->ops->rollback(script->s);
    return rc;
}

/* The next way to try when the tables refused the rows: in bulk nothing is known of the rows; then
 * row by row, in one order after the other. False if all ways were tried. */
static bool next_way(struct txn *script)
{
    if (!script->careful)
        script->careful = true;
    else if (script->order + 1 < ROWS_ORDERS)
        script->order++;
    else
        return false;
    return true;
}

static enum rc run_all_ways(struct txn *script, struct fail *fail)
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

/* Somewhere between half and all of 20 ms, 40 ms, …: two that met shall not meet again. */
static void pause_before_retry(unsigned tries)
{
    struct timespec pause = {0};
    unsigned random;

    id_random_bytes(&random, sizeof(random));
    pause.tv_nsec = (long)((10000 + random % 10000) * 1000) * (long)tries;
    nanosleep(&pause, NULL);
}

static enum rc with_retries(struct txn *script, enum rc (*run)(struct txn *, struct fail *),
                            struct fail *fail)
{
    enum rc rc = run(script, fail);

    for (unsigned tries = 1; rc == RC_RETRY && tries < MOST_TRIES; tries++) {
        if (script->request->stats != NULL)
            script->request->stats->retries[fail->cause]++;
        pause_before_retry(tries);
        rc = run(script, fail);
    }
    return rc;
}

static enum rc push(struct txn *script, struct fail *fail)
{
    return with_retries(script, run_all_ways, fail);
}

/* Without diffs nothing is locked: one statement is consistent in itself. */
static enum rc pull(struct txn *script, struct fail *fail)
{
    enum rc rc = with_retries(script, read_history, fail);

    if (rc == RC_OK)
        rc = check_clock(script->request->clock, script->history.next_clock, fail);
    if (rc != RC_OK)
        return rc;
    script->input.push_clock = script->history.next_clock;
    if (script->history.more)
        return RC_OK;
    rc = merge_begin(&script->input, &script->merge, fail);
    if (rc != RC_OK)
        return rc;
    /* A row that no create tells of is read under the lock, so that it fits the diffs. */
    if (row_lookup_wanted(script->merge))
        return push(script, fail);
    return merge_finish(script->merge, &script->plan, fail);
}

/* The rest of the answer, of the history before the request's own clock: what others push from now
 * on is for the next sync. */
static enum rc stream_rest(struct txn *script, struct fail *fail)
{
    const bool pushed = script->request->diffs.count > 0;
    const struct stream_job job = {
        .s = script->s,
        .request = script->request,
        .told = pushed ? script->merge : NULL,
        .until_clock = pushed ? script->answer->next_clock : -1,
        .arena = script->arena,
    };

    return stream_answer(&job, script->answer, fail);
}

static void stats_merge(const struct merge *merge, struct stats *stats)
{
    if (merge == NULL || stats == NULL)
        return;
    for (size_t i = 0; i < merge->input->request->count; i++)
        stats->known += merge_role(merge, i) != MERGE_NEW;
    for (size_t i = 0; i < merge->object_count; i++) {
        stats->contested[STATS_CLIENT] += merge->objects[i].fields_won;
        stats->contested[STATS_SERVER] += merge->objects[i].fields_lost;
    }
}

enum rc sync_apply(struct synchronizer *s, const struct sync_request *request, struct arena *arena,
                   struct sync_answer *answer_out, struct fail *fail)
{
    struct txn script = {
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

    script.input.history = &script.history.diffs;
    rc = request->diffs.count == 0 ? pull(&script, fail) : push(&script, fail);
    if (rc != RC_OK)
        return rc;
    stats_merge(script.merge, request->stats);
    answer_sort(&script.plan.answer, s->mapping, &s->relations, s->model_ranks, arena);
    *answer_out = (struct sync_answer){
        .next_clock = script.plan.next_clock,
        .diffs = script.plan.answer,
        .rejected = script.rejected,
        .rejected_count = script.rejected_count,
        .rejected_new = script.rejected_new,
    };
    return script.history.more ? with_retries(&script, stream_rest, fail) : RC_OK;
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
