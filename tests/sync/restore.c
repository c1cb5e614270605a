/* An object is brought back to old values as a change of now, which other devices are told; a dry
 * run, and what is refused, change nothing. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>

#include "build.h"
#include "clock.h"
#include "made_ids.h"
#include "memory_synchronizer.h"
#include "restore.h"

static const struct text OWNER = {"o", 1};

struct world {
    struct arena arena;
    struct mapping *mapping;
    struct synchronizer *s;
    struct sync_answer answer;
    struct sync_restored restored;
    struct fail fail;
};

static struct world world;

static int setup(void **state)
{
    (void)state;
    world = (struct world){.s = NULL};
    arena_init(&world.arena);
    world.mapping = build_mapping(&world.arena, 3);
    world.s = memory_synchronizer_new(world.mapping);
    clock_set_for_test(5000);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    clock_set_for_test(-1);
    memory_synchronizer_free(world.s);
    arena_release(&world.arena);
    return 0;
}

static void sync(int64_t clock, struct diff *diffs, size_t count)
{
    const struct sync_request request = {.owner = OWNER, .clock = clock, .diffs = {diffs, count}};

    assert_int_equal(sync_apply(world.s, &request, &world.arena, &world.answer, &world.fail),
                     RC_OK);
}

static void push(int64_t clock, const char *id, enum diff_type type, const char *f0, const char *f1)
{
    struct diff diff =
        build_diff(&world.arena, world.mapping, id, type, clock, 100 + clock, "x", f0, f1, NULL);

    diff.owner = OWNER;
    sync(clock, &diff, 1);
}

/* f0 and f1, NULL: not named. */
static enum rc restore(const char *f0, const char *f1, bool dry_run)
{
    const char *const values[] = {f0, f1};
    struct field_value fields[2];
    struct sync_restore job = {
        .of = {OWNER, world.mapping->models},
        .id = TEXT_LITERAL("x"),
        .fields = fields,
        .dry_run = dry_run,
    };

    for (size_t i = 0; i < 2; i++) {
        const struct text json = text_of(values[i]);

        if (values[i] == NULL)
            continue;
        fields[job.field_count++] = (struct field_value){
            .field = &world.mapping->models[0].fields[i],
            .value = {.kind = VALUE_TEXT, .text = json, .json = json},
        };
    }
    return sync_restore(world.s, &job, &world.arena, &world.restored, &world.fail);
}

static void expect_told(int64_t since, enum diff_type type, const char *json_data)
{
    sync(since, NULL, 0);
    assert_int_equal(world.answer.next_clock, since + 1);
    assert_int_equal(world.answer.diffs.count, 1);
    assert_int_equal(world.answer.diffs.items[0].type, type);
    assert_int_equal(world.answer.diffs.items[0].time_ms, 5000);
    if (!text_is(world.answer.diffs.items[0].json_data, json_data))
        fail_msg("%.*s", TEXT_ARG(world.answer.diffs.items[0].json_data));
    assert_true(made_id_is_of_restore(world.answer.diffs.items));
}

static void test_only_what_differs(void **state)
{
    (void)state;
    push(0, "a", DIFF_CREATE, "f0=a", "f1=same");
    push(1, "b", DIFF_UPDATE, "f0=b", NULL);
    assert_int_equal(restore("\"a\"", "\"same\"", false), RC_OK);
    assert_true(world.restored.changes);
    assert_int_equal(world.restored.next_clock, 3);
    assert_int_equal(world.restored.diff.type, DIFF_UPDATE);
    expect_told(2, DIFF_UPDATE, "{\"id\":\"x\",\"f0\":\"a\"}");
    assert_int_equal(restore("\"a\"", "\"same\"", false), RC_OK);
    assert_false(world.restored.changes);
    sync(3, NULL, 0);
    assert_int_equal(world.answer.next_clock, 3);
}

static void test_null(void **state)
{
    (void)state;
    push(0, "a", DIFF_CREATE, "f0=a", "f1=b");
    assert_int_equal(restore(NULL, "null", false), RC_OK);
    expect_told(1, DIFF_UPDATE, "{\"id\":\"x\",\"f1\":null}");
}

static void test_what_is_gone_comes_back(void **state)
{
    (void)state;
    push(0, "a", DIFF_CREATE, "f0=a", "f1=b");
    push(1, "b", DIFF_DELETE, NULL, NULL);
    assert_int_equal(restore("\"a\"", "null", false), RC_OK);
    assert_int_equal(world.restored.diff.type, DIFF_CREATE);
    expect_told(2, DIFF_CREATE, "{\"id\":\"x\",\"f0\":\"a\"}");
}

/* A device that wrote offline wins where it wrote later. */
static void test_is_a_change_of_now(void **state)
{
    struct diff diff;

    (void)state;
    push(0, "a", DIFF_CREATE, "f0=a", "f1=a");
    push(1, "b", DIFF_UPDATE, "f0=b", "f1=b");
    assert_int_equal(restore("\"a\"", "\"a\"", false), RC_OK);
    diff = build_diff(&world.arena, world.mapping, "c", DIFF_UPDATE, 2, 4999, "x", "f0=c", NULL);
    diff.owner = OWNER;
    sync(2, &diff, 1);
    assert_true(
        text_is(world.answer.diffs.items[0].json_data, "{\"id\":\"x\",\"f0\":\"a\",\"f1\":\"a\"}"));
    diff = build_diff(&world.arena, world.mapping, "d", DIFF_UPDATE, 2, 5001, "x", "f0=d", NULL);
    diff.owner = OWNER;
    sync(2, &diff, 1);
    assert_true(text_is(world.answer.diffs.items[0].json_data, "{\"id\":\"x\",\"f1\":\"a\"}"));
}

static void dump(struct buf *buf)
{
    buf_init(buf, 100000);
    memory_synchronizer_dump(world.s, buf);
}

static bool is_forbidden(void *context, const struct model *model, enum diff_type type,
                         struct text json_data)
{
    (void)context;
    (void)model;
    (void)type;
    (void)json_data;
    return false;
}

static void test_dry_run(void **state)
{
    struct buf before, after;

    (void)state;
    push(0, "a", DIFF_CREATE, "f0=a", "f1=b");
    dump(&before);
    assert_int_equal(restore("\"z\"", NULL, true), RC_OK);
    assert_true(world.restored.changes);
    assert_true(text_is(world.restored.diff.json_data, "{\"id\":\"x\",\"f0\":\"z\"}"));
    assert_int_equal(restore("\"a\"", NULL, true), RC_OK);
    assert_false(world.restored.changes);
    dump(&after);
    assert_true(text_equal(buf_text(&before), buf_text(&after)));
    buf_release(&before);
    buf_release(&after);
}

/* By the mapping, by the table, by a rule: also of a dry run. */
static void test_refused(void **state)
{
    struct buf before, after;

    (void)state;
    push(0, "a", DIFF_CREATE, "f0=a", "f1=b");
    dump(&before);
    for (int dry_run = 0; dry_run < 2; dry_run++) {
        assert_int_equal(restore("17", NULL, dry_run), RC_REJECTED);
        assert_int_equal(world.fail.code, FAIL_INVALID_DATA);
        assert_string_equal(world.fail.field, "f0");
        world.mapping->models[0].validate = TEXT_LITERAL("rule");
        memory_synchronizer_set_validate(world.s, is_forbidden, NULL);
        assert_int_equal(restore("\"z\"", NULL, dry_run), RC_REJECTED);
        assert_int_equal(world.fail.code, FAIL_FORBIDDEN);
        world.mapping->models[0].validate = TEXT_LITERAL("");
    }
    dump(&after);
    assert_true(text_equal(buf_text(&before), buf_text(&after)));
    buf_release(&before);
    buf_release(&after);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_only_what_differs, setup, teardown),
        cmocka_unit_test_setup_teardown(test_null, setup, teardown),
        cmocka_unit_test_setup_teardown(test_what_is_gone_comes_back, setup, teardown),
        cmocka_unit_test_setup_teardown(test_is_a_change_of_now, setup, teardown),
        cmocka_unit_test_setup_teardown(test_dry_run, setup, teardown),
        cmocka_unit_test_setup_teardown(test_refused, setup, teardown),
    };

    return cmocka_run_group_tests_name("restore", tests, NULL, NULL);
}
