/* db_diffs.h: the diff table, as synchronizer.h says. */
#ifndef MOBYNC_DB_DIFFS_H
#define MOBYNC_DB_DIFFS_H

#include "synchronizer.h"

/* Operations of synchronizer.h. */
NODISCARD enum rc db_diffs_find_past(struct synchronizer *base, struct owner_model of,
                                     struct id_list ids, struct object_past *past_out,
                                     struct fail *fail);
NODISCARD enum rc db_diffs_find_existing(struct synchronizer *base, struct owner_model of,
                                         struct id_list ids, bool *existed_out, struct fail *fail);
NODISCARD enum rc db_diffs_append(struct synchronizer *base, struct text owner,
                                  const struct diff *const *diffs, size_t count, struct fail *fail);

#endif
