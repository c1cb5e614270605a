/* Columns that are filled, and soft deletes: what every synchronizer does with them. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include "contract.h"

enum { S_NAME, S_KIND, S_RANK };

#define FILLED_KIND "it's `x` \\"

static enum rc create(struct contract *c, const struct model *model, const struct object *objects,
                      size_t count, size_t *applied)
{
    return c->ops->create(c->s, (struct owner_model){TEXT_LITERAL("alice"), model}, objects, count,
                          applied, &c->fail);
}

static void assert_soft(struct contract *c, const char *id, const char *kind, int64_t rank)
{
    const struct row row = contract_read(c, "alice", SOFT, id);

    assert_true(row.live);
    assert_text(row.values[S_KIND].text, text_of(kind));
    assert_int_equal(row.values[S_RANK].integer, rank);
}

static void test_fills(void **state)
{
    struct contract *c = *state;
    const struct field_value both[] = {contract_text(SOFT, S_NAME, "n"),
                                       contract_text(SOFT, S_KIND, "own")};
    const struct object objects[] = {contract_object("a", both, 1), contract_object("b", both, 2),
                                     contract_object("c", both, 0), contract_object("d", both, 2),
                                     contract_object("e", both + 1, 1)};
    size_t applied = 0;

    contract_begin(c, "alice");
    assert_int_equal(create(c, SOFT, objects, ARRAY_LEN(objects), &applied), RC_OK);
    assert_int_equal(applied, ARRAY_LEN(objects));
    assert_soft(c, "a", FILLED_KIND, 7);
    assert_soft(c, "b", "own", 7);
    assert_soft(c, "c", FILLED_KIND, 7);
    assert_soft(c, "d", "own", 7);
    assert_soft(c, "e", "own", 7);
    assert_text(contract_read(c, "alice", SOFT, "d").values[S_NAME].text, TEXT_LITERAL("n"));
    assert_int_equal(contract_update(c, "alice", SOFT, "b", "n2"), 1);
    assert_soft(c, "b", "changed", 7);
    assert_int_equal(c->ops->update(c->s, (struct owner_model){TEXT_LITERAL("alice"), SOFT},
                                    &objects[3], 1, &applied, &c->fail),
                     RC_OK);
    assert_soft(c, "d", "own", 7);
    contract_commit(c);
}

static void test_soft_delete(void **state)
{
    struct contract *c = *state;
    const struct model *const models[] = {SOFT, FLAGGED, COUNTED};

    for (size_t i = 0; i < ARRAY_LEN(models); i++) {
        const struct model *model = models[i];

        contract_begin(c, "alice");
        contract_create(c, "alice", model, "a", "one");
        contract_create(c, "alice", model, "b", "two");
        contract_commit(c);
        contract_begin(c, "alice");
        assert_int_equal(contract_remove(c, "alice", model, "a"), 1);
        assert_int_equal(contract_remove(c, "alice", model, "a"), 0);
        assert_int_equal(contract_remove(c, "alice", model, "never"), 0);
        assert_false(contract_read(c, "alice", model, "a").live);
        assert_true(contract_read(c, "alice", model, "b").live);
        assert_int_equal(contract_update(c, "alice", model, "a", "late"), 0);
        assert_int_equal(contract_update(c, "alice", model, "b", "three"), 1);
        contract_commit(c);
        contract_begin(c, "alice");
        assert_false(contract_read(c, "alice", model, "a").live);
        c->ops->rollback(c->s);
    }
}

static void test_brought_back(void **state)
{
    struct contract *c = *state;
    const struct field_value name[] = {contract_text(SOFT, S_NAME, "again")};
    const struct object objects[] = {
        contract_object("new1", name, 1), contract_object("a", name, 0),
        contract_object("b", name, 1),    contract_object("new2", name, 1),
        contract_object("c", name, 1),
    };
    size_t applied = 0;
    struct row row;

    contract_begin(c, "alice");
    for (const char *const *id = (const char *const[]){"a", "b", "c", NULL}; *id != NULL; id++) {
        contract_create(c, "alice", SOFT, *id, "one");
        assert_int_equal(contract_update(c, "alice", SOFT, *id, "two"), 1);
        assert_int_equal(contract_remove(c, "alice", SOFT, *id), 1);
    }
    assert_int_equal(create(c, SOFT, objects, ARRAY_LEN(objects), &applied), RC_OK);
    assert_int_equal(applied, ARRAY_LEN(objects));
    row = contract_read(c, "alice", SOFT, "a");
    assert_true(row.live);
    assert_false(row.values[S_NAME].kind == VALUE_TEXT &&
                 text_equal(row.values[S_NAME].text, TEXT_LITERAL("two")));
    assert_soft(c, "a", FILLED_KIND, 7);
    assert_text(contract_read(c, "alice", SOFT, "b").values[S_NAME].text, TEXT_LITERAL("again"));
    assert_text(contract_read(c, "alice", SOFT, "new2").values[S_NAME].text, TEXT_LITERAL("again"));
    /* What lives is in the way as ever. */
    assert_int_equal(create(c, SOFT, objects + 1, 1, &applied), RC_REJECTED);
    assert_int_equal(c->fail.code, FAIL_OBJECT_EXISTS);
}

static void bring_many_back(struct contract *c, const struct model *model)
{
    enum { N = 600 };
    static char names[N][8];
    struct object *objects = arena_array(&c->arena, N, sizeof(*objects));
    struct text *ids = arena_array(&c->arena, N, sizeof(*ids));
    size_t applied = 0;

    for (size_t i = 0; i < N; i++) {
        snprintf(names[i], sizeof(names[i]), "o%zu", i);
        ids[i] = text_of(names[i]);
        objects[i] = (struct object){.id = ids[i]};
    }
    contract_begin(c, "alice");
    assert_int_equal(create(c, model, objects, N, &applied), RC_OK);
    assert_int_equal(c->ops->remove(c->s, (struct owner_model){TEXT_LITERAL("alice"), model},
                                    (struct id_list){ids, N / 2}, &applied, &c->fail),
                     RC_OK);
    assert_int_equal(applied, N / 2);
    assert_int_equal(create(c, model, objects, N / 2, &applied), RC_OK);
    assert_int_equal(applied, N / 2);
    assert_true(contract_read(c, "alice", model, "o299").live);
    c->ops->rollback(c->s);
}

static void test_many_brought_back(void **state)
{
    bring_many_back(*state, FLAGGED);
    bring_many_back(*state, COUNTED);
}

static void test_past_of_deleted(void **state)
{
    struct contract *c = *state;
    const struct text ids[] = {TEXT_LITERAL("a"), TEXT_LITERAL("b"), TEXT_LITERAL("c")};
    struct object_past past[3];
    bool existed[3];

    contract_begin(c, "alice");
    contract_create(c, "alice", SOFT, "a", "x");
    contract_create(c, "alice", SOFT, "b", "x");
    assert_int_equal(contract_remove(c, "alice", SOFT, "a"), 1);
    assert_int_equal(c->ops->find_past(c->s, (struct owner_model){TEXT_LITERAL("alice"), SOFT},
                                       (struct id_list){ids, 3}, past, &c->fail),
                     RC_OK);
    assert_true(past[0].existed && past[0].deleted);
    assert_false(past[1].existed);
    assert_false(past[2].existed);
    assert_int_equal(c->ops->find_existing(c->s, (struct owner_model){TEXT_LITERAL("alice"), SOFT},
                                           (struct id_list){ids, 3}, existed, &c->fail),
                     RC_OK);
    assert_true(existed[0] && !existed[1] && !existed[2]);
}

static void test_rewound(void **state)
{
    struct contract *c = *state;

    contract_begin(c, "alice");
    contract_create(c, "alice", SOFT, "a", "x");
    contract_commit(c);
    contract_begin(c, "alice");
    assert_int_equal(c->ops->mark(c->s, &c->fail), RC_OK);
    assert_int_equal(contract_remove(c, "alice", SOFT, "a"), 1);
    assert_int_equal(c->ops->rewind(c->s, &c->fail), RC_OK);
    assert_true(contract_read(c, "alice", SOFT, "a").live);
    assert_int_equal(contract_remove(c, "alice", SOFT, "a"), 1);
    c->ops->rollback(c->s);
    contract_begin(c, "alice");
    assert_true(contract_read(c, "alice", SOFT, "a").live);
}

/* A table with nothing beside the key. */
static void test_without_fields(void **state)
{
    struct contract *c = *state;
    const struct owner_model of = {TEXT_LITERAL("alice"), BARE};
    const struct object objects[] = {contract_object("a", NULL, 0), contract_object("b", NULL, 0)};
    const struct object never = contract_object("never", NULL, 0);
    size_t applied = 0;

    contract_begin(c, "alice");
    assert_int_equal(create(c, BARE, objects, ARRAY_LEN(objects), &applied), RC_OK);
    assert_int_equal(applied, ARRAY_LEN(objects));
    assert_true(contract_read(c, "alice", BARE, "a").live);
    assert_int_equal(c->ops->update(c->s, of, objects, 2, &applied, &c->fail), RC_OK);
    assert_int_equal(applied, 2);
    assert_int_equal(c->ops->update(c->s, of, &never, 1, &applied, &c->fail), RC_OK);
    assert_int_equal(applied, 0);
    assert_int_equal(contract_remove(c, "alice", BARE, "a"), 1);
    assert_false(contract_read(c, "alice", BARE, "a").live);
    assert_true(contract_read(c, "alice", BARE, "b").live);
    contract_commit(c);
}

int contract_filled_run(const char *name)
{
    const struct CMUnitTest tests[] = {
        CONTRACT_TEST(test_fills),           CONTRACT_TEST(test_soft_delete),
        CONTRACT_TEST(test_brought_back),    CONTRACT_TEST(test_many_brought_back),
        CONTRACT_TEST(test_past_of_deleted), CONTRACT_TEST(test_rewound),
        CONTRACT_TEST(test_without_fields),
    };

    return cmocka_run_group_tests_name(name, tests, NULL, NULL);
}
