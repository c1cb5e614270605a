/* Deadlocks and lock waits happen to the transaction, not to the client: it gets its answer. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "sync.h"
#include "build.h"
#include "clock.h"
#include "mariadb.h"
#include "db_result.h"
#include "db_synchronizer.h"
#include "schema.h"

static struct stage {
    struct mariadb *server;
    struct db_settings settings;
    struct mapping *mapping;
    struct synchronizer *s;
    struct db_link beside; /* somebody else's SQL on the same tables */
    sem_t locked;
    struct arena arena;
} stage;

static void sql(const char *statement)
{
    struct fail fail;

    if (db_link_exec(&stage.beside, mariadb_words(statement), &fail) != RC_OK)
        fail_msg("%s: %s", statement, fail.detail);
}

/* The first column of the first row; 0 where there is none. */
static long long ask(const char *query)
{
    struct db_result result;
    struct arena arena;
    struct fail fail;
    long long value = 0;

    arena_init(&arena);
    if (db_result_read(&stage.beside, text_of(mariadb_words(query)), query, &arena, &result,
                       &fail) != RC_OK)
        fail_msg("%s: %s", query, fail.detail);
    if (result.rows > 0)
        value = strtoll(db_result_text(&result, 0, 0).ptr, NULL, 10);
    arena_release(&arena);
    return value;
}

static long long number(const char *query)
{
    const long long value = ask(query);

    sql("COMMIT");
    return value;
}

static int setup(void **state)
{
    struct text *statements;
    struct fail fail;
    size_t count;

    arena_init(&stage.arena);
    stage.mapping = build_mapping(&stage.arena, 2);
    stage.server = mariadb_start();
    stage.settings = (struct db_settings){
        .hosts = {{.socket = text_of(mariadb_socket(stage.server))}},
        .host_count = 1,
        .user = TEXT_LITERAL(MARIADB_USER),
        .database = TEXT_LITERAL(MARIADB_DATABASE),
        .diffs_table = TEXT_LITERAL("diffs"),
        .mapping = stage.mapping,
    };
    db_link_init(&stage.beside, &stage.settings);
    assert_int_equal(db_link_open(&stage.beside, &fail), RC_OK);
    assert_int_equal(schema_plan(&stage.settings, &stage.arena, &statements, &count, &fail), RC_OK);
    assert_int_equal(schema_apply(&stage.settings, statements, count, &fail), RC_OK);
    stage.s = db_synchronizer_new(&stage.settings);
    sem_init(&stage.locked, 0, 0);
    *state = &stage;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    db_synchronizer_free(stage.s);
    db_link_close(&stage.beside);
    mariadb_stop(stage.server);
    arena_release(&stage.arena);
    return 0;
}

static struct sync_answer push(struct diff diff, int64_t clock)
{
    const struct sync_request request = {
        .owner = TEXT_LITERAL("o"), .clock = clock, .diffs = {&diff, 1}};
    struct sync_answer answer = {0};
    struct fail fail = {0};

    if (sync_apply(stage.s, &request, &stage.arena, &answer, &fail) != RC_OK)
        fail_msg("the client would see %s: %s", fail_code_name(fail.code), fail.detail);
    return answer;
}

static struct diff change(const char *id, enum diff_type type, int64_t clock, const char *pair)
{
    return build_diff(&stage.arena, stage.mapping, id, type, clock, 1000, "x", pair, NULL);
}

static void rest_ms(long ms)
{
    const struct timespec pause = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L};

    nanosleep(&pause, NULL);
}

/* Until the push waits for a lock, however slow the machine. InnoDB refreshes what it tells only
 * when nobody has asked for 0.1 s. */
static void await_waiter(void)
{
    while (ask("SELECT COUNT(*) FROM information_schema.innodb_trx "
               "WHERE trx_state = 'LOCK WAIT'") == 0)
        rest_ms(200);
}

/* Longer than a lock wait lasts, so that the first try is given up. */
static void *hold_the_owner(void *unused)
{
    sql("START TRANSACTION");
    ask("SELECT next_clock FROM mobync_owners WHERE owner = 'o' FOR UPDATE");
    sem_post(&stage.locked);
    await_waiter();
    rest_ms(2500); /* the time itself: innodb_lock_wait_timeout and more */
    sql("COMMIT");
    return unused;
}

static void test_lock_wait(void **state)
{
    struct sync_answer answer;
    pthread_t other;
    int64_t began_us;

    (void)state;
    push(change("d1", DIFF_CREATE, 0, "f0=a"), 0);
    pthread_create(&other, NULL, hold_the_owner, NULL);
    sem_wait(&stage.locked);
    began_us = clock_monotonic_us();
    answer = push(change("d2", DIFF_UPDATE, 1, "f0=b"), 1);
    assert_true(clock_monotonic_us() - began_us > 2000000);
    pthread_join(other, NULL);
    assert_int_equal(answer.next_clock, 2);
    assert_int_equal(number("SELECT COUNT(*) FROM diffs WHERE id = 'd2' AND logical_clock = 1"), 1);
    assert_int_equal(number("SELECT next_clock FROM mobync_owners"), 2);
}

/* Takes the row first and the owner second, the wrong way round, and has done so much that InnoDB
 * ends the sync's transaction rather than this one. */
static void *lock_the_wrong_way(void *unused)
{
    sql("START TRANSACTION");
    sql("INSERT INTO m (owner_id, id) WITH RECURSIVE numbers AS (SELECT 1 AS seq UNION ALL "
        "SELECT seq + 1 FROM numbers WHERE seq < 1000) SELECT 'somebody', seq FROM numbers");
    sql("UPDATE m SET f1 = 'theirs' WHERE owner_id = 'o' AND id = 'x'");
    sem_post(&stage.locked);
    await_waiter();
    sql("UPDATE mobync_owners SET next_clock = next_clock WHERE owner = 'o'");
    await_waiter(); /* it has begun again */
    sql("COMMIT");
    return unused;
}

static long long deadlocks_so_far(void)
{
    return number(mariadb_is_mysql()
                      ? "SELECT count FROM information_schema.innodb_metrics "
                        "WHERE name = 'lock_deadlocks'"
                      : "SELECT variable_value FROM information_schema.global_status "
                        "WHERE variable_name = 'INNODB_DEADLOCKS'");
}

static void test_deadlock(void **state)
{
    struct sync_answer answer;
    pthread_t other;
    const long long deadlocks = deadlocks_so_far();

    (void)state;
    pthread_create(&other, NULL, lock_the_wrong_way, NULL);
    sem_wait(&stage.locked);
    answer = push(change("d3", DIFF_UPDATE, 2, "f0=c"), 2);
    pthread_join(other, NULL);
    assert_int_equal(answer.next_clock, 3);
    assert_int_equal(deadlocks_so_far(), deadlocks + 1);
    assert_int_equal(number("SELECT COUNT(*) FROM m WHERE owner_id = 'o' AND f0 = 'c' AND "
                            "f1 = 'theirs'"),
                     1);
    assert_int_equal(number("SELECT COUNT(*) FROM diffs WHERE id = 'd3' AND logical_clock = 2"), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lock_wait),
        cmocka_unit_test(test_deadlock),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
