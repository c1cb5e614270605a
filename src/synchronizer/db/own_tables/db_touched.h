/* db_touched.h: which objects something was stored about (synchronizer.h: find_touched).
 * Owns:    results lie in the arena given.
 * Fails:   as db_link_error() says. */
#ifndef MOBYNC_DB_TOUCHED_H
#define MOBYNC_DB_TOUCHED_H

#include "synchronizer.h"

NODISCARD enum rc db_touched_find(struct synchronizer *s, const struct touched_query *query,
                                  struct arena *arena, struct touched_list *touched_out,
                                  struct fail *fail);

NODISCARD enum rc db_touched_has_ids(struct synchronizer *s, struct text owner,
                                     const struct id_range *range, bool *found_out,
                                     struct fail *fail);

#endif
