/* Reads a page of touched objects and their rows: touched_walk_next(), touched_walk_told(). */
#include "touched_walk.h"

enum rc touched_walk_next(struct synchronizer *s, const struct touched_query *query,
                          struct arena *arena, struct touched_page *page_out, struct fail *fail)
{
    struct touched_list *touched = &page_out->touched;
    struct text *ids;
    enum rc rc = s->ops->find_touched(s, query, arena, touched, fail);

    page_out->rows = NULL;
    if (rc != RC_OK || touched->count == 0)
        return rc;
    ids = ARENA_ARRAY(arena, touched->count, struct text);
    page_out->rows = ARENA_ARRAY(arena, touched->count, struct row);
    for (size_t i = 0; i < touched->count; i++)
        ids[i] = touched->items[i].id;
    return s->ops->read(s, query->of, (struct id_list){ids, touched->count}, arena, page_out->rows,
                        fail);
}

/* Is a later one about the same object? */
static bool is_outdated(const struct diff_list *diffs, size_t at)
{
    const struct diff *diff = &diffs->items[at];

    for (size_t i = at + 1; i < diffs->count; i++)
        if (diffs->items[i].model == diff->model &&
            text_equal(diffs->items[i].object_id, diff->object_id))
            return true;
    return false;
}

/* The objects whose last diff is no delete, and rows_out's places of them. */
static size_t collect(struct owner_model of, const struct diff_list *diffs,
                      struct touched_list *touched, struct text *live_ids, size_t *places)
{
    size_t live = 0;

    for (size_t i = 0; i < diffs->count; i++) {
        const struct diff *diff = &diffs->items[i];

        if (diff->model != of.model || is_outdated(diffs, i))
            continue;
        if (diff->type != DIFF_DELETE) {
            places[live] = touched->count;
            live_ids[live++] = diff->object_id;
        }
        touched->items[touched->count++] =
            (struct touched){.id = diff->object_id, .at = touched_walk_from(diff->clock)};
    }
    return live;
}

enum rc touched_walk_told(struct synchronizer *s, struct owner_model of,
                          const struct touched_told *told, struct arena *arena,
                          struct touched_page *page_out, bool *settled_out, struct fail *fail)
{
    const size_t count = told->diffs->count;
    struct text *ids = ARENA_ARRAY(arena, count, struct text);
    size_t *places = ARENA_ARRAY(arena, count, size_t);
    struct row *rows = ARENA_ARRAY(arena, count, struct row);
    size_t live;
    enum rc rc = RC_OK;

    *page_out = (struct touched_page){
        .touched = {.items = ARENA_ARRAY(arena, count, struct touched)},
        .rows = ARENA_ARRAY(arena, count, struct row),
    };
    *settled_out = true;
    live = collect(of, told->diffs, &page_out->touched, ids, places);
    if (live > 0)
        rc = s->ops->read_settled(s, of, (struct id_list){ids, live}, told->next_clock, arena, rows,
                                  fail);
    for (size_t i = 0; rc == RC_OK && i < live; i++) {
        *settled_out &= rows[i].live; /* mutant: told_unsettled */
        page_out->rows[places[i]] = rows[i];
    }
    return rc;
}
