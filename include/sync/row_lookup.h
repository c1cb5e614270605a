/* row_lookup.h: looks up what a merge asks about its objects: their rows, locked, and whether those
 *          that are gone ever existed.
 * Process: reads of the transaction that runs on the synchronizer.
 * Owns:    the values lie in the arena.
 * Units:   none.
 * Fails:   as synchronizer.h.
 * Holds:   a row that was found stays as it is until the transaction ends. */
#ifndef MOBYNC_ROW_LOOKUP_H
#define MOBYNC_ROW_LOOKUP_H

#include "merge.h"
#include "synchronizer.h"

/* Does any object ask? */
bool row_lookup_wanted(const struct merge *merge);

NODISCARD enum rc row_lookup_read(struct synchronizer *s, struct merge *merge, struct arena *arena,
                                  struct fail *fail);

#endif
