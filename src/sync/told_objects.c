/* A merge's objects, sorted, for looking them up: told_objects_of(), told_objects_find(). */
#include "told_objects.h"

#include <stdlib.h>

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

struct told_objects told_objects_of(const struct merge *merge, struct arena *arena)
{
    struct told_objects told = {.count = merge == NULL ? 0 : merge->object_count};

    told.items = ARENA_ARRAY(arena, told.count, const struct merge_object *);
    for (size_t i = 0; i < told.count; i++)
        told.items[i] = &merge->objects[i];
    if (told.count > 1)
        qsort(told.items, told.count, sizeof(const struct merge_object *), compare_told);
    return told;
}

const struct merge_object *told_objects_find(const struct told_objects *told,
                                             const struct model *model, struct text id)
{
    size_t low = 0, high = told->count;

    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        const int order = compare_objects(model, id, told->items[middle]);

        if (order == 0)
            return told->items[middle];
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}
