/* edit_distance.h: which known word did somebody mean?
 * Pure:    no allocation, no I/O. */
#ifndef MOBYNC_EDIT_DISTANCE_H
#define MOBYNC_EDIT_DISTANCE_H

#include "text.h"

/* How many letters must be added, dropped or replaced to make one of the other; SIZE_MAX when they
 * are too far apart for a misspelling. */
size_t edit_distance(struct text a, struct text b);

#endif
