/* memory_diffs.h: diffs and known ids, as synchronizer.h says. */
#ifndef MOBYNC_MEMORY_DIFFS_H
#define MOBYNC_MEMORY_DIFFS_H

#include "synchronizer.h"

enum rc memory_read_push(struct synchronizer *s, const struct push_query *query,
                         struct arena *arena, struct history *history_out,
                         struct known_id *known_out, struct fail *fail);
enum rc memory_find_past(struct synchronizer *s, struct owner_model of, struct id_list ids,
                         struct object_past *past_out, struct fail *fail);
enum rc memory_find_existing(struct synchronizer *s, struct owner_model of, struct id_list ids,
                             bool *existed_out, struct fail *fail);
enum rc memory_append(struct synchronizer *s, struct text owner, const struct diff *const *diffs,
                      size_t count, struct fail *fail);
enum rc memory_remember(struct synchronizer *s, struct text owner, int64_t clock,
                        const struct text *ids, size_t count, struct fail *fail);

struct memory_owner;

/* What the stored diffs say of the object. */
struct object_past memory_diffs_past(const struct memory_owner *owner, const struct model *model,
                                     struct text object_id);

#endif
