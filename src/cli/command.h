/* command.h: subcommands as rows of a table, and their exit statuses.
 * Owns:    nothing; names and helps are literals.
 * Fails:   only through the exit status (0 success, 1 failure, 2 wrong usage); the reason is on
 *          standard error before the function returns. */
#ifndef MOBYNC_COMMAND_H
#define MOBYNC_COMMAND_H

#include "fail.h"

enum cli_status {
    CLI_OK = 0,
    CLI_FAILED = 1,
    CLI_USAGE = 2,
    CLI_GO_ON = -1, /* the options are read: the command may do its work */
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

/* Runs the command that argv[1] names, and handles "help [COMMAND]" and --help itself. */
enum cli_status command_dispatch(const struct command_set *set, int argc, char **argv);

/* "program: reason" on standard error, with the detail that is meant for the log; CLI_FAILED. */
enum cli_status command_failed(const char *program, const struct fail *fail);

/* The subcommands. To add one, add its row here, its cmd_NAME.c and that file to CMakeLists.txt. */
#define SUBCOMMANDS(ROW)                                                                           \
    ROW(serve, "serve", "run the FastCGI worker pool in the foreground")                           \
    ROW(check, "check", "report every fault of the configuration and of the database")             \
    ROW(schema, "schema", "print or run the SQL that the configuration still needs")               \
    ROW(map, "map", "print the models of existing tables, for the configuration")                  \
    ROW(token, "token", "create, list and revoke sync tokens")                                     \
    ROW(lens, "lens", "show what a diff of an older version of the app is to the newest")          \
    ROW(reject, "reject", "list, retry and drop rejected diffs")                                   \
    ROW(explain, "explain", "explain why a device has a row, or lacks it")                         \
    ROW(pull, "pull", "print what a device at a given clock would receive")                        \
    ROW(history, "history", "print what an object was, diff by diff")                              \
    ROW(restore_object, "restore-object", "bring an object back to values that it had")            \
    ROW(reconcile, "reconcile", "compare tables and history with the owners' next syncs")          \
    ROW(export, "export", "print everything that is kept of an owner, as JSON lines")              \
    ROW(forget, "forget", "delete everything that is kept of an owner")                            \
    ROW(move_owner, "move-owner", "move an owner to another shard")                                \
    ROW(restored, "restored", "begin a new lineage after the database was set back")               \
    ROW(status, "status", "show what the running server does")

#define COMMAND_DECLARE(function, name, help) enum cli_status cmd_##function(int argc, char **argv);
SUBCOMMANDS(COMMAND_DECLARE)
#undef COMMAND_DECLARE

#endif
