/* Which responses wait until the database cannot lose any more what they tell of. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "build.h"
#include "memory_synchronizer.h"
#include "sync.h"
#include "translation.h"

static struct {
    struct arena arena;
    struct mapping *mapping;
    struct synchronizer *s;
    const struct synchronizer_ops *ops;
    struct synchronizer_ops busy_ops;
    unsigned begun;
    struct fail fail;
} t;

static enum rc push(const char *id, int64_t clock)
{
    struct diff *diff = ARENA_NEW(&t.arena, struct diff);
    const struct sync_request request = {
        .owner = TEXT_LITERAL("o"), .clock = clock, .diffs = {diff, 1}};
    struct sync_answer answer;

    *diff = build_diff(&t.arena, t.mapping, id, DIFF_CREATE, clock, 1, id, "f0=a", NULL);
    return sync_apply(t.s, &request, &t.arena, &answer, &t.fail);
}

static enum rc pull(int64_t clock)
{
    const struct sync_request request = {.owner = TEXT_LITERAL("o"), .clock = clock};
    struct sync_answer answer;

    return sync_apply(t.s, &request, &t.arena, &answer, &t.fail);
}

static enum rc begin(void *context, const struct sync_answer *answer, struct fail *fail)
{
    (void)context, (void)answer, (void)fail;
    t.begun++;
    return RC_OK;
}

static enum rc add(void *context, const struct diff_list *diffs, struct fail *fail)
{
    (void)context, (void)diffs, (void)fail;
    assert_int_equal(t.s->counts.flushes_by_update, 0); /* what is read later may be younger */
    return RC_OK;
}

static enum rc pull_in_parts(int64_t clock)
{
    const struct sync_sink sink = {NULL, begin, add};
    const struct sync_request request = {
        .owner = TEXT_LITERAL("o"), .clock = clock, .sink = &sink, .limit = {1, 1000}};
    struct sync_answer answer;

    return sync_apply(t.s, &request, &t.arena, &answer, &t.fail);
}

static bool takes;
static unsigned told, looks;

static enum rc read_told(void *context, const struct diff_list *diffs, int64_t next_clock,
                         bool *taken_out, struct fail *fail)
{
    (void)context, (void)next_clock, (void)fail;
    told += (unsigned)diffs->count;
    *taken_out = takes;
    return RC_OK;
}

static enum rc read_rows(void *context, int64_t next_clock, struct fail *fail)
{
    (void)context, (void)next_clock, (void)fail;
    looks++;
    return RC_OK;
}

/* As WatermelonDB and RxDB pull. */
static enum rc look(int64_t clock, bool changes_only)
{
    const struct sync_request request = {.owner = TEXT_LITERAL("o"), .clock = clock};
    const struct sync_look look = {
        .changes_only = changes_only, .read_told = read_told, .read = read_rows};
    int64_t next_clock;
    enum rc rc = sync_look(t.s, &request, &look, &t.arena, &next_clock, &t.fail);

    assert_true(rc != RC_OK || next_clock == 2);
    return rc;
}

static uint64_t waits(void)
{
    const uint64_t count = t.s->counts.flushes_by_update;

    t.s->counts.flushes_by_update = 0;
    return count;
}

static enum rc busy(struct synchronizer *s, struct text owner, struct fail *fail)
{
    (void)s, (void)owner;
    return fail_busy(fail, RC_RETRY, "the disk is slow");
}

static int set_up(void **state)
{
    (void)state;
    arena_init(&t.arena);
    t.mapping = build_mapping(&t.arena, 1);
    t.s = memory_synchronizer_new(t.mapping);
    t.begun = told = looks = 0;
    takes = true;
    assert_int_equal(push("d0", 0), RC_OK);
    assert_int_equal(push("d1", 1), RC_OK);
    assert_int_equal(waits(), 0); /* their own commits waited */
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    memory_synchronizer_free(t.s);
    arena_release(&t.arena);
    return 0;
}

static void test_nothing_new_waits_for_nothing(void **state)
{
    (void)state;
    assert_int_equal(pull(2), RC_OK);
    assert_int_equal(waits(), 0);
}

static void test_young_news_wait(void **state)
{
    (void)state;
    assert_int_equal(pull(1), RC_OK);
    assert_int_equal(waits(), 1);
    memory_synchronizer_set_old(t.s, true);
    assert_int_equal(pull(1), RC_OK);
    assert_int_equal(waits(), 0);
}

static void test_known_ids_alone_wait(void **state)
{
    (void)state;
    memory_synchronizer_set_old(t.s, true);
    assert_int_equal(push("d1", 1), RC_OK);
    assert_int_equal(waits(), 1);
}

static void test_a_push_among_young_news_waits_for_its_own_commit_alone(void **state)
{
    (void)state;
    assert_int_equal(push("d2", 0), RC_OK);
    assert_int_equal(waits(), 0);
}

static void test_parts_wait_behind_the_last_one(void **state)
{
    (void)state;
    assert_int_equal(pull_in_parts(0), RC_OK);
    assert_int_equal(t.begun, 1);
    assert_int_equal(waits(), 1);
}

static void test_a_wait_that_fails_tells_nothing(void **state)
{
    (void)state;
    t.ops = t.s->ops;
    t.busy_ops = *t.ops;
    t.busy_ops.make_durable = busy;
    t.s->ops = &t.busy_ops;
    assert_int_equal(pull(1), RC_RETRY);
    assert_int_equal(push("d1", 1), RC_RETRY);
    assert_int_equal(pull_in_parts(0), RC_UNCERTAIN);
    assert_int_equal(pull(2), RC_OK);
    t.s->ops = t.ops;
}

static void settle(void)
{
    assert_int_equal(look(0, false), RC_OK); /* the owner was never compared */
    (void)waits();
    told = looks = 0;
}

static void test_a_look_at_nothing_new_waits_for_nothing(void **state)
{
    (void)state;
    settle();
    assert_int_equal(look(2, true), RC_OK);
    assert_int_equal(told + looks + waits(), 0);
}

static void test_a_look_at_young_news_waits(void **state)
{
    (void)state;
    settle();
    assert_int_equal(look(1, true), RC_OK);
    assert_int_equal(look(0, false), RC_OK);
    assert_int_equal(told, 3);
    assert_int_equal(waits(), 2);
    memory_synchronizer_set_old(t.s, true);
    assert_int_equal(look(1, false), RC_OK);
    assert_int_equal(waits(), 0);
    assert_int_equal(looks, 0);
}

/* What a snapshot tells may be younger than what the first statement knew of. */
static void test_a_look_that_needs_a_snapshot_waits(void **state)
{
    (void)state;
    settle();
    takes = false;
    memory_synchronizer_set_old(t.s, true);
    assert_int_equal(look(1, true), RC_OK);
    assert_int_equal(looks, 1);
    assert_int_equal(waits(), 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_nothing_new_waits_for_nothing),
        TEST(test_young_news_wait),
        TEST(test_known_ids_alone_wait),
        TEST(test_a_push_among_young_news_waits_for_its_own_commit_alone),
        TEST(test_parts_wait_behind_the_last_one),
        TEST(test_a_wait_that_fails_tells_nothing),
        TEST(test_a_look_at_nothing_new_waits_for_nothing),
        TEST(test_a_look_at_young_news_waits),
        TEST(test_a_look_that_needs_a_snapshot_waits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
