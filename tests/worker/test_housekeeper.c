/* The process that keeps house: there is one, it comes back whatever ends it, takes each new
 * config, and leaves with the pool. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pool.h"

/* Of the one that was started last. */
static pid_t last_keeper(const struct pool *pool)
{
    static const char STARTED[] = "keeping house ";
    static const char PID[] = " pid ";
    FILE *file = fopen(pool->log, "r");
    char line[1024];
    pid_t pid = 0;

    assert_non_null(file);
    while (fgets(line, sizeof(line), file) != NULL)
        if (strstr(line, STARTED) != NULL && strstr(line, PID) != NULL)
            pid = (pid_t)strtol(strrchr(line, ' ') + 1, NULL, 10);
    fclose(file);
    assert_true(pid > 0);
    return pid;
}

static void assert_is_gone(pid_t pid)
{
    assert_int_equal(kill(pid, 0), -1);
}

static void killed_one_comes_back(void **state)
{
    struct pool *pool = *state;
    pid_t first;

    pool_start(pool, "keep ok\ntag a\n");
    pool_await_log(pool, "keeping house a", 1);
    first = last_keeper(pool);
    assert_int_equal(kill(first, SIGKILL), 0);
    pool_await_log(pool, "keeping house a", 2);
    assert_int_equal(pool_log_count(pool, "the housekeeper was ended by signal 9"), 1);
    assert_int_not_equal(last_keeper(pool), first);
    assert_int_equal(pool_stop(pool), 0);
    assert_is_gone(last_keeper(pool));
    assert_int_equal(pool_log_count(pool, "house left a"), 1);
}

static void one_that_always_crashes_harms_nobody(void **state)
{
    struct pool *pool = *state;

    pool_start(pool, "keep crash\n");
    pool_await_log(pool, "the housekeeper was ended by signal 9", 3);
    assert_true(pool_get_number(pool, "/pid") > 0);
    assert_int_equal(pool_stop(pool), 0);
}

static void reload_brings_one_of_the_new_config(void **state)
{
    struct pool *pool = *state;

    pool_start(pool, "keep ok\ntag a\n");
    pool_await_log(pool, "keeping house a", 1);
    pool_configure(pool, "keep ok\ntag b\n");
    pool_signal(pool, SIGHUP);
    pool_await_log(pool, "keeping house b", 1);
    assert_int_equal(pool_log_count(pool, "house left a"), 1); /* before */
    pool_configure(pool, "keep ok\ntag c\nload faulty\n");
    pool_signal(pool, SIGHUP);
    pool_await_log(pool, "keeping the old one", 1);
    assert_int_equal(pool_log_count(pool, "house left b"), 0);
    assert_int_equal(pool_stop(pool), 0);
    assert_int_equal(pool_log_count(pool, "house left b"), 1);
}

static void hopeless_one_stays_away_until_a_reload(void **state)
{
    struct pool *pool = *state;

    pool_start(pool, "keep hopeless\n");
    pool_await_log(pool, "the housekeeper ended with status 2", 1);
    assert_true(pool_get_number(pool, "/pid") > 0);
    pool_configure(pool, "keep ok\ntag b\n");
    pool_signal(pool, SIGHUP);
    pool_await_log(pool, "keeping house b", 1);
    assert_int_equal(pool_log_count(pool, "the housekeeper ended with status 2"), 1);
    assert_int_equal(pool_stop(pool), 0);
}

static void stuck_one_is_killed(void **state)
{
    struct pool *pool = *state;

    pool_start(pool, "keep stuck\ntag a\nstop_timeout_ms 200\n");
    pool_await_log(pool, "keeping house a", 1);
    assert_int_equal(pool_stop(pool), 0);
    assert_int_equal(pool_log_count(pool, "killing the housekeeper"), 1);
    assert_is_gone(last_keeper(pool));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(killed_one_comes_back, pool_set_up, pool_tear_down),
        cmocka_unit_test_setup_teardown(one_that_always_crashes_harms_nobody, pool_set_up,
                                        pool_tear_down),
        cmocka_unit_test_setup_teardown(reload_brings_one_of_the_new_config, pool_set_up,
                                        pool_tear_down),
        cmocka_unit_test_setup_teardown(hopeless_one_stays_away_until_a_reload, pool_set_up,
                                        pool_tear_down),
        cmocka_unit_test_setup_teardown(stuck_one_is_killed, pool_set_up, pool_tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
