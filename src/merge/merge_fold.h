/* merge_fold.h: an object's `client` and the net effects of its `given`.
 * Owns:    nothing; everything lies in the input's arena. */
#ifndef MOBYNC_MERGE_FOLD_H
#define MOBYNC_MERGE_FOLD_H

#include "merge_group.h"

/* What the object's diffs come to, and what the client has. Of its new diffs that are not refused
 * only the first `max` count. Repeated once its row is known. */
void merge_fold_object(const struct merge_group *group, struct merge_object *object, size_t max);

#endif
