/* parts.h: what the files of this layer share; nobody else includes it.
 * Owns, Fails: as explain.h. */
#ifndef MOBYNC_PARTS_H
#define MOBYNC_PARTS_H

#include "explain.h"

/* No key of any table is longer. */
#define EXPLAIN_KEY_BYTES ((size_t)64 * 1024)

/* reason.c: RC_REJECTED NOT_FOUND. */
enum rc explain_unknown_owner(struct text owner, struct fail *fail);

/* rejects.c: what is kept of the object's refused diffs, the newest of very many. */
NODISCARD enum rc explain_rejects(struct synchronizer *s, const struct inspect_object *object,
                                  struct arena *arena, struct explain_object *object_out,
                                  struct fail *fail);

#endif
