/* db_hosts.h: the hosts of a database: which is tried first, how each is named.
 * Process: what several processes share lies in memory that was mapped before they forked.
 * Owns:    db_host_in_use_new() maps it; it lasts as long as the process.
 * Units:   hosts count from 0, in the order of preference.
 * Fails:   db_host_in_use_new() alone: NULL, with errno set.
 * Holds:   a host that is in use is the first to be tried, also where a better one is back: the
 *          sessions of a server do not write to two at a time for longer than they need to. */
#ifndef MOBYNC_DB_HOSTS_H
#define MOBYNC_DB_HOSTS_H

#include "buf.h"
#include "db_settings.h"

struct db_host_in_use {
    _Atomic uint64_t name; /* a hash: it outlives a config and its order; 0: none yet */
};

NODISCARD struct db_host_in_use *db_host_in_use_new(void);

/* False: none that the settings have is in use yet. */
bool db_hosts_find(const struct db_settings *settings, const struct db_host_in_use *in_use,
                   size_t *host_out);
/* Is another one in use that the settings have? */
bool db_hosts_is_left(const struct db_settings *settings, size_t host,
                      const struct db_host_in_use *in_use);
/* Which is tried first: the one in use if the settings have it, else the preferred. */
size_t db_hosts_first(const struct db_settings *settings, const struct db_host_in_use *in_use);
void db_hosts_use(const struct db_settings *settings, size_t host, struct db_host_in_use *in_use);

/* The path of the socket, or "HOST:PORT". */
void db_hosts_print(const struct db_settings *settings, size_t host, struct buf *into);

#endif
