/* jwk.h: one key of a set: is it for us, and what is it as a key of key.h?
 * Pure:    no I/O; leaves no error of OpenSSL's behind.
 * Owns:    a key is the caller's (key_free()); the id points into the members.
 * Fails:   in the verdict, with a fault that says why. */
#ifndef MOBYNC_JWK_H
#define MOBYNC_JWK_H

#include "json_dom.h"
#include "jwks.h"

enum jwk_verdict {
    JWK_TAKEN,
    JWK_SKIPPED, /* another purpose, another algorithm, or unusable */
    JWK_LEAKED,  /* what only the signer may have: no key of the document is to be trusted */
};

/* Its kid, or an empty text if there is none, or none that can be compared. */
struct text jwk_id(const struct json_entries *members);

enum jwk_verdict jwk_read(const struct jwks_rules *rules, const struct json_entries *members,
                          struct arena *arena, struct key **key_out, struct key_fault *fault_out);

#endif
