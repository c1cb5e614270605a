/* db_history.h: reads an owner's history, as synchronizer.h says. */
#ifndef MOBYNC_DB_HISTORY_H
#define MOBYNC_DB_HISTORY_H

#include "synchronizer.h"

/* Operations of synchronizer.h. */
NODISCARD enum rc db_history_read(struct synchronizer *base, const struct pull_query *pull,
                                  struct arena *arena, struct history *history_out,
                                  struct fail *fail);
NODISCARD enum rc db_history_read_push(struct synchronizer *base, const struct push_query *query,
                                       struct arena *arena, struct history *history_out,
                                       struct known_id *known_out, struct fail *fail);
NODISCARD enum rc db_history_read_object(struct synchronizer *base,
                                         const struct object_history_query *wanted,
                                         struct arena *arena, struct diff_list *diffs_inout,
                                         struct fail *fail);

#endif
