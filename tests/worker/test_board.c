/* The board: slots, stages and counters, within one process and across two. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <sys/wait.h>
#include <unistd.h>

#include "board.h"
#include "clock.h"

static void slots_are_taken_once_and_given_back(void **state)
{
    struct board board;
    struct board_slot *first, *second;

    (void)state;
    assert_true(board_init(&board, 2));
    first = board_take(&board);
    second = board_take(&board);
    assert_non_null(first);
    assert_non_null(second);
    assert_int_equal(board_index(&board, first), 0);
    assert_int_equal(board_index(&board, second), 1);
    assert_null(board_take(&board));
    board_enter(first, BOARD_HANDLING);
    board_set_drain(first, true);
    board_give_back(&board, first);
    assert_int_equal(board_look(first).stage, BOARD_VACANT);
    assert_false(board_drain(first));
    assert_ptr_equal(board_take(&board), first);
    board_release(&board);
}

static void stage_comes_with_its_time(void **state)
{
    static const enum board_stage STAGES[] = {BOARD_IDLE, BOARD_READING, BOARD_HANDLING,
                                              BOARD_REPLYING, BOARD_LEAVING};
    struct board board;
    struct board_slot *slot;

    (void)state;
    assert_true(board_init(&board, 1));
    slot = board_take(&board);
    assert_non_null(slot);
    for (size_t i = 0; i < sizeof(STAGES) / sizeof(STAGES[0]); i++) {
        int64_t before_us = clock_monotonic_us();
        struct board_state seen;

        board_enter(slot, STAGES[i]);
        seen = board_look(slot);
        assert_int_equal(seen.stage, STAGES[i]);
        assert_true(seen.since_us >= before_us && seen.since_us <= clock_monotonic_us());
    }
    board_release(&board);
}

static void only_a_request_in_hand_is_busy(void **state)
{
    (void)state;
    assert_false(board_is_busy(BOARD_VACANT) || board_is_timed(BOARD_VACANT));
    assert_false(board_is_busy(BOARD_IDLE) || board_is_timed(BOARD_IDLE));
    assert_true(board_is_busy(BOARD_READING) && board_is_timed(BOARD_READING));
    assert_true(board_is_busy(BOARD_HANDLING) && board_is_timed(BOARD_HANDLING));
    assert_true(board_is_busy(BOARD_REPLYING) && board_is_timed(BOARD_REPLYING));
    assert_true(!board_is_busy(BOARD_LEAVING) && board_is_timed(BOARD_LEAVING));
    assert_string_equal(board_stage_name(BOARD_HANDLING), "handling");
    assert_string_equal(board_stage_name((enum board_stage)7), "unknown");
}

static void other_process_is_seen(void **state)
{
    const struct board_exchange sent = {.status = 409, .bytes_in = 10, .bytes_out = 20};
    const struct board_exchange unsent = {.status = 0, .bytes_in = 1, .bytes_out = 2};
    struct board board;
    struct board_slot *slot;
    pid_t pid;

    (void)state;
    assert_true(board_init(&board, 1));
    slot = board_take(&board);
    assert_non_null(slot);
    pid = fork();
    if (pid == 0) {
        board_enter(slot, BOARD_REPLYING);
        board_count(slot, &sent);
        board_count(slot, &unsent);
        _exit(0);
    }
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    assert_int_equal(board_look(slot).stage, BOARD_REPLYING);
    assert_int_equal(board_requests(slot), 2);
    assert_int_equal(atomic_load(&slot->bytes_in), 11);
    assert_int_equal(atomic_load(&slot->bytes_out), 22);
    assert_int_equal(atomic_load(&slot->statuses[4]), 1);
    assert_int_equal(atomic_load(&slot->statuses[0]), 1);
    board_release(&board);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(slots_are_taken_once_and_given_back),
        cmocka_unit_test(stage_comes_with_its_time),
        cmocka_unit_test(only_a_request_in_hand_is_busy),
        cmocka_unit_test(other_process_is_seen),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
