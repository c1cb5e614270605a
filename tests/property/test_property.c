/* Random histories of phones against the engine, judged by the oracle.
 *
 *   test_property [--syncs N] [--seconds S] [--seed S] [--steps N]
 *                            histories from that seed on, until one of the bounds is met
 *   test_property --exhaust N       every history of up to N writes
 *   test_property --replay FILE     one history, told step by step
 *   … --effect     answers are judged by their effect alone
 *   … --flat       no foreign keys between the models
 *   … --soft       deletes leave the rows (docs/config.md, Soft deletes)
 *   … --soft-leaves  … those of leaves alone
 *   … --keyed      all in the world of integers, UUIDs and references, else every fourth history is
 *   … --altered    a table makes something else of the rows that devices write
 *   … --sql      other SQL writes beside the devices
 *   … --page       the oracle serves: does the page hold?
 *
 * A history that fails is made smaller and printed; the print is what --replay reads. */
#include <stdio.h>
#include <stdlib.h>

#include "clock.h"
#include "exhaust.h"
#include "history.h"
#include "memory_server.h"
#include "report.h"
#include "sim.h"

struct options {
    uint64_t seed;
    uint64_t syncs;
    int64_t seconds;
    size_t steps;
    unsigned exhaust;
    bool page;
    bool effect;
    bool flat;
    unsigned soft; /* bits of models */
    bool keyed;
    bool sql;
    bool altered;
    bool compact;
    const char *replay;
};

static int run_random(struct sim *sim, const struct options *options)
{
    int64_t start_us = clock_monotonic_us();
    uint64_t seed = options->seed;

    printf("seed %llu\n", (unsigned long long)seed);
    do {
        struct scenario history;

        history_random(&history, seed, options->steps, !options->page);
        if (options->flat)
            history.setup.keys = 0;
        if (options->keyed)
            history_move(&history, WORLD_KEYED);
        if (options->sql)
            history_add_sql(&history, seed);
        if (options->compact)
            history_add_compaction(&history, seed);
        if (options->altered) /* a CHECK would see what the device did not write */
            history.setup.rules.strict = false;
        if (!sim_play(sim, &history, NULL)) {
            int status;

            printf("seed %llu fails: %s\n", (unsigned long long)seed, sim_violation(sim));
            status = report_failure(sim, &history);
            history_release(&history);
            return status;
        }
        history_release(&history);
        seed++;
    } while (sim_stats(sim)->syncs < options->syncs &&
             clock_monotonic_us() - start_us < options->seconds * 1000000);
    report_stats(sim, clock_monotonic_us() - start_us);
    return 0;
}

static int run_exhaust(struct sim *sim, const struct options *options)
{
    int64_t start_us = clock_monotonic_us();
    bool (*exhaust)(struct sim *, unsigned, struct scenario *) = options->sql     ? exhaust_sql
                                                                 : options->keyed ? exhaust_keyed
                                                                                  : exhaust_all;

    for (unsigned writes = 1; writes <= options->exhaust; writes++) {
        struct scenario failed;

        if (!exhaust(sim, writes, &failed)) {
            printf("a history of %u writes fails: %s\n", writes, sim_violation(sim));
            report_failure(sim, &failed);
            history_release(&failed);
            return 1;
        }
    }
    report_stats(sim, clock_monotonic_us() - start_us);
    return 0;
}

static int run_replay(struct sim *sim, const struct options *options)
{
    FILE *in = fopen(options->replay, "r");
    struct scenario history;
    bool held;

    if (in == NULL) {
        perror(options->replay);
        return 2;
    }
    held = history_read(&history, in);
    fclose(in);
    if (!held)
        return 2;
    held = sim_play(sim, &history, stdout);
    printf("# %s\n", held ? "it holds" : sim_violation(sim));
    history_release(&history);
    return held ? 0 : 1;
}

static int usage(void)
{
    fputs("usage: test_property [--page | --effect] [--flat | --keyed] [--soft | --soft-leaves] "
          "[--altered] [--sql] [--compact] [--seed S] [--steps N] [--syncs N] [--seconds S]\n"
          "       test_property [--page | --effect] [--keyed | --sql] [--soft | --soft-leaves] "
          "[--altered] --exhaust WRITES\n"
          "       test_property [--page | --effect] --replay FILE\n",
          stderr);
    return 2;
}

static bool take_option(struct options *options, const char *name, const char *value)
{
    unsigned long long number = strtoull(value, NULL, 10);

    if (strcmp(name, "--seed") == 0)
        options->seed = number;
    else if (strcmp(name, "--syncs") == 0)
        options->syncs = number;
    else if (strcmp(name, "--seconds") == 0)
        options->seconds = (int64_t)number;
    else if (strcmp(name, "--steps") == 0)
        options->steps = number;
    else if (strcmp(name, "--exhaust") == 0)
        options->exhaust = (unsigned)number;
    else if (strcmp(name, "--replay") == 0)
        options->replay = value;
    else
        return false;
    return true;
}

static bool read_options(struct options *options, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--page") == 0)
            options->page = true;
        else if (strcmp(argv[i], "--effect") == 0)
            options->effect = true;
        else if (strcmp(argv[i], "--flat") == 0)
            options->flat = true;
        else if (strcmp(argv[i], "--soft") == 0)
            options->soft = ~0u;
        else if (strcmp(argv[i], "--soft-leaves") == 0)
            options->soft = 1u << 1;
        else if (strcmp(argv[i], "--keyed") == 0)
            options->keyed = true;
        else if (strcmp(argv[i], "--altered") == 0)
            options->altered = true;
        else if (strcmp(argv[i], "--sql") == 0)
            options->sql = true;
        else if (strcmp(argv[i], "--compact") == 0)
            options->compact = true;
        else if (i + 1 >= argc || !take_option(options, argv[i], argv[i + 1]))
            return false;
        else
            i++;
    }
    return true;
}

int main(int argc, char **argv)
{
    struct options options = {.seed = (uint64_t)clock_now_ms(), .syncs = UINT64_MAX, .seconds = 10};
    struct server *server = NULL;
    struct sim *sim;
    int status;

    if (!read_options(&options, argc, argv))
        return usage();
    world_delete_softly(options.soft);
    world_alter(options.altered);
    exhaust_compact(options.compact);
    if (!options.page)
        server = memory_server_new();
    sim = sim_new(server, options.effect);
    if (options.replay != NULL)
        status = run_replay(sim, &options);
    else if (options.exhaust > 0)
        status = run_exhaust(sim, &options);
    else
        status = run_random(sim, &options);
    sim_free(sim);
    if (server != NULL)
        server->ops->free(server);
    return status;
}
