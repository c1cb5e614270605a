/* The contract of changes.h on MariaDB, and what nobody sees in memory: locks, indexes, keys of
 * others' tables, cascades. Other SQL notes its own entries, as its triggers would. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "contract_changes.h"
#include "contract_keys.h"
#include "database.h"
#include "db_session.h"
#include "schema.h"

#define UUID(n) "00000000-0000-4000-8000-00000000000" #n

static struct database db;

/* Keys of the database's own, foreign keys that act by themselves, an index with more behind the
 * owner. */
static const char *const TABLES[] = {
    "CREATE TABLE projects (id INT UNSIGNED AUTO_INCREMENT PRIMARY KEY, user_id INT NOT NULL, "
    "name TEXT, parent_id INT UNSIGNED, sync_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT "
    "NULL DEFAULT (UUID()), UNIQUE KEY sync (sync_id), KEY of_user (user_id), "
    "FOREIGN KEY (parent_id) REFERENCES projects (id) ON DELETE CASCADE)",
    "CREATE TABLE notes (id BIGINT UNSIGNED NOT NULL, user_id BIGINT NOT NULL, text TEXT, "
    "project_id INT UNSIGNED, next_id BIGINT UNSIGNED, seen DATETIME(3) NULL, PRIMARY KEY (id), "
    "KEY seen (user_id, seen), "
    "FOREIGN KEY (project_id) REFERENCES projects (id) ON DELETE SET NULL, "
    "FOREIGN KEY (next_id) REFERENCES notes (id))",
    "CREATE TABLE pairs (project_id INT UNSIGNED NOT NULL, label VARCHAR(40) NOT NULL, "
    "user_id INT NOT NULL, name TEXT, PRIMARY KEY (project_id, label), KEY of_user (user_id), "
    "FOREIGN KEY (project_id) REFERENCES projects (id) ON DELETE CASCADE) "
    "CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci",
    "CREATE TABLE folded (id VARCHAR(40) NOT NULL, owner_id VARCHAR(40) NOT NULL, name TEXT, "
    "PRIMARY KEY (owner_id, id)) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci",
    "CREATE TABLE bytes (id BINARY(16) NOT NULL, owner_id BINARY(16) NOT NULL, name TEXT, "
    "PRIMARY KEY (owner_id, id))",
};

static struct synchronizer *create_on(const struct mapping *mapping)
{
    db.settings.mapping = mapping;
    database_reset(&db);
    return db_synchronizer_new(&db.settings);
}

static struct synchronizer *create(void)
{
    return create_on(&contract_mapping);
}

static struct synchronizer *create_row_by_row(void)
{
    struct synchronizer *s = create();

    db_session_of(s)->link.row_by_row = true;
    return s;
}

static struct synchronizer *create_keyed(void)
{
    struct synchronizer *s = create_on(&contract_keys_mapping);

    for (size_t i = 0; i < ARRAY_LEN(TABLES); i++)
        database_exec(&db, TABLES[i]);
    return s;
}

/* The same, through an account that may do no more than `mobync schema --grants` says. */
static struct synchronizer *create_least(void)
{
    static struct db_settings least;
    struct text *statements;
    struct arena arena;
    size_t count;

    db_synchronizer_free(create_keyed());
    least = db.settings;
    least.user = TEXT_LITERAL("least");
    database_exec(&db, "CREATE USER IF NOT EXISTS least@localhost");
    arena_init(&arena);
    schema_grants(&least, &arena, &statements, &count);
    for (size_t i = 0; i < count; i++)
        database_exec(&db, statements[i].ptr);
    arena_release(&arena);
    return db_synchronizer_new(&least);
}

/* What a trigger would do. */
static void note(const char *owner, const char *id, char op, const char *fields)
{
    char sql[600];

    snprintf(sql, sizeof(sql),
             "INSERT INTO mobync_changes (owner, model, object_id, op, fields, ms) VALUES "
             "('%s', 'other', \"%s\", '%c', %s, TIMESTAMPDIFF(MICROSECOND, '1970-01-01', "
             "UTC_TIMESTAMP(3)) DIV 1000)",
             owner, id, op, fields);
    database_exec(&db, sql);
}

static void put(struct contract *c, const char *owner, const char *id, const char *text)
{
    char sql[600];

    (void)c;
    database_exec(&db, "START TRANSACTION");
    snprintf(sql, sizeof(sql),
             "INSERT INTO other (owner_id, id, name) VALUES ('%s', \"%s\", '%s') "
             "ON DUPLICATE KEY UPDATE name = VALUES(name)",
             owner, id, text);
    database_exec(&db, sql);
    if (mysql_affected_rows(db.mysql) == 1)
        note(owner, id, 'I', "NULL");
    else if (mysql_affected_rows(db.mysql) == 2)
        note(owner, id, 'U', "'gone,name'");
    database_exec(&db, "COMMIT");
}

static void drop(struct contract *c, const char *owner, const char *id)
{
    char sql[600];

    (void)c;
    database_exec(&db, "START TRANSACTION");
    snprintf(sql, sizeof(sql), "DELETE FROM other WHERE owner_id = '%s' AND id = \"%s\"", owner,
             id);
    database_exec(&db, sql);
    note(owner, id, 'D', "NULL");
    database_exec(&db, "COMMIT");
}

static void expect_read(struct contract *c, const char *text)
{
    assert_text(contract_read(c, "alice", OTHER, "x").values[0].text, text_of(text));
}

static size_t walk_in_drain(struct contract *c)
{
    struct row_walk walk = {.owner = TEXT_LITERAL("alice"),
                            .model = OTHER,
                            .limit = 9,
                            .more = true,
                            .arena = &c->arena};
    struct object_row_list rows;

    assert_int_equal(c->ops->changes->read_rows(c->s, &walk, &c->arena, &rows, &c->fail), RC_OK);
    assert_false(walk.more);
    return rows.count;
}

/* A drain sees one moment, and nobody waits for it. */
static void test_others_in_the_middle_of_a_drain(void **state)
{
    struct contract *c = *state;
    struct change_list entries;

    database_exec(&db, "SET SESSION innodb_lock_wait_timeout = 1");
    put(c, "alice", "x", "a");
    contract_drain(c, "alice");
    entries = contract_entries(c, "alice", 9);
    assert_int_equal(entries.count, 1);
    expect_read(c, "a");
    contract_take(c, "alice", &entries);
    put(c, "alice", "x", "b"); /* the row that was read, and behind the entry that was taken */
    put(c, "alice", "y", "b");
    assert_int_equal(contract_entries(c, "alice", 9).count, 0);
    assert_int_equal(walk_in_drain(c), 1);
    expect_read(c, "a");
    drop(c, "alice", "x");
    expect_read(c, "a");
    contract_commit(c);
    contract_drain(c, "alice");
    assert_int_equal(contract_entries(c, "alice", 9).count, 3);
    assert_false(contract_read(c, "alice", OTHER, "x").live);
}

static bool is_locked(const char *owner)
{
    char sql[160];
    bool locked;

    snprintf(sql, sizeof(sql), "SELECT 1 FROM mobync_owners WHERE owner = '%s' FOR UPDATE NOWAIT",
             owner);
    locked = mysql_query(db.mysql, sql) != 0;
    if (!locked)
        mysql_free_result(mysql_store_result(db.mysql));
    return locked;
}

static void test_drains_of_an_owner_wait_for_each_other(void **state)
{
    struct contract *c = *state;

    contract_drain(c, "alice");
    assert_true(is_locked("alice"));
    assert_false(is_locked("bob"));
    contract_commit(c);
    assert_false(is_locked("alice"));
    /* The row of a new owner stays, the isolation of the drain does not. */
    contract_drain(c, "bob");
    c->ops->rollback(c->s);
    assert_int_equal(database_number(&db, "SELECT COUNT(*) FROM mobync_owners"), 2);
    contract_begin(c, "bob");
    assert_int_equal(contract_entries(c, "bob", 9).count, 0);
    put(c, "bob", "x", "a");
    assert_int_equal(contract_entries(c, "bob", 9).count, 1);
}

static void test_entries_of_any_kind(void **state)
{
    struct contract *c = *state;
    struct change_list entries;

    database_exec(&db, "INSERT INTO mobync_changes (owner, seq, model, object_id, op, own, fields, "
                       "ms) VALUES ('alice', 18446744073709551615, 'unmapped', 'x', 'U', 0, 'a,b', "
                       "5), ('alice', 9223372036854775808, 'all', 'x', 'U', 1, 'json,string', 6), "
                       "('alice', 1, 'all', 'x', 'U', 0, '*', 7), ('alice', 2, 'all', 'y', 'U', 0, "
                       "NULL, 8), ('alice', 3, 'all', '', 'R', 0, NULL, 9)");
    contract_drain(c, "alice");
    entries = contract_entries(c, "alice", 9);
    assert_int_equal(entries.count, 5);
    assert_true(entries.items[0].all_fields && entries.items[1].all_fields);
    assert_int_equal(entries.items[0].time_ms, 7);
    assert_int_equal(entries.items[2].op, CHANGE_RECONCILE);
    assert_int_equal(entries.items[2].object_id.len, 0);
    assert_true(entries.items[3].own && !entries.items[3].all_fields);
    assert_int_equal(entries.items[3].field_count, 2);
    assert_ptr_equal(entries.items[3].fields[0], &ALL->fields[F_JSON]);
    assert_ptr_equal(entries.items[3].fields[1], &ALL->fields[F_STRING]);
    assert_null(entries.items[4].model);
    assert_text(entries.items[4].model_name, TEXT_LITERAL("unmapped"));
    contract_take(c, "alice", &entries);
    contract_commit(c);
    assert_int_equal(database_number(&db, "SELECT COUNT(*) FROM mobync_changes"), 0);
}

/* Triggers of the tables see whose rows a statement of ours names. */
static void test_own_writes_are_marked(void **state)
{
    struct contract *c = *state;

    database_exec(&db, "CREATE TABLE seen (n INT AUTO_INCREMENT PRIMARY KEY, own VARCHAR(64))");
    database_exec(&db, "CREATE TRIGGER t1 AFTER INSERT ON other FOR EACH ROW "
                       "INSERT INTO seen (own) VALUES (@mobync_own)");
    database_exec(&db, "CREATE TRIGGER t2 AFTER INSERT ON flagged FOR EACH ROW "
                       "INSERT INTO seen (own) VALUES (@mobync_own)");
    for (int i = 0; i < 2; i++) {
        contract_begin(c, "alice");
        contract_create(c, "alice", OTHER, i == 0 ? "a" : "b", "x");
        contract_create(c, "alice", FLAGGED, i == 0 ? "a" : "b", "x");
        contract_commit(c);
        database_kill_link(&db);
        assert_int_equal(contract_history(c, "alice", 0).next_clock, i + 1);
    }
    put(c, "alice", "x", "x");
    assert_int_equal(database_number(&db, "SELECT GROUP_CONCAT(COALESCE(own, '-') ORDER BY n) = "
                                          "'other,flagged,other,flagged,-' FROM seen"),
                     1);
}

static void count_row(void *context, const struct object_row *row)
{
    size_t *values = context;

    assert_true(row->id.len > 0);
    *values += row->values[0].kind == VALUE_TEXT;
}

static long long rows_read(void)
{
    char sql[200];

    snprintf(sql, sizeof(sql),
             "SELECT SUM(variable_value) FROM %s.global_status WHERE variable_name LIKE "
             "'handler_read_%%' AND variable_name <> 'handler_read_rnd_next'",
             mariadb_is_mysql() ? "performance_schema" : "information_schema");
    return database_number(&db, sql);
}

/* 2,500 rows in pages of 100 among 40,000 of others': each is read about once, with a parent's look
 * where there is a reference, and nobody else's. */
static void expect_walk(struct contract *c, const char *owner, const struct model *model,
                        long long reads)
{
    size_t values = 0;
    long long before;

    contract_walk(c, owner, model, 3000, count_row, &values); /* what is learned is learned */
    assert_int_equal(values, 2500);
    values = 0;
    before = rows_read();
    assert_int_equal(contract_walk(c, owner, model, 100, count_row, &values), 2500);
    assert_int_equal(values, 2500);
    if (rows_read() - before > reads)
        fail_msg("%s: %lld rows read", model->name.ptr, rows_read() - before);
}

/* 1 to 42,500, without MariaDB's own tables of them. */
static void make_numbers(void)
{
    database_exec(&db, "CREATE TABLE digits (d INT)");
    database_exec(&db,
                  "INSERT INTO digits VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)");
    database_exec(&db, "CREATE TABLE numbers (seq INT PRIMARY KEY)");
    database_exec(&db, "INSERT INTO numbers SELECT n FROM (SELECT 1 + a.d + 10 * b.d + 100 * c.d + "
                       "1000 * e.d + 10000 * f.d AS n FROM digits a, digits b, digits c, digits e, "
                       "digits f) all_of_them WHERE n <= 42500");
}

static void test_walks_of_other_keys(void **state)
{
    struct contract *c = *state;

    make_numbers();
    database_exec(
        &db, "INSERT INTO projects (user_id, name) SELECT IF(seq % 17 = 0, 42, 1000 + seq), 'x' "
             "FROM numbers");
    database_exec(
        &db, "INSERT INTO notes (id, user_id, text, seen, project_id) SELECT seq + IF(seq "
             "> 20000, 9223372036854700000, 0), IF(seq % 17 = 0, 42, 1000 + seq), 'x', IF(seq % "
             "3 = 0, NULL, FROM_UNIXTIME(1700000000 + (seq DIV 100))), 17 "
             "FROM numbers");
    database_exec(&db, "INSERT INTO pairs (project_id, label, user_id, name) SELECT 17 * (1 + seq "
                       "% 2500), CONCAT('l', seq), IF(seq % 17 = 0, 42, 1000 + seq), 'x' "
                       "FROM numbers");
    database_exec(&db,
                  "INSERT INTO bytes (id, owner_id, name) SELECT UNHEX(LEFT(SHA2(seq, 256), 32)), "
                  "IF(seq % 17 = 0, UNHEX(REPEAT('ab', 16)), UNHEX(LEFT(SHA2(seq, 256), 32))), 'x' "
                  "FROM numbers");
    database_exec(&db, "INSERT INTO folded (id, owner_id, name) SELECT CONCAT('id', seq), "
                       "IF(seq % 17 = 0, 'alice', 'Alice'), 'x' FROM numbers WHERE seq <= 2500");
    expect_walk(c, "42", &KEYED[PROJECTS], 6000);
    expect_walk(c, "42", &KEYED[NOTES], 9000);
    expect_walk(c, "42", &KEYED[PAIRS], 9000);
    expect_walk(c, "abababab-abab-abab-abab-abababababab", &KEYED[BYTES], 6000);
    /* Without an index of the owner: all rows, once. */
    database_exec(&db, "DROP INDEX of_user ON projects");
    database_kill_link(&db);
    assert_int_equal(contract_history(c, "42", 0).next_clock, 0);
    expect_walk(c, "42", &KEYED[PROJECTS], 50000);
}

static struct child_list children_of(struct contract *c, const struct model *model, const char *id)
{
    const struct text ids[] = {text_of("5b0cf2a1-7a11-4d0e-9d5c-c0ffee00beef"), text_of(id)};
    struct child_list children;

    assert_int_equal(
        c->ops->changes->find_children(c->s, (struct owner_model){TEXT_LITERAL("42"), model},
                                       (struct id_list){ids, 2}, &c->arena, &children, &c->fail),
        RC_OK);
    return children;
}

/* A tree that is deleted, and what refers to it, which is deleted or cleared: level by level. */
static void test_children(void **state)
{
    struct contract *c = *state;
    struct child_list found;

    database_exec(&db,
                  "INSERT INTO projects (id, user_id, parent_id, sync_id) VALUES "
                  "(7, 42, NULL, '" UUID(1) "'), (8, 42, 7, '" UUID(2) "'), "
                                                                       "(9, 43, 7, '" UUID(3) "')");
    database_exec(&db, "INSERT INTO notes (id, user_id, project_id) VALUES (1, 42, 8), (2, 42, "
                       "NULL), (3, 43, 8)");
    database_exec(&db, "UPDATE notes SET next_id = 1 WHERE id = 2");
    database_exec(&db, "INSERT INTO pairs (user_id, project_id, label) VALUES (42, 8, 'a:b')");
    contract_begin(c, "42");
    found = children_of(c, &KEYED[PROJECTS], UUID(1));
    assert_int_equal(found.count, 1);
    assert_ptr_equal(found.items[0].model, &KEYED[PROJECTS]);
    assert_text(found.items[0].id, TEXT_LITERAL(UUID(2)));
    assert_ptr_equal(found.items[0].field, &KEYED[PROJECTS].fields[1]);
    assert_true(found.items[0].deleted);
    found = children_of(c, &KEYED[PROJECTS], UUID(2));
    assert_int_equal(found.count, 2);
    assert_ptr_equal(found.items[0].model, &KEYED[NOTES]);
    assert_text(found.items[0].id, TEXT_LITERAL("1"));
    assert_ptr_equal(found.items[0].field, &KEYED[NOTES].fields[1]);
    assert_false(found.items[0].deleted);
    assert_ptr_equal(found.items[1].model, &KEYED[PAIRS]);
    assert_text(found.items[1].id, TEXT_LITERAL(UUID(2) ":a%3Ab"));
    assert_null(found.items[1].field);
    assert_true(found.items[1].deleted);
    assert_int_equal(children_of(c, &KEYED[NOTES], "1").count, 0); /* the database refuses that */
    assert_int_equal(children_of(c, &KEYED[PAIRS], UUID(2) ":a%3Ab").count, 0);
    contract_remove(c, "42", &KEYED[PROJECTS], UUID(1));
    assert_int_equal(children_of(c, &KEYED[PROJECTS], UUID(1)).count, 0);
    assert_false(contract_read(c, "42", &KEYED[PROJECTS], UUID(2)).live);
}

/* By the bytes of its id: a key that folds case is no reason to tell of another's children. */
static void test_children_of_folded_ids(void **state)
{
    struct contract *c = *state;

    database_exec(&db, "ALTER TABLE projects MODIFY sync_id CHAR(36) CHARACTER SET utf8mb4 COLLATE "
                       "utf8mb4_general_ci NOT NULL");
    database_exec(&db, "INSERT INTO projects (id, user_id, parent_id, sync_id) VALUES "
                       "(7, 42, NULL, 'ABCDEF00-0000-4000-8000-000000000001'), (8, 42, 7, "
                       "'" UUID(2) "')");
    contract_begin(c, "42");
    assert_int_equal(children_of(c, &KEYED[PROJECTS], "abcdef00-0000-4000-8000-000000000001").count,
                     1);
}

static const struct contract_subject KEYED_SUBJECT = {create_keyed, db_synchronizer_free};
static const struct contract_subject LEAST_SUBJECT = {create_least, db_synchronizer_free};
static const struct contract_subject BULK = {create, db_synchronizer_free};

static int run_own(void)
{
    static const struct CMUnitTest tests[] = {
        CONTRACT_TEST(test_others_in_the_middle_of_a_drain),
        CONTRACT_TEST(test_drains_of_an_owner_wait_for_each_other),
        CONTRACT_TEST(test_entries_of_any_kind),
        CONTRACT_TEST(test_own_writes_are_marked),
    };

    contract_use(&BULK);
    return cmocka_run_group_tests_name("changes, locks and marks", tests, NULL, NULL);
}

static int run_keyed(void)
{
    static const struct CMUnitTest tests[] = {
        CONTRACT_TEST(test_walks_of_other_keys),
        CONTRACT_TEST(test_children),
        CONTRACT_TEST(test_children_of_folded_ids),
    };

    contract_use(&KEYED_SUBJECT);
    return cmocka_run_group_tests_name("changes in others' tables", tests, NULL, NULL);
}

static int run_least(void)
{
    static const struct CMUnitTest tests[] = {
        CONTRACT_TEST(test_children),
    };

    contract_use(&LEAST_SUBJECT);
    return cmocka_run_group_tests_name("changes through the least account", tests, NULL, NULL);
}

int main(void)
{
    static const struct contract_subject ROWS = {create_row_by_row, db_synchronizer_free};
    static const struct contract_others OTHERS = {put, drop};
    int failed;

    database_start(&db, &contract_mapping);
    contract_changes_use(&OTHERS);
    failed = contract_changes_run("changes on MariaDB", &BULK);
    failed += contract_changes_run("changes on MariaDB, row by row", &ROWS);
    failed += run_own();
    failed += run_keyed();
    failed += run_least();
    database_stop(&db);
    mysql_library_end();
    return failed;
}
