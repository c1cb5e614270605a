/* A device whose app was upgraded and that comes back from below the horizon, with a push: either
 * all that it is told can be held, or nothing is done (docs/versions.md 5). */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>

#include "sync.h"
#include "build.h"
#include "memory_synchronizer.h"

#define OWNER   TEXT_LITERAL("o")
#define OBJECTS 8u

struct world {
    struct arena arena;
    struct mapping *mapping;
    struct synchronizer *s;
    struct history_limit limit;
    unsigned ids;
};

static enum rc begin(void *context, const struct sync_answer *answer, struct fail *fail)
{
    (void)context;
    (void)answer;
    (void)fail;
    return RC_OK;
}

static enum rc add(void *context, const struct diff_list *diffs, struct fail *fail)
{
    (void)context;
    (void)diffs;
    (void)fail;
    fail_msg("what an upgraded app lacks is not streamed");
    return RC_FATAL;
}

static enum rc sync_diff(struct world *world, int64_t clock, enum diff_type type,
                         const char *object, const struct sync_migration *migration,
                         struct sync_answer *answer_out, struct fail *fail)
{
    const struct sync_sink sink = {NULL, begin, add};
    struct diff *diff = ARENA_NEW(&world->arena, struct diff);
    char id[16];
    struct sync_request request = {
        .owner = OWNER,
        .clock = clock,
        .diffs = {diff, 1},
        .sink = &sink,
        .limit = world->limit,
        .migration = migration,
    };

    snprintf(id, sizeof(id), "d%u", world->ids++);
    *diff = build_diff(&world->arena, world->mapping, id, type, clock, 100 + world->ids, object,
                       "f0=a", NULL);
    *fail = (struct fail){0};
    return sync_apply(world->s, &request, &world->arena, answer_out, fail);
}

static void compact(struct world *world)
{
    const struct compaction job = {OWNER, {OBJECTS, 0}, 1000};
    struct compacted compacted;
    struct fail fail;

    assert_int_equal(world->s->ops->compaction->compact(world->s, &job, &compacted, &fail), RC_OK);
    assert_int_equal(compacted.diffs, OBJECTS);
}

/* An object a clock, all of it folded. */
static void begin_world(struct world *world)
{
    static const char *const NAMES[OBJECTS] = {"x0", "x1", "x2", "x3", "x4", "x5", "x6", "x7"};
    struct sync_answer answer;
    struct fail fail;

    *world = (struct world){.limit = {SIZE_MAX, SIZE_MAX}};
    arena_init(&world->arena);
    world->mapping = build_mapping(&world->arena, 1);
    world->s = memory_synchronizer_new(world->mapping);
    for (unsigned i = 0; i < OBJECTS; i++)
        assert_int_equal(sync_diff(world, i, DIFF_CREATE, NAMES[i], NULL, &answer, &fail), RC_OK);
    compact(world);
}

static void end_world(struct world *world)
{
    memory_synchronizer_free(world->s);
    arena_release(&world->arena);
}

static void dump(const struct world *world, struct buf *buf)
{
    buf_init(buf, 1 << 20);
    memory_synchronizer_dump(world->s, buf);
}

/* Does a push at that clock fit with so many diffs? Nothing is changed where it does not. */
static bool fits(int64_t clock, size_t diffs)
{
    bool whole = false, *fields = NULL; /* nothing is new to the version: no row is told for it */
    const struct sync_migration migration = {&whole, &fields};
    struct sync_answer answer;
    struct buf before, after;
    struct world world;
    struct fail fail;
    enum rc rc;

    begin_world(&world);
    world.limit.diffs = diffs;
    dump(&world, &before);
    rc = sync_diff(&world, clock, DIFF_CREATE, "y", &migration, &answer, &fail);
    dump(&world, &after);
    if (rc == RC_OK) {
        assert_int_equal(answer.diffs.count, OBJECTS - (size_t)clock);
    } else {
        assert_int_equal(rc, RC_REJECTED);
        assert_int_equal(fail.code, FAIL_INVALID_CLOCK);
        assert_true(text_equal(buf_text(&after), buf_text(&before)));
    }
    buf_release(&before);
    buf_release(&after);
    end_world(&world);
    return rc == RC_OK;
}

static void test_decided_before_the_commit(void **state)
{
    (void)state;
    assert_true(fits(1, OBJECTS - 1));
    assert_false(fits(1, OBJECTS - 2));
    assert_true(fits(5, 3));
    assert_false(fits(5, 2));
    assert_true(fits((int64_t)OBJECTS, 1)); /* not below the horizon */
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_decided_before_the_commit)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
