/* What becomes of pokes while nginx takes them, refuses, closes, is away, or does not read: they
 * arrive or are lost, and never wait. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "clock.h"
#include "poke_publisher.h"

#define CHANNEL    "0123456789abcdef0123456789abcdef"
#define RESPONSE   "HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n"
#define REFUSAL    "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
#define AT_ONCE_US 1000000

/* nginx, played here. */
static struct {
    char path[sizeof(((struct sockaddr_un *)NULL)->sun_path)];
    int listen_fd;
    int fd;
} peer;

static void peer_listen(void)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};

    snprintf(at.sun_path, sizeof(at.sun_path), "%s", peer.path);
    peer.listen_fd = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(bind(peer.listen_fd, (const struct sockaddr *)&at, sizeof(at)), 0);
    assert_int_equal(listen(peer.listen_fd, 4), 0);
}

static int set_up(void **state)
{
    (void)state;
    snprintf(peer.path, sizeof(peer.path), "/tmp/test-poke.%d", (int)getpid());
    peer_listen();
    peer.fd = -1;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    if (peer.fd >= 0)
        close(peer.fd);
    close(peer.listen_fd);
    return unlink(peer.path);
}

static void peer_accept(void)
{
    peer.fd = accept(peer.listen_fd, NULL, NULL);
    assert_true(peer.fd >= 0);
}

static void peer_says(const char *what)
{
    assert_int_equal(send(peer.fd, what, strlen(what), 0), (ssize_t)strlen(what));
}

static void peer_reads(int64_t clock)
{
    char wanted[256], got[256];
    char number[24];

    snprintf(number, sizeof(number), "%lld", (long long)clock);
    snprintf(wanted, sizeof(wanted),
             "POST /publish/" CHANNEL " HTTP/1.1\r\nHost: mobync\r\nContent-Type: text/plain\r\n"
             "Content-Length: %zu\r\n\r\n%s",
             strlen(number), number);
    memset(got, 0, sizeof(got));
    assert_true(recv(peer.fd, got, sizeof(got) - 1, 0) > 0);
    assert_string_equal(got, wanted);
}

static void pokes_share_a_connection(void **state)
{
    struct poke_publisher publisher;

    (void)state;
    poke_publisher_init(&publisher, peer.path);
    assert_true(poke_publish(&publisher, CHANNEL, 7));
    peer_accept();
    peer_reads(7);
    peer_says(RESPONSE);
    assert_true(poke_publish(&publisher, CHANNEL, (int64_t)1 << 40));
    peer_reads((int64_t)1 << 40);
    poke_publisher_release(&publisher);
}

static void a_closed_connection_is_replaced(void **state)
{
    struct poke_publisher publisher;

    (void)state;
    poke_publisher_init(&publisher, peer.path);
    assert_true(poke_publish(&publisher, CHANNEL, 1));
    peer_accept();
    peer_reads(1);
    peer_says(RESPONSE);
    close(peer.fd);
    assert_true(poke_publish(&publisher, CHANNEL, 2));
    peer_accept();
    peer_reads(2);
    poke_publisher_release(&publisher);
}

static void a_refusal_is_noticed(void **state)
{
    struct poke_publisher publisher;

    (void)state;
    poke_publisher_init(&publisher, peer.path);
    assert_true(poke_publish(&publisher, CHANNEL, 1));
    peer_accept();
    peer_says(REFUSAL);
    assert_false(poke_publish(&publisher, CHANNEL, 2));
    assert_int_equal(publisher.fd, -1);
    poke_publisher_release(&publisher);
}

static void nobody_there_costs_nothing(void **state)
{
    const int64_t begun_us = clock_monotonic_us();
    struct poke_publisher publisher;

    (void)state;
    poke_publisher_init(&publisher, "/nowhere/poke.sock");
    for (unsigned i = 0; i < 100; i++)
        assert_false(poke_publish(&publisher, CHANNEL, i));
    assert_true(clock_monotonic_us() - begun_us < AT_ONCE_US);
    poke_publisher_release(&publisher);
}

/* More pokes than a socket holds: the rest is lost, at once. */
static void who_does_not_read_is_not_waited_for(void **state)
{
    const int64_t begun_us = clock_monotonic_us();
    struct poke_publisher publisher;
    unsigned lost = 0;

    (void)state;
    poke_publisher_init(&publisher, peer.path);
    for (unsigned i = 0; i < 20000; i++)
        lost += !poke_publish(&publisher, CHANNEL, i);
    assert_true(lost > 0);
    assert_true(clock_monotonic_us() - begun_us < 10 * AT_ONCE_US);
    poke_publisher_release(&publisher);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(pokes_share_a_connection, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_closed_connection_is_replaced, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_refusal_is_noticed, set_up, tear_down),
        cmocka_unit_test(nobody_there_costs_nothing),
        cmocka_unit_test_setup_teardown(who_does_not_read_is_not_waited_for, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
