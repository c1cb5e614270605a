/* What S(c) tells of an object's row, and which diff makes the server speak of it.
 * Entry:     merge_row_at_clock(), merge_row_is_gone(), merge_cause().
 * Invariant: the object stays as it is. */
#include "merge_object.h"

#include <assert.h>

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
