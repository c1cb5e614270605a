/* What every synchronizer must do, whatever it keeps its data in. */
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

static void test_clocks(void **state)
{
    struct contract *c = *state;

    assert_int_equal(contract_begin(c, "alice"), 0);
    c->ops->rollback(c->s);
    assert_int_equal(contract_begin(c, "alice"), 0);
    contract_commit(c);
    assert_int_equal(contract_begin(c, "alice"), 1);
    c->ops->rollback(c->s);
    assert_int_equal(contract_begin(c, "alice"), 1);
    contract_commit(c);
    assert_int_equal(contract_begin(c, "bob"), 0);
    contract_commit(c);
    assert_int_equal(contract_begin(c, "alice"), 2);
    contract_commit(c);
    assert_int_equal(contract_history(c, "alice", 0).next_clock, 3);
    assert_int_equal(contract_history(c, "bob", 0).next_clock, 1);
}

static int64_t push_clock(struct contract *c, const char *owner)
{
    const struct push_query query = {.owner = text_of(owner), .since_clock = 0};
    struct history history;

    assert_int_equal(c->ops->read_push(c->s, &query, &c->arena, &history, NULL, &c->fail), RC_OK);
    return history.next_clock - 1;
}

/* The head, and the clock of a push that is committed. */
static void push_forked(struct contract *c, const char *owner, int64_t head, int64_t base)
{
    const struct fork fork = {.head = head, .base = base};

    assert_int_equal(contract_begin(c, owner), head);
    assert_int_equal(push_clock(c, owner), base);
    assert_int_equal(c->ops->fork(c->s, text_of(owner), &fork, &c->fail), RC_OK);
    contract_commit(c);
}

static struct fork_found find_fork(struct contract *c, const char *owner, int64_t clock,
                                   struct text lineage)
{
    const struct fork_query query = {text_of(owner), clock, lineage};
    struct fork_found found;

    assert_int_equal(c->ops->find_fork(c->s, &query, &found, &c->fail), RC_OK);
    return found;
}

static struct lineage raise_lineage(struct contract *c, int64_t at_least)
{
    struct lineage now;

    assert_int_equal(c->ops->lineages->raise(c->s, at_least, &c->arena, &now, &c->fail), RC_OK);
    return now;
}

static void test_lineages(void **state)
{
    struct contract *c = *state;
    const struct lineage first = contract_history(c, "nobody", 0).lineage;
    struct lineage second, third;

    assert_int_equal(first.epoch, 0);
    assert_true(first.id.len > 0);
    assert_text(contract_history(c, "alice", 0).lineage.id, first.id);
    second = raise_lineage(c, 0);
    assert_int_equal(second.epoch, 1);
    assert_false(text_equal(first.id, second.id));
    assert_text(contract_history(c, "alice", 0).lineage.id, second.id);
    third = raise_lineage(c, 7);
    assert_int_equal(third.epoch, 7);
    assert_int_equal(raise_lineage(c, 3).epoch, 8);
    assert_true(find_fork(c, "alice", 1, first.id).ancestor);
    assert_true(find_fork(c, "alice", 1, third.id).ancestor);
    assert_false(find_fork(c, "alice", 1, contract_history(c, "alice", 0).lineage.id).ancestor);
    assert_false(find_fork(c, "alice", 1, TEXT_LITERAL("another")).ancestor);
    assert_false(find_fork(c, "alice", 1, TEXT_LITERAL("")).ancestor);
}

static void test_forks(void **state)
{
    struct contract *c = *state;
    const struct text none = {0};

    for (int i = 0; i < 3; i++) {
        contract_begin(c, "alice");
        contract_commit(c);
    }
    raise_lineage(c, 0);
    assert_int_equal(contract_history(c, "alice", 0).next_clock, 3);
    /* Taken back, nothing is forked. */
    assert_int_equal(contract_begin(c, "alice"), 3);
    assert_int_equal(push_clock(c, "alice"), lineage_base(1));
    c->ops->rollback(c->s);
    assert_int_equal(contract_history(c, "alice", 0).next_clock, 3);
    push_forked(c, "alice", 3, lineage_base(1));
    assert_int_equal(contract_history(c, "alice", 0).next_clock, lineage_base(1) + 1);
    assert_int_equal(contract_begin(c, "alice"), lineage_base(1) + 1);
    assert_int_equal(push_clock(c, "alice"), lineage_base(1) + 1);
    contract_commit(c);
    raise_lineage(c, 0);
    push_forked(c, "alice", lineage_base(1) + 2, lineage_base(2));
    push_forked(c, "bob", 0, lineage_base(2));
    assert_false(find_fork(c, "alice", 3, none).lost);
    assert_true(find_fork(c, "alice", 4, none).lost);
    assert_int_equal(find_fork(c, "alice", lineage_base(1) - 1, none).head, 3);
    assert_false(find_fork(c, "alice", lineage_base(1), none).lost);
    assert_int_equal(find_fork(c, "alice", lineage_base(1) + 3, none).head, lineage_base(1) + 2);
    assert_true(find_fork(c, "bob", 1, none).lost);
    assert_false(find_fork(c, "bob", 0, none).lost);
    assert_false(find_fork(c, "carol", 4, none).lost);
}

static void test_owner_never_seen(void **state)
{
    struct contract *c = *state;
    struct history history = contract_history(c, "nobody", 0);

    assert_int_equal(history.next_clock, 0);
    assert_int_equal(history.diffs.count, 0);
    contract_begin(c, "nobody");
    c->ops->rollback(c->s);
    assert_int_equal(contract_history(c, "nobody", 0).next_clock, 0);
}

static struct object_past past_of(struct contract *c, struct text owner, const struct model *model,
                                  const char *id)
{
    const struct text ids[] = {text_of(id)};
    struct object_past past = {.existed = false};
    bool existed;

    assert_int_equal(c->ops->find_past(c->s, (struct owner_model){owner, model},
                                       (struct id_list){ids, 1}, &past, &c->fail),
                     RC_OK);
    assert_int_equal(c->ops->find_existing(c->s, (struct owner_model){owner, model},
                                           (struct id_list){ids, 1}, &existed, &c->fail),
                     RC_OK);
    assert_true(existed == past.existed);
    return past;
}

static bool existed(struct contract *c, struct text owner, const struct model *model,
                    const char *id)
{
    return past_of(c, owner, model, id).existed;
}

static void test_owners_are_walls(void **state)
{
    struct contract *c = *state;
    struct diff diff = contract_diff("d1", 0, DIFF_CREATE, OTHER, "x");
    const struct text known[] = {TEXT_LITERAL("k1")};

    contract_begin(c, "alice");
    contract_create(c, "alice", OTHER, "x", "of alice");
    contract_append(c, "alice", &diff);
    assert_int_equal(c->ops->remember(c->s, ALICE, 0, known, 1, &c->fail), RC_OK);
    contract_commit(c);

    contract_begin(c, "bob");
    assert_false(contract_read(c, "bob", OTHER, "x").live);
    assert_int_equal(contract_update(c, "bob", OTHER, "x", "of bob"), 0);
    assert_int_equal(contract_remove(c, "bob", OTHER, "x"), 0);
    assert_int_equal(contract_known(c, "bob", "d1").clock, -1);
    assert_int_equal(contract_known(c, "bob", "k1").clock, -1);
    assert_false(existed(c, BOB, OTHER, "x"));
    assert_int_equal(contract_history(c, "bob", 0).diffs.count, 0);
    contract_create(c, "bob", OTHER, "x", "of bob");
    contract_append(c, "bob", &diff);
    assert_int_equal(c->ops->remember(c->s, BOB, 0, known, 1, &c->fail), RC_OK);
    contract_commit(c);

    contract_begin(c, "alice");
    assert_text(contract_read(c, "alice", OTHER, "x").values[0].text, TEXT_LITERAL("of alice"));
    assert_int_equal(contract_remove(c, "alice", OTHER, "x"), 1);
    contract_commit(c);
    contract_begin(c, "bob");
    assert_text(contract_read(c, "bob", OTHER, "x").values[0].text, TEXT_LITERAL("of bob"));
}

static void test_hostile_owners(void **state)
{
    struct contract *c = *state;

    for (size_t i = 0; i < HOSTILE_COUNT; i++) {
        assert_int_equal(contract_begin(c, HOSTILE[i]), 0);
        contract_create(c, HOSTILE[i], OTHER, "x", HOSTILE[i]);
        contract_commit(c);
    }
    for (size_t i = 0; i < HOSTILE_COUNT; i++) {
        assert_int_equal(contract_begin(c, HOSTILE[i]), 1);
        assert_text(contract_read(c, HOSTILE[i], OTHER, "x").values[0].text, text_of(HOSTILE[i]));
        contract_commit(c);
    }
}

static void test_hostile_ids(void **state)
{
    struct contract *c = *state;
    struct diff diffs[HOSTILE_COUNT];
    const struct diff *appended[HOSTILE_COUNT];

    contract_begin(c, "alice");
    for (size_t i = 0; i < HOSTILE_COUNT; i++) {
        contract_create(c, "alice", ALL, HOSTILE[i], HOSTILE[i]);
        diffs[i] = contract_diff(HOSTILE[i], 0, DIFF_CREATE, ALL, HOSTILE[i]);
        appended[i] = &diffs[i];
    }
    assert_int_equal(c->ops->append(c->s, ALICE, appended, HOSTILE_COUNT, &c->fail), RC_OK);
    contract_commit(c);
    contract_begin(c, "alice");
    for (size_t i = 0; i < HOSTILE_COUNT; i++) {
        assert_text(contract_read(c, "alice", ALL, HOSTILE[i]).values[F_STRING].text,
                    text_of(HOSTILE[i]));
        assert_int_equal(contract_known(c, "alice", HOSTILE[i]).clock, 0);
        assert_true(existed(c, ALICE, ALL, HOSTILE[i]));
        assert_int_equal(contract_update(c, "alice", ALL, HOSTILE[i], "new"), 1);
        assert_int_equal(contract_remove(c, "alice", ALL, HOSTILE[i]), 1);
    }
    assert_int_equal(contract_history(c, "alice", 0).diffs.count, HOSTILE_COUNT);
    assert_false(contract_read(c, "alice", ALL, "A").live);
    assert_int_equal(contract_known(c, "alice", "AB").clock, -1);
    assert_false(existed(c, ALICE, ALL, "a  "));
}

static void check_values(struct contract *c, const struct field_value *fields)
{
    struct object object = contract_object("x", fields, F_COUNT);
    struct row row;
    size_t applied;

    contract_begin(c, "alice");
    assert_int_equal(
        c->ops->create(c->s, (struct owner_model){ALICE, ALL}, &object, 1, &applied, &c->fail),
        RC_OK);
    contract_commit(c);
    contract_begin(c, "alice");
    row = contract_read(c, "alice", ALL, "x");
    assert_true(row.live);
    for (size_t i = 0; i < F_COUNT; i++)
        if (!value_equal(&row.values[i], &fields[i].value))
            fail_msg("field %zu came back as %.*s", i, TEXT_ARG(row.values[i].json));
    assert_int_equal(contract_remove(c, "alice", ALL, "x"), 1);
    contract_commit(c);
}

static void test_values(void **state)
{
    struct contract *c = *state;
    static const int64_t INTEGERS[] = {0, -1, INT64_MAX, INT64_MIN, 9007199254740993};
    static const double REALS[] = {0.0, -1.5, 0.1, 1e308, 5e-324, 123456789.123456789};
    const size_t large_len = (size_t)100 * 1024;
    char *large = alloc_or_die(large_len + 1);

    memset(large, 'x', large_len);
    large[large_len] = '\0';
    for (size_t i = 0; i < 6; i++) {
        const char *strings[] = {"", "it's \\ \"quoted\"", "\xF0\x9F\x98\x80", " a ", large, "\n"};
        const struct field_value fields[F_COUNT] = {
            contract_text(ALL, F_STRING, strings[i]),
            contract_integer(ALL, F_INTEGER, INTEGERS[i % ARRAY_LEN(INTEGERS)]),
            contract_real(ALL, F_FLOAT, REALS[i]),
            contract_integer(ALL, F_BOOLEAN, (int64_t)i % 2),
            contract_text(ALL, F_LIST, i % 2 == 0 ? "[]" : "[1, 2.50,\"a\"]"),
            contract_text(ALL, F_JSON, i % 2 == 0 ? "{\"b\":1e400,\"a\":[true]}" : "\"text\""),
        };

        check_values(c, fields);
    }
    free(large);
}

static void test_nulls(void **state)
{
    struct contract *c = *state;
    struct field_value fields[F_COUNT];

    for (size_t i = 0; i < F_COUNT; i++)
        fields[i] = contract_null(ALL, i);
    check_values(c, fields);
}

static void test_json_of_values(void **state)
{
    struct contract *c = *state;
    const struct field_value fields[] = {
        contract_text(ALL, F_STRING, "a\"b"), contract_integer(ALL, F_INTEGER, -12),
        contract_real(ALL, F_FLOAT, 2.5),     contract_integer(ALL, F_BOOLEAN, 1),
        contract_text(ALL, F_LIST, "[1]"),
    };
    const char *expected[] = {"\"a\\\"b\"", "-12", "2.5", "1", "[1]", "null"};
    struct object object = contract_object("x", fields, ARRAY_LEN(fields));
    struct row row;
    size_t applied;

    contract_begin(c, "alice");
    assert_int_equal(
        c->ops->create(c->s, (struct owner_model){ALICE, ALL}, &object, 1, &applied, &c->fail),
        RC_OK);
    row = contract_read(c, "alice", ALL, "x");
    for (size_t i = 0; i < F_COUNT; i++)
        assert_text(row.values[i].json, text_of(expected[i]));
}

/* Fields that are not set: NULL in a create (no column has a default), untouched in an update. */
static void test_unset_fields(void **state)
{
    struct contract *c = *state;
    const struct field_value first[] = {contract_text(ALL, F_STRING, "one"),
                                        contract_integer(ALL, F_INTEGER, 1)};
    const struct field_value second[] = {contract_real(ALL, F_FLOAT, 2.5)};
    const struct field_value third[] = {contract_null(ALL, F_STRING)};
    const struct object created[] = {contract_object("a", first, 2),
                                     contract_object("b", second, 1),
                                     contract_object("c", NULL, 0)};
    const struct object changed[] = {
        contract_object("a", second, 1), contract_object("b", first, 2),
        contract_object("c", second, 1), contract_object("a", third, 1),
        contract_object("c", NULL, 0),
    };
    size_t applied;

    contract_begin(c, "alice");
    assert_int_equal(
        c->ops->create(c->s, (struct owner_model){ALICE, ALL}, created, 3, &applied, &c->fail),
        RC_OK);
    assert_int_equal(applied, 3);
    assert_int_equal(contract_read(c, "alice", ALL, "b").values[F_STRING].kind, VALUE_NULL);
    assert_int_equal(contract_read(c, "alice", ALL, "c").values[F_JSON].kind, VALUE_NULL);
    assert_int_equal(contract_read(c, "alice", ALL, "a").values[F_FLOAT].kind, VALUE_NULL);

    assert_int_equal(
        c->ops->update(c->s, (struct owner_model){ALICE, ALL}, changed, 5, &applied, &c->fail),
        RC_OK);
    assert_int_equal(applied, 5);
    assert_int_equal(contract_read(c, "alice", ALL, "a").values[F_STRING].kind, VALUE_NULL);
    assert_int_equal(contract_read(c, "alice", ALL, "a").values[F_INTEGER].integer, 1);
    assert_true(contract_read(c, "alice", ALL, "a").values[F_FLOAT].real == 2.5);
    assert_text(contract_read(c, "alice", ALL, "b").values[F_STRING].text, TEXT_LITERAL("one"));
    assert_true(contract_read(c, "alice", ALL, "b").values[F_FLOAT].real == 2.5);
    assert_int_equal(contract_read(c, "alice", ALL, "c").values[F_STRING].kind, VALUE_NULL);
    assert_int_equal(contract_read(c, "alice", ALL, "c").values[F_INTEGER].kind, VALUE_NULL);
}

static void test_counts(void **state)
{
    struct contract *c = *state;
    const struct field_value fields[] = {contract_text(OTHER, 0, "same")};
    const struct object objects[] = {contract_object("a", fields, 1),
                                     contract_object("b", fields, 1),
                                     contract_object("gone", fields, 1)};
    const struct text ids[] = {TEXT_LITERAL("gone"), TEXT_LITERAL("a"), TEXT_LITERAL("b")};
    size_t applied = 99;

    contract_begin(c, "alice");
    assert_int_equal(
        c->ops->create(c->s, (struct owner_model){ALICE, OTHER}, objects, 2, &applied, &c->fail),
        RC_OK);
    assert_int_equal(applied, 2);
    /* To the same values: the rows are there all the same. */
    assert_int_equal(
        c->ops->update(c->s, (struct owner_model){ALICE, OTHER}, objects, 3, &applied, &c->fail),
        RC_OK);
    assert_int_equal(applied, 2);
    assert_int_equal(c->ops->remove(c->s, (struct owner_model){ALICE, OTHER},
                                    (struct id_list){ids, 3}, &applied, &c->fail),
                     RC_OK);
    assert_int_equal(applied, 2);
    assert_int_equal(c->ops->remove(c->s, (struct owner_model){ALICE, OTHER},
                                    (struct id_list){ids, 3}, &applied, &c->fail),
                     RC_OK);
    assert_int_equal(applied, 0);
    assert_int_equal(
        c->ops->create(c->s, (struct owner_model){ALICE, OTHER}, NULL, 0, &applied, &c->fail),
        RC_OK);
    assert_int_equal(applied, 0);
}

static void test_taken_id(void **state)
{
    struct contract *c = *state;
    const struct field_value fields[] = {contract_text(OTHER, 0, "second")};
    const struct object object = contract_object("a", fields, 1);
    size_t applied;

    contract_begin(c, "alice");
    contract_create(c, "alice", OTHER, "a", "first");
    contract_commit(c);
    contract_begin(c, "alice");
    assert_int_equal(
        c->ops->create(c->s, (struct owner_model){ALICE, OTHER}, &object, 1, &applied, &c->fail),
        RC_REJECTED);
    assert_int_equal(c->fail.code, FAIL_OBJECT_EXISTS);
    assert_true(c->fail.clash);
    c->ops->rollback(c->s);
    contract_begin(c, "alice");
    assert_text(contract_read(c, "alice", OTHER, "a").values[0].text, TEXT_LITERAL("first"));
}

static void test_value_that_does_not_fit(void **state)
{
    struct contract *c = *state;
    const struct field_value fields[] = {contract_text(ALL, F_INTEGER, "no number")};
    const struct object object = contract_object("a", fields, 1);
    size_t applied;

    contract_begin(c, "alice");
    assert_int_equal(
        c->ops->create(c->s, (struct owner_model){ALICE, ALL}, &object, 1, &applied, &c->fail),
        RC_REJECTED);
    assert_int_equal(c->fail.code, FAIL_INVALID_DATA);
    assert_string_equal(c->fail.field, "integer");
    assert_false(c->fail.clash);
}

static void test_read_many(void **state)
{
    struct contract *c = *state;
    enum { N = 300 };
    static char names[N][8];
    struct text ids[N + 1];
    struct row rows[N + 1];

    contract_begin(c, "alice");
    for (size_t i = 0; i < N; i++) {
        snprintf(names[i], sizeof(names[i]), "o%zu", i);
        ids[i] = text_of(names[i]);
        if (i % 3 != 0)
            contract_create(c, "alice", OTHER, names[i], names[i]);
    }
    ids[N] = ids[1]; /* twice in the list */
    assert_int_equal(c->ops->read(c->s, (struct owner_model){ALICE, OTHER},
                                  (struct id_list){ids, N + 1}, &c->arena, rows, &c->fail),
                     RC_OK);
    for (size_t i = 0; i < N; i++) {
        assert_int_equal(rows[i].live, i % 3 != 0);
        if (rows[i].live)
            assert_text(rows[i].values[0].text, ids[i]);
    }
    assert_text(rows[N].values[0].text, ids[1]);
}

static void test_history(void **state)
{
    struct contract *c = *state;
    struct diff diffs[] = {
        contract_diff("z", 0, DIFF_CREATE, OTHER, "x"),
        contract_diff("a", 0, DIFF_UPDATE, OTHER, "x"),
        contract_diff("m", 1, DIFF_DELETE, ALL, "\xF0\x9F\x98\x80"),
    };
    const struct diff *const first[] = {&diffs[0], &diffs[1]};
    struct history history;

    diffs[0].json_data = TEXT_LITERAL("{ \"id\" : \"x\",\"name\":\"\\u00e9 \\/\"  }");
    diffs[0].field_times = TEXT_LITERAL("{\"name\":5}");
    diffs[2].json_data = TEXT_LITERAL("{\"id\":\"\xF0\x9F\x98\x80\"}");
    diffs[2].time_ms = 0;
    contract_begin(c, "alice");
    assert_int_equal(c->ops->append(c->s, ALICE, first, 2, &c->fail), RC_OK);
    assert_int_equal(contract_history(c, "alice", 0).diffs.count, 2); /* its own, uncommitted */
    contract_commit(c);
    contract_begin(c, "alice");
    contract_append(c, "alice", &diffs[2]);
    contract_commit(c);

    history = contract_history(c, "alice", 0);
    assert_int_equal(history.next_clock, 2);
    assert_int_equal(history.diffs.count, 3);
    for (size_t i = 0; i < 3; i++) {
        const struct diff *diff = &history.diffs.items[i];

        assert_text(diff->id, diffs[i].id);
        assert_text(diff->owner, ALICE);
        assert_int_equal(diff->clock, diffs[i].clock);
        assert_int_equal(diff->time_ms, diffs[i].time_ms);
        assert_int_equal(diff->type, diffs[i].type);
        assert_ptr_equal(diff->model, diffs[i].model);
        assert_text(diff->json_data, diffs[i].json_data);
        assert_text(diff->object_id, diffs[i].object_id);
        assert_text(diff->field_times, diffs[i].field_times);
        assert_true(diff->unread);
    }
    assert_int_equal(diff_parse_stored(&history.diffs.items[0], &c->arena, &c->fail), RC_OK);
    assert_int_equal(history.diffs.items[0].field_count, 1);
    assert_text(history.diffs.items[0].fields[0].value.text, TEXT_LITERAL("\xC3\xA9 /"));
    assert_int_equal(history.diffs.items[0].fields[0].time_ms, 5);
    assert_int_equal(contract_history(c, "alice", 1).diffs.count, 1);
    assert_int_equal(contract_history(c, "alice", 2).diffs.count, 0);
    assert_int_equal(contract_history(c, "alice", 2).next_clock, 2);
}

/* Longer than any buffer that rows are read into. */
static void test_long_diff(void **state)
{
    struct contract *c = *state;
    struct diff diff = contract_diff("d", 0, DIFF_CREATE, OTHER, "x");
    const size_t len = (size_t)300 * 1024;
    char *json = alloc_or_die(len + 64);
    int head = snprintf(json, 64, "{\"id\":\"x\",\"name\":\"");

    memset(json + head, 'y', len);
    snprintf(json + (size_t)head + len, 8, "\"}");
    diff.json_data = text_of(json);
    contract_begin(c, "alice");
    contract_append(c, "alice", &diff);
    contract_commit(c);
    assert_text(contract_history(c, "alice", 0).diffs.items[0].json_data, diff.json_data);
    free(json);
}

static void test_known_ids(void **state)
{
    struct contract *c = *state;
    enum { N = 600 };
    static char names[N][8];
    struct text ids[N];
    struct known_id known[N];
    struct diff diff;

    for (size_t i = 0; i < N; i++) {
        snprintf(names[i], sizeof(names[i]), "d%zu", i);
        ids[i] = text_of(names[i]);
    }
    contract_begin(c, "alice");
    assert_int_equal(c->ops->remember(c->s, ALICE, 0, ids, 100, &c->fail), RC_OK);
    contract_commit(c);
    contract_begin(c, "alice");
    /* Known already: it stays at its clock. */
    assert_int_equal(c->ops->remember(c->s, ALICE, 1, ids + 99, 2, &c->fail), RC_OK);
    diff = contract_diff(names[N - 1], 1, DIFF_UPDATE, OTHER, "x");
    contract_append(c, "alice", &diff);
    contract_commit(c);
    contract_begin(c, "alice");
    ids[300] = ids[5]; /* twice in the list */
    assert_int_equal(contract_find_known(c, ALICE, ids, N, known), RC_OK);
    for (size_t i = 0; i < N; i++) {
        int64_t expected = i < 100 || i == 300 ? 0 : i == 100 || i == N - 1 ? 1 : -1;

        assert_int_equal(known[i].clock, expected);
        assert_false(known[i].rejected);
    }
}

static void test_existed(void **state)
{
    struct contract *c = *state;
    struct diff diff = contract_diff("d1", 0, DIFF_DELETE, OTHER, "x");

    contract_begin(c, "alice");
    contract_create(c, "alice", OTHER, "row without a diff", "");
    contract_append(c, "alice", &diff);
    contract_commit(c);
    contract_begin(c, "alice");
    assert_true(existed(c, ALICE, OTHER, "x"));
    assert_false(existed(c, ALICE, ALL, "x"));
    assert_false(existed(c, ALICE, OTHER, "d1"));
    assert_false(existed(c, ALICE, OTHER, "row without a diff"));
}

static void append_at(struct contract *c, const char *id, enum diff_type type, const char *object)
{
    struct diff diff = contract_diff(id, contract_begin(c, "alice"), type, OTHER, object);

    contract_append(c, "alice", &diff);
    contract_commit(c);
}

/* The last diff counts, by clock and by its place within a clock. */
static void test_past(void **state)
{
    static const struct {
        const char *object;
        bool deleted;
    } CASES[] = {{"x", true}, {"y", false}, {"z", false}, {"both", false}};
    struct contract *c = *state;
    const struct text ids[] = {TEXT_LITERAL("z"), TEXT_LITERAL("x"), TEXT_LITERAL("none"),
                               TEXT_LITERAL("x")};
    struct object_past past[4];
    bool found[4];
    struct diff replace[2];
    const struct diff *both[] = {&replace[0], &replace[1]};

    append_at(c, "d1", DIFF_CREATE, "x");
    append_at(c, "d2", DIFF_CREATE, "y");
    append_at(c, "d3", DIFF_DELETE, "x");
    append_at(c, "d4", DIFF_DELETE, "z");
    append_at(c, "d5", DIFF_CREATE, "z");
    append_at(c, "d6", DIFF_UPDATE, "y");
    replace[0] = contract_diff("d7", contract_begin(c, "alice"), DIFF_DELETE, OTHER, "both");
    replace[1] = contract_diff("d8", replace[0].clock, DIFF_CREATE, OTHER, "both");
    assert_int_equal(c->ops->append(c->s, ALICE, both, 2, &c->fail), RC_OK);
    contract_commit(c);
    contract_begin(c, "alice");
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        assert_true(past_of(c, ALICE, OTHER, CASES[i].object).existed);
        assert_true(past_of(c, ALICE, OTHER, CASES[i].object).deleted == CASES[i].deleted);
    }
    assert_int_equal(c->ops->find_past(c->s, (struct owner_model){ALICE, OTHER},
                                       (struct id_list){ids, 4}, past, &c->fail),
                     RC_OK);
    assert_true(past[0].existed && !past[0].deleted);
    assert_true(past[1].existed && past[1].deleted);
    assert_false(past[2].existed || past[2].deleted);
    assert_true(past[3].existed && past[3].deleted);
    assert_int_equal(c->ops->find_existing(c->s, (struct owner_model){ALICE, OTHER},
                                           (struct id_list){ids, 4}, found, &c->fail),
                     RC_OK);
    for (size_t i = 0; i < ARRAY_LEN(found); i++)
        assert_true(found[i] == past[i].existed);
}

static void test_same_diff_twice(void **state)
{
    struct contract *c = *state;
    struct diff diff = contract_diff("d1", 0, DIFF_DELETE, OTHER, "x");
    const struct diff *const again[] = {&diff};

    contract_begin(c, "alice");
    contract_append(c, "alice", &diff);
    contract_commit(c);
    diff.clock = contract_begin(c, "alice");
    assert_int_equal(c->ops->append(c->s, ALICE, again, 1, &c->fail), RC_RETRY);
}

static void test_rollback(void **state)
{
    struct contract *c = *state;
    struct diff diff = contract_diff("d1", 1, DIFF_DELETE, OTHER, "x");
    const struct text known[] = {TEXT_LITERAL("k1")};

    contract_begin(c, "alice");
    contract_create(c, "alice", OTHER, "changed", "before");
    contract_create(c, "alice", OTHER, "removed", "before");
    contract_commit(c);
    contract_begin(c, "alice");
    contract_create(c, "alice", OTHER, "created", "after");
    assert_int_equal(contract_update(c, "alice", OTHER, "changed", "after"), 1);
    assert_int_equal(contract_update(c, "alice", OTHER, "changed", "after that"), 1);
    assert_int_equal(contract_remove(c, "alice", OTHER, "removed"), 1);
    contract_create(c, "alice", OTHER, "removed", "anew");
    contract_append(c, "alice", &diff);
    assert_int_equal(c->ops->remember(c->s, ALICE, 1, known, 1, &c->fail), RC_OK);
    c->ops->rollback(c->s);

    assert_int_equal(contract_begin(c, "alice"), 1);
    assert_false(contract_read(c, "alice", OTHER, "created").live);
    assert_text(contract_read(c, "alice", OTHER, "changed").values[0].text, TEXT_LITERAL("before"));
    assert_text(contract_read(c, "alice", OTHER, "removed").values[0].text, TEXT_LITERAL("before"));
    assert_int_equal(contract_known(c, "alice", "d1").clock, -1);
    assert_int_equal(contract_known(c, "alice", "k1").clock, -1);
    assert_false(existed(c, ALICE, OTHER, "x"));
    assert_int_equal(contract_history(c, "alice", 0).diffs.count, 0);
}

static void test_rollback_without_begin(void **state)
{
    struct contract *c = *state;

    c->ops->rollback(c->s);
    c->ops->rollback(c->s);
    assert_int_equal(contract_begin(c, "alice"), 0);
}

static void test_validate_and_ping(void **state)
{
    struct contract *c = *state;
    bool allowed = false;

    assert_int_equal(c->ops->ping(c->s, &c->fail), RC_OK);
    contract_begin(c, "alice");
    assert_int_equal(c->ops->validate(c->s, (struct owner_model){ALICE, OTHER}, DIFF_CREATE,
                                      TEXT_LITERAL("{}"), &allowed, &c->fail),
                     RC_OK);
    assert_true(allowed);
}

int contract_run(const char *name, const struct contract_subject *tested)
{
    const struct CMUnitTest tests[] = {
        CONTRACT_TEST(test_clocks),
        CONTRACT_TEST(test_lineages),
        CONTRACT_TEST(test_forks),
        CONTRACT_TEST(test_owner_never_seen),
        CONTRACT_TEST(test_owners_are_walls),
        CONTRACT_TEST(test_hostile_owners),
        CONTRACT_TEST(test_hostile_ids),
        CONTRACT_TEST(test_values),
        CONTRACT_TEST(test_nulls),
        CONTRACT_TEST(test_json_of_values),
        CONTRACT_TEST(test_unset_fields),
        CONTRACT_TEST(test_counts),
        CONTRACT_TEST(test_taken_id),
        CONTRACT_TEST(test_value_that_does_not_fit),
        CONTRACT_TEST(test_read_many),
        CONTRACT_TEST(test_history),
        CONTRACT_TEST(test_long_diff),
        CONTRACT_TEST(test_known_ids),
        CONTRACT_TEST(test_existed),
        CONTRACT_TEST(test_past),
        CONTRACT_TEST(test_same_diff_twice),
        CONTRACT_TEST(test_rollback),
        CONTRACT_TEST(test_rollback_without_begin),
        CONTRACT_TEST(test_validate_and_ping),
    };

    contract_use(tested);
    return cmocka_run_group_tests_name(name, tests, NULL, NULL) + contract_rejects_run(name) +
           contract_parts_run(name) + contract_filled_run(name) + contract_compaction_run(name);
}
