#include "compact.h"

void compact_init(struct compact *compact)
{
    *compact = (struct compact){.turn = 0};
    arena_init(&compact->arenas[0]);
    arena_init(&compact->arenas[1]);
}

void compact_release(struct compact *compact)
{
    arena_release(&compact->arenas[0]);
    arena_release(&compact->arenas[1]);
}

static enum rc copy_diff(struct diff *to, const struct diff *from, struct arena *arena,
                         struct fail *fail)
{
    *to = *from;
    to->id = arena_text(arena, from->id);
    to->owner = arena_text(arena, from->owner);
    to->json_data = arena_text(arena, from->json_data);
    to->object_id = arena_text(arena, from->object_id);
    to->field_times = arena_text(arena, from->field_times);
    return diff_parse_stored(to, arena, fail);
}

static void append(struct diff_list *list, const struct diff *diffs, size_t count)
{
    for (size_t i = 0; i < count; i++)
        diff_move(&list->items[list->count++], &diffs[i]);
}

enum rc compact_add(struct compact *compact, const struct diff *diffs, size_t count,
                    struct fail *fail)
{
    struct arena *arena = &compact->arenas[1 - compact->turn];
    struct diff_list all, kept;
    enum rc rc = RC_OK;

    if (count == 0)
        return RC_OK;
    all = (struct diff_list){ARENA_ARRAY(arena, compact->diffs.count + count, struct diff), 0};
    append(&all, compact->diffs.items, compact->diffs.count);
    append(&all, diffs, count);
    all.count = compact_diffs(all.items, all.count, arena);
    kept = (struct diff_list){ARENA_ARRAY(arena, all.count, struct diff), all.count};
    for (size_t i = 0; rc == RC_OK && i < all.count; i++)
        rc = copy_diff(&kept.items[i], &all.items[i], arena, fail);
    arena_clear(&compact->arenas[compact->turn]);
    compact->turn = 1 - compact->turn;
    compact->diffs = kept;
    return rc;
}
