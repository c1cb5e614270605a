/* The session on a server whose defaults are hostile, for an account that init_connect holds for:
 * which variables are in force, what other clients read, and what happens where the server does not
 * let a session set them. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <mysqld_error.h>
#include <stdlib.h>

#include "contract.h"
#include "database.h"
#include "db_result.h"
#include "db_session.h"
#include "db_variables.h"
#include "schema.h"

static struct database db;

static struct db_settings least_settings(void)
{
    struct db_settings least = db.settings;

    least.user = TEXT_LITERAL("least");
    return least;
}

static void make_account(void)
{
    database_exec(&db, "CREATE USER IF NOT EXISTS least@localhost");
    database_exec(&db, "GRANT SELECT, INSERT, UPDATE, DELETE ON " MARIADB_DATABASE
                       ".* TO least@localhost");
}

/* The names of the variables that have another value. */
static const char *probe(struct db_link *link, struct arena *arena)
{
    struct db_result result = {0};
    struct fail fail = {0};
    struct buf sql;

    buf_init(&sql, 65536);
    db_variables_probe(
        &sql, (struct db_variables_server){db_link_is_mariadb(link), db_link_version(link)});
    if (db_result_read(link, buf_text(&sql), "probe", arena, &result, &fail) != RC_OK)
        fail_msg("%s", fail.detail);
    buf_release(&sql);
    assert_int_equal(result.rows, 1);
    return db_result_text(&result, 0, 0).ptr;
}

/* As the session under test sees it. */
static long long link_number(struct contract *c, const char *sql)
{
    struct db_result result = {0};

    if (db_result_read(&db_session_of(c->s)->link, text_of(sql), sql, &c->arena, &result,
                       &c->fail) != RC_OK)
        fail_msg("%s", c->fail.detail);
    return strtoll(db_result_text(&result, 0, 0).ptr, NULL, 10);
}

static void test_variables(void **state)
{
    const struct db_settings least = least_settings();
    struct fail fail = {0};
    struct db_link link;
    struct arena arena;

    (void)state;
    arena_init(&arena);
    db_link_init(&link, &least);
    if (db_link_open(&link, &fail) != RC_OK)
        fail_msg("%s", fail.detail);
    assert_string_equal(probe(&link, &arena), "");
    /* The probe is not blind. */
    assert_int_equal(db_link_exec(&link, "SET SESSION sql_select_limit = 7, sql_notes = 0", &fail),
                     RC_OK);
    assert_string_equal(probe(&link, &arena), "sql_select_limit, sql_notes");
    db_link_close(&link);
    arena_release(&arena);
}

static void test_text_of_others(void **state)
{
    static const char TEXT[] = "\xC3\x84 \xF0\x9F\x98\x80"; /* Ä 😀 */
    const struct db_settings least = least_settings();
    struct field_value fields[] = {contract_text(OTHER, 0, TEXT)};
    const struct object object = contract_object("o", fields, 1);
    struct contract c;
    size_t applied = 0;

    (void)state;
    contract_open(&c, db_synchronizer_new(&least));
    contract_begin(&c, "alice");
    assert_int_equal(c.ops->create(c.s, (struct owner_model){text_of("alice"), OTHER}, &object, 1,
                                   &applied, &c.fail),
                     RC_OK);
    contract_commit(&c);
    assert_int_equal(database_number(&db, "SELECT COUNT(*) FROM other WHERE HEX(CONVERT(name USING "
                                          "utf8mb4)) = 'C38420F09F9880'"),
                     1);
    contract_close(&c);
    db_synchronizer_free(c.s);
}

static void test_rows_are_not_limited(void **state)
{
    const struct db_settings least = least_settings();
    const struct text ids[] = {TEXT_LITERAL("a"), TEXT_LITERAL("b"), TEXT_LITERAL("c")};
    struct known_id known[ARRAY_LEN(ids)];
    struct contract c;

    (void)state;
    database_exec(&db, "INSERT INTO mobync_known (owner, id, logical_clock) VALUES ('alice', 'a', "
                       "0), ('alice', 'b', 0), ('alice', 'c', 0)");
    contract_open(&c, db_synchronizer_new(&least));
    contract_begin(&c, "alice");
    assert_int_equal(contract_find_known(&c, text_of("alice"), ids, ARRAY_LEN(ids), known), RC_OK);
    for (size_t i = 0; i < ARRAY_LEN(ids); i++)
        assert_int_equal(known[i].clock, 0);
    contract_commit(&c);
    contract_close(&c);
    db_synchronizer_free(c.s);
}

static enum rc create_object(struct contract *c, const char *id)
{
    struct field_value fields[] = {contract_text(OTHER, 0, "x")};
    const struct object object = contract_object(id, fields, 1);
    size_t applied = 0;

    return c->ops->create(c->s, (struct owner_model){text_of("alice"), OTHER}, &object, 1, &applied,
                          &c->fail);
}

/* Of the requests that a node of a cluster serves, each doubts its first duplicate key. */
static void test_node_of_a_cluster(void **state)
{
    struct contract c;

    (void)state;
    mysql_close(db.mysql);
    mariadb_restart_with(db.server, "--wsrep-on=ON");
    database_connect(&db);
    contract_open(&c, db_synchronizer_new(&db.settings));
    contract_begin(&c, "alice");
    assert_int_equal(create_object(&c, "twice"), RC_OK);
    c.s->doubts_duplicates = true;
    assert_int_equal(create_object(&c, "twice"), RC_RETRY);
    assert_int_equal(create_object(&c, "twice"), RC_REJECTED);
    assert_int_equal(c.fail.code, FAIL_OBJECT_EXISTS);
    contract_commit(&c);
    assert_int_equal(link_number(&c, "SELECT @@SESSION.wsrep_sync_wait"), 1);
    contract_close(&c);
    db_synchronizer_free(c.s);
    mysql_close(db.mysql);
    mariadb_restart(db.server);
    database_connect(&db);
    contract_open(&c, db_synchronizer_new(&db.settings));
    c.s->doubts_duplicates = true;
    contract_begin(&c, "alice");
    assert_int_equal(create_object(&c, "twice"), RC_REJECTED);
    c.ops->rollback(c.s);
    assert_int_equal(link_number(&c, "SELECT @@SESSION.wsrep_sync_wait"), 0);
    contract_close(&c);
    db_synchronizer_free(c.s);
}

static void test_server_that_limits(void **state)
{
    const struct db_settings least = least_settings();
    enum schema_key suspect = SCHEMA_KEYS;
    struct fail fail = {0};

    (void)state;
    mysql_close(db.mysql);
    mariadb_restart_with(db.server, "--maximum-group-concat-max-len=5");
    assert_int_equal(schema_connect(&least, &suspect, &fail), RC_FATAL);
    assert_int_equal(suspect, SCHEMA_SESSION);
    assert_non_null(strstr(fail.detail, "group_concat_max_len"));
    assert_non_null(strstr(fail.detail, "(1231): remove maximum-… options"));
    mariadb_restart(db.server);
    database_connect(&db);
    assert_int_equal(schema_connect(&least, &suspect, &fail), RC_OK);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_variables),
        cmocka_unit_test(test_text_of_others),
        cmocka_unit_test(test_rows_are_not_limited),
        cmocka_unit_test(test_node_of_a_cluster),
        cmocka_unit_test(test_server_that_limits),
    };
    int failed;

    setenv("MOBYNC_HOSTILE", "1", 1);
    database_start(&db, &contract_mapping);
    database_reset(&db);
    make_account();
    failed = cmocka_run_group_tests_name("the session", tests, NULL, NULL);
    database_stop(&db);
    mysql_library_end();
    return failed;
}
