/* sync.h: one sync from its parsed parts to the response, as one transaction.
 * Process: one sync at a time on one synchronizer; it sleeps between retries.
 * Holds:   all or nothing (docs/protocol.md 7.5): on any rc but RC_OK the database is as it was,
 *          or, for RC_UNCERTAIN alone, as if all had been done; a resend of the same diffs settles
 *          it.
 * Owns:    answer_out lies in the arena.
 * Memory:  grows with the request and with limit, not with the history.
 * Units:   clocks as docs/protocol.md 4; clock_skew_ms milliseconds.
 * Fails:   RC_REJECTED for the client; RC_RETRY once the 3 retries after its first attempt
 *          are used up. */
#ifndef MOBYNC_SYNC_H
#define MOBYNC_SYNC_H

#include "arena.h"
#include "diff.h"
#include "fail.h"
#include "stats.h"
#include "synchronizer.h"

struct sync_answer {
    int64_t next_clock;
    struct text lineage; /* of the database (docs/protocol.md 9) */
    bool reset;          /* the diffs are all that the device is to have: it starts from scratch */
    struct diff_list diffs;  /* empty where they went to the sink */
    struct reject *rejected; /* of this request, those of earlier syncs that came again too */
    size_t rejected_count;
    size_t rejected_new; /* … of which the first ones are new */
    size_t streamed;     /* diffs that went to the sink */
};

/* Takes a response that is too large to be held, piece by piece, after the commit. */
struct sync_sink {
    void *context;
    /* Once, before the first piece: the response without its diffs. */
    enum rc (*begin)(void *context, const struct sync_answer *answer, struct fail *fail);
    /* The diffs live no longer than the call. */
    enum rc (*add)(void *context, const struct diff_list *diffs, struct fail *fail);
};

/* An app was upgraded: what the older version could not hold (docs/versions.md 5). */
struct sync_migration {
    bool *whole;   /* by model index: it did not have the model */
    bool **fields; /* by model index, then by field index; NULL: none */
};

struct sync_request {
    struct text owner;
    int64_t clock;
    bool clock_of_pull;  /* that of its last pull: the device has what it pushed since, and does not
                            send that again (docs/merging.md 14) */
    struct text lineage; /* that the client knows; empty: it names none */
    struct diff_list diffs;
    int64_t clock_skew_ms;
    struct rejections *rejections; /* by diff; NULL as with closed ones: a refused diff that no
                                   earlier sync took fails this one */
    struct text request_id;        /* kept with what is refused */
    struct text retried;           /* id of a kept reject that this is, empty: none (sync_retry) */
    const struct sync_sink *sink;  /* NULL: answers are always held whole */
    struct history_limit limit;    /* with a sink: more history than this is streamed */
    bool reset;                    /* the device can start from scratch (docs/protocol.md 10.4) */
    bool undrained;                /* what other SQL wrote stays in the outbox, untold */
    const struct version *version; /* of translated diffs; NULL: the newest */
    const struct sync_migration *migration; /* NULL: none */
    struct history_terms terms; /* that horizons come from: to tell how far behind a device is */
    struct stats *stats;        /* retries are added to, and known and contested where it
                                    succeeds; NULL: nobody asks */
};

/* Where the sink was begun, a failure means that the response is to be broken off: the client
 * treats it as lost. */
NODISCARD enum rc sync_apply(struct synchronizer *s, const struct sync_request *request,
                             struct arena *arena, struct sync_answer *answer_out,
                             struct fail *fail);

/* Applies one diff that was refused before as a change of its owner's of now: with a new id and the
 * next clock, so that every device receives it, and takes it out of the rejects kept, all or
 * nothing. RC_REJECTED if it is refused again (it stays where it is), and NO_SUCH_OBJECT if it
 * would have no effect any more. */
NODISCARD enum rc sync_retry(struct synchronizer *s, const struct reject *reject,
                             const struct diff_rules *rules, struct arena *arena,
                             struct sync_answer *answer_out, struct fail *fail);

struct sync_drained {
    int64_t next_clock; /* the owner's, afterwards */
    bool moved;         /* there was something to tell */
};

/* Makes diffs of what other SQL wrote for an owner, as the owner's next sync would do. */
NODISCARD enum rc sync_drain(struct synchronizer *s, struct text owner, struct stats *stats,
                             struct arena *arena, struct sync_drained *drained_out,
                             struct fail *fail);

#endif
