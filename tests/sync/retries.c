/* How often a transaction is run again. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "build.h"
#include "memory_synchronizer.h"
#include "sync.h"

#define RETRIES 3u

struct world {
    struct arena arena;
    struct synchronizer *s;
    const struct synchronizer_ops *ops;
    struct synchronizer_ops busy_ops;
    unsigned begun;
    unsigned busy; /* so often begin fails */
};

static struct world world;

static enum rc begin(struct synchronizer *s, struct text owner, int64_t *next_clock_out,
                     struct fail *fail)
{
    if (world.begun++ < world.busy)
        return fail_busy(fail, RC_RETRY, "somebody holds the lock");
    return world.ops->begin(s, owner, next_clock_out, fail);
}

/* So that the owner's first push need not drain. */
static void settle(struct sync_answer *answer_out)
{
    const struct sync_request pull = {.owner = TEXT_LITERAL("o")};
    struct fail fail;

    assert_int_equal(sync_apply(world.s, &pull, &world.arena, answer_out, &fail), RC_OK);
}

/* Pushes one diff while the first `busy` attempts fail. */
static enum rc push(unsigned busy, struct stats *stats_out)
{
    struct mapping *mapping;
    struct sync_answer answer;
    struct fail fail;
    enum rc rc;

    world = (struct world){.busy = busy};
    arena_init(&world.arena);
    mapping = build_mapping(&world.arena, 1);
    world.s = memory_synchronizer_new(mapping);
    world.ops = world.s->ops;
    settle(&answer);
    world.busy_ops = *world.ops;
    world.busy_ops.begin = begin;
    world.s->ops = &world.busy_ops;
    *stats_out = (struct stats){.known = 0};
    {
        struct diff diff =
            build_diff(&world.arena, mapping, "d", DIFF_CREATE, 0, 1, "x", "f0=a", NULL);
        const struct sync_request request = {
            .owner = TEXT_LITERAL("o"), .diffs = {&diff, 1}, .stats = stats_out};

        rc = sync_apply(world.s, &request, &world.arena, &answer, &fail);
    }
    world.s->ops = world.ops;
    memory_synchronizer_free(world.s);
    arena_release(&world.arena);
    return rc;
}

static uint64_t retries_of(const struct stats *stats)
{
    uint64_t retries = 0;

    for (size_t i = 0; i < FAIL_CAUSES; i++)
        retries += stats->retries[i];
    return retries;
}

static void test_last_retry_may_succeed(void **state)
{
    struct stats stats;

    (void)state;
    assert_int_equal(push(RETRIES, &stats), RC_OK);
    assert_int_equal(world.begun, 1 + RETRIES);
    assert_int_equal(retries_of(&stats), RETRIES);
}

static void test_retries_end(void **state)
{
    struct stats stats;

    (void)state;
    assert_int_equal(push(RETRIES + 1, &stats), RC_RETRY);
    assert_int_equal(world.begun, 1 + RETRIES);
    assert_int_equal(retries_of(&stats), RETRIES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_last_retry_may_succeed),
        cmocka_unit_test(test_retries_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
