/* signature.h: the signatures that libjwt 1.10 cannot verify: EdDSA, and those of tokens whose typ
 * it does not take.
 * Pure:    no I/O; leaves no error of OpenSSL's behind.
 * Rule:    the algorithm is the caller's, and the key is one of it (key.h); nothing here reads a
 *          token.
 * Form:    as RFC 7518, 3 and RFC 8037, 3.1: of ES256 r and s side by side, 32 bytes each.
 * Fails:   false for every signature but the right one, of whatever length. */
#ifndef MOBYNC_SIGNATURE_H
#define MOBYNC_SIGNATURE_H

#include "key.h"

/* Of public keys alone: RS256, ES256, EdDSA. */
NODISCARD bool signature_holds(enum key_algorithm algorithm, const struct key *key,
                               struct text message, struct text signature);

#endif
