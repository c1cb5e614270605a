/* cors.h: what a browser needs to be told before a page of another origin may read a response
 * (docs/protocol.md 3.7). Cookies are never allowed: a request has its token in a header.
 * Pure:    yes.
 * Owns:    nothing; origins are the config's, and outlive every response.
 * Units:   none.
 * Fails:   never: an origin that may not sync gets no headers.
 * Holds:   an origin that is written was configured: no byte of a request gets into a header. */
#ifndef MOBYNC_CORS_H
#define MOBYNC_CORS_H

#include "buf.h"

/* "*" alone allows all; no origins: browsers are told nothing. */
struct cors_policy {
    const struct text *origins;
    size_t count;
};

/* Of one response. */
struct cors {
    struct text allow_origin; /* empty: not this one */
    bool vary;                /* another origin would be told something else */
    const char *methods;      /* of a preflight's response, else NULL */
};

struct cors cors_decide(const struct cors_policy *policy, struct text origin);
/* Header lines. */
void cors_write(const struct cors *cors, struct buf *head);

#endif
