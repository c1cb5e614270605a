/* memory_rows.h: the rows of the mapped tables, as synchronizer.h says. */
#ifndef MOBYNC_MEMORY_ROWS_H
#define MOBYNC_MEMORY_ROWS_H

#include "memory_store.h"

enum rc memory_read_rows(struct synchronizer *s, struct owner_model of, struct id_list ids,
                         struct arena *arena, struct row *rows_out, struct fail *fail);
NODISCARD enum rc memory_read_settled_rows(struct synchronizer *s, struct owner_model of,
                                           struct id_list ids, int64_t next_clock,
                                           struct arena *arena, struct row *rows_out,
                                           struct fail *fail);
enum rc memory_create_rows(struct synchronizer *s, struct owner_model of,
                           const struct object *objects, size_t count, size_t *applied_out,
                           struct fail *fail);
enum rc memory_update_rows(struct synchronizer *s, struct owner_model of,
                           const struct object *objects, size_t count, size_t *applied_out,
                           struct fail *fail);
enum rc memory_remove_rows(struct synchronizer *s, struct owner_model of, struct id_list ids,
                           size_t *applied_out, struct fail *fail);

/* A copy, not live where it is NULL. */
struct row memory_rows_copy(const struct stored_row *stored, struct arena *arena);

/* The row of now, whatever its owner's transaction is; owner may be NULL. */
struct row memory_rows_find(const struct memory_owner *owner, const struct model *model,
                            struct text id, struct arena *arena);

/* As the customer's own SQL would: memory_synchronizer.h says what. */
bool memory_rows_put(struct memory *m, struct text owner, const struct model *model,
                     const struct object *object);
bool memory_rows_change(struct memory *m, struct text owner, const struct model *model,
                        const struct object *object);
bool memory_rows_hide(struct memory *m, struct text owner, const struct model *model,
                      struct text id, bool hidden);
bool memory_rows_drop(struct memory *m, struct text owner, const struct model *model,
                      struct text id);
bool memory_rows_move(struct memory *m, const struct memory_place *from,
                      const struct memory_place *to, const struct model *model);

/* Is its row there, deleted softly? */
bool memory_row_is_deleted(const struct memory_owner *owner, const struct model *model,
                           struct text id);

#endif
