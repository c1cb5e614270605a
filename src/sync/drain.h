/* drain.h: makes diffs of what other SQL did to an owner's rows (docs/merging.md 12).
 * Process: transactions of its own: nothing may be open.
 * Memory:  bounded, whatever the outbox and the tables hold.
 * Owns:    nothing.
 * Units:   clocks as docs/protocol.md 4.
 * Fails:   as synchronizer.h, but never RC_UNCERTAIN: made again, its diffs are the same. */
#ifndef MOBYNC_DRAIN_H
#define MOBYNC_DRAIN_H

#include "stats.h"
#include "synchronizer.h"

/* Reads what is told then, up to that clock. */
typedef enum rc drain_last(void *context, int64_t next_clock, struct fail *fail);

struct drain_job {
    struct synchronizer *s;
    struct text owner;
    int64_t epoch;       /* of the database's lineage */
    struct stats *stats; /* NULL: nobody asks */
    drain_last *last;    /* in the last transaction, before its commit; NULL: nothing */
    void *context;
};

/* What was committed before it began is told afterwards. */
NODISCARD enum rc drain_owner(const struct drain_job *job, struct fail *fail);

#endif
