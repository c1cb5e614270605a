/* Which of an object's diffs is blamed when the table refuses the row that they come to. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>

#include "sync.h"
#include "build.h"
#include "memory_synchronizer.h"

#define OWNER TEXT_LITERAL("o")
#define MANY  40u

struct world {
    struct arena arena;
    struct mapping *mapping;
    struct synchronizer *s;
    struct diff_list diffs;
    struct rejections rejections;
    struct sync_answer answer;
    struct fail fail;
};

/* Like CHECK (f0 <> 'bad'), which names no column. */
static bool is_good(void *context, const struct model *model, const struct value *values,
                    struct text *field_out)
{
    (void)context;
    (void)model;
    (void)field_out;
    return values[0].kind != VALUE_TEXT || !text_equal(values[0].text, TEXT_LITERAL("bad"));
}

static int setup(void **state)
{
    static struct world world;

    world = (struct world){.fail.message = ""};
    arena_init(&world.arena);
    world.mapping = build_mapping(&world.arena, 3);
    world.s = memory_synchronizer_new(world.mapping);
    memory_synchronizer_set_constraint(world.s, is_good, NULL);
    world.diffs.items = ARENA_ARRAY(&world.arena, MANY + 1, struct diff);
    *state = &world;
    return 0;
}

static int teardown(void **state)
{
    struct world *world = *state;

    memory_synchronizer_free(world->s);
    arena_release(&world->arena);
    return 0;
}

/* The next diff of object x, "d0", "d1", …; setting NULL is a field without a value of note. */
static void add(struct world *world, enum diff_type type, const char *setting)
{
    struct diff_list *diffs = &world->diffs;
    struct diff diff;
    char id[16];

    snprintf(id, sizeof(id), "d%zu", diffs->count);
    diff = build_diff(&world->arena, world->mapping, id, type, 0, (int64_t)diffs->count, "x",
                      setting, NULL);
    diff_move(&diffs->items[diffs->count++], &diff);
}

static enum rc sync_all(struct world *world, bool quarantine)
{
    struct sync_request request = {.owner = OWNER, .diffs = world->diffs};

    if (quarantine) {
        rejections_init(&world->rejections, world->diffs.count, true, &world->arena);
        request.rejections = &world->rejections;
    }
    return sync_apply(world->s, &request, &world->arena, &world->answer, &world->fail);
}

static void test_nearest_diff_is_blamed(void **state)
{
    struct world *world = *state;

    add(world, DIFF_CREATE, "f0=good");
    add(world, DIFF_UPDATE, "f0=bad");
    add(world, DIFF_UPDATE, "f1=after");
    assert_int_equal(sync_all(world, true), RC_OK);
    assert_int_equal(world->answer.rejected_new, 1);
    assert_true(text_equal(world->answer.rejected[0].id, TEXT_LITERAL("d1")));
}

/* What a later diff repairs is not to blame. */
static void test_mended_diff_is_not_blamed(void **state)
{
    struct world *world = *state;

    add(world, DIFF_CREATE, "f0=bad");
    add(world, DIFF_UPDATE, "f0=good");
    add(world, DIFF_UPDATE, "f0=bad");
    assert_int_equal(sync_all(world, true), RC_OK);
    assert_int_equal(world->answer.rejected_new, 1);
    assert_true(text_equal(world->answer.rejected[0].id, TEXT_LITERAL("d2")));
}

/* Far from the last diff the search takes ever larger steps back. */
static void test_every_place_is_found(void **state)
{
    (void)state;
    for (unsigned place = 1; place <= MANY; place++) {
        char expected[16];
        struct world *world;
        void *new_diffs;

        setup(&new_diffs);
        world = new_diffs;
        add(world, DIFF_CREATE, "f0=good");
        for (unsigned i = 1; i <= MANY; i++)
            add(world, DIFF_UPDATE, i == place ? "f0=bad" : i % 2 == 0 ? "f1=a" : "f2=b");
        snprintf(expected, sizeof(expected), "d%u", place);
        assert_int_equal(sync_all(world, true), RC_OK);
        assert_int_equal(world->answer.rejected_new, 1);
        assert_true(text_equal(world->answer.rejected[0].id, text_of(expected)));
        teardown(&new_diffs);
    }
}

/* So many are bad that the rest is refused at once, but not what came before the first. */
static void test_many_are_bad(void **state)
{
    struct world *world = *state;

    add(world, DIFF_CREATE, "f0=good");
    for (unsigned i = 1; i <= MANY; i++)
        add(world, DIFF_UPDATE, "f0=bad");
    assert_int_equal(sync_all(world, true), RC_OK);
    assert_int_equal(world->answer.rejected_new, MANY);
    assert_int_equal(world->answer.diffs.count, 1);
    assert_int_equal(world->answer.diffs.items[0].type, DIFF_UPDATE);
}

static void test_failed_sync_names_the_culprit(void **state)
{
    struct world *world = *state;

    add(world, DIFF_CREATE, "f0=good");
    add(world, DIFF_UPDATE, "f0=bad");
    add(world, DIFF_UPDATE, "f1=after");
    assert_int_equal(sync_all(world, false), RC_REJECTED);
    assert_string_equal(world->fail.diff_id, "d1");
    assert_int_equal(world->fail.code, FAIL_INVALID_DATA);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_nearest_diff_is_blamed, setup, teardown),
        cmocka_unit_test_setup_teardown(test_mended_diff_is_not_blamed, setup, teardown),
        cmocka_unit_test(test_every_place_is_found),
        cmocka_unit_test_setup_teardown(test_many_are_bad, setup, teardown),
        cmocka_unit_test_setup_teardown(test_failed_sync_names_the_culprit, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
