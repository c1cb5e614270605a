/* What the pool counts, over the deaths of its workers, and the control socket of the master. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pool.h"
#include "status_report.h"

#define CLIENTS 40

static void control_line(const struct pool *pool, char *line_out, size_t size)
{
    snprintf(line_out, size, "control unix:%s/control\n", pool->dir);
}

static void start_with_control(struct pool *pool, const char *lines)
{
    char all[512], control[128];

    control_line(pool, control, sizeof(control));
    snprintf(all, sizeof(all), "%s%s", control, lines);
    pool_start(pool, all);
}

/* A report, and how many workers of it are of the current config. */
struct seen {
    const struct pool *pool;
    struct status_report report;
    struct status_report_worker *workers;
    struct arena arena;
    uint64_t wanted;
};

static enum rc look(struct seen *seen)
{
    char address[128];
    struct fail fail;

    arena_clear(&seen->arena);
    snprintf(address, sizeof(address), "unix:%s/control", seen->pool->dir);
    return status_report_read(address, &seen->arena, &seen->report, &seen->workers, &fail);
}

static void look_well(struct seen *seen)
{
    assert_int_equal(look(seen), RC_OK);
}

static bool has_counted(void *context)
{
    struct seen *seen = context;

    look_well(seen);
    return stats_requests(&seen->report.sum) >= seen->wanted;
}

static bool has_worker(void *context)
{
    struct seen *seen = context;

    look_well(seen);
    return seen->workers[0].pid > 0;
}

/* A slot may be empty for a moment, and no process has the number 0. */
static void kill_a_worker(struct seen *seen)
{
    assert_true(await(has_worker, seen));
    assert_int_equal(kill((pid_t)seen->workers[0].pid, SIGKILL), 0);
}

/* A response arrives a moment before it is counted. */
static void await_counted(struct seen *seen, uint64_t wanted)
{
    seen->wanted = wanted;
    assert_true(await(has_counted, seen));
    assert_int_equal(stats_requests(&seen->report.sum), wanted);
}

static void tells_what_the_pool_does(void **state)
{
    struct pool *pool = *state;
    struct seen seen = {.pool = pool};
    char path[128];
    struct stat file;

    arena_init(&seen.arena);
    start_with_control(pool, "workers 3\n");
    assert_true(pool_get_number(pool, "/pid") > 0);
    await_counted(&seen, 1);
    assert_int_equal(seen.report.master_pid, pool->pid);
    assert_string_equal(seen.report.version, "1.2.3");
    assert_string_equal(seen.report.listen, pool->address);
    assert_int_equal(seen.report.worker_count, 3);
    assert_int_equal(seen.report.sum.workers_wanted, 3);
    assert_int_equal(seen.report.sum.generation, 1);
    for (size_t i = 0; i < 3; i++) {
        assert_true(seen.workers[i].pid > 0);
        assert_int_equal(kill((pid_t)seen.workers[i].pid, 0), 0);
        assert_int_equal(seen.workers[i].slot, i);
        assert_false(seen.workers[i].leaving);
        assert_true(seen.workers[i].age_us >= 0);
    }
    snprintf(path, sizeof(path), "%s/control", pool->dir);
    assert_int_equal(stat(path, &file), 0);
    assert_int_equal(file.st_mode & 07777, 0600);
    assert_int_equal(pool_stop(pool), 0);
    assert_int_equal(access(path, F_OK), -1);
    arena_release(&seen.arena);
}

static void counts_are_exact_over_deaths(void **state)
{
    struct pool *pool = *state;
    struct seen seen = {.pool = pool};
    struct fcgi_answer answer;
    uint64_t requests = 0;
    char metrics[65536];

    arena_init(&seen.arena);
    start_with_control(pool, "workers 2\nmax_requests 20\n");
    for (unsigned round = 1; round <= 3; round++) {
        for (unsigned i = 0; i < 15; i++, requests++)
            assert_true(pool_get_number(pool, "/pid") > 0);
        await_counted(&seen, requests);
        kill_a_worker(&seen);
        pool_await_log(pool, "worker ended by signal 9", round);
    }
    assert_false(fcgi_post(pool->address, "/crash", "", &answer));
    fcgi_answer_release(&answer);
    pool_await_log(pool, "worker ended by signal 9", 4);
    await_counted(&seen, requests);
    assert_int_equal(seen.report.sum.restarts[STATS_CRASHED], 4);
    pool_get(pool, "/metrics", metrics, sizeof(metrics));
    assert_non_null(
        strstr(metrics, "\nmobync_requests_total{route=\"other\",status=\"200\"} 45\n"));
    assert_non_null(strstr(metrics, "\nmobync_worker_restarts_total{cause=\"crashed\"} 4\n"));
    assert_int_equal(pool_stop(pool), 0);
    arena_release(&seen.arena);
}

static void reloads_are_counted(void **state)
{
    struct pool *pool = *state;
    struct seen seen = {.pool = pool};
    char lines[512], control[128];

    arena_init(&seen.arena);
    start_with_control(pool, "workers 1\n");
    assert_true(pool_get_number(pool, "/pid") > 0);
    control_line(pool, control, sizeof(control));
    snprintf(lines, sizeof(lines), "%sworkers 2\n", control);
    pool_configure(pool, lines);
    pool_signal(pool, SIGHUP);
    pool_await_log(pool, "2 workers on ", 1);
    look_well(&seen);
    assert_int_equal(seen.report.sum.generation, 2);
    assert_int_equal(seen.report.sum.reloads, 1);
    assert_int_equal(seen.report.sum.reload_successful, 1);
    snprintf(lines, sizeof(lines), "%scheck faulty\n", control);
    pool_configure(pool, lines);
    pool_signal(pool, SIGHUP);
    pool_await_log(pool, "keeping the old one", 1);
    await_counted(&seen, 1);
    assert_int_equal(seen.report.sum.generation, 2);
    assert_int_equal(seen.report.sum.reloads_failed, 1);
    assert_int_equal(seen.report.sum.reload_successful, 0);
    assert_int_equal(pool_stop(pool), 0);
    arena_release(&seen.arena);
}

static void last_errors_are_told(void **state)
{
    struct pool *pool = *state;
    struct seen seen = {.pool = pool};
    struct fcgi_answer answer;

    arena_init(&seen.arena);
    start_with_control(pool, "");
    assert_true(fcgi_post(pool->address, "/busy", "", &answer));
    fcgi_answer_release(&answer);
    await_counted(&seen, 1);
    assert_int_equal(seen.report.error_count, 1);
    assert_string_equal(seen.report.errors[0].code, "SERVER_BUSY");
    assert_true(strlen(seen.report.errors[0].request_id) > 0);
    assert_int_equal(pool_stop(pool), 0);
    arena_release(&seen.arena);
}

static int connect_silently(const struct pool *pool)
{
    struct sockaddr_un sa = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    snprintf(sa.sun_path, sizeof(sa.sun_path), "%s/control", pool->dir);
    assert_int_equal(connect(fd, (struct sockaddr *)&sa, sizeof(sa)), 0);
    return fd;
}

/* Those who connect and never read hold nobody: neither the others nor the master. */
static void stuck_clients_hold_nobody(void **state)
{
    struct pool *pool = *state;
    struct seen seen = {.pool = pool};
    int clients[CLIENTS];

    arena_init(&seen.arena);
    start_with_control(pool, "");
    for (size_t i = 0; i < CLIENTS; i++)
        clients[i] = connect_silently(pool);
    close(clients[0]);
    kill_a_worker(&seen);
    pool_await_log(pool, "worker ended by signal 9", 1);
    assert_true(pool_get_number(pool, "/pid") > 0);
    assert_int_equal(pool_stop(pool), 0);
    for (size_t i = 1; i < CLIENTS; i++)
        close(clients[i]);
    arena_release(&seen.arena);
}

/* The pool works without, and says so. */
static void socket_that_cannot_be_opened(void **state)
{
    struct pool *pool = *state;
    struct seen seen = {.pool = pool};

    arena_init(&seen.arena);
    pool_start(pool, "control unix:/nowhere/at/all\n");
    pool_await_log(pool, "`mobync status` is unavailable", 1);
    assert_true(pool_get_number(pool, "/pid") > 0);
    assert_int_equal(look(&seen), RC_FATAL);
    assert_int_equal(pool_stop(pool), 0);
    arena_release(&seen.arena);
}

static bool is_gone(void *context)
{
    return kill(*(const pid_t *)context, 0) != 0;
}

/* A file that a killed master left behind is no obstacle. */
static void stale_socket_is_replaced(void **state)
{
    struct pool *pool = *state;
    struct seen seen = {.pool = pool};
    pid_t old_master, old_worker;

    arena_init(&seen.arena);
    start_with_control(pool, "");
    assert_true(await(has_worker, &seen));
    old_worker = (pid_t)seen.workers[0].pid;
    old_master = pool->pid;
    pool_signal(pool, SIGKILL);
    assert_int_equal(waitpid(pool->pid, NULL, 0), old_master);
    assert_int_equal(look(&seen), RC_FATAL); /* workers do not hold it open */
    assert_true(await(is_gone, &old_worker));
    pool_launch(pool);
    pool_await_log(pool, " workers on ", 2);
    look_well(&seen);
    assert_int_not_equal(seen.report.master_pid, old_master);
    assert_int_equal(pool_stop(pool), 0);
    arena_release(&seen.arena);
}

#define WITH_POOL(test) cmocka_unit_test_setup_teardown(test, pool_set_up, pool_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_POOL(tells_what_the_pool_does),  WITH_POOL(counts_are_exact_over_deaths),
        WITH_POOL(reloads_are_counted),       WITH_POOL(last_errors_are_told),
        WITH_POOL(stuck_clients_hold_nobody), WITH_POOL(socket_that_cannot_be_opened),
        WITH_POOL(stale_socket_is_replaced),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
