/* mobync status: two reports of the master, one second apart. */
#include <stdio.h>
#include <time.h>

#include "options.h"
#include "status_report.h"
#include "settings.h"
#include "status_print.h"

#define PROGRAM "mobync status"

/* The rates count what happens in between. */
static const struct timespec INTERVAL = {.tv_sec = 1};

static enum rc read_twice(const char *address, struct arena *arena, struct status *status,
                          struct fail *fail)
{
    enum rc rc = status_report_read(address, arena, &status->before, &status->workers, fail);

    if (rc != RC_OK)
        return rc;
    nanosleep(&INTERVAL, NULL);
    rc = status_report_read(address, arena, &status->now, &status->workers, fail);
    if (rc == RC_OK && status->now.master_pid != status->before.master_pid)
        status->before = status->now; /* restarted in between: no rates */
    return rc;
}

static enum cli_status show(const struct config *config, bool json)
{
    enum cli_status result = CLI_OK;
    struct fail fail = {0};
    struct status *status;
    struct arena arena;

    if (config->control.len == 0) {
        fprintf(stderr, PROGRAM ": the configuration has no control socket: add 'control: "
                                "unix:/path/to.sock' and reload the server\n");
        return CLI_FAILED;
    }
    arena_init(&arena);
    status = ARENA_NEW(&arena, struct status);
    if (read_twice(config->control.ptr, &arena, status, &fail) == RC_OK) {
        (json ? status_print_json : status_print_tables)(status);
    } else {
        result = command_failed(PROGRAM, &fail);
        fprintf(stderr, PROGRAM ": is 'mobync serve' running with this configuration, and may you "
                                "open its control socket?\n");
    }
    arena_release(&arena);
    return result;
}

enum cli_status cmd_status(int argc, char **argv)
{
    bool json = false;
    const struct option_row rows[] = {
        {.name = "json", .help = "print one JSON object", .flag_out = &json},
    };
    const struct options options = {
        .program = PROGRAM,
        .about = "show what the running server does: workers, rates over one second, totals, the "
                 "last errors",
        .rows = rows,
        .count = ARRAY_LEN(rows),
    };
    struct options_read read;
    enum cli_status result = options_parse(&options, argc, argv, &read);
    struct config *config;

    if (result != CLI_GO_ON)
        return result;
    config = settings_load(read.config_path);
    if (config == NULL)
        return CLI_FAILED;
    result = show(config, json);
    config_free(config);
    return result;
}
