/* Compaction on a real database: who is found by age, what a look at everybody costs, and a step
 * that is broken at each of its statements: the link ends before the server hears of it, or before
 * we hear its answer, or our process dies. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "contract.h"
#include "database.h"
#include "db_session.h"
#include "in_range.h"
#include "summary.h"

enum {
    OBJECTS = 6,
    HOUR_MS = 3600000,
    STATEMENTS_MOST = 40 /* of a step */
};

static const struct text ALICE = {"alice", 5};
static const struct text BOB = {"bob", 3};

static struct database db;

static struct synchronizer *create(void)
{
    database_reset(&db);
    return db_synchronizer_new(&db.settings);
}

static void assert_ok(const struct contract *c, enum rc rc)
{
    if (rc != RC_OK)
        fail_msg("rc %d %s: %s (%s)", (int)rc, fail_code_name(c->fail.code), c->fail.message,
                 c->fail.detail);
}

/* --- a break at a statement */

int __real_mysql_stmt_execute(MYSQL_STMT *stmt);
int __real_mysql_real_query(MYSQL *mysql, const char *sql, unsigned long length);
int __wrap_mysql_stmt_execute(MYSQL_STMT *stmt);
int __wrap_mysql_real_query(MYSQL *mysql, const char *sql, unsigned long length);

enum deed { CUT_BEFORE, CUT_AFTER, DIE_BEFORE, DIE_AFTER, DEEDS };

static struct {
    MYSQL *link; /* NULL: nothing is broken */
    enum deed deed;
    int left; /* statements before the one that is broken */
    bool sprung;
    bool at_commit;
} trap;

/* The server hears the statement, if it is sent still, and we do not hear what it says. */
static void cut(int direction)
{
    shutdown(mysql_get_socket(trap.link), direction);
}

static bool springs(const MYSQL *link)
{
    const bool here = trap.link != NULL && link == trap.link && trap.left-- == 0;

    trap.sprung |= here;
    return here;
}

static void before(void)
{
    if (trap.deed == DIE_BEFORE)
        raise(SIGKILL);
    else if (trap.deed != DIE_AFTER)
        cut(trap.deed == CUT_BEFORE ? SHUT_RDWR : SHUT_RD);
}

static void after(void)
{
    if (trap.deed == DIE_AFTER)
        raise(SIGKILL);
}

int __wrap_mysql_stmt_execute(MYSQL_STMT *stmt)
{
    const bool sprung = springs(stmt->mysql);
    int failed;

    if (sprung)
        before();
    failed = __real_mysql_stmt_execute(stmt);
    if (sprung)
        after();
    return failed;
}

int __wrap_mysql_real_query(MYSQL *mysql, const char *sql, unsigned long length)
{
    const bool sprung = springs(mysql);
    int failed;

    trap.at_commit |= sprung && strcmp(sql, "COMMIT") == 0;
    if (sprung)
        before();
    failed = __real_mysql_real_query(mysql, sql, length);
    if (sprung)
        after();
    return failed;
}

/* --- histories */

static void append(struct contract *c, const char *owner, int64_t clock, enum diff_type type,
                   unsigned object)
{
    char id[32], object_id[16], json[96], name[32];
    struct diff diff;

    snprintf(id, sizeof(id), "d%lld-%u", (long long)clock, object);
    snprintf(object_id, sizeof(object_id), "o%u", object);
    snprintf(name, sizeof(name), "n%lld", (long long)clock);
    snprintf(json, sizeof(json), "{\"id\":\"%s\",\"name\":\"%s\"}", object_id, name);
    diff = contract_diff(id, clock, type, OTHER, object_id);
    if (type != DIFF_DELETE)
        diff.json_data = text_of(json);
    if (type == DIFF_CREATE)
        contract_create(c, owner, OTHER, object_id, name);
    else if (type == DIFF_UPDATE)
        contract_update(c, owner, OTHER, object_id, name);
    else
        contract_remove(c, owner, OTHER, object_id);
    contract_append(c, owner, &diff);
}

/* Of each object in turn a create, updates, a delete. */
static void push(struct contract *c, const char *owner)
{
    const int64_t clock = contract_begin(c, owner);
    struct text known;
    char id[32];

    for (unsigned object = 0; object < OBJECTS; object++) {
        const int64_t turn = (clock + object) % 4;

        if (clock >= (4 - object % 4) % 4)
            append(c, owner, clock,
                   turn == 0   ? DIFF_CREATE
                   : turn == 3 ? DIFF_DELETE
                               : DIFF_UPDATE,
                   object);
    }
    snprintf(id, sizeof(id), "k%lld", (long long)clock);
    known = text_of(id);
    assert_ok(c, c->ops->remember(c->s, text_of(owner), clock, &known, 1, &c->fail));
    contract_commit(c);
}

static void push_times(struct contract *c, const char *owner, int times)
{
    for (int i = 0; i < times; i++)
        push(c, owner);
}

static enum rc step(struct contract *c, struct text owner, struct horizon to, size_t max,
                    struct compacted *compacted_out)
{
    const struct compaction job = {.owner = owner, .to = to, .max = max};

    return c->ops->compaction->compact(c->s, &job, compacted_out, &c->fail);
}

static struct compacted compact(struct contract *c, struct text owner, struct horizon to,
                                size_t max)
{
    struct compacted compacted = {.more = true};

    while (compacted.more)
        assert_ok(c, step(c, owner, to, max, &compacted));
    return compacted;
}

/* --- who is found */

static struct compactable_list find(struct contract *c, const char *after, size_t max,
                                    int64_t keep_ms, int64_t deletes_ms)
{
    const struct compaction_query query = {
        .after = text_of(after), .max = max, .keep_ms = keep_ms, .deletes_ms = deletes_ms};
    struct compactable_list list;

    assert_ok(c, c->ops->compaction->find_compactable(c->s, &query, &c->arena, &list, &c->fail));
    return list;
}

/* Pages over all owners, of which those are told who have something. */
static void test_pages(void **state)
{
    static const char *const OWNERS[] = {"alice", "bob", "carol", "dave"};
    struct contract *c = *state;
    struct compactable_list list;
    struct compacted compacted;

    for (size_t i = 0; i < ARRAY_LEN(OWNERS); i++)
        push_times(c, OWNERS[i], 10);
    contract_begin(c, "bobby"); /* who has nothing */
    contract_commit(c);
    assert_int_equal(find(c, "", 100, HOUR_MS, 2 * HOUR_MS).count, 0);
    assert_int_equal(find(c, "", 100, COMPACTION_FOREVER, COMPACTION_FOREVER).count, 0);
    list = find(c, "", 100, 0, COMPACTION_FOREVER);
    assert_int_equal(list.count, ARRAY_LEN(OWNERS));
    assert_false(list.more);
    for (size_t i = 0; i < list.count; i++) {
        assert_text(list.items[i].owner, text_of(OWNERS[i]));
        assert_int_equal(list.items[i].to.compacted_below, 10);
        assert_int_equal(list.items[i].to.forgotten_below, 0);
    }
    list = find(c, "alice", 2, 0, 0);
    assert_int_equal(list.count, 1);
    assert_text(list.items[0].owner, BOB);
    assert_text(list.last, TEXT_LITERAL("bobby"));
    assert_true(list.more);
    list = find(c, "dave", 2, 0, 0);
    assert_int_equal(list.count, 0);
    assert_false(list.more);

    /* What is done is done; what a step has left is found again. */
    compact(c, ALICE, (struct horizon){10, 0}, 100);
    assert_ok(c, step(c, BOB, (struct horizon){10, 0}, 1, &compacted));
    assert_true(compacted.more);
    list = find(c, "", 2, 0, COMPACTION_FOREVER);
    assert_int_equal(list.count, 1);
    assert_text(list.items[0].owner, BOB);
    assert_int_equal(list.items[0].to.compacted_below, 10);
    assert_int_equal(find(c, "alice", 1, HOUR_MS, COMPACTION_FOREVER).count, 1);
}

/* Diffs by when they were stored, tombstones by when they were folded. */
static void test_ages(void **state)
{
    struct contract *c = *state;
    struct compactable_list list;
    struct horizon to;
    long long gone;

    push_times(c, "alice", 40);
    database_exec(&db, "UPDATE `my``diffs` SET stored_at = CURRENT_TIMESTAMP - INTERVAL "
                       "(40 - logical_clock) HOUR");
    for (int hours = 1; hours <= 41; hours += 4) {
        list = find(c, "", 10, hours * (int64_t)HOUR_MS - 1000, COMPACTION_FOREVER);
        assert_int_equal(list.count, hours <= 40);
        if (hours <= 40)
            assert_int_equal(list.items[0].to.compacted_below, 41 - hours);
    }
    /* A clock that was given from another epoch on. */
    database_exec(&db, "UPDATE `my``diffs` SET logical_clock = logical_clock + (1 << 40) "
                       "WHERE logical_clock >= 30");
    database_exec(&db, "UPDATE mobync_owners SET next_clock = next_clock + (1 << 40)");
    list = find(c, "", 10, 5 * (int64_t)HOUR_MS - 1000, COMPACTION_FOREVER);
    assert_int_equal(list.items[0].to.compacted_below, (INT64_C(1) << 40) + 36);

    to = compact(c, ALICE, list.items[0].to, 10).horizon;
    assert_int_equal(find(c, "", 10, 5 * (int64_t)HOUR_MS - 1000, COMPACTION_FOREVER).count, 0);
    assert_true(database_number(&db, "SELECT COUNT(*) FROM mobync_summaries WHERE "
                                     "deleted_at IS NOT NULL AND deleted_clock IS NOT NULL") > 0);
    assert_int_equal(database_number(&db, "SELECT COUNT(*) FROM mobync_summaries WHERE "
                                          "(deleted_at IS NULL) <> (deleted_clock IS NULL)"),
                     0);
    assert_int_equal(find(c, "", 10, COMPACTION_FOREVER, COMPACTION_FOREVER).count, 0);
    assert_int_equal(find(c, "", 10, 5 * (int64_t)HOUR_MS, 100 * (int64_t)HOUR_MS).count, 0);
    database_exec(&db, "UPDATE mobync_owners SET oldest_deleted_at = CURRENT_TIMESTAMP - "
                       "INTERVAL 100 HOUR");
    database_exec(&db, "UPDATE mobync_summaries SET deleted_at = CURRENT_TIMESTAMP - INTERVAL "
                       "100 HOUR WHERE deleted_clock IS NOT NULL ORDER BY deleted_clock LIMIT 1");
    list = find(c, "", 10, 5 * (int64_t)HOUR_MS, 100 * (int64_t)HOUR_MS);
    assert_int_equal(list.count, 1);
    assert_int_equal(list.items[0].to.compacted_below, to.compacted_below);
    assert_int_equal(list.items[0].to.forgotten_below,
                     database_number(&db, "SELECT MIN(deleted_clock) + 1 FROM mobync_summaries"));
    gone = database_number(&db, "SELECT COUNT(*) FROM mobync_summaries WHERE deleted_clock = "
                                "(SELECT MIN(deleted_clock) FROM mobync_summaries)");
    assert_int_equal(compact(c, ALICE, list.items[0].to, 10).tombstones, gone);
    assert_int_equal(find(c, "", 10, 5 * (int64_t)HOUR_MS, 100 * (int64_t)HOUR_MS).count, 0);
    assert_int_equal(database_number(&db,
                                     "SELECT oldest_deleted_at <=> (SELECT MIN(deleted_at) FROM "
                                     "mobync_summaries) FROM mobync_owners"),
                     1);
}

static void assert_hours(int64_t age_s, int64_t hours)
{
    assert_int_in_range(age_s, hours * 3600, hours * 3600 + 600);
}

static int64_t oldest_since(struct contract *c, int64_t clock, const struct history_limit *limit)
{
    const struct pull_query query = {.owner = ALICE, .since_clock = clock, .limit = limit};
    struct history history;

    assert_ok(c, c->ops->read_history(c->s, &query, &c->arena, &history, &c->fail));
    return history.oldest_s;
}

static int64_t oldest_pushed_since(struct contract *c, int64_t clock)
{
    const struct text id = TEXT_LITERAL("new");
    const struct push_query query = {.owner = ALICE, .since_clock = clock, .ids = &id, .count = 1};
    struct history history;
    struct known_id known;

    contract_begin(c, "alice");
    assert_ok(c, c->ops->read_push(c->s, &query, &c->arena, &history, &known, &c->fail));
    c->ops->rollback(c->s);
    return history.oldest_s;
}

static int64_t unseen_delete(struct contract *c, struct text owner, int64_t clock)
{
    int64_t age_s = -1;

    assert_ok(c, c->ops->compaction->find_unseen_delete(c->s, owner, clock, &age_s, &c->fail));
    return age_s;
}

/* How old what a device has not seen is, as S(c), a walk and the tombstones tell it. */
static void test_lags(void **state)
{
    static const struct history_limit NOTHING = {0, 0};
    struct contract *c = *state;

    assert_int_equal(oldest_since(c, 0, NULL), 0);
    assert_int_equal(find(c, "", 10, HOUR_MS, COMPACTION_FOREVER).oldest_s, 0);
    push_times(c, "alice", 10);
    push_times(c, "bob", 1);
    database_exec(&db, "UPDATE `my``diffs` SET stored_at = CURRENT_TIMESTAMP - INTERVAL "
                       "(10 - logical_clock) HOUR WHERE owner = 'alice'");
    assert_hours(oldest_since(c, 3, NULL), 7);
    assert_hours(oldest_since(c, 3, &NOTHING), 7);
    assert_int_equal(oldest_since(c, 10, NULL), 0);
    assert_hours(oldest_pushed_since(c, 4), 6);
    assert_int_equal(oldest_pushed_since(c, 10), 0);
    assert_hours(find(c, "", 10, 100 * (int64_t)HOUR_MS, COMPACTION_FOREVER).oldest_s, 10);
    assert_hours(find(c, "", 10, HOUR_MS, COMPACTION_FOREVER).items[0].oldest_s, 10);
    assert_int_equal(find(c, "bob", 10, HOUR_MS, COMPACTION_FOREVER).oldest_s, 0);
    /* The database's clock ran back: nothing is older than now. */
    database_exec(&db, "UPDATE `my``diffs` SET stored_at = CURRENT_TIMESTAMP + INTERVAL 9 HOUR "
                       "WHERE owner = 'bob'");
    assert_hours(find(c, "", 10, HOUR_MS, COMPACTION_FOREVER).oldest_s, 10);
    assert_int_equal(find(c, "alice", 10, HOUR_MS, COMPACTION_FOREVER).oldest_s, 0);

    compact(c, ALICE, (struct horizon){10, 0}, 100);
    database_exec(&db, "UPDATE mobync_summaries SET deleted_at = CURRENT_TIMESTAMP - INTERVAL "
                       "(100 - deleted_clock) HOUR WHERE deleted_clock IS NOT NULL");
    for (int64_t clock = 0; clock <= 10; clock++) {
        char sql[128];
        long long first;

        snprintf(sql, sizeof(sql),
                 "SELECT COALESCE(MIN(deleted_clock), 100) FROM mobync_summaries "
                 "WHERE deleted_clock >= %lld",
                 (long long)clock);
        first = database_number(&db, sql);
        assert_true(clock > 0 || first < 10);
        assert_hours(unseen_delete(c, ALICE, clock), 100 - first);
        assert_int_equal(unseen_delete(c, BOB, clock), 0);
    }
}

static long long reads(void)
{
    return database_number(&db, "SELECT SUM(variable_value) FROM " DATABASE_STATUS
                                " WHERE variable_name IN ('HANDLER_READ_NEXT', "
                                "'HANDLER_READ_KEY', 'HANDLER_READ_RND_NEXT', "
                                "'HANDLER_READ_FIRST', 'HANDLER_READ_PREV', 'HANDLER_READ_RND')");
}

/* What it costs to read the counters. */
static long long cost_of_reads(void)
{
    const long long before_it = reads();

    return reads() - before_it;
}

static void fill_owners(unsigned owners, unsigned diffs)
{
    char sql[1024];

    for (unsigned i = 0; i < owners; i++) {
        snprintf(sql, sizeof(sql),
                 "INSERT INTO mobync_owners (owner, next_clock) VALUES ('owner%04u', %u)", i,
                 diffs);
        database_exec(&db, sql);
        snprintf(sql, sizeof(sql),
                 "INSERT INTO " DATABASE_DIFFS
                 " SELECT 'owner%04u', n, 0, n, 0, 'update', 'other', "
                 "CONCAT('o', n %% 10), '{\"id\":\"x\"}' FROM (WITH RECURSIVE a AS (SELECT 0 AS n "
                 "UNION ALL SELECT n + 1 FROM a WHERE n < %u) SELECT n FROM a) numbers",
                 i, diffs - 1);
        database_exec(&db, sql);
        snprintf(
            sql, sizeof(sql),
            "INSERT INTO mobync_known (owner, id, logical_clock) SELECT owner, CONCAT('k', id), "
            "logical_clock FROM `my``diffs` WHERE owner = 'owner%04u'",
            i);
        database_exec(&db, sql);
    }
    database_exec(&db, "ANALYZE TABLE `my``diffs`, mobync_known, mobync_owners");
    mysql_free_result(mysql_store_result(db.mysql));
}

/* A look at everybody reads a few rows of each, however much there is; so does one step. */
static void test_costs(void **state)
{
    enum { OWNERS = 60, DIFFS = 1000, EACH = 12, MAX = 20 };
    struct contract *c = *state;
    struct compacted compacted;
    long long reading, before_it;

    fill_owners(OWNERS, DIFFS);
    find(c, "", OWNERS, HOUR_MS, 2 * HOUR_MS); /* prepares */
    reading = cost_of_reads();
    before_it = reads();
    assert_int_equal(find(c, "", OWNERS, HOUR_MS, 2 * HOUR_MS).count, 0);
    assert_int_in_range(reads() - before_it - reading, OWNERS, OWNERS * EACH);

    assert_ok(c, step(c, TEXT_LITERAL("owner0030"), (struct horizon){DIFFS, 0}, MAX, &compacted));
    before_it = reads();
    assert_ok(c, step(c, TEXT_LITERAL("owner0031"), (struct horizon){100, 0}, MAX, &compacted));
    assert_int_equal(compacted.diffs, 20); /* two objects of ten diffs */
    assert_true(compacted.more);
    /* Not all of the owner's, nor of anybody else's: found, counted, read and deleted. */
    assert_int_in_range(reads() - before_it - reading, 20, DIFFS);
    assert_int_equal(database_number(&db, "SELECT COUNT(*) FROM `my``diffs`"),
                     OWNERS * DIFFS - 100 - 20); /* an object is never split */
}

/* --- what stays */

static void test_models_no_longer_mapped(void **state)
{
    struct contract *c = *state;
    struct compacted compacted;

    push_times(c, "alice", 12);
    database_exec(&db, "UPDATE `my``diffs` SET model = 'gone' WHERE object_id = 'o2'");
    compacted = compact(c, ALICE, (struct horizon){12, 0}, 3);
    assert_int_equal(compacted.horizon.compacted_below, 12);
    assert_int_equal(database_number(&db, "SELECT COUNT(*) FROM `my``diffs` WHERE model <> 'gone'"),
                     0);
    assert_true(database_number(&db, "SELECT COUNT(*) FROM `my``diffs`") > 3);
    database_exec(&db, "UPDATE mobync_summaries SET model = 'gone' WHERE object_id = 'o1'");
    contract_begin(c, "alice");
    contract_commit(c);
    assert_int_equal(contract_history(c, "alice", 0).diffs.count, 0);
}

static struct inspect_objects count_objects(struct contract *c, size_t max)
{
    struct inspect_objects_query query = {ALICE, OTHER->name, {"", 0}, max};
    struct inspect_objects page, all = {0};

    do {
        assert_ok(c, c->ops->inspect->objects(c->s, &query, &c->arena, &page, &c->fail));
        all.count += page.count;
        all.deleted += page.deleted;
        query.after = page.last_id;
    } while (page.count > 0);
    return all;
}

static void begin_snapshot(struct contract *c)
{
    int64_t clock;

    assert_ok(c, c->ops->begin_snapshot(c->s, ALICE, &clock, &c->fail));
}

/* Operators are told of the same objects, of fewer diffs, and of what is left. */
static void test_inspection(void **state)
{
    struct contract *c = *state;
    const struct inspect_object object = {ALICE, OTHER, TEXT_LITERAL("o3")};
    const struct inspect_object other = {ALICE, OTHER, TEXT_LITERAL("o33")};
    struct inspect_objects before_it, now;
    struct inspect_rest rest;
    struct summary summary;
    int64_t diffs;
    bool found;

    push_times(c, "alice", 18);
    push_times(c, "bob", 18);
    begin_snapshot(c);
    before_it = count_objects(c, 2);
    assert_int_equal(before_it.count, OBJECTS);
    c->ops->rollback(c->s);
    for (int64_t below = 7; below <= 18; below += 5) {
        compact(c, ALICE, (struct horizon){below, 0}, 5);
        begin_snapshot(c);
        for (size_t max = 1; max < 9; max += 3) {
            now = count_objects(c, max);
            assert_int_equal(now.count, before_it.count);
            assert_int_equal(now.deleted, before_it.deleted);
        }
        assert_ok(c, c->ops->inspect->rest(c->s, ALICE, &rest, &c->fail));
        assert_int_equal(rest.summaries, OBJECTS);
        assert_int_in_range(rest.tombstones, 1, OBJECTS - 1);
        assert_ok(c, c->ops->inspect->count(c->s, &object, &diffs, &c->fail));
        assert_int_equal(diffs, 18 - below);
        assert_ok(c,
                  c->ops->inspect->summary(c->s, &object, &c->arena, &summary, &found, &c->fail));
        assert_true(found);
        assert_int_equal(summary.last_clock, below - 1);
        assert_ok(c, c->ops->inspect->summary(c->s, &other, &c->arena, &summary, &found, &c->fail));
        assert_false(found);
        assert_ok(c, c->ops->inspect->rest(c->s, BOB, &rest, &c->fail));
        assert_int_equal(rest.summaries, 0);
        c->ops->rollback(c->s);
    }
}

/* An owner who is forgotten leaves no summary behind. */
static void test_owner_is_forgotten(void **state)
{
    struct contract *c = *state;
    struct owner_table_list tables;
    struct text found = {"", 0};

    push_times(c, "alice", 8);
    push_times(c, "bob", 8);
    compact(c, ALICE, (struct horizon){8, 0}, 100);
    compact(c, BOB, (struct horizon){8, 0}, 100);
    assert_ok(c, c->ops->owner_data->tables(c->s, &c->arena, &tables, &c->fail));
    for (size_t i = 0; i < tables.count; i++) {
        size_t gone = 0;

        if (!text_is(tables.items[i].name, "mobync_summaries"))
            continue;
        found = tables.items[i].name;
        assert_ok(c,
                  c->ops->owner_data->forget(c->s, ALICE, &tables.items[i], 100, &gone, &c->fail));
        assert_int_equal(gone, OBJECTS);
    }
    assert_int_equal(found.len, strlen("mobync_summaries"));
    assert_int_equal(database_number(&db, "SELECT COUNT(*) FROM mobync_summaries "
                                          "WHERE owner = 'bob'"),
                     OBJECTS);
    assert_int_equal(database_number(&db, "SELECT COUNT(*) FROM mobync_summaries"), OBJECTS);
}

/* The horizon goes with the owner's clock, there and back. */
static void test_owner_is_moved(void **state)
{
    struct contract *c = *state;
    const struct owner_moves_ops *moves = c->ops->owner_moves;
    struct owner_place was, now;
    struct compacted compacted;
    struct horizon horizon;

    push_times(c, "alice", 12);
    compact(c, ALICE, (struct horizon){9, 5}, 100);
    c->s->moves_owners = true;
    assert_ok(c, moves->find(c->s, ALICE, &c->arena, &was, &c->fail));
    assert_int_equal(was.compacted_below, 9);
    assert_int_equal(was.forgotten_below, 5);
    now = was;
    now.where = OWNER_LEAVING;
    now.shard = TEXT_LITERAL("s2");
    now.compacted_below = 0;
    assert_ok(c, moves->change(c->s, ALICE, &was, &now, &c->fail));
    assert_int_equal(now.compacted_below, 9);
    c->s->moves_owners = false;
    assert_int_equal(find(c, "", 10, 0, 0).count, 0);
    assert_int_equal(step(c, ALICE, (struct horizon){12, 0}, 10, &compacted), RC_REJECTED);
    assert_true(c->fail.moved);
    c->s->moves_owners = true;
    was = now;
    now.where = OWNER_HERE;
    now.compacted_below = 10; /* as the other database had it */
    assert_ok(c, moves->change(c->s, ALICE, &was, &now, &c->fail));
    assert_ok(c, c->ops->compaction->find_horizon(c->s, ALICE, &horizon, &c->fail));
    assert_int_equal(horizon.compacted_below, 10);
    assert_int_equal(horizon.forgotten_below, 5);
}

/* --- broken steps */

/* Everything of the owner that a step changes. */
static struct text state_of(struct contract *c, const char *owner)
{
    char sql[1400];
    MYSQL_RES *result;
    struct text found;

    snprintf(sql, sizeof(sql),
             "SELECT CONCAT_WS('/', (SELECT GROUP_CONCAT(id ORDER BY logical_clock, seq) "
             "FROM `my``diffs` WHERE owner = '%s'), (SELECT GROUP_CONCAT(CONCAT_WS(' ', object_id, "
             "COALESCE(first_clock, '-'), COALESCE(created_clock, '-'), "
             "COALESCE(deleted_clock, '-'), last_clock, last_seq, fields) ORDER BY object_id) "
             "FROM mobync_summaries WHERE owner = '%s'), (SELECT GROUP_CONCAT(id ORDER BY id) "
             "FROM mobync_known WHERE owner = '%s'), compacted_below, forgotten_below, next_clock) "
             "FROM mobync_owners WHERE owner = '%s'",
             owner, owner, owner, owner);
    database_exec(&db, sql);
    result = mysql_store_result(db.mysql);
    assert_non_null(result);
    found = arena_text(&c->arena, text_of(mysql_fetch_row(result)[0]));
    mysql_free_result(result);
    return found;
}

static const struct horizon ALL_OF_IT = {INT64_MAX, INT64_MAX / 2};

static void arm(struct contract *c, enum deed deed, int nth)
{
    assert_ok(c, c->ops->ping(c->s, &c->fail));
    trap.link = db_session_of(c->s)->link.mysql;
    trap.deed = deed;
    trap.left = nth;
    trap.sprung = false;
}

/* In a process of its own, which dies there; false if there is no such statement. */
static bool run_and_die(struct contract *c, enum deed deed, int nth)
{
    const pid_t child = fork();
    struct compacted compacted;
    int status = 0;

    assert_true(child >= 0);
    if (child == 0) {
        struct synchronizer *s = db_synchronizer_new(&db.settings);
        struct contract own = {.s = s, .ops = s->ops};

        if (s->ops->ping(s, &own.fail) != RC_OK)
            _exit(2);
        arm(&own, deed, nth);
        _exit(step(&own, ALICE, ALL_OF_IT, 100, &compacted) == RC_OK ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    if (!WIFSIGNALED(status))
        assert_int_equal(WEXITSTATUS(status), 0);
    (void)c;
    return WIFSIGNALED(status);
}

static bool run_and_cut(struct contract *c, enum deed deed, int nth)
{
    struct compacted compacted;
    enum rc rc;

    arm(c, deed, nth);
    rc = step(c, ALICE, ALL_OF_IT, 100, &compacted);
    trap.link = NULL;
    assert_true(rc == RC_OK || rc == RC_RETRY || rc == RC_UNCERTAIN);
    assert_int_equal(compacted.diffs > 0, rc == RC_OK);
    return trap.sprung;
}

/* The server notices that the connection is gone, and takes back what was not committed. */
static void wait_for_lock(struct contract *c)
{
    database_exec(&db, "START TRANSACTION");
    database_exec(&db, "SELECT * FROM mobync_owners WHERE owner = 'alice' FOR UPDATE");
    mysql_free_result(mysql_store_result(db.mysql));
    database_exec(&db, "ROLLBACK");
    (void)c;
}

/* Of bob, the same step is not broken: what it leaves is what alice's may leave, or nothing. */
static void test_broken_at_each_statement(void **state)
{
    struct contract *c = *state;

    database_exec(&db, "SET SESSION group_concat_max_len = 1000000");
    for (enum deed deed = CUT_BEFORE; deed < DEEDS; deed++) {
        bool sprung = true;
        int nth;

        trap.at_commit = false;

        for (nth = 0; sprung; nth++) {
            struct compacted compacted;
            struct text untouched, done, now;

            assert_true(nth < STATEMENTS_MOST);
            push_times(c, "alice", 5);
            push_times(c, "bob", 5);
            untouched = state_of(c, "alice");
            assert_text(state_of(c, "bob"), untouched);
            assert_ok(c, step(c, BOB, ALL_OF_IT, 100, &compacted));
            assert_false(compacted.more);
            done = state_of(c, "bob");
            sprung = deed < DIE_BEFORE ? run_and_cut(c, deed, nth) : run_and_die(c, deed, nth);
            wait_for_lock(c);
            now = state_of(c, "alice");
            if (!text_equal(now, untouched))
                assert_text(now, done);
            /* … and again. */
            assert_ok(c, step(c, ALICE, ALL_OF_IT, 100, &compacted));
            assert_text(state_of(c, "alice"), done);
        }
        assert_true(nth > 8); /* there are more, as many as the database needs */
        assert_true(trap.at_commit || deed >= DIE_BEFORE);
    }
}

/* A step waits for a push of its owner, and not for one of somebody else. (It looks at the one row
 * behind the owner's last: that of a new owner's first diff may be waited for.) */
static void test_lock(void **state)
{
    struct contract *c = *state;
    struct compacted compacted;

    push_times(c, "alice", 6);
    push_times(c, "bob", 6);
    push_times(c, "carol", 1);
    database_exec(&db, "START TRANSACTION");
    database_exec(&db, "UPDATE mobync_owners SET next_clock = next_clock WHERE owner = 'alice'");
    database_exec(&db, "INSERT INTO " DATABASE_DIFFS " VALUES ('alice', 6, 0, 'x', 0, 'update', "
                       "'other', 'o1', '{}'), ('carol', 1, 0, 'x', 0, 'update', 'other', 'o9', "
                       "'{}')");
    assert_int_equal(compact(c, BOB, ALL_OF_IT, 3).horizon.compacted_below, 6);
    assert_int_equal(step(c, ALICE, ALL_OF_IT, 3, &compacted), RC_RETRY);
    database_exec(&db, "ROLLBACK");
    compact(c, ALICE, ALL_OF_IT, 3);
}

static void test_size(void **state)
{
    struct contract *c = *state;
    struct history_size size;

    push_times(c, "alice", 12);
    compact(c, ALICE, ALL_OF_IT, 100);
    database_exec(&db, "ANALYZE TABLE `my``diffs`, mobync_summaries");
    mysql_free_result(mysql_store_result(db.mysql));
    assert_ok(c, c->ops->measure_history(c->s, &size, &c->fail));
    assert_int_in_range(size.summaries, 1, 2 * OBJECTS);
    assert_int_in_range(size.bytes, 3 * 16384, 64 * 16384);
}

#define TEST(name) CONTRACT_TEST(name)

int main(void)
{
    static const struct contract_subject SUBJECT = {create, db_synchronizer_free};
    const struct CMUnitTest tests[] = {
        TEST(test_pages),
        TEST(test_ages),
        TEST(test_lags),
        TEST(test_costs),
        TEST(test_models_no_longer_mapped),
        TEST(test_inspection),
        TEST(test_owner_is_forgotten),
        TEST(test_owner_is_moved),
        TEST(test_broken_at_each_statement),
        TEST(test_lock),
        TEST(test_size),
    };
    int failed;

    contract_use(&SUBJECT);
    database_start(&db, &contract_mapping);
    failed = cmocka_run_group_tests_name("compaction on MariaDB", tests, NULL, NULL);
    database_stop(&db);
    mysql_library_end();
    return failed;
}
