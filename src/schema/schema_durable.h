/* schema_durable.h: the procedure by which a response waits for others' commits to be on disk, as
 * SQL; docs/reliability.md says what it is for.
 * Fails:   the rc and *fail of the link.
 * Holds:   every statement works as pasted, whatever database the client has chosen. */
#ifndef MOBYNC_SCHEMA_DURABLE_H
#define MOBYNC_SCHEMA_DURABLE_H

#include "schema_session.h"

/* CREATE PROCEDURE, or nothing: it is not needed, it works, or the account may not make it. */
NODISCARD enum rc schema_durable_plan(struct schema_session *session, struct buf *sql,
                                      struct fail *fail);

/* For an administrator: the CREATE PROCEDURE, and the GRANT without its account. */
void schema_durable_create(struct buf *sql, const struct db_settings *settings, const char *create);
void schema_durable_grant(struct buf *sql, const struct db_settings *settings);

#endif
