/* settled.h: a moment of an owner's data of which nothing is untold: rows, diffs and clock agree.
 * Process: nothing may be open before; a snapshot or a transaction is while it is read.
 * Owns:    nothing.
 * Units:   clocks as docs/protocol.md 4.
 * Fails:   as synchronizer.h, or as what reads does.
 * Holds:   however busy other SQL is, the owner is read after a few tries. */
#ifndef MOBYNC_SETTLED_H
#define MOBYNC_SETTLED_H

#include "drain.h"

struct settled_query {
    const struct drain_job *job;
    bool undrained; /* what other SQL wrote is nobody's concern */
    drain_last *read;
    void *context;
};

NODISCARD enum rc settled_read(const struct settled_query *query, struct fail *fail);

#endif
