/* Groups the outbox's entries by object, and looks the objects up.
 * Entry:     noticed_objects(), noticed_read(). */
#include "noticed_rows.h"

#include <stdlib.h>

static int compare_changes(const void *a, const void *b)
{
    const struct change *const *left = a, *const *right = b;
    const int order = text_compare((*left)->object_id, (*right)->object_id);

    if (order != 0)
        return order;
    return *left < *right ? -1 : *left > *right; /* as they came */
}

static const struct change **changes_of(const struct change_list *changes,
                                        const struct model *model, struct arena *arena,
                                        size_t *count_out)
{
    const struct change **sorted = ARENA_ARRAY(arena, changes->count, const struct change *);
    size_t count = 0;

    for (size_t i = 0; i < changes->count; i++)
        if (changes->items[i].model == model && changes->items[i].op != CHANGE_RECONCILE)
            sorted[count++] = &changes->items[i];
    if (count > 1)
        qsort(sorted, count, sizeof(const struct change *), compare_changes);
    *count_out = count;
    return sorted;
}

struct noticed_list noticed_objects(const struct change_list *changes, const struct model *model,
                                    struct arena *arena)
{
    size_t count;
    const struct change **sorted = changes_of(changes, model, arena, &count);
    struct noticed_list list = {.items = ARENA_ARRAY(arena, count, struct noticed)};

    for (size_t i = 0; i < count; i++) {
        const struct text id = sorted[i]->object_id;

        if (list.count == 0 || !text_equal(list.items[list.count - 1].id, id))
            noticed_init(&list.items[list.count++], model, id, arena);
        noticed_add(&list.items[list.count - 1], sorted[i]);
    }
    return list;
}

enum rc noticed_read(struct synchronizer *s, struct owner_model of, const struct noticed_list *list,
                     struct arena *arena, struct noticed_rows *rows_out, struct fail *fail)
{
    struct text *items = ARENA_ARRAY(arena, list->count, struct text);
    const struct id_list ids = {items, list->count};
    enum rc rc;

    *rows_out = (struct noticed_rows){ARENA_ARRAY(arena, list->count, struct row),
                                      ARENA_ARRAY(arena, list->count, struct object_past)};
    if (list->count == 0)
        return RC_OK;
    for (size_t i = 0; i < list->count; i++)
        items[i] = list->items[i].id;
    rc = s->ops->read(s, of, ids, arena, rows_out->rows, fail);
    return rc == RC_OK ? s->ops->changes->find_told(s, of, ids, rows_out->told, fail) : rc;
}
