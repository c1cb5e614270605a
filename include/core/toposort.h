/* toposort.h: parents before children among objects that are created together (docs/merging.md 9).
 * Pure:    no I/O; O(objects + references).
 * Owns:    nothing; results lie in the arena.
 * Units:   positions of items, from 0.
 * Fails:   never.
 * Holds:   the given order stays where no reference speaks against it; in a cycle of references,
 *          which no order can satisfy, one of them is ignored. */
#ifndef MOBYNC_TOPOSORT_H
#define MOBYNC_TOPOSORT_H

#include "arena.h"
#include "diff.h"

struct toposort_item {
    const struct model *model;
    struct text id;
    const struct field_value *fields;
    size_t field_count;
};

struct toposort {
    size_t *sequence;      /* positions of the items, parents first */
    size_t *parents;       /* by item: its parents' positions, back to back … */
    size_t *parents_start; /* … from here; count + 1 entries */
};

struct toposort toposort_parents_first(const struct toposort_item *items, size_t count,
                                       const struct relations *relations, struct arena *arena);

#endif
