/* cli_context.h: what a command works with that needs the database: config, synchronizer, arena.
 * Owns:    all of it, for as long as the work goes on.
 * Fails:   as command.h says. */
#ifndef MOBYNC_CLI_CONTEXT_H
#define MOBYNC_CLI_CONTEXT_H

#include "options.h"
#include "settings.h"

struct cli_context {
    const char *program;
    const struct config *config;
    struct synchronizer *synchronizer; /* connects when first used */
    struct arena *arena;
};

/* CLI_USAGE unless it is an owner's name. */
NODISCARD enum cli_status cli_check_owner(const char *program, const char *owner);
/* CLI_USAGE unless both name something: an object's owner is checked by itself. */
NODISCARD enum cli_status cli_check_object(const char *program, const char *model, const char *id);
/* CLI_USAGE unless it is a logical clock; NULL leaves *clock_out as it is. */
NODISCARD enum cli_status cli_read_clock(const char *program, const char *clock,
                                         int64_t *clock_out);

typedef enum cli_status cli_check(const char *program, const struct options_read *read, void *args);
typedef enum cli_status cli_work(const struct cli_context *context, const void *args);

/* A command that needs the config. */
struct cli_task {
    struct options options;
    cli_check *check; /* CLI_GO_ON if the options make sense; NULL: all do */
    cli_work *work;
    void *args; /* the command's own */
};

/* NULL, with the reason on standard error, if the config maps none of that name. */
NODISCARD const struct model *cli_find_model(const struct cli_context *context, const char *name);

NODISCARD enum cli_status cli_run(const struct cli_task *task, int argc, char **argv);

/* Until no worker goes by what it has read of the lineage, and of which tables are compared,
 * before. */
void cli_wait_for_workers(void);

/* The reason on standard error, and what to do about it; CLI_FAILED. */
enum cli_status cli_failed(const struct cli_context *context, enum rc rc, const struct fail *fail);
void cli_print_remedy(const struct cli_context *context, enum rc rc);

#endif
