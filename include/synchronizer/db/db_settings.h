/* db_settings.h: where the database is, who asks, and the tables that the config names.
 * Pure:    plain values.
 * Owns:    nothing; texts and mapping are the config's.
 * Units:   body_bytes in bytes.
 * Fails:   never.
 * Holds:   const once it is filled; outlives every connection. */
#ifndef MOBYNC_DB_SETTINGS_H
#define MOBYNC_DB_SETTINGS_H

#include "model.h"

struct db_settings {
    struct text socket; /* empty: host and port */
    struct text host;
    unsigned port;
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
    const struct mapping *mapping;
    size_t body_bytes; /* the largest body of a request; 0: not known */
};

#endif
