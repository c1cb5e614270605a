/* db_children.h: the rows that foreign keys delete or clear with a parent, as changes.h says. */
#ifndef MOBYNC_DB_CHILDREN_H
#define MOBYNC_DB_CHILDREN_H

#include "synchronizer.h"

/* Operation of changes.h. */
NODISCARD enum rc db_children_find(struct synchronizer *base, struct owner_model of,
                                   struct id_list ids, struct arena *arena,
                                   struct child_list *children_out, struct fail *fail);

#endif
