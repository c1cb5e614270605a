/* shifts.h: updates under a unique key, each once the value that it takes is free (docs/merging.md
 * 9.1). Row by row alone.
 * Holds:   at most a few statements a row, whatever the order in which they come.
 * Fails:   as synchronizer.h; what is refused to the end is not a failure but left over. */
#ifndef MOBYNC_SHIFTS_H
#define MOBYNC_SHIFTS_H

#include "rows.h"

/* Updates the rows that the table takes in some order, and moves the others to the front of the
 * array, in their order: for the caller to try as usual, and to blame. */
NODISCARD enum rc shifts_apply(const struct rows_job *job, const struct merge_row **rows,
                               size_t count, size_t *left_out, struct fail *fail);

#endif
