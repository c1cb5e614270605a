/* A table of a fixed number of tokens that were accepted, by their hash. */
#include "token_cache.h"

#include <assert.h>
#include <openssl/crypto.h>
#include <openssl/sha.h>
#include <stdlib.h>

#include "diff.h"

/* 1024 slots in 200 KiB, of which only what is used becomes memory. */
#define SETS     256u /* one byte of the hash */
#define SET_SIZE 4u

struct slot {
    struct token_cache_key key;
    int64_t since_ms;
    int64_t until_ms; /* 0: free */
    size_t owner_len;
    char owner[OWNER_MAX_BYTES];
};

struct token_cache {
    int64_t ttl_ms;
    struct slot *slots; /* SETS of SET_SIZE; NULL where ttl_ms is 0 */
};

struct token_cache *token_cache_new(int64_t ttl_ms)
{
    struct token_cache *cache = alloc_or_die(sizeof(*cache));

    *cache = (struct token_cache){.ttl_ms = ttl_ms};
    if (ttl_ms > 0) {
        cache->slots = calloc((size_t)SETS * SET_SIZE, sizeof(*cache->slots));
        if (cache->slots == NULL)
            cache->ttl_ms = 0; /* slower, and right all the same */
    }
    return cache;
}

void token_cache_free(struct token_cache *cache)
{
    if (cache == NULL)
        return;
    free(cache->slots);
    free(cache);
}

void token_cache_clear(struct token_cache *cache)
{
    if (cache->slots != NULL)
        memset(cache->slots, 0, (size_t)SETS * SET_SIZE * sizeof(*cache->slots));
}

bool token_cache_key_of(const struct token_cache *cache, struct text token,
                        struct token_cache_key *key_out)
{
    if (cache->ttl_ms == 0 || token.len == 0 || token.len > TOKEN_MAX_BYTES)
        return false;
    SHA256((const unsigned char *)token.ptr, token.len, key_out->sha256);
    return true;
}

static struct slot *set_of(const struct token_cache *cache, const struct token_cache_key *key)
{
    return &cache->slots[(size_t)key->sha256[0] * SET_SIZE];
}

/* In constant time: how far a guess agrees is not to be had by the clock. */
static bool is_of(const struct slot *slot, const struct token_cache_key *key)
{
    return CRYPTO_memcmp(slot->key.sha256, key->sha256, TOKEN_CACHE_KEY_BYTES) == 0;
}

bool token_cache_find(const struct token_cache *cache, const struct token_cache_key *key,
                      int64_t now_ms, struct arena *arena, struct text *owner_out)
{
    const struct slot *set = set_of(cache, key);

    for (size_t i = 0; i < SET_SIZE; i++) {
        const struct slot *slot = &set[i];

        if (slot->since_ms > now_ms || slot->until_ms <= now_ms || !is_of(slot, key))
            continue;
        *owner_out = arena_text(arena, (struct text){slot->owner, slot->owner_len});
        return true;
    }
    return false;
}

/* The token's own slot, else the one that ends first; a free one ended long ago. */
static struct slot *slot_for(struct slot *set, const struct token_cache_key *key)
{
    struct slot *first = set;

    for (size_t i = 0; i < SET_SIZE; i++) {
        if (set[i].until_ms != 0 && is_of(&set[i], key))
            return &set[i];
        if (set[i].until_ms < first->until_ms)
            first = &set[i];
    }
    return first;
}

void token_cache_put(struct token_cache *cache, const struct token_cache_key *key,
                     struct text owner, int64_t now_ms, int64_t until_ms)
{
    struct slot *slot = slot_for(set_of(cache, key), key);
    int64_t latest_ms = now_ms + cache->ttl_ms;

    assert(owner.len > 0 && owner.len <= OWNER_MAX_BYTES);
    *slot = (struct slot){
        .key = *key,
        .since_ms = now_ms,
        .until_ms = until_ms < latest_ms ? until_ms : latest_ms,
        .owner_len = owner.len,
    };
    memcpy(slot->owner, owner.ptr, owner.len);
}
