#include "config_keys.h"

/* `~` for an optional key means what leaving it out means. */
#define REQUIRED CYAML_FLAG_POINTER
#define OPTIONAL (CYAML_FLAG_OPTIONAL | CYAML_FLAG_POINTER_NULL_STR)
#define WORD     (OPTIONAL | CYAML_FLAG_STRICT)

#define STRING(key, flags, type, member)                                                           \
    CYAML_FIELD_STRING_PTR(key, flags, type, member, 0, CYAML_UNLIMITED)

/* clang-format off */
static const cyaml_strval_t OWNER_CHECKS[] = {
    {"verify", CONFIG_OWNER_VERIFY},
    {"stamp", CONFIG_OWNER_STAMP},
};

static const cyaml_strval_t UNKNOWN_FIELDS[] = {
    {"reject", CONFIG_UNKNOWN_REJECT},
    {"ignore", CONFIG_UNKNOWN_IGNORE},
};

static const cyaml_strval_t REJECTED_DIFFS[] = {
    {"fail_sync", CONFIG_REJECTED_FAIL_SYNC},
    {"quarantine", CONFIG_REJECTED_QUARANTINE},
};

static const cyaml_strval_t LOG_OWNERS[] = {
    {"plain", CONFIG_LOG_OWNER_PLAIN},
    {"hash", CONFIG_LOG_OWNER_HASH},
};

static const cyaml_strval_t LOG_LEVELS[] = {
    {"debug", LOG_LEVEL_DEBUG},
    {"info", LOG_LEVEL_INFO},
    {"warn", LOG_LEVEL_WARN},
    {"error", LOG_LEVEL_ERROR},
};

static const cyaml_schema_field_t TLS[] = {
    STRING("ca", OPTIONAL, struct config_file_tls, ca),
    STRING("cert", OPTIONAL, struct config_file_tls, cert),
    STRING("key", OPTIONAL, struct config_file_tls, key),
    CYAML_FIELD_BOOL_PTR("verify", OPTIONAL, struct config_file_tls, verify),
    CYAML_FIELD_END
};

static const cyaml_schema_field_t DATABASE[] = {
    STRING("socket", OPTIONAL, struct config_file_database, socket),
    STRING("host", OPTIONAL, struct config_file_database, host),
    CYAML_FIELD_UINT_PTR("port", OPTIONAL, struct config_file_database, port),
    STRING("user", REQUIRED, struct config_file_database, user),
    STRING("password_file", OPTIONAL, struct config_file_database, password_file),
    STRING("name", REQUIRED, struct config_file_database, name),
    CYAML_FIELD_MAPPING_PTR("tls", OPTIONAL, struct config_file_database, tls, TLS),
    CYAML_FIELD_END
};

static const cyaml_schema_field_t JWT[] = {
    STRING("algorithm", OPTIONAL, struct config_file_jwt, algorithm),
    STRING("key_file", OPTIONAL, struct config_file_jwt, key_file),
    STRING("key_dir", OPTIONAL, struct config_file_jwt, key_dir),
    STRING("owner_claim", OPTIONAL, struct config_file_jwt, owner_claim),
    STRING("issuer", OPTIONAL, struct config_file_jwt, issuer),
    STRING("audience", OPTIONAL, struct config_file_jwt, audience),
    CYAML_FIELD_BOOL_PTR("require_exp", OPTIONAL, struct config_file_jwt, require_exp),
    CYAML_FIELD_END
};

static const cyaml_schema_field_t TOKENS[] = {
    STRING("table", OPTIONAL, struct config_file_tokens, table),
    CYAML_FIELD_END
};

static const cyaml_schema_field_t AUTH[] = {
    CYAML_FIELD_MAPPING_PTR("jwt", OPTIONAL, struct config_file_auth, jwt, JWT),
    CYAML_FIELD_MAPPING_PTR("tokens", OPTIONAL, struct config_file_auth, tokens, TOKENS),
    STRING("trusted_param", OPTIONAL, struct config_file_auth, trusted_param),
    STRING("cache", OPTIONAL, struct config_file_auth, cache),
    CYAML_FIELD_END
};

static const cyaml_schema_field_t LIMITS[] = {
    STRING("body", OPTIONAL, struct config_file_limits, body),
    CYAML_FIELD_UINT_PTR("diffs", OPTIONAL, struct config_file_limits, diffs),
    STRING("clock_skew", OPTIONAL, struct config_file_limits, clock_skew),
    CYAML_FIELD_UINT_PTR("owner_requests", OPTIONAL, struct config_file_limits, owner_requests),
    CYAML_FIELD_UINT_PTR("owner_tokens", OPTIONAL, struct config_file_limits, owner_tokens),
    CYAML_FIELD_END
};

static const cyaml_schema_field_t LOG[] = {
    CYAML_FIELD_ENUM_PTR("owner", WORD, struct config_file_log, owner, LOG_OWNERS,
                         CYAML_ARRAY_LEN(LOG_OWNERS)),
    CYAML_FIELD_ENUM_PTR("level", WORD, struct config_file_log, level, LOG_LEVELS,
                         CYAML_ARRAY_LEN(LOG_LEVELS)),
    CYAML_FIELD_END
};

static const cyaml_schema_field_t FIELD[] = {
    STRING("name", REQUIRED, struct config_file_field, name),
    STRING("column", OPTIONAL, struct config_file_field, column),
    STRING("type", REQUIRED, struct config_file_field, type),
    CYAML_FIELD_BOOL_PTR("required", OPTIONAL, struct config_file_field, required),
    CYAML_FIELD_UINT_PTR("max_length", OPTIONAL, struct config_file_field, max_length),
    CYAML_FIELD_END
};

static const cyaml_schema_value_t FIELD_ENTRY = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct config_file_field, FIELD),
};

static const cyaml_schema_value_t ALLOW_ENTRY = {
    CYAML_VALUE_STRING(REQUIRED, char *, 0, CYAML_UNLIMITED),
};

static const cyaml_schema_field_t MODEL[] = {
    STRING("name", REQUIRED, struct config_file_model, name),
    STRING("table", OPTIONAL, struct config_file_model, table),
    STRING("id", OPTIONAL, struct config_file_model, id),
    STRING("owner", OPTIONAL, struct config_file_model, owner),
    CYAML_FIELD_SEQUENCE("allow", OPTIONAL, struct config_file_model, allow, &ALLOW_ENTRY, 1,
                         CYAML_UNLIMITED),
    STRING("validate", OPTIONAL, struct config_file_model, validate),
    CYAML_FIELD_SEQUENCE("fields", REQUIRED, struct config_file_model, fields, &FIELD_ENTRY, 1,
                         CYAML_UNLIMITED),
    CYAML_FIELD_END
};

static const cyaml_schema_value_t MODEL_ENTRY = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct config_file_model, MODEL),
};

static const cyaml_schema_field_t CONFIG[] = {
    STRING("listen", REQUIRED, struct config_file, listen),
    CYAML_FIELD_UINT_PTR("workers", OPTIONAL, struct config_file, workers),
    CYAML_FIELD_UINT_PTR("max_requests", OPTIONAL, struct config_file, max_requests),
    STRING("request_timeout", OPTIONAL, struct config_file, request_timeout),
    STRING("stop_timeout", OPTIONAL, struct config_file, stop_timeout),
    STRING("control", OPTIONAL, struct config_file, control),
    CYAML_FIELD_MAPPING_PTR("log", OPTIONAL, struct config_file, log, LOG),
    CYAML_FIELD_MAPPING_PTR("database", REQUIRED, struct config_file, database, DATABASE),
    STRING("diffs_table", OPTIONAL, struct config_file, diffs_table),
    CYAML_FIELD_MAPPING_PTR("auth", REQUIRED, struct config_file, auth, AUTH),
    CYAML_FIELD_ENUM_PTR("owner_check", WORD, struct config_file, owner_check, OWNER_CHECKS,
                         CYAML_ARRAY_LEN(OWNER_CHECKS)),
    CYAML_FIELD_ENUM_PTR("unknown_fields", WORD, struct config_file, unknown_fields,
                         UNKNOWN_FIELDS, CYAML_ARRAY_LEN(UNKNOWN_FIELDS)),
    CYAML_FIELD_ENUM_PTR("rejected_diffs", WORD, struct config_file, rejected_diffs,
                         REJECTED_DIFFS, CYAML_ARRAY_LEN(REJECTED_DIFFS)),
    CYAML_FIELD_MAPPING_PTR("limits", OPTIONAL, struct config_file, limits, LIMITS),
    CYAML_FIELD_SEQUENCE("models", REQUIRED, struct config_file, models, &MODEL_ENTRY, 1,
                         CYAML_UNLIMITED),
    CYAML_FIELD_END
};
/* clang-format on */

const cyaml_schema_value_t CONFIG_KEYS = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct config_file, CONFIG),
};
