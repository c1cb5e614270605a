/* Stopping: what is in flight is finished, what has connected is answered, nothing stays behind. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "in_range.h"
#include "load.h"
#include "pool.h"

static void expect_answer(int fd, const char *body)
{
    struct fcgi_answer answer;

    assert_true(fcgi_read_answer(fd, &answer));
    assert_int_equal(answer.status, 200);
    assert_string_equal(answer.body, body);
    fcgi_answer_release(&answer);
    close(fd);
}

static void stop_idle(void **state)
{
    struct pool *pool = *state;
    int64_t start_ms;

    pool_start(pool, "workers 3\n");
    assert_true(pool_get_number(pool, "/pid") > 0);
    start_ms = now_ms();
    assert_int_equal(pool_stop(pool), 0);
    assert_int_in_range(now_ms() - start_ms, 0, POOL_PATIENCE_MS);
    assert_int_equal(access(pool->address + strlen("unix:"), F_OK), -1);
    assert_int_equal(pool_log_count(pool, "may be lost"), 0);
    assert_int_equal(pool_log_count(pool, "unloaded"), 1);
}

static void stop_by_int(void **state)
{
    struct pool *pool = *state;

    pool_start(pool, "");
    pool_signal(pool, SIGINT);
    assert_int_equal(pool_await_exit(pool), 0);
}

static void stop_in_mid_body(void **state)
{
    struct pool *pool = *state;
    int fd;

    pool_start(pool, "");
    fd = pool_connect(pool);
    assert_true(fcgi_send_post(fd, "/echo", "10", false));
    assert_true(fcgi_send_stdin(fd, 1, "12345", 5));
    pool_await_read(fd); /* the worker is inside the body */
    pool_signal(pool, SIGTERM);
    pool_await_log(pool, "stopping", 1);
    nap_ms(100); /* the worker has its TERM, and does not leave */
    assert_true(fcgi_send_stdin(fd, 1, "67890", 5));
    assert_true(fcgi_send_stdin_end(fd, 1));
    expect_answer(fd, "1234567890");
    assert_int_equal(pool_await_exit(pool), 0);
}

static void second_term_does_not_hurry(void **state)
{
    struct pool *pool = *state;
    int fd;

    pool_start(pool, "");
    fd = pool_connect(pool);
    assert_true(fcgi_send_request(fd, "/sleep/600", "", 0, false));
    pool_await_read(fd);
    pool_signal(pool, SIGTERM);
    pool_await_log(pool, "stopping", 1);
    pool_signal(pool, SIGTERM);
    pool_signal(pool, SIGINT);
    pool_signal(pool, SIGHUP);
    expect_answer(fd, "slept");
    assert_int_equal(pool_await_exit(pool), 0);
    assert_int_equal(pool_log_count(pool, "loaded"), 2); /* loaded, unloaded: no reload */
}

static void stop_while_a_connection_is_kept(void **state)
{
    struct pool *pool = *state;
    struct fcgi_answer answer;
    int64_t start_ms;
    int fd;

    pool_start(pool, "");
    fd = pool_connect(pool);
    assert_true(fcgi_send_request(fd, "/echo", "x", 1, true));
    assert_true(fcgi_read_answer(fd, &answer));
    fcgi_answer_release(&answer);
    start_ms = now_ms();
    pool_signal(pool, SIGTERM);
    assert_true(fcgi_await_close(fd, POOL_PATIENCE_MS));
    close(fd);
    assert_int_equal(pool_await_exit(pool), 0);
    assert_int_in_range(now_ms() - start_ms, 0, POOL_PATIENCE_MS);
}

/* More clients than workers: those that wait in the listener's queue have connected too. */
static void stop_answers_whoever_has_connected(void **state)
{
    enum { CLIENTS = 12 };
    struct pool *pool = *state;
    int fds[CLIENTS];

    pool_start(pool, "workers 2\n");
    for (int i = 0; i < CLIENTS; i++) {
        fds[i] = pool_connect(pool);
        assert_true(fcgi_send_request(fds[i], "/sleep/100", "", 0, false));
    }
    pool_signal(pool, SIGTERM);
    for (int i = 0; i < CLIENTS; i++)
        expect_answer(fds[i], "slept");
    assert_int_equal(pool_await_exit(pool), 0);
    assert_int_equal(fcgi_connect(pool->address), -1);
}

static void stop_under_load_loses_nothing(void **state)
{
    struct pool *pool = *state;
    struct load load;
    int status;

    pool_start(pool, "workers 4\n");
    load_start(&load, pool->address);
    load_await_answers(&load, 300);
    status = pool_stop(pool);
    load_stop(&load);
    assert_int_equal(status, 0);
    assert_int_equal(atomic_load(&load.lost), 0);
    assert_int_equal(pool_log_count(pool, "may be lost"), 0);
    /* Four workers race for each connection: the slower ones just go on. */
    assert_int_equal(pool_log_count(pool, "cannot accept"), 0);
}

static void stop_timeout_kills(void **state)
{
    struct pool *pool = *state;
    struct fcgi_answer answer;
    int64_t start_ms;
    int fd;

    pool_start(pool, "workers 2\nowner_requests 1\nstop_timeout_ms 2000\n");
    fd = pool_connect(pool);
    assert_true(fcgi_send_request(fd, "/sleep/120000", "alice", 5, false));
    pool_await_owners(pool, 1);
    start_ms = now_ms();
    assert_int_equal(pool_stop(pool), 0);
    assert_int_in_range(now_ms() - start_ms, 2000, POOL_PATIENCE_MS);
    assert_false(fcgi_read_answer(fd, &answer));
    fcgi_answer_release(&answer);
    close(fd);
    assert_int_equal(pool_log_count(pool, "killing worker: its request may be lost"), 1);
    pool_await_log(pool, "stage=handling", 1);
}

/* Orphans come to this process, so that their end can be seen. */
static void await_orphan(pid_t pid)
{
    int64_t until_ms = now_ms() + POOL_PATIENCE_MS;

    while (waitpid(pid, NULL, WNOHANG) != pid) {
        assert_true(now_ms() < until_ms);
        nap_ms(5);
    }
}

static void kill_master(struct pool *pool)
{
    pool_signal(pool, SIGKILL);
    assert_int_equal(waitpid(pool->pid, NULL, 0), pool->pid);
    pool->pid = 0;
}

static void workers_leave_when_the_master_dies(void **state)
{
    struct pool *pool = *state;
    pid_t worker;

    prctl(PR_SET_CHILD_SUBREAPER, 1);
    pool_start(pool, "");
    worker = (pid_t)pool_get_number(pool, "/pid");
    kill_master(pool);
    await_orphan(worker);
    assert_int_equal(fcgi_connect(pool->address), -1);
}

static void request_in_hand_survives_the_master(void **state)
{
    struct pool *pool = *state;
    pid_t workers[2];
    int fd;

    prctl(PR_SET_CHILD_SUBREAPER, 1);
    pool_start(pool, "workers 2\nowner_requests 1\n");
    for (unsigned i = 0; i < 2; i++)
        workers[i] = pool_await_worker(pool, i + 1);
    fd = pool_connect(pool);
    assert_true(fcgi_send_request(fd, "/sleep/1000", "alice", 5, false));
    pool_await_owners(pool, 1);
    kill_master(pool);
    expect_answer(fd, "slept");
    for (unsigned i = 0; i < 2; i++)
        await_orphan(workers[i]);
}

static void other_signals_change_nothing(void **state)
{
    struct pool *pool = *state;
    long worker;

    pool_start(pool, "");
    worker = pool_get_number(pool, "/pid");
    pool_signal(pool, SIGUSR1);
    pool_signal(pool, SIGUSR2);
    pool_signal(pool, SIGQUIT);
    assert_int_equal(kill((pid_t)worker, SIGUSR1), 0);
    assert_int_equal(kill((pid_t)worker, SIGINT), 0);
    assert_int_equal(pool_get_number(pool, "/pid"), worker);
    assert_int_equal(pool_stop(pool), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(stop_idle, pool_set_up, pool_tear_down),
        cmocka_unit_test_setup_teardown(stop_by_int, pool_set_up, pool_tear_down),
        cmocka_unit_test_setup_teardown(stop_in_mid_body, pool_set_up, pool_tear_down),
        cmocka_unit_test_setup_teardown(second_term_does_not_hurry, pool_set_up, pool_tear_down),
        cmocka_unit_test_setup_teardown(stop_while_a_connection_is_kept, pool_set_up,
                                        pool_tear_down),
        cmocka_unit_test_setup_teardown(stop_answers_whoever_has_connected, pool_set_up,
                                        pool_tear_down),
        cmocka_unit_test_setup_teardown(stop_under_load_loses_nothing, pool_set_up, pool_tear_down),
        cmocka_unit_test_setup_teardown(stop_timeout_kills, pool_set_up, pool_tear_down),
        cmocka_unit_test_setup_teardown(workers_leave_when_the_master_dies, pool_set_up,
                                        pool_tear_down),
        cmocka_unit_test_setup_teardown(request_in_hand_survives_the_master, pool_set_up,
                                        pool_tear_down),
        cmocka_unit_test_setup_teardown(other_signals_change_nothing, pool_set_up, pool_tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
