/* What the service manager hears: ready when requests are answered, reloading, stopping. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "pool.h"

/* The manager's end: one datagram a message. */
struct manager {
    struct pool pool;
    char path[96];
    int fd;
};

static int set_up(void **state)
{
    struct manager *manager = malloc(sizeof(*manager));
    struct sockaddr_un sa = {.sun_family = AF_UNIX};
    const struct timeval patience = {.tv_sec = POOL_PATIENCE_MS / 1000};

    assert_non_null(manager);
    pool_init(&manager->pool);
    snprintf(manager->path, sizeof(manager->path), "%s/other", manager->pool.dir);
    snprintf(sa.sun_path, sizeof(sa.sun_path), "%s", manager->path);
    manager->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    assert_true(manager->fd >= 0);
    assert_int_equal(bind(manager->fd, (const struct sockaddr *)&sa, sizeof(sa)), 0);
    assert_int_equal(setsockopt(manager->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)),
                     0);
    setenv("NOTIFY_SOCKET", manager->path, 1);
    *state = manager;
    return 0;
}

static int tear_down(void **state)
{
    struct manager *manager = *state;

    unsetenv("NOTIFY_SOCKET");
    close(manager->fd);
    pool_end(&manager->pool);
    free(manager);
    return 0;
}

/* The next message begins so. */
static void expect_heard(const struct manager *manager, const char *beginning)
{
    char message[512];
    ssize_t len = recv(manager->fd, message, sizeof(message) - 1, 0);

    if (len < 0)
        fail_msg("heard nothing, wanted %s: %s", beginning, strerror(errno));
    message[len] = '\0';
    if (strncmp(message, beginning, strlen(beginning)) != 0)
        fail_msg("heard %s, wanted %s", message, beginning);
}

static void expect_silence(const struct manager *manager)
{
    char message[512];

    assert_int_equal(recv(manager->fd, message, sizeof(message), MSG_DONTWAIT), -1);
}

static void start(struct manager *manager, const char *lines)
{
    pool_start(&manager->pool, lines);
    expect_heard(manager, "STATUS=1 worker on unix:");
    expect_heard(manager, "READY=1");
}

static void reload(struct manager *manager, const char *lines)
{
    pool_configure(&manager->pool, lines);
    pool_signal(&manager->pool, SIGHUP);
    expect_heard(manager, "RELOADING=1\nMONOTONIC_USEC=");
}

static void ready_once_workers_answer(void **state)
{
    struct manager *manager = *state;

    start(manager, "workers 1\nstop_timeout_ms 2000\n");
    expect_silence(manager);
    assert_int_equal(pool_stop(&manager->pool), 0);
    expect_heard(manager,
                 "STOPPING=1\nSTATUS=finishing in-flight requests\nEXTEND_TIMEOUT_USEC=7000000");
    expect_silence(manager);
}

static void not_ready_while_workers_die_at_once(void **state)
{
    struct manager *manager = *state;

    pool_start(&manager->pool, "workers 1\nstart crash\n");
    expect_heard(manager, "STATUS=1 worker on unix:");
    pool_await_log(&manager->pool, "worker ended ", 2);
    expect_silence(manager);
}

static void good_reload_is_ready_again(void **state)
{
    struct manager *manager = *state;

    start(manager, "workers 1\n");
    reload(manager, "workers 2\n");
    expect_heard(manager, "STATUS=2 workers on unix:");
    expect_heard(manager, "READY=1");
}

static void faulty_reload_is_ready_with_the_old_config(void **state)
{
    struct manager *manager = *state;

    start(manager, "workers 1\n");
    reload(manager, "workers 1\nload faulty\n");
    expect_heard(manager, "STATUS=the new config is not used");
    expect_heard(manager, "READY=1");
    reload(manager, "workers 1\ncheck faulty\n");
    expect_heard(manager, "STATUS=the new config is not used");
    expect_heard(manager, "READY=1");
    expect_silence(manager);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(ready_once_workers_answer, set_up, tear_down),
        cmocka_unit_test_setup_teardown(not_ready_while_workers_die_at_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(good_reload_is_ready_again, set_up, tear_down),
        cmocka_unit_test_setup_teardown(faulty_reload_is_ready_with_the_old_config, set_up,
                                        tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
