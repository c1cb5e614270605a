/* mobync check: every fault of the config and of the database behind it, as lines or as JSON. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#include "check_shards.h"
#include "issuer_keys.h"
#include "json_print.h"
#include "options.h"
#include "plural.h"
#include "schema.h"
#include "settings.h"

#define JSON_LINE_MAX_BYTES ((size_t)64 * 1024)

struct findings {
    const char *path;
    size_t faults;
    bool json;
};

static void print_json(const char *path, unsigned line, bool warning, const char *message)
{
    struct buf json;

    buf_init(&json, JSON_LINE_MAX_BYTES);
    buf_add_char(&json, '{');
    json_print_text(&json, "file", text_of(path));
    if (line > 0)
        json_print_integer(&json, "line", line);
    else
        json_print_raw(&json, "line", TEXT_LITERAL(""));
    json_print_text(&json, "severity", text_of(warning ? "warning" : "error"));
    json_print_text(&json, "message", text_of(message));
    buf_add_str(&json, "}\n");
    json_print_flush(&json);
    buf_release(&json);
}

static const char *skip(const char *text, const char *prefix)
{
    const size_t len = strlen(prefix);

    return strncmp(text, prefix, len) == 0 ? text + len : text;
}

/* "FILE:LINE: warning: message"; LINE and "warning" may be missing. */
static void print_config_fault(void *context, bool warning, const char *line)
{
    struct findings *findings = context;
    const char *message = skip(line, findings->path);
    uint64_t number = 0;
    size_t digits;

    findings->faults += !warning;
    if (!findings->json) {
        printf("%s\n", line);
        return;
    }
    message = skip(message, ":");
    digits = strspn(message, "0123456789");
    if (message[digits] == ':' && text_to_uint((struct text){message, digits}, UINT_MAX, &number))
        message += digits + 1;
    message = skip(message, " ");
    print_json(findings->path, (unsigned)number, warning,
               warning ? skip(message, "warning: ") : message);
}

static void print_schema_fault(void *context, unsigned config_line, bool warning,
                               const char *message)
{
    struct findings *findings = context;

    findings->faults += !warning;
    if (findings->json) {
        print_json(findings->path, config_line, warning, message);
        return;
    }
    printf("%s:", findings->path);
    if (config_line > 0)
        printf("%u:", config_line);
    printf(" %s%s\n", warning ? "warning: " : "", message);
}

/* The key that a failed connection points to, if the database's response says which. */
static unsigned line_of(const struct config_database *database, enum schema_key key)
{
    const unsigned lines[SCHEMA_KEYS] = {
        [SCHEMA_DATABASE] = database->config_line, [SCHEMA_SOCKET] = database->socket_line,
        [SCHEMA_HOST] = database->host_line,       [SCHEMA_HOSTS] = database->hosts_line,
        [SCHEMA_REQUIRE] = database->require_line, [SCHEMA_USER] = database->user_line,
        [SCHEMA_NAME] = database->name_line,       [SCHEMA_TLS] = database->tls_line,
        [SCHEMA_SESSION] = database->config_line,
    };

    return lines[key];
}

static void check_durable(const struct db_settings *settings, unsigned line,
                          struct findings *findings)
{
    struct fail fail = {0};

    if (schema_check_durable(settings, line, print_schema_fault, findings, &fail) != RC_OK)
        print_schema_fault(findings, line, false, fail_reason(&fail));
}

static void check_cluster(const struct db_settings *settings, unsigned line,
                          struct findings *findings)
{
    struct fail fail = {0};

    if (schema_check_cluster(settings, line, print_schema_fault, findings, &fail) != RC_OK)
        print_schema_fault(findings, line, false, fail_reason(&fail));
}

static void check_triggers(const struct db_settings *settings, unsigned line,
                           struct findings *findings)
{
    struct fail fail = {0};

    if (schema_check_triggers(settings, line, print_schema_fault, findings, &fail) != RC_OK)
        print_schema_fault(findings, line, false, fail_reason(&fail));
}

/* One of several may be away, or a replica: the others are for that. */
static void check_hosts(const struct config_database *database, const struct db_settings *settings,
                        struct findings *findings)
{
    for (size_t i = 0; i < settings->host_count && settings->host_count > 1; i++) {
        struct db_settings alone = *settings;
        enum schema_key suspect = SCHEMA_DATABASE;
        struct fail fail = {0};
        char message[sizeof(fail.detail) + 64];

        alone.hosts[0] = settings->hosts[i];
        alone.host_count = 1;
        alone.writable = false;
        if (schema_connect(&alone, &suspect, &fail) == RC_OK)
            continue;
        snprintf(message, sizeof(message), "this host cannot stand in for others: %s",
                 fail_reason(&fail));
        print_schema_fault(findings, database->hosts[i].config_line, true, message);
    }
}

static void check_database(const struct config *config, struct findings *findings)
{
    struct db_settings settings = settings_db(config);
    enum schema_key suspect = SCHEMA_DATABASE;
    unsigned line = config->database.config_line;
    struct fail fail = {0};
    size_t counted = 0; /* by the reporter too */

    check_hosts(&config->database, &settings, findings);
    if (schema_connect(&settings, &suspect, &fail) != RC_OK)
        print_schema_fault(findings, line_of(&config->database, suspect), false,
                           fail_reason(&fail));
    else if (schema_check(&settings, line, print_schema_fault, findings, &counted, &fail) != RC_OK)
        print_schema_fault(findings, line, false, fail_reason(&fail));
    else {
        check_durable(&settings, line, findings);
        check_cluster(&settings, line, findings);
        check_triggers(&settings, line, findings);
        check_shards(config, print_schema_fault, findings);
    }
}

/* With its slash, so that a file is none. False: the path is of another kind. */
static bool folder_of(struct text address, char folder_out[PATH_MAX])
{
    struct text path;

    if (!config_unix_path(address, &path))
        return false;
    while (path.len > 0 && path.ptr[path.len - 1] != '/')
        path.len--;
    return path.len > 0 && snprintf(folder_out, PATH_MAX, "%.*s", TEXT_ARG(path)) < PATH_MAX;
}

/* Not a fault: systemd may pass the socket, and make the folder before the server starts. */
static void check_folder(const char *key, const char *folder, unsigned line,
                         struct findings *findings)
{
    char message[PATH_MAX + 240];

    if (access(folder, W_OK | X_OK) == 0)
        return;
    if (errno == ENOENT || errno == ENOTDIR)
        snprintf(message, sizeof(message),
                 "%s: there is no folder %s, so `mobync serve` cannot make its socket: make the "
                 "folder, writable for the server's user",
                 key, folder);
    else
        snprintf(message, sizeof(message),
                 "%s: this user cannot make a socket in %s (%s): if the server runs as this user, "
                 "let it write there; otherwise check as the server's user",
                 key, folder, strerror(errno));
    print_schema_fault(findings, line, true, message);
}

static void check_sockets(const struct config *config, struct findings *findings)
{
    char folder[PATH_MAX], other[PATH_MAX];
    const bool listens = folder_of(config->listen, folder);

    if (listens)
        check_folder("listen", folder, config->listen_line, findings);
    if (folder_of(config->control, other) && (!listens || strcmp(folder, other) != 0))
        check_folder("control", other, config->control_line, findings);
}

/* Whether the server's user may write there is not for this one to find out. */
static void check_cache_folder(const struct config_jwt *jwt, struct findings *findings)
{
    const char *slash = strrchr(jwt->jwks_cache.ptr, '/');
    char folder[PATH_MAX], message[PATH_MAX + 160];

    snprintf(folder, sizeof(folder), "%.*s/", (int)(slash - jwt->jwks_cache.ptr),
             jwt->jwks_cache.ptr);
    if (access(folder, F_OK) == 0 || errno != ENOENT)
        return;
    snprintf(message, sizeof(message),
             "auth.jwt.jwks_cache: there is no folder %s, so a start while the issuer cannot be "
             "reached lets nobody in: make it, writable for the server",
             folder);
    print_schema_fault(findings, jwt->jwks_line, true, message);
}

static void check_issuer(const struct config *config, struct findings *findings)
{
    const struct config_jwt *jwt = &config->jwt;
    struct fail fail = {0};
    char message[sizeof(fail.message) + 64];

    if (!jwt->enabled || jwt->jwks_url.len == 0)
        return;
    check_cache_folder(jwt, findings);
    if (issuer_keys_check(config, &fail))
        return;
    snprintf(message, sizeof(message), "auth.jwt.jwks_url: cannot fetch the key set: %s",
             fail_reason(&fail));
    print_schema_fault(findings, jwt->jwks_line, false, message);
}

static enum cli_status sum_up(const struct findings *findings)
{
    if (findings->json)
        return findings->faults == 0 ? CLI_OK : CLI_FAILED;
    if (findings->faults == 0) {
        printf("the config fits the database\n");
        return CLI_OK;
    }
    printf("%zu fault%s\n", findings->faults, plural(findings->faults));
    return CLI_FAILED;
}

enum cli_status cmd_check(int argc, char **argv)
{
    bool json = false;
    const struct option_row rows[] = {OPTION_FLAG("json", "print one JSON object per line", &json)};
    const struct options options = {
        .program = "mobync check",
        .about = "report every fault of the configuration and of the database behind it; change "
                 "nothing",
        .rows = rows,
        .count = ARRAY_LEN(rows),
    };
    struct options_read read;
    struct findings findings;
    struct config *config;
    enum cli_status status = options_parse(&options, argc, argv, &read);

    if (status != CLI_GO_ON)
        return status;
    findings = (struct findings){.path = read.config_path, .json = json};
    config = config_load(read.config_path, print_config_fault, &findings);
    if (config != NULL) {
        check_sockets(config, &findings);
        check_issuer(config, &findings);
        check_database(config, &findings);
    }
    config_free(config);
    return sum_up(&findings);
}
