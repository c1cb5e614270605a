/* lineage.h: which history of the database this is, and what makes a new one of it (mobync
 * restored, docs/protocol.md 9).
 * Process: a statement of the database's; lineage_base() and lineage_epoch_of() are pure.
 * Order:   raise stands alone, outside of any transaction.
 * Owns:    what is handed out lies in the arena given.
 * Units:   clocks as docs/protocol.md 4; epochs count from 0.
 * Fails:   as synchronizer.h says.
 * Holds:   raise makes the epoch larger, and the id a new one. */
#ifndef MOBYNC_LINEAGE_H
#define MOBYNC_LINEAGE_H

#include "arena.h"
#include "fail.h"

struct synchronizer;

/* A session goes by what it read of the lineage for so long. Until then, a new one that somebody
 * else raised is as if it were raised a moment later. */
#define LINEAGE_FRESH_MS 1000

#define LINEAGE_ID_MAX_BYTES ((size_t)64)

/* Clocks stay below 2^53. */
#define LINEAGE_EPOCH_MAX ((int64_t)(1 << 21) - 1)

struct lineage {
    int64_t epoch;  /* how often the database was set back; 0 at first */
    struct text id; /* opaque; another one in each epoch */
};

/* Clocks of an epoch start here. */
static inline int64_t lineage_base(int64_t epoch)
{
    return epoch * ((int64_t)1 << 32);
}

/* The epoch of the push that brought the owner to this clock. */
static inline int64_t lineage_epoch_of(int64_t next_clock)
{
    return next_clock >> 32;
}

struct lineage_ops {
    /* The next epoch, or the one given where that is later, under a new id. */
    enum rc (*raise)(struct synchronizer *s, int64_t at_least, struct arena *arena,
                     struct lineage *now_out, struct fail *fail);
};

#endif
