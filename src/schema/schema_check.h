/* schema_check.h: the parts of schema_check() that tests call by themselves.
 * Fails:   faults go to the session's reporter. */
#ifndef MOBYNC_SCHEMA_CHECK_H
#define MOBYNC_SCHEMA_CHECK_H

#include "schema_session.h"

/* Is the server new enough, and does it take writes? */
void schema_check_server(struct schema_session *session, unsigned database_line);

#endif
