/* Where owners are, and how their rows get from one real database to another (docs/scale.md 4): two
 * servers, as two shards have. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include "contract.h"
#include "database.h"
#include "db_session.h"
#include "db_tables.h"

static const struct text ALICE = {"alice", 5};

/* Here is where the owners are at home. */
static struct database here, there;
static struct synchronizer *other;

static struct synchronizer *create(void)
{
    database_reset(&here);
    database_reset(&there);
    other = db_synchronizer_new(&there.settings);
    return db_synchronizer_new(&here.settings);
}

static void destroy(struct synchronizer *s)
{
    db_synchronizer_free(other);
    db_synchronizer_free(s);
}

static struct owner_place place_of(struct contract *c, struct synchronizer *s, const char *owner)
{
    struct owner_place place;

    assert_int_equal(s->ops->owner_moves->find(s, text_of(owner), &c->arena, &place, &c->fail),
                     RC_OK);
    return place;
}

static enum rc change(struct contract *c, struct owner_place *place, enum owner_where where)
{
    struct owner_place now = *place;
    enum rc rc;

    now.where = where;
    now.shard = TEXT_LITERAL("b");
    rc = c->ops->owner_moves->change(c->s, ALICE, place, &now, &c->fail);
    if (rc == RC_OK)
        *place = now;
    return rc;
}

static void expect_moved(struct contract *c, enum rc rc)
{
    assert_int_equal(rc, RC_REJECTED);
    assert_int_equal(c->fail.code, FAIL_SERVER_BUSY);
    assert_true(c->fail.moved);
    c->fail = (struct fail){0};
    c->ops->rollback(c->s);
}

static void test_owners_are_here(void **state)
{
    struct contract *c = *state;
    struct owner_place place = place_of(c, c->s, "alice");

    assert_int_equal(place.where, OWNER_HERE);
    assert_false(place.known);
    assert_false(place.recorded);
    contract_begin(c, "alice");
    contract_commit(c);
    place = place_of(c, c->s, "alice");
    assert_int_equal(place.where, OWNER_HERE);
    assert_true(place.known);
    assert_false(place.recorded);
    assert_int_equal(place.next_clock, 1);
    assert_false(place_of(c, c->s, "Alice").known); /* case counts */
}

/* Whoever is not here is neither read nor written, and comes back with the clock that it had. */
static void test_an_owner_leaves(void **state)
{
    static const enum owner_where ELSEWHERE[] = {OWNER_LEAVING, OWNER_ARRIVING, OWNER_AWAY};
    struct contract *c = *state;
    struct owner_place place;
    struct owner_state drained;
    int64_t clock;

    contract_begin(c, "alice");
    contract_commit(c);
    place = place_of(c, c->s, "alice");
    contract_begin(c, "alice"); /* after the caller looked: the clock of then counts */
    contract_commit(c);
    for (size_t i = 0; i < ARRAY_LEN(ELSEWHERE); i++) {
        assert_int_equal(change(c, &place, ELSEWHERE[i]), RC_OK);
        assert_int_equal(place.next_clock, 2);
        expect_moved(c, c->ops->begin(c->s, ALICE, &clock, &c->fail));
        expect_moved(c, c->ops->begin_snapshot(c->s, ALICE, &clock, &c->fail));
        expect_moved(c, c->ops->changes->begin(c->s, ALICE, &drained, &c->fail));
        place = place_of(c, c->s, "alice");
        assert_int_equal(place.where, ELSEWHERE[i]);
        assert_true(place.known && place.recorded);
        assert_int_equal(place.next_clock, 2);
        assert_text(place.shard, TEXT_LITERAL("b"));
        assert_int_equal(contract_begin(c, "bob"), (int64_t)i);
        contract_commit(c);
    }
    assert_int_equal(change(c, &place, OWNER_HERE), RC_OK);
    assert_int_equal(contract_begin(c, "alice"), 2);
    contract_commit(c);
    place = place_of(c, c->s, "alice");
    assert_int_equal(place.where, OWNER_HERE);
    assert_true(place.recorded);
    assert_int_equal(place.next_clock, 3);
}

static void test_a_place_that_is_not_so_any_more(void **state)
{
    struct contract *c = *state;
    struct owner_place first, second;

    contract_begin(c, "alice");
    contract_commit(c);
    first = second = place_of(c, c->s, "alice");
    assert_int_equal(change(c, &first, OWNER_LEAVING), RC_OK);
    assert_int_equal(change(c, &second, OWNER_AWAY), RC_REJECTED);
    assert_int_equal(c->fail.code, FAIL_SERVER_BUSY);
    assert_int_equal(place_of(c, c->s, "alice").where, OWNER_LEAVING);
}

static void test_one_moves_at_a_time(void **state)
{
    struct contract *c = *state;
    struct synchronizer *second = db_synchronizer_new(&here.settings);

    assert_int_equal(c->ops->owner_moves->lock(c->s, &c->fail), RC_OK);
    assert_int_equal(second->ops->owner_moves->lock(second, &c->fail), RC_REJECTED);
    assert_int_equal(c->fail.code, FAIL_SERVER_BUSY);
    assert_int_equal(other->ops->owner_moves->lock(other, &c->fail), RC_OK);
    db_synchronizer_free(second);
}

static struct owner_table_list tables_of(struct contract *c)
{
    struct owner_table_list tables;

    assert_int_equal(c->ops->owner_data->tables(c->s, &c->arena, &tables, &c->fail), RC_OK);
    return tables;
}

static const struct owner_table *table_of(struct contract *c, const char *name)
{
    const struct owner_table_list tables = tables_of(c);

    for (size_t i = 0; i < tables.count; i++)
        if (text_is(tables.items[i].name, name))
            return &tables.items[i];
    fail_msg("no table %s", name);
    return NULL;
}

/* From here to there, of alice. */
static enum rc copy(struct contract *c, const char *table, size_t *count_out)
{
    const struct owner_table *of = table_of(c, table);
    int64_t clock;
    enum rc rc;

    assert_int_equal(c->ops->begin_snapshot(c->s, ALICE, &clock, &c->fail), RC_OK);
    rc = other->ops->owner_moves->copy(other, c->s, ALICE, of, count_out, &c->fail);
    c->ops->rollback(c->s);
    return rc;
}

#define CHECKSUM                                                                                   \
    "SELECT COALESCE(SUM(CRC32(CONCAT_WS('|', HEX(`key`), HEX(`order`), `odd``int`, "              \
    "CONCAT(f + 0e0), `group`, l))), -1) FROM `odd``table` WHERE `owner id` = 'alice'"

static void test_rows_are_copied(void **state)
{
    struct contract *c = *state;
    size_t count = 99;

    contract_begin(c, "alice");
    for (size_t i = 0; i < HOSTILE_COUNT; i++)
        contract_create(c, "alice", ALL, HOSTILE[i], HOSTILE[HOSTILE_COUNT - 1 - i]);
    contract_commit(c);
    contract_begin(c, "bob");
    contract_create(c, "bob", ALL, "a", "bob's");
    contract_commit(c);
    database_exec(&here, "UPDATE `odd``table` SET `odd``int` = -9223372036854775808, f = 0.1, "
                         "`group` = 1, l = '[1, 2.50]' WHERE `key` IN ('a', '00')");
    /* More than one INSERT takes. */
    database_exec(&here, "INSERT INTO `odd``table` (`owner id`, `key`, `order`) "
                         "WITH RECURSIVE n AS (SELECT 0 AS i UNION ALL SELECT i + 1 FROM n "
                         "WHERE i < 999) SELECT 'alice', CONCAT('n', i), REPEAT('x', i) FROM n");
    database_exec(&there, "INSERT INTO `odd``table` (`owner id`, `key`) VALUES ('carol', 'a')");
    assert_int_equal(copy(c, "odd`table", &count), RC_OK);
    assert_int_equal(count, HOSTILE_COUNT + 1000);
    assert_int_equal(database_number(&there, "SELECT COUNT(*) FROM `odd``table`"), count + 1);
    assert_int_equal(database_number(&here, CHECKSUM), database_number(&there, CHECKSUM));
    assert_int_equal(database_number(&there, "SELECT COUNT(*) FROM mobync_changes"), 0);
}

/* Children that come before their parents in the order of the key. */
static void test_rows_that_refer_to_each_other(void **state)
{
    static const char ALTER[] =
        "ALTER TABLE other ADD parent VARCHAR(128) NULL, ADD FOREIGN KEY (owner_id, parent) "
        "REFERENCES other (owner_id, id)";
    struct contract *c = *state;
    size_t count;

    contract_begin(c, "alice");
    contract_commit(c);
    database_exec(&here, ALTER);
    database_exec(&there, ALTER);
    database_exec(&here, "INSERT INTO other (owner_id, id, parent) VALUES ('alice', 'c', NULL), "
                         "('alice', 'b', 'c'), ('alice', 'a', 'b'), ('alice', 'd', 'a')");
    assert_int_equal(copy(c, "other", &count), RC_OK);
    assert_int_equal(count, 4);
    assert_int_equal(database_number(&there, "SELECT COUNT(*) FROM other WHERE parent IS NULL OR "
                                             "parent IN ('a', 'b', 'c')"),
                     4);
    /* More than one INSERT takes, each behind its parent. */
    database_exec(&there, "UPDATE other SET parent = NULL");
    database_exec(&there, "DELETE FROM other");
    database_exec(&here, "SET foreign_key_checks = 0");
    database_exec(&here, "INSERT INTO other (owner_id, id, parent) WITH RECURSIVE n AS (SELECT 0 "
                         "AS i UNION ALL SELECT i + 1 FROM n WHERE i < 999) SELECT 'alice', "
                         "CONCAT('n', i), IF(i < 999, CONCAT('n', i + 1), NULL) FROM n");
    database_exec(&here, "SET foreign_key_checks = 1");
    assert_int_equal(copy(c, "other", &count), RC_OK);
    assert_int_equal(count, 1004);
    database_exec(&here, "UPDATE other SET parent = NULL");
    database_exec(&here, "DELETE FROM other WHERE id LIKE 'n%'");
    /* In a circle, none can be the first; MySQL 9.7 looks at the end of the statement alone. */
    database_exec(&there, "UPDATE other SET parent = NULL");
    database_exec(&there, "DELETE FROM other");
    database_exec(&here, "UPDATE other SET parent = ELT(FIELD(id, 'a', 'b', 'c'), 'b', 'c', 'a')");
    assert_int_equal(copy(c, "other", &count), mariadb_is_mysql() ? RC_OK : RC_REJECTED);
    assert_int_equal(count, mariadb_is_mysql() ? 4 : 0);
    assert_int_equal(database_number(&there, "SELECT COUNT(*) FROM other"), count);
}

static void test_a_row_that_is_refused(void **state)
{
    struct contract *c = *state;
    size_t count;

    contract_begin(c, "alice");
    contract_create(c, "alice", OTHER, "a", "good");
    contract_create(c, "alice", OTHER, "b", "bad");
    contract_commit(c);
    database_exec(&there, "ALTER TABLE other ADD CONSTRAINT no_bad CHECK (name <> 'bad')");
    assert_int_equal(copy(c, "other", &count), RC_REJECTED);
    assert_int_equal(count, 0);
    assert_int_equal(database_number(&there, "SELECT COUNT(*) FROM other"), 0);
    database_exec(&there, "DROP TABLE other");
    c->fail = (struct fail){0};
    assert_int_equal(copy(c, "other", &count), RC_FATAL);
}

/* The server's own, of which the owner's clock and place are not copied but changed. */
static void test_history_is_copied(void **state)
{
    const struct diff diff = contract_diff("d1", 0, DIFF_CREATE, OTHER, "a");
    struct contract *c = *state;
    size_t count;

    contract_begin(c, "alice");
    contract_append(c, "alice", &diff);
    contract_commit(c);
    assert_int_equal(copy(c, "my`diffs", &count), RC_OK);
    assert_int_equal(count, 1);
    assert_int_equal(copy(c, DB_KNOWN_TABLE, &count), RC_OK);
    assert_int_equal(database_number(&there, "SELECT COUNT(*) FROM `my``diffs` WHERE "
                                             "owner = 'alice' AND id = 'd1' AND object_id = 'a'"),
                     1);
}

static void test_lineages_are_known_to_each_other(void **state)
{
    static const char KNOWN[] = "SELECT COUNT(*) FROM mobync_lineage";
    struct contract *c = *state;
    struct lineage raised;

    assert_int_equal(other->ops->owner_moves->know_lineage(other, c->s, &c->fail), RC_OK);
    assert_int_equal(database_number(&there, KNOWN), 2);
    assert_int_equal(other->ops->owner_moves->know_lineage(other, c->s, &c->fail), RC_OK);
    assert_int_equal(database_number(&there, KNOWN), 2);
    assert_int_equal(database_number(&here, KNOWN), 1);
    /* A database in an earlier epoch would give clocks again that the owner has had. */
    assert_int_equal(c->ops->lineages->raise(c->s, 3, &c->arena, &raised, &c->fail), RC_OK);
    assert_int_equal(other->ops->owner_moves->know_lineage(other, c->s, &c->fail), RC_REJECTED);
    assert_non_null(strstr(c->fail.message, "mobync restored --epoch 3"));
    assert_int_equal(c->ops->owner_moves->know_lineage(c->s, other, &c->fail), RC_OK);
}

static struct owner_survey survey_of(struct contract *c, size_t most)
{
    struct owner_survey survey;

    assert_int_equal(c->ops->owner_moves->survey(c->s, most, &c->arena, &survey, &c->fail), RC_OK);
    return survey;
}

static void test_survey(void **state)
{
    struct contract *c = *state;
    struct owner_survey survey = survey_of(c, 9);
    struct owner_place place;

    assert_int_equal(survey.between, 0);
    assert_int_equal(survey.unmoved_count, 0);
    assert_int_equal(survey.lineage.len, 32);
    contract_begin(c, "alice");
    contract_commit(c);
    contract_begin(c, "bob");
    contract_commit(c);
    survey = survey_of(c, 9);
    assert_int_equal(survey.unmoved_count, 2);
    assert_text(survey.unmoved[0], ALICE);
    assert_int_equal(survey_of(c, 1).unmoved_count, 1);
    assert_int_equal(survey_of(c, 0).unmoved_count, 0);
    place = place_of(c, c->s, "alice");
    assert_int_equal(change(c, &place, OWNER_LEAVING), RC_OK);
    survey = survey_of(c, 9);
    assert_int_equal(survey.between, 1);
    assert_text(survey.between_owner, ALICE);
    assert_int_equal(survey.unmoved_count, 1);
    assert_int_equal(change(c, &place, OWNER_AWAY), RC_OK);
    assert_int_equal(survey_of(c, 9).between, 0);
}

int main(void)
{
    static const struct contract_subject SUBJECT = {create, destroy};
    static const struct CMUnitTest TESTS[] = {
        CONTRACT_TEST(test_owners_are_here),
        CONTRACT_TEST(test_an_owner_leaves),
        CONTRACT_TEST(test_a_place_that_is_not_so_any_more),
        CONTRACT_TEST(test_one_moves_at_a_time),
        CONTRACT_TEST(test_rows_are_copied),
        CONTRACT_TEST(test_rows_that_refer_to_each_other),
        CONTRACT_TEST(test_a_row_that_is_refused),
        CONTRACT_TEST(test_history_is_copied),
        CONTRACT_TEST(test_lineages_are_known_to_each_other),
        CONTRACT_TEST(test_survey),
    };
    int failed;

    database_start(&here, &contract_mapping);
    database_start(&there, &contract_mapping);
    here.settings.moves_table = there.settings.moves_table = TEXT_LITERAL(DB_MOVES_TABLE);
    contract_use(&SUBJECT);
    failed = cmocka_run_group_tests_name("moves", TESTS, NULL, NULL);
    database_stop(&there);
    database_stop(&here);
    return failed;
}
