/* schema_models.h: one model of the mapping against the database.
 * Fails:   the rc speaks of the connection; faults go to the session's reporter. */
#ifndef MOBYNC_SCHEMA_MODELS_H
#define MOBYNC_SCHEMA_MODELS_H

#include "schema_session.h"

/* A model's table and its validation function. */
NODISCARD enum rc schema_models_check(struct schema_session *session, const struct mapping *mapping,
                                      const struct model *model, struct fail *fail);

#endif
