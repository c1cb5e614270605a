/* compact.h: an object's diffs, however many, held as the few that still matter (compact_diffs).
 * Pure:    no I/O, no clock.
 * Units:   counts of diffs.
 * Fails:   compact_add() alone, as diff_parse_stored().
 * Holds:   their net effect, and what a merge makes of them, is that of all that were added.
 * Owns:    its memory: two arenas in turn; compact_release() gives it back. */
#ifndef MOBYNC_COMPACT_H
#define MOBYNC_COMPACT_H

#include "fold.h"

struct compact {
    struct arena arenas[2];
    unsigned turn;
    struct diff_list diffs; /* in order */
};

/* Keeps of an object's diffs only those without which their net effect would be another: the first,
 * which tells whether the object was there, the last delete, and what set a field last. Returns how
 * many are left, at most 4 and one a field; the fields' order may be another then. */
size_t compact_diffs(struct diff *diffs, size_t count, struct arena *arena);

void compact_init(struct compact *compact);
/* They have been read (diff_parse_stored), and may be gone after the call. RC_FATAL as there. */
NODISCARD enum rc compact_add(struct compact *compact, const struct diff *diffs, size_t count,
                              struct fail *fail);
void compact_release(struct compact *compact);

#endif
