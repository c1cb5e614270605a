/* memory_server.h: the engine on a synchronizer in memory.
 * Holds:   every sync is one sync_apply(); fail_nth is the synchronizer's call that fails.
 * Fails:   never to be made. */
#ifndef MOBYNC_PROPERTY_MEMORY_SERVER_H
#define MOBYNC_PROPERTY_MEMORY_SERVER_H

#include "server.h"

struct server *memory_server_new(void);

#endif
