#include <stdio.h>

#include "schema.h"
#include "options.h"
#include "settings.h"

struct findings {
    const char *path;
    size_t faults;
};

static void print_config_fault(void *context, bool warning, const char *line)
{
    struct findings *findings = context;

    findings->faults += !warning;
    printf("%s\n", line);
}

static void print_schema_fault(void *context, unsigned config_line, bool warning,
                               const char *message)
{
    struct findings *findings = context;

    findings->faults += !warning;
    printf("%s:", findings->path);
    if (config_line > 0)
        printf("%u:", config_line);
    printf(" %s%s\n", warning ? "warning: " : "", message);
}

/* A connection's faults lie in one key, if the server's answer tells which. */
static unsigned line_of(const struct config_database *database, enum schema_key key)
{
    const unsigned lines[SCHEMA_KEYS] = {
        [SCHEMA_DATABASE] = database->config_line, [SCHEMA_SOCKET] = database->socket_line,
        [SCHEMA_HOST] = database->host_line,       [SCHEMA_USER] = database->user_line,
        [SCHEMA_NAME] = database->name_line,       [SCHEMA_TLS] = database->tls_line,
    };

    return lines[key];
}

static void check_database(const struct config *config, struct findings *findings)
{
    struct db_settings settings = settings_mysql(config);
    enum schema_key suspect = SCHEMA_DATABASE;
    unsigned line = config->database.config_line;
    struct fail fail = {0};
    size_t counted = 0; /* by the reporter too */

    if (schema_connect(&settings, &suspect, &fail) != RC_OK)
        print_schema_fault(findings, line_of(&config->database, suspect), false,
                           fail_reason(&fail));
    else if (schema_check(&settings, line, print_schema_fault, findings, &counted, &fail) != RC_OK)
        print_schema_fault(findings, line, false, fail_reason(&fail));
}

static enum cli_status sum_up(const struct findings *findings)
{
    if (findings->faults == 0) {
        printf("the config fits the database\n");
        return CLI_OK;
    }
    printf("%zu fault%s\n", findings->faults, findings->faults == 1 ? "" : "s");
    return CLI_FAILED;
}

enum cli_status cmd_check(int argc, char **argv)
{
    const struct options options = {
        .program = "mobync check",
        .about = "tells every fault of the configuration and of the database behind it; changes "
                 "nothing",
    };
    struct options_read read;
    struct findings findings;
    struct config *config;
    enum cli_status status = options_parse(&options, argc, argv, &read);

    if (status != CLI_GO_ON)
        return status;
    findings = (struct findings){.path = read.config_path};
    config = config_load(read.config_path, print_config_fault, &findings);
    if (config != NULL)
        check_database(config, &findings);
    config_free(config);
    return sum_up(&findings);
}
