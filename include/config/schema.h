/* schema.h: the keys of the config file, as libcyaml's tables and the structs that it fills.
 * Rule:    a key stands here once; the walk (walk.h) and libcyaml both go by these tables.
 * Owns:    nothing.
 * Holds:   a NULL member was not set. Durations and sizes are still texts (units.h). */
#ifndef MOBYNC_SCHEMA_H
#define MOBYNC_SCHEMA_H

#include <cyaml/cyaml.h>

#include "config.h"

/* What holds where the file is silent; written as a user would write it. */
#define SCHEMA_WORKERS         8u
#define SCHEMA_MAX_REQUESTS    100000u
#define SCHEMA_REQUEST_TIMEOUT "60s"
#define SCHEMA_STOP_TIMEOUT    "30s"
#define SCHEMA_PORT            3306u
#define SCHEMA_DIFFS_TABLE     "diffs"
#define SCHEMA_TOKENS_TABLE    "mobync_tokens"
#define SCHEMA_ALGORITHM       "HS256"
#define SCHEMA_OWNER_CLAIM     "sub"
#define SCHEMA_AUTH_CACHE      "5s"
#define SCHEMA_LIMIT_BODY      "8MiB"
#define SCHEMA_LIMIT_DIFFS     10000u
#define SCHEMA_CLOCK_SKEW      "5m"
#define SCHEMA_OWNER_REQUESTS  0u
#define SCHEMA_OWNER_TOKENS    100u
#define SCHEMA_ID_COLUMN       "id"
#define SCHEMA_OWNER_COLUMN    "owner_id"

/* The control socket is beside that of listen. */
#define SCHEMA_CONTROL_FILE "control.sock"

enum schema_unknown_fields { SCHEMA_UNKNOWN_REJECT, SCHEMA_UNKNOWN_IGNORE };

struct schema_tls {
    char *ca;
    char *cert;
    char *key;
    bool *verify;
};

struct schema_database {
    char *socket;
    char *host;
    unsigned *port;
    char *user;
    char *password_file;
    char *name;
    struct schema_tls *tls;
};

struct schema_jwt {
    char *algorithm;
    char *key_file;
    char *key_dir;
    char *owner_claim;
    char *issuer;
    char *audience;
    bool *require_exp;
};

struct schema_tokens {
    char *table;
};

struct schema_auth {
    struct schema_jwt *jwt;
    struct schema_tokens *tokens;
    char *trusted_param;
    char *cache;
};

struct schema_limits {
    char *body;
    unsigned *diffs;
    char *clock_skew;
    unsigned *owner_requests;
    unsigned *owner_tokens;
};

struct schema_log {
    enum config_log_owner *owner;
    enum log_level *level;
};

struct schema_field {
    char *name;
    char *column;
    char *type;
    bool *required;
    unsigned *max_length;
};

struct schema_model {
    char *name;
    char *table;
    char *id;
    char *owner;
    char **allow;
    unsigned allow_count;
    char *validate;
    struct schema_field *fields;
    unsigned fields_count;
};

struct schema_config {
    char *listen;
    unsigned *workers;
    uint64_t *max_requests;
    char *request_timeout;
    char *stop_timeout;
    char *control;
    struct schema_log *log;
    struct schema_database *database;
    char *diffs_table;
    struct schema_auth *auth;
    enum config_owner_check *owner_check;
    enum schema_unknown_fields *unknown_fields;
    enum config_rejected_diffs *rejected_diffs;
    struct schema_limits *limits;
    struct schema_model *models;
    unsigned models_count;
};

/* The whole file. */
extern const cyaml_schema_value_t SCHEMA_ROOT;

#endif
