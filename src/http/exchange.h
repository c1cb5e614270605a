/* exchange.h: one request on its way through the http layer, for the layer's own files.
 * Rule:    a route writes the reply when it succeeds; when it fails it fills *fail, and the table's
 *          owner answers and logs.
 * Owns:    nothing; see http.h.
 * Fails:   as fail.h says. */
#ifndef MOBYNC_EXCHANGE_H
#define MOBYNC_EXCHANGE_H

#include "app.h"
#include "poke_publisher.h"
#include "poke_ticket.h"

/* The database is asked how it is at most once in so long, so that probes and scrapes do not
 * multiply into load. */
#define ASKED_AGAIN_US ((int64_t)1000 * 1000)

/* What it last said. */
struct health {
    int64_t checked_us; /* 0: never */
    enum rc rc;
    struct fail fail;
};

struct measured {
    int64_t measured_us; /* 0: never */
    enum rc outbox_rc;
    struct outbox_size outbox;
    enum rc history_rc;
    struct history_size history;
};

/* What is to be told once the response has left. */
struct poke {
    bool is_due;
    char owner[OWNER_MAX_BYTES];
    size_t owner_len;
    int64_t clock;
};

struct http_app {
    struct http_handler handler;
    struct http_app_settings settings;
    struct health health;
    struct measured measured;
    int64_t ahead_logged_us; /* when the log last had it that a device is ahead; 0: never */
    struct synchronizer_counts counted; /* of the synchronizer, after the exchange before */
    struct poke_publisher publisher;
    struct poke poke;
};

struct exchange {
    const struct http_request *request;
    struct text path;     /* the request's, without the number of a version */
    int64_t path_version; /* REQUEST_NO_NUMBER: there is none */
    struct arena *arena;
    struct http_reply *reply;
    struct http_facts *facts;
    struct text
        shard; /* set by a route that fails: that of the pool which is to have the request */
};

/* The clock of the exchange's owner has moved. */
void poke_note(struct http_app *app, const struct http_facts *facts);
void poke_send(struct http_app *app, struct http_facts *facts);

/* The handlers of routes.h: sync_route() and so on. */
#define EXCHANGE_HANDLER(name, path, methods, handler)                                             \
    enum rc handler(struct http_app *app, struct exchange *exchange, struct fail *fail);
ROUTES_EACH(EXCHANGE_HANDLER)

/* Fills in what the database says of its outbox and its history. */
void measure_database(struct http_app *app, struct stats *sum);

#endif
