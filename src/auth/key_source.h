/* key_source.h: which keys there are: those of the config, or those of an issuer, which are others
 * now and then.
 * Holds:   an issuer's keys are read once for each document; with other keys, no token is believed
 *          because it was before.
 * Owns:    the issuer's keys; a ring is good until the next key_source_follow() or ask().
 * Process: one for each worker. */
#ifndef MOBYNC_KEY_SOURCE_H
#define MOBYNC_KEY_SOURCE_H

#include "verifier.h"

struct key_source;

struct key_source *key_source_new(const struct auth_settings *settings);
void key_source_free(struct key_source *source);

/* Maybe without any key. */
const struct key_ring *key_source_ring(const struct key_source *source);
/* Before each token: reads what is new. True if the keys are others now. */
bool key_source_follow(struct key_source *source);
/* A token names a key that is not here: has the issuer asked. True if the keys are others now. */
bool key_source_ask(struct key_source *source);

#endif
