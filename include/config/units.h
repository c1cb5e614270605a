/* units.h: counts, durations and sizes as people write them.
 * Pure:    no allocation, no locale.
 * Owns:    nothing.
 * Units:   durations become milliseconds, sizes bytes.
 * Fails:   false for another form, an unknown unit, a sign, a fraction, or more than INT64_MAX;
 *          *value_out is then untouched.
 * Holds:   a text has one value or none; a form with a fraction is none. */
#ifndef MOBYNC_UNITS_H
#define MOBYNC_UNITS_H

#include "attributes.h"
#include "text.h"

enum units {
    UNITS_COUNT,    /* 512 */
    UNITS_DURATION, /* 500ms 30s 5m 2h 30d; the unit is never left out */
    UNITS_SIZE,     /* 512 64KiB 8MiB 1GiB */
};

NODISCARD bool units_parse(enum units kind, struct text text, int64_t *value_out);

/* The accepted forms, to end a sentence that begins with "give". */
const char *units_forms(enum units kind);

#endif
