/* http.h: one HTTP exchange as the routes see it: a request that is read whole, a reply that is
 * written whole. serve turns FastCGI into this and back; tests build it by hand.
 * Pure:    types alone, and what they mean.
 * Owns:    texts of the request lie in serve's memory until the exchange is over; the reply's body
 *          is a buffer of serve's, reused from request to request.
 * Units:   bytes; retry_after_s seconds, database_us microseconds, time_ms milliseconds since 1970.
 * Fails:   a handler never does: every failure is a reply, and HTTP_LEAVE where the worker must
 *          end.
 * Holds:   a request reaches its handler whole, its body decompressed. */
#ifndef MOBYNC_HTTP_H
#define MOBYNC_HTTP_H

#include "arena.h"
#include "buf.h"
#include "cors.h"
#include "stats.h"

struct http_request {
    struct text method;        /* REQUEST_METHOD */
    struct text path;          /* DOCUMENT_URI or SCRIPT_NAME or REQUEST_URI without the query */
    struct text content_type;  /* CONTENT_TYPE */
    struct text authorization; /* HTTP_AUTHORIZATION */
    struct text origin;        /* HTTP_ORIGIN */
    struct text preflight;     /* HTTP_ACCESS_CONTROL_REQUEST_METHOD */
    struct text trusted_owner; /* the param named by auth.trusted_param, if there is one */
    struct text request_id;    /* REQUEST_ID, else one made here */
    struct text asked_for;     /* REQUEST_URI: in a subrequest of nginx, that of the client */
    struct text query;         /* QUERY_STRING */
    struct text device;        /* HTTP_X_MOBYNC_DEVICE */
    bool routed;               /* MOBYNC_ROUTED: by another pool, which knows the owner's shard */
    int64_t time_ms;           /* REQUEST_TIME: when nginx had it whole; 0: not told */
    struct text body;          /* unpacked */
};

struct http_reply;

/* A reply that is too large for its buffer goes out while it is written. */
struct http_stream {
    /* Sends what the body holds, behind the head the first time, and empties it. False if the peer
     * is gone: then all that follows is lost. */
    bool (*flush)(struct http_stream *stream, const struct http_reply *reply);
    bool begun;
    bool broken; /* set by the handler: what was sent must not look like a whole reply */
};

struct http_reply {
    int status;
    unsigned retry_after_s;      /* 0: no Retry-After header */
    const char *content_type;    /* a literal */
    const char *allow;           /* for 405, else NULL */
    const char *accept_encoding; /* for 415 because of a content coding, else NULL */
    struct text channel;         /* X-Mobync-Channel; empty: none */
    struct text elsewhere;       /* X-Accel-Redirect; empty: the reply is for the client */
    struct cors cors;
    struct buf *body;
    struct http_stream *stream; /* NULL: the body is sent whole */
    size_t diffs_written;       /* reply.c's: one that is not the first needs a comma */
};

/* What a handler found out beside the reply. */
enum http_verdict {
    HTTP_GO_ON, /* the worker takes the next request */
    HTTP_LEAVE, /* answer this one, then the worker should end (RC_FATAL) */
};

/* Facts of one exchange for the log, and what it adds to the stats. */
struct http_facts {
    const char *route; /* its path, "" if there is none; NULL: it was not looked for */
    enum stats_route counted_as;
    const char *code; /* wire error code, "" on success */
    struct text owner;
    int64_t clock_in;
    int64_t clock_out;
    int64_t version; /* of the app that synced; 0: the config has none */
    size_t diffs_in;
    size_t diffs_out;
    size_t rejected;     /* diffs refused alone */
    int64_t database_us; /* of the transaction, with merge and retries; 0: there was none */
    struct stats counts; /* all but what stats_add_request() adds */
};

/* Through this serve calls the protocol; `app` is the handler's own. */
struct http_handler {
    void *app;
    /* The limit on a body, packed or not: serve answers a longer one with TOO_LARGE without reading
     * on. */
    size_t max_body_bytes;                                   /* of any path … */
    size_t (*body_limit)(const void *app, struct text path); /* … of this one; NULL: the same */
    const char *trusted_param; /* name of the FastCGI param, or NULL */
    enum http_verdict (*handle)(void *app, const struct http_request *request, struct arena *arena,
                                struct http_reply *reply, struct http_facts *facts);
    /* What has time until the response has left; never waits. NULL: nothing. */
    void (*afterwards)(void *app, struct http_facts *facts);
    /* Writes the error that serve noticed itself, before there was a whole request to handle: a
     * length that is missing or garbage, an unknown content coding, too long a body, a body
     * that ended early or is not what its coding says. */
    void (*refuse)(void *app, const struct http_request *request, const struct fail *fail,
                   struct http_reply *reply);
};

#endif
