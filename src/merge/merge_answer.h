/* merge_answer.h: what the client is told, object by object.
 * Owns:    nothing; everything lies in the input's arena. */
#ifndef MOBYNC_MERGE_ANSWER_H
#define MOBYNC_MERGE_ANSWER_H

#include "merge_plan.h"

void merge_answer_object(struct merge_planning *planning, const struct merge_object *object,
                         const struct merge_decision *decision);
/* … with its one stored diff as it is. */
void merge_answer_as_stored(struct merge_planning *planning, const struct merge_object *object);

/* The delete of a row that is gone, as the client is told it or would be. */
struct diff merge_made_delete(const struct merge_planning *planning,
                              const struct merge_object *object);

#endif
