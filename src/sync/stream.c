/* Sends a response that is too large to be held, part by part.
 * Entry:     stream_answer(), stream_snapshot().
 * Invariant: a part is a merge of whole objects. */
#include "stream.h"

#include "answer_sort.h"
#include "clock.h"
#include "history_walk.h"
#include "response.h"
#include "row_lookup.h"
#include "row_pages.h"
#include "settled.h"
#include "untold.h"

#define PARTS_OF_LIMIT ((size_t)4)

/* Which diffs of a part are sent: where tables refer to each other all deletes go first. */
enum pass { PASS_ALL, PASS_DELETES, PASS_REST };

struct stream {
    const struct stream_job *job;
    struct synchronizer *s;
    int64_t now_ms;
    int64_t until_clock;
    struct answer_moments moments;
    enum pass pass;
    struct arena part; /* of one part */
    struct told_objects told;
    int64_t read_clock; /* of the snapshot */
    struct sync_answer *answer;
    bool begun;
};

static void leave_out_told(const struct stream *stream, struct diff_list *diffs)
{
    size_t kept = 0;

    for (size_t i = 0; stream->told.count > 0 && i < diffs->count; i++)
        if (told_objects_find(&stream->told, diffs->items[i].model, diffs->items[i].object_id) ==
            NULL)
            diff_move(&diffs->items[kept++], &diffs->items[i]);
    if (stream->told.count > 0)
        diffs->count = kept;
}

/* Keeps the diffs for which deletes is what they are. */
static void keep_types(struct diff_list *diffs, bool deletes)
{
    size_t kept = 0;

    for (size_t i = 0; i < diffs->count; i++)
        if ((diffs->items[i].type == DIFF_DELETE) == deletes)
            diffs->items[kept++] = diffs->items[i];
    diffs->count = kept;
}

static enum rc send_part(struct stream *stream, struct diff_list *answer, struct fail *fail)
{
    const struct synchronizer *s = stream->s;

    if (stream->job->held)
        return response_add(stream->job->request, stream->answer, answer, fail);
    if (stream->pass == PASS_DELETES)
        keep_types(answer, true);
    answer_sort_part(answer, s->mapping, &s->relations, s->model_ranks, &stream->moments,
                     &stream->part);
    if (stream->pass == PASS_REST)
        keep_types(answer, false);
    return response_add(stream->job->request, stream->answer, answer, fail);
}

/* Whole objects, merged as a pull of them alone would be. */
static enum rc answer_part(void *context, struct diff_list *diffs, struct fail *fail)
{
    struct stream *stream = context;
    const struct sync_request *request = stream->job->request;
    const struct diff_list nothing = {0};
    const struct merge_input input = {
        .owner = request->owner,
        .client_clock = request->clock,
        .push_clock = stream->until_clock,
        .now_ms = stream->now_ms,
        .clock_skew_ms = request->clock_skew_ms,
        .history = diffs,
        .request = &nothing,
        .relations = &stream->s->relations,
        .arena = &stream->part,
    };
    struct merge_plan plan;
    struct merge *merge;
    enum rc rc;

    leave_out_told(stream, diffs);
    rc = merge_begin(&input, &merge, fail);
    if (rc == RC_OK)
        rc = row_lookup_read(stream->s, merge, &stream->part, fail);
    if (rc == RC_OK)
        rc = merge_finish(merge, &plan, fail);
    return rc == RC_OK ? send_part(stream, &plan.answer, fail) : rc;
}

/* A part takes about as much again for its merge and its answer as the history that was read. */
static struct history_limit part_limit(const struct history_limit *limit)
{
    const size_t diffs = limit->diffs / PARTS_OF_LIMIT;

    return (struct history_limit){diffs > 1 ? diffs : 1, limit->bytes / PARTS_OF_LIMIT};
}

static enum rc answer_model(struct stream *stream, const struct model *model, struct fail *fail)
{
    const struct sync_request *request = stream->job->request;
    const struct history_walk walk = {
        .s = stream->s,
        .owner = request->owner,
        .since_clock = request->clock,
        .until_clock = stream->until_clock,
        .limit = part_limit(&request->limit),
        .part = &stream->part,
        .visit = answer_part,
        .context = stream,
    };

    return history_walk_model(&walk, model, fail);
}

/* What no stored diff tells, of objects that the request does not name either. */
static enum rc answer_rows(struct stream *stream, const struct model *model, struct fail *fail)
{
    const struct untold untold = {
        .s = stream->s,
        .owner = stream->job->request->owner,
        .told = stream->told,
        .until_clock = stream->until_clock,
        .read_clock = stream->read_clock,
    };
    struct object_row_list rows;
    struct diff_list creates;
    struct row_walk walk;
    enum rc rc = RC_OK;

    row_pages_begin(&walk, (struct owner_model){untold.owner, model}, stream->job->arena);
    while (rc == RC_OK && walk.more) {
        arena_clear(&stream->part);
        rc = row_pages_next(stream->s, &walk, &stream->part, &rows, fail);
        if (rc == RC_OK)
            rc = untold_creates(&untold, model, &rows, &stream->part, &creates, fail);
        if (rc == RC_OK)
            rc = send_part(stream, &creates, fail);
    }
    return rc;
}

static enum rc answer_models(struct stream *stream, struct fail *fail)
{
    const struct model **models = response_models(stream->s, stream->job->arena);
    const size_t count = stream->s->mapping->model_count;
    const bool related = stream->s->relations.count > 0 && !stream->job->held;
    enum rc rc = RC_OK;

    stream->pass = PASS_DELETES;
    for (size_t i = count; related && rc == RC_OK && i > 0; i--)
        rc = answer_model(stream, models[i - 1], fail);
    stream->pass = related ? PASS_REST : PASS_ALL;
    for (size_t i = 0; rc == RC_OK && i < count; i++) {
        if (stream->job->rows)
            rc = answer_rows(stream, models[i], fail);
        if (rc == RC_OK)
            rc = answer_model(stream, models[i], fail);
    }
    return rc;
}

static enum rc send_all(struct stream *stream, struct fail *fail)
{
    enum rc rc = response_begin(stream->job->request, stream->answer, fail);

    if (rc == RC_OK)
        rc = answer_models(stream, fail);
    return stream->job->held ? rc : response_result(rc, fail);
}

static enum rc stream_read(void *context, int64_t next_clock, struct fail *fail)
{
    struct stream *stream = context;
    const struct stream_job *job = stream->job;
    enum rc rc;

    if (job->exact) {
        *job->later_out = next_clock != job->until_clock;
        if (*job->later_out)
            return RC_OK;
    }
    stream->read_clock = next_clock;
    stream->until_clock = job->until_clock >= 0 ? job->until_clock : next_clock;
    stream->answer->next_clock = stream->until_clock;
    stream->told = told_objects_of(job->told, job->arena);
    answer_moments_init(&stream->moments, job->s->mapping, job->arena);
    arena_init(&stream->part);
    rc = send_all(stream, fail);
    arena_release(&stream->part);
    stream->begun = true;
    return rc;
}

static struct stream stream_of(const struct stream_job *job, struct sync_answer *answer)
{
    return (struct stream){.job = job, .s = job->s, .now_ms = clock_now_ms(), .answer = answer};
}

enum rc stream_snapshot(const struct stream_job *job, int64_t next_clock,
                        struct sync_answer *answer_inout, struct fail *fail)
{
    struct stream stream = stream_of(job, answer_inout);

    return stream_read(&stream, next_clock, fail);
}

enum rc stream_answer(const struct stream_job *job, struct sync_answer *answer_inout,
                      struct fail *fail)
{
    struct stream stream = stream_of(job, answer_inout);
    const struct settled_query query = {
        .job = job->drain,
        .undrained = (!job->rows && !job->compacted) || job->request->undrained,
        .read = stream_read,
        .context = &stream,
    };
    enum rc rc = settled_read(&query, fail);

    return stream.begun && !job->held ? response_result(rc, fail) : rc;
}
