/* thin.h: an object's diffs, however many, held as the few that still matter (fold_thin).
 * Holds:   their net effect, and what a merge makes of them, is that of all that were added.
 * Owns:    its memory: two arenas in turn; thin_release() gives it back. */
#ifndef MOBYNC_THIN_H
#define MOBYNC_THIN_H

#include "fold.h"

struct thin {
    struct arena arenas[2];
    unsigned turn;
    struct diff_list diffs; /* in order */
};

void thin_init(struct thin *thin);
/* They have been read (diff_parse_stored), and may be gone after the call. RC_FATAL as there. */
NODISCARD enum rc thin_add(struct thin *thin, const struct diff *diffs, size_t count,
                           struct fail *fail);
void thin_release(struct thin *thin);

#endif
