/* config.h: everything that the configuration file says, read, checked and finished.
 * Process: config_load() reads the file and those that it names; nothing else does I/O.
 * Owns:    config_load() allocates one block of memory; config_free() gives all of it back. All
 *          texts are NUL-terminated. Const for everybody else.
 * Units:   sizes in bytes, durations in milliseconds, config_line 1-based.
 * Fails:   every fault is one line "FILE:LINE: what is wrong: what to do", given to the reporter;
 *          all faults of a file are reported in one go, in the order of their lines. So are
 *          warnings, with which a config can be used.
 * Holds:   what was loaded without a fault is within the ranges of the key table, and never
 *          changes. */
#ifndef MOBYNC_CONFIG_H
#define MOBYNC_CONFIG_H

#include "arena.h"
#include "attributes.h"
#include "key.h"
#include "log.h"
#include "model.h"
#include "versions.h"

enum config_owner_check { CONFIG_OWNER_VERIFY, CONFIG_OWNER_STAMP };
/* A diff that is refused fails its whole sync, or is kept aside alone. */
enum config_rejected_diffs { CONFIG_REJECTED_FAIL_SYNC, CONFIG_REJECTED_QUARANTINE };

/* How the log names owners. */
enum config_log_owner { CONFIG_LOG_OWNER_PLAIN, CONFIG_LOG_OWNER_HASH };

/* What a session must be able to do at a host that is used. */
enum config_require { CONFIG_REQUIRE_ANY, CONFIG_REQUIRE_WRITABLE };

#define CONFIG_HOSTS_MAX 8

/* Either a socket, or a host and its port. */
struct config_host {
    struct text socket;
    struct text host;
    unsigned port;
    unsigned config_line;
};

/* One of several databases that share the owners (docs/scale.md 4). */
struct config_shard {
    struct text name;
    struct text hash;   /* shard_range_parse() takes it */
    struct text config; /* the file of its own pool; empty: not said */
    unsigned config_line;
};

struct config_database {
    struct text socket; /* empty: host and port are used, or hosts */
    struct text host;
    unsigned port;
    struct config_host *hosts; /* in order of preference; none: the one above */
    size_t host_count;
    enum config_require require;
    struct text user;
    struct text password; /* from password_file, without one trailing newline */
    struct text name;
    struct text tls_ca; /* all empty: no TLS */
    struct text tls_cert;
    struct text tls_key;
    bool tls;
    bool tls_verify;
    unsigned config_line;
    unsigned socket_line; /* of a key that is not set: config_line */
    unsigned host_line;
    unsigned hosts_line;
    unsigned require_line;
    unsigned user_line;
    unsigned name_line;
    unsigned tls_line;
};

struct config_jwt {
    bool enabled;
    struct key_ring keys; /* of key_file, of all files in key_dir, or of jwks_file */
    struct text jwks_url; /* empty: the keys are above; else none are, and the issuer has them */
    int64_t refresh_ms;
    struct text jwks_cache;
    struct text jwks_ca_file; /* empty: the system's */
    unsigned jwks_line;
    struct text owner_claim;
    struct text issuer;   /* empty: not checked */
    struct text audience; /* empty: not checked */
    bool require_exp;
};

struct config {
    struct text path;
    struct text listen; /* "unix:/path" or "ADDRESS:PORT" or "[ADDRESS6]:PORT" */
    unsigned workers;
    uint64_t max_requests;      /* 0: never */
    int64_t request_timeout_ms; /* a worker busy for longer with one request is killed */
    int64_t stop_timeout_ms;    /* after TERM, how long a worker may finish its request */
    struct text control;        /* "unix:/path" of the control socket; empty: none */
    unsigned listen_line;
    unsigned control_line; /* of a key that is not set: listen_line */
    enum log_level log_level;
    enum config_log_owner log_owner;
    struct config_database database;
    struct text diffs_table;
    struct config_jwt jwt;
    struct text tokens_table;  /* empty: no opaque tokens */
    struct text trusted_param; /* empty: none */
    int64_t auth_cache_ms;     /* 0: every token is checked again */
    struct text *cors_origins; /* "*" alone: all */
    size_t cors_origin_count;
    struct text poke_publish; /* "unix:/path"; empty: no pokes */
    struct text poke_key;     /* of key_file, without one trailing newline */
    struct text poke_webhook; /* "https://…"; empty: none */
    struct text poke_webhook_key;
    enum config_owner_check owner_check;
    enum config_rejected_diffs rejected_diffs;
    size_t limit_body_bytes;
    size_t limit_diffs;
    size_t limit_watermelon_body_bytes;
    size_t limit_watermelon_changes;
    int64_t clock_skew_ms;
    size_t limit_owner_requests; /* at a time; 0: no cap */
    size_t limit_owner_tokens;   /* opaque ones that are good; 0: no cap */
    int64_t history_keep_ms;     /* of whole diffs; INT64_MAX: forever */
    int64_t history_deletes_ms;  /* of tombstones; at least the other */
    struct text shard;           /* the pool's own; empty: there are none */
    struct config_shard *shards;
    size_t shard_count;
    struct mapping mapping;
    struct versions versions; /* none: mapping.versions is NULL */
    struct arena arena;       /* everything above lies here */
};

/* Called for each fault or warning with its complete line (no newline); a warning's says so. */
typedef void config_report(void *context, bool warning, const char *line);

/* NULL after at least one fault. Key and password files are read too. */
NODISCARD struct config *config_load(const char *path, config_report *report, void *context);
/* The same, but the file may lack `models`: then the mapping is empty. */
NODISCARD struct config *config_load_unmapped(const char *path, config_report *report,
                                              void *context);
void config_free(struct config *config);

/* Of unix:/path, as sockets are given. It lies in the address, to its end. False if that is of
 * another kind, or has no path. */
bool config_unix_path(struct text address, struct text *path_out);

#endif
