/* crowd.h: all phones of some owners at once against the real stack; looked at when all have come
 * to rest: each has what the database has, and the clocks have no gap (docs/protocol.md 4, 7.1,
 * 7.2, 7.6). Threads: one a phone, all joined when crowd_play() comes back.
 * Fails:   with false and a sentence: also when a sync is refused, or unanswered although no worker
 *          was killed.
 * Holds:   what each phone does comes from the seed; how they meet does not. */
#ifndef MOBYNC_PROPERTY_CROWD_H
#define MOBYNC_PROPERTY_CROWD_H

#include "client.h"
#include "stack.h"

/* About as many a round. */
#define CROWD_SYNCS ((uint64_t)250)

struct crowd_setup {
    struct stack *stack;
    uint64_t seed;
    unsigned keys; /* as keys_init() takes them */
    bool careful;
    bool kills; /* workers, now and then */
};

/* Added up over rounds. */
struct crowd_stats {
    uint64_t rounds;
    uint64_t syncs;
    uint64_t killed;
    uint64_t lost;
};

bool crowd_play(const struct crowd_setup *setup, struct crowd_stats *stats, struct buf *violation);

#endif
