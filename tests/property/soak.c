/* Phones against the real stack: nginx, mobync serve, MariaDB.
 *
 *   soak_phones --dir DIR --port PORT --keys MASK [--quarantine 1] [--world N] [--soft MASK]
 *               (--syncs N | --minutes N) [--seed S]
 *
 * Half of the time one request after the other, each answer, row and stored diff judged by the
 * oracle, with hang-ups, requests that come twice at once and killed workers in between; half of it
 * with all phones of some owners at once, judged when they have come to rest. tests/property/soak
 * starts the stack and this. */
#include <stdio.h>
#include <stdlib.h>

#include "clock.h"
#include "crowd.h"
#include "report.h"
#include "stack_server.h"

/* Device clocks must not meet the server's limit on the future: the phones live in the past. */
#define NO_CLOCK_SKEW_LIMIT ((int64_t)1 << 50)
#define DAY_MINUTES         ((int64_t)1440)

struct options {
    const char *dir;
    uint16_t port;
    unsigned keys;
    enum world_kind world;
    unsigned soft;   /* bits of the models whose deletes leave the rows */
    bool quarantine; /* the server refuses diff by diff, by the rules below */
    uint64_t seed;
    uint64_t syncs;
    int64_t minutes;
};

/* As tests/property/soak tells the database: besides the values that are refused no delete of o3
 * and no update of o4. */
static const struct world_rules REFUSING = {
    .quarantine = true,
    .strict = true,
    .guarded = 1u << (DIFF_TYPES * 3 + DIFF_DELETE) | 1u << (DIFF_TYPES * 4 + DIFF_UPDATE),
};

struct soak {
    const struct options *options;
    struct stack *stack;
    struct server *server;
    struct sim *sim;
    struct crowd_stats crowd;
    int64_t start_us;
};

/* The next seed's history whose phones know the server's ways. */
static void make_history(const struct soak *soak, uint64_t *seed, struct scenario *history)
{
    history_random(history, *seed, 0, true);
    while (history->setup.rules.quarantine != soak->options->quarantine) {
        history_release(history);
        history_random(history, ++*seed, 0, true);
    }
    if (soak->options->quarantine)
        history->setup.rules = REFUSING;
}

static bool in_turn(struct soak *soak, uint64_t *seed)
{
    struct scenario history;
    bool held;

    make_history(soak, seed, &history);
    history_move(&history, soak->options->world);
    history.setup.keys = soak->options->keys;
    history.setup.clock_skew_ms = NO_CLOCK_SKEW_LIMIT;
    held = sim_play(soak->sim, &history, NULL);
    if (!held) {
        printf("seed %llu fails: %s\n", (unsigned long long)*seed, sim_violation(soak->sim));
        report_failure(soak->sim, &history);
    }
    history_release(&history);
    return held;
}

static bool at_once(struct soak *soak, uint64_t seed)
{
    struct crowd_setup setup = {
        .stack = soak->stack,
        .seed = seed,
        .keys = soak->options->keys,
        .careful = soak->options->world == WORLD_KEYED,
        .kills = seed % 2 == 0,
    };
    struct buf violation;
    bool held;

    buf_init(&violation, 4096);
    held = crowd_play(&setup, &soak->crowd, &violation);
    if (!held)
        printf("seed %llu fails, phones at once: %.*s\n", (unsigned long long)seed,
               TEXT_ARG(buf_text(&violation)));
    buf_release(&violation);
    return held;
}

static uint64_t syncs_of(const struct soak *soak)
{
    return sim_stats(soak->sim)->syncs + soak->crowd.syncs;
}

static bool goes_on(const struct soak *soak)
{
    int64_t took_us = clock_monotonic_us() - soak->start_us;

    return syncs_of(soak) < soak->options->syncs && took_us < soak->options->minutes * 60000000;
}

static void print_summary(const struct soak *soak)
{
    const struct stack_accidents *accidents = stack_server_accidents(soak->server);
    int64_t took_us = clock_monotonic_us() - soak->start_us;

    report_stats(soak->sim, took_us);
    printf("of them %llu hung up on, %llu sent twice at once, %llu with a worker killed (%llu left "
           "unanswered)\n",
           (unsigned long long)accidents->hung_up, (unsigned long long)accidents->doubled,
           (unsigned long long)accidents->killed, (unsigned long long)accidents->unanswered);
    printf("%llu rounds of phones at once, %llu syncs, %llu workers killed, %llu answers lost\n",
           (unsigned long long)soak->crowd.rounds, (unsigned long long)soak->crowd.syncs,
           (unsigned long long)soak->crowd.killed, (unsigned long long)soak->crowd.lost);
    printf("%llu syncs in %.1f s\n", (unsigned long long)syncs_of(soak), (double)took_us / 1e6);
}

static bool run(struct soak *soak)
{
    uint64_t seed = soak->options->seed;
    bool held = true;

    printf("seed %llu\n", (unsigned long long)seed);
    while (held && goes_on(soak)) {
        uint64_t turn_ends = sim_stats(soak->sim)->syncs + CROWD_SYNCS;

        held = at_once(soak, seed);
        for (; held && sim_stats(soak->sim)->syncs < turn_ends && goes_on(soak); seed++)
            held = in_turn(soak, &seed);
    }
    print_summary(soak);
    return held;
}

static bool take_option(struct options *options, const char *name, const char *value)
{
    unsigned long long number = strtoull(value, NULL, 10);

    if (strcmp(name, "--dir") == 0)
        options->dir = value;
    else if (strcmp(name, "--port") == 0)
        options->port = (uint16_t)number;
    else if (strcmp(name, "--keys") == 0)
        options->keys = (unsigned)number;
    else if (strcmp(name, "--world") == 0)
        options->world = (enum world_kind)(number % WORLD_KINDS);
    else if (strcmp(name, "--soft") == 0)
        options->soft = (unsigned)number;
    else if (strcmp(name, "--quarantine") == 0)
        options->quarantine = number != 0;
    else if (strcmp(name, "--seed") == 0)
        options->seed = number;
    else if (strcmp(name, "--syncs") == 0)
        options->syncs = number;
    else if (strcmp(name, "--minutes") == 0)
        options->minutes = (int64_t)number;
    else
        return false;
    return true;
}

int main(int argc, char **argv)
{
    struct options options = {
        .seed = (uint64_t)clock_now_ms(), .syncs = UINT64_MAX, .minutes = DAY_MINUTES};
    struct soak soak = {.options = &options, .start_us = clock_monotonic_us()};
    bool held;

    for (int i = 1; i < argc; i += 2)
        if (i + 1 >= argc || !take_option(&options, argv[i], argv[i + 1]))
            return 2;
    if (options.dir == NULL)
        return 2;
    setvbuf(stdout, NULL, _IOLBF, 0);
    world_use(options.world);
    world_delete_softly(options.soft);
    soak.stack = stack_open(options.dir, options.port);
    soak.server = stack_server_new(soak.stack);
    soak.sim = sim_new(soak.server, false);
    held = run(&soak);
    sim_free(soak.sim);
    soak.server->ops->free(soak.server);
    stack_close(soak.stack);
    return held ? 0 : 1;
}
