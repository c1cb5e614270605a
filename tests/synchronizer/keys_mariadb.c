/* Keys of tables as others have made them: the contract, and what MariaDB does beneath it. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "contract_keys.h"
#include "database.h"
#include "db_session.h"

static struct database db;

/* Without the server's own ideas of what a key is: integers, latin1, MySQL's default collation. */
static const char *const TABLES[] = {
    "CREATE TABLE projects (id INT AUTO_INCREMENT PRIMARY KEY, user_id INT NOT NULL, name TEXT, "
    "parent_id INT, sync_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT "
    "(UUID()), UNIQUE KEY (user_id, sync_id), FOREIGN KEY (parent_id) REFERENCES projects (id))",
    "CREATE TABLE notes (id BIGINT NOT NULL, user_id BIGINT NOT NULL, text TEXT, project_id INT, "
    "next_id BIGINT, PRIMARY KEY (user_id, id), FOREIGN KEY (project_id) REFERENCES projects (id))",
    "CREATE TABLE pairs (project_id INT NOT NULL, label VARCHAR(40) NOT NULL, user_id INT NOT "
    "NULL, "
    "name TEXT, PRIMARY KEY (project_id, label), FOREIGN KEY (project_id) REFERENCES projects "
    "(id)) "
    "CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci",
    "CREATE TABLE folded (id VARCHAR(40) NOT NULL, owner_id VARCHAR(40) NOT NULL, name TEXT, "
    "PRIMARY KEY (owner_id, id)) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci",
    "CREATE TABLE bytes (id BINARY(16) NOT NULL, owner_id BINARY(16) NOT NULL, name TEXT, "
    "PRIMARY KEY (owner_id, id))",
};

static struct synchronizer *create(void)
{
    database_reset(&db);
    for (size_t i = 0; i < ARRAY_LEN(TABLES); i++)
        database_exec(&db, TABLES[i]);
    return db_synchronizer_new(&db.settings);
}

static int set_up(void **state)
{
    struct contract *c = malloc(sizeof(*c));

    contract_open(c, create());
    *state = c;
    return 0;
}

static int tear_down(void **state)
{
    struct contract *c = *state;

    contract_close(c);
    db_synchronizer_free(c->s);
    free(c);
    return 0;
}

/* As on MySQL, which has no bulk protocol. */
static struct synchronizer *create_row_by_row(void)
{
    struct synchronizer *s = create();

    db_session_of(s)->link.row_by_row = true;
    return s;
}

static enum rc try_create(struct contract *c, const char *owner, const struct model *model,
                          const char *id)
{
    const struct object object = contract_object(id, NULL, 0);
    size_t applied;

    return c->ops->create(c->s, (struct owner_model){text_of(owner), model}, &object, 1, &applied,
                          &c->fail);
}

/* By the bytes it is another object, by the key it is not. */
static void test_ids_that_the_key_takes_for_each_other(void **state)
{
    static const char *const TAKEN[] = {"Ab", "AB", "aB "};
    struct contract *c = *state;

    contract_begin(c, "alice");
    contract_create(c, "alice", &KEYED[FOLDED], "aB", "first");
    for (size_t i = 0; i < ARRAY_LEN(TAKEN); i++) {
        assert_int_equal(try_create(c, "alice", &KEYED[FOLDED], TAKEN[i]), RC_REJECTED);
        assert_int_equal(c->fail.code, FAIL_OBJECT_EXISTS);
        assert_false(contract_read(c, "alice", &KEYED[FOLDED], TAKEN[i]).live);
    }
    assert_int_equal(try_create(c, "Alice", &KEYED[FOLDED], "Ab"), RC_REJECTED);
    assert_int_equal(c->fail.code, FAIL_OBJECT_EXISTS);
    contract_create(c, "Alice", &KEYED[FOLDED], "c", "other");
    assert_true(contract_read(c, "Alice", &KEYED[FOLDED], "c").live);
}

static void test_ids_that_a_char_cuts(void **state)
{
    struct contract *c = *state;

    database_exec(&db, "ALTER TABLE folded MODIFY id CHAR(40) NOT NULL");
    contract_begin(c, "alice");
    assert_int_equal(try_create(c, "alice", &KEYED[FOLDED], "a "), RC_REJECTED);
    assert_int_equal(c->fail.code, FAIL_INVALID_DATA);
    assert_string_equal(c->fail.field, "id");
    contract_create(c, "alice", &KEYED[FOLDED], "a", "first");
    assert_false(contract_read(c, "alice", &KEYED[FOLDED], "a ").live);
    assert_true(contract_read(c, "alice", &KEYED[FOLDED], "a").live);
}

#define UUID       "5b0cf2a1-7a11-4d0e-9d5c-c0ffee00beef"
#define UUID_UPPER "5B0CF2A1-7A11-4D0E-9D5C-C0FFEE00BEEF"

/* The application may write them in upper case; a device has one spelling. */
static void test_uuids_of_others(void **state)
{
    static const struct {
        const char *type, *upper;
    } COLUMNS[] = {
        {"CHAR(36) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci", "'" UUID_UPPER "'"},
        {"VARCHAR(64) CHARACTER SET latin1", "'" UUID_UPPER "'"},
        {"UUID", "'" UUID_UPPER "'"},
        {"BINARY(16)", "UNHEX(REPLACE('" UUID_UPPER "', '-', ''))"},
        {"CHAR(32) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci",
         "REPLACE('" UUID_UPPER "', '-', '')"},
    };
    struct contract *c = *state;
    char sql[200];

    for (size_t i = 0; i < ARRAY_LEN(COLUMNS); i++) {
        if (mariadb_is_mysql() && strcmp(COLUMNS[i].type, "UUID") == 0)
            continue;
        database_exec(&db, "DELETE FROM projects");
        snprintf(sql, sizeof(sql), "ALTER TABLE projects MODIFY sync_id %s NOT NULL",
                 COLUMNS[i].type);
        database_exec(&db, sql);
        snprintf(sql, sizeof(sql),
                 "INSERT INTO projects (user_id, name, sync_id) VALUES (42, 'x', %s)",
                 COLUMNS[i].upper);
        database_exec(&db, sql);
        assert_int_equal(c->ops->ping(c->s, &c->fail), RC_OK);
        database_kill_link(&db); /* types are read with every connection */
        contract_begin(c, "42");
        assert_true(contract_read(c, "42", &KEYED[PROJECTS], UUID).live);
        assert_int_equal(contract_update(c, "42", &KEYED[PROJECTS], UUID, "y"), 1);
        assert_int_equal(contract_remove(c, "42", &KEYED[PROJECTS], UUID), 1);
        contract_create(c, "42", &KEYED[PROJECTS], UUID, "mine");
        contract_commit(c);
        assert_int_equal(database_number(&db, "SELECT COUNT(*) FROM projects"), 1);
    }
}

/* The application's own INSERT, which knows nothing of the second column. */
static void test_rows_of_the_application(void **state)
{
    struct contract *c = *state;
    const struct field_value field = contract_text(&KEYED[NOTES], 1, UUID);
    const struct object note = contract_object("1", &field, 1);
    size_t applied;

    database_exec(&db, "INSERT INTO projects (user_id, name) VALUES (42, 'a'), (42, 'b')");
    assert_int_equal(database_number(&db, "SELECT COUNT(DISTINCT sync_id) FROM projects"), 2);
    database_exec(&db, "UPDATE projects SET sync_id = '" UUID "' WHERE name = 'b'");
    contract_begin(c, "42");
    assert_int_equal(c->ops->create(c->s, (struct owner_model){TEXT_LITERAL("42"), &KEYED[NOTES]},
                                    &note, 1, &applied, &c->fail),
                     RC_OK);
    contract_commit(c);
    assert_int_equal(
        database_number(&db, "SELECT COUNT(*) FROM notes n JOIN projects p ON p.id = n.project_id "
                             "WHERE p.name = 'b'"),
        1);
    /* What another owner has is hidden, in both directions. */
    database_exec(&db, "UPDATE projects SET user_id = 43 WHERE name = 'b'");
    contract_begin(c, "42");
    assert_int_equal(contract_read(c, "42", &KEYED[NOTES], "1").values[1].kind, VALUE_NULL);
}

static void assert_statement(struct contract *c, const char *sql)
{
    const struct db_stmt_cache *cache = &db_session_of(c->s)->statements;

    for (size_t i = 0; i < DB_STATEMENT_CACHE; i++)
        if (text_is(buf_text(&cache->cached[i].sql), sql))
            return;
    for (size_t i = 0; i < DB_STATEMENT_CACHE && cache->cached[i].stmt != NULL; i++)
        print_error("%s\n", cache->cached[i].sql.data);
    fail_msg("not among them: %s", sql);
}

/* Columns that compare bytes cost nothing: the same statements as ever. */
static void test_statements_of_exact_columns(void **state)
{
    struct contract *c = *state;

    database_exec(&db, "ALTER TABLE folded CONVERT TO CHARACTER SET utf8mb4 COLLATE "
                       "utf8mb4_nopad_bin");
    contract_begin(c, "alice");
    contract_create(c, "alice", &KEYED[FOLDED], "a", "b");
    contract_update(c, "alice", &KEYED[FOLDED], "a", "c");
    contract_read(c, "alice", &KEYED[FOLDED], "a");
    contract_remove(c, "alice", &KEYED[FOLDED], "a");
    assert_statement(c, "INSERT INTO `folded` (`name`,`owner_id`,`id`) VALUES (?,?,?)");
    assert_statement(c, "UPDATE `folded` SET `name`=?,`id`=`id` WHERE `owner_id` = ? AND `id` = ?");
    assert_statement(
        c, "SELECT `id`,`name` FROM `folded` WHERE `owner_id` = ? AND `id` IN (?) FOR UPDATE");
    assert_statement(c, "DELETE FROM `folded` WHERE `owner_id` = ? AND `id` = ?");
}

/* Does each row of EXPLAIN name a key, and read few of the many rows? */
static bool uses_keys(const char *statement, const char *value)
{
    struct buf sql;
    MYSQL_RES *result;
    MYSQL_ROW row;
    const char *before = "USING";
    bool uses = true;

    buf_init(&sql, 65536);
    buf_printf(&sql, "SET @value = %s", value);
    database_exec(&db, sql.data);
    buf_clear(&sql);
    buf_printf(&sql, "PREPARE explained FROM \"EXPLAIN FORMAT = TRADITIONAL %s\"", statement);
    database_exec(&db, sql.data);
    buf_clear(&sql);
    buf_add_str(&sql, "EXECUTE explained ");
    for (const char *at = strchr(statement, '?'); at != NULL; at = strchr(at + 1, '?')) {
        buf_printf(&sql, "%s @value", before);
        before = ",";
    }
    database_exec(&db, sql.data);
    result = mysql_store_result(db.mysql);
    assert_non_null(result);
    while ((row = mysql_fetch_row(result)) != NULL) {
        const size_t more = mariadb_is_mysql() ? 1 : 0; /* partitions, before the others */
        const char *table = row[2], *key = row[5 + more], *rows = row[8 + more];

        /* Without a table: the optimizer has read it already, by a unique key. */
        if (table != NULL && (key == NULL || rows == NULL || strtoul(rows, NULL, 10) > 20))
            uses = false;
    }
    mysql_free_result(result);
    buf_release(&sql);
    return uses;
}

static size_t explain_all(struct contract *c, const char *table, const char *value)
{
    const struct db_stmt_cache *cache = &db_session_of(c->s)->statements;
    size_t count = 0;

    for (size_t i = 0; i < DB_STATEMENT_CACHE && cache->cached[i].stmt != NULL; i++) {
        const char *sql = cache->cached[i].sql.data;

        if (strstr(sql, table) == NULL || strncmp(sql, "INSERT", 6) == 0)
            continue;
        if (!uses_keys(sql, value))
            fail_msg("without a key: %s", sql);
        count++;
    }
    return count;
}

static void fill(const char *table, const char *columns, const char *values)
{
    char sql[600];

    snprintf(sql, sizeof(sql),
             "INSERT INTO %s (%s) WITH RECURSIVE a AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM a "
             "WHERE n < 100), b AS (SELECT 0 AS n UNION ALL SELECT n + 1 FROM b WHERE n < 49), "
             "numbers AS (SELECT a.n + 100 * b.n AS seq FROM a, b) SELECT %s FROM numbers",
             table, columns, values);
    database_exec(&db, sql);
    snprintf(sql, sizeof(sql), "ANALYZE TABLE %s", table);
    database_exec(&db, sql);
    mysql_free_result(mysql_store_result(db.mysql));
}

static void touch(struct contract *c, const char *owner, const struct model *model, const char *id)
{
    contract_begin(c, owner);
    contract_read(c, owner, model, id);
    contract_update(c, owner, model, id, "c");
    contract_remove(c, owner, model, id);
    contract_commit(c);
}

/* Whatever the collation, rows are found by the index. */
static void test_folded_columns_use_the_key(void **state)
{
    static const char *const SETS[] = {
        "utf8mb4 COLLATE utf8mb4_general_ci", "utf8mb4 COLLATE utf8mb4_bin",
        "utf8mb4 COLLATE utf8mb4_unicode_ci", "latin1 COLLATE latin1_swedish_ci",
        "ascii COLLATE ascii_general_ci",     "utf8mb3 COLLATE utf8mb3_general_ci",
    };
    struct contract *c = *state;
    char sql[200];

    for (size_t i = 0; i < ARRAY_LEN(SETS); i++) {
        snprintf(sql, sizeof(sql), "ALTER TABLE folded CONVERT TO CHARACTER SET %s", SETS[i]);
        database_exec(&db, "DELETE FROM folded");
        database_exec(&db, sql);
        fill("folded", "owner_id, id", "'alice', CONCAT('id', seq)");
        touch(c, "alice", &KEYED[FOLDED], "id7");
        assert_int_equal(explain_all(c, "`folded`", "'alice'"), 3);
        assert_false(uses_keys("SELECT id FROM folded WHERE CAST(id AS BINARY) = ?", "'id7'"));
    }
}

static void test_other_keys_use_the_index(void **state)
{
    struct contract *c = *state;

    fill("projects", "user_id", "42");
    fill("notes", "user_id, id, project_id", "42, seq, seq");
    fill("bytes", "owner_id, id", "REPEAT('a', 16), LPAD(seq, 16, '0')");
    touch(c, "42", &KEYED[PROJECTS], UUID);
    touch(c, "42", &KEYED[NOTES], "7");
    touch(c, UUID, &KEYED[BYTES], UUID);
    fill("pairs", "project_id, label, user_id", "seq, CONCAT('label', seq), 42");
    database_exec(&db, "UPDATE projects SET sync_id = '" UUID "' WHERE id = 7");
    touch(c, "42", &KEYED[PAIRS], UUID ":label7");
    assert_int_equal(explain_all(c, "FROM `notes`", "7"), 2);
    assert_int_equal(explain_all(c, "UPDATE `notes`", "7"), 1);
    /* MySQL converts the value to a number before it explains. */
    if (!mariadb_is_mysql())
        assert_true(explain_all(c, "`projects`", "'" UUID "'") >= 3);
    assert_int_equal(explain_all(c, "`bytes`", "REPEAT('a', 16)"), 3);
    assert_int_equal(explain_all(c, "FROM `pairs`", "7"), 2);
    assert_int_equal(explain_all(c, "UPDATE `pairs`", "7"), 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

static int run_own(void)
{
    static const struct CMUnitTest tests[] = {
        TEST(test_ids_that_the_key_takes_for_each_other),
        TEST(test_ids_that_a_char_cuts),
        TEST(test_uuids_of_others),
        TEST(test_rows_of_the_application),
        TEST(test_statements_of_exact_columns),
        TEST(test_folded_columns_use_the_key),
        TEST(test_other_keys_use_the_index),
    };

    return cmocka_run_group_tests_name("keys of others' tables", tests, NULL, NULL);
}

int main(void)
{
    static const struct contract_subject BULK = {create, db_synchronizer_free};
    static const struct contract_subject ROWS = {create_row_by_row, db_synchronizer_free};
    int failed;

    database_start(&db, &contract_keys_mapping);
    failed = contract_keys_run("keys on MariaDB", &BULK);
    failed += contract_keys_run("keys on MariaDB, row by row", &ROWS);
    failed += run_own();
    database_stop(&db);
    mysql_library_end();
    return failed;
}
