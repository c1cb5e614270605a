/* schema_trigger_limits.h: what triggers do not see in this database, and what they cost others.
 * Process: reads the catalog of a session; changes nothing.
 * Owns:    nothing; all of it lies in the session's arena.
 * Units:   none.
 * Fails:   the rc and *fail of the link; limits are told to the reporter, as warnings.
 * Holds:   nothing is told that the configured tables do not meet. */
#ifndef MOBYNC_SCHEMA_TRIGGER_LIMITS_H
#define MOBYNC_SCHEMA_TRIGGER_LIMITS_H

#include "schema_trigger_set.h"

NODISCARD enum rc schema_trigger_limits_check(struct schema_session *session,
                                              const struct schema_trigger_set *set, unsigned line,
                                              struct fail *fail);

#endif
