/* reconcile.h: compares an owner's table with what devices were told, and tells what differs
 * (docs/merging.md 12.3).
 * Process: in a drain's transaction; reads of its snapshot.
 * Memory:  one part of the history or of the table.
 * Owns:    nothing.
 * Units:   times in milliseconds since 1970 UTC.
 * Fails:   as synchronizer.h. */
#ifndef MOBYNC_RECONCILE_H
#define MOBYNC_RECONCILE_H

#include "drain_store.h"
#include "noticed_rows.h"

struct reconcile_job {
    struct drain_store *store;
    const struct model *model;
    bool adopted;                /* devices may have rows that no diff tells of */
    int64_t time_ms;             /* of what changed; 0 where nobody knows */
    struct noticed_list noticed; /* what entries say of live rows that devices may have */
};

NODISCARD enum rc reconcile_model(const struct reconcile_job *job, struct fail *fail);

/* Has the owner any row? */
NODISCARD enum rc reconcile_finds_rows(struct synchronizer *s, struct text owner, bool *found_out,
                                       struct fail *fail);

#endif
