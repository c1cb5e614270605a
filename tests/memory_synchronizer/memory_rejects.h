/* memory_rejects.h: refused diffs that are kept, as synchronizer.h says. */
#ifndef MOBYNC_MEMORY_REJECTS_H
#define MOBYNC_MEMORY_REJECTS_H

#include "synchronizer.h"

enum rc memory_put_rejects(struct synchronizer *s, struct text owner, int64_t clock,
                           const struct reject *rejects, size_t count, struct fail *fail);
enum rc memory_find_rejects(struct synchronizer *s, struct text owner, struct id_list ids,
                            struct arena *arena, struct reject *rejects_out, struct fail *fail);
enum rc memory_take_reject(struct synchronizer *s, struct text owner, struct text id,
                           bool *found_out, struct fail *fail);

#endif
