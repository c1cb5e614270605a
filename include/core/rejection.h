/* rejection.h: which diffs of a request are refused: while the others go on (config
 *          `rejected_diffs: quarantine`), or until it is known whether an earlier sync took them
 *          (`fail_sync`).
 * Pure:    no I/O, no clock.
 * Owns:    nothing; texts lie in the arena given to rejections_init().
 * Units:   positions of diffs in the request, from 0.
 * Fails:   rejection_fail() alone: its result is the refusal.
 * Holds:   a rejection is undone by rejections_reset() alone, and the first one stands. */
#ifndef MOBYNC_REJECTION_H
#define MOBYNC_REJECTION_H

#include "arena.h"
#include "fail.h"

struct rejection {
    bool refused;
    bool earlier;    /* by an earlier sync: the diff was sent again */
    bool unreadable; /* before its rows were looked at: the diff itself is wrong */
    enum fail_code code;
    struct text message;
    struct text field;  /* empty: does not apply */
    struct text detail; /* for the operator, or empty */
};

struct rejections {
    struct rejection *items; /* by request diff */
    size_t count;
    size_t refused_count;
    bool open; /* more may be refused; else they only hold what earlier syncs refused */
    struct arena *arena;
};

/* Open or not; none is refused. */
void rejections_init(struct rejections *rejections, size_t count, bool open, struct arena *arena);
/* Of a diff that was read just now. */
void rejections_unreadable(struct rejections *rejections, size_t at, const struct fail *fail);

/* Forgets all but what is unreadable: the transaction starts again. */
void rejections_reset(struct rejections *rejections);

/* No more may be refused. */
void rejections_close(struct rejections *rejections);
/* The rejection of the diff at `at` as the end of the whole sync: RC_REJECTED. */
NODISCARD enum rc rejection_fail(const struct rejections *rejections, size_t at,
                                 struct text diff_id, struct fail *fail);

/* Nothing if that diff is refused already. */
void rejections_refuse(struct rejections *rejections, size_t at, const struct fail *fail);
/* The same rejection as that of the diff at `base`, on which the one at `at` builds. */
void rejections_share(struct rejections *rejections, size_t at, size_t base, struct text base_id);
/* An earlier sync refused it, with that code; FAIL_INTERNAL where it is not known any more. */
void rejections_recall(struct rejections *rejections, size_t at, enum fail_code code);
/* An earlier sync took it, though it is unreadable now: the mapping has changed since. */
void rejections_forgive(struct rejections *rejections, size_t at);

/* NULL means that none is refused, and none may be. */
bool rejections_refused(const struct rejections *rejections, size_t at);
bool rejections_open(const struct rejections *rejections);

/* Is the fault that of one diff, which may be refused alone? What is about the request as a whole
 * is not: token, clock, envelope, limits. */
bool rejection_is_of_one_diff(const struct fail *fail);

#endif
