/* app.h: the protocol behind the handler of http.h: routes, auth, syncs and responses.
 * Owns:    http_app_new() allocates and copies the settings; what they point to must outlive it.
 * Process: made in the worker; one request at a time.
 * Units:   clock_skew_ms milliseconds, max_body_bytes bytes.
 * Fails:   never: every failure becomes a response (docs/protocol.md 3) and one line of the log.
 * Holds:   one reply for each request; a sync takes effect as a whole or not at all. */
#ifndef MOBYNC_APP_H
#define MOBYNC_APP_H

#include "auth.h"
#include "http.h"
#include "metrics.h"
#include "model.h"
#include "poke_publisher.h"
#include "shard.h"
#include "synchronizer.h"

/* Where a worker asks whether it may go on with one more request of an owner, who counts until the
 * exchange is over. */
struct owner_gate {
    void *context;
    bool (*enter)(void *context, struct text owner); /* NULL: nobody is held up */
};

struct http_app_settings {
    const struct mapping *mapping;
    struct auth *auth;
    struct synchronizer *synchronizer;
    size_t max_body_bytes;
    size_t max_diffs;
    size_t max_watermelon_body_bytes;
    size_t max_watermelon_changes;
    int64_t clock_skew_ms;
    struct history_terms history;
    bool stamp_owner;          /* owner_check: stamp */
    bool quarantine;           /* rejected_diffs: quarantine */
    const char *trusted_param; /* NULL: none */
    struct cors_policy cors;
    struct metrics_source metrics;
    struct owner_gate gate;
    struct poke_settings poke;
    struct shard_list shards;
};

/* What a worker holds of a history at once; more of it is streamed. */
extern const struct history_limit http_held_history;

struct http_handler *http_app_new(const struct http_app_settings *settings);
void http_app_free(struct http_handler *handler);

#endif
