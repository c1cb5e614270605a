/* db_history_part.h: reads a part of an owner's history, as synchronizer.h says. */
#ifndef MOBYNC_DB_HISTORY_PART_H
#define MOBYNC_DB_HISTORY_PART_H

#include "synchronizer.h"

NODISCARD enum rc db_history_read_part(struct synchronizer *base, const struct history_part *part,
                                       struct arena *arena, struct diff_list *diffs_out,
                                       bool *more_out, struct fail *fail);

#endif
