/* db_durable.h: waits until what this connection has read can no longer be lost.
 * Why:     InnoDB shows a commit to others before its redo log is written (docs/correctness.md).
 * Order:   outside of transactions and snapshots: the procedure's FLUSH would commit them.
 * Fails:   as db_link_error() says. Nothing here connects: the server behind a new connection may
 *          have crashed, and lost what the one before has shown. */
#ifndef MOBYNC_DB_DURABLE_H
#define MOBYNC_DB_DURABLE_H

#include "db_session.h"

/* For how long a commit counts as one that may not be on disk. InnoDB ends the server if a thread
 * has waited for 600 s (innodb_fatal_semaphore_wait_threshold); the rest is for the time between an
 * owner's lock, when written_at is set, and the COMMIT, and for a clock that is set. */
#define DB_YOUNG_S "900"

/* As the operation of synchronizer.h. */
NODISCARD enum rc db_durable_make(struct synchronizer *base, struct text owner, struct fail *fail);

#endif
