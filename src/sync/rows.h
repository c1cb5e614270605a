/* rows.h: puts a plan's row changes into the mapped tables, few statements whatever their number.
 * Order:   foreign keys hold at every step: creates parents first, deletes children first.
 * Fails:   as synchronizer.h. In bulk an RC_REJECTED only says that the assumptions of the plan do
 * not hold: the caller takes the row-by-row path, which names the diff. */
#ifndef MOBYNC_ROWS_H
#define MOBYNC_ROWS_H

#include "merge.h"
#include "synchronizer.h"

/* Which changes go first. No order suits all: a child that moves from a parent that is deleted to
 * one that is created needs its update in between; a unique name that one row gives up and another
 * takes needs the delete, or the update, before the create; rows that refer to each other in a
 * circle need to be made without, and tied together afterwards; rows that take each other's unique
 * values need them free in between. They are tried in this order. */
enum rows_strategy {
    ROWS_DELETES_LAST,
    ROWS_DELETES_FIRST,
    ROWS_CREATES_LAST,
    ROWS_TIED_LATER,
    ROWS_VALUES_FREED,
    ROWS_VALUES_SHIFTED,
    ROWS_STRATEGIES /* their number */
};

/* What comes of going on behind a row that the tables refuse. */
struct rows_refusals {
    struct rejections *rejections;
    bool *settled; /* by object: no more of its rows in this pass */
    bool clash;    /* a refusal was about other rows: another order may do better */
};

struct rows_job {
    struct synchronizer *s;
    struct text owner;
    struct arena *arena;
    const struct merge *merge; /* the plan's */
    bool row_by_row;           /* one row a statement; blames the diff */
    enum rows_strategy strategy;
    struct rows_refusals *refusals; /* row by row alone; NULL: the first refusal ends the job */
};

NODISCARD enum rc rows_apply(const struct rows_job *job, const struct merge_plan *plan,
                             struct fail *fail);

/* Does deleting several objects of this model need their rows, to know which refers to which? */
bool rows_tangled(const struct synchronizer *s, const struct model *model);

#endif
