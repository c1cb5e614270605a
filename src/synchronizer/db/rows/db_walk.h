/* db_walk.h: walks through an owner's rows of a model, as changes.h says.
 * Owns:    the session what was learned of the tables' indexes.
 * Holds:   a step starts where the one before it ended, in the order of an index that begins with
 *          the owner: a walk reads each of the owner's rows once, and those of nobody else, where
 *          the table has such an index. */
#ifndef MOBYNC_DB_WALK_H
#define MOBYNC_DB_WALK_H

#include "synchronizer.h"

/* Operation of changes.h. */
NODISCARD enum rc db_walk_read(struct synchronizer *base, struct row_walk *walk,
                               struct arena *arena, struct object_row_list *rows_out,
                               struct fail *fail);

#endif
