/* apply.h: one sync from its parsed parts to the answer: the transaction script of DESIGN.md.
 * Holds:   all or nothing (PROTOCOL 7.5): on any rc but RC_OK the database is as it was, or, for
 *          RC_UNCERTAIN alone, as if all had been done; a resend of the same diffs settles it.
 * Owns:    answer_out lies in the arena.
 * Units:   clocks as PROTOCOL 4; clock_skew_ms milliseconds.
 * Fails:   RC_REJECTED for the client; RC_RETRY once its own retries (at most 3) are used up. */
#ifndef MOBYNC_APPLY_H
#define MOBYNC_APPLY_H

#include "arena.h"
#include "diff.h"
#include "fail.h"
#include "synchronizer.h"

struct sync_request {
    struct text owner;
    int64_t clock;
    struct diff_list diffs;
    int64_t clock_skew_ms;
};

struct sync_answer {
    int64_t next_clock;
    struct diff_list diffs;
};

NODISCARD enum rc sync_apply(struct synchronizer *s, const struct sync_request *request,
                             struct arena *arena, struct sync_answer *answer_out,
                             struct fail *fail);

#endif
