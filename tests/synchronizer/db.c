/* What only a real MariaDB can show: locks, lost links, constraints, defaults, foreign keys. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "clock.h"
#include "contract.h"
#include "database.h"
#include "db_result.h"
#include "db_session.h"
#include "in_range.h"

static const struct text ALICE = {"alice", 5};

static struct database db;

static struct synchronizer *create(void)
{
    database_reset(&db);
    return db_synchronizer_new(&db.settings);
}

static enum rc create_one(struct contract *c, const struct model *model, const char *id,
                          const struct field_value *fields, size_t count)
{
    const struct object object = contract_object(id, fields, count);
    size_t applied;

    return c->ops->create(c->s, (struct owner_model){ALICE, model}, &object, 1, &applied, &c->fail);
}

static void test_pull_leaves_nothing_open(void **state)
{
    struct contract *c = *state;

    contract_begin(c, "alice");
    contract_commit(c);
    contract_history(c, "alice", 0);
    /* A transaction left open would hold the table's metadata lock. */
    database_exec(&db, "SET SESSION lock_wait_timeout = 1");
    database_exec(&db, "ALTER TABLE `my``diffs` ADD COLUMN note INT");
    assert_int_equal(contract_history(c, "alice", 0).next_clock, 1);
}

/* How often the server sorted rows since it started. */
static long long sorts(void)
{
    return database_number(&db, "SELECT SUM(variable_value) FROM " DATABASE_STATUS " "
                                "WHERE variable_name IN ('SORT_RANGE', 'SORT_SCAN')");
}

static void test_history_is_not_sorted(void **state)
{
    struct contract *c = *state;
    struct history history;
    long long before;

    database_exec(&db, "INSERT INTO mobync_owners (owner, next_clock) VALUES ('alice', 1000)");
    database_exec(
        &db, "INSERT INTO " DATABASE_DIFFS " SELECT 'alice', seq, 0, seq, 0, 'create', 'other', "
             "seq, CONCAT('{\"id\":\"', seq, '\"}') FROM (WITH RECURSIVE n AS (SELECT 0 AS "
             "seq UNION ALL SELECT seq + 1 FROM n WHERE seq < 999) SELECT * FROM n) n");
    contract_history(c, "alice", 0);
    before = sorts();
    history = contract_history(c, "alice", 990);
    assert_int_equal(history.diffs.count, 10);
    assert_int_equal(sorts(), before);

    /* Rows that come in another order are sorted all the same. */
    database_exec(&db, "UPDATE `my``diffs` SET seq = 999 - logical_clock");
    database_exec(&db, "ALTER TABLE `my``diffs` DROP PRIMARY KEY, "
                       "ADD PRIMARY KEY (owner, seq, logical_clock)");
    history = contract_history(c, "alice", 0);
    assert_true(sorts() > before);
    assert_int_equal(history.diffs.count, 1000);
    for (size_t i = 0; i < history.diffs.count; i++)
        assert_int_equal(history.diffs.items[i].clock, i);
}

/* Statements that the server was asked since the last call, beside the asking itself. */
static long long statements_since(long long *last)
{
    const long long now = database_number(&db, "SELECT variable_value FROM " DATABASE_STATUS " "
                                               "WHERE variable_name = 'QUESTIONS'");
    const long long asked = now - *last - 1;

    *last = now;
    return asked;
}

/* A second may pass meanwhile on a busy machine, and the lineage would be read again. */
static void keep_lineage_fresh(const struct contract *c)
{
    db_session_of(c->s)->lineage.read_us = INT64_MAX / 2;
}

static void push_ten(struct contract *c, unsigned round)
{
    enum { N = 10 };
    char ids[N][16];
    struct text texts[N];
    struct diff diffs[N];
    const struct diff *appended[N];
    struct object objects[N];
    const struct field_value fields[] = {contract_text(OTHER, 0, "x")};
    int64_t clock = contract_begin(c, "alice");
    struct known_id known[N];
    size_t applied;

    for (unsigned i = 0; i < N; i++) {
        snprintf(ids[i], sizeof(ids[i]), "%u.%u", round, i);
        texts[i] = text_of(ids[i]);
        diffs[i] = contract_diff(ids[i], clock, DIFF_CREATE, OTHER, ids[i]);
        appended[i] = &diffs[i];
        objects[i] = contract_object(ids[i], fields, 1);
    }
    assert_int_equal(contract_find_known(c, ALICE, texts, N, known), RC_OK);
    assert_int_equal(c->ops->append(c->s, ALICE, appended, N, &c->fail), RC_OK);
    assert_int_equal(
        c->ops->create(c->s, (struct owner_model){ALICE, OTHER}, objects, N, &applied, &c->fail),
        RC_OK);
    contract_commit(c);
}

static void expect_round_trips(struct contract *c, long long of_push)
{
    long long last = 0;

    push_ten(c, 0); /* connects and prepares */
    keep_lineage_fresh(c);
    statements_since(&last);
    push_ten(c, 1);
    assert_int_equal(statements_since(&last), of_push);
    contract_history(c, "alice", 0);
    assert_int_equal(statements_since(&last), 1);
}

enum { WITH_ARRAYS = 6, WITH_VALUES = 8 }; /* diffs and rows, each of them eight and two */

static void test_round_trips(void **state)
{
    expect_round_trips(*state, mariadb_is_mysql() ? WITH_VALUES : WITH_ARRAYS);
}

/* As on MySQL, which takes no arrays. */
static void test_round_trips_without_arrays(void **state)
{
    struct contract *c = *state;

    db_session_of(c->s)->link.row_by_row = true;
    expect_round_trips(c, WITH_VALUES);
}

static bool sees_lineage(struct contract *c, struct text id)
{
    return text_equal(contract_history(c, "alice", 0).lineage.id, id);
}

static struct lineage raise_elsewhere(struct contract *c)
{
    struct synchronizer *other = db_synchronizer_new(&db.settings);
    struct lineage now;

    assert_int_equal(other->ops->lineages->raise(other, 0, &c->arena, &now, &c->fail), RC_OK);
    db_synchronizer_free(other);
    return now;
}

/* A session reads the lineage once a second alone. */
static void test_lineage_raised_by_another_session(void **state)
{
    struct contract *c = *state;
    const int64_t until_us = clock_monotonic_us() + 60 * 1000000;
    struct lineage now;

    contract_history(c, "alice", 0);
    now = raise_elsewhere(c);
    while (!sees_lineage(c, now.id) && clock_monotonic_us() < until_us)
        continue;
    assert_true(sees_lineage(c, now.id));
    assert_int_equal(contract_begin(c, "alice"), 0);
    contract_commit(c);
    assert_int_equal(contract_history(c, "alice", 0).next_clock, lineage_base(1) + 1);
}

/* A client that knows of it before the session does is not refused. */
static void test_client_of_a_newer_lineage(void **state)
{
    struct contract *c = *state;
    struct fork_query query = {.owner = ALICE};
    struct fork_found found;
    enum rc rc;

    /* Once more where a slow machine took a second in between. */
    do {
        contract_history(c, "alice", 0);
        query.lineage = raise_elsewhere(c).id;
        rc = c->ops->find_fork(c->s, &query, &found, &c->fail);
    } while (rc == RC_OK && sees_lineage(c, query.lineage));
    assert_int_equal(rc, RC_RETRY);
    assert_true(sees_lineage(c, query.lineage));
    assert_int_equal(c->ops->find_fork(c->s, &query, &found, &c->fail), RC_OK);
    assert_false(found.ancestor);
}

static void test_link_lost_while_idle(void **state)
{
    struct contract *c = *state;

    contract_begin(c, "alice");
    contract_commit(c);
    database_kill_link(&db);
    assert_int_equal(contract_begin(c, "alice"), 1);
    contract_commit(c);
    database_kill_link(&db);
    assert_int_equal(contract_history(c, "alice", 0).next_clock, 2);
    database_kill_link(&db);
    assert_int_equal(c->ops->ping(c->s, &c->fail), RC_OK);
}

static void test_link_lost_between_statements(void **state)
{
    struct contract *c = *state;
    const struct field_value fields[] = {contract_text(OTHER, 0, "x")};
    struct history history;

    contract_begin(c, "alice");
    contract_create(c, "alice", OTHER, "before", "x");
    database_kill_link(&db);
    assert_int_equal(create_one(c, OTHER, "after", fields, 1), RC_RETRY);
    assert_int_equal(c->fail.code, FAIL_SERVER_BUSY);
    /* The rest of the transaction must not run alone on a new link. */
    assert_int_equal(create_one(c, OTHER, "after", fields, 1), RC_RETRY);
    assert_int_equal(c->ops->read_history(c->s,
                                          &(struct pull_query){.owner = ALICE, .since_clock = 0},
                                          &c->arena, &history, &c->fail),
                     RC_RETRY);
    assert_int_equal(c->ops->commit(c->s, &c->fail), RC_RETRY);
    c->ops->rollback(c->s);
    assert_int_equal(contract_begin(c, "alice"), 0);
    assert_false(contract_read(c, "alice", OTHER, "before").live);
    contract_commit(c);
    assert_int_equal(database_number(&db, "SELECT COUNT(*) FROM other"), 0);
}

static void test_link_lost_before_commit(void **state)
{
    struct contract *c = *state;

    contract_begin(c, "alice");
    contract_create(c, "alice", OTHER, "x", "x");
    database_kill_link(&db);
    assert_int_equal(c->ops->commit(c->s, &c->fail), RC_UNCERTAIN);
    assert_int_equal(c->fail.code, FAIL_SERVER_BUSY);
    c->ops->rollback(c->s);
    assert_int_equal(contract_begin(c, "alice"), 0);
}

static void test_server_restarted(void **state)
{
    struct contract *c = *state;

    contract_begin(c, "alice");
    contract_commit(c);
    mariadb_restart(db.server);
    assert_int_equal(contract_begin(c, "alice"), 1);
    mysql_close(db.mysql);
    database_connect(&db);
}

static void test_server_away(void **state)
{
    struct contract *c = *state;
    struct db_settings settings = db.settings;
    struct synchronizer *s;
    int64_t clock;

    settings.hosts[0].socket = TEXT_LITERAL("/nonexistent/sock");
    s = db_synchronizer_new(&settings);
    assert_int_equal(s->ops->begin(s, ALICE, &clock, &c->fail), RC_RETRY);
    assert_int_equal(c->fail.code, FAIL_SERVER_BUSY);
    s->ops->rollback(s);
    db_synchronizer_free(s);
}

static void test_owner_locked_by_another(void **state)
{
    struct contract *c = *state;
    int64_t clock;

    contract_begin(c, "alice");
    contract_commit(c);
    database_exec(&db, "START TRANSACTION");
    database_exec(&db, "SELECT * FROM mobync_owners FOR UPDATE");
    mysql_free_result(mysql_store_result(db.mysql));
    assert_int_equal(c->ops->begin(c->s, ALICE, &clock, &c->fail), RC_RETRY);
    c->ops->rollback(c->s);
    database_exec(&db, "ROLLBACK");
    assert_int_equal(contract_begin(c, "alice"), 1);
}

/* Ours holds alice and wants bob's row, the other holds bob's and wants alice's. */
static void test_deadlock(void **state)
{
    struct contract *c = *state;
    const struct text ids[] = {TEXT_LITERAL("y")};
    struct row row;

    database_exec(&db, "INSERT INTO other VALUES ('alice','x',''), ('alice','y','')");
    database_exec(&db, "SET SESSION innodb_lock_wait_timeout = 20");
    database_exec(&db, "START TRANSACTION");
    /* Many changed rows make the other the one to survive. */
    database_exec(&db, "INSERT INTO other WITH RECURSIVE numbers AS (SELECT 1 AS seq UNION "
                       "ALL SELECT seq + 1 FROM numbers WHERE seq < 100) "
                       "SELECT 'weight', seq, '' FROM numbers");
    database_exec(&db, "UPDATE other SET name = 'b' WHERE owner_id = 'alice' AND id = 'y'");
    contract_begin(c, "alice");
    contract_read(c, "alice", OTHER, "x");
    mysql_send_query(db.mysql, "UPDATE other SET name='b' WHERE owner_id='alice' AND id='x'", 59);
    assert_int_equal(c->ops->read(c->s, (struct owner_model){ALICE, OTHER},
                                  (struct id_list){ids, 1}, &c->arena, &row, &c->fail),
                     RC_RETRY);
    c->ops->rollback(c->s);
    assert_int_equal(mysql_read_query_result(db.mysql), 0);
    database_exec(&db, "ROLLBACK");
    assert_int_equal(contract_begin(c, "alice"), 0);
}

static void assert_refused(const struct contract *c, enum rc rc, enum fail_code code,
                           const char *field)
{
    assert_int_equal(rc, RC_REJECTED);
    assert_int_equal(c->fail.code, code);
    assert_string_equal(c->fail.field, field);
    assert_true(c->fail.message[0] != '\0');
    /* The server's own words are the log's business. */
    assert_null(strchr(c->fail.message, '`'));
    assert_true(c->fail.detail[0] != '\0');
}

/* What a device sent is nobody's business but its own: the log names key and column alone. */
static void assert_not_logged(const struct contract *c, const char *value)
{
    if (strstr(c->fail.detail, value) != NULL)
        fail_msg("the log would tell '%s': %s", value, c->fail.detail);
}

/* The server refuses to compare such a value with the column: no reason for the process to end. */
static void test_id_beyond_the_character_set(void **state)
{
    struct contract *c = *state;
    const struct field_value fields[] = {contract_text(OTHER, 0, "x")};
    const struct text id = TEXT_LITERAL("\xC3\xA9");
    struct row row;
    enum rc rc;

    database_exec(&db, "ALTER TABLE other MODIFY id VARCHAR(128) CHARACTER SET ascii");
    contract_begin(c, "alice");
    rc = c->ops->read(c->s, (struct owner_model){ALICE, OTHER}, (struct id_list){&id, 1}, &c->arena,
                      &row, &c->fail);
    assert_refused(c, rc, FAIL_INVALID_DATA, "");
    c->ops->rollback(c->s);
    contract_begin(c, "alice");
    assert_int_equal(create_one(c, OTHER, id.ptr, fields, 1), RC_REJECTED);
    assert_int_equal(c->fail.code, FAIL_INVALID_DATA);
    c->ops->rollback(c->s);
}

static void test_id_unique_across_owners(void **state)
{
    struct contract *c = *state;
    const struct field_value fields[] = {contract_text(OTHER, 0, "mine")};

    database_exec(&db, "ALTER TABLE other DROP PRIMARY KEY, ADD PRIMARY KEY (id)");
    database_exec(&db, "INSERT INTO other VALUES ('bob', 'x', 'of bob')");
    contract_begin(c, "alice");
    assert_refused(c, create_one(c, OTHER, "x", fields, 1), FAIL_OBJECT_EXISTS, "");
    assert_true(c->fail.clash);
    c->ops->rollback(c->s);
    assert_int_equal(
        database_number(&db, "SELECT COUNT(*) FROM other WHERE name='of bob' AND owner_id='bob'"),
        1);
}

static void test_other_unique_key(void **state)
{
    struct contract *c = *state;
    /* The value looks like the end of the server's message. */
    const struct field_value fields[] = {contract_text(OTHER, 0, "x' for key 'PRIMARY'")};

    database_exec(&db, "ALTER TABLE other ADD UNIQUE KEY `one. name` (owner_id, name(100))");
    contract_begin(c, "alice");
    assert_int_equal(create_one(c, OTHER, "x", fields, 1), RC_OK);
    assert_refused(c, create_one(c, OTHER, "y", fields, 1), FAIL_INVALID_DATA, "name");
    assert_true(c->fail.clash);
    assert_not_logged(c, "PRIMARY");
    assert_non_null(strstr(c->fail.detail, "one. name'"));
    c->ops->rollback(c->s);
    database_kill_link(&db);
    /* The keys are read again with the connection. */
    contract_begin(c, "alice");
    assert_int_equal(create_one(c, OTHER, "x", fields, 1), RC_OK);
    assert_refused(c, create_one(c, OTHER, "y", fields, 1), FAIL_INVALID_DATA, "name");
}

#define SPACES_5 "     "
#define SPACES_51                                                                                  \
    SPACES_5 SPACES_5 SPACES_5 SPACES_5 SPACES_5 SPACES_5 SPACES_5 SPACES_5 SPACES_5 SPACES_5 " "
#define SPACES_255 SPACES_51 SPACES_51 SPACES_51 SPACES_51 SPACES_51

static void test_constraints(void **state)
{
    const struct {
        const char *ddl;
        const char *value;
        const char *field;
        bool clash;
    } CASES[] = {
        {"ALTER TABLE other MODIFY name VARCHAR(3)", "abcd", "name", false},
        {"ALTER TABLE other MODIFY name VARCHAR(3)", "abc ", "name", false},
        {"ALTER TABLE other MODIFY name TINYTEXT", SPACES_255 " ", "name", false},
        {"ALTER TABLE other MODIFY name DECIMAL(3, 1)", "1.25", "name", false},
        {"ALTER TABLE other MODIFY name INT", "no number", "name", false},
        {"ALTER TABLE other MODIFY name TINYINT", "1000", "name", false},
        {"ALTER TABLE other MODIFY name DATE", "no date", "name", false},
        {"ALTER TABLE other MODIFY name ENUM('a')", "b", "name", false},
        {"ALTER TABLE other MODIFY name TEXT NOT NULL", NULL, "name", false},
        {"ALTER TABLE other MODIFY name TEXT CHECK (LENGTH(name) < 3)", "abcd", "name", false},
        /* MySQL's catalog has what its message lacks. */
        {"ALTER TABLE other ADD CONSTRAINT c CHECK (LENGTH(name) < 3)", "abcd",
         mariadb_is_mysql() ? "name" : "", false},
        {"ALTER TABLE other MODIFY name VARCHAR(20) CHARACTER SET latin1", "\xF0\x9D\x84\x9E…",
         "name", false},
        {"ALTER TABLE other ADD COLUMN wanted INT NOT NULL", "x", "", false},
        {"ALTER TABLE other MODIFY name VARCHAR(128) COLLATE utf8mb4_nopad_bin, "
         "ADD FOREIGN KEY (name) REFERENCES mobync_owners (owner)",
         "nobody", "name", true},
        {"CREATE TRIGGER t BEFORE INSERT ON other FOR EACH ROW "
         "SIGNAL SQLSTATE '22003' SET MESSAGE_TEXT = 'not now'",
         "x", "", true},
        {"CREATE TRIGGER t BEFORE INSERT ON other FOR EACH ROW "
         "SIGNAL SQLSTATE '02000' SET MESSAGE_TEXT = 'not there'",
         "x", "", true},
        {"CREATE TRIGGER t BEFORE INSERT ON other FOR EACH ROW "
         "SET NEW.id = REPEAT('x', 200)",
         "y", "", false},
    };
    struct contract *c = *state;

    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        const struct field_value field = CASES[i].value == NULL
                                             ? contract_null(OTHER, 0)
                                             : contract_text(OTHER, 0, CASES[i].value);

        database_reset(&db);
        database_exec(&db, CASES[i].ddl);
        contract_begin(c, "alice");
        assert_refused(c, create_one(c, OTHER, "x", &field, 1), FAIL_INVALID_DATA, CASES[i].field);
        assert_int_equal(c->fail.clash, CASES[i].clash);
        if (CASES[i].value != NULL && strlen(CASES[i].value) >= 4)
            assert_not_logged(c, CASES[i].value);
        c->ops->rollback(c->s);
    }
}

static void test_parent_still_referred_to(void **state)
{
    struct contract *c = *state;
    const struct text ids[] = {TEXT_LITERAL("x")};
    size_t applied;

    database_exec(&db, "CREATE TABLE child (o VARCHAR(128), p VARCHAR(128), "
                       "FOREIGN KEY (o, p) REFERENCES other (owner_id, id))");
    contract_begin(c, "alice");
    contract_create(c, "alice", OTHER, "x", "");
    contract_commit(c);
    database_exec(&db, "INSERT INTO child VALUES ('alice', 'x')");
    contract_begin(c, "alice");
    assert_refused(c,
                   c->ops->remove(c->s, (struct owner_model){ALICE, OTHER},
                                  (struct id_list){ids, 1}, &applied, &c->fail),
                   FAIL_INVALID_DATA, "");
    assert_true(c->fail.clash);
}

static void test_signal(void **state)
{
    struct contract *c = *state;
    const struct field_value fields[] = {contract_text(OTHER, 0, "x")};

    database_exec(&db, "CREATE TRIGGER t BEFORE INSERT ON other FOR EACH ROW "
                       "SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'tasks are closed on Sundays'");
    contract_begin(c, "alice");
    assert_int_equal(create_one(c, OTHER, "x", fields, 1), RC_REJECTED);
    assert_int_equal(c->fail.code, FAIL_INVALID_DATA);
    assert_string_equal(c->fail.message, "tasks are closed on Sundays");
    assert_true(c->fail.clash);
}

/* A trigger may raise any number: what is not the server's own trouble is a refusal. A read-only
 * transaction is that trouble. */
static void test_numbers_that_triggers_raise(void **state)
{
    static const struct {
        const char *signal;
        enum rc rc;
        enum fail_code code;
    } CASES[] = {
        {"'HY000' SET MYSQL_ERRNO = 30001", RC_REJECTED, FAIL_INVALID_DATA},
        {"'HY000' SET MYSQL_ERRNO = 1242", RC_REJECTED, FAIL_INVALID_DATA},
        {"'HY000' SET MYSQL_ERRNO = 2013", RC_REJECTED, FAIL_INVALID_DATA},
        {"'42S22' SET MYSQL_ERRNO = 1054", RC_FATAL, FAIL_INTERNAL},
        {"'53100' SET MYSQL_ERRNO = 1021", RC_RETRY, FAIL_SERVER_BUSY},
        {"'25006' SET MYSQL_ERRNO = 1792", RC_RETRY, FAIL_SERVER_BUSY},
    };
    struct contract *c = *state;
    const struct field_value fields[] = {contract_text(OTHER, 0, "x")};

    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        char ddl[256];

        snprintf(ddl, sizeof(ddl),
                 "CREATE TRIGGER t BEFORE INSERT ON other FOR EACH ROW "
                 "SIGNAL SQLSTATE %s",
                 CASES[i].signal);
        database_reset(&db);
        database_exec(&db, ddl);
        contract_begin(c, "alice");
        assert_int_equal(create_one(c, OTHER, "x", fields, 1), CASES[i].rc);
        assert_int_equal(c->fail.code, CASES[i].code);
        c->ops->rollback(c->s);
    }
}

static void test_missing_table(void **state)
{
    struct contract *c = *state;
    const struct field_value fields[] = {contract_text(OTHER, 0, "x")};

    contract_begin(c, "alice");
    database_exec(&db, "DROP TABLE other");
    assert_int_equal(create_one(c, OTHER, "x", fields, 1), RC_FATAL);
    assert_non_null(strstr(c->fail.detail, "mobync check"));
    assert_null(strchr(c->fail.message, '`'));
}

static void test_table_altered_meanwhile(void **state)
{
    struct contract *c = *state;

    contract_begin(c, "alice");
    contract_create(c, "alice", OTHER, "x", "before");
    contract_read(c, "alice", OTHER, "x");
    contract_commit(c);
    database_exec(&db, "ALTER TABLE other ADD COLUMN first INT FIRST, MODIFY name VARCHAR(500)");
    contract_begin(c, "alice");
    contract_create(c, "alice", OTHER, "y", "after");
    assert_text(contract_read(c, "alice", OTHER, "x").values[0].text, TEXT_LITERAL("before"));
    assert_text(contract_read(c, "alice", OTHER, "y").values[0].text, TEXT_LITERAL("after"));
}

/* In one call, so that the rows of one bulk statement differ in what they leave to the default. */
static void test_defaults(void **state)
{
    struct contract *c = *state;
    const struct field_value fields[] = {
        contract_text(ALL, F_STRING, "set"),
        contract_null(ALL, F_STRING),
        contract_integer(ALL, F_INTEGER, 1),
        contract_null(ALL, F_INTEGER),
    };
    const struct object objects[] = {
        contract_object("a", &fields[0], 1), contract_object("b", &fields[1], 1),
        contract_object("c", &fields[2], 1), contract_object("d", &fields[3], 1),
        contract_object("e", NULL, 0),
    };
    size_t applied;

    database_exec(&db, "ALTER TABLE `odd``table` MODIFY `order` VARCHAR(20) DEFAULT 'dflt', "
                       "MODIFY `odd``int` BIGINT DEFAULT 42, "
                       "MODIFY f DOUBLE NOT NULL DEFAULT 1.5");
    contract_begin(c, "alice");
    assert_int_equal(
        c->ops->create(c->s, (struct owner_model){ALICE, ALL}, objects, 5, &applied, &c->fail),
        RC_OK);
    contract_commit(c);
    assert_int_equal(database_number(&db, "SELECT COUNT(*) FROM `odd``table` WHERE "
                                          "(`key`, IFNULL(`order`, 'null'), "
                                          "IFNULL(`odd``int`, 0), f, l IS NULL) IN "
                                          "(('a','set',42,1.5,1), ('b','null',42,1.5,1), "
                                          "('c','dflt',1,1.5,1), ('d','dflt',0,1.5,1), "
                                          "('e','dflt',42,1.5,1))"),
                     5);
}

static void test_unsigned_and_mixed_values(void **state)
{
    struct contract *c = *state;
    struct row row;

    database_exec(&db, "ALTER TABLE `odd``table` MODIFY `odd``int` BIGINT UNSIGNED");
    database_exec(&db, "INSERT INTO `odd``table` (`owner id`, `key`, `odd``int`) VALUES "
                       "('alice', 'x', 18446744073709551615), ('alice', 'y', 7)");
    contract_begin(c, "alice");
    row = contract_read(c, "alice", ALL, "x");
    assert_text(row.values[F_INTEGER].json, TEXT_LITERAL("18446744073709551615"));
    assert_int_equal(contract_read(c, "alice", ALL, "y").values[F_INTEGER].integer, 7);
}

/* A stored value may not be of its field's type any more; in one batch with one that is. */
static void test_values_of_another_type(void **state)
{
    struct contract *c = *state;
    const struct field_value fields[] = {
        contract_integer(ALL, F_INTEGER, 7), /* its JSON is 7 too */
        contract_text(ALL, F_INTEGER, "8"),
        contract_integer(ALL, F_FLOAT, 3),
        contract_integer(ALL, F_STRING, 7),
    };
    const struct object objects[] = {
        contract_object("a", &fields[0], 1),
        contract_object("b", &fields[1], 1),
        contract_object("c", &fields[2], 2),
    };
    size_t applied;

    contract_begin(c, "alice");
    assert_int_equal(
        c->ops->create(c->s, (struct owner_model){ALICE, ALL}, objects, 3, &applied, &c->fail),
        RC_OK);
    assert_int_equal(contract_read(c, "alice", ALL, "a").values[F_INTEGER].integer, 7);
    assert_int_equal(contract_read(c, "alice", ALL, "b").values[F_INTEGER].integer, 8);
    assert_true(contract_read(c, "alice", ALL, "c").values[F_FLOAT].real == 3.0);
    assert_text(contract_read(c, "alice", ALL, "c").values[F_STRING].text, TEXT_LITERAL("7"));
}

static void test_many_objects_in_one_call(void **state)
{
    struct contract *c = *state;
    enum { N = 3000 };
    char(*names)[8] = alloc_or_die(N * sizeof(*names));
    struct object *objects = alloc_or_die(N * sizeof(*objects));
    struct text *ids = alloc_or_die(N * sizeof(*ids));
    struct row *rows = alloc_or_die(N * sizeof(*rows));
    const struct field_value fields[] = {contract_text(OTHER, 0, "x")};
    size_t applied;

    for (size_t i = 0; i < N; i++) {
        snprintf(names[i], sizeof(*names), "o%zu", i);
        ids[i] = text_of(names[i]);
        objects[i] = contract_object(names[i], fields, 1);
    }
    contract_begin(c, "alice");
    assert_int_equal(
        c->ops->create(c->s, (struct owner_model){ALICE, OTHER}, objects, N, &applied, &c->fail),
        RC_OK);
    assert_int_equal(applied, N);
    assert_int_equal(
        c->ops->update(c->s, (struct owner_model){ALICE, OTHER}, objects, N, &applied, &c->fail),
        RC_OK);
    assert_int_equal(applied, N);
    assert_int_equal(c->ops->read(c->s, (struct owner_model){ALICE, OTHER},
                                  (struct id_list){ids, N}, &c->arena, rows, &c->fail),
                     RC_OK);
    for (size_t i = 0; i < N; i++)
        assert_true(rows[i].live);
    assert_int_equal(c->ops->remove(c->s, (struct owner_model){ALICE, OTHER},
                                    (struct id_list){ids, N}, &applied, &c->fail),
                     RC_OK);
    assert_int_equal(applied, N);
    free(names);
    free(objects);
    free(ids);
    free(rows);
}

/* More than a packet holds: the call is cut into several. */
static void test_more_bytes_than_a_packet(void **state)
{
    struct contract *c = *state;
    enum { N = 12 };
    static const char *const IDS[N] = {"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"};
    const size_t len = (size_t)2 * 1024 * 1024;
    char *text = alloc_or_die(len + 1);
    struct object objects[N];
    struct field_value fields[1];
    size_t applied;

    memset(text, 'x', len);
    text[len] = '\0';
    fields[0] = contract_text(ALL, F_STRING, text);
    for (size_t i = 0; i < N; i++)
        objects[i] = contract_object(IDS[i], fields, 1);
    contract_begin(c, "alice");
    assert_int_equal(
        c->ops->create(c->s, (struct owner_model){ALICE, ALL}, objects, N, &applied, &c->fail),
        RC_OK);
    assert_int_equal(applied, N);
    assert_int_equal(contract_read(c, "alice", ALL, "l").values[F_STRING].text.len, len);
    free(text);
}

/* A single value beyond max_allowed_packet: the same diff would fail every time. */
static void test_value_larger_than_any_packet(void **state)
{
    struct contract *c = *state;
    const size_t len = (size_t)20 * 1024 * 1024;
    char *text = alloc_or_die(len + 1);
    struct field_value fields[1];

    memset(text, 'x', len);
    text[len] = '\0';
    fields[0] = contract_text(ALL, F_STRING, text);
    contract_begin(c, "alice");
    assert_int_equal(create_one(c, ALL, "x", fields, 1), RC_REJECTED);
    assert_int_equal(c->fail.code, FAIL_TOO_LARGE);
    c->ops->rollback(c->s);
    assert_int_equal(contract_begin(c, "alice"), 0);
    free(text);
}

/* Each set of fields is a statement of its own: more of them than are kept prepared. */
static void test_more_statements_than_are_kept(void **state)
{
    enum { N = 9 };
    struct contract *c = arena_alloc(&((struct contract *)*state)->arena, sizeof(*c));
    static struct field fields[N];
    static struct model model;
    struct mapping mapping = {.models = &model, .model_count = 1};
    struct db_settings settings = db.settings;
    char names[N][4];
    size_t applied;

    settings.mapping = &mapping;
    model = *OTHER;
    model.index = 0;
    model.fields = fields;
    model.field_count = N;
    for (size_t i = 0; i < N; i++) {
        char sql[80];

        snprintf(names[i], sizeof(names[i]), "f%zu", i);
        snprintf(sql, sizeof(sql), "ALTER TABLE other ADD COLUMN %s INT", names[i]);
        database_exec(&db, sql);
        fields[i] = (struct field){.name = text_of(names[i]),
                                   .column = text_of(names[i]),
                                   .type = FIELD_INTEGER,
                                   .index = i};
    }
    database_exec(&db, "INSERT INTO other (owner_id, id) VALUES ('alice', 'x')");
    contract_open(c, db_synchronizer_new(&settings));
    contract_begin(c, "alice");
    for (unsigned set = 0; set < 1u << N; set++) {
        struct field_value chosen[N];
        struct object object;
        size_t count = 0;

        for (size_t i = 0; i < N; i++)
            if ((set & (1u << i)) != 0)
                chosen[count++] = contract_integer(&model, i, (int64_t)set);
        object = contract_object("x", chosen, count);
        assert_int_equal(c->ops->update(c->s, (struct owner_model){ALICE, &model}, &object, 1,
                                        &applied, &c->fail),
                         RC_OK);
        assert_int_equal(applied, 1);
    }
    for (size_t i = 0; i < N; i++)
        assert_int_equal(contract_read(c, "alice", &model, "x").values[i].integer, (1 << N) - 1);
    contract_close(c);
    db_synchronizer_free(c->s);
}

static void test_validate(void **state)
{
    struct contract *c = *state;
    struct model model = *OTHER;
    bool allowed;
    static const struct {
        const char *body;
        enum rc rc;
        bool allowed;
    } CASES[] = {
        {"o = 'alice' AND t = 'create' AND d = '{\"id\":\"it\\'s\"}'", RC_OK, true},
        {"FALSE", RC_OK, false},
        {"NULL", RC_OK, false},
    };

    model.validate = TEXT_LITERAL("may`change");
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        char sql[256];

        snprintf(sql, sizeof(sql),
                 "CREATE FUNCTION `may``change`(o TEXT, t TEXT, d TEXT) RETURNS BOOLEAN "
                 "DETERMINISTIC RETURN %s",
                 CASES[i].body);
        database_exec(&db, "DROP FUNCTION IF EXISTS `may``change`");
        database_exec(&db, sql);
        contract_begin(c, "alice");
        allowed = !CASES[i].allowed;
        assert_int_equal(c->ops->validate(c->s, (struct owner_model){ALICE, &model}, DIFF_CREATE,
                                          TEXT_LITERAL("{\"id\":\"it's\"}"), &allowed, &c->fail),
                         CASES[i].rc);
        assert_int_equal(allowed, CASES[i].allowed);
        c->ops->rollback(c->s);
    }
}

/* Its refusal is no clash of rows: asked again, it says the same. */
static void test_validate_that_signals(void **state)
{
    struct contract *c = *state;
    struct model model = *OTHER;
    bool allowed = true;

    model.validate = TEXT_LITERAL("ok");
    database_exec(&db, "CREATE FUNCTION ok(o TEXT, t TEXT, d TEXT) RETURNS BOOLEAN DETERMINISTIC "
                       "BEGIN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'closed'; RETURN 1; END");
    contract_begin(c, "alice");
    assert_int_equal(c->ops->validate(c->s, (struct owner_model){ALICE, &model}, DIFF_CREATE,
                                      TEXT_LITERAL("{}"), &allowed, &c->fail),
                     RC_REJECTED);
    assert_int_equal(c->fail.code, FAIL_FORBIDDEN);
    assert_false(c->fail.clash);
    assert_false(allowed);
}

enum { GRANDCHILD, PARENT, LEFT, RIGHT, CHILD, FAMILY };

static void assert_relation(const struct synchronizer *s, size_t child, const char *field,
                            size_t parent)
{
    size_t found = 0;

    for (size_t i = 0; i < s->relations.count; i++) {
        const struct relation *relation = &s->relations.items[i];

        found += relation->child->index == child && relation->parent->index == parent &&
                 text_is(relation->field->name, field);
    }
    assert_int_equal(found, 1);
}

static void test_foreign_keys(void **state)
{
    static const char *const TABLES[FAMILY] = {"grandchild", "parent", "left", "right", "child"};
    static const char *const FIELDS[FAMILY] = {"p", "self", "r", "l", "p"};
    struct field fields[FAMILY];
    struct model models[FAMILY];
    struct mapping mapping = {.models = models, .model_count = FAMILY};
    struct db_settings settings = db.settings;
    struct synchronizer *s;
    struct contract *c = *state;
    struct history history;

    for (size_t i = 0; i < FAMILY; i++) {
        fields[i] = (struct field){.name = text_of(FIELDS[i]), .column = text_of(FIELDS[i])};
        models[i] = (struct model){
            .name = text_of(TABLES[i]),
            .table = text_of(TABLES[i]),
            .id_column = TEXT_LITERAL("id"),
            .fields = &fields[i],
            .field_count = 1,
            .index = i,
        };
    }
    database_exec(&db, "CREATE TABLE parent (owner INT, id INT, self INT, PRIMARY KEY (owner, id), "
                       "UNIQUE KEY (id), FOREIGN KEY (owner, self) REFERENCES parent (owner, id))");
    database_exec(&db, "CREATE TABLE child (owner INT, id INT PRIMARY KEY, p INT, "
                       "FOREIGN KEY (owner, p) REFERENCES parent (owner, id))");
    /* Not mapped: a key through it orders nothing. */
    database_exec(&db, "CREATE TABLE between_them (id INT PRIMARY KEY REFERENCES child (id))");
    /* The key to child is no mapped field: a rank, but no relation. */
    database_exec(&db, "CREATE TABLE grandchild (id INT PRIMARY KEY REFERENCES child (id), "
                       "p INT REFERENCES parent (id))");
    database_exec(&db, "CREATE TABLE `left` (id INT PRIMARY KEY, r INT, "
                       "c INT REFERENCES child (id))");
    database_exec(&db, "CREATE TABLE `right` (id INT PRIMARY KEY, l INT REFERENCES `left` (id))");
    database_exec(&db, "ALTER TABLE `left` ADD FOREIGN KEY (r) REFERENCES `right` (id)");

    settings.mapping = &mapping;
    s = db_synchronizer_new(&settings);
    assert_int_equal(s->model_ranks[GRANDCHILD], 0);
    assert_int_equal(s->ops->read_history(s, &(struct pull_query){.owner = ALICE, .since_clock = 0},
                                          &c->arena, &history, &c->fail),
                     RC_OK);
    assert_int_equal(s->model_ranks[PARENT], 0);
    assert_int_equal(s->model_ranks[CHILD], 1);
    assert_int_equal(s->model_ranks[GRANDCHILD], 2);
    assert_int_equal(s->model_ranks[LEFT], 2); /* left and right refer to each other */
    assert_int_equal(s->model_ranks[RIGHT], 2);
    assert_relation(s, PARENT, "self", PARENT);
    assert_relation(s, CHILD, "p", PARENT);
    assert_relation(s, GRANDCHILD, "p", PARENT);
    assert_relation(s, LEFT, "r", RIGHT);
    assert_relation(s, RIGHT, "l", LEFT);
    assert_int_equal(s->relations.count, 5);
    database_kill_link(&db);
    assert_int_equal(s->ops->read_history(s, &(struct pull_query){.owner = ALICE, .since_clock = 0},
                                          &c->arena, &history, &c->fail),
                     RC_OK);
    assert_int_equal(s->relations.count, 5);
    db_synchronizer_free(s);
}

static void test_model_no_longer_mapped(void **state)
{
    struct contract *c = *state;

    database_exec(&db, "INSERT INTO mobync_owners (owner, next_clock) VALUES ('alice', 1)");
    database_exec(&db, "INSERT INTO " DATABASE_DIFFS " VALUES "
                       "('alice', 0, 0, 'd0', 5, 'create', 'gone', 'x', '{\"id\":\"x\"}'), "
                       "('alice', 0, 1, 'd1', 5, 'create', 'other', 'x', '{\"id\":\"x\"}')");
    assert_int_equal(contract_history(c, "alice", 0).diffs.count, 1);
    assert_text(contract_history(c, "alice", 0).diffs.items[0].id, TEXT_LITERAL("d1"));
}

static void test_session(void **state)
{
    struct contract *c = *state;
    struct db_link link;
    struct db_result result;

    db_link_init(&link, &db.settings);
    assert_int_equal(db_link_open(&link, &c->fail), RC_OK);
    assert_int_equal(db_link_is_mariadb(&link), !mariadb_is_mysql());
    assert_int_equal(db_link_takes_arrays(&link), !mariadb_is_mysql());
    assert_int_equal(db_link_exec(&link, "DO 1; DO 2", &c->fail), RC_FATAL);
    assert_int_equal(
        db_result_read(
            &link,
            text_of(mariadb_words("SELECT @@tx_isolation, @@innodb_lock_wait_timeout, "
                                  "@@character_set_client, @@sql_mode, @@lock_wait_timeout, NULL")),
            "read the session", &c->arena, &result, &c->fail),
        RC_OK);
    assert_int_equal(result.rows, 1);
    assert_text(db_result_text(&result, 0, 0), TEXT_LITERAL("READ-COMMITTED"));
    assert_text(db_result_text(&result, 0, 1), TEXT_LITERAL("2"));
    assert_text(db_result_text(&result, 0, 2), TEXT_LITERAL("utf8mb4"));
    assert_non_null(strstr(db_result_text(&result, 0, 3).ptr, "STRICT_ALL_TABLES"));
    assert_text(db_result_text(&result, 0, 4), TEXT_LITERAL("5"));
    assert_false(db_result_is_null(&result, 0, 4));
    assert_true(db_result_is_null(&result, 0, 5));
    assert_text(db_result_text(&result, 0, 5), TEXT_LITERAL(""));
    db_link_close(&link);
}

/* False if she has `most` already. */
static enum rc try_token(struct contract *c, unsigned char first, const char *id,
                         int64_t expires_ms, size_t most, bool *made_out)
{
    unsigned char hash[TOKEN_HASH_BYTES] = {first, 0, 0xFF, '\''};
    const struct token_record record = {
        .id = text_of(id), .owner = ALICE, .created_ms = 10 + first, .expires_ms = expires_ms};

    return c->s->ops->tokens->create(c->s, hash, &record, most, made_out, &c->fail);
}

static void make_token(struct contract *c, unsigned char first, const char *id, int64_t expires_ms)
{
    bool made;

    assert_int_equal(try_token(c, first, id, expires_ms, 0, &made), RC_OK);
    assert_true(made);
}

static struct token_found find_token(struct contract *c, unsigned char first, int64_t now_ms)
{
    unsigned char hash[TOKEN_HASH_BYTES] = {first, 0, 0xFF, '\''};
    struct token_found found;

    assert_int_equal(c->s->ops->tokens->find(c->s, hash, now_ms, &c->arena, &found, &c->fail),
                     RC_OK);
    return found;
}

static struct text token_owner(struct contract *c, unsigned char first, int64_t now_ms)
{
    return find_token(c, first, now_ms).owner;
}

static void test_tokens(void **state)
{
    struct contract *c = *state;
    struct token_record *records;
    size_t count;
    bool found;

    make_token(c, 1, "aaaaaaaaaaaaaaaa", 0);
    make_token(c, 2, "bbbbbbbbbbbbbbbb", 1000);
    assert_text(token_owner(c, 1, 999999), ALICE);
    assert_text(token_owner(c, 2, 999), ALICE);
    assert_int_equal(find_token(c, 1, 0).expires_ms, 0);
    assert_int_equal(find_token(c, 2, 0).expires_ms, 1000);
    assert_int_equal(token_owner(c, 2, 1000).len, 0);
    assert_int_equal(token_owner(c, 3, 0).len, 0);
    database_kill_link(&db);
    assert_text(token_owner(c, 1, 999999), ALICE);

    assert_int_equal(
        c->s->ops->tokens->revoke(c->s, TEXT_LITERAL("aaaaaaaaaaaaaaaa"), &found, &c->fail), RC_OK);
    assert_true(found);
    assert_int_equal(token_owner(c, 1, 999999).len, 0);
    assert_int_equal(
        c->s->ops->tokens->revoke(c->s, TEXT_LITERAL("cccccccccccccccc"), &found, &c->fail), RC_OK);
    assert_false(found);

    assert_int_equal(c->s->ops->tokens->list(c->s, &c->arena, &records, &count, &c->fail), RC_OK);
    assert_int_equal(count, 2);
    assert_text(records[0].id, TEXT_LITERAL("aaaaaaaaaaaaaaaa"));
    assert_true(records[0].revoked);
    assert_text(records[1].owner, ALICE);
    assert_int_equal(records[1].created_ms, 12);
    assert_int_equal(records[1].expires_ms, 1000);
    assert_false(records[1].revoked);
}

static bool is_made(struct contract *c, unsigned char first, const char *id, size_t most)
{
    bool made;

    assert_int_equal(try_token(c, first, id, 0, most, &made), RC_OK);
    return made;
}

static void test_an_owner_has_so_many_tokens(void **state)
{
    struct contract *c = *state;
    bool found;

    make_token(c, 1, "aaaaaaaaaaaaaaaa", 0);
    make_token(c, 2, "bbbbbbbbbbbbbbbb", 13); /* good for the third, which is of 13, no more */
    make_token(c, 3, "cccccccccccccccc", 1000);
    database_exec(&db, "INSERT INTO mobync_tokens (hash, id, owner, created_ms) "
                       "VALUES ('x', 'x', 'alice ', 0), ('y', 'y', 'ALICE', 0)");
    assert_false(is_made(c, 4, "dddddddddddddddd", 2));
    assert_int_equal(database_number(&db, "SELECT COUNT(*) FROM mobync_tokens"), 5);
    database_kill_link(&db);
    assert_true(is_made(c, 4, "dddddddddddddddd", 3));
    assert_false(is_made(c, 5, "eeeeeeeeeeeeeeee", 3));
    assert_int_equal(
        c->s->ops->tokens->revoke(c->s, TEXT_LITERAL("aaaaaaaaaaaaaaaa"), &found, &c->fail), RC_OK);
    assert_true(is_made(c, 5, "eeeeeeeeeeeeeeee", 3));
    assert_text(token_owner(c, 5, 0), ALICE);
    assert_true(is_made(c, 6, "ffffffffffffffff", 0));
}

/* Somebody makes her last one at this moment. */
static void test_tokens_in_the_making_count(void **state)
{
    struct contract *c = *state;
    bool made;

    database_exec(&db, "START TRANSACTION");
    database_exec(&db, "INSERT INTO mobync_tokens (hash, id, owner, created_ms) "
                       "VALUES ('x', 'x', 'alice', 0)");
    assert_int_equal(try_token(c, 1, "aaaaaaaaaaaaaaaa", 0, 1, &made), RC_RETRY);
    assert_false(made);
    database_exec(&db, "COMMIT");
    assert_false(is_made(c, 1, "aaaaaaaaaaaaaaaa", 1));
    assert_int_equal(database_number(&db, "SELECT COUNT(*) FROM mobync_tokens"), 1);
}

static void test_last_use_is_noted_once_an_hour(void **state)
{
    const int64_t hour_ms = 3600000;
    const int64_t start_ms = 100 * hour_ms;
    static const char SQL[] = "SELECT last_use_ms FROM mobync_tokens";
    struct contract *c = *state;

    make_token(c, 1, "aaaaaaaaaaaaaaaa", 0);
    token_owner(c, 1, start_ms);
    assert_int_equal(database_number(&db, SQL), start_ms);
    token_owner(c, 1, start_ms + hour_ms - 1);
    assert_int_equal(database_number(&db, SQL), start_ms);
    token_owner(c, 1, start_ms + hour_ms);
    assert_int_equal(database_number(&db, SQL), start_ms + hour_ms);
}

static void keep_reject(struct contract *c, const char *owner, const char *id, int64_t time_ms)
{
    const struct reject reject = {
        .id = text_of(id),
        .time_ms = time_ms,
        .request_id = TEXT_LITERAL("q"),
        .code = FAIL_NO_SUCH_OBJECT,
        .message = TEXT_LITERAL("no \xF0\x9F\x98\x80"),
        .diff = TEXT_LITERAL("{\"id\": \"it's\"}"),
    };
    const int64_t clock = contract_begin(c, owner);

    assert_int_equal(c->ops->put_rejects(c->s, text_of(owner), clock, &reject, 1, &c->fail), RC_OK);
    contract_commit(c);
}

/* "owner id, owner id, " of those listed. */
static void expect_list(struct contract *c, const char *owner, const char *id, const char *expected)
{
    const struct reject_filter filter = {text_of(owner), text_of(id)};
    struct reject *rejects;
    struct buf buf;
    size_t count;

    assert_int_equal(c->s->ops->rejects->list(c->s, &filter, &c->arena, &rejects, &count, &c->fail),
                     RC_OK);
    buf_init(&buf, 4096);
    for (size_t i = 0; i < count; i++) {
        buf_add_text(&buf, rejects[i].owner);
        buf_add_char(&buf, ' ');
        buf_add_text(&buf, rejects[i].id);
        buf_add_str(&buf, ", ");
    }
    assert_text(buf_text(&buf), text_of(expected));
    buf_release(&buf);
}

static void test_reject_list(void **state)
{
    struct contract *c = *state;
    const struct reject_filter filter = {.id = TEXT_LITERAL("a"), .owner = TEXT_LITERAL("alice")};
    struct reject *rejects;
    size_t count;

    expect_list(c, NULL, NULL, "");
    keep_reject(c, "alice", "b", 30);
    keep_reject(c, "bob", "a", 20);
    keep_reject(c, "alice", "a", 10);
    keep_reject(c, " ", "A", 40);
    expect_list(c, NULL, NULL, "alice a, bob a, alice b,   A, ");
    expect_list(c, "alice", NULL, "alice a, alice b, ");
    expect_list(c, " ", NULL, "  A, ");
    expect_list(c, NULL, "a", "alice a, bob a, ");
    expect_list(c, "alice", "b", "alice b, ");
    expect_list(c, "Alice", NULL, "");
    expect_list(c, "x' OR '1'='1", NULL, "");
    database_kill_link(&db);
    expect_list(c, NULL, "b", "alice b, ");

    database_exec(&db, "UPDATE mobync_rejects SET code = 'OF_A_LATER_RELEASE' WHERE owner = 'bob'");
    assert_int_equal(c->s->ops->rejects->list(c->s, &filter, &c->arena, &rejects, &count, &c->fail),
                     RC_OK);
    assert_int_equal(count, 1);
    assert_int_equal(rejects[0].clock, 1);
    assert_int_equal(rejects[0].time_ms, 10);
    assert_int_equal(rejects[0].code, FAIL_NO_SUCH_OBJECT);
    assert_text(rejects[0].request_id, TEXT_LITERAL("q"));
    assert_text(rejects[0].message, TEXT_LITERAL("no \xF0\x9F\x98\x80"));
    assert_int_equal(rejects[0].field.len, 0);
    assert_text(rejects[0].diff, TEXT_LITERAL("{\"id\": \"it's\"}"));
    assert_int_equal(c->s->ops->rejects->list(c->s,
                                              &(struct reject_filter){.owner = TEXT_LITERAL("bob")},
                                              &c->arena, &rejects, &count, &c->fail),
                     RC_OK);
    assert_int_equal(rejects[0].code, FAIL_INTERNAL);
}

static void test_reject_drop(void **state)
{
    struct contract *c = *state;
    struct known_id known;
    bool found;

    keep_reject(c, "alice", "a", 10);
    keep_reject(c, "bob", "a", 20);
    assert_int_equal(c->s->ops->rejects->drop(c->s, ALICE, TEXT_LITERAL("A"), &found, &c->fail),
                     RC_OK);
    assert_false(found);
    assert_int_equal(c->s->ops->rejects->drop(c->s, ALICE, TEXT_LITERAL("a"), &found, &c->fail),
                     RC_OK);
    assert_true(found);
    assert_int_equal(c->s->ops->rejects->drop(c->s, ALICE, TEXT_LITERAL("a"), &found, &c->fail),
                     RC_OK);
    assert_false(found);
    expect_list(c, NULL, NULL, "bob a, ");
    contract_begin(c, "alice");
    known = contract_known(c, "alice", "a");
    assert_int_equal(known.clock, 0);
    assert_true(known.rejected);
}

/* Many are as few statements as one. */
static void test_round_trips_of_rejects(void **state)
{
    struct contract *c = *state;
    enum { N = 20 };
    char ids[N][8];
    struct reject rejects[N];
    struct text texts[N];
    long long last = 0;

    if (mariadb_is_mysql())
        skip(); /* it takes no arrays */
    for (unsigned round = 0; round < 2; round++) {
        const int64_t clock = contract_begin(c, "alice");

        for (unsigned i = 0; i < N; i++) {
            snprintf(ids[i], sizeof(ids[i]), "%u.%u", round, i);
            rejects[i] = (struct reject){.id = text_of(ids[i]), .diff = TEXT_LITERAL("{}")};
            texts[i] = rejects[i].id;
        }
        keep_lineage_fresh(c);
        statements_since(&last);
        assert_int_equal(c->ops->mark(c->s, &c->fail), RC_OK);
        assert_int_equal(c->ops->put_rejects(c->s, ALICE, clock, rejects, N, &c->fail), RC_OK);
        assert_int_equal(c->ops->find_rejects(c->s, ALICE, (struct id_list){texts, N}, &c->arena,
                                              rejects, &c->fail),
                         RC_OK);
        contract_commit(c);
    }
    assert_int_equal(statements_since(&last), 5);
}

static void test_rewind_keeps_the_lock(void **state)
{
    struct contract *c = *state;

    contract_begin(c, "alice");
    contract_create(c, "alice", OTHER, "x", "");
    contract_commit(c);
    contract_begin(c, "alice");
    assert_int_equal(c->ops->mark(c->s, &c->fail), RC_OK);
    assert_int_equal(contract_update(c, "alice", OTHER, "x", "changed"), 1);
    assert_int_equal(c->ops->rewind(c->s, &c->fail), RC_OK);
    database_exec(&db, "START TRANSACTION");
    assert_int_not_equal(
        mysql_query(db.mysql,
                    "SELECT 1 FROM mobync_owners WHERE owner = 'alice' FOR UPDATE NOWAIT"),
        0);
    database_exec(&db, "ROLLBACK");
    contract_commit(c);
    assert_int_equal(database_number(&db, "SELECT next_clock FROM mobync_owners"), 2);
    assert_int_equal(database_number(&db, "SELECT COUNT(*) FROM other WHERE name = ''"), 1);
}

static void test_link_lost_behind_mark(void **state)
{
    struct contract *c = *state;

    contract_begin(c, "alice");
    assert_int_equal(c->ops->mark(c->s, &c->fail), RC_OK);
    contract_create(c, "alice", OTHER, "x", "");
    database_kill_link(&db);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(c->ops->rewind(c->s, &c->fail), RC_RETRY);
        assert_int_equal(c->fail.code, FAIL_SERVER_BUSY);
        assert_int_equal(c->ops->mark(c->s, &c->fail), RC_RETRY);
    }
    c->ops->rollback(c->s);
    assert_int_equal(contract_begin(c, "alice"), 0);
    assert_false(contract_read(c, "alice", OTHER, "x").live);
}

static void test_without_schema_of_rejects(void **state)
{
    struct contract *c = *state;
    const struct text ids[] = {TEXT_LITERAL("d1")};
    struct known_id known;

    database_exec(&db, "ALTER TABLE mobync_known DROP COLUMN rejected");
    contract_begin(c, "alice");
    assert_int_equal(contract_find_known(c, ALICE, ids, 1, &known), RC_FATAL);
    assert_non_null(strstr(c->fail.detail, "mobync check"));
}

static bool is_elected(struct contract *c, struct synchronizer *s)
{
    bool elected = false;

    if (s->ops->elect(s, &elected, &c->fail) != RC_OK)
        fail_msg("%s", c->fail.detail);
    return elected;
}

static bool is_elected_in_the_end(struct contract *c, struct synchronizer *s)
{
    const int64_t until_us = clock_monotonic_us() + 60 * 1000000;

    while (!is_elected(c, s))
        if (clock_monotonic_us() > until_us)
            return false;
    return true;
}

/* By whose connection has the lock, for as long as it lives. */
static void test_one_is_elected(void **state)
{
    struct contract *c = *state;
    struct synchronizer *other = db_synchronizer_new(&db.settings);

    assert_true(is_elected(c, c->s));
    assert_false(is_elected(c, other));
    assert_true(is_elected(c, c->s));
    db_link_close(&db_session_of(c->s)->link);
    assert_true(is_elected_in_the_end(c, other));
    assert_false(is_elected(c, c->s));
    database_kill_link(&db); /* that of c->s, which had nothing to lose */
    assert_true(is_elected(c, other));
    db_synchronizer_free(other);
    assert_true(is_elected_in_the_end(c, c->s));
}

static long long index_reads(void)
{
    return database_number(&db, "SELECT SUM(variable_value) FROM " DATABASE_STATUS " "
                                "WHERE variable_name LIKE 'HANDLER_READ%'");
}

/* However much a few owners have in the outbox. */
static void test_waiting_owners_cost_no_look_at_each_entry(void **state)
{
    struct contract *c = *state;
    struct waiting_list waiting;
    long long before, asking;

    database_exec(&db, "INSERT INTO mobync_changes (owner, model, object_id, op, own, ms) "
                       "WITH RECURSIVE n AS (SELECT 0 AS i UNION ALL SELECT i + 1 FROM n "
                       "WHERE i < 999) SELECT CONCAT('o', o.i), 'other', n.i, 'I', 0, n.i "
                       "FROM n JOIN (SELECT 0 AS i UNION SELECT 1 UNION SELECT 2) o "
                       "ORDER BY n.i");
    (void)database_number(&db, "ANALYZE TABLE mobync_changes"); /* it has a result */
    assert_int_equal(c->ops->ping(c->s, &c->fail), RC_OK);
    before = index_reads();
    asking = index_reads() - before; /* MySQL reads its status as a table, too */
    before += asking;
    assert_int_equal(
        c->ops->changes->find_waiting(c->s, TEXT_LITERAL(""), 100, &c->arena, &waiting, &c->fail),
        RC_OK);
    assert_int_equal(waiting.count, 3);
    assert_int_equal(waiting.items[2].oldest_ms, 0);
    assert_int_in_range(index_reads() - before - asking, 1, 300);
}

/* All owners', as the statistics have it. */
static void test_size_of_the_history(void **state)
{
    struct contract *c = *state;
    struct history_size size;

    assert_int_equal(c->ops->measure_history(c->s, &size, &c->fail), RC_OK);
    assert_int_in_range(size.bytes, 1, INT32_MAX); /* empty tables have pages, too */
    database_exec(
        &db, "INSERT INTO `my``diffs` (owner, logical_clock, seq, id, `utc_timestamp`, type, "
             "model, object_id, json_data) VALUES ('a', 0, 0, '1', 1, 'create', 'other', 'x', "
             "'{\"id\":\"x\"}'), ('b', 0, 0, '1', 1, 'create', 'other', 'x', '{\"id\":\"x\"}')");
    (void)database_number(&db, "ANALYZE TABLE `my``diffs`");
    assert_int_equal(c->ops->measure_history(c->s, &size, &c->fail), RC_OK);
    assert_int_equal(size.diffs, 2);
}

#define TEST(name) CONTRACT_TEST(name)

int main(void)
{
    static const struct contract_subject SUBJECT = {create, db_synchronizer_free};
    const struct CMUnitTest tests[] = {
        TEST(test_pull_leaves_nothing_open),
        TEST(test_history_is_not_sorted),
        TEST(test_round_trips),
        TEST(test_round_trips_without_arrays),
        TEST(test_lineage_raised_by_another_session),
        TEST(test_client_of_a_newer_lineage),
        TEST(test_link_lost_while_idle),
        TEST(test_link_lost_between_statements),
        TEST(test_link_lost_before_commit),
        TEST(test_server_restarted),
        TEST(test_server_away),
        TEST(test_owner_locked_by_another),
        TEST(test_deadlock),
        TEST(test_id_beyond_the_character_set),
        TEST(test_id_unique_across_owners),
        TEST(test_other_unique_key),
        TEST(test_constraints),
        TEST(test_parent_still_referred_to),
        TEST(test_signal),
        TEST(test_numbers_that_triggers_raise),
        TEST(test_missing_table),
        TEST(test_table_altered_meanwhile),
        TEST(test_defaults),
        TEST(test_unsigned_and_mixed_values),
        TEST(test_values_of_another_type),
        TEST(test_many_objects_in_one_call),
        TEST(test_more_bytes_than_a_packet),
        TEST(test_value_larger_than_any_packet),
        TEST(test_more_statements_than_are_kept),
        TEST(test_validate),
        TEST(test_validate_that_signals),
        TEST(test_foreign_keys),
        TEST(test_model_no_longer_mapped),
        TEST(test_session),
        TEST(test_tokens),
        TEST(test_an_owner_has_so_many_tokens),
        TEST(test_tokens_in_the_making_count),
        TEST(test_last_use_is_noted_once_an_hour),
        TEST(test_reject_list),
        TEST(test_reject_drop),
        TEST(test_round_trips_of_rejects),
        TEST(test_rewind_keeps_the_lock),
        TEST(test_link_lost_behind_mark),
        TEST(test_without_schema_of_rejects),
        TEST(test_one_is_elected),
        TEST(test_size_of_the_history),
        TEST(test_waiting_owners_cost_no_look_at_each_entry),
    };
    int failed;

    contract_use(&SUBJECT);
    database_start(&db, &contract_mapping);
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    database_stop(&db);
    mysql_library_end();
    return failed;
}
