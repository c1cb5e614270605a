/* mobync restored: a new lineage for a database that was set back (docs/protocol.md 9). One row is
 * written, however many owners there are: each forks at its next push. */
#include <stdio.h>
#include <time.h>

#include "cli_context.h"
#include "options.h"

#define PROGRAM "mobync restored"

struct args {
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

/* A worker that has read the lineage before goes by it for so long. */
static void wait_for_workers(void)
{
    struct timespec left = {.tv_sec = LINEAGE_FRESH_MS / 1000 + 1};

    while (nanosleep(&left, &left) != 0)
        continue;
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
    wait_for_workers();
    print_done(&now);
    return CLI_OK;
}

static enum cli_status read_epoch(const char *given, int64_t *epoch_out)
{
    uint64_t number;

    if (given == NULL)
        return CLI_GO_ON;
    if (text_to_uint(text_of(given), (uint64_t)LINEAGE_EPOCH_MAX, &number) && number > 0) {
        *epoch_out = (int64_t)number;
        return CLI_GO_ON;
    }
    fprintf(stderr, PROGRAM ": --epoch %s: give an integer from 1 to %lld\n", given,
            (long long)LINEAGE_EPOCH_MAX);
    return CLI_USAGE;
}

enum cli_status cmd_restored(int argc, char **argv)
{
    const char *epoch = NULL;
    const struct option_row rows[] = {
        {.name = "epoch",
         .argument = "EPOCH",
         .help = "raise the epoch to this number at least, past all that devices have met",
         .value_out = &epoch},
    };
    const struct options options = {
        .program = PROGRAM,
        .about = "after a restore from a backup, or a failover with loss: begin a new lineage, so "
                 "that no device misses what was lost",
        .rows = rows,
        .count = ARRAY_LEN(rows),
    };
    struct args args = {.epoch = 0};
    struct options_read read;
    enum cli_status status = options_parse(&options, argc, argv, &read);

    if (status == CLI_GO_ON)
        status = read_epoch(epoch, &args.epoch);
    return status == CLI_GO_ON ? cli_run(PROGRAM, read.config_path, restore, &args) : status;
}
