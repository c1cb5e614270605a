/* db_waiting.h: who has entries in the outbox, as changes.h says. */
#ifndef MOBYNC_DB_WAITING_H
#define MOBYNC_DB_WAITING_H

#include "db_session.h"

NODISCARD enum rc db_waiting_find(struct synchronizer *base, struct text after, size_t max,
                                  struct arena *arena, struct waiting_list *waiting_out,
                                  struct fail *fail);

#endif
