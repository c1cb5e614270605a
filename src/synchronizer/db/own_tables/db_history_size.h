/* db_history_size.h: how much the histories of all owners take, as the engine's statistics have it.
 * Fails:   as db_link_error() says. */
#ifndef MOBYNC_DB_HISTORY_SIZE_H
#define MOBYNC_DB_HISTORY_SIZE_H

#include "db_session.h"

/* An operation of synchronizer.h. */
NODISCARD enum rc db_history_size_measure(struct synchronizer *base, struct history_size *size_out,
                                          struct fail *fail);

#endif
