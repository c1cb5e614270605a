/* verifier.h: one link of the chain, and what the links share; for the auth layer's own files.
 * Rule:    a verifier that does not accept returns verifier_refuse() with a literal reason, so that
 *          no part of a token can reach the log.
 * Owns:    nothing; an accepted owner lies in the arena of the attempt, or in the request.
 * Units:   now_ms is milliseconds since 1970 UTC.
 * Fails:   RC_REJECTED: the next verifier is asked; anything else ends the chain. */
#ifndef MOBYNC_VERIFIER_H
#define MOBYNC_VERIFIER_H

#include "auth.h"
#include "token_cache.h"

struct key_source;

struct auth {
    struct auth_settings settings;
    struct key_source *keys; /* of JWTs */
    struct synchronizer *synchronizer;
    struct token_cache *cache;
};

struct auth_attempt {
    const struct auth_request *request;
    int64_t now_ms;
    struct arena *arena;
};

/* Whose request it is, and until when the token alone says so: 0 where it was not the token that
 * said it, INT64_MAX where it does not expire. */
struct auth_accepted {
    struct text owner;
    int64_t until_ms;
};

struct verifier {
    const char *name;
    bool (*enabled)(const struct auth_settings *settings);
    enum rc (*try)(struct auth *auth, const struct auth_attempt *attempt,
                   struct auth_accepted *accepted_out, struct fail *fail);
};

extern const struct verifier JWT_VERIFIER;
extern const struct verifier TOKEN_VERIFIER;
extern const struct verifier PARAM_VERIFIER;

/* RC_REJECTED with the one message of all refusals; the reason is for the log. */
enum rc verifier_refuse(struct fail *fail, const char *reason);

#endif
