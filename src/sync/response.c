/* Hands a large response on, piece by piece: response_begin(), response_add(). */
#include "response.h"

enum rc response_begin(const struct sync_request *request, struct sync_answer *answer_inout,
                       struct fail *fail)
{
    const struct diff_list first = answer_inout->diffs;
    enum rc rc;

    answer_inout->diffs = (struct diff_list){0};
    rc = request->sink->begin(request->sink->context, answer_inout, fail);
    return rc == RC_OK ? response_add(request, answer_inout, &first, fail) : rc;
}

enum rc response_add(const struct sync_request *request, struct sync_answer *answer_inout,
                     const struct diff_list *diffs, struct fail *fail)
{
    answer_inout->streamed += diffs->count;
    return diffs->count > 0 ? request->sink->add(request->sink->context, diffs, fail) : RC_OK;
}

enum rc response_result(enum rc rc, struct fail *fail)
{
    return rc == RC_RETRY
               ? fail_busy(fail, RC_UNCERTAIN, "the response broke off: %s", fail_reason(fail))
               : rc;
}

const struct model **response_models(const struct synchronizer *s, struct arena *arena)
{
    const struct mapping *mapping = s->mapping;
    const unsigned *ranks = s->model_ranks;
    const struct model **models = ARENA_ARRAY(arena, mapping->model_count, const struct model *);

    for (size_t i = 0; i < mapping->model_count; i++) {
        size_t at = i;

        for (; ranks != NULL && at > 0 && ranks[models[at - 1]->index] > ranks[i]; at--)
            models[at] = models[at - 1];
        models[at] = &mapping->models[i];
    }
    return models;
}
