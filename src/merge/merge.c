/* A merge from its input to its plan, object by object.
 * Entry:     merge_begin(), merge_finish().
 * Invariant: an object is folded, then decided; the decision alone makes answer and plan. */
#include "merge_answer.h"
#include "merge_fold.h"
#include "merge_object.h"
#include "merge_refused.h"

/* Will the response be ordered by the diff's fields? */
static bool orders_answer(const struct merge_input *input, const struct diff *diff)
{
    const struct relations *relations = input->relations;

    if (relations == NULL || diff->type != DIFF_CREATE)
        return false;
    for (size_t i = 0; i < relations->count; i++)
        if (relations->items[i].child == diff->model)
            return true;
    return false;
}

/* A client may use an id that it knows for another object. */
static bool was_sent(const struct merge_group *group, const struct diff *stored)
{
    return group->input->request->count > 0 && *merge_id_slot(group, stored->id) != 0;
}

/* The usual object of a pull: one stored diff, of which the client has not heard. What it sets need
 * not be known then. At clock 0 the client lacks the row that is updated or deleted. */
static bool is_told_as_stored(const struct merge_group *group, const struct merge_object *object)
{
    const struct diff *only;

    if (object->given.stored.count != 1 ||
        object->given.resent.count + object->given.new_diffs.count > 0 || object->row.known)
        return false;
    only = object->given.stored.items[0];
    if (was_sent(group, only) || (only->unread && orders_answer(group->input, only)))
        return false;
    if (group->input->client_clock == 0)
        return only->type == DIFF_CREATE;
    return only->type != DIFF_UPDATE || diff_surely_sets(only);
}

static void tell_as_stored(struct merge_object *object)
{
    static const enum net_kind KINDS[DIFF_TYPES] = {
        [DIFF_CREATE] = NET_CREATE, [DIFF_UPDATE] = NET_UPDATE, [DIFF_DELETE] = NET_DELETE};

    object->as_stored = true;
    object->given.server_net.kind = KINDS[object->given.stored.items[0]->type];
}

/* Reads what is unread of the object's stored diffs, and folds all that is known of it. */
static enum rc read_object(const struct merge_group *group, struct merge_object *object,
                           struct fail *fail)
{
    const struct merge_input *input = group->input;

    for (size_t i = 0; i < object->given.stored.count; i++) {
        const size_t at = (size_t)(object->given.stored.items[i] - input->history->items);
        struct diff *diff = &input->history->items[at];
        enum rc rc = diff->unread ? diff_parse_stored(diff, input->arena, fail) : RC_OK;

        if (rc != RC_OK)
            return rc;
    }
    object->as_stored = false;
    merge_fold_object(group, object, SIZE_MAX);
    return RC_OK;
}

enum rc merge_begin(const struct merge_input *input, struct merge **merge_out, struct fail *fail)
{
    struct merge *merge = ARENA_NEW(input->arena, struct merge);
    enum rc rc = RC_OK;

    merge->input = input;
    merge->group = merge_group_diffs(merge);
    merge_mark_compensations(merge->group);
    for (size_t i = 0; rc == RC_OK && i < merge->object_count; i++) {
        struct merge_object *object = &merge->objects[i];

        if (is_told_as_stored(merge->group, object))
            tell_as_stored(object);
        else
            rc = read_object(merge->group, object, fail);
    }
    *merge_out = merge;
    return rc;
}

void merge_want_all_rows(struct merge *merge)
{
    for (size_t i = 0; i < merge->object_count; i++)
        if (merge->objects[i].given.new_diffs.count > 0)
            merge->objects[i].wants_row = true;
}

/* An update of what never was: alone, or every new diff of the object, for it holds no other. */
static enum rc refuse_object(const struct merge_input *input, const struct merge_object *object,
                             struct fail *fail)
{
    const struct merge_diffs *new_diffs = &object->given.new_diffs;

    fail_reject(fail, FAIL_NO_SUCH_OBJECT,
                "this diff updates an object that never existed: create it first");
    fail_at_diff(fail, new_diffs->items[0]->id);
    if (!rejections_open(input->rejections))
        return RC_REJECTED;
    for (size_t i = 0; i < new_diffs->count; i++)
        rejections_refuse(input->rejections, (size_t)(new_diffs->items[i] - input->request->items),
                          fail);
    return RC_OK;
}

static enum rc finish_object(struct merge_planning *planning, struct merge_object *object,
                             struct fail *fail)
{
    const struct merge_group *group = planning->merge->group;
    struct merge_decision decision;
    enum rc rc = RC_OK;

    if (object->as_stored && !object->row.known) {
        merge_answer_as_stored(planning, object);
        return RC_OK;
    }
    if (object->as_stored)
        rc = read_object(group, object, fail);
    else if (object->row.known && object->client.at_clock == PRESENCE_UNKNOWN)
        merge_fold_object(group, object, SIZE_MAX);
    if (rc != RC_OK)
        return rc;
    decision = merge_decide(planning->input, object);
    if (decision.never_existed)
        rc = refuse_object(planning->input, object, fail);
    if (rc != RC_OK)
        return rc;
    merge_answer_object(planning, object, &decision);
    merge_plan_object(planning, object, &decision);
    return RC_OK;
}

enum rc merge_finish(struct merge *merge, struct merge_plan *plan_out, struct fail *fail)
{
    const struct merge_input *input = merge->input;
    struct merge_planning planning = {.merge = merge, .input = input, .plan = plan_out};
    /* mutant: clock_twice */
    const int64_t growth = merge->has_new ? 1 : -input->jump;
    enum rc rc = RC_OK;

    *plan_out = (struct merge_plan){.next_clock = input->push_clock + growth};
    merge_plan_allot(&planning);
    for (size_t i = 0; rc == RC_OK && i < merge->object_count; i++)
        rc = finish_object(&planning, &merge->objects[i], fail);
    if (rc == RC_OK)
        merge_plan_known(&planning);
    return rc;
}

enum merge_effect merge_variant(const struct merge *merge, size_t object, size_t max,
                                struct merge_row *row_out)
{
    struct merge_object variant = merge->objects[object];
    struct merge_decision decision;

    merge_fold_object(merge->group, &variant, max);
    decision = merge_decide(merge->input, &variant);
    *row_out = merge_plan_row(&variant, &decision.client_net, NULL);
    row_out->object = object;
    if (decision.server == MERGE_UPDATE && decision.client_net.field_count == 0)
        return MERGE_NOTHING;
    return decision.server;
}

enum merge_role merge_role(const struct merge *merge, size_t request_diff)
{
    return merge->group->roles[request_diff];
}
