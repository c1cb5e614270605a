/* Creates of rows of which no stored diff tells: untold_creates(). */
#include "untold.h"

#include "row_create.h"

/* An object that the request names has its response, whatever that is. */
static bool is_named(const struct untold *untold, const struct model *model, struct text id)
{
    const struct merge_object *object = told_objects_find(&untold->told, model, id);

    return object != NULL && object->given.resent.count + object->given.new_diffs.count > 0;
}

/* The object has diffs, but what was read may be later than the response. Is the first of them so
 * late that the response does not tell it, and no create that the next one tells? */
static enum rc is_known_later(const struct untold *untold, const struct model *model,
                              struct text id, struct arena *arena, bool *later_out,
                              struct fail *fail)
{
    const struct history_part part = {
        .owner = untold->owner,
        .model = model,
        .until_clock = untold->read_clock,
        .only_id = id,
        .limit = {.diffs = 1, .bytes = SIZE_MAX},
    };
    struct diff_list first;
    bool more;
    enum rc rc = untold->s->ops->read_history_part(untold->s, &part, arena, &first, &more, fail);

    *later_out = rc == RC_OK && first.count > 0 && first.items[0].clock >= untold->until_clock &&
                 first.items[0].type != DIFF_CREATE; /* mutant: inserted_twice */
    return rc;
}

static enum rc is_untold(const struct untold *untold, const struct model *model, struct text id,
                         const struct object_past *told, struct arena *arena, bool *untold_out,
                         struct fail *fail)
{
    const bool named = is_named(untold, model, id);

    *untold_out = !named && (!told->existed || told->deleted);
    if (named || !told->existed || untold->read_clock == untold->until_clock)
        return RC_OK;
    return is_known_later(untold, model, id, arena, untold_out, fail);
}

enum rc untold_creates(const struct untold *untold, const struct model *model,
                       const struct object_row_list *rows, struct arena *arena,
                       struct diff_list *creates_out, struct fail *fail)
{
    const struct owner_model of = {untold->owner, model};
    struct text *ids = ARENA_ARRAY(arena, rows->count, struct text);
    struct object_past *told = ARENA_ARRAY(arena, rows->count, struct object_past);
    enum rc rc;

    *creates_out = (struct diff_list){.items = ARENA_ARRAY(arena, rows->count, struct diff)};
    if (rows->count == 0)
        return RC_OK;
    for (size_t i = 0; i < rows->count; i++)
        ids[i] = rows->items[i].id;
    rc = untold->s->ops->changes->find_told(untold->s, of, (struct id_list){ids, rows->count}, told,
                                            fail);
    for (size_t i = 0; rc == RC_OK && i < rows->count; i++) {
        bool add = false;

        rc = is_untold(untold, model, ids[i], &told[i], arena, &add, fail);
        if (rc == RC_OK && add)
            creates_out->items[creates_out->count++] =
                row_create(of, &rows->items[i], untold->until_clock - 1, arena);
    }
    return rc;
}
