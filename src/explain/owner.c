/* Explains a whole owner: explain_owner(). The database counts, part by part; then an ordinary pull
 * is counted. */
#include "explain.h"
#include "parts.h"

/* Diffs and objects that the database counts at once: well within the time that it has to answer.
 */
#define DIFFS_AT_ONCE   ((size_t)50000)
#define OBJECTS_AT_ONCE ((size_t)20000)

struct job {
    struct synchronizer *s;
    const struct explain_owner_query *query;
    struct arena *arena; /* of the results */
    struct arena part;
    struct explain_owner *owner;
    size_t capacity;
};

static void tell(const struct job *job, const char *what, uint64_t done)
{
    if (job->query->progress != NULL)
        job->query->progress(job->query->context, what, done);
}

static void take_mapping(struct job *job)
{
    const struct mapping *mapping = job->s->mapping;
    struct explain_owner *owner = job->owner;

    job->capacity = mapping->model_count + 8;
    owner->models = ARENA_ARRAY(job->arena, job->capacity, struct explain_model);
    owner->model_count = mapping->model_count;
    for (size_t i = 0; i < mapping->model_count; i++) {
        owner->models[i].model = &mapping->models[i];
        owner->models[i].name = mapping->models[i].name;
    }
}

/* Finds it, or adds a name that is no longer mapped. */
static struct explain_model *model_of(struct job *job, struct text name)
{
    struct explain_owner *owner = job->owner;
    struct explain_model *grown;

    for (size_t i = 0; i < owner->model_count; i++)
        if (text_equal(owner->models[i].name, name))
            return &owner->models[i];
    if (owner->model_count == job->capacity) {
        job->capacity *= 2;
        grown = ARENA_ARRAY(job->arena, job->capacity, struct explain_model);
        memcpy(grown, owner->models, owner->model_count * sizeof(*grown));
        owner->models = grown;
    }
    owner->models[owner->model_count].name = arena_text(job->arena, name);
    return &owner->models[owner->model_count++];
}

static void take_count(struct job *job, const struct inspect_diff_count *count)
{
    struct explain_model *model = model_of(job, count->model);

    model->diffs[count->type] += count->diffs;
    model->bytes += count->bytes;
    if (count->latest_ms > model->latest_ms)
        model->latest_ms = count->latest_ms;
}

static enum rc count_diffs(struct job *job, struct fail *fail)
{
    struct inspect_part_query query = {.owner = job->query->owner, .about = DIFFS_AT_ONCE};
    struct inspect_part part = {.last_clock = 0};
    uint64_t done = 0;
    enum rc rc = RC_OK;

    while (rc == RC_OK && part.last_clock >= 0) {
        arena_clear(&job->part);
        rc = job->s->ops->inspect->part(job->s, &query, &job->part, &part, fail);
        for (size_t i = 0; rc == RC_OK && i < part.count; i++) {
            take_count(job, &part.items[i]);
            done += (uint64_t)part.items[i].diffs;
        }
        query.since_clock = part.last_clock + 1;
        tell(job, "diffs", done);
    }
    return rc;
}

static enum rc count_objects(struct job *job, struct explain_model *model, uint64_t *done_inout,
                             struct fail *fail)
{
    struct inspect_objects_query query = {
        .owner = job->query->owner,
        .model = model->name,
        .max = OBJECTS_AT_ONCE,
    };
    struct inspect_objects objects = {.count = 1};
    enum rc rc = RC_OK;
    struct buf last;

    buf_init(&last, EXPLAIN_KEY_BYTES);
    while (rc == RC_OK && objects.count > 0) {
        arena_clear(&job->part);
        query.after = buf_text(&last);
        rc = job->s->ops->inspect->objects(job->s, &query, &job->part, &objects, fail);
        if (rc != RC_OK || objects.count == 0)
            break;
        model->objects += objects.count;
        model->deleted += objects.deleted;
        buf_clear(&last);
        buf_add_text(&last, objects.last_id);
        *done_inout += (uint64_t)objects.count;
        tell(job, "objects", *done_inout);
    }
    buf_release(&last);
    return rc;
}

static enum rc count_models(struct job *job, struct fail *fail)
{
    const struct inspect_ops *inspect = job->s->ops->inspect;
    uint64_t done = 0;
    enum rc rc = RC_OK;

    for (size_t i = 0; rc == RC_OK && i < job->owner->model_count; i++) {
        struct explain_model *model = &job->owner->models[i];

        rc = count_objects(job, model, &done, fail);
        if (rc == RC_OK && model->model != NULL)
            rc = inspect->rows(job->s, job->query->owner, model->model, &model->rows, fail);
    }
    return rc;
}

static enum rc count_all(struct job *job, struct fail *fail)
{
    enum rc rc;

    take_mapping(job);
    rc = count_diffs(job, fail);
    if (rc == RC_OK)
        rc = count_models(job, fail);
    if (rc == RC_OK)
        rc = job->s->ops->compaction->find_horizon(job->s, job->query->owner, &job->owner->horizon,
                                                   fail);
    if (rc == RC_OK)
        rc = job->s->ops->inspect->rest(job->s, job->query->owner, &job->owner->rest, fail);
    return rc;
}

/* Where the response goes: its diffs are counted. */
struct counting {
    struct job *job;
    uint64_t done;
};

static void count_answer(struct counting *counting, const struct diff_list *diffs)
{
    for (size_t i = 0; i < diffs->count; i++) {
        const struct diff *diff = &diffs->items[i];

        counting->job->owner->models[diff->model->index].answer[diff->type]++;
    }
    counting->done += diffs->count;
    tell(counting->job, "diffs of the response", counting->done);
}

static enum rc begin_counting(void *context, const struct sync_answer *answer, struct fail *fail)
{
    (void)context;
    (void)answer;
    (void)fail;
    return RC_OK;
}

static enum rc add_counting(void *context, const struct diff_list *diffs, struct fail *fail)
{
    (void)fail;
    count_answer(context, diffs);
    return RC_OK;
}

static enum rc read_answer(struct job *job, struct fail *fail)
{
    struct counting counting = {.job = job};
    const struct sync_sink sink = {&counting, begin_counting, add_counting};
    const struct sync_request request = {
        .owner = job->query->owner,
        .clock = job->query->clock,
        .clock_skew_ms = job->query->clock_skew_ms,
        .sink = &sink,
        .limit = job->query->limit,
        .undrained = true,
    };
    struct sync_answer answer;
    enum rc rc;

    if (job->query->clock == EXPLAIN_NO_CLOCK)
        return RC_OK;
    rc = sync_apply(job->s, &request, &job->part, &answer, fail);
    if (rc == RC_OK && answer.streamed == 0)
        count_answer(&counting, &answer.diffs);
    if (rc != RC_REJECTED || fail->code != FAIL_INVALID_CLOCK)
        return rc;
    job->owner->too_old = job->query->clock < job->owner->horizon.forgotten_below;
    job->owner->ahead = !job->owner->too_old;
    return RC_OK;
}

enum rc explain_owner(struct synchronizer *s, const struct explain_owner_query *query,
                      struct arena *arena, struct explain_owner *owner_out, struct fail *fail)
{
    struct job job = {.s = s, .query = query, .arena = arena, .owner = owner_out};
    enum rc rc;

    *owner_out = (struct explain_owner){.next_clock = 0};
    arena_init(&job.part);
    rc = s->ops->begin_snapshot(s, query->owner, &owner_out->next_clock, fail);
    if (rc == RC_OK && owner_out->next_clock == 0)
        rc = explain_unknown_owner(query->owner, fail);
    if (rc == RC_OK)
        rc = count_all(&job, fail);
    s->ops->rollback(s);
    if (rc == RC_OK) {
        arena_clear(&job.part);
        rc = read_answer(&job, fail);
    }
    arena_release(&job.part);
    return rc;
}
