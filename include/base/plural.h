/* plural.h: nouns behind numbers, in what people read.
 * Pure:    no allocation, no I/O.
 * Owns:    nothing; the texts are constants.
 * Units:   whatever is counted.
 * Fails:   never.
 * Holds:   for nouns whose plural ends in s. */
#ifndef MOBYNC_PLURAL_H
#define MOBYNC_PLURAL_H

#include <stdint.h>

/* What the noun behind that number ends with: nothing behind 1. */
static inline const char *plural(uint64_t count)
{
    return count == 1 ? "" : "s";
}

#endif
