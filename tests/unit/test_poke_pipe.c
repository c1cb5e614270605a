/* Changes through the pipe: whole, in order, and lost rather than waited for. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <unistd.h>

#include "in_range.h"
#include "poke_pipe.h"

static struct poke_pipe pipe_;

static int setup(void **state)
{
    (void)state;
    assert_true(poke_pipe_open(&pipe_));
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    close(pipe_.read_fd);
    close(pipe_.write_fd);
    return 0;
}

static void comes_whole_and_in_order(void **state)
{
    struct poke_change changes[4];
    char longest[POKE_PIPE_OWNER_MAX_BYTES];

    (void)state;
    memset(longest, 'o', sizeof(longest));
    assert_int_equal(poke_pipe_read(&pipe_, changes, 4), 0);
    assert_true(poke_pipe_write(&pipe_, TEXT_LITERAL("alice"), 7));
    assert_true(poke_pipe_write(&pipe_, (struct text){longest, sizeof(longest)}, INT64_MAX));
    assert_true(poke_pipe_write(&pipe_, TEXT_LITERAL("bob"), 0));
    assert_int_equal(poke_pipe_read(&pipe_, changes, 2), 2);
    assert_int_equal(changes[0].clock, 7);
    assert_int_equal(changes[0].owner_len, 5);
    assert_memory_equal(changes[0].owner, "alice", 5);
    assert_int_equal(changes[1].owner_len, sizeof(longest));
    assert_true(changes[1].clock == INT64_MAX);
    assert_int_equal(poke_pipe_read(&pipe_, changes, 2), 1);
    assert_memory_equal(changes[0].owner, "bob", 3);
}

static void refuses_what_is_no_owner(void **state)
{
    char too_long[POKE_PIPE_OWNER_MAX_BYTES + 1] = {'o'};

    (void)state;
    assert_false(poke_pipe_write(&pipe_, TEXT_LITERAL(""), 1));
    assert_false(poke_pipe_write(&pipe_, (struct text){too_long, sizeof(too_long)}, 1));
}

static void waits_for_nobody_when_full(void **state)
{
    struct poke_change change;
    char name[32];
    unsigned written = 0;

    (void)state;
    while (poke_pipe_write(&pipe_, TEXT_LITERAL("owner"), written) && written < 1000000)
        written++;
    assert_int_in_range(written, 300, 999999);
    for (unsigned i = 0; i < written; i++) {
        assert_int_equal(poke_pipe_read(&pipe_, &change, 1), 1);
        assert_int_equal(change.clock, i);
    }
    assert_int_equal(poke_pipe_read(&pipe_, &change, 1), 0);
    snprintf(name, sizeof(name), "again");
    assert_true(poke_pipe_write(&pipe_, text_of(name), 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(comes_whole_and_in_order, setup, teardown),
        cmocka_unit_test_setup_teardown(refuses_what_is_no_owner, setup, teardown),
        cmocka_unit_test_setup_teardown(waits_for_nobody_when_full, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
