/* Reading histories on a real MariaDB: how the server comes to the rows, what a snapshot sees, and
 * what a large history costs in memory. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "contract.h"
#include "database.h"
#include "db_session.h"
#include "in_range.h"

#define MD5_OF_1 "c4ca4238a0b923820dcc509a6f75849b"

static const struct text ALICE = {"alice", 5};

static struct database db;

static struct synchronizer *create(void)
{
    database_reset(&db);
    return db_synchronizer_new(&db.settings);
}

/* alice's: one diff in each clock, ten of each object, the objects in turn. */
static void fill(unsigned count)
{
    struct buf sql;

    buf_init(&sql, 1024);
    buf_printf(&sql, "INSERT INTO mobync_owners (owner, next_clock) VALUES ('alice', %u)", count);
    database_exec(&db, sql.data);
    buf_clear(&sql);
    buf_printf(&sql,
               "INSERT INTO " DATABASE_DIFFS " SELECT 'alice', seq, 0, seq, 0, 'update', 'other', "
               "MD5(seq %% %u), CONCAT('{\"id\":\"', MD5(seq %% %u), '\",\"name\":\"', seq, "
               "REPEAT('x', 100), '\"}') FROM (WITH RECURSIVE a AS (SELECT 0 AS n UNION "
               "ALL SELECT n + 1 FROM a WHERE n < 999), b AS (SELECT 0 AS n UNION ALL SELECT n + 1 "
               "FROM b WHERE n < 999) SELECT a.n + 1000 * b.n AS seq FROM b, a "
               "WHERE b.n <= %u / 1000) numbers WHERE seq <= %u",
               count / 10, count / 10, count - 1, count - 1);
    database_exec(&db, sql.data);
    buf_clear(&sql);
    database_exec(&db, "ANALYZE TABLE `my``diffs`");
    mysql_free_result(mysql_store_result(db.mysql));
    buf_release(&sql);
}

/* The plan for the diffs: its key, and that it sorts nothing. The outbox is found by its key. */
static void assert_plan(struct contract *c, enum db_stmt_id id, const char *parameters,
                        const char *key)
{
    enum { TABLE = 2, TYPE = 3, KEY = 5, EXTRA = 9 };
    struct db_session *s = db_session_of(c->s);
    struct buf sql;
    MYSQL_RES *result;
    const char *used = "", *type = "";

    buf_init(&sql, 4096);
    buf_printf(&sql, "EXECUTE IMMEDIATE 'EXPLAIN %s' USING %s", s->statements.fixed[id].sql.data,
               parameters);
    /* On the link itself: the plan depends on its character set. */
    assert_int_equal(db_link_open(&s->link, &c->fail), RC_OK);
    assert_int_equal(mysql_query(s->link.mysql, sql.data), 0);
    result = mysql_store_result(s->link.mysql);
    assert_non_null(result);
    buf_release(&sql);
    assert_string_equal(mysql_fetch_field_direct(result, KEY)->name, "key");
    assert_string_equal(mysql_fetch_field_direct(result, EXTRA)->name, "Extra");
    for (my_ulonglong i = 0; i < mysql_num_rows(result); i++) {
        const MYSQL_ROW row = mysql_fetch_row(result);

        assert_null(strstr(row[EXTRA], "filesort"));
        assert_null(strstr(row[EXTRA], "temporary"));
        if (strcmp(row[TABLE], "mobync_changes") == 0) {
            assert_string_equal(row[TYPE], "ref");
            assert_string_equal(row[KEY], "PRIMARY");
            continue;
        }
        used = row[KEY];
        type = row[TYPE];
    }
    assert_string_equal(type, "range"); /* from the clock on, not all of the owner's */
    assert_string_equal(used, key);
    mysql_free_result(result);
}

static void test_plans(void **state)
{
    struct contract *c = *state;

    fill(10000);
    assert_plan(c, STATEMENT_READ_HISTORY, "'alice', 'alice', 9990, 'alice', 10001", "PRIMARY");
    assert_plan(c, STATEMENT_READ_HISTORY, "'alice', 'alice', 0, 'alice', 9223372036854775807",
                "PRIMARY");
    assert_plan(c, STATEMENT_READ_PART, "'alice', 'other', '', 0, 10000, 5001", "owner_object");
    assert_plan(c, STATEMENT_READ_PART, "'alice', 'other', 'f', 9990, 10000, 6", "owner_object");
    assert_plan(c, STATEMENT_READ_OBJECT_PART, "'alice', 'other', '" MD5_OF_1 "', 0, 10000, 5001",
                "owner_object");
}

static long long status(const char *name)
{
    char sql[160];

    snprintf(sql, sizeof(sql),
             "SELECT variable_value FROM information_schema.global_status WHERE variable_name='%s'",
             name);
    return database_number(&db, sql);
}

static int64_t begin_snapshot(struct contract *c)
{
    int64_t clock = -1;

    assert_int_equal(c->ops->begin_snapshot(c->s, ALICE, &clock, &c->fail), RC_OK);
    return clock;
}

static struct history_part part_of(size_t diffs)
{
    return (struct history_part){
        .owner = ALICE,
        .model = OTHER,
        .until_clock = INT64_MAX,
        .limit = {diffs, SIZE_MAX},
    };
}

static struct diff_list read_part(struct contract *c, const struct history_part *part,
                                  bool *more_out)
{
    struct diff_list diffs;

    assert_int_equal(c->ops->read_history_part(c->s, part, &c->arena, &diffs, more_out, &c->fail),
                     RC_OK);
    return diffs;
}

/* A part costs what it holds, wherever it begins: no sorting, and no row beyond the limit. */
static void test_part_reads_no_more_than_it_holds(void **state)
{
    enum { DIFFS = 100, SOME = 20 };
    struct contract *c = *state;
    struct history_part part = part_of(DIFFS);
    const struct history_limit limit = {DIFFS, SIZE_MAX};
    struct history history;
    long long rows, sorted;
    bool more;

    fill(10000);
    begin_snapshot(c);
    part.after_id = TEXT_LITERAL("8");
    read_part(c, &part, &more); /* prepares */
    rows = status("HANDLER_READ_NEXT");
    sorted = status("SORT_RANGE");
    assert_int_equal(read_part(c, &part, &more).count, DIFFS);
    assert_true(more);
    assert_int_in_range(status("HANDLER_READ_NEXT") - rows, 1, DIFFS + SOME);
    part.only_id = TEXT_LITERAL(MD5_OF_1);
    assert_int_equal(read_part(c, &part, &more).count, 10);
    assert_false(more);
    assert_int_equal(status("SORT_RANGE"), sorted);
    c->ops->rollback(c->s);

    rows = status("HANDLER_READ_NEXT");
    assert_int_equal(c->ops->read_history(
                         c->s,
                         &(struct pull_query){.owner = ALICE, .since_clock = 0, .limit = &limit},
                         &c->arena, &history, &c->fail),
                     RC_OK);
    assert_true(history.more);
    assert_int_in_range(status("HANDLER_READ_NEXT") - rows, 1, DIFFS + SOME);
}

/* The history since the clock and the ids asked for, both by their keys: nothing is sorted, copied
 * into a temporary table, or read beyond that. */
static void test_push_reads_no_more_than_it_asks(void **state)
{
    enum { IDS = 300, SINCE = 9990, FILLED = 10000, SOME = 20 };
    struct contract *c = *state;
    const struct history_limit limits[] = {{100, SIZE_MAX}, {SIZE_MAX, SIZE_MAX}, {5, SIZE_MAX}};
    const size_t counts[] = {10, 10, 0};
    char names[IDS][16];
    struct text ids[IDS];
    struct known_id known[IDS];
    struct push_query query = {.owner = ALICE, .since_clock = SINCE, .ids = ids, .count = IDS};
    struct history history;
    long long tables, looks, sorted, rows;

    fill(FILLED);
    for (int i = 0; i < IDS; i++) {
        snprintf(names[i], sizeof(names[i]), "%d", i % 2 == 0 ? i : FILLED + i);
        ids[i] = text_of(names[i]);
    }
    contract_begin(c, "alice");
    assert_int_equal(contract_find_known(c, ALICE, ids, IDS, known), RC_OK); /* prepares */
    for (size_t l = 0; l < ARRAY_LEN(limits); l++) {
        query.limit = &limits[l];
        sorted = status("SORT_RANGE") + status("SORT_SCAN");
        rows = status("HANDLER_READ_NEXT");
        looks = status("CREATED_TMP_TABLES");
        looks = status("CREATED_TMP_TABLES") - looks; /* what looking itself makes */
        tables = status("CREATED_TMP_TABLES");
        assert_int_equal(c->ops->read_push(c->s, &query, &c->arena, &history, known, &c->fail),
                         RC_OK);
        assert_int_equal(status("CREATED_TMP_TABLES") - tables, looks);
        assert_int_in_range(status("HANDLER_READ_NEXT") - rows, 0, 3 * IDS + SOME);
        assert_int_equal(status("SORT_RANGE") + status("SORT_SCAN"), sorted);
        assert_int_equal(history.diffs.count, counts[l]);
        assert_true(history.more == (counts[l] == 0));
        for (int i = 0; i < IDS; i++)
            assert_int_equal(known[i].clock, i % 2 == 0 ? i : -1);
    }
}

static long long rss_kib(void)
{
    FILE *file = fopen("/proc/self/status", "r");
    char line[256];
    long long kib = 0;

    assert_non_null(file);
    while (kib == 0 && fgets(line, sizeof(line), file) != NULL)
        if (strncmp(line, "VmRSS:", 6) == 0)
            kib = strtoll(line + 6, NULL, 10);
    fclose(file);
    assert_true(kib > 0);
    return kib;
}

/* The parts of 5,000 end between objects, for each has ten diffs. */
static void test_large_history_needs_little_memory(void **state)
{
    enum { COUNT = 100000, PART = 5000, GROWTH_KIB = 24 * 1024 };
    struct contract *c = *state;
    struct history_part part = part_of(PART);
    char after[64] = "";
    long long before, most = 0;
    size_t count = 0;
    bool more = true;

    fill(COUNT);
    assert_int_equal(begin_snapshot(c), COUNT);
    before = rss_kib();
    while (more) {
        struct diff_list diffs;
        long long now;

        part.after_id = text_of(after);
        diffs = read_part(c, &part, &more);
        assert_int_equal(diffs.count, PART);
        count += diffs.count;
        snprintf(after, sizeof(after), "%.*s", TEXT_ARG(diffs.items[PART - 1].object_id));
        now = rss_kib();
        most = now > most ? now : most;
        arena_clear(&c->arena);
    }
    assert_int_equal(count, COUNT);
    print_message("%d diffs: %lld KiB, then at most %lld KiB\n", COUNT, before, most);
    assert_true(most - before < GROWTH_KIB);
}

/* A row, and a diff that says so. */
static void push(struct contract *c, const char *diff_id, bool create, const char *text)
{
    const int64_t clock = contract_begin(c, "alice");
    const struct diff diff =
        contract_diff(diff_id, clock, create ? DIFF_CREATE : DIFF_UPDATE, OTHER, "x");

    if (create)
        contract_create(c, "alice", OTHER, "x", text);
    else
        assert_int_equal(contract_update(c, "alice", OTHER, "x", text), 1);
    contract_append(c, "alice", &diff);
    contract_commit(c);
}

static void assert_state(struct contract *c, size_t diffs, const char *text)
{
    const struct history_part part = part_of(SIZE_MAX);
    bool more;

    assert_int_equal(read_part(c, &part, &more).count, diffs);
    assert_text(contract_read(c, "alice", OTHER, "x").values[0].text, text_of(text));
}

static void test_snapshot_sees_no_later_push(void **state)
{
    struct contract *c = *state;
    struct contract other;

    contract_open(&other, db_synchronizer_new(&db.settings));
    push(c, "d1", true, "before");
    assert_int_equal(begin_snapshot(c), 1);
    push(&other, "d2", false, "unseen"); /* before anything was read, too */
    assert_state(c, 1, "before");
    push(&other, "d3", false, "after"); /* nothing that was read is locked */
    assert_state(c, 1, "before");
    c->ops->rollback(c->s);

    assert_int_equal(contract_begin(c, "alice"), 3);
    assert_state(c, 3, "after");
    contract_commit(c);
    assert_int_equal(contract_history(c, "alice", 0).diffs.count, 3);
    assert_int_equal(begin_snapshot(c), 4);
    assert_state(c, 3, "after");
    contract_close(&other);
    db_synchronizer_free(other.s);
}

static void insert_diff(int64_t clock, const char *id)
{
    char sql[512];

    snprintf(sql, sizeof(sql),
             "INSERT INTO " DATABASE_DIFFS
             " VALUES ('alice', %lld, %s, '%s', 0, 'delete', 'other', 'x', '{\"id\":\"x\"}')",
             (long long)clock, id, id);
    database_exec(&db, sql);
}

/* The level of a snapshot ends with it: a transaction reads what is committed now. */
static void test_isolation_after_a_snapshot(void **state)
{
    struct contract *c = *state;

    push(c, "d1", true, "x");
    for (int i = 0; i < 2; i++) {
        begin_snapshot(c);
        c->ops->rollback(c->s);
    }
    assert_int_equal(contract_begin(c, "alice"), 1);
    assert_int_equal(contract_history(c, "alice", 1).diffs.count, 0);
    insert_diff(1, "1");
    assert_int_equal(contract_history(c, "alice", 1).diffs.count, 1);
    contract_commit(c);
}

static enum rc try_part(struct contract *c)
{
    const struct history_part part = part_of(10);
    struct diff_list diffs;
    bool more;

    return c->ops->read_history_part(c->s, &part, &c->arena, &diffs, &more, &c->fail);
}

static void test_link_lost(void **state)
{
    struct contract *c = *state;

    push(c, "d1", true, "x");
    database_kill_link(&db);
    assert_int_equal(begin_snapshot(c), 1); /* while idle: nobody notices */
    assert_state(c, 1, "x");
    database_kill_link(&db);
    assert_int_equal(try_part(c), RC_RETRY);
    assert_int_equal(c->fail.code, FAIL_SERVER_BUSY);
    /* The rest must not be read from another moment. */
    assert_int_equal(try_part(c), RC_RETRY);
    c->ops->rollback(c->s);
    assert_int_equal(begin_snapshot(c), 1);
    c->ops->rollback(c->s);
    database_kill_link(&db);
    assert_int_equal(contract_begin(c, "alice"), 1);
}

static void test_table_altered_under_a_snapshot(void **state)
{
    struct contract *c = *state;
    const struct text ids[] = {TEXT_LITERAL("x")};
    struct row row;

    push(c, "d1", true, "x");
    begin_snapshot(c);
    database_exec(&db, "ALTER TABLE other ADD COLUMN more INT, FORCE");
    assert_int_equal(c->ops->read(c->s, (struct owner_model){ALICE, OTHER},
                                  (struct id_list){ids, 1}, &c->arena, &row, &c->fail),
                     RC_RETRY);
    c->ops->rollback(c->s);
    begin_snapshot(c);
    assert_state(c, 1, "x");
}

/* Rows of models that are gone stand between the others. */
static void test_models_no_longer_mapped(void **state)
{
    struct contract *c = *state;
    const struct history_limit limit = {3, SIZE_MAX};
    const struct history_part part = part_of(3);
    const struct text ids[] = {TEXT_LITERAL("x")};
    struct diff_list diffs = {0};
    struct history history;
    bool more;

    push(c, "d1", true, "x");
    insert_diff(5, "1");
    insert_diff(5, "2");
    database_exec(&db, "UPDATE mobync_owners SET next_clock = 6");
    database_exec(&db, "UPDATE `my``diffs` SET model = 'gone' WHERE id = '1'");
    assert_int_equal(c->ops->read_history(
                         c->s,
                         &(struct pull_query){.owner = ALICE, .since_clock = 0, .limit = &limit},
                         &c->arena, &history, &c->fail),
                     RC_OK);
    assert_false(history.more);
    assert_int_equal(history.diffs.count, 2);
    contract_begin(c, "alice");
    assert_int_equal(
        c->ops->read_object_history(
            c->s,
            &(struct object_history_query){.of = {ALICE, OTHER}, .since_clock = 0, .ids = {ids, 1}},
            &c->arena, &diffs, &c->fail),
        RC_OK);
    assert_int_equal(diffs.count, 2);
    c->ops->rollback(c->s);
    begin_snapshot(c);
    diffs = read_part(c, &part, &more);
    assert_false(more);
    assert_int_equal(diffs.count, 2);
    assert_text(diffs.items[1].id, TEXT_LITERAL("2"));
}

/* Rows that come in another order are sorted, and counted against the limit all the same. */
static void test_limit_of_a_disordered_history(void **state)
{
    struct contract *c = *state;
    struct history_limit limit = {1000, SIZE_MAX};
    struct history history;

    fill(1000);
    database_exec(&db, "UPDATE `my``diffs` SET seq = 999 - logical_clock");
    database_exec(&db, "ALTER TABLE `my``diffs` DROP PRIMARY KEY, "
                       "ADD PRIMARY KEY (owner, seq, logical_clock)");
    assert_int_equal(c->ops->read_history(
                         c->s,
                         &(struct pull_query){.owner = ALICE, .since_clock = 0, .limit = &limit},
                         &c->arena, &history, &c->fail),
                     RC_OK);
    assert_false(history.more);
    assert_int_equal(history.diffs.count, 1000);
    for (size_t i = 0; i < history.diffs.count; i++)
        assert_int_equal(history.diffs.items[i].clock, i);
    limit.diffs--;
    assert_int_equal(c->ops->read_history(
                         c->s,
                         &(struct pull_query){.owner = ALICE, .since_clock = 0, .limit = &limit},
                         &c->arena, &history, &c->fail),
                     RC_OK);
    assert_true(history.more);
    assert_int_equal(history.next_clock, 1000);
}

/* AddressSanitizer asks: memory that was freed must not count as in use. */
const char *__asan_default_options(void);

const char *__asan_default_options(void)
{
    return "quarantine_size_mb=1";
}

#define TEST(name) CONTRACT_TEST(name)

int main(void)
{
    static const struct contract_subject SUBJECT = {create, db_synchronizer_free};
    const struct CMUnitTest tests[] = {
        TEST(test_plans),
        TEST(test_part_reads_no_more_than_it_holds),
        TEST(test_push_reads_no_more_than_it_asks),
        TEST(test_large_history_needs_little_memory),
        TEST(test_snapshot_sees_no_later_push),
        TEST(test_isolation_after_a_snapshot),
        TEST(test_link_lost),
        TEST(test_table_altered_under_a_snapshot),
        TEST(test_models_no_longer_mapped),
        TEST(test_limit_of_a_disordered_history),
    };
    int failed;

    contract_use(&SUBJECT);
    database_start(&db, &contract_mapping);
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    database_stop(&db);
    mysql_library_end();
    return failed;
}
