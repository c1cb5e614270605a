/* answer_sort.c: parents before children, whatever the clocks and timestamps were before. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "answer_sort.h"
#include "toposort.h"

/* Lists and their items: items.list_id names a list; items.after_id names another item (a tree). */
static struct field item_fields[] = {
    {.name = {"list_id", 7}, .column = {"list_id", 7}, .index = 0},
    {.name = {"after_id", 8}, .column = {"after_id", 8}, .index = 1},
};
static struct model models[] = {
    {.name = {"items", 5}, .fields = item_fields, .field_count = 2, .index = 0},
    {.name = {"lists", 5}, .index = 1},
};
static struct mapping mapping = {.models = models, .model_count = 2};
static const struct relation keys[] = {
    {.child = &models[0], .field = &item_fields[0], .parent = &models[1]},
    {.child = &models[0], .field = &item_fields[1], .parent = &models[0]},
};
static const struct relations relations = {keys, 2};
static const unsigned ranks[] = {1, 0};

static struct field_value references[16][2];

static struct diff make(const char *object_id, bool item, enum diff_type type, int64_t clock,
                        int64_t time_ms)
{
    return (struct diff){
        .object_id = text_of(object_id),
        .model = &models[item ? 0 : 1],
        .type = type,
        .clock = clock,
        .time_ms = time_ms,
    };
}

static void refer(struct diff *diff, size_t slot, const char *list, const char *after)
{
    const char *const names[2] = {list, after};

    diff->fields = references[slot];
    diff->field_count = 2;
    for (size_t i = 0; i < 2; i++) {
        references[slot][i] = (struct field_value){.field = &item_fields[i]};
        if (names[i] != NULL)
            references[slot][i].value =
                (struct value){.kind = VALUE_TEXT, .text = text_of(names[i])};
    }
}

static void order_all(struct diff *diffs, size_t count)
{
    struct diff_list answer = {diffs, count};
    struct arena arena;

    arena_init(&arena);
    answer_sort(&answer, &mapping, &relations, ranks, &arena);
    for (size_t i = 1; i < count; i++)
        assert_true(
            diffs[i - 1].clock < diffs[i].clock ||
            (diffs[i - 1].clock == diffs[i].clock && diffs[i - 1].time_ms <= diffs[i].time_ms));
    arena_release(&arena);
}

static void check_moment(const struct diff *diffs, size_t count, const char *object_id,
                         int64_t clock, int64_t time_ms)
{
    size_t at = 0;

    while (at < count && !text_is(diffs[at].object_id, object_id))
        at++;
    assert_true(at < count);
    assert_int_equal(diffs[at].clock, clock);
    assert_int_equal(diffs[at].time_ms, time_ms);
}

static void test_create_after_its_parent(void **state)
{
    struct diff diffs[3];

    (void)state;
    diffs[0] = make("item", true, DIFF_CREATE, 3, 50);
    diffs[1] = make("other", true, DIFF_CREATE, 2, 10);
    diffs[2] = make("list", false, DIFF_CREATE, 4, 70);
    refer(&diffs[0], 0, "list", NULL);
    refer(&diffs[1], 1, "elsewhere", NULL);
    order_all(diffs, 3);
    check_moment(diffs, 3, "list", 4, 70);
    check_moment(diffs, 3, "item", 4, 71);
    check_moment(diffs, 3, "other", 2, 10);
    assert_true(text_is(diffs[2].object_id, "item"));
}

/* Nothing is told that would be refused when a device sends it back. */
static void test_no_moment_behind_the_last(void **state)
{
    struct diff diffs[2];

    (void)state;
    diffs[0] = make("item", true, DIFF_CREATE, 3, 50);
    diffs[1] = make("list", false, DIFF_CREATE, 3, DIFF_INTEGER_MAX);
    refer(&diffs[0], 0, "list", NULL);
    order_all(diffs, 2);
    check_moment(diffs, 2, "list", 3, DIFF_INTEGER_MAX);
    check_moment(diffs, 2, "item", 3, DIFF_INTEGER_MAX);
}

/* Each item refers to the one made later; equal moments are not strictly later. */
static void test_chain_in_the_tree(void **state)
{
    static const char *const names[] = {"a", "b", "c", "d"};
    struct diff diffs[4];

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        diffs[i] = make(names[i], true, DIFF_CREATE, 1, 100);
        refer(&diffs[i], i, NULL, i < 3 ? names[i + 1] : NULL);
    }
    order_all(diffs, 4);
    for (size_t i = 0; i < 4; i++)
        check_moment(diffs, 4, names[i], 1, 103 - (int64_t)i);
}

static void test_circle_ends(void **state)
{
    struct diff diffs[2];

    (void)state;
    diffs[0] = make("a", true, DIFF_CREATE, 1, 1);
    diffs[1] = make("b", true, DIFF_CREATE, 1, 2);
    refer(&diffs[0], 0, NULL, "b");
    refer(&diffs[1], 1, NULL, "a");
    order_all(diffs, 2);
}

static void test_parents_deleted_last(void **state)
{
    struct diff diffs[3];

    (void)state;
    diffs[0] = make("list", false, DIFF_DELETE, 1, 10);
    diffs[1] = make("i1", true, DIFF_DELETE, 1, 30);
    diffs[2] = make("i2", true, DIFF_DELETE, 1, 20);
    order_all(diffs, 3);
    check_moment(diffs, 3, "list", 1, 31);
    check_moment(diffs, 3, "i1", 1, 30);
    check_moment(diffs, 3, "i2", 1, 20);
}

static void test_replace_deletes_first(void **state)
{
    struct diff diffs[3];

    (void)state;
    diffs[0] = make("x", false, DIFF_UPDATE, 0, 5);
    diffs[1] = make("y", false, DIFF_DELETE, 1, 10);
    diffs[2] = make("y", false, DIFF_CREATE, 1, 10);
    order_all(diffs, 3);
    assert_int_equal(diffs[1].type, DIFF_DELETE);
    assert_int_equal(diffs[2].type, DIFF_CREATE);
    assert_int_equal(diffs[2].time_ms, 11);
}

static void test_order_without_references_stays(void **state)
{
    const struct toposort_item items[3] = {
        {.model = &models[1], .id = {"a", 1}},
        {.model = &models[1], .id = {"b", 1}},
        {.model = &models[1], .id = {"c", 1}},
    };
    struct arena arena;
    struct toposort sorted;

    (void)state;
    arena_init(&arena);
    sorted = toposort_parents_first(items, 3, &relations, &arena);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(sorted.sequence[i], i);
    arena_release(&arena);
}

static void order_part(struct diff *diffs, size_t count, struct answer_moments *moments)
{
    struct diff_list part = {diffs, count};
    struct arena arena;

    arena_init(&arena);
    answer_sort_part(&part, &mapping, &relations, ranks, moments, &arena);
    arena_release(&arena);
}

static void expect_moment(const struct diff *diff, int64_t clock, int64_t time_ms)
{
    assert_int_equal(diff->clock, clock);
    assert_int_equal(diff->time_ms, time_ms);
}

/* A response that is sent in parts: a child's create comes after its parent's in an earlier one, a
 * parent's delete after its children's. */
static void test_parts_follow_each_other(void **state)
{
    struct diff list_create[] = {make("l", false, DIFF_CREATE, 5, 100)};
    struct diff item_creates[] = {make("early", true, DIFF_CREATE, 5, 100),
                                  make("late", true, DIFF_CREATE, 6, 1)};
    struct diff item_delete[] = {make("i", true, DIFF_DELETE, 7, 50)};
    struct diff list_deletes[] = {make("early", false, DIFF_DELETE, 6, 90),
                                  make("late", false, DIFF_DELETE, 7, 51)};
    struct answer_moments moments;
    struct arena arena;

    (void)state;
    arena_init(&arena);
    answer_moments_init(&moments, &mapping, &arena);
    order_part(item_delete, 1, &moments);
    order_part(list_deletes, 2, &moments);
    order_part(list_create, 1, &moments);
    order_part(item_creates, 2, &moments);
    expect_moment(&list_deletes[0], 7, 51);
    expect_moment(&list_deletes[1], 7, 51);
    expect_moment(&list_create[0], 5, 100);
    expect_moment(&item_creates[0], 5, 101);
    expect_moment(&item_creates[1], 6, 1);
    arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_create_after_its_parent),
        cmocka_unit_test(test_no_moment_behind_the_last),
        cmocka_unit_test(test_chain_in_the_tree),
        cmocka_unit_test(test_circle_ends),
        cmocka_unit_test(test_parents_deleted_last),
        cmocka_unit_test(test_replace_deletes_first),
        cmocka_unit_test(test_order_without_references_stays),
        cmocka_unit_test(test_parts_follow_each_other),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
