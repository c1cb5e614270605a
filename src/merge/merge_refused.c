/* What refused diffs leave behind: the client has applied them to its own data, the server has not.
 */
#include "merge_refused.h"

#include <stdlib.h>

bool merge_refused(const struct merge_group *group, const struct diff *diff)
{
    return rejections_refused(group->input->rejections,
                              (size_t)(diff - group->input->request->items));
}

bool merge_unreadable(const struct merge_group *group, const struct diff *diff)
{
    const struct rejections *rejections = group->input->rejections;

    return rejections != NULL && rejections->items[diff - group->input->request->items].unreadable;
}

static bool any_refused(const struct merge_group *group)
{
    return group->input->rejections != NULL && group->input->rejections->refused_count > 0;
}

/* The same id may have been answered more than once, when more had happened: the client sends the
 * clock that it got with it. */
static void mark_compensation(struct merge_group *group, size_t at)
{
    const int64_t clock = group->input->request->items[at].clock;

    group->compensations[at] = true;
    if (clock > group->known_clocks[at] && clock < group->input->push_clock)
        group->known_clocks[at] = clock;
}

void merge_mark_compensations(struct merge_group *group)
{
    const struct diff_list *request = group->input->request;

    group->compensations = ARENA_ARRAY(group->input->arena, request->count, bool);
    for (size_t i = 0; group->input->from_rows != NULL && i < request->count; i++)
        /* mutant: row_not_agreed */
        group->compensations[i] = group->input->from_rows[i] && group->roles[i] == MERGE_KNOWN;
    if (!any_refused(group))
        return;
    for (size_t i = 0; i < request->count; i++) {
        size_t made;

        if (group->roles[i] != MERGE_KNOWN || !merge_refused(group, &request->items[i]))
            continue;
        made = *merge_id_slot(group, merge_derived_id(&request->items[i], group->input->arena));
        if (made > 0)
            mark_compensation(group, made - 1);
    }
}

static int compare_taken(const void *a, const void *b)
{
    const struct merge_taken *left = a, *right = b;

    if (left->clock != right->clock)
        return left->clock < right->clock ? -1 : 1;
    return left->position < right->position ? -1 : left->position > right->position;
}

struct merge_taken *merge_resent_as_taken(const struct merge_group *group,
                                          const struct merge_object *object)
{
    struct merge_taken *taken =
        ARENA_ARRAY(group->input->arena, object->given.resent.count, struct merge_taken);

    for (size_t i = 0; i < object->given.resent.count; i++) {
        const struct diff *diff = object->given.resent.items[i];

        taken[i] = (struct merge_taken){
            .diff = diff,
            .clock = group->known_clocks[diff - group->input->request->items],
            .position = i,
        };
    }
    if (object->given.resent.count > 1)
        qsort(taken, object->given.resent.count, sizeof(*taken), compare_taken);
    return taken;
}

int64_t merge_compensated_until(const struct merge_group *group, const struct merge_object *object)
{
    int64_t until = -1;

    for (size_t i = 0; i < object->given.resent.count; i++) {
        const size_t at = (size_t)(object->given.resent.items[i] - group->input->request->items);

        if (group->compensations[at] && group->known_clocks[at] > until)
            until = group->known_clocks[at];
    }
    return until;
}

static void add_unsure(const struct merge_group *group, struct merge_unsure *unsure,
                       const struct diff *diff)
{
    const struct rejection *rejection =
        &group->input->rejections->items[diff - group->input->request->items];

    unsure->last = diff;
    /* mutant: flawed_half_told */
    if (diff->type != DIFF_UPDATE || rejection->unreadable || diff->flawed)
        unsure->all = true;
    for (size_t i = 0; i < diff->field_count; i++)
        unsure->fields[diff->fields[i].field->index] = true;
}

struct merge_unsure merge_find_unsure(const struct merge_group *group,
                                      const struct merge_object *object)
{
    const struct merge_diffs *resent = &object->given.resent;
    const struct merge_diffs *new_diffs = &object->given.new_diffs;
    struct merge_unsure unsure = {0};
    const struct merge_taken *taken;
    int64_t compensated;

    if (!any_refused(group) || resent->count + new_diffs->count == 0)
        return unsure;
    unsure.fields = ARENA_ARRAY(group->input->arena, object->model->field_count, bool);
    compensated = merge_compensated_until(group, object);
    taken = merge_resent_as_taken(group, object);
    for (size_t i = 0; i < resent->count; i++)
        /* mutant: compensated_again */
        if (taken[i].clock > compensated && merge_refused(group, taken[i].diff))
            add_unsure(group, &unsure, taken[i].diff);
    for (size_t i = 0; i < new_diffs->count; i++)
        if (merge_refused(group, new_diffs->items[i]))
            add_unsure(group, &unsure, new_diffs->items[i]);
    return unsure;
}
