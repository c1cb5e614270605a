/* HUP: a good config takes over without losing a request, a faulty one changes nothing. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "load.h"
#include "pool.h"

static void expect_tag(const struct pool *pool, const char *expected)
{
    char tag[32];

    pool_get(pool, "/tag", tag, sizeof(tag));
    assert_string_equal(tag, expected);
}

/* The old workers that are idle may answer until they have been told to stop. */
static void await_tag(const struct pool *pool, const char *expected)
{
    const int64_t until_us = clock_monotonic_us() + (int64_t)60 * 1000000;
    char tag[32];

    do
        pool_get(pool, "/tag", tag, sizeof(tag));
    while (strcmp(tag, expected) != 0 && clock_monotonic_us() < until_us);
    assert_string_equal(tag, expected);
}

static void reload(const struct pool *pool, const char *lines)
{
    pool_configure(pool, lines);
    pool_signal(pool, SIGHUP);
}

static void good_reload_under_load_loses_nothing(void **state)
{
    struct pool *pool = *state;
    struct load load;

    pool_start(pool, "workers 4\ntag old\n");
    load_start(&load, pool->address);
    load_await_answers(&load, 100);
    reload(pool, "workers 3\ntag new\n");
    pool_await_log(pool, "unloaded old", 1);
    load_await_answers(&load, 100);
    load_stop(&load);
    assert_int_equal(atomic_load(&load.lost), 0);
    assert_int_equal(atomic_load(&load.refused), 0);
    expect_tag(pool, "new");
    assert_int_equal(pool_log_count(pool, "3 workers on "), 1);
    assert_int_equal(pool_stop(pool), 0);
}

static void request_in_hand_is_finished_by_the_old_generation(void **state)
{
    struct pool *pool = *state;
    struct fcgi_answer answer;
    int fd;

    pool_start(pool, "workers 2\nowner_requests 1\ntag old\n");
    fd = fcgi_connect(pool->address);
    assert_true(fd >= 0);
    assert_true(fcgi_send_request(fd, "/sleep/4000", "alice", 5, false));
    pool_await_owners(pool, 1);
    reload(pool, "tag new\n");
    pool_await_log(pool, " workers on ", 2);
    await_tag(pool, "new"); /* the new worker does not wait for the busy old one */
    assert_int_equal(pool_log_count(pool, "unloaded old"), 0);
    assert_true(fcgi_read_answer(fd, &answer));
    assert_int_equal(answer.status, 200);
    fcgi_answer_release(&answer);
    close(fd);
    pool_await_log(pool, "unloaded old", 1);
    assert_int_equal(pool_log_count(pool, "may be lost"), 0);
}

static void check_faulty(struct pool *pool, const char *lines, const char *logged)
{
    long before;

    pool_start(pool, "tag old\n");
    before = pool_get_number(pool, "/pid");
    reload(pool, lines);
    pool_await_log(pool, "the new config is not used; keeping the old one", 1);
    assert_int_equal(pool_log_count(pool, logged), 1);
    assert_int_equal(pool_get_number(pool, "/pid"), before);
    reload(pool, "tag mended\n");
    pool_await_log(pool, "unloaded old", 1); /* until then the old worker may answer, too */
    expect_tag(pool, "mended");
    assert_int_equal(pool_stop(pool), 0);
}

static void faulty_config_changes_nothing(void **state)
{
    check_faulty(*state, "tag new\nload faulty\n", "the config is faulty");
}

static void failed_check_changes_nothing(void **state)
{
    check_faulty(*state, "tag new\ncheck faulty\n", "unloaded new");
}

static void crashed_check_changes_nothing(void **state)
{
    check_faulty(*state, "tag new\ncheck crash\n", "check of the config was ended by signal 9");
}

static void impossible_number_of_workers_changes_nothing(void **state)
{
    check_faulty(*state, "tag new\nworkers 0\n", "workers: 0 is not between 1 and 1024");
}

static void new_address_replaces_the_old_one(void **state)
{
    struct pool *pool = *state;
    char old[sizeof(pool->address)];

    pool_start(pool, "tag old\n");
    memcpy(old, pool->address, sizeof(old));
    snprintf(pool->address, sizeof(pool->address), "unix:%s/other", pool->dir);
    reload(pool, "tag new\n");
    pool_await_log(pool, " workers on ", 2);
    expect_tag(pool, "new");
    assert_int_equal(fcgi_connect(old), -1);
    assert_int_equal(access(old + strlen("unix:"), F_OK), -1);
    assert_int_equal(pool_stop(pool), 0);
    assert_int_equal(access(pool->address + strlen("unix:"), F_OK), -1);
}

/* Whoever had connected to the old address still gets a response. */
static void queue_of_the_old_address_is_answered(void **state)
{
    enum { CLIENTS = 6 };
    struct pool *pool = *state;
    int fds[CLIENTS];

    pool_start(pool, "tag old\n");
    for (int i = 0; i < CLIENTS; i++) {
        fds[i] = fcgi_connect(pool->address);
        assert_true(fds[i] >= 0);
        assert_true(fcgi_send_request(fds[i], "/sleep/100", "", 0, false));
    }
    snprintf(pool->address, sizeof(pool->address), "unix:%s/other", pool->dir);
    reload(pool, "tag new\n");
    for (int i = 0; i < CLIENTS; i++) {
        struct fcgi_answer answer;

        assert_true(fcgi_read_answer(fds[i], &answer));
        assert_int_equal(answer.status, 200);
        fcgi_answer_release(&answer);
        close(fds[i]);
    }
    pool_await_log(pool, "unloaded old", 1);
}

static void address_in_use_keeps_the_old_one(void **state)
{
    struct pool *pool = *state;
    struct pool other;
    char old[sizeof(pool->address)];

    pool_init(&other);
    pool_start(&other, "tag other\n");
    pool_start(pool, "tag old\n");
    memcpy(old, pool->address, sizeof(old));
    memcpy(pool->address, other.address, sizeof(old));
    reload(pool, "tag new\n");
    pool_await_log(pool, "the new config is not used; keeping the old one", 1);
    assert_int_equal(pool_log_count(pool, "another server listens here"), 1);
    memcpy(pool->address, old, sizeof(old));
    expect_tag(pool, "old");
    expect_tag(&other, "other");
    pool_end(&other);
}

static void hups_during_a_check_are_remembered_once(void **state)
{
    struct pool *pool = *state;
    char held[80], lines[128];

    pool_start(pool, "tag old\n");
    snprintf(held, sizeof(held), "%s/other", pool->dir);
    fclose(fopen(held, "w"));
    snprintf(lines, sizeof(lines), "tag new\ncheck %s\n", held);
    pool_configure(pool, lines);
    pool_signal(pool, SIGHUP);
    pool_await_log(pool, "checking for a reload", 1);
    for (int i = 0; i < 5; i++) {
        pool_signal(pool, SIGHUP);
        pool_await_taken(pool, SIGHUP);
    }
    expect_tag(pool, "old"); /* served while the check runs */
    assert_int_equal(unlink(held), 0);
    pool_await_log(pool, " workers on ", 3);
    nap_ms(200); /* no third one begins */
    assert_int_equal(pool_log_count(pool, "checking for a reload"), 2);
    assert_int_equal(pool_stop(pool), 0);
}

static void stop_during_a_check(void **state)
{
    struct pool *pool = *state;

    pool_configure(pool, "check stuck\n");
    pool_launch(pool);
    pool_await_log(pool, "checking at the start", 1);
    assert_int_equal(pool_stop(pool), 0);
    assert_int_equal(pool_log_count(pool, " workers on "), 0);
    assert_int_equal(pool_log_count(pool, "unloaded"), 1);
}

static void check_no_start(struct pool *pool, const char *lines)
{
    pool_configure(pool, lines);
    pool_launch(pool);
    assert_int_equal(pool_await_exit(pool), 1);
    assert_int_equal(pool_log_count(pool, "cannot start"), 1);
    assert_int_equal(pool_log_count(pool, " workers on "), 0);
    assert_int_equal(access(pool->address + strlen("unix:"), F_OK), -1);
}

static void faulty_config_does_not_start(void **state)
{
    check_no_start(*state, "load faulty\n");
}

static void failed_check_does_not_start(void **state)
{
    check_no_start(*state, "check faulty\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(good_reload_under_load_loses_nothing, pool_set_up,
                                        pool_tear_down),
        cmocka_unit_test_setup_teardown(request_in_hand_is_finished_by_the_old_generation,
                                        pool_set_up, pool_tear_down),
        cmocka_unit_test_setup_teardown(faulty_config_changes_nothing, pool_set_up, pool_tear_down),
        cmocka_unit_test_setup_teardown(failed_check_changes_nothing, pool_set_up, pool_tear_down),
        cmocka_unit_test_setup_teardown(crashed_check_changes_nothing, pool_set_up, pool_tear_down),
        cmocka_unit_test_setup_teardown(impossible_number_of_workers_changes_nothing, pool_set_up,
                                        pool_tear_down),
        cmocka_unit_test_setup_teardown(new_address_replaces_the_old_one, pool_set_up,
                                        pool_tear_down),
        cmocka_unit_test_setup_teardown(queue_of_the_old_address_is_answered, pool_set_up,
                                        pool_tear_down),
        cmocka_unit_test_setup_teardown(address_in_use_keeps_the_old_one, pool_set_up,
                                        pool_tear_down),
        cmocka_unit_test_setup_teardown(hups_during_a_check_are_remembered_once, pool_set_up,
                                        pool_tear_down),
        cmocka_unit_test_setup_teardown(stop_during_a_check, pool_set_up, pool_tear_down),
        cmocka_unit_test_setup_teardown(faulty_config_does_not_start, pool_set_up, pool_tear_down),
        cmocka_unit_test_setup_teardown(failed_check_does_not_start, pool_set_up, pool_tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
