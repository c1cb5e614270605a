/* What the outbox's entries about an object come to: the table of docs/merging.md 12.1, cell by
 * cell, and which fields are claimed with which times. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "build.h"
#include "made_ids.h"
#include "noticed.h"

#define FIELDS 3

struct world {
    struct arena arena;
    struct mapping *mapping;
    const struct model *model;
    struct row row;
};

static int setup(void **state)
{
    static const char *const JSON[FIELDS] = {"\"a\"", "\"b\"", "\"c\""};
    static struct world world;

    arena_init(&world.arena);
    world.mapping = build_mapping(&world.arena, FIELDS);
    world.model = world.mapping->models;
    world.row = (struct row){true, ARENA_ARRAY(&world.arena, FIELDS, struct value)};
    for (size_t i = 0; i < FIELDS; i++)
        world.row.values[i] =
            (struct value){.kind = VALUE_TEXT, .text = {JSON[i] + 1, 1}, .json = text_of(JSON[i])};
    *state = &world;
    return 0;
}

static int teardown(void **state)
{
    struct world *world = *state;

    arena_release(&world->arena);
    return 0;
}

/* As the page has it: by the last stored diff, by adoption, by the first entry. */
static const struct {
    enum presence told;
    bool adopted;
    enum change_op first;
    enum merge_effect live;
    enum merge_effect gone;
} TABLE[] = {
    {PRESENCE_PRESENT, false, CHANGE_INSERT, MERGE_UPDATE, MERGE_DELETE},
    {PRESENCE_PRESENT, false, CHANGE_UPDATE, MERGE_UPDATE, MERGE_DELETE},
    {PRESENCE_PRESENT, false, CHANGE_DELETE, MERGE_UPDATE, MERGE_DELETE},
    {PRESENCE_PRESENT, true, CHANGE_INSERT, MERGE_UPDATE, MERGE_DELETE},
    {PRESENCE_PRESENT, true, CHANGE_UPDATE, MERGE_UPDATE, MERGE_DELETE},
    {PRESENCE_PRESENT, true, CHANGE_DELETE, MERGE_UPDATE, MERGE_DELETE},
    {PRESENCE_ABSENT, false, CHANGE_INSERT, MERGE_CREATE, MERGE_NOTHING},
    {PRESENCE_ABSENT, false, CHANGE_UPDATE, MERGE_CREATE, MERGE_NOTHING},
    {PRESENCE_ABSENT, false, CHANGE_DELETE, MERGE_CREATE, MERGE_NOTHING},
    {PRESENCE_ABSENT, true, CHANGE_INSERT, MERGE_CREATE, MERGE_NOTHING},
    {PRESENCE_ABSENT, true, CHANGE_UPDATE, MERGE_CREATE, MERGE_NOTHING},
    {PRESENCE_ABSENT, true, CHANGE_DELETE, MERGE_CREATE, MERGE_NOTHING},
    {PRESENCE_UNKNOWN, false, CHANGE_INSERT, MERGE_CREATE, MERGE_NOTHING},
    {PRESENCE_UNKNOWN, false, CHANGE_UPDATE, MERGE_CREATE, MERGE_NOTHING},
    {PRESENCE_UNKNOWN, false, CHANGE_DELETE, MERGE_CREATE, MERGE_NOTHING},
    {PRESENCE_UNKNOWN, true, CHANGE_INSERT, MERGE_CREATE, MERGE_NOTHING},
    {PRESENCE_UNKNOWN, true, CHANGE_UPDATE, MERGE_UPDATE, MERGE_DELETE},
    {PRESENCE_UNKNOWN, true, CHANGE_DELETE, MERGE_UPDATE, MERGE_DELETE},
};

static struct noticed begin(struct world *world)
{
    struct noticed noticed;

    noticed_init(&noticed, world->model, TEXT_LITERAL("x"), &world->arena);
    return noticed;
}

static void add(struct world *world, struct noticed *noticed, enum change_op op, int64_t time_ms,
                const char *fields)
{
    struct change change = {
        .model = world->model,
        .object_id = noticed->id,
        .op = op,
        .time_ms = time_ms,
        .all_fields = fields[0] == '*',
        .fields = ARENA_ARRAY(&world->arena, FIELDS, const struct field *),
    };

    for (; !change.all_fields && *fields != '\0'; fields++)
        change.fields[change.field_count++] = &world->model->fields[*fields - '0'];
    noticed_add(noticed, &change);
}

static void test_every_cell(void **state)
{
    struct world *world = *state;

    for (size_t i = 0; i < sizeof(TABLE) / sizeof(*TABLE); i++) {
        const struct object_past told = {.existed = TABLE[i].told != PRESENCE_UNKNOWN,
                                         .deleted = TABLE[i].told == PRESENCE_ABSENT};
        const struct noticed_past past = noticed_past_of(&told, TABLE[i].adopted);
        struct noticed noticed = begin(world);

        assert_int_equal(past.told, TABLE[i].told);
        add(world, &noticed, TABLE[i].first, 10, "0");
        /* What follows the first entry is in the row. */
        for (int more = 0; more < 3; more++) {
            assert_int_equal(noticed_effect(&noticed, past, true), TABLE[i].live);
            assert_int_equal(noticed_effect(&noticed, past, false), TABLE[i].gone);
            add(world, &noticed, (enum change_op)more, 20, "1");
        }
    }
}

static struct diff made(struct world *world, const struct noticed *noticed, enum diff_type type)
{
    return noticed_diff(noticed, type, &world->row, (struct noticed_place){TEXT_LITERAL("o"), 7},
                        &world->arena);
}

static void check(const struct diff *diff, const char *json_data, int64_t time_ms,
                  const char *field_times)
{
    assert_true(text_is(diff->json_data, json_data));
    assert_int_equal(diff->time_ms, time_ms);
    assert_true(text_is(diff->field_times, field_times));
    assert_true(text_is(diff->owner, "o"));
    assert_int_equal(diff->clock, 7);
    assert_true(made_id_is_of_change(diff));
}

static void test_update_claims_what_changed(void **state)
{
    struct world *world = *state;
    struct noticed noticed = begin(world);
    struct diff diff;

    add(world, &noticed, CHANGE_UPDATE, 10, "0");
    add(world, &noticed, CHANGE_UPDATE, 30, "2");
    add(world, &noticed, CHANGE_UPDATE, 20, "");
    diff = made(world, &noticed, DIFF_UPDATE);
    check(&diff, "{\"id\":\"x\",\"f0\":\"a\",\"f2\":\"c\"}", 30, "{\"f0\":10}");
}

static void test_nothing_mapped_changed(void **state)
{
    struct world *world = *state;
    struct noticed noticed = begin(world);

    add(world, &noticed, CHANGE_UPDATE, 10, "");
    assert_int_equal(made(world, &noticed, DIFF_UPDATE).field_count, 0);
}

/* A row that was deleted and made again may differ in all fields. */
static void test_whole_rows_claim_all(void **state)
{
    static const enum change_op WHOLE[] = {CHANGE_INSERT, CHANGE_DELETE};
    struct world *world = *state;

    for (size_t i = 0; i < 3; i++) {
        struct noticed noticed = begin(world);
        struct diff diff;

        add(world, &noticed, CHANGE_UPDATE, 5, "1");
        add(world, &noticed, i < 2 ? WHOLE[i] : CHANGE_UPDATE, 10, i < 2 ? "" : "*");
        add(world, &noticed, CHANGE_UPDATE, 30, "1");
        diff = made(world, &noticed, DIFF_UPDATE);
        check(&diff, "{\"id\":\"x\",\"f0\":\"a\",\"f1\":\"b\",\"f2\":\"c\"}", 30,
              "{\"f0\":10,\"f2\":10}");
    }
}

/* A row that was there before anybody noticed: the rest of it has no time. */
static void test_create_is_whole(void **state)
{
    struct world *world = *state;
    struct noticed noticed = begin(world);
    struct diff diff;

    add(world, &noticed, CHANGE_UPDATE, 10, "1");
    diff = made(world, &noticed, DIFF_CREATE);
    check(&diff, "{\"id\":\"x\",\"f0\":\"a\",\"f1\":\"b\",\"f2\":\"c\"}", 10,
          "{\"f0\":0,\"f2\":0}");
}

static void test_delete_is_of_the_last_time(void **state)
{
    struct world *world = *state;
    struct noticed noticed = begin(world);
    struct diff diff;

    add(world, &noticed, CHANGE_UPDATE, 10, "1");
    add(world, &noticed, CHANGE_DELETE, 20, "");
    diff = made(world, &noticed, DIFF_DELETE);
    check(&diff, "{\"id\":\"x\"}", 20, "");
    assert_int_equal(diff.field_count, 0);
}

/* The database's clock may be set to anything. */
static void test_times_fit_a_diff(void **state)
{
    struct world *world = *state;
    struct noticed noticed = begin(world);

    add(world, &noticed, CHANGE_DELETE, -5, "");
    assert_int_equal(made(world, &noticed, DIFF_DELETE).time_ms, 0);
    add(world, &noticed, CHANGE_DELETE, INT64_MAX, "");
    assert_int_equal(made(world, &noticed, DIFF_DELETE).time_ms, DIFF_INTEGER_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_every_cell, setup, teardown),
        cmocka_unit_test_setup_teardown(test_update_claims_what_changed, setup, teardown),
        cmocka_unit_test_setup_teardown(test_nothing_mapped_changed, setup, teardown),
        cmocka_unit_test_setup_teardown(test_whole_rows_claim_all, setup, teardown),
        cmocka_unit_test_setup_teardown(test_create_is_whole, setup, teardown),
        cmocka_unit_test_setup_teardown(test_delete_is_of_the_last_time, setup, teardown),
        cmocka_unit_test_setup_teardown(test_times_fit_a_diff, setup, teardown),
    };

    return cmocka_run_group_tests_name("noticed", tests, NULL, NULL);
}
