/* jwt.h: JSON Web Tokens signed with HS256, as a login service would make them.
 * Owns:    nothing. */
#ifndef MOBYNC_BENCH_JWT_H
#define MOBYNC_BENCH_JWT_H

#include "buf.h"

/* Appends the token of that owner, good for a day; the owner needs no escapes in JSON. */
void jwt_write(struct buf *buf, struct text key, const char *owner);

#endif
