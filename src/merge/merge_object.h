/* merge_object.h: what is said of an object by its diffs alone.
 * Pure:    nothing changes. */
#ifndef MOBYNC_MERGE_OBJECT_H
#define MOBYNC_MERGE_OBJECT_H

#include "merge.h"

/* Was there a row at the client's clock? Asked only where S(c) is not silent. */
enum presence merge_row_at_clock(const struct merge_object *object);

/* As far as S(c) tells: its last diff of the object is a delete. */
bool merge_row_is_gone(const struct merge_object *object);

/* May new diffs of the object be some that were sent before, whose ids are forgotten? */
bool merge_is_doubtful(const struct merge_input *input, const struct merge_object *object);

/* The diff of the client's that makes the server tell it the row. */
const struct diff *merge_cause(const struct merge_object *object);

#endif
