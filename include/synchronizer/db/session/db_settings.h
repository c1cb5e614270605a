/* db_settings.h: where the database is, who asks, and the tables that the config names.
 * Pure:    plain values.
 * Owns:    nothing; texts and mapping are the config's.
 * Units:   body_bytes in bytes.
 * Fails:   never.
 * Holds:   const once it is filled; outlives every connection. */
#ifndef MOBYNC_DB_SETTINGS_H
#define MOBYNC_DB_SETTINGS_H

#include "model.h"

#define DB_HOSTS_MAX 8

struct db_host {
    struct text socket; /* empty: host and port */
    struct text host;
    unsigned port;
};

/* Which host the sessions of several processes use, in memory that they share: db_hosts.h. */
struct db_host_in_use;

struct db_settings {
    struct db_host hosts[DB_HOSTS_MAX]; /* in order of preference */
    size_t host_count;                  /* at least 1 */
    bool writable;                      /* a host that is not is as good as none */
    struct db_host_in_use *in_use;      /* NULL: each session has its own */
    struct text user;
    struct text password;
    struct text database;
    bool tls;
    bool tls_verify;
    struct text tls_ca;
    struct text tls_cert;
    struct text tls_key;
    struct text diffs_table;
    struct text tokens_table; /* empty: none */
    struct text moves_table;  /* empty: one database has all owners */
    const struct mapping *mapping;
    size_t body_bytes; /* the largest body of a request; 0: not known */
};

#endif
