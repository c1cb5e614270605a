/* touched_walk.h: the objects of a model that were touched since a place of the history, with their
 *          rows as they are now.
 * Process: in a moment of which nothing is untold (sync_look).
 * Owns:    a page lies in the arena given.
 * Units:   clocks as docs/protocol.md 4.
 * Fails:   as synchronizer.h.
 * Holds:   each object once. */
#ifndef MOBYNC_TOUCHED_WALK_H
#define MOBYNC_TOUCHED_WALK_H

#include "synchronizer.h"

/* Before all that is stored at that clock. */
static inline struct inspect_place touched_walk_from(int64_t clock)
{
    return (struct inspect_place){clock, -1};
}

struct touched_page {
    struct touched_list touched;
    struct row *rows;
};

/* The next ones; fewer than the limit are the last. */
NODISCARD enum rc touched_walk_next(struct synchronizer *s, const struct touched_query *query,
                                    struct arena *arena, struct touched_page *page_out,
                                    struct fail *fail);

#endif
