/* token_cache.h: tokens that were accepted a moment ago, and whose.
 * Holds:   fixed memory, whatever comes in: the oldest makes room. Never a token, only its SHA-256
 *          and its owner; never a refusal, so that nobody without a good token writes here.
 * Owns:    its table; what is found lies in the arena.
 * Units:   milliseconds since 1970 UTC. A clock that was set back finds nothing that is newer.
 * Process: one for each worker and configuration: a reload begins with an empty one. */
#ifndef MOBYNC_TOKEN_CACHE_H
#define MOBYNC_TOKEN_CACHE_H

#include "arena.h"

struct token_cache;

/* For how long a token is believed without another look at it; 0: for no time. */
struct token_cache *token_cache_new(int64_t ttl_ms);
void token_cache_free(struct token_cache *cache);
void token_cache_clear(struct token_cache *cache);

/* Beyond it a token is not looked for, and none is accepted. */
#define TOKEN_MAX_BYTES ((size_t)8 * 1024)

#define TOKEN_CACHE_KEY_BYTES ((size_t)32)
struct token_cache_key {
    unsigned char sha256[TOKEN_CACHE_KEY_BYTES];
};

/* False if no such token can be held: it is empty, too long, or nothing is. */
bool token_cache_key_of(const struct token_cache *cache, struct text token,
                        struct token_cache_key *key_out);

bool token_cache_find(const struct token_cache *cache, const struct token_cache_key *key,
                      int64_t now_ms, struct arena *arena, struct text *owner_out);
/* Until until_ms at most; the owner is a valid one (auth.h). */
void token_cache_put(struct token_cache *cache, const struct token_cache_key *key,
                     struct text owner, int64_t now_ms, int64_t until_ms);

#endif
