/* One thread for each phone, and the comparison once all have come to rest: crowd_play(). */
#include "crowd.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <time.h>

#include "clock.h"

#define OWNERS           ((size_t)2)
#define DEVICES          ((size_t)4) /* of each owner */
#define PHONES           (OWNERS * DEVICES)
#define STEPS            ((size_t)64)
#define QUIESCENCE_TURNS ((size_t)40)
#define START_MS         ((int64_t)1600000000000)
#define KILL_EVERY_MS    60L
#define RECOVERY_MS      50L

struct phone {
    struct client client;
    struct line line;
    struct arena arena;      /* as long as the client */
    struct arena call_arena; /* of one sync */
    struct random random;
    int64_t start_us;
    bool kills;
    uint64_t syncs;
    uint64_t lost;
    bool failed;
    struct buf violation;
    pthread_t thread;
};

struct crowd {
    const struct crowd_setup *setup;
    struct keys keys;
    struct arena arena;
    struct text owners[OWNERS];
    struct phone phones[PHONES];
    atomic_size_t running;
};

struct runner {
    struct crowd *crowd;
    struct phone *phone;
};

static void pause_ms(long ms)
{
    const struct timespec pause = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};

    nanosleep(&pause, NULL);
}

static bool fails(struct phone *phone, const char *what, const struct server_reply *reply)
{
    phone->failed = true;
    buf_printf(&phone->violation, "%s (%s, diff %.*s)", what, fail_code_name(reply->code),
               TEXT_ARG(reply->diff_id));
    return false;
}

/* ---- One phone ---- */

enum deed { WRITE, SYNC, LOSE, HANG_UP, REPEAT, DIE, REINSTALL, TURN, DEEDS };

static const unsigned WEIGHTS[DEEDS] = {
    [WRITE] = 50, [SYNC] = 30, [LOSE] = 8, [HANG_UP] = 4,
    [REPEAT] = 3, [DIE] = 4,   [TURN] = 2, [REINSTALL] = 1,
};

static enum deed random_deed(struct random *random)
{
    unsigned sum = 0, at;
    enum deed deed = WRITE;

    for (size_t i = 0; i < DEEDS; i++)
        sum += WEIGHTS[i];
    at = random_below(random, sum);
    while (at >= WEIGHTS[deed])
        at -= WEIGHTS[deed++];
    return deed;
}

static int64_t phone_now_ms(const struct phone *phone)
{
    return START_MS + (clock_monotonic_us() - phone->start_us) / 1000;
}

static bool do_write(struct phone *phone)
{
    static const enum diff_type TYPES[] = {DIFF_CREATE, DIFF_CREATE, DIFF_UPDATE, DIFF_UPDATE,
                                           DIFF_DELETE};
    struct random *random = &phone->random;
    struct client_write write = {.type = TYPES[random_below(random, ARRAY_LEN(TYPES))],
                                 .object = random_below(random, (uint32_t)WORLD_OBJECTS),
                                 .fields = random_below(random, 1u << WORLD_FIELDS),
                                 .nulls = random_below(random, 1u << WORLD_FIELDS),
                                 .value = random_below(random, 1000)};

    write.nulls &= random_below(random, 1u << WORLD_FIELDS);
    client_write(&phone->client, &write, phone_now_ms(phone));
    return true;
}

static struct server_call next_call(struct phone *phone)
{
    arena_clear(&phone->call_arena);
    phone->syncs++;
    return (struct server_call){
        .owner = phone->line.owner,
        .clock = phone->client.clock,
        .diffs = client_pending(&phone->client, &phone->random, &phone->call_arena)};
}

static bool take_reply(struct phone *phone, const struct server_reply *reply, bool dies)
{
    struct client_answer answer = {
        .next_clock = reply->next_clock, .diffs = reply->diffs, .dies = dies};

    if (reply->rc == RC_UNCERTAIN && phone->kills) {
        phone->lost++;
        pause_ms(RECOVERY_MS);
        return true;
    }
    if (reply->rc != RC_OK)
        return fails(phone, "a sync is not answered with success", reply);
    phone->failed = !client_apply(&phone->client, &answer, &phone->random, &phone->violation);
    return !phone->failed;
}

static bool do_sync(struct phone *phone, bool dies)
{
    struct server_call call = next_call(phone);
    struct server_reply reply = line_sync(&phone->line, &call, &phone->call_arena);

    return take_reply(phone, &reply, dies);
}

static bool do_lose(struct phone *phone)
{
    struct server_call call = next_call(phone);

    line_sync(&phone->line, &call, &phone->call_arena);
    phone->lost++;
    return true;
}

static bool do_hang_up(struct phone *phone)
{
    struct server_call call = next_call(phone);

    if (line_send(&phone->line, &call, &phone->call_arena))
        http_hang_up(&phone->line.http);
    phone->lost++;
    return true;
}

/* The same request at two moments, the second answer counts. */
static bool do_repeat(struct phone *phone)
{
    struct server_call call = next_call(phone);
    struct server_reply reply;

    line_sync(&phone->line, &call, &phone->call_arena);
    phone->syncs++;
    reply = line_sync(&phone->line, &call, &phone->call_arena);
    return take_reply(phone, &reply, false);
}

static bool do_deed(struct phone *phone)
{
    switch (random_deed(&phone->random)) {
    case WRITE:
        return do_write(phone);
    case LOSE:
        return do_lose(phone);
    case HANG_UP:
        return do_hang_up(phone);
    case REPEAT:
        return do_repeat(phone);
    case DIE:
        return do_sync(phone, true);
    case REINSTALL:
        client_reinstall(&phone->client);
        return true;
    case TURN:
        client_turn_clock(&phone->client, (int64_t)random_below(&phone->random, 20000) - 10000);
        return true;
    case SYNC:
    case DEEDS:
        break;
    }
    return do_sync(phone, false);
}

static void *run_phone(void *context)
{
    struct runner *runner = context;

    for (size_t i = 0; i < STEPS && !runner->phone->failed; i++)
        do_deed(runner->phone);
    atomic_fetch_sub(&runner->crowd->running, 1);
    return NULL;
}

/* ---- All of them ---- */

static void begin(struct crowd *crowd, const struct crowd_setup *setup)
{
    int64_t start_us = clock_monotonic_us();

    *crowd = (struct crowd){.setup = setup};
    keys_init(&crowd->keys, setup->keys);
    arena_init(&crowd->arena);
    for (size_t i = 0; i < OWNERS; i++) {
        char name[64];
        int len = snprintf(name, sizeof(name), "crowd-%llu-%lld-%zu",
                           (unsigned long long)setup->seed, (long long)start_us, i);

        crowd->owners[i] = arena_text(&crowd->arena, (struct text){name, (size_t)len});
    }
    for (size_t i = 0; i < PHONES; i++) {
        struct phone *phone = &crowd->phones[i];
        struct client_setup client = {.arena = &phone->arena,
                                      .owner = crowd->owners[i / DEVICES],
                                      .number = (unsigned)i,
                                      .shuffles = i % 2 == 1,
                                      .careful = setup->careful,
                                      .keys = &crowd->keys};

        phone->start_us = start_us;
        phone->kills = setup->kills;
        phone->random = (struct random){setup->seed * PHONES + i};
        arena_init(&phone->arena);
        arena_init(&phone->call_arena);
        buf_init(&phone->violation, 4096);
        client_init(&phone->client, &client);
        line_open(&phone->line, setup->stack, client.owner, &phone->arena);
    }
}

static void end(struct crowd *crowd, struct crowd_stats *stats)
{
    for (size_t i = 0; i < PHONES; i++) {
        struct phone *phone = &crowd->phones[i];

        stats->syncs += phone->syncs;
        stats->lost += phone->lost;
        line_close(&phone->line);
        client_release(&phone->client);
        arena_release(&phone->arena);
        arena_release(&phone->call_arena);
        buf_release(&phone->violation);
    }
    arena_release(&crowd->arena);
    stats->rounds++;
}

static bool first_failure(const struct crowd *crowd, struct buf *violation)
{
    for (size_t i = 0; i < PHONES; i++)
        if (crowd->phones[i].failed) {
            buf_printf(violation, "%.*s, device %zu: %.*s", TEXT_ARG(crowd->phones[i].line.owner),
                       i, TEXT_ARG(buf_text(&crowd->phones[i].violation)));
            return true;
        }
    return false;
}

static bool run_all(struct crowd *crowd, struct crowd_stats *stats, struct buf *violation)
{
    struct runner runners[PHONES];
    struct random random = {crowd->setup->seed};
    size_t started = 0;

    atomic_store(&crowd->running, PHONES);
    for (; started < PHONES; started++) {
        runners[started] = (struct runner){crowd, &crowd->phones[started]};
        if (pthread_create(&crowd->phones[started].thread, NULL, run_phone, &runners[started]) != 0)
            break;
    }
    while (started == PHONES && crowd->setup->kills && atomic_load(&crowd->running) > 0) {
        pause_ms(KILL_EVERY_MS);
        stats->killed += stack_kill(stack_worker(crowd->setup->stack, &random));
    }
    for (size_t i = 0; i < started; i++)
        pthread_join(crowd->phones[i].thread, NULL);
    if (started < PHONES)
        buf_add_str(violation, "no more threads");
    return started == PHONES && !first_failure(crowd, violation);
}

/* In turn, until a whole turn moves nobody's clock and loses no answer. */
static bool quiesce(struct crowd *crowd, struct buf *violation)
{
    for (size_t turn = 0; turn < QUIESCENCE_TURNS; turn++) {
        bool quiet = true;

        for (size_t i = 0; i < PHONES; i++) {
            struct phone *phone = &crowd->phones[i];
            int64_t clock = phone->client.clock;
            uint64_t lost = phone->lost;

            if (!do_sync(phone, false))
                return !first_failure(crowd, violation);
            quiet &= phone->client.clock == clock && phone->lost == lost;
        }
        if (quiet)
            return true;
    }
    buf_add_str(violation, "the phones never come to rest");
    return false;
}

static bool check_phone(const struct phone *phone, const struct cells rows[WORLD_OBJECTS],
                        struct buf *violation)
{
    for (size_t i = 0; i < WORLD_OBJECTS; i++) {
        struct world_object object = world_object(i);

        if (cells_equal(object.model, &rows[i], &phone->client.rows[i]))
            continue;
        buf_printf(violation,
                   "%.*s, device %u: its %.*s/%.*s (%s) is not the database's (%s) (7.1)",
                   TEXT_ARG(phone->line.owner), phone->client.number, TEXT_ARG(object.model->name),
                   TEXT_ARG(object.id), phone->client.rows[i].live ? "live" : "absent",
                   rows[i].live ? "live" : "absent");
        return false;
    }
    return true;
}

static bool check_all(struct crowd *crowd, struct buf *violation)
{
    struct stack *stack = crowd->setup->stack;

    for (size_t o = 0; o < OWNERS; o++) {
        struct cells rows[WORLD_OBJECTS];

        stack_read_rows(stack, crowd->owners[o], rows, &crowd->arena);
        for (size_t i = o * DEVICES; i < (o + 1) * DEVICES; i++)
            if (!check_phone(&crowd->phones[i], rows, violation))
                return false;
        if (!stack_clocks_have_no_gap(stack, crowd->owners[o], violation))
            return false;
    }
    return true;
}

bool crowd_play(const struct crowd_setup *setup, struct crowd_stats *stats, struct buf *violation)
{
    struct crowd *crowd = alloc_or_die(sizeof(*crowd));
    bool held;

    begin(crowd, setup);
    held = run_all(crowd, stats, violation) && quiesce(crowd, violation) &&
           check_all(crowd, violation);
    end(crowd, stats);
    free(crowd);
    return held;
}
