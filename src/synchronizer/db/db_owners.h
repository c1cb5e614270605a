/* db_owners.h: the owner's row of mobync_owners, whose lock lines up the owner's syncs.
 * Order:   db_owners_lock() is the first statement of a transaction that writes. */
#ifndef MOBYNC_DB_OWNERS_H
#define MOBYNC_DB_OWNERS_H

#include "db_batch.h"
#include "db_session.h"

/* The owner's row: locked, a clock taken, of which the session keeps next_clock; *head_out is what
 * it held. The session's lineage gives the least clock. */
NODISCARD enum rc db_owners_lock(struct db_session *s, struct text owner, int64_t *head_out,
                                 struct fail *fail);

/* The owner's clock as it stands, nothing locked; 0 for an owner never seen. */
NODISCARD enum rc db_owners_clock(struct db_session *s, struct text owner, int64_t *clock_out,
                                  struct fail *fail);

/* Rows of the transaction's owner for a table of our own. A key that is there already: RC_RETRY. */
NODISCARD enum rc db_owners_insert(struct db_session *s, const struct db_batch *batch,
                                   enum db_stmt_id id, const char *what, struct fail *fail);

#endif
