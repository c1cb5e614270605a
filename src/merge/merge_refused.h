/* merge_refused.h: which diffs of the request are refused, and what they leave behind
 * (docs/merging.md 8).
 * Owns:    nothing; everything lies in the input's arena. */
#ifndef MOBYNC_MERGE_REFUSED_H
#define MOBYNC_MERGE_REFUSED_H

#include "merge_group.h"

/* A resent diff and when the server took it: the order of the request does not tell, for a client
 * that died sends what it received among what it wrote. */
struct merge_taken {
    const struct diff *diff;
    int64_t clock;
    size_t position; /* in `resent` */
};

/* The object's resent diffs by the clocks at which they were taken, else as they came. */
struct merge_taken *merge_resent_as_taken(const struct merge_group *group,
                                          const struct merge_object *object);

/* Did the server refuse this diff of the request? */
bool merge_refused(const struct merge_group *group, const struct diff *diff);
/* Could it not be read, whether it was refused for that or taken by an earlier sync? */
bool merge_unreadable(const struct merge_group *group, const struct diff *diff);
/* Marks those of the request's diffs by which the client was compensated already. */
void merge_mark_compensations(struct merge_group *group);
/* The clock of the last answer that compensated the client for the object; -1: none. */
int64_t merge_compensated_until(const struct merge_group *group, const struct merge_object *object);
/* What the client may have wrong because diffs of the object are refused. */
struct merge_unsure merge_find_unsure(const struct merge_group *group,
                                      const struct merge_object *object);

#endif
