/* mobync status: two reports of the master, one second apart, and what the database holds back. */
#include <stdio.h>
#include <time.h>

#include "cli_context.h"
#include "settings.h"
#include "status_print.h"
#include "status_report.h"

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

/* Whatever ails the database, the master's reports are worth printing. */
static void measure_database(const struct cli_context *context, struct status *status)
{
    struct synchronizer *s = context->synchronizer;
    struct fail fail = {0};

    status->outbox_known =
        s->ops->changes->measure(s, OUTBOX_COUNTED, &status->outbox, &fail) == RC_OK;
    status->history_known = s->ops->measure_history(s, &status->history, &fail) == RC_OK;
    status->has_shards = context->config->shard_count > 0;
    status->survey_known =
        status->has_shards &&
        s->ops->owner_moves->survey(s, 0, context->arena, &status->survey, &fail) == RC_OK;
}

static enum cli_status show(const struct cli_context *context, const void *given)
{
    const bool *json = given;
    const struct text control = context->config->control;
    struct status *status = ARENA_NEW(context->arena, struct status);
    struct fail fail = {0};

    if (control.len == 0) {
        fprintf(stderr, PROGRAM ": the configuration has no control socket: add 'control: "
                                "unix:/path/to.sock' and reload the server\n");
        return CLI_FAILED;
    }
    if (read_twice(control.ptr, context->arena, status, &fail) == RC_OK) {
        measure_database(context, status);
        status->versions = context->config->mapping.versions;
        status->terms = settings_history(context->config);
        (*json ? status_print_json : status_print_tables)(status);
        return CLI_OK;
    }
    command_failed(PROGRAM, &fail);
    fprintf(stderr, PROGRAM ": is 'mobync serve' running with this configuration, and may you "
                            "open its control socket?\n");
    return CLI_FAILED;
}

enum cli_status cmd_status(int argc, char **argv)
{
    bool json = false;
    const struct option_row rows[] = {OPTION_FLAG("json", "print one JSON object", &json)};
    const struct options options = {
        .program = PROGRAM,
        .about = "show what the running server does: workers, rates over one second, totals, the "
                 "outbox, the history, devices that come back, the last errors",
        .rows = rows,
        .count = ARRAY_LEN(rows),
    };

    return cli_run(&(struct cli_task){options, NULL, show, &json}, argc, argv);
}
