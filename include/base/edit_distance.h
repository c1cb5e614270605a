/* edit_distance.h: which known word did somebody mean?
 * Pure:    no allocation, no I/O.
 * Owns:    nothing; names are the caller's.
 * Units:   bytes that are added, dropped or replaced.
 * Fails:   never: no name is near, or the words are too far apart.
 * Holds:   of two names at one distance, the one that was tried first stays. */
#ifndef MOBYNC_EDIT_DISTANCE_H
#define MOBYNC_EDIT_DISTANCE_H

#include "text.h"

/* How many letters must be added, dropped or replaced to make one of the other; SIZE_MAX when they
 * are too far apart for a misspelling. */
size_t edit_distance(struct text a, struct text b);

/* The name that comes closest to a word. */
struct edit_nearest {
    struct text word;
    const char *name; /* NULL: none that was tried is near */
    size_t distance;
};

struct edit_nearest edit_nearest_to(struct text word);
void edit_nearest_try(struct edit_nearest *nearest, const char *name);

#endif
