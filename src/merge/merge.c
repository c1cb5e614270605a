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
    return group->input->request->count > 0 && stored->summary == NULL &&
           *merge_id_slot(group, stored->id) != 0;
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
    if (was_sent(group, only) || only->partial ||
        (only->unread && orders_answer(group->input, only)))
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

        object->doubtful = merge_is_doubtful(input, object);
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

/* Once its row is known, where that is looked up. */
static enum rc settle_object(const struct merge_group *group, struct merge_object *object,
                             struct fail *fail)
{
    if (object->as_stored && object->row.known)
        return read_object(group, object, fail);
    if (object->row.known && object->client.at_clock == PRESENCE_UNKNOWN)
        merge_fold_object(group, object, SIZE_MAX);
    return RC_OK;
}

static const struct field_value *first_flaw(const struct net *net)
{
    for (size_t i = 0; i < net->field_count; i++)
        if (net->fields[i].flaw != NULL)
            return &net->fields[i];
    return NULL;
}

static void set_flaw(struct fail *fail, const struct field_value *value)
{
    fail_reject(fail, FAIL_INVALID_DATA, "%s", value->flaw);
    fail_at_diff(fail, value->source->id);
    fail_at_field(fail, value->field->name);
}

/* Refuses the diffs whose flaws are left in what the object's diffs come to. Where none is refused
 * alone, *first_inout is the flaw of the request's first such diff instead. */
static void refuse_flaws(const struct merge_input *input, const struct merge_object *object,
                         const struct field_value **first_inout)
{
    const struct net *net = &object->given.client_net;

    for (size_t i = 0; i < net->field_count; i++) {
        const struct field_value *value = &net->fields[i];
        struct fail fail;

        if (value->flaw == NULL)
            continue;
        /* mutant: last_flaw_named */
        if (*first_inout == NULL || value->source < (*first_inout)->source)
            *first_inout = value;
        set_flaw(&fail, value);
        if (rejections_open(input->rejections))
            rejections_refuse(input->rejections, (size_t)(value->source - input->request->items),
                              &fail);
    }
}

/* docs/merging.md 8.4: what the object's new diffs come to counts, not each of them. */
static enum rc judge_flaws(const struct merge *merge, bool *refused_out, struct fail *fail)
{
    const struct field_value *first = NULL;
    enum rc rc = RC_OK;

    /* mutant: flaw_not_judged */
    for (size_t i = 0; merge->has_flaws && rc == RC_OK && i < merge->object_count; i++) {
        struct merge_object *object = &merge->objects[i];

        if (object->given.new_diffs.count == 0)
            continue;
        rc = settle_object(merge->group, object, fail);
        refuse_flaws(merge->input, object, &first);
    }
    *refused_out = first != NULL;
    if (rc != RC_OK || first == NULL || rejections_open(merge->input->rejections))
        return rc;
    set_flaw(fail, first);
    return RC_REJECTED;
}

static enum rc finish_object(struct merge_planning *planning, struct merge_object *object,
                             struct fail *fail)
{
    struct merge_decision decision;
    enum rc rc = settle_object(planning->merge->group, object, fail);

    if (rc != RC_OK)
        return rc;
    if (object->as_stored) {
        merge_answer_as_stored(planning, object);
        return RC_OK;
    }
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
    bool refused;
    enum rc rc = judge_flaws(merge, &refused, fail);

    *plan_out = (struct merge_plan){.next_clock = input->push_clock + growth};
    if (rc != RC_OK || refused)
        return rc;
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
    row_out->flaw = first_flaw(&variant.given.client_net);
    row_out->object = object;
    if (decision.server == MERGE_UPDATE && decision.client_net.field_count == 0)
        return MERGE_NOTHING;
    return decision.server;
}

enum merge_role merge_role(const struct merge *merge, size_t request_diff)
{
    return merge->group->roles[request_diff];
}
