/* value_moment.h: dates and times as texts and as seconds since 1970, by the Gregorian calendar.
 * Pure:    no I/O, no locale, no time zone of the machine.
 * Units:   seconds and nanoseconds; an offset is part of what is read.
 * Fails:   a function that reads returns NULL, or what is wrong.
 * Holds:   years from 1 to 9999. */
#ifndef MOBYNC_VALUE_MOMENT_H
#define MOBYNC_VALUE_MOMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "text.h"

#define MOMENT_SECOND_NANOS 1000000000u
/* Of any text that is written here, with its NUL. */
#define MOMENT_BYTES 40

struct moment {
    int64_t seconds; /* since 1970 UTC, or of the clock on the wall; of a time of day: its amount */
    unsigned nanos;  /* of a second, never negative */
};

enum moment_zone { MOMENT_LOCAL, MOMENT_ZONED };

/* 2026-11-29T11:02:03.456, with Z or an offset where it is zoned. `between` is 'T' or ' '. */
const char *moment_read(struct text text, char between, enum moment_zone zone,
                        struct moment *moment_out);
/* 2026-11-29. */
const char *moment_read_date(struct text text, int64_t *days_out);
/* -838:59:59.999: of the same day or longer; the sign stands apart. */
const char *moment_read_time(struct text text, bool *negative_out, struct moment *amount_out);

/* Is it one of MySQL's dates that are none: 0000-00-00, 2026-00-15? */
bool moment_is_zero_date(struct text text);

/* Within the years that it holds? */
bool moment_has_year(const struct moment *moment);
/* 2026-11-29 11:02:03.456, without zeros at the end of the fraction. */
struct text moment_write(const struct moment *moment, char chars_out[MOMENT_BYTES]);
struct text moment_write_time(bool negative, const struct moment *amount,
                              char chars_out[MOMENT_BYTES]);

/* To so many digits behind the second, half of a digit up; true if that changed it. */
bool moment_round(struct moment *moment, unsigned digits);

#endif
