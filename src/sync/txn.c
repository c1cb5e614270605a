/* The transaction script: lock, read, merge, write, commit.
 * Entry:     txn_run(); txn_read_history() for what needs no transaction.
 * Invariant: whatever comes back, no transaction is open: it was committed whole or rolled back. */
#include "txn.h"

#include "children.h"
#include "clock.h"
#include "first.h"
#include "made_ids.h"
#include "migrate.h"
#include "side_effects.h"
#include "told_again.h"

struct txn txn_of(struct synchronizer *s, const struct sync_request *request, struct arena *arena)
{
    s->doubts_duplicates = true;
    return (struct txn){
        .s = s,
        .request = request,
        .arena = arena,
        .drained = request->undrained,
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
}

static bool is_retry(const struct sync_request *request)
{
    return request->retried.len > 0;
}

static const struct history_limit *limit_of(const struct txn *txn)
{
    const struct sync_request *request = txn->request;

    return request->sink != NULL || txn->translation != NULL ? &request->limit : NULL;
}

/* The first pull tells of rows, whatever the history is. */
static int64_t since_clock(const struct txn *txn)
{
    return first_is_pull(txn) ? DIFF_INTEGER_MAX : txn->input.client_clock;
}

enum rc txn_read_history(struct txn *txn, struct fail *fail)
{
    return txn->s->ops->read_history(txn->s,
                                     &(struct pull_query){.owner = txn->request->owner,
                                                          .since_clock = since_clock(txn),
                                                          .limit = limit_of(txn)},
                                     txn->arena, &txn->history, fail);
}

void txn_note_horizon(struct txn *txn)
{
    const struct horizon *horizon = &txn->history.horizon;
    const int64_t clock = txn->input.client_clock;

    txn->compacted = clock < horizon->compacted_below &&
                     (txn->request->clock > 0 || txn->request->diffs.count > 0);
    txn->anew = txn->request->reset && clock > 0 && clock < horizon->forgotten_below;
    txn->input.compacted_below = horizon->compacted_below;
    txn->input.forgotten_below = horizon->forgotten_below;
    txn->input.translated = txn->translation != NULL;
    txn->input.reset = txn->anew;
    if (!txn->compacted)
        return;
    txn->history.diffs = (struct diff_list){0};
    txn->history.more = false; /* rest_read() finds out */
}

/* The push's clock lies behind next_clock as it is under the lock. */
static void take_clock(struct txn *txn, int64_t head)
{
    txn->input.push_clock = txn->history.next_clock - 1;
    txn->input.jump = txn->input.push_clock - head;
    txn->input.set_back = lineage_epoch_of(txn->input.push_clock) > 0;
}

/* A device that died before it stored its clock sends back the rows that it was sent. Their ids are
 * known, though nobody stored them. */
static void recognize_rows(struct txn *txn, struct known_id *known)
{
    const struct diff_list *diffs = &txn->request->diffs;
    bool *from_rows = ARENA_ARRAY(txn->arena, diffs->count, bool);

    for (size_t i = 0; txn->input.client_clock == 0 && i < diffs->count; i++) {
        const struct diff *diff = &diffs->items[i];

        if (known[i].clock >= 0 || diff->clock >= txn->input.push_clock || !made_id_is_of_row(diff))
            continue;
        from_rows[i] = true;
        known[i].clock = diff->clock; /* mutant: rows_as_new */
    }
    txn->input.from_rows = from_rows;
}

/* S(c), and which of the request's ids are known. */
static enum rc read_push(struct txn *txn, int64_t head, struct fail *fail)
{
    const struct diff_list *diffs = &txn->request->diffs;
    struct text *ids = ARENA_ARRAY(txn->arena, diffs->count, struct text);
    struct known_id *known = ARENA_ARRAY(txn->arena, diffs->count, struct known_id);
    int64_t *clocks = ARENA_ARRAY(txn->arena, diffs->count, int64_t);
    const struct push_query query = {
        .owner = txn->request->owner,
        .since_clock = txn->input.client_clock,
        .limit = limit_of(txn),
        .ids = ids,
        .count = diffs->count,
    };
    enum rc rc;

    for (size_t i = 0; i < diffs->count; i++)
        ids[i] = diffs->items[i].id;
    rc = txn->s->ops->read_push(txn->s, &query, txn->arena, &txn->history, known, fail);
    if (rc != RC_OK)
        return rc;
    take_clock(txn, head);
    txn_note_horizon(txn);
    rc = origin_check(txn, head, fail);
    txn->behind = txn->history.behind && !txn->drained;
    if (rc != RC_OK || txn->behind)
        return rc;
    recognize_rows(txn, known);
    for (size_t i = 0; i < diffs->count; i++)
        clocks[i] = known[i].clock;
    txn->input.known_clocks = clocks;
    return rejected_recall(txn, known, fail);
}

/* Of a history that is too large to be held, or compacted in part: that of the objects which the
 * request names. What is left of it is read when the request's part is committed. */
static enum rc read_touched(struct txn *txn, struct fail *fail)
{
    const struct diff_list *diffs = &txn->request->diffs;
    struct text *ids = ARENA_ARRAY(txn->arena, diffs->count, struct text);
    enum rc rc = RC_OK;

    for (size_t m = 0; rc == RC_OK && m < txn->s->mapping->model_count; m++) {
        const struct model *model = &txn->s->mapping->models[m];
        size_t count = 0;

        for (size_t i = 0; i < diffs->count; i++)
            if (diffs->items[i].model == model && diffs->items[i].object_id.len > 0)
                ids[count++] = diffs->items[i].object_id;
        if (count > 0)
            rc = txn->s->ops->read_object_history(
                txn->s,
                &(struct object_history_query){.of = {txn->request->owner, model},
                                               .since_clock = txn->input.client_clock,
                                               .ids = {ids, count},
                                               .without_row = true},
                txn->arena, &txn->history.diffs, fail);
    }
    return rc;
}

/* A retry is a change of now, and so is what another engine has settled: nothing happened since. */
static bool is_of_now(const struct txn *txn)
{
    return is_retry(txn->request) || (txn->translation != NULL && txn->translation->of_now);
}

static struct sync_scene scene_of(const struct txn *txn)
{
    return (struct sync_scene){
        .s = txn->s,
        .owner = txn->request->owner,
        .clock = txn->input.client_clock,
        .arena = txn->arena,
    };
}

static enum rc translate(struct txn *txn, struct fail *fail)
{
    const struct sync_translation *translation = txn->translation;
    struct sync_scene scene = scene_of(txn);
    enum rc rc = RC_OK;

    scene.guessed = txn->row_by_row ? NULL : &txn->guessed;
    if (translation != NULL)
        rc = translation->translate(translation->context, &scene, txn->translated, fail);
    txn->input.rejections = txn->request->rejections;
    txn->asked = ARENA_ARRAY(txn->arena, txn->request->diffs.count, bool);
    return rc;
}

/* What an upgraded app lacks is laid over the rest of the response, which must be held for that. */
static bool is_too_much(const struct txn *txn)
{
    const struct sync_request *request = txn->request;

    if (!migrate_wanted(request) || request->clock == 0 || txn->anew)
        return false;
    /* mutant: migrated_too_late */
    return !txn->compacted || (request->sink != NULL && !txn->rest_fits);
}

static enum rc read_all(struct txn *txn, struct fail *fail)
{
    const struct sync_request *request = txn->request;
    struct synchronizer *s = txn->s;
    int64_t head = 0;
    enum rc rc = s->ops->begin(s, request->owner, &head, fail);

    if (is_of_now(txn))
        txn->input.client_clock = head;
    if (rc == RC_OK)
        rc = translate(txn, fail);
    if (rc == RC_OK)
        rc = read_push(txn, head, fail);
    if (rc != RC_OK || txn->behind)
        return rc;
    if (txn->compacted || txn->history.more)
        rc = is_too_much(txn) ? migrate_too_much(fail) : read_touched(txn, fail);
    return rc;
}

/* The owner's first push since the database was set back. */
static enum rc note_fork(const struct txn *txn, struct fail *fail)
{
    const int64_t base = txn->input.push_clock;
    const struct fork fork = {.head = base - txn->input.jump, .base = base};

    return txn->input.jump > 0 ? txn->s->ops->fork(txn->s, txn->request->owner, &fork, fail)
                               : RC_OK;
}

static enum rc append_all(const struct txn *txn, struct fail *fail)
{
    const struct merge_plan *plan = &txn->plan;
    const struct diff **diffs = ARENA_ARRAY(txn->arena, plan->stored_count, const struct diff *);
    struct synchronizer *s = txn->s;
    enum rc rc = note_fork(txn, fail);

    for (size_t i = 0; i < plan->stored_count; i++)
        diffs[i] = &plan->stored[i].diff;
    if (rc == RC_OK && plan->stored_count > 0)
        rc = s->ops->append(s, txn->request->owner, diffs, plan->stored_count, fail);
    if (rc == RC_OK && plan->known_count > 0)
        rc = s->ops->remember(s, txn->request->owner, txn->input.push_clock, plan->known_ids,
                              plan->known_count, fail);
    return rc;
}

static enum rc write_rows(struct txn *txn, struct fail *fail)
{
    const struct rows_job job = {
        .s = txn->s,
        .owner = txn->request->owner,
        .arena = txn->arena,
        .merge = txn->merge,
        .row_by_row = txn->row_by_row,
        .strategy = txn->strategy,
    };
    enum rc rc;

    if (txn->row_by_row && rejections_open(txn->input.rejections))
        return quarantine_rows(txn, fail);
    rc = rows_apply(&job, &txn->plan, fail);
    txn->rows_refused = rc == RC_REJECTED && !fail->of_request;
    return rc;
}

/* A retried diff leaves the rejects, but not for nothing. */
static enum rc settle_retry(const struct txn *txn, struct fail *fail)
{
    struct synchronizer *s = txn->s;
    bool found;
    enum rc rc;

    if (!is_retry(txn->request))
        return RC_OK;
    if (txn->plan.stored_count == 0)
        return fail_reject(fail, FAIL_NO_SUCH_OBJECT,
                           "it would have no effect any more: the object is gone");
    rc = s->ops->take_reject(s, txn->request->owner, txn->request->retried, &found, fail);
    if (rc == RC_OK && !found)
        rc = fail_reject(fail, FAIL_NOT_FOUND, "somebody else has retried or dropped it meanwhile");
    return rc;
}

/* The rows, and what came of them besides. */
static enum rc write_told_rows(struct txn *txn, struct fail *fail)
{
    enum rc rc = children_find(txn, fail);

    if (rc == RC_OK)
        rc = write_rows(txn, fail);
    if (rc == RC_OK)
        rc = rejected_refresh(txn, fail);
    if (rc == RC_OK)
        rc = filled_tell(txn, fail);
    return rc == RC_OK ? side_effects_tell(txn, fail) : rc;
}

/* What another engine is told is read from the rows. */
static enum rc answer(struct txn *txn, struct fail *fail)
{
    const struct sync_translation *translation = txn->translation;
    const struct sync_scene scene = scene_of(txn);

    if (translation == NULL || translation->answer == NULL || txn->behind)
        return RC_OK;
    return translation->answer(translation->context, &scene, fail);
}

static enum rc store(struct txn *txn, struct fail *fail)
{
    enum rc rc = append_all(txn, fail);

    if (rc == RC_OK)
        rc = rejected_keep(txn, fail);
    if (rc == RC_OK)
        rc = settle_retry(txn, fail);
    if (rc == RC_OK)
        rc = answer(txn, fail);
    return rc == RC_OK ? txn->s->ops->commit(txn->s, fail) : rc;
}

static enum rc write_all(struct txn *txn, struct fail *fail)
{
    enum rc rc = write_told_rows(txn, fail);

    if (rc != RC_OK || txn->behind)
        return rc;
    if (txn->translation != NULL && txn->translation->tells_again)
        rc = told_again(txn, fail);
    rejected_collect(txn);
    return rc == RC_OK ? store(txn, fail) : rc;
}

static void begin_run(struct txn *txn)
{
    txn->rows_refused = false;
    txn->guessed = false;
    txn->behind = false;
    txn->input.now_ms = clock_now_ms();
    if (txn->request->rejections != NULL)
        rejections_reset(txn->request->rejections);
}

/* What is refused may be so because it was translated by a guess. */
static enum rc check_guess(const struct txn *txn, struct fail *fail)
{
    const struct rejections *rejections = txn->input.rejections;

    if (!txn->guessed || rejections == NULL || rejections->refused_count == 0)
        return RC_OK;
    return fail_reject(fail, FAIL_INVALID_DATA, "a diff is refused that was a guess");
}

/* *changes_out: something was written, and committed where all went well. */
static enum rc merge_and_write(struct txn *txn, bool *changes_out, struct fail *fail)
{
    enum rc rc = txn_merge(txn, fail);

    if (rc == RC_OK)
        rc = check_guess(txn, fail);
    if (rc != RC_OK)
        return rc;
    *changes_out = txn->merge->has_new; /* mutant: resend_takes_a_clock */
    if (*changes_out)
        return write_all(txn, fail);
    rejected_collect(txn);
    rc = side_effects_look(txn, changes_out, fail);
    if (rc != RC_OK)
        return rc;
    return *changes_out ? store(txn, fail) : answer(txn, fail);
}

enum rc txn_run(struct txn *txn, struct fail *fail)
{
    bool changes = false;
    enum rc rc;

    begin_run(txn);
    rc = read_all(txn, fail);
    if (rc == RC_OK && !txn->behind)
        rc = merge_and_write(txn, &changes, fail);
    txn->rows_refused |= rc == RC_REJECTED && txn->guessed; /* mutant: guess_is_final */
    /* Known ids alone change nothing, not even the clock that begin took. */
    if (rc != RC_OK || !changes || txn->behind) /* mutant: half_an_error */
        txn->s->ops->rollback(txn->s);
    txn->undurable = !changes;
    return rc;
}
