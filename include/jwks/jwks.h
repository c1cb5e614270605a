/* jwks.h: the keys of one algorithm that a JSON Web Key Set (RFC 7517) holds.
 * Pure:    no I/O; the same document gives the same ring.
 * Rule:    the algorithm is the config's. A key that is not for verifying with it, or that key.h
 *          would not take from a PEM, is skipped and reported. A document that holds a private key
 *          is refused as a whole; so is one with a secret, unless it is a file of this machine's.
 * Owns:    keys and ids live in the arena.
 * Units:   bytes of the document; at most JWKS_MAX_BYTES and JWKS_MAX_KEYS are taken.
 * Fails:   false with a fault, to be put behind the name of the file or URL; never for a single
 *          key, but for a document without any that can be used.
 * Holds:   every key of the ring is of the ring's algorithm, public unless it is a secret of a
 *          file. */
#ifndef MOBYNC_JWKS_H
#define MOBYNC_JWKS_H

#include "arena.h"
#include "key.h"

/* Issuers have two to ten keys, of 0.5 to 3 KiB each with their certificates. */
#define JWKS_MAX_BYTES ((size_t)256 * 1024)
#define JWKS_MAX_KEYS  ((size_t)64)
/* Of a key's id, which is any text. */
#define JWKS_ID_MAX_BYTES ((size_t)256)

/* "key 'ID': why it is skipped" */
typedef void jwks_report(void *context, const char *line);

struct jwks_rules {
    enum key_algorithm algorithm;
    bool secrets;      /* the file is nobody else's: HS256 may find its secret in it */
    jwks_report *skip; /* NULL: nobody wants to know */
    void *context;
};

NODISCARD bool jwks_read(const struct jwks_rules *rules, struct text json, struct arena *arena,
                         struct key_ring *ring_out, struct key_fault *fault_out);

#endif
