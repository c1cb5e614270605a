/* schema_tables.h: what every table must be, a model's and the server's own: visible to the
 * account, usable by it, and transactional.
 * Fails:   the rc is about the connection; faults go to the session's reporter. */
#ifndef MOBYNC_SCHEMA_TABLES_H
#define MOBYNC_SCHEMA_TABLES_H

#include "schema_grants.h"

/* Of a table that is CATALOG_TABLE or CATALOG_HIDDEN. *readable_out as schema_grants_check(). */
NODISCARD enum rc schema_tables_check(struct schema_session *session,
                                      const struct catalog_table *table,
                                      const struct schema_grants_request *request,
                                      bool *readable_out, struct fail *fail);

#endif
