/* Answers in parts, in half of the rounds with compaction now and then, against answers held whole:
 * two servers in memory get the same requests, one of them may hold next to nothing of a
 * history at once. What they answer and keep must be equal. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "sync.h"
#include "build.h"
#include "memory_synchronizer.h"

#define FIELDS       3
#define OBJECTS      7u
#define MOST_PENDING 4u
#define ROUNDS       400u
#define SYNCS        40u
#define OWNER        TEXT_LITERAL("o")

/* A copy of what the sink was given. */
struct taken {
    struct arena *arena;
    struct diff_list diffs;
    size_t capacity;
    bool begun;
    int64_t next_clock;
};

static void take(struct taken *taken, const struct diff *diff)
{
    struct diff *copy;

    assert_true(taken->diffs.count < taken->capacity);
    copy = &taken->diffs.items[taken->diffs.count++];
    *copy = *diff;
    copy->id = arena_text(taken->arena, diff->id);
    copy->object_id = arena_text(taken->arena, diff->object_id);
    copy->json_data = arena_text(taken->arena, diff->json_data);
}

static enum rc begin(void *context, const struct sync_answer *answer, struct fail *fail)
{
    struct taken *taken = context;

    (void)fail;
    assert_false(taken->begun);
    taken->begun = true;
    taken->next_clock = answer->next_clock;
    return RC_OK;
}

static enum rc add(void *context, const struct diff_list *diffs, struct fail *fail)
{
    struct taken *taken = context;

    (void)fail;
    assert_true(taken->begun);
    for (size_t i = 0; i < diffs->count; i++)
        take(taken, &diffs->items[i]);
    return RC_OK;
}

struct world {
    struct arena arena; /* of one round */
    struct mapping *mapping;
    struct synchronizer *whole;
    struct synchronizer *parts;
    struct history_limit limit;
    unsigned ids;
    int64_t next_clock;
};

static unsigned below(unsigned bound)
{
    return (unsigned)rand() % bound;
}

static struct diff random_diff(struct world *world, int64_t clock)
{
    static const enum diff_type TYPES[] = {DIFF_CREATE, DIFF_UPDATE, DIFF_UPDATE, DIFF_DELETE};
    const enum diff_type type = TYPES[below(4)];
    char id[16], object[8], first[16], second[16];

    snprintf(id, sizeof(id), "d%u", world->ids++);
    snprintf(object, sizeof(object), "%.*s", 1 + (int)below(2), "xy" + below(2));
    snprintf(object + strlen(object), 3, "%u", below(OBJECTS));
    snprintf(first, sizeof(first), "f%u=v%u", below(FIELDS - 1), below(100));
    snprintf(second, sizeof(second), "f%u=v%u", FIELDS - 1, below(100));
    if (type == DIFF_DELETE)
        return build_diff(&world->arena, world->mapping, id, type, clock, below(50), object, NULL);
    return build_diff(&world->arena, world->mapping, id, type, clock, below(50), object, first,
                      below(2) == 0 ? second : NULL, NULL);
}

static int compare_diffs(const void *a, const void *b)
{
    const struct diff *left = a, *right = b;
    int order = text_compare(left->object_id, right->object_id);

    return order != 0 ? order : (left->type < right->type) - (left->type > right->type);
}

/* json_data of a merged diff may name its fields in another order. */
static bool same_bytes_in_some_order(struct text a, struct text b)
{
    int counts[256] = {0};

    if (a.len != b.len)
        return false;
    for (size_t i = 0; i < a.len; i++) {
        counts[(unsigned char)a.ptr[i]]++;
        counts[(unsigned char)b.ptr[i]]--;
    }
    for (size_t i = 0; i < ARRAY_LEN(counts); i++)
        if (counts[i] != 0)
            return false;
    return true;
}

static void expect_same(struct diff_list *whole, struct diff_list *parts)
{
    assert_int_equal(parts->count, whole->count);
    if (whole->count == 0)
        return;
    qsort(whole->items, whole->count, sizeof(*whole->items), compare_diffs);
    qsort(parts->items, parts->count, sizeof(*parts->items), compare_diffs);
    for (size_t i = 0; i < whole->count; i++) {
        const struct diff *expected = &whole->items[i], *got = &parts->items[i];

        assert_true(text_equal(got->object_id, expected->object_id));
        assert_int_equal(got->type, expected->type);
        assert_true(text_equal(got->id, expected->id));
        assert_int_equal(got->clock, expected->clock);
        assert_int_equal(got->time_ms, expected->time_ms);
        assert_true(same_bytes_in_some_order(got->json_data, expected->json_data));
    }
}

/* How the sync ended is the same, too. Returns whether it was streamed. */
static bool sync_both(struct world *world, int64_t clock, struct diff_list diffs)
{
    struct taken taken = {.arena = &world->arena, .capacity = 1000};
    const struct sync_sink sink = {&taken, begin, add};
    struct sync_request request = {
        .owner = OWNER, .clock = clock, .diffs = diffs, .reset = world->ids % 2 == 0};
    struct sync_answer whole = {0}, parts = {0};
    struct fail whole_fail = {0}, parts_fail = {0};
    enum rc rc = sync_apply(world->whole, &request, &world->arena, &whole, &whole_fail);

    taken.diffs.items = ARENA_ARRAY(&world->arena, taken.capacity, struct diff);
    request.sink = &sink;
    request.limit = world->limit;
    assert_int_equal(sync_apply(world->parts, &request, &world->arena, &parts, &parts_fail), rc);
    if (rc != RC_OK) {
        assert_int_equal(parts_fail.code, whole_fail.code);
        return taken.begun;
    }
    assert_int_equal(parts.next_clock, whole.next_clock);
    assert_int_equal(parts.reset, whole.reset);
    world->next_clock = whole.next_clock;
    if (!taken.begun)
        taken.diffs = parts.diffs;
    else
        assert_int_equal(taken.next_clock, whole.next_clock);
    expect_same(&whole.diffs, &taken.diffs);
    return taken.begun;
}

static void expect_same_data(const struct world *world)
{
    struct buf whole, parts;

    buf_init(&whole, 1 << 24);
    buf_init(&parts, 1 << 24);
    memory_synchronizer_dump(world->whole, &whole);
    memory_synchronizer_dump(world->parts, &parts);
    assert_true(text_equal(buf_text(&parts), buf_text(&whole)));
    buf_release(&whole);
    buf_release(&parts);
}

/* Of both in the same way, often in part. */
static void random_compaction(struct world *world)
{
    struct synchronizer *const both[] = {world->whole, world->parts};
    const int64_t to = (int64_t)below((unsigned)world->next_clock + 1);
    const struct compaction job = {
        OWNER, {to, below(4) == 0 ? (int64_t)below((unsigned)to + 1) : 0}, 1 + below(2) * 1000};

    for (size_t i = 0; i < ARRAY_LEN(both); i++) {
        struct compacted compacted;
        struct fail fail;

        assert_int_equal(both[i]->ops->compaction->compact(both[i], &job, &compacted, &fail),
                         RC_OK);
    }
}

static bool random_sync(struct world *world)
{
    struct diff_list diffs = {.count = below(MOST_PENDING)};
    const int64_t clock = (int64_t)below((unsigned)world->next_clock + 1);
    bool streamed;

    diffs.items = ARENA_ARRAY(&world->arena, diffs.count, struct diff);
    for (size_t i = 0; i < diffs.count; i++) {
        const struct diff diff = random_diff(world, clock);

        diff_move(&diffs.items[i], &diff);
    }
    streamed = sync_both(world, clock, diffs);
    if (diffs.count > 0 && below(4) == 0)
        streamed = sync_both(world, clock, diffs) || streamed; /* the response was lost */
    return streamed;
}

static void test_parts_say_what_the_whole_says(void **state)
{
    struct world world = {.ids = 0};
    unsigned streamed = 0;

    (void)state;
    srand(20261123);
    for (unsigned round = 0; round < ROUNDS; round++) {
        world.next_clock = 0;
        arena_init(&world.arena);
        world.mapping = build_mapping(&world.arena, FIELDS);
        world.whole = memory_synchronizer_new(world.mapping);
        world.parts = memory_synchronizer_new(world.mapping);
        world.limit = (struct history_limit){.diffs = below(20), .bytes = 100 + below(4000)};
        for (unsigned i = 0; i < SYNCS; i++) {
            if (round % 2 == 0 && below(10) == 0)
                random_compaction(&world);
            streamed += random_sync(&world);
        }
        expect_same_data(&world);
        memory_synchronizer_free(world.whole);
        memory_synchronizer_free(world.parts);
        arena_release(&world.arena);
    }
    assert_true(streamed > ROUNDS * SYNCS / 16);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_parts_say_what_the_whole_says)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
