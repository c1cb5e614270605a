/* The scoreboard: slots, stages and counters, within one process and across two. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "scoreboard.h"
#include "clock.h"

static void slots_are_taken_once_and_given_back(void **state)
{
    struct scoreboard scoreboard;
    struct scoreboard_slot *first, *second;

    (void)state;
    assert_true(scoreboard_init(&scoreboard, 2));
    first = scoreboard_take(&scoreboard);
    second = scoreboard_take(&scoreboard);
    assert_non_null(first);
    assert_non_null(second);
    assert_int_equal(scoreboard_index(&scoreboard, first), 0);
    assert_int_equal(scoreboard_index(&scoreboard, second), 1);
    assert_null(scoreboard_take(&scoreboard));
    scoreboard_enter(first, STATS_HANDLING);
    scoreboard_set_drain(first, true);
    scoreboard_give_back(&scoreboard, first);
    assert_int_equal(scoreboard_look(first).stage, STATS_VACANT);
    assert_false(scoreboard_drain(first));
    assert_ptr_equal(scoreboard_take(&scoreboard), first);
    scoreboard_release(&scoreboard);
}

static void stage_comes_with_its_time(void **state)
{
    static const enum stats_stage STAGES[] = {STATS_IDLE, STATS_READING, STATS_HANDLING,
                                              STATS_REPLYING, STATS_LEAVING};
    struct scoreboard scoreboard;
    struct scoreboard_slot *slot;

    (void)state;
    assert_true(scoreboard_init(&scoreboard, 1));
    slot = scoreboard_take(&scoreboard);
    assert_non_null(slot);
    for (size_t i = 0; i < sizeof(STAGES) / sizeof(STAGES[0]); i++) {
        int64_t before_us = clock_monotonic_us();
        struct scoreboard_state seen;

        scoreboard_enter(slot, STAGES[i]);
        seen = scoreboard_look(slot);
        assert_int_equal(seen.stage, STAGES[i]);
        assert_true(seen.since_us >= before_us && seen.since_us <= clock_monotonic_us());
    }
    scoreboard_release(&scoreboard);
}

static void only_a_request_in_hand_is_busy(void **state)
{
    (void)state;
    assert_false(scoreboard_is_busy(STATS_VACANT) || scoreboard_is_timed(STATS_VACANT));
    assert_false(scoreboard_is_busy(STATS_IDLE) || scoreboard_is_timed(STATS_IDLE));
    assert_true(scoreboard_is_busy(STATS_READING) && scoreboard_is_timed(STATS_READING));
    assert_true(scoreboard_is_busy(STATS_HANDLING) && scoreboard_is_timed(STATS_HANDLING));
    assert_true(scoreboard_is_busy(STATS_REPLYING) && scoreboard_is_timed(STATS_REPLYING));
    assert_true(!scoreboard_is_busy(STATS_LEAVING) && scoreboard_is_timed(STATS_LEAVING));
    assert_string_equal(stats_stage_name(STATS_HANDLING), "handling");
    assert_string_equal(stats_stage_name((enum stats_stage)7), "unknown");
}

static void count_two(struct scoreboard_slot *slot)
{
    const struct stats_request sent = {
        .route = STATS_SYNC, .status = 409, .sent = true, .bytes_in = 10, .bytes_out = 20};
    const struct stats_request unsent = {
        .route = STATS_SYNC, .status = 409, .bytes_in = 1, .bytes_out = 2};
    struct stats more = {.errors = {[FAIL_OBJECT_EXISTS] = 2}};

    stats_add_request(&more, &sent);
    stats_add_request(&more, &unsent);
    scoreboard_count(slot, &more);
}

/* The same sums for the one who has counted and for all others, and they outlive it. */
static void other_process_is_seen(void **state)
{
    struct scoreboard scoreboard;
    struct scoreboard_slot *slot;
    struct stats sum;

    (void)state;
    assert_true(scoreboard_init(&scoreboard, 3));
    slot = scoreboard_take(&scoreboard);
    assert_non_null(slot);
    for (unsigned worker = 1; worker <= 2; worker++) {
        pid_t pid = fork();

        if (pid == 0) {
            scoreboard_enter(slot, STATS_REPLYING);
            count_two(slot);
            _exit(0);
        }
        assert_int_equal(waitpid(pid, NULL, 0), pid);
        assert_int_equal(scoreboard_look(slot).stage, STATS_REPLYING);
        assert_int_equal(scoreboard_requests(slot), 2 * worker);
        scoreboard_sum(&scoreboard, &sum);
        assert_int_equal(stats_requests(&sum), 2 * worker);
        assert_int_equal(sum.bytes_in, 11 * worker);
        assert_int_equal(sum.bytes_out, 22 * worker);
        assert_int_equal(sum.errors[FAIL_OBJECT_EXISTS], 2 * worker);
        assert_int_equal(sum.unsent, worker);
        assert_int_equal(sum.workers[STATS_REPLYING], 1);
    }
    scoreboard_release(&scoreboard);
}

static void sums_are_of_all_slots_and_never_run_backwards(void **state)
{
    struct scoreboard scoreboard;
    struct scoreboard_slot *slots[3];
    struct stats sum;

    (void)state;
    assert_true(scoreboard_init(&scoreboard, 3));
    for (size_t i = 0; i < 3; i++) {
        slots[i] = scoreboard_take(&scoreboard);
        assert_non_null(slots[i]);
        count_two(slots[i]);
    }
    scoreboard_count(scoreboard.master, &(struct stats){.reloads = 5});
    scoreboard_count(slots[0], &(struct stats){.lag_time_s = {1600, 1500}});
    scoreboard_count(slots[2], &(struct stats){.lag_time_s = {1700}});
    scoreboard_count(slots[0], &(struct stats){.lag_time_s = {1650}});
    scoreboard_set(scoreboard.master, STATS_PLACE(generation), 7);
    scoreboard_give_back(&scoreboard, slots[1]);
    scoreboard_sum(&scoreboard, &sum);
    assert_int_equal(stats_requests(&sum), 6);
    assert_int_equal(sum.reloads, 5);
    assert_int_equal(sum.generation, 7);
    assert_int_equal(sum.lag_time_s[0], 1700);
    assert_int_equal(sum.lag_time_s[1], 1500);
    assert_ptr_equal(scoreboard_take(&scoreboard), slots[1]);
    count_two(slots[1]);
    scoreboard_sum(&scoreboard, &sum);
    assert_int_equal(stats_requests(&sum), 8);
    assert_int_equal(sum.workers[STATS_VACANT], 3);
    scoreboard_release(&scoreboard);
}

static struct scoreboard_error error_at(int64_t time_ms)
{
    struct scoreboard_error error = {.time_ms = time_ms, .code = "SERVER_BUSY"};

    snprintf(error.request_id, sizeof(error.request_id), "request-%d", (int)time_ms);
    return error;
}

static void note(struct scoreboard_slot *slot, int64_t time_ms)
{
    const struct scoreboard_error error = error_at(time_ms);

    scoreboard_note_error(slot, &error);
}

static void errors_come_latest_first(void **state)
{
    struct scoreboard scoreboard;
    struct scoreboard_slot *slots[4];
    struct scoreboard_error errors[2];

    (void)state;
    assert_true(scoreboard_init(&scoreboard, 4));
    for (size_t i = 0; i < 4; i++)
        slots[i] = scoreboard_take(&scoreboard);
    assert_int_equal(scoreboard_errors(&scoreboard, errors, 2), 0);
    note(slots[2], 20);
    assert_int_equal(scoreboard_errors(&scoreboard, errors, 2), 1);
    note(slots[0], 5);
    note(slots[0], 10); /* a slot tells of its last one */
    note(slots[3], 30);
    assert_int_equal(scoreboard_errors(&scoreboard, errors, 2), 2);
    assert_string_equal(errors[0].request_id, "request-30");
    assert_string_equal(errors[1].request_id, "request-20");
    note(slots[1], 25);
    assert_int_equal(scoreboard_errors(&scoreboard, errors, 2), 2);
    assert_string_equal(errors[1].request_id, "request-25");
    scoreboard_release(&scoreboard);
}

/* Its writer died before it was whole; the next one makes it so. */
static void half_an_error_is_none(void **state)
{
    struct scoreboard scoreboard;
    struct scoreboard_slot *slot;
    struct scoreboard_error errors[1];

    (void)state;
    assert_true(scoreboard_init(&scoreboard, 1));
    slot = scoreboard_take(&scoreboard);
    assert_non_null(slot);
    note(slot, 1);
    atomic_fetch_add(&slot->error_version, 1);
    assert_int_equal(scoreboard_errors(&scoreboard, errors, 1), 0);
    note(slot, 2);
    assert_int_equal(scoreboard_errors(&scoreboard, errors, 1), 1);
    assert_string_equal(errors[0].request_id, "request-2");
    scoreboard_release(&scoreboard);
}

#define ALICE TEXT_LITERAL("alice")
#define BOB   TEXT_LITERAL("bob")

static void open_full(struct scoreboard *scoreboard, struct scoreboard_slot **slots, size_t count)
{
    assert_true(scoreboard_init(scoreboard, count));
    for (size_t i = 0; i < count; i++) {
        slots[i] = scoreboard_take(scoreboard);
        assert_non_null(slots[i]);
    }
}

static void an_owner_has_so_many_slots_and_no_more(void **state)
{
    struct scoreboard scoreboard;
    struct scoreboard_slot *slots[4];

    (void)state;
    open_full(&scoreboard, slots, 4);
    assert_true(scoreboard_enter_owner(&scoreboard, slots[1], ALICE, 2));
    assert_true(scoreboard_enter_owner(&scoreboard, slots[3], ALICE, 2));
    assert_false(scoreboard_enter_owner(&scoreboard, slots[0], ALICE, 2));
    assert_false(scoreboard_enter_owner(&scoreboard, slots[2], ALICE, 2));
    /* Others, and who was refused, are not held up by it. */
    assert_true(scoreboard_enter_owner(&scoreboard, slots[0], BOB, 1));
    assert_false(scoreboard_enter_owner(&scoreboard, slots[2], BOB, 1));
    scoreboard_leave_owner(slots[1]);
    assert_true(scoreboard_enter_owner(&scoreboard, slots[2], ALICE, 2));
    assert_false(scoreboard_enter_owner(&scoreboard, slots[1], ALICE, 2));
    /* The next request of a slot takes the place of the one before. */
    assert_true(scoreboard_enter_owner(&scoreboard, slots[2], ALICE, 2));
    scoreboard_release(&scoreboard);
}

static void a_vacant_slot_has_no_owner(void **state)
{
    struct scoreboard scoreboard;
    struct scoreboard_slot *slots[3];

    (void)state;
    open_full(&scoreboard, slots, 3);
    assert_true(scoreboard_enter_owner(&scoreboard, slots[0], ALICE, 1));
    assert_false(scoreboard_enter_owner(&scoreboard, slots[1], ALICE, 1));
    scoreboard_vacate(slots[0]);
    assert_int_equal(scoreboard_look(slots[0]).stage, STATS_VACANT);
    assert_true(scoreboard_enter_owner(&scoreboard, slots[1], ALICE, 1));
    scoreboard_give_back(&scoreboard, slots[1]);
    assert_true(scoreboard_enter_owner(&scoreboard, slots[2], ALICE, 1));
    scoreboard_release(&scoreboard);
}

/* Whoever can choose a name cannot choose whom it is taken for. */
static void the_same_owner_is_another_word_on_another_board(void **state)
{
    struct scoreboard boards[2];
    uint64_t words[2];

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct scoreboard_slot *slot;

        assert_true(scoreboard_init(&boards[i], 1));
        slot = scoreboard_take(&boards[i]);
        assert_non_null(slot);
        assert_int_equal(atomic_load(&slot->owner), 0);
        assert_true(scoreboard_enter_owner(&boards[i], slot, ALICE, 1));
        words[i] = atomic_load(&slot->owner);
        assert_int_not_equal(words[i], 0);
        scoreboard_leave_owner(slot);
        assert_int_equal(atomic_load(&slot->owner), 0);
    }
    assert_int_not_equal(words[0], words[1]);
    for (size_t i = 0; i < 2; i++)
        scoreboard_release(&boards[i]);
}

#define RACERS 4
#define RACES  50000

/* How many got in, or -1 if there were ever two. Counted elsewhere on the scoreboard, where other
 * processes see it, too; looked at for a while, so that a second one would be met. */
static long race(const struct scoreboard *scoreboard, struct scoreboard_slot *slot)
{
    _Atomic uint64_t *inside = &scoreboard->master->numbers[0];
    long entered = 0;

    /* Whoever is inside may rest there for longer than all races of another take. */
    for (unsigned i = 0; i < RACES || entered == 0; i++) {
        bool alone;

        if (!scoreboard_enter_owner(scoreboard, slot, ALICE, 1))
            continue;
        entered++;
        alone = atomic_fetch_add(inside, 1) == 0;
        for (unsigned look = 0; look < 100; look++)
            alone = alone && atomic_load(inside) == 1;
        atomic_fetch_sub(inside, 1);
        scoreboard_leave_owner(slot);
        if (!alone)
            return -1;
    }
    return entered;
}

static void racers_are_never_both_in(void **state)
{
    struct scoreboard scoreboard;
    struct scoreboard_slot *slots[RACERS];
    pid_t pids[RACERS];

    (void)state;
    open_full(&scoreboard, slots, RACERS);
    for (size_t i = 0; i < RACERS; i++) {
        pids[i] = fork();
        if (pids[i] == 0)
            _exit(race(&scoreboard, slots[i]) > 0 ? 0 : 1);
    }
    for (size_t i = 0; i < RACERS; i++) {
        int status = -1;

        assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
        assert_int_equal(status, 0);
    }
    scoreboard_release(&scoreboard);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(slots_are_taken_once_and_given_back),
        cmocka_unit_test(stage_comes_with_its_time),
        cmocka_unit_test(only_a_request_in_hand_is_busy),
        cmocka_unit_test(other_process_is_seen),
        cmocka_unit_test(sums_are_of_all_slots_and_never_run_backwards),
        cmocka_unit_test(errors_come_latest_first),
        cmocka_unit_test(half_an_error_is_none),
        cmocka_unit_test(an_owner_has_so_many_slots_and_no_more),
        cmocka_unit_test(a_vacant_slot_has_no_owner),
        cmocka_unit_test(the_same_owner_is_another_word_on_another_board),
        cmocka_unit_test(racers_are_never_both_in),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
