/* db_elect.h: who keeps house on a database: whose connection has a lock that the server knows by
 * name (GET_LOCK), and gives back when the connection ends.
 * Order:   outside of a transaction.
 * Holds:   a connection that has the lock is not asked again. In a Galera cluster each node has
 *          locks of its own: there may be one elected on each. */
#ifndef MOBYNC_DB_ELECT_H
#define MOBYNC_DB_ELECT_H

#include "db_session.h"

/* An operation of synchronizer.h. */
NODISCARD enum rc db_elect(struct synchronizer *base, bool *elected_out, struct fail *fail);

#endif
