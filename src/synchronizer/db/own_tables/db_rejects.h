/* db_rejects.h: refused diffs that are kept (mobync_rejects), as synchronizer.h says. */
#ifndef MOBYNC_DB_REJECTS_H
#define MOBYNC_DB_REJECTS_H

#include "synchronizer.h"

/* Operations of synchronizer.h. */
NODISCARD enum rc db_rejects_put(struct synchronizer *base, struct text owner, int64_t clock,
                                 const struct reject *rejects, size_t count, struct fail *fail);
NODISCARD enum rc db_rejects_find(struct synchronizer *base, struct text owner, struct id_list ids,
                                  struct arena *arena, struct reject *rejects_out,
                                  struct fail *fail);
NODISCARD enum rc db_rejects_take(struct synchronizer *base, struct text owner, struct text id,
                                  bool *found_out, struct fail *fail);

extern const struct reject_ops DB_REJECTS_OPS;

#endif
