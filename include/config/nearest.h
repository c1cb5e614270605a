/* nearest.h: which known word did somebody mean?
 * Pure:    no allocation, no I/O. */
#ifndef MOBYNC_NEAREST_H
#define MOBYNC_NEAREST_H

#include "text.h"

/* How many letters must be added, dropped or replaced to make one of the other; SIZE_MAX when they
 * are too far apart for a misspelling. */
size_t nearest_distance(struct text a, struct text b);

#endif
