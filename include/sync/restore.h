/* restore.h: brings an object back to values that it had, as a change of now, which all devices are
 * told.
 * Process: as sync.h.
 * Holds:   as sync.h; a dry run goes through all of it, and changes nothing.
 * Owns:    what is handed out lies in the arena.
 * Units:   as sync.h.
 * Fails:   as sync.h; RC_REJECTED where the table or the mapping does not take a value (any more),
 *          with the field. */
#ifndef MOBYNC_RESTORE_H
#define MOBYNC_RESTORE_H

#include "sync.h"

struct sync_restore {
    struct owner_model of;
    struct text id;
    /* What it had, by their JSON; fields that are not named stay as they are. Of a field that
     * devices may not set, nothing is restored. */
    const struct field_value *fields;
    size_t field_count;
    bool dry_run;
};

struct sync_restored {
    bool changes;       /* the row is not as it was already … */
    struct diff diff;   /* … and this makes it so: an update, or a create where it is gone */
    int64_t next_clock; /* the owner's, afterwards; of a dry run 0 */
};

NODISCARD enum rc sync_restore(struct synchronizer *s, const struct sync_restore *restore,
                               struct arena *arena, struct sync_restored *restored_out,
                               struct fail *fail);

#endif
