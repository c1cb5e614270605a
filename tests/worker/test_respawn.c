/* Workers that die, end, hang or cannot start at all. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "in_range.h"
#include "pool.h"

/* Sends a request that gets no answer. */
static void expect_no_answer(const struct pool *pool, const char *path)
{
    struct fcgi_answer answer;

    assert_false(fcgi_post(pool->address, path, "", &answer));
    fcgi_answer_release(&answer);
}

static void killed_worker_is_replaced(void **state)
{
    struct pool *pool = *state;
    long killed;

    pool_start(pool, "");
    killed = pool_get_number(pool, "/pid");
    assert_int_equal(kill((pid_t)killed, SIGKILL), 0);
    assert_int_not_equal(pool_get_number(pool, "/pid"), killed);
    pool_await_log(pool, "worker ended by signal 9", 1);
    assert_int_equal(pool_stop(pool), 0);
}

static void crashing_requests_do_not_throttle_a_proven_service(void **state)
{
    struct pool *pool = *state;
    int64_t start_ms;

    pool_start(pool, "");
    assert_true(pool_get_number(pool, "/pid") > 0);
    start_ms = now_ms();
    for (int i = 0; i < 6; i++)
        expect_no_answer(pool, "/crash");
    assert_true(pool_get_number(pool, "/pid") > 0);
    assert_int_in_range(now_ms() - start_ms, 0, POOL_PATIENCE_MS);
    assert_int_equal(pool_log_count(pool, "starts in"), 0);
    assert_int_equal(pool_log_count(pool, "its request may be lost"), 6);
}

static void backoff_doubles(void **state)
{
    struct pool *pool = *state;

    pool_start(pool, "start crash\n");
    pool_await_log(pool, "starts in 100 ms", 1);
    pool_await_log(pool, "starts in 200 ms", 1);
    pool_await_log(pool, "starts in 400 ms", 1);
    pool_await_log(pool, "starts in 800 ms", 1);
    assert_int_equal(pool_log_count(pool, "starts in 100 ms"), 1);
    assert_int_equal(pool_stop(pool), 0);
}

static void served_request_resets_the_backoff(void **state)
{
    struct pool *pool = *state;
    pid_t worker;

    pool_start(pool, "");
    /* Not proven yet: throttled even though each dies of a request. */
    expect_no_answer(pool, "/crash");
    expect_no_answer(pool, "/crash");
    pool_await_log(pool, "starts in 200 ms", 1);
    worker = (pid_t)pool_get_number(pool, "/pid");
    pool_await_log(pool, "msg=request", 1); /* counted, not only answered */
    assert_int_equal(kill(worker, SIGKILL), 0);
    assert_true(pool_get_number(pool, "/pid") > 0);
    assert_int_equal(pool_log_count(pool, "starts in"), 2);
}

/* Killed while idle, before it served anything: the start of such a worker is what is throttled. */
static void backoff_is_reset_after_a_served_request(void **state)
{
    struct pool *pool = *state;

    pool_start(pool, "");
    assert_int_equal(kill(pool_await_worker(pool, 1), SIGKILL), 0);
    pool_await_log(pool, "starts in 100 ms", 1);
    assert_int_equal(kill(pool_await_worker(pool, 2), SIGKILL), 0);
    pool_await_log(pool, "starts in 200 ms", 1);
    assert_int_equal(pool_get_number(pool, "/pid"), pool_await_worker(pool, 3));
    pool_await_log(pool, "msg=request", 1);
    assert_int_equal(kill(pool_await_worker(pool, 3), SIGKILL), 0);
    assert_int_equal(kill(pool_await_worker(pool, 4), SIGKILL), 0);
    pool_await_log(pool, "starts in 100 ms", 2);
}

static void hopeless_config_ends_the_master(void **state)
{
    struct pool *pool = *state;

    pool_configure(pool, "workers 3\nstart hopeless\n");
    pool_launch(pool);
    assert_int_equal(pool_await_exit(pool), 1);
    assert_int_equal(pool_log_count(pool, "worker ended with status 2"), 3);
    assert_int_equal(pool_log_count(pool, "no worker can work with this config"), 1);
    assert_int_equal(access(pool->address + 5, F_OK), -1);
}

static void worker_is_replaced_after_max_requests(void **state)
{
    struct pool *pool = *state;
    long pids[6];

    pool_start(pool, "max_requests 2\n");
    for (int i = 0; i < 6; i++)
        pids[i] = pool_get_number(pool, "/pid");
    for (int i = 0; i < 6; i += 2)
        assert_int_equal(pids[i], pids[i + 1]);
    assert_int_not_equal(pids[0], pids[2]);
    assert_int_not_equal(pids[2], pids[4]);
    pool_await_log(pool, "worker ended with status 0", 3);
    assert_int_equal(pool_log_count(pool, "starts in"), 0);
}

static void overdue_request_is_killed(void **state)
{
    struct pool *pool = *state;
    int64_t start_ms;

    pool_start(pool, "request_timeout_ms 2000\n");
    start_ms = now_ms();
    expect_no_answer(pool, "/sleep/120000");
    /* TERM after the limit, KILL a second later. */
    assert_int_in_range(now_ms() - start_ms, 3000, POOL_PATIENCE_MS);
    assert_true(pool_get_number(pool, "/pid") > 0);
    pool_await_log(pool, "killing worker: its request may be lost", 1);
    assert_true(pool_log_count(pool, "stage=handling") >= 2);
    /* The dead worker's age is not its successor's. */
    assert_int_equal(pool_log_count(pool, "worker timed out"), 1);
}

static void overdue_request_that_ends_in_time_is_answered(void **state)
{
    struct pool *pool = *state;
    char body[16];
    long before;

    pool_start(pool, "request_timeout_ms 1000\n");
    before = pool_get_number(pool, "/pid");
    pool_get(pool, "/sleep/1300", body, sizeof(body));
    assert_string_equal(body, "slept");
    pool_await_log(pool, "worker timed out", 1);
    assert_int_not_equal(pool_get_number(pool, "/pid"), before);
    assert_int_equal(pool_log_count(pool, "killing"), 0);
}

/* Half a FastCGI header and silence: nothing in the worker itself ends that. */
static void silent_peer_is_cut_off(void **state)
{
    struct pool *pool = *state;
    int fd;

    pool_start(pool, "request_timeout_ms 1000\n");
    fd = fcgi_connect(pool->address);
    assert_true(fd >= 0);
    assert_true(fcgi_send_bytes(fd, "\1\1\0", 3));
    assert_true(fcgi_await_close(fd, POOL_PATIENCE_MS));
    close(fd);
    assert_true(pool_get_number(pool, "/pid") > 0);
    pool_await_log(pool, "stage=reading", 1);
}

/* Leaving is a stage like any: a worker that hangs in its clean-up would never be replaced. */
static void worker_stuck_in_its_cleanup_is_killed(void **state)
{
    struct pool *pool = *state;
    pid_t stuck;

    pool_start(pool, "max_requests 1\nrequest_timeout_ms 1000\nstop_timeout_ms 1000\nstop stuck\n");
    stuck = (pid_t)pool_get_number(pool, "/pid");
    assert_int_not_equal(pool_get_number(pool, "/pid"), stuck);
    pool_await_log(pool, "stage=leaving", 1);
    assert_int_equal(pool_log_count(pool, "may be lost"), 0);
    assert_int_equal(pool_stop(pool), 0);
}

static void busy_worker_within_its_time_is_left_alone(void **state)
{
    struct pool *pool = *state;
    long before;

    pool_start(pool, "request_timeout_ms 3000\n");
    before = pool_get_number(pool, "/pid");
    for (int i = 0; i < 4; i++) {
        char body[16];

        pool_get(pool, "/sleep/1000", body, sizeof(body));
    }
    assert_int_equal(pool_get_number(pool, "/pid"), before);
    assert_int_equal(pool_log_count(pool, "worker timed out"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(killed_worker_is_replaced, pool_set_up, pool_tear_down),
        cmocka_unit_test_setup_teardown(crashing_requests_do_not_throttle_a_proven_service,
                                        pool_set_up, pool_tear_down),
        cmocka_unit_test_setup_teardown(backoff_doubles, pool_set_up, pool_tear_down),
        cmocka_unit_test_setup_teardown(served_request_resets_the_backoff, pool_set_up,
                                        pool_tear_down),
        cmocka_unit_test_setup_teardown(backoff_is_reset_after_a_served_request, pool_set_up,
                                        pool_tear_down),
        cmocka_unit_test_setup_teardown(hopeless_config_ends_the_master, pool_set_up,
                                        pool_tear_down),
        cmocka_unit_test_setup_teardown(worker_is_replaced_after_max_requests, pool_set_up,
                                        pool_tear_down),
        cmocka_unit_test_setup_teardown(overdue_request_is_killed, pool_set_up, pool_tear_down),
        cmocka_unit_test_setup_teardown(overdue_request_that_ends_in_time_is_answered, pool_set_up,
                                        pool_tear_down),
        cmocka_unit_test_setup_teardown(silent_peer_is_cut_off, pool_set_up, pool_tear_down),
        cmocka_unit_test_setup_teardown(worker_stuck_in_its_cleanup_is_killed, pool_set_up,
                                        pool_tear_down),
        cmocka_unit_test_setup_teardown(busy_worker_within_its_time_is_left_alone, pool_set_up,
                                        pool_tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
