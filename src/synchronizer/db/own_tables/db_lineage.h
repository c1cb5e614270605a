/* db_lineage.h: the database's lineage, and the forks of its owners (docs/protocol.md 9). */
#ifndef MOBYNC_DB_LINEAGE_H
#define MOBYNC_DB_LINEAGE_H

#include "db_session.h"

/* As the operations of synchronizer.h. */
NODISCARD enum rc db_lineage_fork(struct synchronizer *base, struct text owner,
                                  const struct fork *fork, struct fail *fail);
NODISCARD enum rc db_lineage_find_fork(struct synchronizer *base, const struct fork_query *query,
                                       struct fork_found *found_out, struct fail *fail);

extern const struct lineage_ops DB_LINEAGE_OPS;

#endif
