/* bisect.h: which of an object's diffs makes the tables refuse its row.
 * Holds:   the smallest blame: the row is tried with fewer and fewer of the diffs, from the last
 *          one on, until it passes; what passes then stands, and the diff behind it is to blame.
 * Fails:   as synchronizer.h; bisect_refuse() RC_OK when the refusal is settled. */
#ifndef MOBYNC_BISECT_H
#define MOBYNC_BISECT_H

#include "rows.h"

enum rows_kind {
    ROWS_END, /* of an order */
    ROWS_REPLACED,
    ROWS_CREATES,
    ROWS_UPDATES,
    ROWS_DELETES,
    ROWS_BARE,   /* the creates, without what refers to each other in a circle */
    ROWS_TIES,   /* … and those references, as updates */
    ROWS_UNTIES, /* the same references of what is deleted, taken away */
    ROWS_FREES,  /* the updates, with NULL where a field may be */
    ROWS_SHIFTS, /* the updates, each once its values are free */
};

/* *fail says why the row was refused, and names the diff to blame where there is no choice. This
 * one ends the sync: RC_REJECTED, and *fail names the diff to blame. */
NODISCARD enum rc bisect_blame(const struct rows_job *job, const struct merge_row *row,
                               enum rows_kind kind, struct fail *fail);
/* This one refuses that diff alone. */
NODISCARD enum rc bisect_refuse(const struct rows_job *job, const struct merge_row *row,
                                enum rows_kind kind, struct fail *fail);

#endif
