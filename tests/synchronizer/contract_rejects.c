/* What every synchronizer must do with refused diffs, and with marks in a transaction. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "contract.h"

static const struct text ALICE = {"alice", 5};
static const struct text BOB = {"bob", 3};

static struct reject make_reject(const char *id)
{
    return (struct reject){
        .id = text_of(id),
        .clock = 99, /* of no meaning: the call names it, and the owner */
        .time_ms = 1604114123778,
        .request_id = TEXT_LITERAL("0123abcd"),
        .code = FAIL_INVALID_DATA,
        .message = TEXT_LITERAL("a check constraint of the table refuses the values"),
        .field = TEXT_LITERAL("name"),
        .detail = TEXT_LITERAL("CONSTRAINT `low` failed for `app`.`tasks`"),
        .diff = TEXT_LITERAL("{ \"id\": \"d1\", \"json_data\": \"{\\\"id\\\":\\\"x\\\"}\" }"),
    };
}

static void put_one(struct contract *c, struct text owner, int64_t clock, struct reject reject)
{
    assert_int_equal(c->ops->put_rejects(c->s, owner, clock, &reject, 1, &c->fail), RC_OK);
}

static struct reject find_one(struct contract *c, struct text owner, const char *id)
{
    const struct text ids[] = {text_of(id)};
    struct reject found;

    assert_int_equal(
        c->ops->find_rejects(c->s, owner, (struct id_list){ids, 1}, &c->arena, &found, &c->fail),
        RC_OK);
    return found;
}

static bool take_one(struct contract *c, struct text owner, const char *id)
{
    bool found = false;

    assert_int_equal(c->ops->take_reject(c->s, owner, text_of(id), &found, &c->fail), RC_OK);
    return found;
}

static void assert_reject(struct reject found, const struct reject *put, struct text owner,
                          int64_t clock)
{
    assert_text(found.owner, owner);
    assert_text(found.id, put->id);
    assert_int_equal(found.clock, clock);
    assert_int_equal(found.time_ms, put->time_ms);
    assert_text(found.request_id, put->request_id);
    assert_int_equal(found.code, put->code);
    assert_text(found.message, put->message);
    assert_text(found.field, put->field);
    assert_text(found.detail, put->detail);
    assert_text(found.diff, put->diff);
}

static void assert_known(struct contract *c, const char *owner, const char *id, int64_t clock,
                         bool rejected)
{
    const struct known_id known = contract_known(c, owner, id);

    assert_int_equal(known.clock, clock);
    assert_int_equal(known.rejected, rejected);
}

static void test_kept(void **state)
{
    struct contract *c = *state;
    struct reject put[] = {make_reject("d1"), make_reject("d2")};
    const struct text ids[] = {TEXT_LITERAL("d2"), TEXT_LITERAL("nobody's"), TEXT_LITERAL("d1"),
                               TEXT_LITERAL("d2")};
    struct reject found[ARRAY_LEN(ids)];

    put[1].code = FAIL_NO_SUCH_OBJECT;
    put[1].field = (struct text){NULL, 0};
    put[1].request_id = TEXT_LITERAL("");
    contract_begin(c, "alice");
    contract_commit(c);
    contract_begin(c, "alice");
    assert_int_equal(c->ops->put_rejects(c->s, ALICE, 1, put, 2, &c->fail), RC_OK);
    assert_reject(find_one(c, ALICE, "d1"), &put[0], ALICE, 1);
    contract_commit(c);

    contract_begin(c, "alice");
    memset(found, 0xFF, sizeof(found));
    assert_int_equal(c->ops->find_rejects(c->s, ALICE, (struct id_list){ids, ARRAY_LEN(ids)},
                                          &c->arena, found, &c->fail),
                     RC_OK);
    assert_reject(found[0], &put[1], ALICE, 1);
    assert_int_equal(found[1].id.len, 0);
    assert_reject(found[2], &put[0], ALICE, 1);
    assert_reject(found[3], &put[1], ALICE, 1);
    assert_int_equal(c->ops->put_rejects(c->s, ALICE, 2, NULL, 0, &c->fail), RC_OK);
    assert_int_equal(
        c->ops->find_rejects(c->s, ALICE, (struct id_list){NULL, 0}, &c->arena, NULL, &c->fail),
        RC_OK);
}

static void test_every_code(void **state)
{
    struct contract *c = *state;

    contract_begin(c, "alice");
    for (int code = 0; code < FAIL_CODES; code++) {
        struct reject put = make_reject(fail_code_name((enum fail_code)code));

        put.code = (enum fail_code)code;
        put_one(c, ALICE, 0, put);
        assert_int_equal(find_one(c, ALICE, put.id.ptr).code, code);
    }
}

static void test_known_and_rejected(void **state)
{
    struct contract *c = *state;
    const struct text remembered[] = {TEXT_LITERAL("r"), TEXT_LITERAL("d1")};
    struct diff diff = contract_diff("a", 1, DIFF_CREATE, OTHER, "x");

    contract_begin(c, "alice");
    put_one(c, ALICE, 0, make_reject("d1"));
    contract_commit(c);
    contract_begin(c, "alice");
    contract_append(c, "alice", &diff);
    /* What was rejected stays so, at its clock. */
    assert_int_equal(c->ops->remember(c->s, ALICE, 1, remembered, 2, &c->fail), RC_OK);
    contract_commit(c);
    contract_begin(c, "alice");
    assert_known(c, "alice", "d1", 0, true);
    assert_known(c, "alice", "a", 1, false);
    assert_known(c, "alice", "r", 1, false);
    assert_known(c, "alice", "d2", -1, false);
}

static void test_put_twice(void **state)
{
    static const char *const IDS[] = {"rejected", "remembered", "taken"};
    struct contract *c = *state;
    const struct text remembered[] = {TEXT_LITERAL("remembered")};

    contract_begin(c, "alice");
    put_one(c, ALICE, 0, make_reject("rejected"));
    put_one(c, ALICE, 0, make_reject("taken"));
    assert_true(take_one(c, ALICE, "taken"));
    assert_int_equal(c->ops->remember(c->s, ALICE, 0, remembered, 1, &c->fail), RC_OK);
    contract_commit(c);
    for (size_t i = 0; i < ARRAY_LEN(IDS); i++) {
        const struct reject again = make_reject(IDS[i]);

        contract_begin(c, "alice");
        assert_int_equal(c->ops->put_rejects(c->s, ALICE, 1, &again, 1, &c->fail), RC_RETRY);
        c->ops->rollback(c->s);
    }
    contract_begin(c, "alice");
    assert_known(c, "alice", "remembered", 0, false);
}

static void test_take(void **state)
{
    struct contract *c = *state;

    contract_begin(c, "alice");
    put_one(c, ALICE, 0, make_reject("d1"));
    put_one(c, ALICE, 0, make_reject("d2"));
    contract_commit(c);
    contract_begin(c, "alice");
    assert_true(take_one(c, ALICE, "d1"));
    assert_false(take_one(c, ALICE, "d1"));
    assert_false(take_one(c, ALICE, "nobody's"));
    c->ops->rollback(c->s);
    contract_begin(c, "alice");
    assert_text(find_one(c, ALICE, "d1").id, TEXT_LITERAL("d1"));
    assert_true(take_one(c, ALICE, "d1"));
    contract_commit(c);
    contract_begin(c, "alice");
    assert_int_equal(find_one(c, ALICE, "d1").id.len, 0);
    assert_false(take_one(c, ALICE, "d1"));
    assert_known(c, "alice", "d1", 0, true);
    assert_text(find_one(c, ALICE, "d2").id, TEXT_LITERAL("d2"));
}

static void test_walls(void **state)
{
    struct contract *c = *state;
    struct reject of_bob = make_reject("d1");

    contract_begin(c, "alice");
    put_one(c, ALICE, 0, make_reject("d1"));
    contract_commit(c);
    contract_begin(c, "bob");
    assert_known(c, "bob", "d1", -1, false);
    assert_int_equal(find_one(c, BOB, "d1").id.len, 0);
    assert_false(take_one(c, BOB, "d1"));
    of_bob.message = TEXT_LITERAL("of bob");
    put_one(c, BOB, 0, of_bob);
    assert_true(take_one(c, BOB, "d1"));
    contract_commit(c);
    contract_begin(c, "alice");
    assert_text(find_one(c, ALICE, "d1").message, make_reject("d1").message);
}

static void test_hostile_texts(void **state)
{
    struct contract *c = *state;
    struct reject put[HOSTILE_COUNT];
    struct text ids[HOSTILE_COUNT];
    struct reject found[HOSTILE_COUNT];

    for (size_t i = 0; i < HOSTILE_COUNT; i++) {
        put[i] = make_reject(HOSTILE[i]);
        ids[i] = put[i].message = put[i].field = put[i].detail = put[i].diff = put[i].id;
    }
    for (size_t i = 0; i < HOSTILE_COUNT; i++) {
        contract_begin(c, HOSTILE[i]);
        assert_int_equal(c->ops->put_rejects(c->s, ids[i], 0, put, HOSTILE_COUNT, &c->fail), RC_OK);
        contract_commit(c);
    }
    contract_begin(c, HOSTILE[0]);
    assert_int_equal(c->ops->find_rejects(c->s, ids[0], (struct id_list){ids, HOSTILE_COUNT},
                                          &c->arena, found, &c->fail),
                     RC_OK);
    for (size_t i = 0; i < HOSTILE_COUNT; i++) {
        assert_reject(found[i], &put[i], ids[0], 0);
        assert_known(c, HOSTILE[0], HOSTILE[i], 0, true);
        assert_true(take_one(c, ids[0], HOSTILE[i]));
    }
}

/* More than a packet's measure, in the middle of others. */
static void test_large(void **state)
{
    struct contract *c = *state;
    const size_t len = (size_t)5 * 1024 * 1024;
    char *large = alloc_or_die(len + 1);
    struct reject put[] = {make_reject("a"), make_reject("b"), make_reject("c")};

    memset(large, 'x', len);
    large[len] = '\0';
    put[1].diff = text_of(large);
    contract_begin(c, "alice");
    assert_int_equal(c->ops->put_rejects(c->s, ALICE, 0, put, 3, &c->fail), RC_OK);
    contract_commit(c);
    contract_begin(c, "alice");
    for (size_t i = 0; i < 3; i++)
        assert_reject(find_one(c, ALICE, put[i].id.ptr), &put[i], ALICE, 0);
    free(large);
}

static void test_many(void **state)
{
    struct contract *c = *state;
    enum { N = 600 };
    static char names[N][8];
    struct reject put[N], found[N];
    struct text ids[N];

    for (size_t i = 0; i < N; i++) {
        snprintf(names[i], sizeof(names[i]), "d%zu", i);
        put[i] = make_reject(names[i]);
        ids[i] = put[i].diff = put[i].id;
    }
    contract_begin(c, "alice");
    assert_int_equal(c->ops->put_rejects(c->s, ALICE, 0, put, N, &c->fail), RC_OK);
    contract_commit(c);
    contract_begin(c, "alice");
    assert_int_equal(
        c->ops->find_rejects(c->s, ALICE, (struct id_list){ids, N}, &c->arena, found, &c->fail),
        RC_OK);
    for (size_t i = 0; i < N; i++)
        assert_reject(found[i], &put[i], ALICE, 0);
}

/* A bit of everything that a transaction writes; `n` makes its ids. */
static void write_all(struct contract *c, int64_t clock, const char *n)
{
    const struct text known[] = {text_of(n)};
    struct diff diff = contract_diff(n, clock, DIFF_CREATE, OTHER, n);
    char id[16];

    snprintf(id, sizeof(id), "diff %s", n);
    diff.id = text_of(id);
    contract_create(c, "alice", OTHER, n, "created");
    assert_int_equal(contract_update(c, "alice", OTHER, "changed", n), 1);
    contract_append(c, "alice", &diff);
    assert_int_equal(c->ops->remember(c->s, ALICE, clock, known, 1, &c->fail), RC_OK);
    snprintf(id, sizeof(id), "reject %s", n);
    put_one(c, ALICE, clock, make_reject(id));
}

static void assert_written(struct contract *c, const char *n, int64_t clock)
{
    char id[16];

    assert_int_equal(contract_read(c, "alice", OTHER, n).live, clock >= 0);
    assert_known(c, "alice", n, clock, false);
    snprintf(id, sizeof(id), "diff %s", n);
    assert_known(c, "alice", id, clock, false);
    snprintf(id, sizeof(id), "reject %s", n);
    assert_known(c, "alice", id, clock, clock >= 0);
    assert_int_equal(find_one(c, ALICE, id).id.len > 0, clock >= 0);
}

static void prepare(struct contract *c)
{
    contract_begin(c, "alice");
    contract_create(c, "alice", OTHER, "changed", "before");
    contract_create(c, "alice", OTHER, "removed", "before");
    put_one(c, ALICE, 0, make_reject("kept"));
    contract_commit(c);
}

static void assert_mark(struct contract *c)
{
    assert_int_equal(c->ops->mark(c->s, &c->fail), RC_OK);
}

static void assert_rewind(struct contract *c)
{
    assert_int_equal(c->ops->rewind(c->s, &c->fail), RC_OK);
}

static void test_rewind(void **state)
{
    struct contract *c = *state;

    prepare(c);
    assert_int_equal(contract_begin(c, "alice"), 1);
    contract_create(c, "alice", OTHER, "first", "x");
    put_one(c, ALICE, 1, make_reject("first"));
    assert_mark(c);
    write_all(c, 1, "undone");
    assert_int_equal(contract_remove(c, "alice", OTHER, "removed"), 1);
    assert_int_equal(contract_remove(c, "alice", OTHER, "first"), 1);
    assert_true(take_one(c, ALICE, "kept"));
    assert_true(take_one(c, ALICE, "first"));
    assert_written(c, "undone", 1);
    assert_rewind(c);

    assert_written(c, "undone", -1);
    assert_text(contract_read(c, "alice", OTHER, "changed").values[0].text, TEXT_LITERAL("before"));
    assert_true(contract_read(c, "alice", OTHER, "removed").live);
    assert_true(contract_read(c, "alice", OTHER, "first").live);
    assert_int_equal(find_one(c, ALICE, "kept").id.len, 4);
    assert_int_equal(find_one(c, ALICE, "first").id.len, 5);
    write_all(c, 1, "undone"); /* the same ids, once more */
    contract_commit(c);

    assert_int_equal(contract_begin(c, "alice"), 2);
    assert_written(c, "undone", 1);
    assert_true(contract_read(c, "alice", OTHER, "first").live);
    assert_int_equal(contract_history(c, "alice", 0).diffs.count, 1);
}

static void test_rewind_again(void **state)
{
    struct contract *c = *state;

    prepare(c);
    contract_begin(c, "alice");
    assert_mark(c);
    assert_rewind(c); /* nothing was done */
    write_all(c, 1, "a");
    assert_rewind(c);
    write_all(c, 1, "b");
    assert_rewind(c);
    contract_create(c, "alice", OTHER, "kept", "x");
    assert_mark(c); /* moves it */
    write_all(c, 1, "c");
    assert_rewind(c);
    contract_commit(c);
    contract_begin(c, "alice");
    assert_written(c, "a", -1);
    assert_written(c, "b", -1);
    assert_written(c, "c", -1);
    assert_true(contract_read(c, "alice", OTHER, "kept").live);
}

/* A refusal in the middle of a call: what it had done before is undone with the rest. */
static void test_refusal_behind_mark(void **state)
{
    struct contract *c = *state;
    const struct field_value fields[] = {contract_text(OTHER, 0, "x")};
    const struct object objects[] = {contract_object("new", fields, 1),
                                     contract_object("changed", fields, 1)};
    size_t applied;

    prepare(c);
    contract_begin(c, "alice");
    assert_mark(c);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(c->ops->create(c->s, (struct owner_model){ALICE, OTHER}, objects, 2,
                                        &applied, &c->fail),
                         RC_REJECTED);
        assert_int_equal(c->fail.code, FAIL_OBJECT_EXISTS);
        assert_rewind(c);
        assert_false(contract_read(c, "alice", OTHER, "new").live);
    }
    write_all(c, 1, "later");
    contract_commit(c);
    contract_begin(c, "alice");
    assert_written(c, "later", 1);
    assert_false(contract_read(c, "alice", OTHER, "new").live);
}

static void test_rollback_behind_mark(void **state)
{
    struct contract *c = *state;

    prepare(c);
    contract_begin(c, "alice");
    put_one(c, ALICE, 1, make_reject("first"));
    assert_true(take_one(c, ALICE, "kept"));
    assert_mark(c);
    write_all(c, 1, "undone");
    assert_rewind(c);
    write_all(c, 1, "undone");
    c->ops->rollback(c->s);

    assert_int_equal(contract_begin(c, "alice"), 1);
    assert_written(c, "undone", -1);
    assert_known(c, "alice", "first", -1, false);
    assert_int_equal(find_one(c, ALICE, "first").id.len, 0);
    assert_int_equal(find_one(c, ALICE, "kept").id.len, 4);
    assert_text(contract_read(c, "alice", OTHER, "changed").values[0].text, TEXT_LITERAL("before"));
}

int contract_rejects_run(const char *name)
{
    const struct CMUnitTest tests[] = {
        CONTRACT_TEST(test_kept),
        CONTRACT_TEST(test_every_code),
        CONTRACT_TEST(test_known_and_rejected),
        CONTRACT_TEST(test_put_twice),
        CONTRACT_TEST(test_take),
        CONTRACT_TEST(test_walls),
        CONTRACT_TEST(test_hostile_texts),
        CONTRACT_TEST(test_large),
        CONTRACT_TEST(test_many),
        CONTRACT_TEST(test_rewind),
        CONTRACT_TEST(test_rewind_again),
        CONTRACT_TEST(test_refusal_behind_mark),
        CONTRACT_TEST(test_rollback_behind_mark),
    };

    return cmocka_run_group_tests_name(name, tests, NULL, NULL);
}
