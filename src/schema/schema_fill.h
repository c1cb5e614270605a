/* schema_fill.h: can the columns that the server fills, and that of soft deletes, take what the
 * config gives them?
 * Fails:   faults go to the session's reporter, with the line of the field or the model. */
#ifndef MOBYNC_SCHEMA_FILL_H
#define MOBYNC_SCHEMA_FILL_H

#include "schema_session.h"

void schema_fill_check(struct schema_session *session, const struct model *model,
                       const struct catalog_table *table);

/* Is it a column that is no field, and that a create fills? */
bool schema_fill_has(const struct model *model, struct text column);

#endif
