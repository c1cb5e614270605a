/* Nobody knows how large rows are before they are read: each page has as many rows as those of the
 * page before let expect, and at most GROWTH times as many as that one. */
#include "row_pages.h"

#define FIRST_ROWS ((size_t)64)
#define MOST_ROWS  ((size_t)4096)
#define GROWTH     ((size_t)4)

void row_pages_begin(struct row_walk *walk_out, struct owner_model of, struct arena *arena)
{
    *walk_out = (struct row_walk){
        .owner = of.owner, .model = of.model, .limit = FIRST_ROWS, .more = true, .arena = arena};
}

static size_t next_limit(size_t rows, size_t used_bytes)
{
    const size_t fitting = ROW_PAGE_BYTES / (used_bytes / rows + 1);
    const size_t most = rows * GROWTH < MOST_ROWS ? rows * GROWTH : MOST_ROWS;

    return fitting < 1 ? 1 : fitting < most ? fitting : most;
}

enum rc row_pages_next(struct synchronizer *s, struct row_walk *walk, struct arena *arena,
                       struct object_row_list *rows_out, struct fail *fail)
{
    const size_t before = arena->used_bytes;
    enum rc rc = s->ops->changes->read_rows(s, walk, arena, rows_out, fail);

    if (rc == RC_OK && rows_out->count > 0)
        walk->limit = next_limit(rows_out->count, arena->used_bytes - before);
    return rc;
}
