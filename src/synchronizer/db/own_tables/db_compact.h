/* db_compact.h: compaction.h on a database; a step of it, and who needs one. */
#ifndef MOBYNC_DB_COMPACT_H
#define MOBYNC_DB_COMPACT_H

#include "synchronizer.h"

extern const struct compaction_ops DB_COMPACTION_OPS;

NODISCARD enum rc db_compact_step(struct synchronizer *base, const struct compaction *job,
                                  struct compacted *compacted_out, struct fail *fail);

#endif
