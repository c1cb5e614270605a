/* mobync reconcile: the owners' next syncs compare tables and history, and tell devices what
 * differs (docs/merging.md 12.3). For all owners one row is written, however many there are. */
#include <stdio.h>

#include "cli_context.h"

#define PROGRAM "mobync reconcile"

struct args {
    const char *owner;
    const char *model;
};

static enum cli_status unknown_model(const char *model)
{
    fprintf(stderr, PROGRAM ": --model %s: the configuration maps no model of that name\n", model);
    return CLI_USAGE;
}

static void print_done(const struct args *args, uint64_t owners)
{
    if (args->owner != NULL)
        printf("owner %s is compared with its next sync\n", args->owner);
    else
        printf("%llu owner%s compared, each with its next sync\n", (unsigned long long)owners,
               owners == 1 ? " is" : "s are");
}

static enum cli_status reconcile(const struct cli_context *context, const void *given)
{
    const struct args *args = given;
    struct synchronizer *s = context->synchronizer;
    const struct model *model =
        args->model == NULL ? NULL : mapping_find(s->mapping, text_of(args->model));
    struct fail fail = {0};
    uint64_t owners = 0;
    enum rc rc;

    if (args->model != NULL && model == NULL)
        return unknown_model(args->model);
    rc = s->ops->changes->reconcile(s, text_of(args->owner), model, &owners, &fail);
    if (rc != RC_OK)
        return cli_failed(context, rc, &fail);
    if (args->owner == NULL && model == NULL)
        cli_wait_for_workers();
    print_done(args, owners);
    return CLI_OK;
}

static enum cli_status check(const char *program, const struct options_read *read, void *given)
{
    const struct args *args = given;

    (void)read;
    return args->owner == NULL ? CLI_GO_ON : cli_check_owner(program, args->owner);
}

enum cli_status cmd_reconcile(int argc, char **argv)
{
    struct args args = {.owner = NULL};
    const struct option_row rows[] = {
        OPTION_VALUE("owner", "OWNER", "of this owner alone", &args.owner),
        OPTION_VALUE("model", "MODEL", "rows of this model alone", &args.model),
    };
    const struct options options = {
        .program = PROGRAM,
        .about = "compare tables and history with each owner's next sync, and tell devices what "
                 "differs: after TRUNCATE, restored or swapped tables, or time without triggers",
        .rows = rows,
        .count = ARRAY_LEN(rows),
    };

    return cli_run(&(struct cli_task){options, check, reconcile, &args}, argc, argv);
}
