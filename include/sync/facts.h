/* facts.h: looks up what a merge asks about its objects: their rows, locked, and whether those that
 * are gone ever existed.
 * Owns:    the values lie in the arena.
 * Fails:   as synchronizer.h. */
#ifndef MOBYNC_FACTS_H
#define MOBYNC_FACTS_H

#include "merge.h"
#include "synchronizer.h"

/* Does any object ask? */
bool facts_wanted(const struct merge *merge);

NODISCARD enum rc facts_read(struct synchronizer *s, struct merge *merge, struct arena *arena,
                             struct fail *fail);

#endif
