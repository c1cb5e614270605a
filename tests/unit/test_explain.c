/* explain: histories read in parts, and who set which field, are what the fold and the merge say.
 * */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>

#include "build.h"
#include "explain.h"
#include "compact.h"
#include "made_ids.h"

struct world {
    struct arena arena;
    struct mapping *mapping;
};

static int setup(void **state)
{
    static struct world world;

    arena_init(&world.arena);
    world.mapping = build_mapping(&world.arena, 3);
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

static struct diff step(struct world *world, struct arena *arena, unsigned nth, unsigned i)
{
    static const enum diff_type TYPES[KINDS] = {DIFF_CREATE, DIFF_DELETE, DIFF_UPDATE, DIFF_UPDATE};
    unsigned kind;
    char id[16], value[16];

    for (unsigned k = 0; k < i; k++)
        nth /= KINDS;
    kind = nth % KINDS;
    snprintf(id, sizeof(id), "d%u", i);
    snprintf(value, sizeof(value), "f%u=v%u", kind % 2, i);
    return build_diff(arena, world->mapping, id, TYPES[kind], i, 10 * i, "x",
                      TYPES[kind] == DIFF_DELETE ? NULL : value, NULL);
}

static unsigned sequences(void)
{
    unsigned count = 1;

    for (unsigned i = 0; i < LENGTH; i++)
        count *= KINDS;
    return count;
}

static void expect_same_net(const struct model *model, const struct net *whole,
                            const struct net *compacted)
{
    assert_int_equal(compacted->kind, whole->kind);
    for (size_t f = 0; f < model->field_count; f++) {
        const struct field_value *expected = net_field(whole, &model->fields[f]);
        const struct field_value *got = net_field(compacted, &model->fields[f]);

        assert_int_equal(got != NULL, expected != NULL);
        if (expected == NULL)
            continue;
        assert_true(text_equal(got->source->id, expected->source->id));
        assert_true(value_equal(&got->value, &expected->value));
        assert_int_equal(got->time_ms, expected->time_ms);
    }
}

/* Adds the sequence in parts, cut where the bits of `cuts` say; each part's memory is gone after it
 * was added. */
static void add_in_parts(struct world *world, struct compact *compact, unsigned nth, unsigned cuts)
{
    struct fail fail;

    for (unsigned from = 0, to = 1; from < LENGTH; from = to, to++) {
        struct diff part[LENGTH];
        struct arena arena;

        while (to < LENGTH && (cuts & (1u << to)) == 0)
            to++;
        arena_init(&arena);
        for (unsigned i = from; i < to; i++)
            part[i - from] = step(world, &arena, nth, i);
        assert_int_equal(compact_add(compact, part, to - from, &fail), RC_OK);
        arena_release(&arena);
    }
}

static void test_compact_in_parts(void **state)
{
    struct world *world = *state;
    const struct model *model;

    for (unsigned nth = 0; nth < sequences(); nth++) {
        struct diff diffs[LENGTH];
        struct net whole, compacted;
        struct compact compact;

        arena_clear(&world->arena);
        world->mapping = build_mapping(&world->arena, 3);
        model = &world->mapping->models[0];
        net_init(&whole, model, &world->arena);
        for (unsigned i = 0; i < LENGTH; i++) {
            diffs[i] = step(world, &world->arena, nth, i);
            net_add(&whole, &diffs[i], diffs[i].type);
        }
        compact_init(&compact);
        add_in_parts(world, &compact, nth, nth * 7);
        net_init(&compacted, model, &world->arena);
        for (size_t i = 0; i < compact.diffs.count; i++)
            net_add(&compacted, &compact.diffs.items[i], compact.diffs.items[i].type);
        expect_same_net(model, &whole, &compacted);
        compact_release(&compact);
    }
}

static void test_compact_is_bounded(void **state)
{
    enum { DIFFS = 3000 };
    struct world *world = *state;
    struct compact compact;
    struct fail fail;

    compact_init(&compact);
    for (int64_t i = 0; i < DIFFS; i++) {
        struct arena arena;
        struct diff diff;

        arena_init(&arena);
        diff = build_diff(&arena, world->mapping, "d", DIFF_UPDATE, i, i, "x", "f0=v", NULL);
        assert_int_equal(compact_add(&compact, &diff, 1, &fail), RC_OK);
        arena_release(&arena);
    }
    assert_true(compact.diffs.count <= 4 + 3);
    assert_true(compact.arenas[0].used_bytes + compact.arenas[1].used_bytes < 16384);
    assert_int_equal(compact.diffs.items[compact.diffs.count - 1].clock, DIFFS - 1);
    compact_release(&compact);
}

/* Who set a field last, and whether the object is there, is what the fold says. */
static void expect_history_as_net(const struct field_history *history, const struct net *net)
{
    const bool live =
        net->kind == NET_CREATE || net->kind == NET_UPDATE || net->kind == NET_REPLACE;

    assert_int_equal(history->state == EXPLAIN_LIVE, live);
    for (size_t f = 0; f < history->field_count; f++) {
        const struct explain_field *field = &history->fields[f];
        const struct field_value *expected = net_field(net, field->field);

        assert_int_equal(field->settings > 0, expected != NULL);
        if (expected == NULL)
            continue;
        assert_true(text_is(expected->source->id, field->last.id));
        assert_int_equal(field->last.time_ms, expected->time_ms);
        assert_int_equal(field->last.place.clock, expected->source->clock);
    }
}

static void test_field_history_is_the_fold(void **state)
{
    struct world *world = *state;

    for (unsigned nth = 0; nth < sequences(); nth++) {
        struct field_history history;
        struct diff diffs[LENGTH];
        struct net net;

        arena_clear(&world->arena);
        world->mapping = build_mapping(&world->arena, 3);
        net_init(&net, &world->mapping->models[0], &world->arena);
        field_history_init(&history, &world->mapping->models[0], &world->arena);
        assert_int_equal(history.state, EXPLAIN_UNHEARD);
        for (unsigned i = 0; i < LENGTH; i++) {
            diffs[i] = step(world, &world->arena, nth, i);
            net_add(&net, &diffs[i], diffs[i].type);
            field_history_add(&history, &diffs[i], (struct inspect_place){i, 0});
        }
        assert_int_equal(history.first.clock, 0);
        assert_int_equal(history.last.clock, LENGTH - 1);
        expect_history_as_net(&history, &net);
    }
}

static const struct explain_field *field_history_of(struct world *world, const char *letters,
                                                    const int64_t *times)
{
    struct field_history *history = ARENA_NEW(&world->arena, struct field_history);

    field_history_init(history, &world->mapping->models[0], &world->arena);
    for (int64_t i = 0; letters[i] != '\0'; i++) {
        struct diff diff;
        char id[24];

        snprintf(id, sizeof(id), "d%d", (int)i);
        diff = build_diff(&world->arena, world->mapping, id, build_type(letters[i]), i, times[i],
                          "x", letters[i] == 'd' ? NULL : "f0=v", NULL);
        field_history_add(history, &diff, (struct inspect_place){i, 0});
    }
    return &history->fields[0];
}

static void test_why(void **state)
{
    static const struct {
        const char *letters;
        int64_t times[5];
        enum explain_why why;
        const char *rival; /* NULL: none */
    } CASES[] = {
        {"c", {5}, EXPLAIN_ONLY, NULL},
        {"cu", {5, 6}, EXPLAIN_LATER_TIME, "d0"},
        {"cu", {5, 5}, EXPLAIN_LATER_TIME, "d0"},
        {"cu", {5, 4}, EXPLAIN_LATER_CLOCK, "d0"},
        /* The latest of those before it, not the last. */
        {"cuu", {9, 5, 7}, EXPLAIN_LATER_CLOCK, "d0"},
        {"cuu", {5, 9, 10}, EXPLAIN_LATER_TIME, "d1"},
        {"cuuu", {5, 9, 1, 3}, EXPLAIN_LATER_CLOCK, "d1"},
        /* What was deleted has no say any more. */
        {"cudc", {5, 9, 1, 3}, EXPLAIN_ONLY, NULL},
        {"cudcu", {5, 9, 1, 3, 4}, EXPLAIN_LATER_TIME, "d3"},
    };

    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        const struct explain_field *field =
            field_history_of(*state, CASES[i].letters, CASES[i].times);

        assert_int_equal(explain_why(field), CASES[i].why);
        assert_int_equal(field->settings > 1, CASES[i].rival != NULL);
        if (CASES[i].rival != NULL)
            assert_string_equal(field->rival.id, CASES[i].rival);
    }
}

/* A merged diff's fields have times of their own. */
static void test_own_time_of_a_field(void **state)
{
    struct world *world = *state;
    struct diff diff =
        build_diff(&world->arena, world->mapping, "d", DIFF_UPDATE, 3, 50, "x", "f0=a", NULL);
    struct field_history history;

    diff.fields[0].time_ms = 40;
    field_history_init(&history, &world->mapping->models[0], &world->arena);
    field_history_add(&history, &diff, (struct inspect_place){3, 1});
    assert_int_equal(history.fields[0].last.time_ms, 40);
    assert_int_equal(history.fields[0].last.place.seq, 1);
}

/* What no device sent can be told by its id. */
static void test_setter_from_sql(void **state)
{
    struct world *world = *state;
    struct field_history contest;
    struct diff diff = build_diff(&world->arena, world->mapping, "d", DIFF_CREATE, 3, 5, "x",
                                  "f0=a", "f1=a", NULL);

    field_history_init(&contest, world->mapping->models, &world->arena);
    field_history_add(&contest, &diff, (struct inspect_place){3, 0});
    diff = build_diff(&world->arena, world->mapping, "", DIFF_UPDATE, 4, 6, "x", "f0=b", NULL);
    diff.id = made_id_of_change(diff.model, diff.object_id, 4, DIFF_UPDATE, &world->arena);
    field_history_add(&contest, &diff, (struct inspect_place){4, 0});
    assert_true(contest.fields[0].last.from_sql);
    assert_false(contest.fields[0].rival.from_sql);
    assert_false(contest.fields[1].last.from_sql);
}

/* Of folded diffs clock and time are known, and they go on winning and losing by them. */
static void test_folded(void **state)
{
    struct world *world = *state;
    const struct model *model = world->mapping->models;
    struct summary summary;
    struct field_history contest;
    struct diff diff =
        build_diff(&world->arena, world->mapping, "d", DIFF_UPDATE, 4, 60, "x", "f0=b", NULL);

    summary_init(&summary, model, TEXT_LITERAL("x"), &world->arena);
    summary.created_clock = 1;
    summary.last_clock = 3;
    summary.fields[0].clock = 2;
    summary.fields[0].time_ms = 70;
    field_history_init(&contest, model, &world->arena);
    field_history_begin(&contest, &summary);
    assert_int_equal(contest.state, EXPLAIN_LIVE);
    assert_true(contest.fields[0].last.folded);
    assert_int_equal(contest.fields[0].last.place.clock, 2);
    assert_int_equal(contest.fields[1].settings, 0);
    assert_int_equal(explain_why(&contest.fields[0]), EXPLAIN_ONLY);
    field_history_add(&contest, &diff, (struct inspect_place){4, 0});
    assert_false(contest.fields[0].last.folded);
    assert_true(contest.fields[0].rival.folded);
    assert_int_equal(explain_why(&contest.fields[0]), EXPLAIN_LATER_CLOCK);

    summary.deleted_clock = 3;
    field_history_init(&contest, model, &world->arena);
    field_history_begin(&contest, &summary);
    assert_int_equal(contest.state, EXPLAIN_DELETED);
    assert_int_equal(contest.fields[0].settings, 0);
}

static void test_names(void **state)
{
    (void)state;
    for (int i = 0; i < EXPLAIN_REASONS; i++) {
        assert_non_null(explain_reason_name((enum explain_reason)i));
        assert_non_null(explain_reason_sentence((enum explain_reason)i));
    }
    for (int i = 0; i < EXPLAIN_WHYS; i++)
        assert_non_null(explain_why_name((enum explain_why)i));
    for (int i = 0; i < EXPLAIN_STATES; i++)
        assert_non_null(explain_state_name((enum explain_state)i));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_compact_in_parts, setup, teardown),
        cmocka_unit_test_setup_teardown(test_compact_is_bounded, setup, teardown),
        cmocka_unit_test_setup_teardown(test_field_history_is_the_fold, setup, teardown),
        cmocka_unit_test_setup_teardown(test_why, setup, teardown),
        cmocka_unit_test_setup_teardown(test_own_time_of_a_field, setup, teardown),
        cmocka_unit_test_setup_teardown(test_setter_from_sql, setup, teardown),
        cmocka_unit_test_setup_teardown(test_folded, setup, teardown),
        cmocka_unit_test(test_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
