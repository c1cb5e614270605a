/* Keeps of an object's diffs those that still matter.
 * Entry:     compact_diffs(), compact_add() for more of them than fit into memory.
 * Invariant: the net effect of what is kept is that of all. */
#include "compact.h"

#include "summary.h"

static size_t last_delete(const struct diff *diffs, size_t count)
{
    while (count > 0 && diffs[count - 1].type != DIFF_DELETE)
        count--;
    return count > 0 ? count - 1 : 0;
}

/* Does the diff set a field that none behind it sets? Marks those that it sets. */
static bool sets_news(const struct diff *diff, bool *set)
{
    bool news = false;

    for (size_t i = 0; i < diff->field_count; i++) {
        bool *seen = &set[diff->fields[i].field->index];

        news = news || !*seen;
        *seen = true;
    }
    return news;
}

size_t compact_diffs(struct diff *diffs, size_t count, struct arena *arena)
{
    const size_t from = last_delete(diffs, count);
    bool *keep = ARENA_ARRAY(arena, count, bool);
    bool *set;
    size_t kept = 0;

    if (count == 0)
        return 0;
    set = ARENA_ARRAY(arena, diffs[0].model->field_count, bool);
    for (size_t i = count; i > from; i--)
        keep[i - 1] = sets_news(&diffs[i - 1], set) || diffs[i - 1].type != DIFF_UPDATE;
    keep[0] = true;
    for (size_t i = 0; i < count; i++)
        if (keep[i])
            diff_move(&diffs[kept++], &diffs[i]);
    return kept;
}

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
    if (from->summary != NULL)
        to->summary = summary_copy(from->summary, arena);
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
