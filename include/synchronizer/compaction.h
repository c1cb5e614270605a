/* compaction.h: folds old diffs into summaries, step by step (docs/protocol.md 10).
 * Process: each call is transactions of its own, under the owner's lock, and may be the last one.
 * Order:   outside of a transaction; find_horizon also within one, and within a snapshot.
 * Memory:  that of one object's diffs, or of one step.
 * Owns:    lists lie in the arena given.
 * Units:   clocks as docs/protocol.md 4; ages in milliseconds of the server's time, or as _s in
 *          seconds of the database's.
 * Fails:   as synchronizer.h: RC_RETRY: the step may be made again.
 * Holds:   no clock is taken, no row changed. Raising the horizon is what changes answers; all that
 *          comes after changes none. An object's diffs below the horizon go in one transaction, all
 *          of them, with the summary that takes their place. */
#ifndef MOBYNC_COMPACTION_H
#define MOBYNC_COMPACTION_H

#include "arena.h"
#include "fail.h"

struct synchronizer;

/* Of an owner: 0 <= forgotten_below <= compacted_below. Neither ever falls. */
struct horizon {
    int64_t compacted_below; /* H: diffs with a clock below it are, or are about to be, compacted */
    int64_t forgotten_below; /* F: tombstones with a clock below it are gone, or about to be */
};

#define COMPACTION_FOREVER INT64_MAX

/* How long history is kept, by the server's time; COMPACTION_FOREVER. */
struct history_terms {
    int64_t keep_ms;    /* whole diffs */
    int64_t deletes_ms; /* that an object was deleted; at least as long */
};

struct compaction_query {
    struct text after;  /* owners behind that one, in the order of their bytes */
    size_t max;         /* owners that are looked at */
    int64_t keep_ms;    /* diffs that are older are to be compacted; COMPACTION_FOREVER: none */
    int64_t deletes_ms; /* … and tombstones to be forgotten, keep_ms at least */
};

/* An owner for whom there is something to do. */
struct compactable {
    struct text owner;
    struct horizon to; /* at least what the owner's horizon is already */
    int64_t oldest_s;  /* the age of the first diff; 0: there is none */
};

struct compactable_list {
    struct compactable *items;
    size_t count;
    struct text last; /* the last owner that was looked at … */
    bool more;        /* … behind whom there may be others */
    int64_t oldest_s; /* the age of the oldest diff of all that were; 0: there is none */
};

/* One step. */
struct compaction {
    struct text owner;
    struct horizon to; /* what is less than the owner's stays as it is; never above next_clock */
    size_t max; /* of diffs, of ids and of tombstones about so many; an object is never split */
};

struct compacted {
    struct horizon horizon; /* the owner's, afterwards */
    size_t diffs;           /* that are gone … */
    size_t objects;         /* … into the summaries of so many */
    size_t ids;             /* known ids that are gone */
    size_t tombstones;      /* that are gone */
    bool more;              /* there is more to do: call it again */
};

struct compaction_ops {
    /* One look at an index for each owner, whatever there is of theirs. */
    enum rc (*find_compactable)(struct synchronizer *s, const struct compaction_query *query,
                                struct arena *arena, struct compactable_list *list_out,
                                struct fail *fail);
    enum rc (*compact)(struct synchronizer *s, const struct compaction *job,
                       struct compacted *compacted_out, struct fail *fail);
    /* 0, 0 for an owner never seen. */
    enum rc (*find_horizon)(struct synchronizer *s, struct text owner, struct horizon *horizon_out,
                            struct fail *fail);
    /* Outside of a transaction: for how long the oldest tombstone of that clock or a later one has
     * been one; 0: there is none. */
    enum rc (*find_unseen_delete)(struct synchronizer *s, struct text owner, int64_t since_clock,
                                  int64_t *age_s_out, struct fail *fail);
};

#endif
