/* txn.h: one transaction, as the files of this layer share it; nobody else includes it.
 * Owns:    all lies in the arena. */
#ifndef MOBYNC_TXN_H
#define MOBYNC_TXN_H

#include "sync.h"
#include "drain.h"
#include "merge.h"
#include "rows.h"
#include "translation.h"

/* A busy writer must not keep a device from pushing. */
#define TXN_MAX_LOOKS 3u

struct txn {
    struct synchronizer *s;
    const struct sync_request *request;
    /* Makes the request's diffs, again in each run; NULL: they came as such */
    const struct sync_translation *translation;
    struct sync_request *translated; /* … into this, which `request` is then */
    struct sync_answer *answer;
    struct arena *arena;
    struct merge_input input;
    struct history history;
    struct merge *merge;
    struct merge_plan plan;
    bool *asked; /* by request diff: its permission was asked, or that of its stored form */
    bool row_by_row;
    enum rows_strategy strategy;
    bool guessed;               /* the translation did not look at all rows */
    bool rows_refused;          /* the run ended because of the mapped tables, or of a guess */
    bool drained;               /* what other SQL wrote before this request is told */
    unsigned looks;             /* how often others changed the request's objects meanwhile */
    struct child_list children; /* the rows that it deletes, and those that go with them */
    size_t children_capacity;
    size_t parent_count;     /* of these the first so many are of the plan */
    bool behind;             /* the run ended, with nothing changed: it must be drained first */
    bool compacted;          /* its clock is below the horizon: the rest is told from summaries */
    bool anew;               /* … and so far below that the device starts from scratch */
    bool rest_fits;          /* what is told of it was measured before, and may be held */
    bool rest_exact;         /* what is told of it must be of the response's clock … */
    bool rest_later;         /* … and is not: others were served */
    bool rows_more;          /* there are rows to tell that are too many to be held */
    bool undurable;          /* it tells of what a crash of the database may take back */
    struct reject *recalled; /* by request diff: kept since an earlier sync; NULL: none is */
    struct reject *rejected; /* for the response: the new ones first */
    size_t rejected_count;
    size_t rejected_new;
};

/* One that has not begun, of the first attempt at the request. Its input lacks the history, which
 * lies in the transaction itself. */
struct txn txn_of(struct synchronizer *s, const struct sync_request *request, struct arena *arena);

/* Of the request's owner. */
static inline struct drain_job txn_drain_job(const struct txn *txn)
{
    return (struct drain_job){
        .s = txn->s,
        .owner = txn->request->owner,
        .epoch = txn->history.lineage.epoch,
        .stats = txn->request->stats,
    };
}

/* txn.c: from begin to commit or rollback, once. Where the mapped tables refuse the rows, the way
 * that txn->row_by_row and txn->strategy say was the wrong one, and rows_refused is set; so it is
 * where anything is refused after a guess. */
NODISCARD enum rc txn_run(struct txn *txn, struct fail *fail);
/* Does the request's clock lie below what the history tells diff by diff? Then nothing of it
 * stands in memory. */
void txn_note_horizon(struct txn *txn);
/* S(c), outside of any transaction. */
NODISCARD enum rc txn_read_history(struct txn *txn, struct fail *fail);

/* sync.c: a push with all its attempts, and the wait for what others committed. */
NODISCARD enum rc sync_push(struct txn *txn, struct fail *fail);
NODISCARD enum rc sync_with_retries(struct txn *txn, enum rc (*run)(struct txn *, struct fail *),
                                    struct fail *fail);
NODISCARD enum rc sync_make_durable(struct txn *txn, struct fail *fail);

/* rest.c: behind a push, or in place of a pull, at a clock below the horizon: what is to be told of
 * the objects that the request does not name, or rest_later. Where it is too much to be held,
 * history.more. */
NODISCARD enum rc rest_read(struct txn *txn, struct fail *fail);
/* In a snapshot of that clock, before the push: rest_fits. */
NODISCARD enum rc rest_measure(struct txn *txn, int64_t next_clock, struct fail *fail);

/* origin.c: does the request's clock belong to this history of the owner, whose clock is
 * next_clock? RC_REJECTED INVALID_CLOCK if not. */
NODISCARD enum rc origin_check(struct txn *txn, int64_t next_clock, struct fail *fail);

/* The clock that the response gives. */
int64_t origin_clock(const struct txn *txn, int64_t next_clock);

/* lag.c: counts how far behind the device is. Once no transaction is open. */
void lag_observe(const struct txn *txn);

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
