/* touched_walk.h: the objects of a model that were touched since a place of the history, with their
 *          rows as they are now.
 * Process: in a moment of which nothing is untold (sync_look).
 * Owns:    a page lies in the arena given.
 * Units:   clocks as docs/protocol.md 4.
 * Fails:   as synchronizer.h.
 * Holds:   each object once. */
#ifndef MOBYNC_TOUCHED_WALK_H
#define MOBYNC_TOUCHED_WALK_H

#include "diff.h"
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

struct touched_told {
    const struct diff_list *diffs;
    int64_t next_clock;
};

/* The next ones; fewer than the limit are the last. */
NODISCARD enum rc touched_walk_next(struct synchronizer *s, const struct touched_query *query,
                                    struct arena *arena, struct touched_page *page_out,
                                    struct fail *fail);

/* What these diffs, all that is stored since some clock, say of the model: the places have no seq.
 * Outside of any transaction, for next_clock as they were read with. *settled_out false: something
 * has come between. */
NODISCARD enum rc touched_walk_told(struct synchronizer *s, struct owner_model of,
                                    const struct touched_told *told, struct arena *arena,
                                    struct touched_page *page_out, bool *settled_out,
                                    struct fail *fail);

#endif
