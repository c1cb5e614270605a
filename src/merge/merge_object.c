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

/* Where the object's life begins that is not forgotten: behind deletes that may be. */
static size_t first_kept(const struct merge_input *input, const struct merge_diffs *stored)
{
    for (size_t i = stored->count; i > 0; i--)
        if (stored->items[i - 1]->type == DIFF_DELETE &&
            stored->items[i - 1]->clock < input->forgotten_below)
            return i;
    return 0;
}

static bool is_beyond_deletes(const struct merge_input *input)
{
    return input->client_clock < input->forgotten_below;
}

/* What was stored below the horizon since the client's clock may be its own. */
static bool has_compacted(const struct merge_input *input, const struct merge_diffs *stored)
{
    for (size_t i = first_kept(input, stored); i < stored->count; i++)
        if (is_beyond_deletes(input) || stored->items[i]->clock < input->compacted_below)
            return true;
    return false;
}

bool merge_is_doubtful(const struct merge_input *input, const struct merge_object *object)
{
    if (input->client_clock >= input->compacted_below ||
        object->given.resent.count + object->given.new_diffs.count == 0)
        return false;
    /* Beside what is known something may be forgotten; or it was of no effect because of that. */
    return object->given.resent.count > 0 || has_compacted(input, &object->given.stored) ||
           /* Some of these it may have received, of an object of which nothing is left. */
           (is_beyond_deletes(input) && object->given.new_diffs.count > 1);
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
