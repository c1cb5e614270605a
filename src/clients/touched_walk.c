/* Reads a page of touched objects and their rows: touched_walk_next(). */
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
