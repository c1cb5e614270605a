/* Ids, and what S(c) tells of a row, for the other files of a merge.
 * Entry:     merge_id_slot(), merge_cause(), merge_derived_id().
 * Invariant: nothing changes but the caller's slot. */
#include "merge_parts.h"

#include <assert.h>

#include "id.h"

size_t *merge_id_slot(const struct merge_group *group, struct text id)
{
    size_t at = (size_t)text_hash(id, 0) & group->ids.mask;
    size_t *slot;

    while (*(slot = &group->ids.slots[at]) != 0 &&
           !text_equal(group->input->request->items[*slot - 1].id, id))
        at = (at + 1) & group->ids.mask;
    return slot;
}

enum presence merge_row_at_clock(const struct merge_object *object)
{
    assert(object->given.stored.count > 0);
    return object->given.stored.items[0]->type == DIFF_CREATE ? PRESENCE_ABSENT : PRESENCE_PRESENT;
}

bool merge_row_is_gone(const struct merge_object *object)
{
    return object->given.stored.count > 0 &&
           object->given.stored.items[object->given.stored.count - 1]->type == DIFF_DELETE;
}

static const struct diff *last_create(const struct merge_diffs *list)
{
    for (size_t i = list->count; i > 0; i--)
        if (list->items[i - 1]->type == DIFF_CREATE)
            return list->items[i - 1];
    return NULL;
}

const struct diff *merge_cause(const struct merge_object *object)
{
    const struct diff *cause = object->client.unsure.last;

    if (cause == NULL)
        cause = last_create(&object->given.new_diffs);
    if (cause == NULL)
        cause = last_create(&object->given.resent);
    if (cause == NULL && object->given.new_diffs.count > 0)
        cause = object->given.new_diffs.items[0];
    if (cause == NULL && object->given.resent.count > 0)
        cause = object->given.resent.items[0];
    /* All that the client sent of it were ids that it uses for other objects now. */
    if (cause == NULL && object->given.stored.count > 0)
        cause = object->given.stored.items[0];
    assert(cause != NULL);
    return cause;
}

struct text merge_derived_id(const struct diff *cause, struct arena *arena)
{
    char *uuid = arena_alloc(arena, ID_UUID_LEN + 1);

    id_uuid_of(cause->id, uuid);
    return (struct text){uuid, ID_UUID_LEN};
}
