/* schema_models.h: one model of the mapping against the database.
 * Fails:   the rc speaks of the connection; faults go to the session's reporter. */
#ifndef MOBYNC_SCHEMA_MODELS_H
#define MOBYNC_SCHEMA_MODELS_H

#include "schema_session.h"

/* A model's table and its validation function. */
NODISCARD enum rc schema_models_check(struct schema_session *session, const struct mapping *mapping,
                                      const struct model *model, struct fail *fail);
/* The same of a table that is read and usable: its columns, its keys and its foreign keys. Asks the
 * database nothing. */
void schema_models_check_read(struct schema_session *session, const struct mapping *mapping,
                              const struct model *model, const struct catalog_table *table);

#endif
