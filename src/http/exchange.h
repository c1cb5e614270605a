/* exchange.h: one request on its way through the http layer, for the layer's own files.
 * Rule:    a route writes the reply when it succeeds; when it fails it fills *fail, and the table's
 *          owner answers and logs.
 * Owns:    nothing; see http.h.
 * Fails:   as fail.h says. */
#ifndef MOBYNC_EXCHANGE_H
#define MOBYNC_EXCHANGE_H

#include "app.h"

/* What the database last said, so that probes do not multiply into load. */
struct health {
    int64_t checked_us; /* 0: never */
    enum rc rc;
    struct fail fail;
};

struct http_app {
    struct http_handler handler;
    struct http_app_settings settings;
    struct health health;
    int64_t ahead_logged_us; /* when the log last had it that a device is ahead; 0: never */
    struct synchronizer_counts counted; /* of the synchronizer, after the exchange before */
};

struct exchange {
    const struct http_request *request;
    struct arena *arena;
    struct http_reply *reply;
    struct http_facts *facts;
};

/* The handlers of routes.h: sync_route() and so on. */
#define EXCHANGE_HANDLER(name, path, methods, handler)                                             \
    enum rc handler(struct http_app *app, struct exchange *exchange, struct fail *fail);
ROUTES_EACH(EXCHANGE_HANDLER)

#endif
