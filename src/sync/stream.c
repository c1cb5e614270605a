/* Sends a response that is too large to be held, part by part.
 * Entry:     stream_answer().
 * Invariant: a part is a merge of whole objects. */
#include "stream.h"

#include <assert.h>
#include <stdlib.h>

#include "answer_sort.h"
#include "clock.h"
#include "row_lookup.h"
#include "compact.h"

/* A part takes about as much again for its merge and its answer as the history that was read. */
#define PARTS_OF_LIMIT ((size_t)4)
/* One clock holds three diffs of an object at most: so a part always holds a whole clock of it. */
#define MIN_OF_OBJECT ((size_t)4)
/* The column holds 128 characters, whoever wrote them. */
#define MAX_ID_BYTES (4 * DIFF_ID_MAX_BYTES)

/* Which diffs of a part are sent: where tables refer to each other all deletes go first. */
enum pass { PASS_ALL, PASS_DELETES, PASS_REST };

struct stream {
    const struct stream_job *job;
    struct synchronizer *s;
    int64_t now_ms;
    int64_t until_clock;
    const struct model **models; /* parents first */
    struct answer_moments moments;
    enum pass pass;
    struct arena part;                /* of one part */
    const struct merge_object **told; /* sorted */
    size_t told_count;
    size_t sent;
};

static int compare_objects(const struct model *model, struct text id,
                           const struct merge_object *object)
{
    if (model->index != object->model->index)
        return model->index < object->model->index ? -1 : 1;
    return text_compare(id, object->id);
}

static int compare_told(const void *a, const void *b)
{
    const struct merge_object *const *left = a, *const *right = b;

    return compare_objects((*left)->model, (*left)->id, *right);
}

static void sort_told(struct stream *stream)
{
    const struct merge *told = stream->job->told;

    if (told == NULL)
        return;
    stream->told = ARENA_ARRAY(stream->job->arena, told->object_count, const struct merge_object *);
    for (size_t i = 0; i < told->object_count; i++)
        stream->told[stream->told_count++] = &told->objects[i];
    if (stream->told_count > 1)
        qsort(stream->told, stream->told_count, sizeof(const struct merge_object *), compare_told);
}

static bool is_told(const struct stream *stream, const struct diff *diff)
{
    size_t low = 0, high = stream->told_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = compare_objects(diff->model, diff->object_id, stream->told[middle]);

        if (order == 0)
            return true;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return false;
}

static void leave_out_told(const struct stream *stream, struct diff_list *diffs)
{
    size_t kept = 0;

    for (size_t i = 0; stream->told_count > 0 && i < diffs->count; i++)
        if (!is_told(stream, &diffs->items[i]))
            diff_move(&diffs->items[kept++], &diffs->items[i]);
    if (stream->told_count > 0)
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
    const struct sync_sink *sink = stream->job->request->sink;
    const struct synchronizer *s = stream->s;

    if (stream->pass == PASS_DELETES)
        keep_types(answer, true);
    answer_sort_part(answer, s->mapping, &s->relations, s->model_ranks, &stream->moments,
                     &stream->part);
    if (stream->pass == PASS_REST)
        keep_types(answer, false);
    stream->sent += answer->count;
    return answer->count > 0 ? sink->add(sink->context, answer, fail) : RC_OK;
}

/* Whole objects, merged as a pull of them alone would be. */
static enum rc answer_part(struct stream *stream, struct diff_list *diffs, struct fail *fail)
{
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

static struct history_limit part_limit(const struct stream *stream, size_t least)
{
    const struct history_limit *limit = &stream->job->request->limit;
    const size_t diffs = limit->diffs / PARTS_OF_LIMIT;

    return (struct history_limit){diffs > least ? diffs : least, limit->bytes / PARTS_OF_LIMIT};
}

/* The last clock may have come in part. */
static void drop_last_clock(struct diff_list *diffs)
{
    const int64_t last = diffs->items[diffs->count - 1].clock;

    while (diffs->count > 0 && diffs->items[diffs->count - 1].clock == last)
        diffs->count--;
}

static enum rc compact_part(struct compact *compact, const struct diff_list *diffs,
                            struct arena *arena, struct fail *fail)
{
    enum rc rc = RC_OK;

    for (size_t i = 0; rc == RC_OK && i < diffs->count; i++)
        rc = diff_parse_stored(&diffs->items[i], arena, fail);
    return rc == RC_OK ? compact_add(compact, diffs->items, diffs->count, fail) : rc;
}

static enum rc compact_object(struct stream *stream, struct history_part *part,
                              struct compact *compact, struct fail *fail)
{
    struct arena *arena = &stream->part;
    struct diff_list diffs;
    bool more = true;
    enum rc rc = RC_OK;

    while (rc == RC_OK && more) {
        arena_clear(arena);
        rc = stream->s->ops->read_history_part(stream->s, part, arena, &diffs, &more, fail);
        if (rc != RC_OK)
            break;
        if (more)
            drop_last_clock(&diffs);
        if (diffs.count > 0)
            part->since_clock = diffs.items[diffs.count - 1].clock + 1;
        else
            part->limit.bytes = 2 * part->limit.bytes + 1; /* it is less than one clock */
        rc = compact_part(compact, &diffs, arena, fail);
    }
    arena_clear(arena);
    return rc;
}

/* One object with more diffs than a part holds. */
static enum rc answer_object(struct stream *stream, struct history_part part, struct fail *fail)
{
    struct compact compact;
    enum rc rc;

    part.limit = part_limit(stream, MIN_OF_OBJECT);
    compact_init(&compact);
    rc = compact_object(stream, &part, &compact, fail);
    if (rc == RC_OK)
        rc = answer_part(stream, &compact.diffs, fail);
    compact_release(&compact);
    return rc;
}

/* Where the last object begins: more of it may follow. */
static size_t last_object(const struct diff_list *diffs)
{
    size_t first = diffs->count - 1;

    while (first > 0 &&
           text_equal(diffs->items[first - 1].object_id, diffs->items[first].object_id))
        first--;
    return first;
}

static enum rc answer_model(struct stream *stream, const struct model *model, struct fail *fail)
{
    const struct sync_request *request = stream->job->request;
    struct history_part part = {
        .owner = request->owner,
        .model = model,
        .since_clock = request->clock,
        .until_clock = stream->until_clock,
        .limit = part_limit(stream, 1),
    };
    char after[MAX_ID_BYTES];
    struct diff_list diffs;
    bool more = true;
    enum rc rc = RC_OK;

    while (rc == RC_OK && more) {
        struct text last;
        size_t whole;

        arena_clear(&stream->part);
        rc =
            stream->s->ops->read_history_part(stream->s, &part, &stream->part, &diffs, &more, fail);
        if (rc != RC_OK || diffs.count == 0)
            break;
        whole = more ? last_object(&diffs) : diffs.count;
        last = diffs.items[whole > 0 ? whole - 1 : 0].object_id;
        assert(last.len <= sizeof(after));
        memcpy(after, last.ptr, last.len);
        part.after_id = (struct text){after, last.len};
        diffs.count = whole;
        if (whole > 0) {
            rc = answer_part(stream, &diffs, fail);
        } else {
            struct history_part alone = part;

            alone.only_id = part.after_id;
            rc = answer_object(stream, alone, fail);
        }
    }
    return rc;
}

static void sort_models(struct stream *stream)
{
    const struct mapping *mapping = stream->s->mapping;
    const unsigned *ranks = stream->s->model_ranks;

    stream->models = ARENA_ARRAY(stream->job->arena, mapping->model_count, const struct model *);
    for (size_t i = 0; i < mapping->model_count; i++) {
        size_t at = i;

        for (; ranks != NULL && at > 0 && ranks[stream->models[at - 1]->index] > ranks[i]; at--)
            stream->models[at] = stream->models[at - 1];
        stream->models[at] = &mapping->models[i];
    }
}

static enum rc answer_models(struct stream *stream, struct fail *fail)
{
    const size_t count = stream->s->mapping->model_count;
    const bool related = stream->s->relations.count > 0;
    enum rc rc = RC_OK;

    stream->pass = PASS_DELETES;
    for (size_t i = count; related && rc == RC_OK && i > 0; i--)
        rc = answer_model(stream, stream->models[i - 1], fail);
    stream->pass = related ? PASS_REST : PASS_ALL;
    for (size_t i = 0; rc == RC_OK && i < count; i++)
        rc = answer_model(stream, stream->models[i], fail);
    return rc;
}

static enum rc send_all(struct stream *stream, struct sync_answer *answer, struct fail *fail)
{
    const struct sync_sink *sink = stream->job->request->sink;
    const struct diff_list first = answer->diffs;
    enum rc rc;

    answer->diffs = (struct diff_list){0};
    rc = sink->begin(sink->context, answer, fail);
    if (rc == RC_OK && first.count > 0)
        rc = sink->add(sink->context, &first, fail);
    if (rc == RC_OK)
        rc = answer_models(stream, fail);
    answer->streamed = first.count + stream->sent;
    /* The client has a part of it: it cannot be told anything else any more. */
    return rc == RC_RETRY
               ? fail_busy(fail, RC_UNCERTAIN, "the response broke off: %s", fail_reason(fail))
               : rc;
}

enum rc stream_answer(const struct stream_job *job, struct sync_answer *answer_inout,
                      struct fail *fail)
{
    struct stream stream = {.job = job, .s = job->s, .now_ms = clock_now_ms()};
    enum rc rc =
        job->s->ops->begin_snapshot(job->s, job->request->owner, &stream.until_clock, fail);

    if (rc == RC_OK) {
        if (job->until_clock >= 0)
            stream.until_clock = job->until_clock;
        answer_inout->next_clock = stream.until_clock;
        sort_told(&stream);
        sort_models(&stream);
        answer_moments_init(&stream.moments, job->s->mapping, job->arena);
        arena_init(&stream.part);
        rc = send_all(&stream, answer_inout, fail);
        arena_release(&stream.part);
    }
    job->s->ops->rollback(job->s);
    return rc;
}
