/* db_owner_moves.h: the operations of owner_moves.h.
 * Fails:   as db_link_error() says. */
#ifndef MOBYNC_DB_OWNER_MOVES_H
#define MOBYNC_DB_OWNER_MOVES_H

#include "owner_moves.h"

extern const struct owner_moves_ops DB_OWNER_MOVES_OPS;

#endif
