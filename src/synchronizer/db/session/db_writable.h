/* db_writable.h: may the server that a link has reached be written to?
 * Process: asks the database; the link must be open.
 * Owns:    nothing.
 * Units:   none.
 * Fails:   RC_RETRY where the server is none to go on with; else as db_link_error() says.
 * Holds:   read_only counts, whatever privileges the account has to write in spite of it; of a
 *          Galera node, that it is ready and of the primary component. */
#ifndef MOBYNC_DB_WRITABLE_H
#define MOBYNC_DB_WRITABLE_H

#include "db_link.h"

NODISCARD enum rc db_writable_check(struct db_link *link, struct fail *fail);

#endif
