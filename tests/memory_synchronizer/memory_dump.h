/* memory_dump.h: all data of the synchronizer in memory as one text. */
#ifndef MOBYNC_MEMORY_DUMP_H
#define MOBYNC_MEMORY_DUMP_H

#include "memory_store.h"

void memory_dump(const struct memory *m, struct buf *buf);

#endif
