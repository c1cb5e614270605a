#include <stdio.h>

#include "command.h"

static const struct command COMMANDS[] = {
    {"serve", "runs the FastCGI worker pool, in the foreground", cmd_serve},
    {"check", "tells every fault of the configuration, the database included", cmd_check},
    {"schema", "prints, or applies, the SQL that the configuration still needs", cmd_schema},
    {"token", "creates, lists and revokes sync tokens", cmd_token},
    {"reject", "lists, retries and drops diffs that were refused", cmd_reject},
    {"explain", "tells why a device has a row, or has it not", cmd_explain},
    {"pull", "prints what a device at a clock would be sent", cmd_pull},
    {"status", "tells what the running server does", cmd_status},
};

static const struct command_set MOBYNC = {
    .program = "mobync",
    .about = "a sync server for phones that work offline, on MariaDB",
    .version = MOBYNC_VERSION,
    .commands = COMMANDS,
    .count = ARRAY_LEN(COMMANDS),
};

int main(int argc, char **argv)
{
    enum cli_status status = command_dispatch(&MOBYNC, argc, argv);

    /* A full disk must not pass for a token that was printed. */
    if (fflush(stdout) != 0 || ferror(stdout)) {
        perror("mobync: standard output");
        return CLI_FAILED;
    }
    return (int)status;
}
