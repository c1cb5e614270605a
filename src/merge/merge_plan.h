/* merge_plan.h: what is stored and done to the rows, object by object.
 * Owns:    nothing; everything lies in the input's arena. */
#ifndef MOBYNC_MERGE_PLAN_H
#define MOBYNC_MERGE_PLAN_H

#include "merge_decide.h"

/* A plan in the making. */
struct merge_planning {
    const struct merge *merge;
    const struct merge_input *input;
    struct merge_plan *plan;
    bool *is_stored; /* by request diff */
};

void merge_plan_allot(struct merge_planning *planning);
void merge_plan_object(struct merge_planning *planning, const struct merge_object *object,
                       const struct merge_decision *decision);
/* New ids whose diff is not stored under its own id: they took effect in another, or had none. */
void merge_plan_known(struct merge_planning *planning);
/* The change of the row, without its place. */
struct merge_row merge_plan_row(const struct merge_object *object, const struct net *client_net,
                                const struct diff *blame);

#endif
