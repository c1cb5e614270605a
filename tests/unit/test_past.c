/* past: an object's state diff by diff is what the fold says, what is not told is not known, and
 * the state at a moment is that of the diffs up to it. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>

#include "build.h"
#include "fold.h"
#include "history.h"
#include "made_ids.h"

struct world {
    struct arena arena;
    struct mapping *mapping;
};

static int setup(void **state)
{
    static struct world world;

    arena_init(&world.arena);
    world.mapping = build_mapping(&world.arena, 2);
    *state = &world;
    return 0;
}

static int teardown(void **state)
{
    struct world *world = *state;

    arena_release(&world->arena);
    return 0;
}

#define LENGTH 6u
#define KINDS  4u /* create, delete, and updates of two fields */

/* Diff i of the sequence, at clock i and time 10 * i. */
static struct diff step(struct world *world, unsigned nth, unsigned i)
{
    static const enum diff_type TYPES[KINDS] = {DIFF_CREATE, DIFF_DELETE, DIFF_UPDATE, DIFF_UPDATE};
    unsigned kind;
    char id[8], value[16];

    for (unsigned k = 0; k < i; k++)
        nth /= KINDS;
    kind = nth % KINDS;
    snprintf(id, sizeof(id), "d%u", i);
    snprintf(value, sizeof(value), "f%u=v%u", kind % 2, i);
    return build_diff(&world->arena, world->mapping, id, TYPES[kind], i, 10 * i, "x",
                      TYPES[kind] == DIFF_DELETE ? NULL : value, NULL);
}

static void expect_as_net(const struct explain_past *past, const struct net *net)
{
    const bool live =
        net->kind == NET_CREATE || net->kind == NET_UPDATE || net->kind == NET_REPLACE;

    assert_int_equal(past->state == EXPLAIN_LIVE, live);
    if (net->kind == NET_CREATE || net->kind == NET_REPLACE)
        assert_true(past->whole);
    if (net->kind == NET_UPDATE)
        assert_false(past->whole);
    for (size_t i = 0; live && i < past->model->field_count; i++) {
        const struct field_value *set = net_field(net, &past->model->fields[i]);

        assert_int_equal(past->fields[i].known, set != NULL);
        if (set != NULL)
            assert_true(text_equal(buf_text(&past->fields[i].json), set->value.json));
    }
}

static void test_past_is_the_fold(void **state)
{
    struct world *world = *state;
    unsigned sequences = 1;

    for (unsigned i = 0; i < LENGTH; i++)
        sequences *= KINDS;
    for (unsigned nth = 0; nth < sequences; nth++) {
        const struct model *model;
        struct explain_past past;
        struct diff diffs[LENGTH];
        struct net net;

        arena_clear(&world->arena);
        world->mapping = build_mapping(&world->arena, 2);
        model = world->mapping->models;
        explain_past_init(&past, model);
        net_init(&net, model, &world->arena);
        assert_int_equal(past.state, EXPLAIN_UNHEARD);
        for (unsigned i = 0; i < LENGTH; i++) {
            diffs[i] = step(world, nth, i);
            net_add(&net, &diffs[i], diffs[i].type);
            explain_past_add(&past, &diffs[i], DIFF_INTEGER_MAX);
            expect_as_net(&past, &net);
        }
        explain_past_release(&past);
    }
}

/* "f0 f1" of the object as the diffs up to that time leave it, "-" for what is not known. */
static const char *at(struct world *world, const struct diff *diffs, size_t count, int64_t time_ms)
{
    static const char *const STATES[] = {"unheard", NULL, "deleted"};
    struct explain_past past;
    char values[64];
    size_t len = 0;

    explain_past_init(&past, world->mapping->models);
    for (size_t i = 0; i < count; i++)
        explain_past_add(&past, &diffs[i], time_ms);
    for (size_t i = 0; i < 2; i++) {
        const struct explain_past_field *field = &past.fields[i];
        const struct text value = field->known ? buf_text(&field->json) : TEXT_LITERAL("-");

        len += (size_t)snprintf(values + len, sizeof(values) - len, "%s%.*s", i > 0 ? " " : "",
                                TEXT_ARG(value));
    }
    len = past.state == EXPLAIN_LIVE ? len : 0;
    explain_past_release(&past);
    return len > 0 ? arena_text(&world->arena, (struct text){values, len}).ptr : STATES[past.state];
}

static void test_at_a_time(void **state)
{
    struct world *world = *state;
    struct diff diffs[] = {
        build_diff(&world->arena, world->mapping, "a", DIFF_CREATE, 0, 100, "x", "f0=a", NULL),
        /* Comes late, from a device that was offline. */
        build_diff(&world->arena, world->mapping, "b", DIFF_UPDATE, 1, 300, "x", "f0=b", "f1=b",
                   NULL),
        build_diff(&world->arena, world->mapping, "c", DIFF_UPDATE, 2, 200, "x", "f1=c", NULL),
        build_diff(&world->arena, world->mapping, "d", DIFF_DELETE, 3, 400, "x", NULL),
    };

    diffs[1].fields[1].time_ms = 150; /* merged of two */
    assert_string_equal(at(world, diffs, 4, 99), "unheard");
    assert_string_equal(at(world, diffs, 4, 100), "\"a\" -");
    assert_string_equal(at(world, diffs, 4, 150), "\"a\" \"b\"");
    assert_string_equal(at(world, diffs, 4, 250), "\"a\" \"c\"");
    assert_string_equal(at(world, diffs, 4, 399), "\"b\" \"c\"");
    assert_string_equal(at(world, diffs, 4, 400), "deleted");
    assert_string_equal(at(world, diffs + 1, 1, 400), "\"b\" \"b\"");
}

/* What was folded leaves a state, and no value. */
static void test_behind_a_summary(void **state)
{
    struct world *world = *state;
    const struct summary lives = {.deleted_clock = SUMMARY_NEVER}, deleted = {.deleted_clock = 3};
    struct diff update =
        build_diff(&world->arena, world->mapping, "a", DIFF_UPDATE, 9, 50, "x", "f0=a", NULL);
    struct explain_past past;

    explain_past_init(&past, world->mapping->models);
    explain_past_begin(&past, &lives);
    assert_int_equal(past.state, EXPLAIN_LIVE);
    assert_false(past.whole || past.fields[0].known);
    explain_past_add(&past, &update, 50);
    assert_true(past.fields[0].known);
    assert_false(past.whole || past.fields[1].known);
    explain_past_release(&past);

    explain_past_init(&past, world->mapping->models);
    explain_past_begin(&past, &deleted);
    assert_int_equal(past.state, EXPLAIN_DELETED);
    update.type = DIFF_CREATE;
    explain_past_add(&past, &update, 50);
    assert_true(past.state == EXPLAIN_LIVE && past.whole);
    explain_past_release(&past);
}

static void test_origins(void **state)
{
    struct world *world = *state;
    struct diff diff =
        build_diff(&world->arena, world->mapping, "a", DIFF_UPDATE, 3, 50, "x", "f0=a", NULL);

    assert_int_equal(explain_origin(&diff), EXPLAIN_DEVICE);
    diff.id = made_id_of_change(diff.model, diff.object_id, 3, DIFF_UPDATE, &world->arena);
    assert_int_equal(explain_origin(&diff), EXPLAIN_SQL);
    diff.id = made_id_of_fill(diff.model, diff.object_id, 3, DIFF_UPDATE, &world->arena);
    assert_int_equal(explain_origin(&diff), EXPLAIN_SERVER);
    diff.id = made_id_of_restore(diff.model, diff.object_id, 50, &world->arena);
    assert_int_equal(explain_origin(&diff), EXPLAIN_OPERATOR);
    for (int i = 0; i < EXPLAIN_ORIGINS; i++)
        assert_non_null(explain_origin_name((enum explain_origin)i));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_past_is_the_fold, setup, teardown),
        cmocka_unit_test_setup_teardown(test_at_a_time, setup, teardown),
        cmocka_unit_test_setup_teardown(test_behind_a_summary, setup, teardown),
        cmocka_unit_test_setup_teardown(test_origins, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
