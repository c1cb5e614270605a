/* How many requests of one owner the pool has in flight: on the scoreboard, and gone from it
 * with the request, however that ended. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "pool.h"

#define LONG "/sleep/40000"
/* Longer than it takes to look at it, also on a machine that has other things to do. */
#define HELD "/sleep/4000"

/* A request of the owner, of which nothing is read yet. */
static int begin(const struct pool *pool, const char *path, const char *owner)
{
    int fd = pool_connect(pool);

    assert_true(fcgi_send_request(fd, path, owner, strlen(owner), false));
    return fd;
}

static void expect_end(int fd, int status)
{
    struct fcgi_answer answer;

    assert_true(fcgi_read_answer(fd, &answer));
    assert_int_equal(answer.status, status);
    fcgi_answer_release(&answer);
    close(fd);
}

static void expect_status(const struct pool *pool, const char *path, const char *owner, int status)
{
    expect_end(begin(pool, path, owner), status);
}

static void the_surplus_of_one_owner_is_refused(void **state)
{
    struct pool *pool = *state;
    int held[2];

    pool_start(pool, "workers 4\nowner_requests 2\n");
    for (size_t i = 0; i < 2; i++)
        held[i] = begin(pool, HELD, "alice");
    pool_await_owners(pool, 2);
    for (size_t i = 0; i < 5; i++)
        expect_status(pool, "/pid", "alice", 429);
    expect_status(pool, "/pid", "bob", 200);
    pool_await_owners(pool, 2);
    for (size_t i = 0; i < 2; i++)
        expect_end(held[i], 200);
    pool_await_owners(pool, 0);
    expect_status(pool, "/pid", "alice", 200);
    assert_int_equal(pool_stop(pool), 0);
}

static void an_owner_is_gone_however_a_request_ends(void **state)
{
    static const struct {
        const char *path;
        int status;
    } ROWS[] = {{"/busy", 503}, {"/facts", 200}, {"/leave", 500}, {"/echo", 200}};
    struct pool *pool = *state;
    int fd;

    pool_start(pool, "workers 2\nowner_requests 1\n");
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        expect_status(pool, ROWS[i].path, "alice", ROWS[i].status);
        pool_await_owners(pool, 0);
    }
    /* Nobody reads the response. */
    fd = begin(pool, HELD, "alice");
    pool_await_owners(pool, 1);
    close(fd);
    pool_await_owners(pool, 0);
    /* On a connection that stays, the next request is one of nobody's. */
    fd = pool_connect(pool);
    assert_true(fcgi_send_request(fd, "/echo", "alice", strlen("alice"), true));
    expect_end(fd, 200);
    pool_await_owners(pool, 0);
    assert_int_equal(pool_stop(pool), 0);
}

/* The first two that were started: one has the request, the other answers. */
static pid_t holder(const struct pool *pool)
{
    pid_t first = pool_await_worker(pool, 1), second = pool_await_worker(pool, 2);

    return pool_get_number(pool, "/pid") == first ? second : first;
}

/* The next request of a device cannot meet the one that was answered. */
static void an_answer_comes_when_the_request_is_over(void **state)
{
    struct pool *pool = *state;

    pool_start(pool, "workers 4\nowner_requests 1\n");
    for (size_t i = 0; i < 300; i++)
        expect_status(pool, "/pid", "alice", 200);
    assert_int_equal(pool_stop(pool), 0);
}

/* One that waits for its reader holds its worker. */
static void a_long_answer_counts_until_it_has_left(void **state)
{
    static char owner[8 * 1024 * 1024];
    struct pool *pool = *state;
    int fd;

    memset(owner, 'a', sizeof(owner) - 1);
    pool_start(pool, "workers 2\nowner_requests 1\n");
    fd = begin(pool, "/echo", owner);
    pool_await_owners(pool, 1);
    nap_ms(200); /* it goes on counting although the worker has written all that fits */
    pool_await_owners(pool, 1);
    expect_end(fd, 200);
    pool_await_owners(pool, 0);
    assert_int_equal(pool_stop(pool), 0);
}

/* Looked at once: the first request of the next worker in that slot would clear what is left. */
static void expect_none_after(const struct pool *pool, const char *logged)
{
    pool_await_log(pool, logged, 1);
    (void)pool_await_worker(pool, 3);
    assert_int_equal(pool_get_number(pool, "/owners"), 0);
    expect_status(pool, "/pid", "alice", 200);
}

static void a_killed_worker_has_no_owner(void **state)
{
    struct pool *pool = *state;
    struct fcgi_answer answer;
    int fd;

    pool_start(pool, "workers 2\nowner_requests 1\n");
    fd = begin(pool, LONG, "alice");
    pool_await_owners(pool, 1);
    expect_status(pool, "/pid", "alice", 429);
    assert_int_equal(kill(holder(pool), SIGKILL), 0);
    expect_none_after(pool, "worker ended by signal 9: its request may be lost");
    assert_false(fcgi_read_answer(fd, &answer));
    fcgi_answer_release(&answer);
    close(fd);
    assert_int_equal(pool_stop(pool), 0);
}

static void a_worker_in_one_stage_for_too_long_has_no_owner(void **state)
{
    struct pool *pool = *state;
    int fd;

    pool_start(pool, "workers 2\nowner_requests 1\nrequest_timeout_ms 2000\n");
    fd = begin(pool, LONG, "alice");
    pool_await_owners(pool, 1);
    expect_none_after(pool, "killing worker: its request may be lost");
    close(fd);
}

/* A reload lets nobody have twice as many, and its workers find the scoreboard as it is. */
static void both_generations_count(void **state)
{
    struct pool *pool = *state;
    int fd;

    pool_start(pool, "workers 2\nowner_requests 1\n");
    fd = begin(pool, HELD, "alice");
    pool_await_owners(pool, 1);
    pool_configure(pool, "workers 3\nowner_requests 1\ntag new\n");
    pool_signal(pool, SIGHUP);
    pool_await_log(pool, "3 workers on ", 1);
    expect_status(pool, "/tag", "alice", 429);
    expect_end(fd, 200);
    pool_await_owners(pool, 0);
    expect_status(pool, "/tag", "alice", 200);
    assert_int_equal(pool_stop(pool), 0);
}

#define WITH_POOL(test) cmocka_unit_test_setup_teardown(test, pool_set_up, pool_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_POOL(the_surplus_of_one_owner_is_refused),
        WITH_POOL(an_owner_is_gone_however_a_request_ends),
        WITH_POOL(an_answer_comes_when_the_request_is_over),
        WITH_POOL(a_long_answer_counts_until_it_has_left),
        WITH_POOL(a_killed_worker_has_no_owner),
        WITH_POOL(a_worker_in_one_stage_for_too_long_has_no_owner),
        WITH_POOL(both_generations_count),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
