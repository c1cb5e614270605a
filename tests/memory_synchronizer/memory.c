/* What the synchronizer in memory has beside the contract: failures on demand, rows put by hand,
 * and a dump that shows every difference. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "contract.h"
#include "memory_synchronizer.h"

static const struct text ALICE = {"alice", 5};

struct bench {
    struct contract c;
    struct buf before;
    struct buf after;
};

static int set_up(void **state)
{
    struct bench *bench = malloc(sizeof(*bench));

    contract_open(&bench->c, memory_synchronizer_new(&contract_mapping));
    buf_init(&bench->before, 1 << 20);
    buf_init(&bench->after, 1 << 20);
    *state = bench;
    return 0;
}

static int tear_down(void **state)
{
    struct bench *bench = *state;

    contract_close(&bench->c);
    memory_synchronizer_free(bench->c.s);
    buf_release(&bench->before);
    buf_release(&bench->after);
    free(bench);
    return 0;
}

static void dump(struct bench *bench, struct buf *buf)
{
    buf_clear(buf);
    memory_synchronizer_dump(bench->c.s, buf);
}

/* A transaction of every operation; the first that fails ends it, as the engine does. */
static enum rc whole_transaction(struct contract *c)
{
    const struct field_value fields[] = {contract_text(OTHER, 0, "new")};
    const struct object object = contract_object("n", fields, 1);
    const struct text ids[] = {TEXT_LITERAL("x")};
    struct diff diff = contract_diff("d", 0, DIFF_CREATE, OTHER, "n");
    const struct diff *const diffs[] = {&diff};
    const struct synchronizer_ops *ops = c->ops;
    struct history history;
    struct row row;
    const struct reject reject = {
        .id = TEXT_LITERAL("r"),
        .time_ms = 5,
        .request_id = TEXT_LITERAL("q"),
        .code = FAIL_FORBIDDEN,
        .message = TEXT_LITERAL("no"),
        .field = TEXT_LITERAL("f"),
        .detail = TEXT_LITERAL("w"),
        .diff = TEXT_LITERAL("{}"),
    };
    struct reject found;
    struct known_id known;
    struct object_past past;
    bool flag;
    size_t applied;
    enum rc rc;

    if ((rc = ops->begin(c->s, ALICE, &diff.clock, &c->fail)) == RC_OK &&
        (rc = ops->read_history(c->s, &(struct pull_query){.owner = ALICE, .since_clock = 0},
                                &c->arena, &history, &c->fail)) == RC_OK &&
        (rc = ops->read_object_history(c->s,
                                       &(struct object_history_query){
                                           .of = {ALICE, OTHER}, .since_clock = 0, .ids = {ids, 1}},
                                       &c->arena, &history.diffs, &c->fail)) == RC_OK &&
        (rc = contract_find_known(c, ALICE, ids, 1, &known)) == RC_OK &&
        (rc = ops->find_past(c->s, (struct owner_model){ALICE, OTHER}, (struct id_list){ids, 1},
                             &past, &c->fail)) == RC_OK &&
        (rc = ops->read(c->s, (struct owner_model){ALICE, OTHER}, (struct id_list){ids, 1},
                        &c->arena, &row, &c->fail)) == RC_OK &&
        (rc = ops->validate(c->s, (struct owner_model){ALICE, OTHER}, DIFF_CREATE, ids[0], &flag,
                            &c->fail)) == RC_OK &&
        (rc = ops->append(c->s, ALICE, diffs, 1, &c->fail)) == RC_OK &&
        (rc = ops->remember(c->s, ALICE, diff.clock, ids, 1, &c->fail)) == RC_OK &&
        (rc = ops->find_rejects(c->s, ALICE, (struct id_list){ids, 1}, &c->arena, &found,
                                &c->fail)) == RC_OK &&
        (rc = ops->put_rejects(c->s, ALICE, diff.clock, &reject, 1, &c->fail)) == RC_OK &&
        (rc = ops->mark(c->s, &c->fail)) == RC_OK &&
        (rc = ops->take_reject(c->s, ALICE, reject.id, &flag, &c->fail)) == RC_OK &&
        (rc = ops->rewind(c->s, &c->fail)) == RC_OK &&
        (rc = ops->create(c->s, (struct owner_model){ALICE, OTHER}, &object, 1, &applied,
                          &c->fail)) == RC_OK &&
        (rc = ops->update(c->s, (struct owner_model){ALICE, OTHER}, &object, 1, &applied,
                          &c->fail)) == RC_OK &&
        (rc = ops->remove(c->s, (struct owner_model){ALICE, OTHER}, (struct id_list){ids, 1},
                          &applied, &c->fail)) == RC_OK)
        rc = ops->commit(c->s, &c->fail);
    if (rc != RC_OK)
        ops->rollback(c->s);
    return rc;
}

#define OPERATIONS 18u

static void test_each_operation_fails_on_demand(void **state)
{
    static const enum rc KINDS[] = {RC_REJECTED, RC_RETRY, RC_UNCERTAIN, RC_FATAL};
    struct bench *bench = *state;
    struct contract *c = &bench->c;
    const struct object object = contract_object("x", NULL, 0);

    memory_synchronizer_put_row(c->s, ALICE, OTHER, &object);
    dump(bench, &bench->before);
    for (unsigned nth = 1; nth <= OPERATIONS; nth++) {
        const enum rc kind = KINDS[nth % ARRAY_LEN(KINDS)];

        memory_synchronizer_fail_at(c->s, nth, kind);
        assert_int_equal(whole_transaction(c), kind);
        dump(bench, &bench->after);
        assert_string_equal(bench->after.data, bench->before.data);
    }
    memory_synchronizer_fail_at(c->s, OPERATIONS + 1, RC_FATAL);
    assert_int_equal(whole_transaction(c), RC_OK);
    dump(bench, &bench->after);
    assert_string_not_equal(bench->after.data, bench->before.data);
    assert_int_equal(c->ops->ping(c->s, &c->fail), RC_FATAL);
    assert_int_equal(c->ops->ping(c->s, &c->fail), RC_OK);
}

/* The same for a snapshot. */
static enum rc whole_snapshot(struct contract *c)
{
    const struct history_part part = {.owner = ALICE, .model = OTHER, .until_clock = 9};
    const struct text ids[] = {TEXT_LITERAL("x")};
    const struct synchronizer_ops *ops = c->ops;
    struct diff_list diffs;
    struct row row;
    int64_t clock;
    bool more;
    enum rc rc;

    if ((rc = ops->begin_snapshot(c->s, ALICE, &clock, &c->fail)) == RC_OK &&
        (rc = ops->read_history_part(c->s, &part, &c->arena, &diffs, &more, &c->fail)) == RC_OK)
        rc = ops->read(c->s, (struct owner_model){ALICE, OTHER}, (struct id_list){ids, 1},
                       &c->arena, &row, &c->fail);
    ops->rollback(c->s);
    return rc;
}

static void test_snapshot_fails_on_demand(void **state)
{
    struct bench *bench = *state;

    dump(bench, &bench->before);
    for (unsigned nth = 1; nth <= 3; nth++) {
        memory_synchronizer_fail_at(bench->c.s, nth, RC_RETRY);
        assert_int_equal(whole_snapshot(&bench->c), RC_RETRY);
    }
    assert_int_equal(whole_snapshot(&bench->c), RC_OK);
    dump(bench, &bench->after);
    assert_string_equal(buf_text(&bench->after).ptr, buf_text(&bench->before).ptr);
}

static void test_rows_by_hand(void **state)
{
    struct bench *bench = *state;
    struct contract *c = &bench->c;
    const struct field_value fields[] = {contract_text(OTHER, 0, "by hand")};
    const struct object object = contract_object("x", fields, 1);

    dump(bench, &bench->before);
    memory_synchronizer_put_row(c->s, ALICE, OTHER, &object);
    memory_synchronizer_put_row(c->s, ALICE, OTHER, &object);
    contract_begin(c, "alice");
    assert_text(contract_read(c, "alice", OTHER, "x").values[0].text, TEXT_LITERAL("by hand"));
    c->ops->rollback(c->s);
    memory_synchronizer_drop_row(c->s, ALICE, OTHER, TEXT_LITERAL("x"));
    memory_synchronizer_drop_row(c->s, ALICE, OTHER, TEXT_LITERAL("x"));
    dump(bench, &bench->after);
    assert_string_equal(buf_text(&bench->after).ptr, buf_text(&bench->before).ptr);
}

static void test_dump(void **state)
{
    struct bench *bench = *state;
    bool found;

    assert_int_equal(whole_transaction(&bench->c), RC_OK);
    dump(bench, &bench->after);
    assert_string_equal(
        bench->after.data,
        "owner \"alice\" 1\n"
        "row \"other\" \"n\" \"new\"\n"
        "diff 0 1604114123778 create \"d\" \"other\" \"{\\\"id\\\":\\\"x\\\"}\" \"\"\n"
        "known 0 \"x\"\n"
        "rejected 0 \"r\" 5 FORBIDDEN \"q\" \"no\" \"f\" \"w\" \"{}\"\n");
    contract_begin(&bench->c, "alice");
    assert_int_equal(
        bench->c.ops->take_reject(bench->c.s, ALICE, TEXT_LITERAL("r"), &found, &bench->c.fail),
        RC_OK);
    contract_commit(&bench->c);
    dump(bench, &bench->after);
    assert_non_null(strstr(bench->after.data, "rejected 0 \"r\"\n"));
    memory_synchronizer_reset(bench->c.s);
    dump(bench, &bench->after);
    assert_int_equal(bench->after.len, 0);
}

static bool allows_deletes(void *context, const struct model *model, enum diff_type type,
                           struct text json_data)
{
    ++*(int *)context;
    assert_ptr_equal(model, OTHER);
    assert_text(json_data, TEXT_LITERAL("{}"));
    return type == DIFF_DELETE;
}

static void test_validate(void **state)
{
    struct contract *c = &((struct bench *)*state)->c;
    int calls = 0;

    memory_synchronizer_set_validate(c->s, allows_deletes, &calls);
    contract_begin(c, "alice");
    for (int type = 0; type < DIFF_TYPES; type++) {
        bool allowed;

        assert_int_equal(c->ops->validate(c->s, (struct owner_model){ALICE, OTHER},
                                          (enum diff_type)type, TEXT_LITERAL("{}"), &allowed,
                                          &c->fail),
                         RC_OK);
        assert_int_equal(allowed, type == DIFF_DELETE);
    }
    assert_int_equal(calls, DIFF_TYPES);
}

/* No string may be longer than its row's integer, and none longer than 3. */
static bool is_short(void *context, const struct model *model, const struct value *values,
                     struct text *field_out)
{
    ++*(int *)context;
    assert_ptr_equal(model, ALL);
    assert_int_equal(values[F_FLOAT].kind, VALUE_NULL);
    if (values[F_STRING].text.len > 3)
        *field_out = model->fields[F_STRING].name;
    return values[F_STRING].text.len <= 3 &&
           (int64_t)values[F_STRING].text.len <= values[F_INTEGER].integer;
}

static void expect_constraint(const struct contract *c, enum rc rc, const char *field)
{
    assert_int_equal(rc, RC_REJECTED);
    assert_int_equal(c->fail.code, FAIL_INVALID_DATA);
    assert_string_equal(c->fail.field, field);
    assert_false(c->fail.clash);
}

static void test_constraint(void **state)
{
    struct contract *c = &((struct bench *)*state)->c;
    const struct field_value fields[] = {
        contract_text(ALL, F_STRING, "abc"), contract_integer(ALL, F_INTEGER, 3),
        contract_integer(ALL, F_INTEGER, 2), contract_text(ALL, F_STRING, "abcd")};
    const struct object fits = contract_object("x", &fields[0], 2);
    const struct object shrinks = contract_object("x", &fields[2], 1);
    const struct object grows = contract_object("x", &fields[3], 1);
    const struct object bad = contract_object("y", &fields[3], 1);
    size_t applied;
    int calls = 0;

    memory_synchronizer_put_row(c->s, ALICE, ALL, &grows);
    memory_synchronizer_drop_row(c->s, ALICE, ALL, grows.id);
    memory_synchronizer_set_constraint(c->s, is_short, &calls);
    contract_begin(c, "alice");
    assert_int_equal(
        c->ops->create(c->s, (struct owner_model){ALICE, ALL}, &fits, 1, &applied, &c->fail),
        RC_OK);
    assert_int_equal(
        c->ops->update(c->s, (struct owner_model){ALICE, ALL}, &bad, 1, &applied, &c->fail), RC_OK);
    assert_int_equal(applied, 0); /* no such row, so nothing to refuse */
    assert_int_equal(calls, 1);
    expect_constraint(
        c, c->ops->create(c->s, (struct owner_model){ALICE, ALL}, &bad, 1, &applied, &c->fail),
        "string");
    expect_constraint(
        c, c->ops->update(c->s, (struct owner_model){ALICE, ALL}, &grows, 1, &applied, &c->fail),
        "string");
    expect_constraint(
        c, c->ops->update(c->s, (struct owner_model){ALICE, ALL}, &shrinks, 1, &applied, &c->fail),
        "");
    assert_int_equal(calls, 4);
    assert_int_equal(contract_read(c, "alice", ALL, "x").values[F_INTEGER].integer, 3);
    assert_false(contract_read(c, "alice", ALL, "y").live);
    memory_synchronizer_set_constraint(c->s, NULL, NULL);
    assert_int_equal(
        c->ops->update(c->s, (struct owner_model){ALICE, ALL}, &grows, 1, &applied, &c->fail),
        RC_OK);
}

static void test_ranks(void **state)
{
    struct contract *c = &((struct bench *)*state)->c;
    static const unsigned RANKS[] = {1, 0};
    const struct relation relation = {
        .child = ALL, .field = &ALL->fields[F_STRING], .parent = OTHER};

    assert_int_equal(c->s->model_ranks[1], 0);
    memory_synchronizer_set_ranks(c->s, RANKS);
    assert_ptr_equal(c->s->model_ranks, RANKS);
    assert_int_equal(c->s->relations.count, 0);
    memory_synchronizer_set_relations(c->s, (struct relations){&relation, 1});
    assert_ptr_equal(c->s->relations.items, &relation);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

/* ---- Other SQL ---- */

struct intruder {
    const struct contract *c;
    const struct object *object;
    unsigned runs;
    bool written;
};

static void intrude(void *context)
{
    struct intruder *intruder = context;

    intruder->runs++;
    intruder->written =
        memory_synchronizer_change_row(intruder->c->s, ALICE, ALL, intruder->object);
}

static struct change_list entries_of(struct contract *c)
{
    struct change_list changes;

    assert_int_equal(c->ops->changes->read(c->s, ALICE, 100, &c->arena, &changes, &c->fail), RC_OK);
    return changes;
}

static void test_triggers_note_what_changed(void **state)
{
    struct contract *c = &((struct bench *)*state)->c;
    const struct field_value fields[] = {contract_text(ALL, F_STRING, "a"),
                                         contract_text(ALL, F_STRING, "b")};
    const struct object first = contract_object("x", &fields[0], 1);
    const struct object second = contract_object("x", &fields[1], 1);
    const struct memory_place here = {ALICE, first.id}, there = {TEXT_LITERAL("bob"), first.id};
    struct owner_state owner;
    struct change_list changes;

    memory_synchronizer_set_triggers(c->s, true);
    assert_true(memory_synchronizer_put_row(c->s, ALICE, ALL, &first));
    assert_true(memory_synchronizer_change_row(c->s, ALICE, ALL, &second));
    assert_true(memory_synchronizer_change_row(c->s, ALICE, ALL, &second)); /* to what it is */
    assert_true(memory_synchronizer_move_row(c->s, &here, &there, ALL));
    assert_int_equal(c->ops->changes->begin(c->s, ALICE, &owner, &c->fail), RC_OK);
    changes = entries_of(c);
    assert_int_equal(changes.count, 3);
    assert_int_equal(changes.items[0].op, CHANGE_INSERT);
    assert_int_equal(changes.items[1].op, CHANGE_UPDATE);
    assert_int_equal(changes.items[1].field_count, 1);
    assert_ptr_equal(changes.items[1].fields[0], &ALL->fields[F_STRING]);
    assert_int_equal(changes.items[2].op, CHANGE_DELETE);
    assert_int_equal(c->ops->changes->take(c->s, ALICE, &changes, &c->fail), RC_OK);
    assert_int_equal(entries_of(c).count, 0);
    c->ops->rollback(c->s);
    assert_int_equal(c->ops->changes->begin(c->s, ALICE, &owner, &c->fail), RC_OK);
    assert_int_equal(entries_of(c).count, 3);
    c->ops->rollback(c->s);
}

static void test_interrupts(void **state)
{
    struct contract *c = &((struct bench *)*state)->c;
    const struct field_value fields[] = {contract_text(ALL, F_STRING, "a"),
                                         contract_text(ALL, F_STRING, "b")};
    const struct object first = contract_object("x", &fields[0], 1);
    const struct object second = contract_object("x", &fields[1], 1);
    struct intruder intruder = {.c = c, .object = &second};
    struct owner_state owner;
    struct row row;

    memory_synchronizer_set_triggers(c->s, true);
    memory_synchronizer_put_row(c->s, ALICE, ALL, &first);
    /* A drain does not see it: it comes behind. */
    memory_synchronizer_interrupt(c->s, 2, intrude, &intruder);
    assert_int_equal(c->ops->changes->begin(c->s, ALICE, &owner, &c->fail), RC_OK);
    assert_int_equal(entries_of(c).count, 1);
    assert_int_equal(intruder.runs, 0);
    c->ops->rollback(c->s);
    assert_int_equal(intruder.runs, 1);
    assert_true(intruder.written);
    /* A push does, unless it has locked the row. */
    memory_synchronizer_interrupt(c->s, 3, intrude, &intruder);
    contract_begin(c, "alice");
    assert_int_equal(c->ops->read(c->s, (struct owner_model){ALICE, ALL},
                                  (struct id_list){&first.id, 1}, &c->arena, &row, &c->fail),
                     RC_OK);
    entries_of(c);
    assert_int_equal(intruder.runs, 2);
    assert_false(intruder.written);
    c->ops->rollback(c->s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_each_operation_fails_on_demand),
        TEST(test_snapshot_fails_on_demand),
        TEST(test_rows_by_hand),
        TEST(test_dump),
        TEST(test_validate),
        TEST(test_constraint),
        TEST(test_ranks),
        TEST(test_triggers_note_what_changed),
        TEST(test_interrupts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
