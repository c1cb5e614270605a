/* A device's first sync, straight from the rows: order, parts, and what a push at clock 0 adds. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "sync.h"
#include "build.h"
#include "made_ids.h"
#include "memory_synchronizer.h"
#include "text_index.h"
#include "untold.h"

#define OWNER TEXT_LITERAL("o")
#define ROWS  3000u

enum { TREES, LEAVES, LEFT, RIGHT, MODELS };

#define NAME(text_)                                                                                \
    {                                                                                              \
        text_, sizeof(text_) - 1                                                                   \
    }
#define FIELD(text_)                                                                               \
    {                                                                                              \
        .name = NAME(text_), .type = FIELD_STRING                                                  \
    }
#define MODEL(text_, index_, fields_)                                                              \
    {                                                                                              \
        .name = NAME(text_), .table = NAME(text_), .allow = {true, true, true}, .fields = fields_, \
        .field_count = 1, .index = index_                                                          \
    }

static struct field trees_fields[] = {FIELD("above")};
static struct field leaves_fields[] = {FIELD("tree")};
static struct field left_fields[] = {FIELD("right")};
static struct field right_fields[] = {FIELD("left")};
static struct model models[MODELS] = {
    MODEL("trees", TREES, trees_fields),
    MODEL("leaves", LEAVES, leaves_fields),
    MODEL("left", LEFT, left_fields),
    MODEL("right", RIGHT, right_fields),
};
static const struct mapping MAPPING = {.models = models, .model_count = MODELS};
/* Trees refer to trees, leaves to trees, left and right to each other. */
static const struct relation RELATIONS[] = {
    {.child = &models[TREES], .field = trees_fields, .parent = &models[TREES]},
    {.child = &models[LEAVES], .field = leaves_fields, .parent = &models[TREES]},
    {.child = &models[LEFT], .field = left_fields, .parent = &models[RIGHT]},
    {.child = &models[RIGHT], .field = right_fields, .parent = &models[LEFT]},
};
static const unsigned RANKS[MODELS] = {[LEAVES] = 1, [LEFT] = 2, [RIGHT] = 2};

struct world {
    struct arena arena;
    struct synchronizer *s;
    struct diff_list taken; /* what the device got, in whatever way */
    size_t capacity;
    size_t pieces;
    size_t largest;
    int64_t next_clock;
};

static struct world *world_new(void)
{
    struct world *world = calloc(1, sizeof(*world));

    arena_init(&world->arena);
    world->s = memory_synchronizer_new(&MAPPING);
    memory_synchronizer_set_ranks(world->s, RANKS);
    memory_synchronizer_set_relations(world->s,
                                      (struct relations){RELATIONS, ARRAY_LEN(RELATIONS)});
    return world;
}

static void world_free(struct world *world)
{
    memory_synchronizer_free(world->s);
    arena_release(&world->arena);
    free(world);
}

static void put(struct world *world, unsigned model, const char *id, const char *refers)
{
    const struct field_value field = {.field = models[model].fields,
                                      .value = {.kind = refers == NULL ? VALUE_NULL : VALUE_TEXT,
                                                .text = text_of(refers == NULL ? "" : refers)}};
    const struct object object = {text_of(id), &field, 1};

    assert_true(memory_synchronizer_put_row(world->s, OWNER, &models[model], &object));
}

static void put_numbered(struct world *world, unsigned model, unsigned id, unsigned refers)
{
    char name[16], other[16];

    snprintf(name, sizeof(name), "%06u", id);
    snprintf(other, sizeof(other), "%06u", refers);
    put(world, model, name, other);
}

static enum rc begin(void *context, const struct sync_answer *answer, struct fail *fail)
{
    struct world *world = context;

    (void)fail;
    assert_int_equal(answer->diffs.count, 0);
    world->next_clock = answer->next_clock;
    return RC_OK;
}

static enum rc add(void *context, const struct diff_list *diffs, struct fail *fail)
{
    struct world *world = context;
    struct arena *arena = &world->arena;

    (void)fail;
    world->pieces++;
    world->largest = diffs->count > world->largest ? diffs->count : world->largest;
    for (size_t i = 0; i < diffs->count; i++) {
        const struct diff *diff = &diffs->items[i];
        struct diff *copy;

        world->taken.items =
            ARENA_ROOM(arena, world->taken.items, world->taken.count, &world->capacity);
        copy = &world->taken.items[world->taken.count++];
        *copy = *diff;
        copy->id = arena_text(arena, diff->id);
        copy->object_id = arena_text(arena, diff->object_id);
        copy->json_data = arena_text(arena, diff->json_data);
        copy->field_times = (struct text){0};
        copy->unread = true;
    }
    return RC_OK;
}

/* At clock 0; most: how many diffs are held, 0: all. */
static void sync(struct world *world, struct diff_list diffs, size_t most)
{
    const struct sync_sink sink = {world, begin, add};
    struct sync_request request = {.owner = OWNER, .diffs = diffs};
    struct sync_answer answer = {0};
    struct fail fail = {0};

    world->taken = (struct diff_list){0};
    world->capacity = world->pieces = world->largest = 0;
    if (most > 0) {
        request.sink = &sink;
        request.limit = (struct history_limit){.diffs = most, .bytes = (size_t)1 << 20};
    }
    assert_int_equal(sync_apply(world->s, &request, &world->arena, &answer, &fail), RC_OK);
    assert_int_equal(answer.streamed, world->taken.count);
    if (answer.streamed > 0)
        return;
    world->next_clock = answer.next_clock;
    (void)add(world, &answer.diffs, &fail);
    world->pieces = 0;
}

static const struct diff *find(const struct world *world, unsigned model, struct text id)
{
    const struct diff *found = NULL;

    for (size_t i = 0; i < world->taken.count; i++)
        if (world->taken.items[i].model == &models[model] &&
            text_equal(world->taken.items[i].object_id, id)) {
            assert_null(found);
            found = &world->taken.items[i];
        }
    return found;
}

/* The id that the create's only field holds; empty: none. */
static struct text refers_to(struct world *world, struct diff *create)
{
    struct fail fail;

    assert_int_equal(diff_parse_stored(create, &world->arena, &fail), RC_OK);
    assert_int_equal(create->field_count, 1);
    return create->fields->value.kind == VALUE_TEXT ? create->fields->value.text : (struct text){0};
}

static bool is_later(const struct diff *a, const struct diff *b)
{
    return a->clock > b->clock || (a->clock == b->clock && a->time_ms > b->time_ms);
}

/* Every row is told once, as the create of that row, strictly behind its parent's. */
static void expect_parents_first(struct world *world, unsigned model, unsigned parent)
{
    struct text *ids = ARENA_ARRAY(&world->arena, world->taken.count + 1, struct text);
    struct text_index index;
    size_t rows = 0;

    for (size_t i = 0; i < world->taken.count; i++)
        if (world->taken.items[i].model == &models[parent])
            ids[i] = world->taken.items[i].object_id;
    index = text_index_of(ids, world->taken.count, &world->arena);
    for (size_t i = 0; i < world->taken.count; i++) {
        struct diff *diff = &world->taken.items[i];
        struct text parent_id;
        size_t at;

        if (diff->model != &models[model])
            continue;
        rows++;
        assert_true(made_id_is_of_row(diff));
        assert_int_equal(diff->clock, world->next_clock > 0 ? world->next_clock - 1 : 0);
        parent_id = refers_to(world, diff);
        at = parent_id.len == 0 ? TEXT_INDEX_NONE : text_index_find(&index, parent_id);
        if (at != TEXT_INDEX_NONE)
            assert_true(is_later(diff, &world->taken.items[at]));
    }
    assert_int_equal(rows, ROWS);
}

/* Trees in an order in which all parents come behind their children. */
static void plant(struct world *world)
{
    for (unsigned i = 0; i < ROWS; i++) {
        put_numbered(world, TREES, i, i + 1 + i * i % 17);
        put_numbered(world, LEAVES, i, (i * 13) % ROWS);
    }
}

static void test_held(void **state)
{
    struct world *world = world_new();

    (void)state;
    plant(world);
    sync(world, (struct diff_list){0}, 0);
    assert_int_equal(world->taken.count, 2 * ROWS);
    expect_parents_first(world, TREES, TREES);
    expect_parents_first(world, LEAVES, TREES);
    world_free(world);
}

static void test_in_parts(void **state)
{
    struct world *world = world_new();

    (void)state;
    plant(world);
    sync(world, (struct diff_list){0}, 10);
    assert_int_equal(world->taken.count, 2 * ROWS);
    assert_true(world->pieces > 2 && world->largest < ROWS);
    expect_parents_first(world, TREES, TREES);
    expect_parents_first(world, LEAVES, TREES);
    world_free(world);
}

/* A long chain, the last parent last. */
static void test_chain_in_parts(void **state)
{
    struct world *world = world_new();

    (void)state;
    for (unsigned i = 0; i < ROWS; i++)
        put_numbered(world, TREES, i, i + 1);
    sync(world, (struct diff_list){0}, 10);
    expect_parents_first(world, TREES, TREES);
    assert_int_equal(find(world, TREES, TEXT_LITERAL("000000"))->time_ms, ROWS - 1);
    world_free(world);
}

/* left/1 and right/1 name each other; left/2 follows right/2, which follows left/1. */
static void test_circle_in_parts(void **state)
{
    struct world *world = world_new();

    (void)state;
    put(world, LEFT, "1", "1");
    put(world, RIGHT, "1", "1");
    put(world, LEFT, "2", "2");
    put(world, RIGHT, "2", "1");
    put(world, LEFT, "3", NULL);
    put(world, RIGHT, "3", "none");
    sync(world, (struct diff_list){0}, 1);
    assert_int_equal(world->taken.count, 6);
    assert_true(
        is_later(find(world, LEFT, TEXT_LITERAL("2")), find(world, RIGHT, TEXT_LITERAL("2"))));
    assert_true(
        is_later(find(world, RIGHT, TEXT_LITERAL("2")), find(world, LEFT, TEXT_LITERAL("1"))));
    world_free(world);
}

static struct diff_list one(struct world *world, const char *id, enum diff_type type,
                            unsigned model, const char *object)
{
    struct diff *diff = ARENA_NEW(&world->arena, struct diff);
    struct field_value *field = ARENA_NEW(&world->arena, struct field_value);

    *field = (struct field_value){
        .field = models[model].fields,
        .value = {.kind = VALUE_TEXT, .text = TEXT_LITERAL("x"), .json = TEXT_LITERAL("\"x\"")},
        .time_ms = 1000,
        .source = diff};
    *diff = (struct diff){.id = text_of(id),
                          .owner = OWNER,
                          .time_ms = 1000,
                          .type = type,
                          .model = &models[model],
                          .object_id = text_of(object),
                          .fields = field,
                          .field_count = type == DIFF_DELETE ? 0 : 1};
    diff->json_data =
        diff_write_json_data(diff->object_id, diff->fields, diff->field_count, &world->arena);
    return (struct diff_list){diff, 1};
}

/* What a push at clock 0 adds: of the rows that no diff tells, all but those that it names. */
static void expect_untold(struct world *world, size_t most)
{
    put(world, TREES, "told", NULL);
    put(world, TREES, "untold", NULL);
    put(world, LEAVES, "named", "untold");
    put(world, LEAVES, "leaf", "untold");
    sync(world, one(world, "d1", DIFF_CREATE, TREES, "new"), 0);
    assert_int_equal(world->taken.count, 4);
    sync(world, one(world, "d2", DIFF_UPDATE, TREES, "told"), 0);
    sync(world, one(world, "d3", DIFF_DELETE, LEAVES, "named"), most);
    assert_int_equal(world->next_clock, 4); /* adopting the rows took one */
    assert_int_equal(world->taken.count, 4);
    assert_true(text_is(find(world, TREES, TEXT_LITERAL("new"))->id, "d1"));
    assert_int_equal(find(world, TREES, TEXT_LITERAL("told"))->type, DIFF_CREATE);
    assert_true(made_id_is_of_row(find(world, TREES, TEXT_LITERAL("untold"))));
    assert_int_equal(find(world, TREES, TEXT_LITERAL("untold"))->clock, 3);
    assert_true(made_id_is_of_row(find(world, LEAVES, TEXT_LITERAL("leaf"))));
    assert_true(is_later(find(world, LEAVES, TEXT_LITERAL("leaf")),
                         find(world, TREES, TEXT_LITERAL("untold"))));
}

static void test_push_adds_what_is_untold(void **state)
{
    struct world *world = world_new();

    (void)state;
    expect_untold(world, 0);
    world_free(world);
}

static void test_push_adds_it_in_parts(void **state)
{
    struct world *world = world_new();

    (void)state;
    expect_untold(world, 1);
    assert_true(world->pieces > 1);
    world_free(world);
}

/* The same diffs again, from a device that got no response. */
static void test_resend_adds_it_again(void **state)
{
    struct world *world = world_new();

    (void)state;
    put(world, TREES, "untold", NULL);
    sync(world, one(world, "d1", DIFF_CREATE, TREES, "new"), 0);
    assert_int_equal(world->taken.count, 1);
    sync(world, one(world, "d1", DIFF_CREATE, TREES, "new"), 0);
    assert_int_equal(world->taken.count, 1);
    assert_int_equal(world->next_clock, 2);
    world_free(world);
}

static size_t count_untold(struct world *world, struct text id, int64_t until_clock,
                           int64_t read_clock)
{
    const struct untold untold = {
        .s = world->s, .owner = OWNER, .until_clock = until_clock, .read_clock = read_clock};
    struct object_row row = {id, ARENA_NEW(&world->arena, struct value)};
    const struct object_row_list rows = {&row, 1};
    struct diff_list creates;
    struct fail fail = {0};
    int64_t clock;

    assert_int_equal(world->s->ops->begin_snapshot(world->s, OWNER, &clock, &fail), RC_OK);
    assert_int_equal(untold_creates(&untold, &models[TREES], &rows, &world->arena, &creates, &fail),
                     RC_OK);
    world->s->ops->rollback(world->s);
    return creates.count;
}

/* Others may sync between a push's commit and the snapshot from which its rows are sent. */
static void test_told_later(void **state)
{
    struct world *world = world_new();

    (void)state;
    put(world, TREES, "updated", NULL);
    put(world, TREES, "untold", NULL);
    sync(world, one(world, "d1", DIFF_CREATE, TREES, "early"), 0);
    sync(world, one(world, "d2", DIFF_UPDATE, TREES, "updated"), 0);
    sync(world, one(world, "d3", DIFF_CREATE, TREES, "created"), 0);
    assert_int_equal(count_untold(world, TEXT_LITERAL("untold"), 2, 4), 1);
    assert_int_equal(count_untold(world, TEXT_LITERAL("early"), 2, 4), 0);
    /* The device is told the update next, which needs the row … */
    assert_int_equal(count_untold(world, TEXT_LITERAL("updated"), 2, 4), 1);
    assert_int_equal(count_untold(world, TEXT_LITERAL("updated"), 4, 4), 0);
    /* … and the create, which needs that there is none. */
    assert_int_equal(count_untold(world, TEXT_LITERAL("created"), 2, 4), 0);
    world_free(world);
}

/* Other SQL that never rests: a row more whenever the server looks. */
struct busy {
    struct world *world;
    unsigned rows;
};

static void insert_row(void *context)
{
    struct busy *busy = context;

    put_numbered(busy->world, TREES, busy->rows++, ROWS);
}

/* In the middle of the sync, wherever that is: what the device has then, and what it is told next,
 * is every row once. */
static void expect_each_row_once(struct diff_list diffs, unsigned nth, size_t most)
{
    struct world *world = world_new();
    struct busy busy = {world, 0};
    struct sync_request next = {.owner = OWNER};
    struct sync_answer answer = {0};
    struct fail fail = {0};

    memory_synchronizer_set_triggers(world->s, true);
    insert_row(&busy);
    sync(world, (struct diff_list){0}, 0);
    insert_row(&busy);
    memory_synchronizer_interrupt(world->s, nth, insert_row, &busy);
    sync(world, diffs, most);
    memory_synchronizer_interrupt(world->s, 0, NULL, NULL);
    if (busy.rows < 3)
        insert_row(&busy);
    next.clock = world->next_clock;
    assert_int_equal(sync_apply(world->s, &next, &world->arena, &answer, &fail), RC_OK);
    (void)add(world, &answer.diffs, &fail);
    assert_int_equal(world->taken.count, busy.rows);
    for (unsigned i = 0; i < busy.rows; i++) {
        char id[16];

        snprintf(id, sizeof(id), "%06u", i);
        assert_int_equal(find(world, TREES, text_of(id))->type, DIFF_CREATE);
    }
    world_free(world);
}

static void test_inserted_meanwhile(void **state)
{
    struct world *world = world_new(); /* its arena, for the diffs */

    (void)state;
    for (unsigned nth = 1; nth <= 40; nth++) {
        expect_each_row_once((struct diff_list){0}, nth, 0);
        expect_each_row_once((struct diff_list){0}, nth, 1);
        expect_each_row_once(one(world, "d", DIFF_DELETE, LEAVES, "none"), nth, 0);
        expect_each_row_once(one(world, "d", DIFF_DELETE, LEAVES, "none"), nth, 1);
    }
    world_free(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_held),
        cmocka_unit_test(test_in_parts),
        cmocka_unit_test(test_chain_in_parts),
        cmocka_unit_test(test_circle_in_parts),
        cmocka_unit_test(test_push_adds_what_is_untold),
        cmocka_unit_test(test_push_adds_it_in_parts),
        cmocka_unit_test(test_resend_adds_it_again),
        cmocka_unit_test(test_told_later),
        cmocka_unit_test(test_inserted_meanwhile),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
