/* config_keys.h: the keys of the config file, as libcyaml's tables and the structs that it fills.
 * Rule:    a key stands here once; the walk (yaml_walk.h) and libcyaml both go by these tables.
 * Owns:    nothing.
 * Holds:   a NULL member was not set. Durations and sizes are still texts (units.h). */
#ifndef MOBYNC_CONFIG_KEYS_H
#define MOBYNC_CONFIG_KEYS_H

#include <cyaml/cyaml.h>

#include "config.h"

/* What holds where the file is silent; written as a user would write it. */
#define CONFIG_DEFAULT_WORKERS         8u
#define CONFIG_DEFAULT_MAX_REQUESTS    100000u
#define CONFIG_DEFAULT_REQUEST_TIMEOUT "60s"
#define CONFIG_DEFAULT_STOP_TIMEOUT    "30s"
#define CONFIG_DEFAULT_PORT            3306u
#define CONFIG_DEFAULT_DIFFS_TABLE     "diffs"
#define CONFIG_DEFAULT_TOKENS_TABLE    "mobync_tokens"
#define CONFIG_DEFAULT_ALGORITHM       "HS256"
#define CONFIG_DEFAULT_OWNER_CLAIM     "sub"
#define CONFIG_DEFAULT_AUTH_CACHE      "5s"
#define CONFIG_DEFAULT_LIMIT_BODY      "8MiB"
#define CONFIG_DEFAULT_LIMIT_DIFFS     10000u
#define CONFIG_DEFAULT_CLOCK_SKEW      "5m"
#define CONFIG_DEFAULT_OWNER_REQUESTS  0u
#define CONFIG_DEFAULT_OWNER_TOKENS    100u
#define CONFIG_DEFAULT_ID_COLUMN       "id"
#define CONFIG_DEFAULT_OWNER_COLUMN    "owner_id"

/* The control socket is beside that of listen. */
#define CONFIG_DEFAULT_CONTROL_FILE "control.sock"

enum config_unknown_fields { CONFIG_UNKNOWN_REJECT, CONFIG_UNKNOWN_IGNORE };

struct config_file_tls {
    char *ca;
    char *cert;
    char *key;
    bool *verify;
};

struct config_file_database {
    char *socket;
    char *host;
    unsigned *port;
    char *user;
    char *password_file;
    char *name;
    struct config_file_tls *tls;
};

struct config_file_jwt {
    char *algorithm;
    char *key_file;
    char *key_dir;
    char *owner_claim;
    char *issuer;
    char *audience;
    bool *require_exp;
};

struct config_file_tokens {
    char *table;
};

struct config_file_auth {
    struct config_file_jwt *jwt;
    struct config_file_tokens *tokens;
    char *trusted_param;
    char *cache;
};

struct config_file_limits {
    char *body;
    unsigned *diffs;
    char *clock_skew;
    unsigned *owner_requests;
    unsigned *owner_tokens;
};

struct config_file_log {
    enum config_log_owner *owner;
    enum log_level *level;
};

struct config_file_field {
    char *name;
    char *column;
    char *type;
    bool *required;
    unsigned *max_length;
};

struct config_file_model {
    char *name;
    char *table;
    char *id;
    char *owner;
    char **allow;
    unsigned allow_count;
    char *validate;
    struct config_file_field *fields;
    unsigned fields_count;
};

struct config_file {
    char *listen;
    unsigned *workers;
    uint64_t *max_requests;
    char *request_timeout;
    char *stop_timeout;
    char *control;
    struct config_file_log *log;
    struct config_file_database *database;
    char *diffs_table;
    struct config_file_auth *auth;
    enum config_owner_check *owner_check;
    enum config_unknown_fields *unknown_fields;
    enum config_rejected_diffs *rejected_diffs;
    struct config_file_limits *limits;
    struct config_file_model *models;
    unsigned models_count;
};

/* The whole file. */
extern const cyaml_schema_value_t CONFIG_KEYS;

#endif
