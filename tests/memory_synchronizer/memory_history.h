/* memory_history.h: reads diffs, as synchronizer.h says. */
#ifndef MOBYNC_MEMORY_HISTORY_H
#define MOBYNC_MEMORY_HISTORY_H

#include "synchronizer.h"

enum rc memory_read_history(struct synchronizer *s, const struct pull_query *query,
                            struct arena *arena, struct history *history_out, struct fail *fail);
enum rc memory_read_object_history(struct synchronizer *s, const struct object_history_query *query,
                                   struct arena *arena, struct diff_list *diffs_inout,
                                   struct fail *fail);
enum rc memory_read_history_part(struct synchronizer *s, const struct history_part *part,
                                 struct arena *arena, struct diff_list *diffs_out, bool *more_out,
                                 struct fail *fail);
NODISCARD enum rc memory_find_touched(struct synchronizer *s, const struct touched_query *query,
                                      struct arena *arena, struct touched_list *touched_out,
                                      struct fail *fail);

NODISCARD enum rc memory_has_ids(struct synchronizer *s, struct text owner,
                                 const struct id_range *range, bool *found_out, struct fail *fail);

#endif
