/* value_real.h: doubles as JSON writes them, whatever the locale.
 * Pure:    no I/O, no globals.
 * Units:   none.
 * Fails:   false where a number is too large for a double. */
#ifndef MOBYNC_VALUE_REAL_H
#define MOBYNC_VALUE_REAL_H

#include "buf.h"

#define VALUE_REAL_SINGLE_BYTES 32

/* A number token, behind which stands what ends it; end_out may be NULL. */
bool value_real_read(const char *raw, double *real_out, char **end_out);
/* The shortest text that reads back the same. */
void value_real_write(double real, struct buf *buf);

/* Singles, as a FLOAT column holds them. */
bool value_real_fits_single(double real);
/* The shortest digits that read back the same single. */
void value_real_digits_of_single(float single, char digits_out[VALUE_REAL_SINGLE_BYTES]);

#endif
