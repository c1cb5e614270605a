/* mobync restored: a new lineage for a database that was set back (docs/protocol.md 9). One row is
 * written, however many owners there are: each forks at its next push. */
#include <stdio.h>

#include "cli_context.h"

#define PROGRAM "mobync restored"

struct args {
    const char *epoch_option;
    int64_t epoch; /* at least this one; 0: the next */
};

static void print_done(const struct lineage *now)
{
    printf("epoch %lld, lineage %.*s\n", (long long)now->epoch, TEXT_ARG(now->id));
    fprintf(stderr,
            PROGRAM ": done; a running mobync serve uses it from now on\n" PROGRAM
                    ": a device that is ahead of this database gets 409 INVALID_CLOCK from now on, "
                    "with the restart_clock from which it can send its changes again; a device "
                    "that cannot do so starts again with clock 0; all other devices notice "
                    "nothing\n" PROGRAM
                    ": keep a note of the epoch: if you ever restore a backup that is older than "
                    "this moment, run 'mobync restored --epoch %lld' or higher\n",
            (long long)now->epoch + 1);
}

static enum cli_status restore(const struct cli_context *context, const void *given)
{
    const struct args *args = given;
    struct synchronizer *s = context->synchronizer;
    struct lineage now = {.epoch = 0};
    struct fail fail = {0};
    enum rc rc = s->ops->lineages->raise(s, args->epoch, context->arena, &now, &fail);

    if (rc != RC_OK)
        return cli_failed(context, rc, &fail);
    cli_wait_for_workers();
    print_done(&now);
    return CLI_OK;
}

static enum cli_status check(const char *program, const struct options_read *read, void *given)
{
    struct args *args = given;
    uint64_t number;

    (void)read;
    if (args->epoch_option == NULL)
        return CLI_GO_ON;
    if (text_to_uint(text_of(args->epoch_option), (uint64_t)LINEAGE_EPOCH_MAX, &number) &&
        number > 0) {
        args->epoch = (int64_t)number;
        return CLI_GO_ON;
    }
    fprintf(stderr, "%s: --epoch %s: give an integer from 1 to %lld\n", program, args->epoch_option,
            (long long)LINEAGE_EPOCH_MAX);
    return CLI_USAGE;
}

enum cli_status cmd_restored(int argc, char **argv)
{
    struct args args = {.epoch = 0};
    const struct option_row rows[] = {
        OPTION_VALUE("epoch", "EPOCH",
                     "raise the epoch to this number at least, past all that devices have met",
                     &args.epoch_option),
    };
    const struct options options = {
        .program = PROGRAM,
        .about = "after a restore from a backup, or a failover with loss: begin a new lineage, so "
                 "that no device misses what was lost",
        .rows = rows,
        .count = ARRAY_LEN(rows),
    };

    return cli_run(&(struct cli_task){options, check, restore, &args}, argc, argv);
}
