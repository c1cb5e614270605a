/* Ids made of what a diff is about: their very values, since devices keep them. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "build.h"
#include "id.h"
#include "made_ids.h"

struct world {
    struct arena arena;
    struct mapping *mapping;
};

static int setup(void **state)
{
    static struct world world;

    arena_init(&world.arena);
    world.mapping = build_mapping(&world.arena, 1);
    *state = &world;
    return 0;
}

static int teardown(void **state)
{
    struct world *world = *state;

    arena_release(&world->arena);
    return 0;
}

/* SHA-256 of "sql\0m\0x\0" "7\0update" and of "row\0m\0x", as UUIDs of version 8. */
static void test_values_stay(void **state)
{
    struct world *world = *state;
    const struct model *model = world->mapping->models;
    const struct text x = TEXT_LITERAL("x");

    assert_true(text_is(made_id_of_change(model, x, 7, DIFF_UPDATE, &world->arena),
                        "4ff58c02-2523-8557-b8d9-6a3744d6715d"));
    assert_true(
        text_is(made_id_of_row(model, x, &world->arena), "ca963d1e-978d-8023-a586-9a6d78959507"));
}

static struct diff change(struct world *world, const char *object, int64_t clock,
                          enum diff_type type)
{
    struct diff diff = build_diff(&world->arena, world->mapping, "", type, clock, 5, object, NULL);

    diff.id = made_id_of_change(diff.model, diff.object_id, clock, type, &world->arena);
    return diff;
}

static void test_changes_are_told_apart(void **state)
{
    struct world *world = *state;
    const struct diff diff = change(world, "x", 7, DIFF_UPDATE);
    struct diff other = diff;

    assert_true(made_id_is_of_change(&diff));
    assert_false(made_id_is_of_row(&diff));
    other.clock = 8;
    assert_false(made_id_is_of_change(&other));
    other = diff;
    other.type = DIFF_DELETE;
    assert_false(made_id_is_of_change(&other));
    other = diff;
    other.object_id = TEXT_LITERAL("y");
    assert_false(made_id_is_of_change(&other));
    other = change(world, "y", 7, DIFF_UPDATE);
    assert_false(text_equal(diff.id, other.id));
}

static void test_rows_are_known_whatever_they_hold(void **state)
{
    struct world *world = *state;
    struct diff diff =
        build_diff(&world->arena, world->mapping, "", DIFF_CREATE, 3, 0, "x", "f0=a", NULL);

    diff.id = made_id_of_row(diff.model, diff.object_id, &world->arena);
    assert_true(made_id_is_of_row(&diff));
    assert_false(made_id_is_of_change(&diff));
    diff.clock = 4;
    assert_true(made_id_is_of_row(&diff));
    diff.type = DIFF_UPDATE;
    assert_false(made_id_is_of_row(&diff));
}

static void test_kinds_are_told_apart(void **state)
{
    struct world *world = *state;
    struct diff diff = change(world, "x", 7, DIFF_UPDATE);

    assert_false(made_id_is_of_fill(&diff));
    assert_false(made_id_is_of_restore(&diff));
    diff.id = made_id_of_fill(diff.model, diff.object_id, 7, DIFF_UPDATE, &world->arena);
    assert_true(made_id_is_of_fill(&diff));
    assert_false(made_id_is_of_change(&diff));
    diff.clock = 8;
    assert_false(made_id_is_of_fill(&diff));
    diff.id = made_id_of_restore(diff.model, diff.object_id, diff.time_ms, &world->arena);
    assert_true(made_id_is_of_restore(&diff));
    diff.type = DIFF_CREATE; /* whatever it does */
    assert_true(made_id_is_of_restore(&diff));
    diff.time_ms++;
    assert_false(made_id_is_of_restore(&diff));
}

/* A request's diff may name what nobody can have made. */
static void test_anything_may_be_asked(void **state)
{
    struct world *world = *state;
    struct diff diff = change(world, "x", 7, DIFF_CREATE);
    char *longest = arena_zalloc(&world->arena, 5000);

    diff.object_id = (struct text){longest, 5000};
    assert_false(made_id_is_of_change(&diff));
    assert_false(made_id_is_of_row(&diff));
    diff = change(world, "x", 7, DIFF_CREATE);
    diff.model = NULL;
    assert_false(made_id_is_of_change(&diff));
    assert_false(made_id_is_of_row(&diff));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_values_stay, setup, teardown),
        cmocka_unit_test_setup_teardown(test_changes_are_told_apart, setup, teardown),
        cmocka_unit_test_setup_teardown(test_rows_are_known_whatever_they_hold, setup, teardown),
        cmocka_unit_test_setup_teardown(test_kinds_are_told_apart, setup, teardown),
        cmocka_unit_test_setup_teardown(test_anything_may_be_asked, setup, teardown),
    };

    return cmocka_run_group_tests_name("made_ids", tests, NULL, NULL);
}
