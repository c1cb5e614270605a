/* told_objects.h: is the object one that a merge has answered already?
 * Pure:    no I/O.
 * Owns:    nothing; it lies in the arena, the objects stay the merge's.
 * Units:   none.
 * Fails:   never.
 * Holds:   every object of the merge is found. */
#ifndef MOBYNC_TOLD_OBJECTS_H
#define MOBYNC_TOLD_OBJECTS_H

#include "merge.h"

struct told_objects {
    const struct merge_object **items; /* sorted */
    size_t count;
};

/* merge: NULL: there are none. */
struct told_objects told_objects_of(const struct merge *merge, struct arena *arena);
/* NULL if it is not among them. */
const struct merge_object *told_objects_find(const struct told_objects *told,
                                             const struct model *model, struct text id);

#endif
