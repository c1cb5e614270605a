/* db_objects.h: the rows of the mapped tables, as synchronizer.h says. */
#ifndef MOBYNC_DB_OBJECTS_H
#define MOBYNC_DB_OBJECTS_H

#include "db_session.h"
#include "synchronizer.h"

/* Operations of synchronizer.h. */
NODISCARD enum rc db_objects_read(struct synchronizer *base, struct owner_model of,
                                  struct id_list ids, struct arena *arena, struct row *rows_out,
                                  struct fail *fail);
NODISCARD enum rc db_objects_read_settled(struct synchronizer *base, struct owner_model of,
                                          struct id_list ids, int64_t next_clock,
                                          struct arena *arena, struct row *rows_out,
                                          struct fail *fail);
NODISCARD enum rc db_objects_create(struct synchronizer *base, struct owner_model of,
                                    const struct object *objects, size_t count, size_t *applied_out,
                                    struct fail *fail);
NODISCARD enum rc db_objects_update(struct synchronizer *base, struct owner_model of,
                                    const struct object *objects, size_t count, size_t *applied_out,
                                    struct fail *fail);
NODISCARD enum rc db_objects_remove(struct synchronizer *base, struct owner_model of,
                                    struct id_list ids, size_t *applied_out, struct fail *fail);
NODISCARD enum rc db_objects_validate(struct synchronizer *base, struct owner_model of,
                                      enum diff_type type, struct text json_data, bool *allowed_out,
                                      struct fail *fail);

/* Which of the objects are deleted softly; of a model that deletes so. */
NODISCARD enum rc db_objects_find_deleted(struct db_session *s, struct owner_model of,
                                          struct id_list ids, bool *deleted_out, struct fail *fail);

#endif
