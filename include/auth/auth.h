/* auth.h: whose request is this? An ordered chain of verifiers; the first that accepts decides.
 * Process: one request at a time; it asks the synchronizer for opaque tokens and, where keys come
 *          from an issuer, waits for a key that it does not know.
 * Rule:    no token, unknown, expired, revoked, badly signed: one message for all of them, so that
 *          nobody learns which (docs/protocol.md 3). The reason goes to the log through
 *          fail->detail.
 * Units:   _ms milliseconds; now_ms since 1970 UTC.
 * Holds:   a token that was accepted is believed for cache_ms more: that long a revocation takes.
 * Owns:    auth_new() allocates; the settings' texts and keys must outlive it.
 * Fails:   RC_REJECTED INVALID_SYNC_TOKEN; RC_RETRY when the database is away. */
#ifndef MOBYNC_AUTH_H
#define MOBYNC_AUTH_H

#include "arena.h"
#include "fail.h"
#include "jwks_store.h"
#include "key.h"
#include "synchronizer.h"

struct auth_settings {
    struct {
        bool enabled;
        enum key_algorithm algorithm;
        const struct key_ring *keys;    /* at least one; NULL: they are the issuer's */
        struct jwks_store *issuer_keys; /* maybe none yet */
        int64_t wait_ms;                /* at most, for an issuer who is asked for an unknown key */
        struct text owner_claim;
        struct text issuer;
        struct text audience;
        bool require_exp;
    } jwt;
    bool tokens;        /* ask the synchronizer's token table */
    bool trusted_param; /* believe auth_request.trusted_owner */
    int64_t cache_ms;   /* for how long a good token is not checked again; 0: always check */
};

struct auth_request {
    struct text token;         /* of the header, else of the body; empty: none */
    struct text trusted_owner; /* set by nginx alone; empty: none */
};

struct auth;

/* s may be NULL where tokens are not used. */
struct auth *auth_new(const struct auth_settings *settings, struct synchronizer *s);
void auth_free(struct auth *auth);

NODISCARD enum rc auth_owner(struct auth *auth, const struct auth_request *request, int64_t now_ms,
                             struct arena *arena, struct text *owner_out, struct fail *fail);

/* 1 to OWNER_MAX_BYTES of UTF-8 without U+0000: whatever vouches for it. */
bool auth_owner_valid(struct text owner);

/* The token of an Authorization header; empty if the scheme is not Bearer. */
struct text auth_bearer(struct text authorization);

/* A new opaque token, 43 characters of base64url (256 bits), NUL-terminated, and its hash. */
#define AUTH_TOKEN_LEN ((size_t)43)
void auth_token_make(char token_out[AUTH_TOKEN_LEN + 1], unsigned char *hash_out);

#endif
