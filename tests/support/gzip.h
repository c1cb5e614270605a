/* gzip.h: what a client does that sends Content-Encoding: gzip.
 * Owns:    gzip_pack() allocates; gzip_free() gives it back. */
#ifndef MOBYNC_GZIP_H
#define MOBYNC_GZIP_H

#include "text.h"

/* One member. */
struct text gzip_pack(struct text plain);
void gzip_free(struct text packed);

#endif
