/* fastcgi.h: one FastCGI request made into an http_request, and its http_reply written back.
 * Owns:    the request's arena and the buffers of both bodies, reused from request to request and
 *          given back when one grew past 1 MiB.
 * Holds:   a request is handled only if its body is there whole, of exactly CONTENT_LENGTH bytes.
 *          A kept connection is closed if its request was not read to the end: what is left in it
 *          would be taken for the next request. */
#ifndef MOBYNC_FASTCGI_H
#define MOBYNC_FASTCGI_H

#include <fcgiapp.h>

#include "scoreboard.h"
#include "http.h"

struct fastcgi {
    const struct http_handler *handler;
    struct scoreboard_slot *slot;
    struct arena arena;
    struct buf head; /* of the reply */
    struct buf request_body;
    struct buf reply_body;
};

void fastcgi_init(struct fastcgi *fastcgi, const struct http_handler *handler,
                  struct scoreboard_slot *slot);
void fastcgi_release(struct fastcgi *fastcgi);

/* From an accepted request to its end; the stages go to the scoreboard, one line to the log. */
enum http_verdict fastcgi_run(struct fastcgi *fastcgi, FCGX_Request *fcgi);

#endif
