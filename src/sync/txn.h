/* txn.h: one transaction, as the files of this layer share it; nobody else includes it.
 * Owns:    all lies in the arena. */
#ifndef MOBYNC_TXN_H
#define MOBYNC_TXN_H

#include "sync.h"
#include "merge.h"
#include "rows.h"

struct txn {
    struct synchronizer *s;
    const struct sync_request *request;
    struct sync_answer *answer;
    struct arena *arena;
    struct merge_input input;
    struct history history;
    struct merge *merge;
    struct merge_plan plan;
    bool *asked; /* by request diff: its permission was asked, or that of its stored form */
    bool row_by_row;
    enum rows_strategy strategy;
    bool rows_refused;       /* the run ended because of the mapped tables */
    bool undurable;          /* it tells of what a crash of the database may take back */
    struct reject *recalled; /* by request diff: kept since an earlier sync; NULL: none is */
    struct reject *rejected; /* for the response: the new ones first */
    size_t rejected_count;
    size_t rejected_new;
};

/* txn.c: from begin to commit or rollback, once. Where the mapped tables refuse the rows, the way
 * that txn->row_by_row and txn->strategy say was the wrong one, and rows_refused is set. */
NODISCARD enum rc txn_run(struct txn *txn, struct fail *fail);
/* S(c), outside of any transaction. */
NODISCARD enum rc txn_read_history(struct txn *txn, struct fail *fail);

/* origin.c: does the request's clock belong to this history of the owner, whose clock is
 * next_clock? RC_REJECTED INVALID_CLOCK if not. */
NODISCARD enum rc origin_check(struct txn *txn, int64_t next_clock, struct fail *fail);

/* txn_merge.c: the plan, by what the tables and the validation rules say, once no diff is refused
 * any more than those that it leaves out. */
NODISCARD enum rc txn_merge(struct txn *txn, struct fail *fail);

/* quarantine.c: puts the plan's rows into the tables one by one, refuses the diffs whose rows they
 * do not take, and merges again without them, until all that is left stands. */
NODISCARD enum rc quarantine_rows(struct txn *txn, struct fail *fail);

/* rejected.c: what earlier syncs said of the request's diffs, whatever would be said now.
 * RC_REJECTED if one is refused that none of them saw, and it is not refused alone. */
NODISCARD enum rc rejected_recall(struct txn *txn, const struct known_id *known, struct fail *fail);
/* Once the rows stand: answers to refused diffs say what the rows hold now. */
NODISCARD enum rc rejected_refresh(struct txn *txn, struct fail *fail);

/* filled.c: once the rows stand, stores and tells what the database put into them itself. */
NODISCARD enum rc filled_tell(struct txn *txn, struct fail *fail);
/* What the response tells of refused diffs, those of earlier syncs too. */
void rejected_collect(struct txn *txn);
/* Keeps the new ones. */
NODISCARD enum rc rejected_keep(struct txn *txn, struct fail *fail);

#endif
