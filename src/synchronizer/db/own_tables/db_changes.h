/* db_changes.h: the outbox, and an owner's drain, as changes.h says. */
#ifndef MOBYNC_DB_CHANGES_H
#define MOBYNC_DB_CHANGES_H

#include "db_session.h"

extern const struct change_ops DB_CHANGES_OPS;

#endif
