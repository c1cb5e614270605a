/* The jobs on the synchronizer in memory, step by step: who is poked, and once; who is drained,
 * whose old diffs are folded, and whom a fault does not stop. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "build.h"
#include "clock.h"
#include "housekeeping.h"
#include "memory_synchronizer.h"
#include "poke_ticket.h"

#define NOW_MS ((int64_t)10000000)
#define AGE_MS ((int64_t)5 * 60 * 1000)
/* Nothing here takes longer, whatever the jobs pause. */
#define PAUSE_MOST_NS ((long)50 * 1000 * 1000)
#define STEPS_MOST    400u

static const struct text KEY = {"0123456789abcdef0123456789abcdef", 32};

/* An owner with something to fold, in the order of their names. */
struct old_owner {
    struct text name;
    size_t diffs;
    size_t steps; /* that were taken */
    int64_t age_s;
};

struct world {
    struct arena arena;
    struct mapping *mapping;
    struct synchronizer *s;
    const struct synchronizer_ops *ops;
    struct synchronizer_ops watched_ops;
    struct change_ops family;
    struct compaction_ops compaction;
    struct history_terms history;
    struct old_owner *old;
    size_t old_count;
    size_t found;        /* places among the owners that were looked at */
    size_t last;         /* most diffs of the last step … */
    size_t most;         /* … and of all */
    int64_t step_ns;     /* how long a step takes */
    struct text failing; /* whose drain fails */
    bool elected;
    unsigned looks;
    struct housekeeping *housekeeping;
    struct stats stats;
    struct housekeeping_report walked; /* by which the last walk ended */
    int64_t last_pause_us;
    char path[sizeof(((struct sockaddr_un *)NULL)->sun_path)];
    int listen_fd;
    int peer_fd; /* where nginx would read; -1: nobody has connected */
};

static struct world world;

static enum rc elect(struct synchronizer *s, bool *elected_out, struct fail *fail)
{
    (void)s;
    (void)fail;
    *elected_out = world.elected;
    return RC_OK;
}

static enum rc find_waiting(struct synchronizer *s, struct text after, size_t max,
                            struct arena *arena, struct waiting_list *waiting_out,
                            struct fail *fail)
{
    world.looks++;
    return world.ops->changes->find_waiting(s, after, max, arena, waiting_out, fail);
}

static enum rc begin(struct synchronizer *s, struct text owner, struct owner_state *state_out,
                     struct fail *fail)
{
    if (text_equal(owner, world.failing))
        return fail_fatal(fail, "what is stored is corrupt");
    return world.ops->changes->begin(s, owner, state_out, fail);
}

static enum rc find_compactable(struct synchronizer *s, const struct compaction_query *query,
                                struct arena *arena, struct compactable_list *list_out,
                                struct fail *fail)
{
    size_t at = 0;

    (void)s;
    (void)fail;
    assert_int_equal(query->keep_ms, world.history.keep_ms);
    assert_int_equal(query->deletes_ms, world.history.deletes_ms);
    while (at < world.old_count && text_compare(world.old[at].name, query->after) <= 0)
        at++;
    *list_out =
        (struct compactable_list){.items = ARENA_ARRAY(arena, query->max, struct compactable)};
    for (size_t looks = 0; looks < query->max && at < world.old_count; looks++, at++) {
        list_out->last = world.old[at].name;
        world.found++;
        if (list_out->oldest_s < world.old[at].age_s)
            list_out->oldest_s = world.old[at].age_s;
        if (world.old[at].diffs > 0)
            list_out->items[list_out->count++] =
                (struct compactable){.owner = list_out->last, .oldest_s = world.old[at].age_s};
    }
    list_out->more = at < world.old_count;
    return RC_OK;
}

static enum rc compact(struct synchronizer *s, const struct compaction *job,
                       struct compacted *compacted_out, struct fail *fail)
{
    struct timespec nap = {.tv_nsec = (long)world.step_ns};
    struct old_owner *owner = world.old;
    size_t diffs;

    (void)s;
    if (text_equal(job->owner, world.failing))
        return fail_fatal(fail, "what is stored is corrupt");
    nanosleep(&nap, NULL);
    while (!text_equal(job->owner, owner->name))
        owner++;
    diffs = owner->diffs < job->max ? owner->diffs : job->max;
    owner->diffs -= diffs;
    owner->steps++;
    world.last = job->max;
    if (world.most < job->max)
        world.most = job->max;
    *compacted_out = (struct compacted){
        .diffs = diffs, .objects = 1, .ids = 2, .tombstones = 3, .more = owner->diffs > 0};
    return RC_OK;
}

static void listen_as_nginx(void)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};

    snprintf(world.path, sizeof(world.path), "/tmp/test-housekeeping.%d", (int)getpid());
    snprintf(at.sun_path, sizeof(at.sun_path), "%s", world.path);
    world.listen_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
    assert_int_equal(bind(world.listen_fd, (const struct sockaddr *)&at, sizeof(at)), 0);
    assert_int_equal(listen(world.listen_fd, 4), 0);
}

static int setup(void **state)
{
    (void)state;
    world = (struct world){.peer_fd = -1, .elected = true};
    arena_init(&world.arena);
    world.mapping = build_mapping(&world.arena, 2);
    world.s = memory_synchronizer_new(world.mapping);
    world.ops = world.s->ops;
    world.watched_ops = *world.ops;
    world.family = *world.ops->changes;
    world.watched_ops.elect = elect;
    world.watched_ops.changes = &world.family;
    world.family.find_waiting = find_waiting;
    world.family.begin = begin;
    world.compaction =
        (struct compaction_ops){.find_compactable = find_compactable, .compact = compact};
    world.watched_ops.compaction = &world.compaction;
    world.history = (struct history_terms){COMPACTION_FOREVER, COMPACTION_FOREVER};
    world.s->ops = &world.watched_ops;
    clock_set_for_test(NOW_MS);
    listen_as_nginx();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    if (world.housekeeping != NULL)
        housekeeping_free(world.housekeeping);
    if (world.peer_fd >= 0)
        close(world.peer_fd);
    close(world.listen_fd);
    unlink(world.path);
    clock_set_for_test(-1);
    world.s->ops = world.ops;
    memory_synchronizer_free(world.s);
    arena_release(&world.arena);
    return 0;
}

static void begin_house(bool poke)
{
    world.housekeeping = housekeeping_new(&(struct housekeeping_settings){
        .synchronizer = world.s,
        .poke = {.publish_path = poke ? world.path : NULL, .key = KEY},
        .history = world.history,
    });
}

static void note(const char *owner, const char *id, int64_t age_ms)
{
    memory_synchronizer_note(world.s, text_of(owner),
                             &(struct change){.model = world.mapping->models,
                                              .object_id = text_of(id),
                                              .op = CHANGE_INSERT,
                                              .time_ms = NOW_MS - age_ms});
}

/* An owner with a row that waits for so long. */
static void write_row(const char *owner, const char *id, int64_t age_ms)
{
    const struct field_value field = {
        .field = world.mapping->models[0].fields,
        .value = {.kind = VALUE_TEXT, .text = TEXT_LITERAL("a"), .json = TEXT_LITERAL("\"a\"")},
    };

    memory_synchronizer_put_row(world.s, text_of(owner), world.mapping->models,
                                &(struct object){text_of(id), &field, 1});
    note(owner, id, age_ms);
}

static size_t waiting(void)
{
    struct waiting_list list;
    struct fail fail;

    assert_int_equal(
        world.ops->changes->find_waiting(world.s, TEXT_LITERAL(""), 9, &world.arena, &list, &fail),
        RC_OK);
    return list.count;
}

static void step(void)
{
    struct housekeeping_report report;
    uint64_t *sum = (uint64_t *)&world.stats;
    const uint64_t *more = (const uint64_t *)&report.more;

    housekeeping_step(world.housekeeping, &report);
    assert_int_equal(report.elected, world.elected);
    for (size_t i = 0; i < STATS_NUMBERS; i++)
        sum[i] += more[i];
    world.last_pause_us = report.pause_us;
    if (report.more.compaction_walks > 0)
        world.walked = report;
    else
        assert_true(report.oldest_s == 0 && report.overdue_s == 0);
}

/* So long as it wants, but never for long: what is due later comes later. */
static void rest(void)
{
    struct timespec nap = {.tv_nsec = PAUSE_MOST_NS};

    if (world.last_pause_us * 1000 < PAUSE_MOST_NS)
        nap.tv_nsec = (long)world.last_pause_us * 1000;
    nanosleep(&nap, NULL);
}

static void run_rounds(uint64_t rounds)
{
    const uint64_t until = world.stats.housekeeping_rounds + rounds;

    for (unsigned i = 0; world.stats.housekeeping_rounds < until; i++) {
        assert_true(i < STEPS_MOST);
        step();
        rest();
    }
}

/* What nginx was told since the last time, clocks with their channels. */
static const char *told(void)
{
    static char got[4096];
    ssize_t len;

    if (world.peer_fd < 0)
        world.peer_fd = accept(world.listen_fd, NULL, NULL);
    len = world.peer_fd < 0 ? 0 : recv(world.peer_fd, got, sizeof(got) - 1, MSG_DONTWAIT);
    got[len > 0 ? len : 0] = '\0';
    return got;
}

/* How often it was told of this owner at that clock. */
static unsigned count_told(const char *messages, const char *owner, int64_t clock)
{
    char channel[POKE_CHANNEL_LEN + 1], end[32];
    unsigned count = 0;

    poke_channel(KEY, text_of(owner), channel);
    snprintf(end, sizeof(end), "\r\n\r\n%lld", (long long)clock);
    for (const char *at = messages; (at = strstr(at, channel)) != NULL; at++)
        count += strncmp(strstr(at, "\r\n\r\n"), end, strlen(end)) == 0;
    return count;
}

static void test_pokes_once(void **state)
{
    const char *messages;

    (void)state;
    begin_house(true);
    write_row("alice", "x", 0);
    write_row("bob", "x", 0);
    run_rounds(2); /* of pokes and of drains */
    messages = told();
    assert_int_equal(count_told(messages, "alice", 1), 1);
    assert_int_equal(count_told(messages, "bob", 1), 1);
    assert_int_equal(world.stats.pokes, 2);
    run_rounds(2);
    assert_string_equal(told(), "");
    write_row("bob", "y", 0);
    run_rounds(1);
    messages = told();
    assert_int_equal(count_told(messages, "bob", 1), 1);
    assert_int_equal(count_told(messages, "alice", 1), 0);
    assert_int_equal(waiting(), 2); /* nothing was taken out */
}

static void test_drains_what_is_old(void **state)
{
    (void)state;
    begin_house(false);
    write_row("old", "x", AGE_MS);
    write_row("older", "x", 2 * AGE_MS);
    write_row("young", "x", AGE_MS - 1);
    run_rounds(1);
    assert_int_equal(waiting(), 1);
    assert_int_equal(world.stats.housekeeping_owners, 2);
    assert_int_equal(world.stats.pokes + world.stats.pokes_failed, 0);
}

static void test_pokes_what_it_drains(void **state)
{
    (void)state;
    begin_house(true);
    write_row("alice", "x", AGE_MS);
    run_rounds(2);
    /* At the clock that its drain has taken. */
    assert_int_equal(count_told(told(), "alice", 1), 2);
}

static void test_one_owner_does_not_stop_the_others(void **state)
{
    (void)state;
    begin_house(false);
    write_row("a", "x", AGE_MS);
    write_row("b", "x", AGE_MS);
    write_row("c", "x", AGE_MS);
    world.failing = TEXT_LITERAL("b");
    while (world.stats.housekeeping_failures == 0)
        step();
    assert_true(world.last_pause_us >= 1000000);
    run_rounds(1);
    assert_int_equal(waiting(), 1);
    assert_int_equal(world.stats.housekeeping_owners, 2);
    assert_int_equal(world.stats.housekeeping_failures, 1);
}

static void test_waits_until_elected(void **state)
{
    (void)state;
    begin_house(false);
    write_row("alice", "x", AGE_MS);
    world.elected = false;
    for (unsigned i = 0; i < 5; i++)
        step();
    assert_int_equal(world.looks, 0);
    assert_true(world.last_pause_us >= 1000000);
    assert_int_equal(waiting(), 1);
}

/* Another machine is elected, but not everybody listens there. */
static void test_pokes_wherever_it_is(void **state)
{
    (void)state;
    begin_house(true);
    write_row("alice", "x", AGE_MS);
    world.elected = false;
    run_rounds(2);
    assert_int_equal(count_told(told(), "alice", 1), 1);
    assert_int_equal(waiting(), 1);
}

/* More than a page of each job, in the order of their names. */
static void test_many_owners(void **state)
{
    enum { OWNERS = 1203 };
    char owner[24];

    (void)state;
    begin_house(false);
    for (int i = 0; i < OWNERS; i++) {
        snprintf(owner, sizeof(owner), "o%05d", i);
        write_row(owner, "x", AGE_MS);
    }
    for (unsigned i = 0; world.stats.housekeeping_rounds == 0; i++) {
        assert_true(i < OWNERS + 10);
        step();
    }
    assert_int_equal(world.stats.housekeeping_owners, OWNERS);
    assert_int_equal(waiting(), 0);
}

static void begin_folding(size_t owners, size_t diffs_each)
{
    world.history = (struct history_terms){1000, COMPACTION_FOREVER};
    world.old = ARENA_ARRAY(&world.arena, owners, struct old_owner);
    world.old_count = owners;
    for (size_t i = 0; i < owners; i++) {
        char name[16];

        snprintf(name, sizeof(name), "o%05u", (unsigned)i);
        world.old[i].name = arena_text(&world.arena, text_of(name));
        world.old[i].diffs = diffs_each;
    }
    begin_house(false);
}

static void run_walk(void)
{
    for (unsigned i = 0; world.stats.compaction_walks == 0; i++) {
        assert_true(i < 3000);
        step();
    }
}

/* More than a page of owners, of whom a few have old diffs: all are looked at, once. */
static void test_folds_what_is_old(void **state)
{
    enum { OWNERS = 1203, DIFFS = 300 };

    (void)state;
    begin_folding(OWNERS, 0);
    world.old[0].diffs = world.old[500].diffs = world.old[1202].diffs = DIFFS;
    run_walk();
    assert_int_equal(world.found, OWNERS);
    for (size_t i = 0; i < OWNERS; i++)
        assert_int_equal(world.old[i].diffs, 0);
    assert_int_equal(world.stats.compacted_diffs, 3 * DIFFS);
    assert_true(world.stats.compacted_ids >= 2 * 3 && world.stats.compacted_tombstones >= 3 * 3);
    for (unsigned i = 0; i < 20; i++)
        step();
    assert_int_equal(world.found, OWNERS); /* the next round is in an hour */
    assert_int_equal(world.stats.housekeeping_failures, 0);
}

static void test_nothing_to_fold(void **state)
{
    (void)state;
    begin_folding(0, 0);
    run_walk();
    assert_int_equal(world.stats.compacted_diffs, 0);
}

/* Of all owners, whatever page they are on; overdue is what was folded alone. */
static void test_walk_tells_ages(void **state)
{
    (void)state;
    begin_folding(300, 0);
    world.old[7].diffs = 3;
    world.old[7].age_s = 50;
    world.old[250].diffs = 3;
    world.old[250].age_s = 40;
    world.old[290].age_s = 70;
    run_walk();
    assert_int_equal(world.walked.oldest_s, 70);
    assert_int_equal(world.walked.overdue_s, 49);
}

static void test_keeps_forever(void **state)
{
    (void)state;
    begin_house(false);
    world.old = &(struct old_owner){.name = TEXT_LITERAL("a"), .diffs = 1};
    world.old_count = 1;
    for (unsigned i = 0; i < 20; i++)
        step();
    assert_int_equal(world.found, 0);
    assert_int_equal(world.stats.compaction_walks, 0);
}

/* The owner behind the last of whom nothing can be folded is another walk's. */
static void test_folding_goes_on_behind_a_fault(void **state)
{
    (void)state;
    for (size_t failing = 0; failing < 3; failing++) {
        begin_folding(3, 10);
        world.stats = (struct stats){.pokes = 0};
        world.found = 0;
        world.failing = world.old[failing].name;
        run_walk();
        for (size_t i = 0; i < 3; i++)
            assert_int_equal(world.old[i].diffs, i == failing ? 10 : 0);
        assert_int_equal(world.stats.housekeeping_failures, 1);
        assert_int_equal(world.found, 3);
        housekeeping_free(world.housekeeping);
        world.housekeeping = NULL;
    }
}

/* A sync of the same owner waits for a step at most. */
static void test_steps_become_shorter(void **state)
{
    (void)state;
    begin_folding(1, 20000);
    world.step_ns = 45000000L;
    while (world.old->steps < 3)
        step();
    assert_true(world.last < 100);
    world.step_ns = 0;
    world.most = 0;
    run_walk();
    assert_true(world.most > 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_pokes_once, setup, teardown),
        cmocka_unit_test_setup_teardown(test_drains_what_is_old, setup, teardown),
        cmocka_unit_test_setup_teardown(test_pokes_what_it_drains, setup, teardown),
        cmocka_unit_test_setup_teardown(test_one_owner_does_not_stop_the_others, setup, teardown),
        cmocka_unit_test_setup_teardown(test_waits_until_elected, setup, teardown),
        cmocka_unit_test_setup_teardown(test_pokes_wherever_it_is, setup, teardown),
        cmocka_unit_test_setup_teardown(test_many_owners, setup, teardown),
        cmocka_unit_test_setup_teardown(test_folds_what_is_old, setup, teardown),
        cmocka_unit_test_setup_teardown(test_nothing_to_fold, setup, teardown),
        cmocka_unit_test_setup_teardown(test_walk_tells_ages, setup, teardown),
        cmocka_unit_test_setup_teardown(test_keeps_forever, setup, teardown),
        cmocka_unit_test_setup_teardown(test_folding_goes_on_behind_a_fault, setup, teardown),
        cmocka_unit_test_setup_teardown(test_steps_become_shorter, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
