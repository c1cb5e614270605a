/* memory_rules.h: what tests put in the place of a database's own rules. */
#ifndef MOBYNC_MEMORY_RULES_H
#define MOBYNC_MEMORY_RULES_H

#include "diff.h"

/* The model's validation function: is the diff allowed? */
typedef bool memory_validate(void *context, const struct model *model, enum diff_type type,
                             struct text json_data);

/* A CHECK of the tables, asked about the row that a create or an update comes to; `values` are by
 * field index. It may name the field that it refuses. */
typedef bool memory_constraint(void *context, const struct model *model, const struct value *values,
                               struct text *field_out);

#endif
