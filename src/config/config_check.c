#include "config_check.h"

#include "config_keys.h"
#include "yaml_walk.h"

/* A new rule is a row here and a function. */
static const struct check_rule RULES[] = {
    {.path = "listen", .run = check_listen},
    {.path = "control", .run = check_control},
    {"workers", check_measure, UNITS_COUNT, "1", "1024"},
    {"request_timeout", check_measure, UNITS_DURATION, "100ms", "1h"},
    {"stop_timeout", check_measure, UNITS_DURATION, "100ms", "1h"},

    {.path = "database.socket", .run = check_socket},
    {"database.port", check_measure, UNITS_COUNT, "1", "65535"},
    {.path = "database.password_file", .run = check_password},
    {.path = "database.name", .run = check_name},
    {.path = "database.tls.ca", .run = check_readable},
    {.path = "database.tls.cert", .run = check_readable},
    {.path = "database.tls.key", .run = check_readable},
    {.path = "database.tls", .run = check_tls},
    {.path = "database", .run = check_database},

    {.path = "auth.jwt.algorithm", .run = check_algorithm},
    {.path = "auth.jwt.key_file", .run = check_key_file},
    {.path = "auth.jwt.key_dir", .run = check_key_dir},
    {.path = "auth.jwt", .run = check_jwt},
    {.path = "auth.tokens.table", .run = check_name},
    {.path = "auth.tokens.table", .run = check_tokens_table},
    {.path = "auth.trusted_param", .run = check_trusted_param},
    {"auth.cache", check_measure, UNITS_DURATION, "0s", "60s"},
    {.path = "auth", .run = check_auth},

    {"limits.body", check_measure, UNITS_SIZE, "1", "1GiB"},
    {"limits.diffs", check_measure, UNITS_COUNT, "1", "1000000"},
    {"limits.clock_skew", check_measure, UNITS_DURATION, "0s", "365d"},
    {"limits.owner_requests", check_owner_requests, UNITS_COUNT, "0", "1024"},
    {"limits.owner_tokens", check_measure, UNITS_COUNT, "0", "1000000"},

    {.path = "models[].name", .run = check_model_name},
    {.path = "models[].table", .run = check_name},
    {.path = "models[].id", .run = check_name},
    {.path = "models[].owner", .run = check_name},
    {.path = "models[].validate", .run = check_name},
    {.path = "models[].allow[]", .run = check_allow_type},
    {.path = "models[].allow", .run = check_allow},
    {.path = "models[].fields[].name", .run = check_field_name},
    {.path = "models[].fields[].column", .run = check_name},
    {.path = "models[].fields[].type", .run = check_field_type},
    {"models[].fields[].max_length", check_measure, UNITS_COUNT, "1", "1073741823"},
    {.path = "models[].fields[]", .run = check_field},
    {.path = "models[]", .run = check_model},
    {.path = "models", .run = check_models},

    {.path = "diffs_table", .run = check_name},
    {.path = "diffs_table", .run = check_diffs_table},
    {.path = "", .run = check_own_tables},
};

const struct check_rule *check_rules(size_t *count_out)
{
    *count_out = ARRAY_LEN(RULES);
    return RULES;
}

static void run_rules(void *context, const char *path, const struct place *at)
{
    for (size_t i = 0; i < ARRAY_LEN(RULES); i++)
        if (strcmp(RULES[i].path, path) == 0)
            RULES[i].run(context, &RULES[i], at);
}

void check_document(struct yaml_tree *document, struct config *config, struct diagnostics *faults)
{
    struct check check = {.document = document, .faults = faults, .config = config};

    yaml_walk_document(document, &CONFIG_KEYS, faults, run_rules, &check);
}
