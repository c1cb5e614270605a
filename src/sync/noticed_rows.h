/* noticed_rows.h: the objects that entries of the outbox name, with their rows and what devices
 * were told of them.
 * Owns:    all lies in the arena given.
 * Fails:   as synchronizer.h. */
#ifndef MOBYNC_NOTICED_ROWS_H
#define MOBYNC_NOTICED_ROWS_H

#include "noticed.h"

struct noticed_list {
    struct noticed *items; /* each object once, in the order of their ids' bytes */
    size_t count;
};

/* What became of these objects, by their places. */
struct noticed_rows {
    struct row *rows;
    struct object_past *told;
};

/* Those of the model. */
struct noticed_list noticed_objects(const struct change_list *changes, const struct model *model,
                                    struct arena *arena);

NODISCARD enum rc noticed_read(struct synchronizer *s, struct owner_model of,
                               const struct noticed_list *list, struct arena *arena,
                               struct noticed_rows *rows_out, struct fail *fail);

#endif
