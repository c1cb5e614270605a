/* The program mobync: runs the subcommand that is named, of those in command.h. */
#include <stdio.h>

#include "command.h"

#define COMMAND_ROW(function, name, help) {name, help, cmd_##function},

static const struct command ROWS[] = {SUBCOMMANDS(COMMAND_ROW)};

static const struct command_set MOBYNC = {
    .program = "mobync",
    .about = "a sync server for offline-first apps, on MariaDB",
    .version = MOBYNC_VERSION,
    .commands = ROWS,
    .count = ARRAY_LEN(ROWS),
};

int main(int argc, char **argv)
{
    enum cli_status status = command_dispatch(&MOBYNC, argc, argv);

    /* A full disk must not look like a token that was printed. */
    if (fflush(stdout) != 0 || ferror(stdout)) {
        perror("mobync: standard output");
        return CLI_FAILED;
    }
    return (int)status;
}
