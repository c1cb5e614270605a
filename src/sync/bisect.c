/* Finds the diff that makes the tables refuse a row.
 * Entry:     bisect_blame(), bisect_refuse().
 * Invariant: what has passed stays in the table. */
#include "bisect.h"

/* So many diffs of one object are refused one by one; then all that stand behind the next one. */
#define MAX_SINGLE_REFUSALS ((size_t)16)
/* From the last diff on they are left away one by one, then ever more at a time. */
#define SMALL_STEPS ((size_t)8)

struct search {
    const struct rows_job *job;
    enum rows_kind kind;
    size_t object;
    const struct diff **accepted; /* the object's new diffs that are not refused */
    size_t count;
    bool stands; /* a create passed: what is tried next changes that row */
};

static size_t request_index(const struct rows_job *job, const struct diff *diff)
{
    return (size_t)(diff - job->merge->input->request->items);
}

/* Returns how many diffs of the object the tables refused before. */
static size_t collect_accepted(struct search *search)
{
    const struct merge *merge = search->job->merge;
    const struct merge_diffs *new_diffs = &merge->objects[search->object].given.new_diffs;
    size_t refused = 0;

    search->accepted = ARENA_ARRAY(search->job->arena, new_diffs->count, const struct diff *);
    for (size_t i = 0; i < new_diffs->count; i++) {
        if (rejections_refused(merge->input->rejections,
                               request_index(search->job, new_diffs->items[i])))
            refused++;
        else
            search->accepted[search->count++] = new_diffs->items[i];
    }
    return refused;
}

static bool is_tried(const struct search *search, enum merge_effect effect)
{
    if (search->kind == ROWS_UPDATES)
        return effect == MERGE_UPDATE;
    return effect == MERGE_CREATE || effect == MERGE_REPLACE;
}

/* Does the row pass with the first `most` diffs alone? Where nothing is left of it to try, it does.
 */
static enum rc try_prefix(struct search *search, size_t max, bool *passes_out, struct fail *fail)
{
    struct synchronizer *s = search->job->s;
    struct merge_row row;
    struct object object;
    struct fail refused;
    size_t applied;
    enum rc rc;

    *passes_out = true;
    if (max == 0 || !is_tried(search, merge_variant(search->job->merge, search->object, max, &row)))
        return RC_OK;
    if (row.flaw != NULL) { /* mutant: flaw_is_tried */
        *passes_out = false;
        fail_reject(fail, FAIL_INVALID_DATA, "%s", row.flaw->flaw);
        fail_at_field(fail, row.flaw->field->name);
        return RC_OK;
    }
    object = (struct object){row.id, row.fields, row.field_count};
    if (search->kind == ROWS_UPDATES || search->stands)
        rc = s->ops->update(s, (struct owner_model){search->job->owner, row.model}, &object, 1,
                            &applied, &refused);
    else
        rc = s->ops->create(s, (struct owner_model){search->job->owner, row.model}, &object, 1,
                            &applied, &refused);
    *passes_out = rc == RC_OK;
    search->stands = search->stands || rc == RC_OK;
    if (rc != RC_OK)
        *fail = refused;
    return rc == RC_REJECTED && !fail->of_request ? RC_OK : rc;
}

/* Between a prefix that is refused and the longest one known to pass. */
static enum rc narrow(struct search *search, size_t passing, size_t *refused, struct fail *fail)
{
    enum rc rc = RC_OK;

    while (rc == RC_OK && *refused - passing > 1) {
        size_t middle = passing + (*refused - passing) / 2;
        bool passes;

        rc = try_prefix(search, middle, &passes, fail);
        if (passes)
            passing = middle;
        else
            *refused = middle;
    }
    return rc;
}

static enum rc find_refused(struct search *search, size_t *at_out, struct fail *fail)
{
    size_t refused = search->count, step = 1, passing = refused - 1;
    bool passes;
    enum rc rc;

    while ((rc = try_prefix(search, passing, &passes, fail)) == RC_OK && !passes) {
        refused = passing;
        if (search->count - refused >= SMALL_STEPS)
            step *= 2;
        passing = passing > step ? passing - step : 0;
    }
    if (rc == RC_OK)
        rc = narrow(search, passing, &refused, fail);
    *at_out = refused - 1; /* mutant: wrong_diff_refused */
    return rc;
}

static bool has_choice(const struct search *search)
{
    return search->count > 1 && (search->kind == ROWS_CREATES || search->kind == ROWS_UPDATES);
}

enum rc bisect_blame(const struct rows_job *job, const struct merge_row *row, enum rows_kind kind,
                     struct fail *fail)
{
    struct search search = {.job = job, .kind = kind, .object = row->object};
    enum rc rc = RC_OK;
    size_t at;

    collect_accepted(&search);
    if (!has_choice(&search))
        return RC_REJECTED;
    rc = find_refused(&search, &at, fail);
    if (rc == RC_OK)
        fail_at_diff(fail, search.accepted[at]->id);
    return rc == RC_OK ? RC_REJECTED : rc;
}

static void refuse(const struct rows_job *job, const struct diff *diff, const struct fail *fail)
{
    rejections_refuse(job->refusals->rejections, request_index(job, diff), fail);
}

enum rc bisect_refuse(const struct rows_job *job, const struct merge_row *row, enum rows_kind kind,
                      struct fail *fail)
{
    struct search search = {.job = job, .kind = kind, .object = row->object};
    size_t refused_before, at;
    enum rc rc;

    if (!rejection_is_of_one_diff(fail))
        return RC_REJECTED;
    job->refusals->clash = job->refusals->clash || fail->clash;
    job->refusals->settled[row->object] = true;
    refused_before = collect_accepted(&search);
    if (!has_choice(&search)) {
        refuse(job, row->blame, fail);
        return RC_OK;
    }
    rc = find_refused(&search, &at, fail);
    for (size_t i = at; rc == RC_OK && i < search.count; i++)
        if (i == at || refused_before >= MAX_SINGLE_REFUSALS)
            refuse(job, search.accepted[i], fail);
    return rc;
}
