/* The mapping and the cases of contract_keys.h, for every implementation: contract_keys_run(). */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include "contract_keys.h"

#define NAME(s)                                                                                    \
    {                                                                                              \
        s, sizeof(s) - 1                                                                           \
    }

static struct model models[KEYED_MODELS];

/* Every model's field 0 is a string, for contract_create() and its like. */
static struct field project_fields[] = {
    {.name = NAME("name"), .column = NAME("name"), .type = FIELD_STRING, .index = 0},
    {.name = NAME("above"),
     .column = NAME("parent_id"),
     .type = FIELD_REFERENCE,
     .index = 1,
     .parent = &models[PROJECTS]},
};
static struct field note_fields[] = {
    {.name = NAME("text"), .column = NAME("text"), .type = FIELD_STRING, .index = 0},
    {.name = NAME("project"),
     .column = NAME("project_id"),
     .type = FIELD_REFERENCE,
     .index = 1,
     .parent = &models[PROJECTS]},
    {.name = NAME("next"),
     .column = NAME("next_id"),
     .type = FIELD_REFERENCE,
     .index = 2,
     .parent = &models[NOTES]},
};
static struct field other_fields[] = {
    {.name = NAME("name"), .column = NAME("name"), .type = FIELD_STRING, .index = 0},
};
static struct id_part pair_parts[] = {
    {.column = NAME("project_id"), .type = KEY_REFERENCE, .parent = &models[PROJECTS]},
    {.column = NAME("label"), .type = KEY_STRING},
};

#define TABLE(name_) .name = NAME(name_), .table = NAME(name_), .allow = {true, true, true}
#define FIELDS(list) .fields = (list), .field_count = sizeof(list) / sizeof((list)[0])

static struct model models[KEYED_MODELS] = {
    [PROJECTS] = {TABLE("projects"), .id_column = NAME("sync_id"), .id_type = KEY_UUID,
                  .owner_column = NAME("user_id"), .owner_type = KEY_INTEGER,
                  FIELDS(project_fields), .index = PROJECTS},
    [NOTES] = {TABLE("notes"), .id_column = NAME("id"), .id_type = KEY_INTEGER,
               .owner_column = NAME("user_id"), .owner_type = KEY_INTEGER, FIELDS(note_fields),
               .index = NOTES},
    [PAIRS] = {TABLE("pairs"), .id_column = NAME("project_id"), .id_type = KEY_REFERENCE,
               .id_parts = pair_parts, .id_part_count = 2, .owner_column = NAME("user_id"),
               .owner_type = KEY_INTEGER, FIELDS(other_fields), .index = PAIRS},
    [FOLDED] = {TABLE("folded"), .id_column = NAME("id"), .owner_column = NAME("owner_id"),
                FIELDS(other_fields), .index = FOLDED},
    [BYTES] = {TABLE("bytes"), .id_column = NAME("id"), .id_type = KEY_UUID,
               .owner_column = NAME("owner_id"), .owner_type = KEY_UUID, FIELDS(other_fields),
               .index = BYTES},
};

struct mapping contract_keys_mapping = {.models = models, .model_count = KEYED_MODELS};
const struct model *const KEYED = models;

#define U1 "00000000-0000-4000-8000-000000000001"
#define U2 "00000000-0000-4000-8000-000000000002"
#define U3 "00000000-0000-4000-8000-0000000000fe"
#define U4 "5b0cf2a1-7a11-4d0e-9d5c-c0ffee00beef"

static struct field_value reference(const struct model *model, size_t field, const char *id)
{
    return id != NULL ? contract_text(model, field, id) : contract_null(model, field);
}

static enum rc create(struct contract *c, const char *owner, const struct model *model,
                      const struct object *objects, size_t count)
{
    size_t applied = 0;
    enum rc rc = c->ops->create(c->s, (struct owner_model){text_of(owner), model}, objects, count,
                                &applied, &c->fail);

    if (rc == RC_OK)
        assert_int_equal(applied, count);
    return rc;
}

static void assert_rejected(const struct contract *c, enum rc rc, enum fail_code code,
                            const char *field)
{
    assert_int_equal(rc, RC_REJECTED);
    assert_int_equal(c->fail.code, code);
    assert_string_equal(c->fail.field, field);
    assert_false(c->fail.of_request);
}

static void assert_name(struct contract *c, const char *owner, const struct model *model,
                        const char *id, const char *name)
{
    struct row row = contract_read(c, owner, model, id);

    assert_int_equal(row.live, name != NULL);
    if (name != NULL)
        assert_text(row.values[0].text, text_of(name));
}

/* NULL: the reference is NULL. */
static void assert_refers(struct contract *c, const char *owner, const struct model *model,
                          const char *id, size_t field, const char *parent)
{
    struct row row = contract_read(c, owner, model, id);
    char json[200];

    assert_true(row.live);
    if (parent == NULL) {
        assert_int_equal(row.values[field].kind, VALUE_NULL);
        assert_text(row.values[field].json, TEXT_LITERAL("null"));
        return;
    }
    assert_int_equal(row.values[field].kind, VALUE_TEXT);
    assert_text(row.values[field].text, text_of(parent));
    snprintf(json, sizeof(json), "\"%s\"", parent);
    assert_text(row.values[field].json, text_of(json));
}

/* Create, read, update and remove, beside a neighbour and another owner's row of the same id. */
static void live(struct contract *c, const struct model *model, const char *const owners[2],
                 const char *id, const char *neighbour)
{
    contract_begin(c, owners[1]);
    contract_create(c, owners[1], model, id, "theirs");
    contract_commit(c);
    contract_begin(c, owners[0]);
    contract_create(c, owners[0], model, id, "mine");
    contract_create(c, owners[0], model, neighbour, "next");
    assert_name(c, owners[0], model, id, "mine");
    assert_int_equal(contract_update(c, owners[0], model, id, "changed"), 1);
    contract_commit(c);
    contract_begin(c, owners[0]);
    assert_name(c, owners[0], model, id, "changed");
    assert_name(c, owners[0], model, neighbour, "next");
    assert_int_equal(contract_remove(c, owners[0], model, id), 1);
    assert_int_equal(contract_remove(c, owners[0], model, id), 0);
    assert_int_equal(contract_update(c, owners[0], model, id, "gone"), 0);
    assert_name(c, owners[0], model, id, NULL);
    assert_name(c, owners[0], model, neighbour, "next");
    contract_commit(c);
    contract_begin(c, owners[1]);
    assert_name(c, owners[1], model, id, "theirs");
    assert_name(c, owners[1], model, neighbour, NULL);
    contract_commit(c);
}

static void test_integers(void **state)
{
    static const char *const OWNERS[] = {"42", "-7"};

    live(*state, &KEYED[NOTES], OWNERS, "9223372036854775807", "9223372036854775806");
    live(*state, &KEYED[NOTES], (const char *const[]){"1", "0"}, "-9223372036854775808", "0");
}

static void test_uuids(void **state)
{
    static const char *const OWNERS[] = {"42", "43"};

    live(*state, &KEYED[PROJECTS], OWNERS, U1, U3);
}

static void test_bytes(void **state)
{
    static const char *const OWNERS[] = {U4, U3};

    live(*state, &KEYED[BYTES], OWNERS, U1, U3);
}

static void test_several_columns(void **state)
{
    static const char *const OWNERS[] = {"42", "43"};
    struct contract *c = *state;

    for (size_t i = 0; i < 2; i++) {
        contract_begin(c, OWNERS[i]);
        contract_create(c, OWNERS[i], &KEYED[PROJECTS], U1, "one");
        contract_create(c, OWNERS[i], &KEYED[PROJECTS], U2, "two");
        contract_commit(c);
    }
    live(c, &KEYED[PAIRS], OWNERS, U1 ":a", U2 ":a");
    live(c, &KEYED[PAIRS], OWNERS, U1 ":%3A%25 b", U1 ":%253A");
}

/* What a device could not have sent is nobody's row, and nothing breaks. */
static void test_ids_of_another_form(void **state)
{
    static const char *const IDS[] = {"x", "01", "4e1", " 1", "+1", "-0", "9223372036854775808"};
    struct contract *c = *state;
    const struct object object = contract_object("01", NULL, 0);

    contract_begin(c, "42");
    contract_create(c, "42", &KEYED[NOTES], "1", "one");
    contract_create(c, "42", &KEYED[NOTES], "0", "nought");
    for (size_t i = 0; i < ARRAY_LEN(IDS); i++) {
        assert_name(c, "42", &KEYED[NOTES], IDS[i], NULL);
        assert_int_equal(contract_update(c, "42", &KEYED[NOTES], IDS[i], "bad"), 0);
        assert_int_equal(contract_remove(c, "42", &KEYED[NOTES], IDS[i]), 0);
    }
    assert_name(c, "42", &KEYED[PAIRS], U1, NULL);
    assert_name(c, "42", &KEYED[PAIRS], U1 ":%3a", NULL);
    assert_rejected(c, create(c, "42", &KEYED[NOTES], &object, 1), FAIL_INVALID_DATA, "id");
    c->ops->rollback(c->s);
}

/* More than one statement takes, some of them not there. */
static void test_read_many(void **state)
{
    struct contract *c = *state;
    enum { N = 300 };
    static char names[N][TEXT_NUMBER_MAX];
    struct object objects[N / 3];
    struct text ids[N];
    struct row rows[N];

    for (size_t i = 0; i < N; i++) {
        snprintf(names[i], sizeof(names[i]), "%zu", i);
        ids[i] = text_of(names[i]);
        if (i % 3 == 0)
            objects[i / 3] = contract_object(names[i], NULL, 0);
    }
    contract_begin(c, "42");
    assert_int_equal(create(c, "42", &KEYED[NOTES], objects, ARRAY_LEN(objects)), RC_OK);
    assert_int_equal(c->ops->read(c->s, (struct owner_model){TEXT_LITERAL("42"), &KEYED[NOTES]},
                                  (struct id_list){ids, N}, &c->arena, rows, &c->fail),
                     RC_OK);
    for (size_t i = 0; i < N; i++)
        assert_int_equal(rows[i].live, i % 3 == 0);
    c->ops->rollback(c->s);
}

static void test_references(void **state)
{
    struct contract *c = *state;
    struct field_value fields[] = {reference(&KEYED[NOTES], 1, U1), reference(&KEYED[NOTES], 1, U2),
                                   reference(&KEYED[NOTES], 1, NULL)};
    const struct object notes[] = {
        contract_object("1", &fields[0], 1), contract_object("2", &fields[1], 1),
        contract_object("3", &fields[2], 1), contract_object("4", NULL, 0)};
    struct object moved = contract_object("1", &fields[1], 1);
    size_t applied;

    contract_begin(c, "42");
    contract_create(c, "42", &KEYED[PROJECTS], U1, "one");
    contract_create(c, "42", &KEYED[PROJECTS], U2, "two");
    assert_int_equal(create(c, "42", &KEYED[NOTES], notes, ARRAY_LEN(notes)), RC_OK);
    assert_refers(c, "42", &KEYED[NOTES], "1", 1, U1);
    assert_refers(c, "42", &KEYED[NOTES], "2", 1, U2);
    assert_refers(c, "42", &KEYED[NOTES], "3", 1, NULL);
    assert_refers(c, "42", &KEYED[NOTES], "4", 1, NULL);
    contract_commit(c);
    contract_begin(c, "42");
    assert_int_equal(c->ops->update(c->s, (struct owner_model){TEXT_LITERAL("42"), &KEYED[NOTES]},
                                    &moved, 1, &applied, &c->fail),
                     RC_OK);
    assert_int_equal(applied, 1);
    moved = contract_object("2", &fields[2], 1);
    assert_int_equal(c->ops->update(c->s, (struct owner_model){TEXT_LITERAL("42"), &KEYED[NOTES]},
                                    &moved, 1, &applied, &c->fail),
                     RC_OK);
    assert_refers(c, "42", &KEYED[NOTES], "1", 1, U2);
    assert_refers(c, "42", &KEYED[NOTES], "2", 1, NULL);
    contract_commit(c);
}

/* Missing, another owner's, of another form, and one that is gone. */
static void test_references_to_nothing(void **state)
{
    static const char *const PARENTS[] = {U2, U3,  "1",
                                          "", "0", "00000000-0000-4000-8000-0000000000FE"};
    struct contract *c = *state;

    contract_begin(c, "43");
    contract_create(c, "43", &KEYED[PROJECTS], U3, "theirs");
    contract_commit(c);
    contract_begin(c, "42");
    contract_create(c, "42", &KEYED[PROJECTS], U1, "mine");
    contract_create(c, "42", &KEYED[NOTES], "1", "note");
    for (size_t i = 0; i < ARRAY_LEN(PARENTS); i++) {
        const struct field_value field = reference(&KEYED[NOTES], 1, PARENTS[i]);
        const struct object bad = contract_object("2", &field, 1);
        const struct object worse = contract_object("1", &field, 1);
        size_t applied;

        assert_rejected(c, create(c, "42", &KEYED[NOTES], &bad, 1), FAIL_INVALID_DATA, "project");
        assert_true(c->fail.clash);
        assert_rejected(c,
                        c->ops->update(c->s,
                                       (struct owner_model){TEXT_LITERAL("42"), &KEYED[NOTES]},
                                       &worse, 1, &applied, &c->fail),
                        FAIL_INVALID_DATA, "project");
    }
    assert_name(c, "42", &KEYED[NOTES], "2", NULL);
    assert_refers(c, "42", &KEYED[NOTES], "1", 1, NULL);
    c->ops->rollback(c->s);
}

static void test_id_of_a_missing_parent(void **state)
{
    struct contract *c = *state;
    const struct object object = contract_object(U2 ":a", NULL, 0);

    contract_begin(c, "42");
    contract_create(c, "42", &KEYED[PROJECTS], U1, "one");
    assert_rejected(c, create(c, "42", &KEYED[PAIRS], &object, 1), FAIL_INVALID_DATA, "id");
    assert_true(c->fail.clash);
    assert_name(c, "42", &KEYED[PAIRS], U2 ":a", NULL);
    assert_int_equal(contract_update(c, "42", &KEYED[PAIRS], U2 ":a", "x"), 0);
    assert_int_equal(contract_remove(c, "42", &KEYED[PAIRS], U2 ":a"), 0);
    c->ops->rollback(c->s);
}

/* Parents and children in one list, parents first, the keys of all still to be given. */
static void test_trees(void **state)
{
    struct contract *c = *state;
    enum { N = 40 };
    static char names[N][40];
    struct field_value fields[N];
    struct object objects[N];

    for (size_t i = 0; i < N; i++)
        snprintf(names[i], sizeof(names[i]), "00000000-0000-4000-8000-%012zx", i);
    /* A chain of five, then the rest below one of the chain. */
    for (size_t i = 0; i < N; i++) {
        const char *above = i == 0 ? NULL : i < 5 ? names[i - 1] : names[i % 5];

        fields[i] = reference(&KEYED[PROJECTS], 1, above);
        objects[i] = contract_object(names[i], &fields[i], i == 7 ? 0 : 1);
    }
    contract_begin(c, "42");
    assert_int_equal(create(c, "42", &KEYED[PROJECTS], objects, N), RC_OK);
    contract_commit(c);
    contract_begin(c, "42");
    for (size_t i = 0; i < N; i++)
        assert_refers(c, "42", &KEYED[PROJECTS], names[i], 1,
                      i == 0 || i == 7 ? NULL
                      : i < 5          ? names[i - 1]
                                       : names[i % 5]);
    contract_commit(c);
}

static void test_reference_to_itself_and_behind(void **state)
{
    struct contract *c = *state;
    const struct field_value itself = reference(&KEYED[PROJECTS], 1, U1);
    const struct field_value behind = reference(&KEYED[PROJECTS], 1, U2);
    const struct object alone = contract_object(U1, &itself, 1);
    const struct object reversed[] = {contract_object(U1, &behind, 1),
                                      contract_object(U2, NULL, 0)};

    contract_begin(c, "42");
    assert_rejected(c, create(c, "42", &KEYED[PROJECTS], &alone, 1), FAIL_INVALID_DATA, "above");
    assert_rejected(c, create(c, "42", &KEYED[PROJECTS], reversed, 2), FAIL_INVALID_DATA, "above");
    c->ops->rollback(c->s);
}

static const char *const SPELLINGS[] = {"aB", "Ab", "a", "a ", "\xC3\xA9", "e"};

/* Where a table takes ids for each other, one of them is there, and only by its own name. */
static void test_folded_ids(void **state)
{
    static const char *const OWNERS[] = {"alice", "bob"};
    struct contract *c = *state;

    live(c, &KEYED[FOLDED], OWNERS, "aB", "b");
    contract_begin(c, "alice");
    for (size_t i = 0; i < ARRAY_LEN(SPELLINGS); i += 2) {
        contract_create(c, "alice", &KEYED[FOLDED], SPELLINGS[i], "first");
        assert_name(c, "alice", &KEYED[FOLDED], SPELLINGS[i + 1], NULL);
        assert_int_equal(contract_update(c, "alice", &KEYED[FOLDED], SPELLINGS[i + 1], "no"), 0);
        assert_int_equal(contract_remove(c, "alice", &KEYED[FOLDED], SPELLINGS[i + 1]), 0);
        assert_name(c, "alice", &KEYED[FOLDED], SPELLINGS[i], "first");
    }
    c->ops->rollback(c->s);
}

static void test_folded_owners(void **state)
{
    struct contract *c = *state;

    contract_begin(c, "alice");
    contract_create(c, "alice", &KEYED[FOLDED], "x", "hers");
    contract_commit(c);
    contract_begin(c, "Alice");
    assert_name(c, "Alice", &KEYED[FOLDED], "x", NULL);
    assert_int_equal(contract_update(c, "Alice", &KEYED[FOLDED], "x", "no"), 0);
    assert_int_equal(contract_remove(c, "Alice", &KEYED[FOLDED], "x"), 0);
    contract_commit(c);
    contract_begin(c, "alice");
    assert_name(c, "alice", &KEYED[FOLDED], "x", "hers");
    c->ops->rollback(c->s);
}

int contract_keys_run(const char *name, const struct contract_subject *subject)
{
    const struct CMUnitTest tests[] = {
        CONTRACT_TEST(test_integers),
        CONTRACT_TEST(test_uuids),
        CONTRACT_TEST(test_bytes),
        CONTRACT_TEST(test_several_columns),
        CONTRACT_TEST(test_ids_of_another_form),
        CONTRACT_TEST(test_read_many),
        CONTRACT_TEST(test_references),
        CONTRACT_TEST(test_references_to_nothing),
        CONTRACT_TEST(test_id_of_a_missing_parent),
        CONTRACT_TEST(test_trees),
        CONTRACT_TEST(test_reference_to_itself_and_behind),
        CONTRACT_TEST(test_folded_ids),
        CONTRACT_TEST(test_folded_owners),
    };

    contract_use(subject);
    return cmocka_run_group_tests_name(name, tests, NULL, NULL);
}
