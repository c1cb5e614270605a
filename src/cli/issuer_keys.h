/* issuer_keys.h: the key sets of auth.jwt.jwks_url, of all configs that serve has in use: where
 * they are kept, and how one is fetched.
 * Process: the master takes and gives back, begins and ends; a process of its own opens and
 *          fetches; workers read what issuer_keys_of() gives.
 * Holds:   configs of one URL share one set, so that a reload begins with the keys that are known.
 * Owns:    the sets, as long as a config has them.
 * Fails:   with the reason logged. */
#ifndef MOBYNC_ISSUER_KEYS_H
#define MOBYNC_ISSUER_KEYS_H

#include "config.h"
#include "fail.h"
#include "jwks_store.h"

struct issuer;

struct issuer_keys {
    struct issuer *first;
    enum rc set_up; /* only in a process that fetches, as the next two */
    struct fail set_up_fail;
    int cache_fd;
};

/* Nothing to do for a config without a URL. Begins with what the cache has. */
NODISCARD bool issuer_keys_take(struct issuer_keys *keys, const struct config *config);
void issuer_keys_give_back(struct issuer_keys *keys, const struct config *config);

/* NULL: this config has no URL. */
struct jwks_store *issuer_keys_of(const struct issuer_keys *keys, const struct config *config);

/* False, with *fail set, if what is known of the issuer holds no key for this config: its algorithm
 * is another one. */
NODISCARD bool issuer_keys_fit(const struct issuer_keys *keys, const struct config *config,
                               struct fail *fail);

/* As serve_fetch_hooks wants it. */
int64_t issuer_keys_due_us(const struct issuer_keys *keys, const struct config *config);
bool issuer_keys_is_first(const struct issuer_keys *keys, const struct config *config);
void issuer_keys_begin(struct issuer_keys *keys, const struct config *config);
void issuer_keys_end(struct issuer_keys *keys, const struct config *config, bool successful);
void issuer_keys_open(struct issuer_keys *keys, const struct config *config);
bool issuer_keys_fetch(struct issuer_keys *keys, const struct config *config);

/* For `mobync check`: false, and a fault to be put behind the name of the key, if the set cannot be
 * fetched, or holds no key for this config. */
NODISCARD bool issuer_keys_check(const struct config *config, struct fail *fail);

#endif
