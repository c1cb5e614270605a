/* stream.h: a response from a history that is too large to be held: read object by object, in
 * parts, and handed on part by part.
 * Holds:   every part is merged like a small history of whole objects; all parts are of one
 *          snapshot. Memory is that of one part, and of one object's compacted diffs.
 * Fails:   as synchronizer.h; RC_RETRY only before the sink was begun.
 * Owns:    nothing that outlives the call. */
#ifndef MOBYNC_STREAM_H
#define MOBYNC_STREAM_H

#include "sync.h"
#include "drain.h"
#include "merge.h"

struct stream_job {
    struct synchronizer *s;
    const struct sync_request *request;
    const struct merge *told;      /* its objects are answered already; NULL: none is */
    int64_t until_clock;           /* exclusive; -1: whatever the snapshot shows */
    bool rows;                     /* those of which no diff tells, too */
    bool compacted;                /* what summaries tell of, too */
    const struct drain_job *drain; /* for both there must be nothing to be drained */
    bool exact;                    /* of until_clock alone: else nothing is told … */
    bool *later_out;               /* … and this is set; NULL unless exact */
    bool held;                     /* the sink keeps it all: the caller puts it in order */
    struct arena *arena;
};

/* *answer_inout: what is known of the response, its diffs (ordered) as the first piece. */
NODISCARD enum rc stream_answer(const struct stream_job *job, struct sync_answer *answer_inout,
                                struct fail *fail);
/* In a snapshot that is open: what it would be then. */
NODISCARD enum rc stream_snapshot(const struct stream_job *job, int64_t next_clock,
                                  struct sync_answer *answer_inout, struct fail *fail);

#endif
