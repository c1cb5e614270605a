/* The listening socket: opened, refused, taken over, inherited. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "listen.h"
#include "pool.h"

static const char *path_of(const struct pool *pool)
{
    return pool->address + strlen("unix:");
}

/* A free port of this address family; -1 if the machine does not have the family. It is below those
 * that the kernel gives to clients, who come and go all the time. */
static int free_port(int family)
{
    const int lowest = 20000, count = 12000;
    int from = (int)(now_ms() * 31 + getpid());

    for (int i = 0; i < count; i++) {
        int port = lowest + (int)((unsigned)(from + i) % (unsigned)count);
        struct sockaddr_in6 sa6 = {.sin6_family = AF_INET6,
                                   .sin6_port = htons((uint16_t)port),
                                   .sin6_addr = IN6ADDR_LOOPBACK_INIT};
        struct sockaddr_in sa4 = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        int fd = socket(family, SOCK_STREAM, 0);
        int rc, why;

        if (fd < 0)
            return -1;
        rc = family == AF_INET6 ? bind(fd, (struct sockaddr *)&sa6, sizeof(sa6))
                                : bind(fd, (struct sockaddr *)&sa4, sizeof(sa4));
        why = errno;
        close(fd);
        if (rc == 0)
            return port;
        if (why != EADDRINUSE)
            return -1;
    }
    return -1;
}

static void unix_socket_has_mode_0660_and_flags(void **state)
{
    const struct pool *pool = *state;
    struct listener listener;
    struct fail fail;
    struct stat file;
    int fd;

    assert_int_equal(listener_open(&listener, pool->address, &fail), RC_OK);
    assert_int_equal(stat(path_of(pool), &file), 0);
    assert_int_equal(file.st_mode & 07777, 0660);
    assert_true(fcntl(listener.fd, F_GETFL) & O_NONBLOCK);
    assert_true(fcntl(listener.fd, F_GETFD) & FD_CLOEXEC);
    fd = fcgi_connect(pool->address);
    assert_true(fd >= 0);
    close(fd);
    assert_true(listener_withdraw(&listener));
    assert_int_equal(stat(path_of(pool), &file), -1);
    assert_int_equal(listener.fd, -1);
}

static void stale_unix_socket_is_replaced(void **state)
{
    const struct pool *pool = *state;
    struct listener dead, listener;
    struct fail fail;
    int fd;

    assert_int_equal(listener_open(&dead, pool->address, &fail), RC_OK);
    close(dead.fd); /* as a server that was killed: the file stays */
    assert_int_equal(listener_open(&listener, pool->address, &fail), RC_OK);
    fd = fcgi_connect(pool->address);
    assert_true(fd >= 0);
    close(fd);
    listener_withdraw(&listener);
}

static void folder_that_is_missing_is_named(void **state)
{
    struct listener listener;
    struct fail fail;

    (void)state;
    assert_int_equal(listener_open(&listener, "unix:/nowhere/mobync.sock", &fail), RC_FATAL);
    assert_non_null(
        strstr(fail.message, "/nowhere/mobync.sock: the folder does not exist: create"));
}

static void live_unix_socket_is_refused(void **state)
{
    const struct pool *pool = *state;
    struct listener live, listener;
    struct fail fail;
    int fd;

    assert_int_equal(listener_open(&live, pool->address, &fail), RC_OK);
    assert_int_equal(listener_open(&listener, pool->address, &fail), RC_FATAL);
    assert_non_null(strstr(fail.message, "another server listens here"));
    assert_int_equal(listener.fd, -1);
    fd = fcgi_connect(pool->address);
    assert_true(fd >= 0);
    close(fd);
    listener_withdraw(&live);
}

static void other_file_is_refused_and_left_alone(void **state)
{
    const struct pool *pool = *state;
    struct listener listener;
    struct fail fail;
    int fd = open(path_of(pool), O_WRONLY | O_CREAT, 0600);

    assert_true(fd >= 0);
    close(fd);
    assert_int_equal(listener_open(&listener, pool->address, &fail), RC_FATAL);
    assert_non_null(strstr(fail.message, "is not a socket"));
    assert_int_equal(access(path_of(pool), F_OK), 0);
}

static void successors_file_is_not_unlinked(void **state)
{
    const struct pool *pool = *state;
    struct listener first, second;
    struct fail fail;

    assert_int_equal(listener_open(&first, pool->address, &fail), RC_OK);
    assert_int_equal(unlink(path_of(pool)), 0);
    assert_int_equal(listener_open(&second, pool->address, &fail), RC_OK);
    assert_false(listener_withdraw(&first));
    assert_int_equal(access(path_of(pool), F_OK), 0);
    assert_true(listener_withdraw(&second));
}

static void bad_addresses_are_refused(void **state)
{
    static const char *const BAD[] = {
        "",           "unix:",       "unix:relative",   "unix:/no/such/folder/sock",
        "9000",       ":9000",       "localhost:9000",  "127.0.0.1",
        "127.0.0.1:", "127.0.0.1:0", "127.0.0.1:65536", "127.0.0.1:http",
        "::1:9000",   "[::1:9000",   "[::1]",           "127.0.0.1:-1",
    };
    struct listener listener;
    struct fail fail;

    (void)state;
    for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++) {
        fail_clear(&fail);
        if (listener_open(&listener, BAD[i], &fail) == RC_OK)
            fail_msg("%s was taken", BAD[i]);
        assert_int_equal(listener.fd, -1);
        assert_true(fail.message[0] != '\0');
    }
}

/* A unix socket address holds 107 bytes; the buffer of a listener's own is a little larger. */
static void long_paths_are_refused(void **state)
{
    static const size_t LENGTHS[] = {113, LISTENER_ADDRESS_MAX, LISTENER_ADDRESS_MAX + 1, 5000};
    char address[5001] = "unix:/tmp/";
    struct listener listener;
    struct fail fail;

    (void)state;
    for (size_t i = 0; i < sizeof(LENGTHS) / sizeof(LENGTHS[0]); i++) {
        memset(address + 10, 'x', LENGTHS[i] - 10);
        address[LENGTHS[i]] = '\0';
        assert_int_equal(listener_open(&listener, address, &fail), RC_FATAL);
        assert_int_equal(listener.fd, -1);
    }
}

static void check_tcp(int family, const char *format)
{
    struct listener listener, second;
    struct fail fail;
    char address[64];
    int port = free_port(family);
    int fd;

    if (port < 0)
        skip();
    snprintf(address, sizeof(address), "%s:%d", format, port);
    assert_int_equal(listener_open(&listener, address, &fail), RC_OK);
    fd = fcgi_connect(address);
    assert_true(fd >= 0);
    close(fd);
    assert_int_equal(listener_open(&second, address, &fail), RC_FATAL);
    assert_non_null(strstr(fail.message, "bind"));
    assert_false(listener_withdraw(&listener));
    assert_int_equal(fcgi_connect(address), -1);
}

static void tcp_v4(void **state)
{
    (void)state;
    check_tcp(AF_INET, "127.0.0.1");
}

static void tcp_v6(void **state)
{
    (void)state;
    check_tcp(AF_INET6, "[::1]");
}

static void sockets_for_another_process_are_not_taken(void **state)
{
    struct listener listener;
    struct fail fail;

    (void)state;
    setenv("LISTEN_PID", "1", 1);
    setenv("LISTEN_FDS", "1", 1);
    setenv("LISTEN_FDNAMES", "x", 1);
    assert_int_equal(listener_inherit(&listener, &fail), RC_OK);
    assert_int_equal(listener.fd, -1);
    assert_null(getenv("LISTEN_PID"));
    assert_null(getenv("LISTEN_FDS"));
    assert_null(getenv("LISTEN_FDNAMES"));
}

/* A pool on a socket that the test made, whatever its config says. */
static void check_inherited(struct pool *pool, bool like_systemd)
{
    struct listener listener;
    struct fail fail;
    char other[128];

    snprintf(other, sizeof(other), "unix:%s/other", pool->dir);
    assert_int_equal(listener_open(&listener, other, &fail), RC_OK);
    pool->inherited_fd = listener.fd;
    pool->like_systemd = like_systemd;
    pool_start(pool, "workers 2\ntag inherited\n");
    assert_int_equal(access(path_of(pool), F_OK), -1);
    snprintf(pool->address, sizeof(pool->address), "%.90s", other);
    assert_true(pool_get_number(pool, "/pid") > 0);
    pool_signal(pool, SIGHUP);
    pool_await_log(pool, " workers on ", 2);
    assert_true(pool_get_number(pool, "/pid") > 0);
    assert_int_equal(pool_stop(pool), 0);
    assert_int_equal(access(path_of(pool), F_OK), 0);
    listener_withdraw(&listener);
}

static void inherited_as_fd_0(void **state)
{
    check_inherited(*state, false);
}

static void inherited_from_systemd(void **state)
{
    check_inherited(*state, true);
}

static void pool_on_tcp(void **state)
{
    struct pool *pool = *state;
    int port = free_port(AF_INET);

    assert_true(port > 0);
    snprintf(pool->address, sizeof(pool->address), "127.0.0.1:%d", port);
    pool_start(pool, "workers 2\n");
    assert_true(pool_get_number(pool, "/pid") > 0);
    assert_int_equal(pool_stop(pool), 0);
}

static bool is_deserted(void *context)
{
    const struct pool *pool = context;
    int fd = fcgi_connect(pool->address);

    if (fd >= 0)
        close(fd);
    return fd < 0;
}

static void pool_replaces_a_stale_socket(void **state)
{
    struct pool *pool = *state;

    pool_start(pool, "");
    pool_signal(pool, SIGKILL);
    pool_end(&(struct pool){.pid = pool->pid, .dir = "/nonexistent"});
    pool->pid = 0;
    assert_true(await(is_deserted, pool)); /* its worker has to notice first */
    assert_int_equal(access(path_of(pool), F_OK), 0);
    pool_launch(pool);
    pool_await_log(pool, " workers on ", 2);
    assert_true(pool_get_number(pool, "/pid") > 0);
    assert_int_equal(pool_stop(pool), 0);
}

static void second_pool_on_a_live_socket_gives_up(void **state)
{
    struct pool *pool = *state;
    struct pool second;

    pool_start(pool, "tag first\n");
    pool_init(&second);
    memcpy(second.address, pool->address, sizeof(second.address));
    pool_configure(&second, "tag second\n");
    pool_launch(&second);
    assert_int_equal(pool_await_exit(&second), 1);
    assert_int_equal(pool_log_count(&second, "another server listens here"), 1);
    pool_end(&second);
    assert_true(pool_get_number(pool, "/pid") > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(unix_socket_has_mode_0660_and_flags, pool_set_up,
                                        pool_tear_down),
        cmocka_unit_test_setup_teardown(stale_unix_socket_is_replaced, pool_set_up, pool_tear_down),
        cmocka_unit_test(folder_that_is_missing_is_named),
        cmocka_unit_test_setup_teardown(live_unix_socket_is_refused, pool_set_up, pool_tear_down),
        cmocka_unit_test_setup_teardown(other_file_is_refused_and_left_alone, pool_set_up,
                                        pool_tear_down),
        cmocka_unit_test_setup_teardown(successors_file_is_not_unlinked, pool_set_up,
                                        pool_tear_down),
        cmocka_unit_test(bad_addresses_are_refused),
        cmocka_unit_test(long_paths_are_refused),
        cmocka_unit_test(tcp_v4),
        cmocka_unit_test(tcp_v6),
        cmocka_unit_test(sockets_for_another_process_are_not_taken),
        cmocka_unit_test_setup_teardown(inherited_as_fd_0, pool_set_up, pool_tear_down),
        cmocka_unit_test_setup_teardown(inherited_from_systemd, pool_set_up, pool_tear_down),
        cmocka_unit_test_setup_teardown(pool_on_tcp, pool_set_up, pool_tear_down),
        cmocka_unit_test_setup_teardown(pool_replaces_a_stale_socket, pool_set_up, pool_tear_down),
        cmocka_unit_test_setup_teardown(second_pool_on_a_live_socket_gives_up, pool_set_up,
                                        pool_tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
