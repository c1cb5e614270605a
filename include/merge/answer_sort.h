/* answer_sort.h: the diffs for the client in the order in which it executes them (docs/merging.md
 * 9).
 * Pure:    no I/O, no clock.
 * Owns:    nothing; the list is sorted in place, its clocks and timestamps may be raised.
 * Units:   clocks and timestamps as docs/protocol.md 4 and 2.
 * Fails:   never; what a circle of references leaves open stays in its order.
 * Holds:   sorted by (logical_clock, utc_timestamp), as the stock client does, unstably; so what
 *          must come later has a strictly later pair: a child's create after its parent's, a delete
 *          in a parent model after those in its child models, a REPLACE's create after its delete.
 */
#ifndef MOBYNC_ANSWER_SORT_H
#define MOBYNC_ANSWER_SORT_H

#include "arena.h"
#include "diff.h"

/* model_ranks: by model index, parents lower than children; NULL where there are no relations. */
void answer_sort(struct diff_list *answer, const struct mapping *mapping,
                 const struct relations *relations, const unsigned *model_ranks,
                 struct arena *arena);

/* The latest moments of a response's earlier parts, by model index: for a response that is too
 * large to be held whole. */
struct answer_moment {
    int64_t clock;
    int64_t time_ms;
};
struct answer_moments {
    struct answer_moment *creates;
    struct answer_moment *deletes;
};

void answer_moments_init(struct answer_moments *moments, const struct mapping *mapping,
                         struct arena *arena);

/* As answer_sort() for one part: its creates also come after all creates of parent models, and its
 * deletes after all deletes of child models, in the parts before it. So parts come by model: first
 * the deletes, children first, then the rest, parents first. Models that refer to themselves or to
 * each other in a circle are held to that within a part alone. */
void answer_sort_part(struct diff_list *part, const struct mapping *mapping,
                      const struct relations *relations, const unsigned *model_ranks,
                      struct answer_moments *moments, struct arena *arena);

#endif
