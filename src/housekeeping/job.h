/* job.h: what the jobs share; nobody else includes it.
 * Units:   _us microseconds, as clock_monotonic_us(); _s seconds.
 * Fails:   a step as synchronizer.h; the round goes on later. */
#ifndef MOBYNC_JOB_H
#define MOBYNC_JOB_H

#include "diff.h"
#include "housekeeping.h"
#include "poked.h"

/* A walk through the owners who have something in the outbox. */
struct outbox_walk {
    char after[4 * OWNER_MAX_BYTES]; /* whom it has reached */
    size_t after_len;
};

/* A walk over all owners, for whom there may be old diffs to fold. */
struct compaction_walk {
    char after[4 * OWNER_MAX_BYTES]; /* whom it has reached; empty: it is at its beginning */
    size_t after_len;
    struct compactable_list found; /* in its arena; to be worked on … */
    size_t done;                   /* … but for these */
    size_t step_diffs;             /* of the next step */
    int64_t oldest_s;              /* as housekeeping_report, of the walk so far … */
    int64_t overdue_s;
    struct arena arena;
};

#define JOBS 3

struct housekeeping {
    struct housekeeping_settings settings;
    struct poke_publisher publisher;
    struct poked poked;
    struct outbox_walk poking;
    struct outbox_walk draining;
    struct waiting_list aged; /* found by the draining walk, in its arena; to be drained … */
    size_t aged_done;         /* … but for these */
    bool aged_last;           /* the walk has no more of them */
    struct arena aged_arena;
    struct compaction_walk compacting;
    struct arena scratch;               /* of one step */
    struct housekeeping_report *report; /* of the step that runs … */
    struct stats *stats;                /* … and what it adds */
    struct synchronizer_counts counted; /* of the synchronizer, after the step before */
    bool elected;
    int64_t elect_us; /* not before, unless it is elected */
    int64_t due_us[JOBS];
    int64_t failed_us; /* how long it waited after the last failure; 0: that is over */
    int64_t logged_us; /* when the log last had it that something is wrong */
};

/* outbox_walk.c: the next owners, at most max, in the arena given; fewer only at the end, where the
 * walk is at its beginning again. */
NODISCARD enum rc outbox_walk_next(const struct housekeeping *h, struct outbox_walk *walk,
                                   size_t max, struct arena *arena,
                                   struct waiting_list *waiting_out, struct fail *fail);

/* A step of one round of the job; *more_out: the round goes on. */
typedef enum rc job_step(struct housekeeping *h, bool *more_out, struct fail *fail);

struct job {
    const char *name;
    int64_t every_us; /* from the end of a round to the next */
    job_step *step;
    bool everywhere; /* not only by the one that is elected: it changes nothing in the database */
    bool (*is_wanted)(const struct housekeeping *h); /* NULL: always */
};

/* pokes.c: tells devices that other SQL has changed rows of their owner. */
job_step job_poke;
bool job_poke_is_wanted(const struct housekeeping *h);
/* Tells the owner's devices, where they listen, and the webhook. */
void job_announce(struct housekeeping *h, struct text owner, int64_t clock);
/* drains.c: makes diffs of what nobody has fetched for long. */
job_step job_drain;
/* compactions.c: folds old diffs into summaries, and forgets old tombstones. */
job_step job_compact;
void compaction_walk_init(struct compaction_walk *walk);
bool job_compact_is_wanted(const struct housekeeping *h);

#endif
