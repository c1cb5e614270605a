/* fold.c and compact.c: the table of docs/merging.md 5, cell by cell, and every short run of diffs
 * with one timestamp. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>

#include "build.h"
#include "compact.h"
#include "fold.h"

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

/* docs/merging.md 5 as it stands on the page: how each state is reached, and what follows. */
static const struct {
    enum net_kind have;
    const char *reached_by;
    enum net_kind next[DIFF_TYPES]; /* create, update, delete */
} TABLE[] = {
    {NET_NONE, "", {NET_CREATE, NET_UPDATE, NET_DELETE}},
    {NET_CREATE, "c", {NET_CREATE, NET_CREATE, NET_CANCELLED}},
    {NET_UPDATE, "u", {NET_UPDATE, NET_UPDATE, NET_DELETE}},
    {NET_DELETE, "d", {NET_REPLACE, NET_DELETE, NET_DELETE}},
    {NET_REPLACE, "dc", {NET_REPLACE, NET_REPLACE, NET_DELETE}},
    {NET_CANCELLED, "cd", {NET_CREATE, NET_CANCELLED, NET_CANCELLED}},
};

static void fold_letters(struct world *world, struct net *net, const char *letters)
{
    for (size_t i = 0; letters[i] != '\0'; i++) {
        struct diff *diff = ARENA_NEW(&world->arena, struct diff);
        char id[24];

        snprintf(id, sizeof(id), "d%zu", i);
        *diff = build_diff(&world->arena, world->mapping, id, build_type(letters[i]), 0, (int64_t)i,
                           "x", letters[i] == 'd' ? NULL : "f0=old", NULL);
        net_add(net, diff, diff->type);
    }
}

static bool holds_fields(enum net_kind kind)
{
    return kind == NET_CREATE || kind == NET_UPDATE || kind == NET_REPLACE;
}

static void check_cell(struct world *world, size_t row, enum diff_type type)
{
    enum net_kind expected = TABLE[row].next[type];
    struct net net;
    struct diff diff = build_diff(&world->arena, world->mapping, "new", type, 0, 100, "x",
                                  type == DIFF_DELETE ? NULL : "f1=new", NULL);
    bool had_fields = holds_fields(TABLE[row].have);

    net_init(&net, &world->mapping->models[0], &world->arena);
    fold_letters(world, &net, TABLE[row].reached_by);
    assert_int_equal(net.kind, TABLE[row].have);
    net_add(&net, &diff, type);
    assert_int_equal(net.kind, expected);
    assert_int_equal(net.created != NULL, expected == NET_CREATE || expected == NET_REPLACE);
    assert_int_equal(net.deleted != NULL, expected == NET_DELETE || expected == NET_REPLACE);
    if (!holds_fields(expected)) {
        assert_int_equal(net.field_count, 0);
        return;
    }
    assert_int_equal(net.field_count, had_fields ? 2 : 1);
    assert_ptr_equal(net.fields[net.field_count - 1].source, &diff);
    assert_int_equal(net.fields[net.field_count - 1].time_ms, 100);
    assert_ptr_equal(net_last(&net), &diff);
    assert_int_equal(net_verbatim(&net) == &diff, !had_fields);
}

static void test_table(void **state)
{
    for (size_t row = 0; row < sizeof(TABLE) / sizeof(TABLE[0]); row++)
        for (int type = 0; type < DIFF_TYPES; type++)
            check_cell(*state, row, (enum diff_type)type);
}

static void test_later_fields_win_in_place(void **state)
{
    struct world *world = *state;
    struct arena *arena = &world->arena;
    struct diff first =
        build_diff(arena, world->mapping, "d1", DIFF_CREATE, 0, 10, "x", "f2=a", "f0=b", NULL);
    struct diff second =
        build_diff(arena, world->mapping, "d2", DIFF_UPDATE, 0, 20, "x", "f1=c", "f2=d", NULL);
    struct net net;
    struct text json;

    net_init(&net, &world->mapping->models[0], arena);
    net_add(&net, &first, first.type);
    net_add(&net, &second, second.type);
    json = diff_write_json_data(first.object_id, net.fields, net.field_count, arena);
    assert_string_equal(json.ptr, "{\"id\":\"x\",\"f2\":\"d\",\"f0\":\"b\",\"f1\":\"c\"}");
    assert_int_equal(net_field(&net, &world->mapping->models[0].fields[2])->time_ms, 20);
    assert_int_equal(net_field(&net, &world->mapping->models[0].fields[0])->time_ms, 10);
    assert_ptr_equal(net.created, &first);
    assert_ptr_equal(net_last(&net), &second);
    assert_null(net_verbatim(&net));
    /* Without the update's fields the create is the last that went in, but no longer verbatim. */
    net_drop(&net, &world->mapping->models[0].fields[1]);
    net_drop(&net, &world->mapping->models[0].fields[2]);
    assert_ptr_equal(net_last(&net), &first);
    assert_null(net_verbatim(&net));
    assert_int_equal(net.field_count, 1);
    assert_null(net_field(&net, &world->mapping->models[0].fields[2]));
}

static void test_last_delete_stays(void **state)
{
    struct world *world = *state;
    struct diff deletes[3];
    struct net net;

    net_init(&net, &world->mapping->models[0], &world->arena);
    for (size_t i = 0; i < 3; i++) {
        deletes[i] =
            build_diff(&world->arena, world->mapping, "d", DIFF_DELETE, 0, (int64_t)i, "x", NULL);
        net_add(&net, &deletes[i], DIFF_DELETE);
    }
    assert_ptr_equal(net.deleted, &deletes[2]);
}

#define MOST 5

static bool any_order_possible(const struct diff **diffs, size_t count, size_t fixed,
                               enum presence before)
{
    if (fixed == count)
        return fold_runs_possible(diffs, count, before);
    for (size_t i = fixed; i < count; i++) {
        const struct diff *swap = diffs[fixed];
        bool possible;

        diffs[fixed] = diffs[i];
        diffs[i] = swap;
        possible = any_order_possible(diffs, count, fixed + 1, before);
        diffs[i] = diffs[fixed];
        diffs[fixed] = swap;
        if (possible)
            return true;
    }
    return false;
}

static void check_run(struct world *world, unsigned code, size_t count, enum presence before)
{
    struct diff diffs[MOST];
    const struct diff *run[MOST], *as_sent[MOST];
    bool possible;

    for (size_t i = 0; i < count; i++, code /= DIFF_TYPES) {
        diffs[i] = build_diff(&world->arena, world->mapping, "d",
                              (enum diff_type)(code % DIFF_TYPES), 0, 7, "x", NULL);
        run[i] = as_sent[i] = &diffs[i];
    }
    possible = any_order_possible(run, count, 0, before);
    fold_runs_arrange(run, count, before);
    assert_int_equal(fold_runs_possible(run, count, before), possible);
    if (fold_runs_possible(as_sent, count, before))
        assert_memory_equal(run, as_sent, count * sizeof(run[0]));
}

/* Every run of up to five diffs with one timestamp, with the object there and not there. */
static void test_equal_timestamps_exhaustively(void **state)
{
    struct world *world = *state;
    unsigned codes = 1;

    for (size_t count = 1; count <= MOST; count++) {
        codes *= DIFF_TYPES;
        for (unsigned code = 0; code < codes; code++) {
            check_run(world, code, count, PRESENCE_ABSENT);
            check_run(world, code, count, PRESENCE_PRESENT);
        }
        arena_clear(&world->arena);
        world->mapping = build_mapping(&world->arena, 3);
    }
}

static void check_order(struct world *world, const char *sent, enum presence before,
                        const char *expected)
{
    struct diff diffs[MOST];
    const struct diff *run[MOST];
    size_t count = strlen(sent);

    for (size_t i = 0; i < count; i++) {
        diffs[i] =
            build_diff(&world->arena, world->mapping, "d", build_type(sent[i]), 0, 7, "x", NULL);
        run[i] = &diffs[i];
    }
    fold_runs_arrange(run, count, before);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(run[i]->type, build_type(expected[i]));
}

static void test_orders_of_the_page(void **state)
{
    check_order(*state, "udc", PRESENCE_ABSENT, "cud");
    check_order(*state, "ucd", PRESENCE_PRESENT, "dcu");
    check_order(*state, "du", PRESENCE_PRESENT, "ud");
    check_order(*state, "dc", PRESENCE_PRESENT, "dc");
    check_order(*state, "dc", PRESENCE_ABSENT, "cd");
    check_order(*state, "uc", PRESENCE_ABSENT, "cu");
}

/* No update is lost because there were many in one millisecond. */
static void test_long_run(void **state)
{
    enum { UPDATES = 500 };
    struct world *world = *state;
    struct diff update =
        build_diff(&world->arena, world->mapping, "u", DIFF_UPDATE, 0, 7, "x", NULL);
    struct diff create =
        build_diff(&world->arena, world->mapping, "c", DIFF_CREATE, 0, 7, "x", NULL);
    const struct diff *run[UPDATES + 1];

    for (size_t i = 0; i < UPDATES; i++)
        run[i] = &update;
    run[UPDATES] = &create;
    fold_runs_arrange(run, UPDATES + 1, PRESENCE_ABSENT);
    assert_ptr_equal(run[0], &create);
    assert_ptr_equal(run[UPDATES], &update);
}

static void test_other_timestamps_stay(void **state)
{
    struct world *world = *state;
    struct diff diffs[2] = {
        build_diff(&world->arena, world->mapping, "a", DIFF_DELETE, 0, 1, "x", NULL),
        build_diff(&world->arena, world->mapping, "b", DIFF_UPDATE, 0, 2, "x", NULL),
    };
    const struct diff *list[2] = {&diffs[0], &diffs[1]};

    assert_int_equal(fold_runs_arrange(list, 2, PRESENCE_PRESENT), PRESENCE_ABSENT);
    assert_ptr_equal(list[0], &diffs[0]);
    diffs[1].time_ms = 1;
    diffs[1].clock = 1;
    fold_runs_arrange(list, 2, PRESENCE_PRESENT);
    assert_ptr_equal(list[0], &diffs[0]);
    diffs[1].clock = 0;
    fold_runs_arrange(list, 2, PRESENCE_PRESENT);
    assert_ptr_equal(list[0], &diffs[1]);
}

#define COMPACT_LENGTH 6u
#define COMPACT_KINDS  4u /* create, delete, and updates of two fields */

/* The nth of all sequences of that length. */
static void build_sequence(struct world *world, struct diff *diffs, unsigned nth)
{
    for (unsigned i = 0; i < COMPACT_LENGTH; i++, nth /= COMPACT_KINDS) {
        const unsigned kind = nth % COMPACT_KINDS;
        const enum diff_type type = kind == 0 ? DIFF_CREATE : kind == 1 ? DIFF_DELETE : DIFF_UPDATE;
        char id[8], value[16];

        snprintf(id, sizeof(id), "d%u", i);
        snprintf(value, sizeof(value), "f%u=v%u", kind % 2, i);
        diffs[i] = build_diff(&world->arena, world->mapping, id, type, i, i, "x",
                              type == DIFF_DELETE ? NULL : value, NULL);
        for (size_t f = 0; f < diffs[i].field_count; f++)
            diffs[i].fields[f].source = &diffs[i];
    }
}

static void fold_all(struct world *world, struct net *net, const struct diff *diffs, size_t count)
{
    net_init(net, &world->mapping->models[0], &world->arena);
    for (size_t i = 0; i < count; i++)
        net_add(net, &diffs[i], diffs[i].type);
}

static void expect_same_net(const struct world *world, const struct net *whole,
                            const struct net *compacted)
{
    assert_int_equal(compacted->kind, whole->kind);
    assert_int_equal(compacted->field_count, whole->field_count);
    assert_int_equal(compacted->deleted != NULL, whole->deleted != NULL);
    if (whole->deleted != NULL)
        assert_true(text_equal(compacted->deleted->id, whole->deleted->id));
    for (size_t f = 0; f < world->mapping->models[0].field_count; f++) {
        const struct field *field = &world->mapping->models[0].fields[f];
        const struct field_value *expected = net_field(whole, field);
        const struct field_value *got = net_field(compacted, field);

        assert_int_equal(got != NULL, expected != NULL);
        if (expected != NULL)
            assert_true(text_equal(got->source->id, expected->source->id));
    }
}

static void test_compact_exhaustively(void **state)
{
    struct world *world = *state;
    unsigned sequences = 1;

    for (unsigned i = 0; i < COMPACT_LENGTH; i++)
        sequences *= COMPACT_KINDS;
    for (unsigned nth = 0; nth < sequences; nth++) {
        struct diff diffs[COMPACT_LENGTH];
        struct net whole, compacted;
        size_t kept;

        arena_clear(&world->arena);
        world->mapping = build_mapping(&world->arena, 3);
        build_sequence(world, diffs, nth);
        fold_all(world, &whole, diffs, COMPACT_LENGTH);
        {
            struct diff copies[COMPACT_LENGTH];

            build_sequence(world, copies, nth);
            kept = compact_diffs(copies, COMPACT_LENGTH, &world->arena);
            fold_all(world, &compacted, copies, kept);
            assert_true(text_equal(copies[0].id, diffs[0].id));
            expect_same_net(world, &whole, &compacted);
        }
    }
}

/* However many updates there are, what is left is bounded by the fields. */
static void test_compact_is_small(void **state)
{
    enum { MANY = 5000 };
    struct world *world = *state;
    struct diff *diffs = ARENA_ARRAY(&world->arena, MANY, struct diff);

    for (size_t i = 0; i < MANY; i++) {
        diffs[i] = build_diff(&world->arena, world->mapping, "d", DIFF_UPDATE, (int64_t)i,
                              (int64_t)i, "x", i % 2 == 0 ? "f0=a" : "f1=b", NULL);
    }
    assert_int_equal(compact_diffs(diffs, MANY, &world->arena), 3);
    assert_int_equal(compact_diffs(diffs, 0, &world->arena), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),
        cmocka_unit_test(test_later_fields_win_in_place),
        cmocka_unit_test(test_last_delete_stays),
        cmocka_unit_test(test_equal_timestamps_exhaustively),
        cmocka_unit_test(test_orders_of_the_page),
        cmocka_unit_test(test_long_run),
        cmocka_unit_test(test_other_timestamps_stay),
        cmocka_unit_test(test_compact_exhaustively),
        cmocka_unit_test(test_compact_is_small),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
