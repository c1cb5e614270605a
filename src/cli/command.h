/* command.h: subcommands as rows of a table, and how they end.
 * Owns:    nothing; names and helps are literals.
 * Fails:   in the exit status alone (CONTRACT: 0 ok, 1 failed, 2 usage); what is wrong stands on
 *          standard error before the function returns. */
#ifndef MOBYNC_COMMAND_H
#define MOBYNC_COMMAND_H

#include "fail.h"

enum cli_status {
    CLI_OK = 0,
    CLI_FAILED = 1,
    CLI_USAGE = 2,
    CLI_GO_ON = -1, /* options are read: the command's work is to be done */
};

struct command {
    const char *name;
    const char *help; /* one line */
    /* argv[0] is the command's name. */
    enum cli_status (*run)(int argc, char **argv);
};

struct command_set {
    const char *program; /* "mobync", "mobync token" */
    const char *about;
    const char *version; /* NULL: no --version */
    const struct command *commands;
    size_t count;
};

/* Runs the command that argv[1] names; "help [COMMAND]" and --help are answered here. */
enum cli_status command_dispatch(const struct command_set *set, int argc, char **argv);

/* "program: why" on standard error, with what else is for the log; CLI_FAILED. */
enum cli_status command_failed(const char *program, const struct fail *fail);

/* What main.c lists. */
enum cli_status cmd_serve(int argc, char **argv);
enum cli_status cmd_check(int argc, char **argv);
enum cli_status cmd_schema(int argc, char **argv);
enum cli_status cmd_token(int argc, char **argv);
enum cli_status cmd_reject(int argc, char **argv);
enum cli_status cmd_explain(int argc, char **argv);
enum cli_status cmd_pull(int argc, char **argv);
enum cli_status cmd_status(int argc, char **argv);

#endif
