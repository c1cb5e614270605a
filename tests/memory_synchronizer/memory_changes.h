/* memory_changes.h: what a drain asks, as changes.h says. */
#ifndef MOBYNC_MEMORY_CHANGES_H
#define MOBYNC_MEMORY_CHANGES_H

#include "memory_store.h"

extern const struct change_ops MEMORY_CHANGE_OPS;

#endif
