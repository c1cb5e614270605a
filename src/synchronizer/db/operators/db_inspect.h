/* db_inspect.h: an owner's tables as operators see them, as inspect.h says. */
#ifndef MOBYNC_DB_INSPECT_H
#define MOBYNC_DB_INSPECT_H

#include "inspect.h"

extern const struct inspect_ops DB_INSPECT_OPS;

#endif
