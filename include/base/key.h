/* key.h: keys that signatures are verified with: a secret (HS256) or a public key in PEM.
 * Rule:    a key belongs to one algorithm, the config's; what is signed has no say in how it is
 *          verified, so that no public key can be taken for a secret. Here keys are judged; who
 *          verifies takes their material.
 * Owns:    key_new() allocates, key_free() wipes and frees; a ring points to keys that live
 *          elsewhere.
 * Process: read once, before the workers are forked; const afterwards.
 * Units:   bytes.
 * Fails:   key_new() gives NULL and a fault.
 * Holds:   const once made: a key fits its algorithm in kind and size. */
#ifndef MOBYNC_KEY_H
#define MOBYNC_KEY_H

#include "attributes.h"
#include "text.h"

/* By their names of RFC 7518 and 8037. */
enum key_algorithm {
    KEY_HS256,
    KEY_RS256,
    KEY_ES256,
    KEY_EDDSA,     /* with Ed25519 alone */
    KEY_ALGORITHMS /* their number */
};

/* "HS256"; of exactly this case. */
const char *key_algorithm_name(enum key_algorithm algorithm);
/* False if that is no algorithm's name. */
NODISCARD bool key_algorithm_parse(struct text name, enum key_algorithm *algorithm_out);
bool key_algorithm_is_secret(enum key_algorithm algorithm);

struct key;

/* "what is wrong: what to do", to be put behind the name of a file or setting. */
struct key_fault {
    char text[200];
};

/* The secret's bytes, or the PEM of one public key. */
NODISCARD struct key *key_new(enum key_algorithm algorithm, struct text material,
                              struct key_fault *fault_out);
/* NULL is nothing to free; a void pointer for arena_on_clear(). */
void key_free(void *key);

/* What it was made of: a secret's bytes, or a PEM. */
struct text key_material(const struct key *key);
/* OpenSSL's form of a public key (EVP_PKEY), the key's own; NULL of a secret. */
struct evp_pkey_st *key_public(const struct key *key);

/* 1 to 64 letters, digits, '-' and '_': nothing that means something in a path. */
#define KEY_ID_MAX_BYTES ((size_t)64)
bool key_id_valid(struct text id);

struct key_ring_entry {
    struct text id; /* empty: the ring's only key, which has no name */
    const struct key *key;
};

/* All of one algorithm. */
struct key_ring {
    enum key_algorithm algorithm;
    struct key_ring_entry *entries;
    size_t count;
};

#endif
