/* memory_rules.h: what tests put in the place of a database's own rules. */
#ifndef MOBYNC_MEMORY_RULES_H
#define MOBYNC_MEMORY_RULES_H

#include "diff.h"
#include "synchronizer.h"

/* The model's validation function: is the diff allowed? */
typedef bool memory_validate(void *context, const struct model *model, enum diff_type type,
                             struct text json_data);

/* A CHECK of the tables, asked about the row that a create or an update comes to; `values` are by
 * field index. It may name the field that it refuses. */
typedef bool memory_constraint(void *context, const struct model *model, const struct value *values,
                               struct text *field_out);

/* A column's default or a BEFORE trigger of the tables: changes the row (`values` by field index,
 * without their JSON) that a sync's create or update of this object comes to. Texts must live on in
 * the arena. The synchronizer's columns must say that the table does so. */
typedef void memory_before(void *context, const struct model *model, enum diff_type type,
                           const struct object *object, struct value *values, struct arena *arena);

/* Where a row is. */
struct memory_place {
    struct text owner;
    struct text id;
};

/* Other SQL that runs in the middle of a sync; it may put, update, hide, move and drop rows. */
typedef void memory_interrupt(void *context);

#endif
