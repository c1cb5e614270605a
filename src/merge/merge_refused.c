/* What refused diffs leave behind: the client has applied them to its own data, the server has not.
 */
#include "merge_parts.h"

#include <stdlib.h>

bool merge_refused(const struct merge_group *group, const struct diff *diff)
{
    return rejections_refused(group->input->verdicts,
                              (size_t)(diff - group->input->request->items));
}

static bool any_refused(const struct merge_group *group)
{
    return group->input->verdicts != NULL && group->input->verdicts->refused_count > 0;
}

/* The same id may have been answered more than once, when more had happened: the client sends the
 * clock that it got with it. */
static void mark_heal(struct merge_group *group, size_t at)
{
    const int64_t clock = group->input->request->items[at].clock;

    group->heals[at] = true;
    if (clock > group->known_clocks[at] && clock < group->input->push_clock)
        group->known_clocks[at] = clock;
}

void merge_mark_heals(struct merge_group *group)
{
    const struct diff_list *request = group->input->request;

    group->heals = ARENA_ARRAY(group->input->arena, request->count, bool);
    if (!any_refused(group))
        return;
    for (size_t i = 0; i < request->count; i++) {
        size_t made;

        if (group->roles[i] != MERGE_KNOWN || !merge_refused(group, &request->items[i]))
            continue;
        made = *merge_id_slot(group, merge_made_id(&request->items[i], group->input->arena));
        if (made > 0)
            mark_heal(group, made - 1);
    }
}

static int compare_taken(const void *a, const void *b)
{
    const struct merge_taken *left = a, *right = b;

    if (left->clock != right->clock)
        return left->clock < right->clock ? -1 : 1;
    return left->position < right->position ? -1 : left->position > right->position;
}

struct merge_taken *merge_own_as_taken(const struct merge_group *group,
                                       const struct merge_object *object)
{
    struct merge_taken *taken =
        ARENA_ARRAY(group->input->arena, object->own.count, struct merge_taken);

    for (size_t i = 0; i < object->own.count; i++) {
        const struct diff *diff = object->own.items[i];

        taken[i] = (struct merge_taken){
            .diff = diff,
            .clock = group->known_clocks[diff - group->input->request->items],
            .position = i,
        };
    }
    if (object->own.count > 1)
        qsort(taken, object->own.count, sizeof(*taken), compare_taken);
    return taken;
}

static void doubt_diff(const struct merge_group *group, struct merge_object *object,
                       const struct diff *diff)
{
    const struct rejection *verdict =
        &group->input->verdicts->items[diff - group->input->request->items];

    object->doubt = diff;
    if (diff->type != DIFF_UPDATE || verdict->unreadable)
        object->all_doubtful = true;
    for (size_t i = 0; i < diff->field_count; i++)
        object->doubtful[diff->fields[i].field->index] = true;
}

int64_t merge_healed_until(const struct merge_group *group, const struct merge_object *object)
{
    int64_t until = -1;

    for (size_t i = 0; i < object->own.count; i++) {
        const size_t at = (size_t)(object->own.items[i] - group->input->request->items);

        if (group->heals[at] && group->known_clocks[at] > until)
            until = group->known_clocks[at];
    }
    return until;
}

void merge_doubt(const struct merge_group *group, struct merge_object *object)
{
    const struct merge_taken *taken;
    int64_t healed;

    if (!any_refused(group) || object->own.count + object->fresh.count == 0)
        return;
    object->doubt = NULL;
    object->all_doubtful = false;
    object->doubtful = ARENA_ARRAY(group->input->arena, object->model->field_count, bool);
    healed = merge_healed_until(group, object);
    taken = merge_own_as_taken(group, object);
    for (size_t i = 0; i < object->own.count; i++)
        /* mutant: compensated_again */
        if (taken[i].clock > healed && merge_refused(group, taken[i].diff))
            doubt_diff(group, object, taken[i].diff);
    for (size_t i = 0; i < object->fresh.count; i++)
        if (merge_refused(group, object->fresh.items[i]))
            doubt_diff(group, object, object->fresh.items[i]);
}
