/* drain_store.h: where a drain puts its diffs: at one clock, which is taken once there is a diff.
 * Owns:    nothing.
 * Units:   clocks as docs/protocol.md 4.
 * Fails:   as synchronizer.h. */
#ifndef MOBYNC_DRAIN_STORE_H
#define MOBYNC_DRAIN_STORE_H

#include "synchronizer.h"

struct drain_store {
    struct synchronizer *s;
    struct text owner;
    int64_t head;  /* next_clock before it */
    int64_t clock; /* that the diffs have: the head, or where the database was set back, its base */
    bool taken;    /* the clock */
    uint64_t count; /* of what was stored */
};

struct drain_store drain_store_of(struct synchronizer *s, struct text owner, int64_t next_clock,
                                  int64_t epoch);

NODISCARD enum rc drain_store_take_clock(struct drain_store *store, struct fail *fail);
NODISCARD enum rc drain_store_append(struct drain_store *store, const struct diff *diffs,
                                     size_t count, struct arena *arena, struct fail *fail);

#endif
