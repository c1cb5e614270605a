/* key_parts.h: public keys, for key.c alone.
 * Fails:   false with *fault set. */
#ifndef MOBYNC_KEY_PARTS_H
#define MOBYNC_KEY_PARTS_H

#include "key.h"

NODISCARD bool key_public_check(enum key_algorithm algorithm, struct text pem,
                                struct key_fault *fault);

#endif
