/* answer.h: the diffs for the client in the order in which it executes them (PROTOCOL 7.9).
 * Pure:    no I/O, no clock.
 * Owns:    nothing; the list is sorted in place, its clocks and timestamps may be raised.
 * Holds:   sorted by (logical_clock, utc_timestamp), as the stock client does, unstably; so what
 *          must come later has a strictly later pair: a child's create after its parent's, a delete
 *          in a parent model after those in its child models, a REPLACE's create after its delete.
 */
#ifndef MOBYNC_ANSWER_H
#define MOBYNC_ANSWER_H

#include "arena.h"
#include "diff.h"

/* model_ranks: by model index, parents lower than children; NULL where there are no relations. */
void answer_order(struct diff_list *answer, const struct mapping *mapping,
                  const struct relations *relations, const unsigned *model_ranks,
                  struct arena *arena);

#endif
