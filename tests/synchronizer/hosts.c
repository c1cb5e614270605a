/* Several hosts: which of two servers a session uses while they come, go and stop taking writes,
 * and what the log says. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "contract.h"
#include "database.h"
#include "db_session.h"

enum { FIRST, SECOND, HOSTS };

static struct database servers[HOSTS];
static struct db_settings both;
static int saved_stderr = -1;
static FILE *log_file;

static struct synchronizer *open_session(void)
{
    return db_synchronizer_new(&both);
}

static void set_read_only(size_t host, bool read_only)
{
    database_exec(&servers[host],
                  read_only ? "SET GLOBAL read_only = 1" : "SET GLOBAL read_only = 0");
}

static void kill_host(size_t host)
{
    mysql_close(servers[host].mysql);
    mariadb_kill(servers[host].server);
}

static void revive_host(size_t host)
{
    mariadb_restart(servers[host].server);
    database_connect(&servers[host]);
    database_exec(&servers[host], "USE " MARIADB_DATABASE);
}

/* What the session writes to. */
static void expect_push_at(struct synchronizer *s, size_t host)
{
    struct fail fail = {0};
    int64_t clock;

    if (s->ops->begin(s, text_of("alice"), &clock, &fail) != RC_OK)
        fail_msg("begin: %s", fail_reason(&fail));
    assert_int_equal(db_session_of(s)->link.host, host);
    assert_int_equal(s->ops->commit(s, &fail), RC_OK);
}

static void expect_none(struct synchronizer *s, const char *says)
{
    struct fail fail = {0};
    int64_t clock;

    assert_int_equal(s->ops->begin(s, text_of("alice"), &clock, &fail), RC_RETRY);
    s->ops->rollback(s);
    assert_int_equal(fail.code, FAIL_SERVER_BUSY);
    if (strstr(fail.detail, says) == NULL)
        fail_msg("%s, expected %s", fail.detail, says);
}

static void begin_log(void)
{
    fflush(stderr);
    log_file = tmpfile();
    saved_stderr = dup(STDERR_FILENO);
    assert_non_null(log_file);
    assert_int_equal(dup2(fileno(log_file), STDERR_FILENO), STDERR_FILENO);
}

static void end_log(char *into, size_t size)
{
    size_t len;

    dup2(saved_stderr, STDERR_FILENO);
    close(saved_stderr);
    rewind(log_file);
    len = fread(into, 1, size - 1, log_file);
    into[len] = '\0';
    fclose(log_file);
}

static void test_the_preferred_that_is_writable(void **state)
{
    struct synchronizer *s = open_session();
    char said[4096];

    (void)state;
    set_read_only(FIRST, true);
    begin_log();
    expect_push_at(s, SECOND);
    end_log(said, sizeof(said));
    assert_non_null(strstr(said, "database: now at "));
    assert_non_null(strstr(said, mariadb_socket(servers[SECOND].server)));
    assert_non_null(strstr(said, mariadb_socket(servers[FIRST].server)));
    assert_non_null(strstr(said, "the server is read-only"));
    set_read_only(FIRST, false);
    expect_push_at(s, SECOND);
    database_kill_link(&servers[SECOND]);
    expect_push_at(s, SECOND);
    db_synchronizer_free(s);
    s = open_session();
    expect_push_at(s, FIRST);
    db_synchronizer_free(s);
}

/* A ping would be answered. */
static void test_health_asks_whether_writes_are_taken(void **state)
{
    struct synchronizer *s = open_session();
    struct fail fail = {0};

    (void)state;
    expect_push_at(s, FIRST);
    set_read_only(FIRST, true);
    set_read_only(SECOND, true);
    assert_int_equal(s->ops->ping(s, &fail), RC_RETRY);
    assert_non_null(strstr(fail.detail, "read-only"));
    set_read_only(SECOND, false);
    assert_int_equal(s->ops->ping(s, &fail), RC_OK);
    assert_int_equal(db_session_of(s)->link.host, SECOND);
    set_read_only(SECOND, true);
    set_read_only(FIRST, false);
    assert_int_equal(s->ops->ping(s, &fail), RC_OK);
    assert_int_equal(db_session_of(s)->link.host, FIRST);
    set_read_only(SECOND, false);
    db_synchronizer_free(s);
}

static void lock_owner(struct database *at)
{
    database_exec(at, "START TRANSACTION");
    database_exec(at, "SELECT * FROM mobync_owners FOR UPDATE");
    mysql_free_result(mysql_store_result(at->mysql));
}

/* An error that leaves the link open, and a server that is a replica by now. */
static void test_a_fault_makes_it_ask_again(void **state)
{
    struct synchronizer *s = open_session();
    struct fail fail = {0};
    int64_t clock;

    (void)state;
    expect_push_at(s, FIRST);
    lock_owner(&servers[FIRST]);
    assert_int_equal(s->ops->begin(s, text_of("alice"), &clock, &fail), RC_RETRY);
    assert_int_equal(fail.cause, FAIL_CAUSE_LOCK_WAIT);
    s->ops->rollback(s);
    database_exec(&servers[FIRST], "ROLLBACK");
    set_read_only(FIRST, true);
    expect_push_at(s, SECOND);
    set_read_only(FIRST, false);
    db_synchronizer_free(s);
}

/* It stays where it is when the preferred is back, and comes back when the other goes. */
static void test_killed_and_back(void **state)
{
    struct synchronizer *s = open_session();
    char said[4096];

    (void)state;
    expect_push_at(s, FIRST);
    kill_host(FIRST);
    begin_log();
    expect_push_at(s, SECOND);
    end_log(said, sizeof(said));
    assert_non_null(strstr(said, "(2006)"));
    assert_non_null(strstr(said, "(2002)"));
    revive_host(FIRST);
    expect_push_at(s, SECOND);
    kill_host(SECOND);
    expect_push_at(s, FIRST);
    kill_host(FIRST);
    expect_none(s, "no database host can be used: ");
    expect_none(s, mariadb_socket(servers[FIRST].server));
    expect_none(s, mariadb_socket(servers[SECOND].server));
    revive_host(SECOND);
    expect_push_at(s, SECOND);
    revive_host(FIRST);
    db_synchronizer_free(s);
}

/* A worker that begins now goes where the others are. */
static void test_processes_share_the_host(void **state)
{
    struct synchronizer *s, *another;

    (void)state;
    both.in_use = db_host_in_use_new();
    assert_non_null(both.in_use);
    set_read_only(FIRST, true);
    s = open_session();
    expect_push_at(s, SECOND);
    set_read_only(FIRST, false);
    another = open_session();
    expect_push_at(another, SECOND);
    both.hosts[FIRST] = servers[SECOND].settings.hosts[0];
    both.hosts[SECOND] = servers[FIRST].settings.hosts[0];
    db_synchronizer_free(another);
    another = open_session();
    expect_push_at(another, FIRST);
    db_synchronizer_free(another);
    db_synchronizer_free(s);
    both.hosts[FIRST] = servers[FIRST].settings.hosts[0];
    both.hosts[SECOND] = servers[SECOND].settings.hosts[0];
    both.in_use = NULL;
}

/* The first was away for a moment, which one session noticed and the other did not. */
static void test_a_session_follows_the_others(void **state)
{
    struct synchronizer *s, *another;
    char said[4096];

    (void)state;
    both.in_use = db_host_in_use_new();
    assert_non_null(both.in_use);
    another = open_session();
    expect_push_at(another, FIRST);
    s = open_session();
    expect_push_at(s, FIRST);
    set_read_only(FIRST, true);
    database_kill_link(&servers[FIRST]);
    expect_push_at(s, SECOND);
    set_read_only(FIRST, false);
    begin_log();
    expect_push_at(another, SECOND);
    expect_push_at(another, SECOND);
    end_log(said, sizeof(said));
    assert_string_equal(said, "");
    assert_int_equal(db_session_of(another)->link.connects, 2);
    db_synchronizer_free(another);
    db_synchronizer_free(s);
    both.in_use = NULL;
}

/* A server that is stopped (SIGSTOP) is connected to, and says nothing. */
static void test_a_host_that_is_silent(void **state)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const int listener = socket(AF_UNIX, SOCK_STREAM, 0);
    struct synchronizer *s;

    (void)state;
    snprintf(address.sun_path, sizeof(address.sun_path), "%s.silent",
             mariadb_socket(servers[FIRST].server));
    assert_int_equal(bind(listener, (const struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(listen(listener, 8), 0);
    both.hosts[FIRST].socket = text_of(address.sun_path);
    s = open_session();
    expect_push_at(s, SECOND);
    assert_int_equal(db_session_of(s)->link.failed_connects, 1);
    db_synchronizer_free(s);
    both.hosts[FIRST] = servers[FIRST].settings.hosts[0];
    close(listener);
    unlink(address.sun_path);
}

/* One server that is required to be writable. */
static void test_one_host(void **state)
{
    struct db_settings one = both;
    struct synchronizer *s;

    (void)state;
    one.host_count = 1;
    set_read_only(FIRST, true);
    s = db_synchronizer_new(&one);
    expect_none(s, "the server is read-only (read_only = 1)");
    set_read_only(FIRST, false);
    expect_push_at(s, FIRST);
    db_synchronizer_free(s);
}

static void start_both(void)
{
    for (size_t i = 0; i < HOSTS; i++) {
        database_start(&servers[i], &contract_mapping);
        database_reset(&servers[i]);
    }
    both = servers[FIRST].settings;
    both.hosts[SECOND] = servers[SECOND].settings.hosts[0];
    both.host_count = HOSTS;
    both.writable = true;
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_preferred_that_is_writable),
        cmocka_unit_test(test_health_asks_whether_writes_are_taken),
        cmocka_unit_test(test_a_fault_makes_it_ask_again),
        cmocka_unit_test(test_killed_and_back),
        cmocka_unit_test(test_processes_share_the_host),
        cmocka_unit_test(test_a_session_follows_the_others),
        cmocka_unit_test(test_a_host_that_is_silent),
        cmocka_unit_test(test_one_host),
    };
    int failed;

    start_both();
    failed = cmocka_run_group_tests_name("several hosts", tests, NULL, NULL);
    for (size_t i = 0; i < HOSTS; i++)
        database_stop(&servers[i]);
    mysql_library_end();
    return failed;
}
