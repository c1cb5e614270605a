/* What every synchronizer must do with histories that are read up to a limit, by their objects, or
 * in parts under a snapshot. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "contract.h"

#define Q32  "qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq"
#define Q127 Q32 Q32 Q32 "qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq"
#define EMOJI8                                                                                     \
    "\xF0\x9F\x98\x80\xF0\x9F\x98\x80\xF0\x9F\x98\x80\xF0\x9F\x98\x80"                             \
    "\xF0\x9F\x98\x80\xF0\x9F\x98\x80\xF0\x9F\x98\x80\xF0\x9F\x98\x80"

/* In the order of their bytes. Some begin others; code units of 16 bits would come in another
 * order, and a collation would mix up several. */
static const char *const IDS[] = {
    "0",
    "A",
    "a",
    "a ",
    "a  ",
    "aA",
    "aa",
    "a\xCC\x81",
    "b",
    Q127,
    Q127 "q",
    Q127 "r",
    "~",
    "\xC3\xA1",
    "\xEF\xBF\xBD",
    "\xF0\x9F\x98\x80",
    EMOJI8 EMOJI8 EMOJI8 EMOJI8,
    "\xF0\x9F\x98\x81",
};

enum {
    ID_COUNT = ARRAY_LEN(IDS),
    PUSHES = 4,
    /* Of one model in one push, at most. */
    MOST = 3 * ID_COUNT
};

static const struct text ALICE = {"alice", 5};
static const struct text BOB = {"bob", 3};
static const struct history_limit NO_LIMIT = {SIZE_MAX, SIZE_MAX};

/* One push's diffs; their ids and contents number them. */
struct push {
    struct diff diffs[2 * MOST];
    const struct diff *appended[2 * MOST];
    size_t count;
};

static struct text take_text(struct contract *c, struct buf *buf)
{
    const struct text text = arena_text(&c->arena, buf_text(buf));

    buf_clear(buf);
    return text;
}

static void add_diff(struct contract *c, struct push *push, const struct model *model,
                     int64_t clock, const char *object_id)
{
    struct diff *diff = &push->diffs[push->count];
    const long long number = (long long)clock * 1000 + (long long)push->count;
    struct buf buf;

    buf_init(&buf, 512);
    *diff = contract_diff("", clock, DIFF_UPDATE, model, object_id);
    buf_printf(&buf, "d%lld", number);
    diff->id = take_text(c, &buf);
    buf_printf(&buf, "{\"id\":\"%s\",\"%s\":\"%lld\"}", object_id,
               model == OTHER ? "name" : "string", number);
    diff->json_data = take_text(c, &buf);
    buf_release(&buf);
    push->appended[push->count++] = diff;
}

/* Diffs of both models, the objects in turn: 0 to 2 of each object, or 3 of the first. */
static void push_round(struct contract *c, const char *owner)
{
    struct push *push = arena_zalloc(&c->arena, sizeof(*push));
    const int64_t clock = contract_begin(c, owner);

    for (size_t turn = 0; turn < 3; turn++)
        for (size_t i = ID_COUNT; i-- > 0;)
            if (turn < (i + (size_t)clock) % 3 || i == 0) {
                add_diff(c, push, OTHER, clock, IDS[i]);
                add_diff(c, push, ALL, clock, IDS[i]);
            }
    assert_int_equal(c->ops->append(c->s, text_of(owner), push->appended, push->count, &c->fail),
                     RC_OK);
    contract_commit(c);
}

static void push_rounds(struct contract *c, const char *owner)
{
    for (int i = 0; i < PUSHES; i++)
        push_round(c, owner);
}

static int compare_objects(const void *left, const void *right)
{
    const struct diff *const *a = left;
    const struct diff *const *b = right;
    const int order = text_compare((*a)->object_id, (*b)->object_id);

    if (order != 0)
        return order;
    return *a < *b ? -1 : *a > *b; /* of one array, in the order (clock, seq) */
}

/* What the parts of a whole history must be, taken from what read_history says. */
struct expected {
    const struct diff **diffs;
    size_t count;
    size_t bytes;
};

static struct expected expect(struct contract *c, const char *owner, const struct history_part *of)
{
    const struct history history = contract_history(c, owner, of->since_clock);
    struct expected expected = {
        .diffs = ARENA_ARRAY(&c->arena, history.diffs.count, const struct diff *),
    };

    for (size_t i = 0; i < history.diffs.count; i++) {
        const struct diff *diff = &history.diffs.items[i];

        if (diff->model != of->model || diff->clock >= of->until_clock)
            continue;
        expected.diffs[expected.count++] = diff;
        expected.bytes += diff->json_data.len;
    }
    qsort(expected.diffs, expected.count, sizeof(const struct diff *), compare_objects);
    return expected;
}

static void assert_diff(const struct diff *diff, const struct diff *expected)
{
    assert_text(diff->id, expected->id);
    assert_text(diff->owner, expected->owner);
    assert_text(diff->object_id, expected->object_id);
    assert_text(diff->json_data, expected->json_data);
    assert_text(diff->field_times, expected->field_times);
    assert_ptr_equal(diff->model, expected->model);
    assert_int_equal(diff->clock, expected->clock);
    assert_int_equal(diff->time_ms, expected->time_ms);
    assert_int_equal(diff->type, expected->type);
    assert_true(diff->unread && expected->unread);
}

static int64_t begin_snapshot(struct contract *c, struct text owner)
{
    int64_t clock = -1;

    assert_int_equal(c->ops->begin_snapshot(c->s, owner, &clock, &c->fail), RC_OK);
    return clock;
}

static struct diff_list read_part(struct contract *c, const struct history_part *part,
                                  bool *more_out)
{
    struct diff_list diffs;

    assert_int_equal(c->ops->read_history_part(c->s, part, &c->arena, &diffs, more_out, &c->fail),
                     RC_OK);
    assert_true(diffs.count <= part->limit.diffs || diffs.count == 1);
    assert_true(!*more_out || diffs.count > 0);
    return diffs;
}

/* A walk over all parts, as one who reads them must do it: what a part may have cut is read again.
 */
struct walk {
    struct contract *c;
    struct history_part part;
    const struct expected *expected;
    size_t done;
};

static void take(struct walk *walk, const struct diff_list *diffs, size_t count)
{
    assert_true(walk->done + count <= walk->expected->count);
    for (size_t i = 0; i < count; i++)
        assert_diff(&diffs->items[i], walk->expected->diffs[walk->done + i]);
    walk->done += count;
}

static bool same_clock(const struct diff *a, const struct diff *b)
{
    return a->clock == b->clock;
}

static bool same_object(const struct diff *a, const struct diff *b)
{
    return text_equal(a->object_id, b->object_id);
}

/* Without those at the end that are as the last one is. */
static size_t without_last(const struct diff_list *diffs,
                           bool (*same)(const struct diff *a, const struct diff *b))
{
    size_t count = diffs->count;

    while (count > 0 && same(&diffs->items[count - 1], &diffs->items[diffs->count - 1]))
        count--;
    return count;
}

/* An object whose diffs are more than a part holds: clock by clock. */
static void walk_object(struct walk *walk, struct text id)
{
    struct history_part part = walk->part;
    bool more = true;

    part.only_id = id;
    while (more) {
        struct diff_list diffs = read_part(walk->c, &part, &more);
        const size_t count = more ? without_last(&diffs, same_clock) : diffs.count;

        take(walk, &diffs, count);
        if (count > 0)
            part.since_clock = diffs.items[count - 1].clock + 1;
        else if (more)
            part.limit = (struct history_limit){part.limit.diffs * 2, NO_LIMIT.bytes};
    }
}

static void walk_parts(struct walk *walk)
{
    bool more = true;

    while (more) {
        struct diff_list diffs = read_part(walk->c, &walk->part, &more);
        const size_t count = more ? without_last(&diffs, same_object) : diffs.count;

        take(walk, &diffs, count);
        if (!more)
            break;
        if (count == 0)
            walk_object(walk, diffs.items[0].object_id);
        walk->part.after_id = diffs.items[count > 0 ? count - 1 : 0].object_id;
    }
    assert_int_equal(walk->done, walk->expected->count);
}

static void check_walk(struct contract *c, struct history_part part)
{
    const struct expected expected = expect(c, "alice", &part);
    const struct history_limit limits[] = {
        {1, SIZE_MAX},
        {2, SIZE_MAX},
        {7, SIZE_MAX},
        {expected.count - 1, SIZE_MAX},
        {expected.count, SIZE_MAX},
        {expected.count + 1, SIZE_MAX},
        {SIZE_MAX, 1},
        {SIZE_MAX, 100},
        {5, 400},
        {SIZE_MAX, expected.bytes - 1},
        {SIZE_MAX, expected.bytes},
        {SIZE_MAX, SIZE_MAX},
    };

    assert_true(expected.count > ID_COUNT);
    begin_snapshot(c, ALICE);
    for (size_t i = 0; i < ARRAY_LEN(limits); i++) {
        struct walk walk = {.c = c, .part = part, .expected = &expected};

        walk.part.limit = limits[i];
        walk_parts(&walk);
    }
    c->ops->rollback(c->s);
}

static struct history_part part_of(struct text owner, const struct model *model)
{
    return (struct history_part){
        .owner = owner, .model = model, .until_clock = PUSHES, .limit = NO_LIMIT};
}

static void test_parts_are_the_whole(void **state)
{
    struct contract *c = *state;
    struct history_part part = part_of(ALICE, OTHER);

    push_rounds(c, "bob");
    push_rounds(c, "alice");
    check_walk(c, part);
    part.since_clock = 1;
    part.until_clock = 3;
    check_walk(c, part);
    part.model = ALL;
    check_walk(c, part);
}

static void test_part_and_its_limit(void **state)
{
    struct contract *c = *state;
    struct history_part part = part_of(ALICE, OTHER);
    struct expected expected;
    bool more;

    push_round(c, "alice");
    push_round(c, "alice");
    expected = expect(c, "alice", &part);
    begin_snapshot(c, ALICE);
    for (size_t n = 0; n <= expected.count + 1; n++) {
        size_t size = n == 0 ? 1 : n;

        part.limit = (struct history_limit){n, SIZE_MAX};
        if (size > expected.count)
            size = expected.count;
        assert_int_equal(read_part(c, &part, &more).count, size);
        assert_int_equal(more, size < expected.count);
    }
    part.limit = (struct history_limit){SIZE_MAX, expected.bytes};
    assert_int_equal(read_part(c, &part, &more).count, expected.count);
    assert_false(more);
    part.limit.bytes--;
    assert_int_equal(read_part(c, &part, &more).count, expected.count - 1);
    assert_true(more);
    part.limit.bytes = 0;
    assert_int_equal(read_part(c, &part, &more).count, 1);
    assert_true(more);
}

static void expect_part(struct contract *c, struct history_part part, size_t count)
{
    bool more;

    assert_int_equal(read_part(c, &part, &more).count, count);
    assert_false(more);
}

/* Object 0 has three diffs in every push, of both models. */
static void test_bounds_of_parts(void **state)
{
    struct contract *c = *state;
    struct history_part part = part_of(ALICE, OTHER);

    push_rounds(c, "alice");
    assert_int_equal(begin_snapshot(c, ALICE), PUSHES);
    part.only_id = text_of(IDS[0]);
    expect_part(c, part, (size_t)3 * PUSHES);
    part.since_clock = 1;
    expect_part(c, part, (size_t)3 * (PUSHES - 1));
    part.until_clock = 2;
    expect_part(c, part, 3);
    part.until_clock = 1;
    expect_part(c, part, 0);
    part = part_of(ALICE, ALL);
    part.only_id = TEXT_LITERAL("a   ");
    expect_part(c, part, 0);
    part.only_id = (struct text){0};
    part.after_id = text_of(IDS[ID_COUNT - 1]);
    expect_part(c, part, 0);
    part.after_id = text_of(IDS[ID_COUNT - 2]);
    part.until_clock = 2;
    /* The last object: (i + clock) % 3 of the pushes 0 and 1. */
    expect_part(c, part, (ID_COUNT - 1) % 3 + ID_COUNT % 3);
}

static void test_walls_of_parts(void **state)
{
    struct contract *c = *state;
    struct row row;
    const struct text ids[] = {TEXT_LITERAL("x")};

    push_rounds(c, "alice");
    contract_begin(c, "alice");
    contract_create(c, "alice", OTHER, "x", "of alice");
    contract_commit(c);
    contract_begin(c, "bob");
    contract_commit(c);
    assert_int_equal(begin_snapshot(c, BOB), 1);
    expect_part(c, part_of(BOB, OTHER), 0);
    assert_int_equal(c->ops->read(c->s, (struct owner_model){BOB, OTHER}, (struct id_list){ids, 1},
                                  &c->arena, &row, &c->fail),
                     RC_OK);
    assert_false(row.live);
    c->ops->rollback(c->s);

    /* Who was never seen is none the more for having been looked at. */
    assert_int_equal(begin_snapshot(c, (struct text){"nobody", 6}), 0);
    expect_part(c, part_of((struct text){"nobody", 6}, OTHER), 0);
    assert_false(contract_read(c, "nobody", OTHER, "x").live);
    c->ops->rollback(c->s);
    assert_int_equal(contract_begin(c, "nobody"), 0);
}

static void test_snapshot_and_after(void **state)
{
    struct contract *c = *state;

    contract_begin(c, "alice");
    contract_create(c, "alice", OTHER, "x", "before");
    contract_commit(c);
    assert_int_equal(begin_snapshot(c, ALICE), 1);
    assert_text(contract_read(c, "alice", OTHER, "x").values[0].text, TEXT_LITERAL("before"));
    assert_false(contract_read(c, "alice", OTHER, "y").live);
    c->ops->rollback(c->s);
    c->ops->rollback(c->s);

    assert_int_equal(contract_begin(c, "alice"), 1);
    assert_int_equal(contract_update(c, "alice", OTHER, "x", "after"), 1);
    contract_commit(c);
    assert_int_equal(begin_snapshot(c, ALICE), 2);
    assert_text(contract_read(c, "alice", OTHER, "x").values[0].text, TEXT_LITERAL("after"));
}

static struct history read_limited(struct contract *c, int64_t since_clock, size_t diffs,
                                   size_t bytes)
{
    const struct history_limit limit = {diffs, bytes};
    struct history history = {.next_clock = -1};

    assert_int_equal(
        c->ops->read_history(
            c->s, &(struct pull_query){.owner = ALICE, .since_clock = since_clock, .limit = &limit},
            &c->arena, &history, &c->fail),
        RC_OK);
    if (history.more) {
        assert_int_equal(history.diffs.count, 0);
        assert_null(history.diffs.items);
    }
    return history;
}

static void check_limits(struct contract *c, const struct history *whole)
{
    size_t bytes = 0;

    for (size_t i = 0; i < whole->diffs.count; i++)
        bytes += whole->diffs.items[i].json_data.len;
    for (size_t off = 0; off < 3; off++) {
        const struct history counted = read_limited(c, 0, whole->diffs.count - 1 + off, SIZE_MAX);
        const struct history weighed = read_limited(c, 0, SIZE_MAX, bytes - 1 + off);

        assert_int_equal(counted.more, off == 0);
        assert_int_equal(weighed.more, off == 0);
        assert_int_equal(counted.next_clock, whole->next_clock);
        assert_int_equal(weighed.next_clock, whole->next_clock);
        assert_int_equal(counted.diffs.count, off == 0 ? 0 : whole->diffs.count);
        assert_int_equal(weighed.diffs.count, off == 0 ? 0 : whole->diffs.count);
    }
}

static void test_limited_history(void **state)
{
    struct contract *c = *state;
    struct history whole;

    assert_int_equal(read_limited(c, 0, 0, 0).next_clock, 0);
    assert_false(read_limited(c, 0, 0, 0).more);
    push_rounds(c, "bob");
    push_rounds(c, "alice");
    whole = contract_history(c, "alice", 0);
    assert_false(whole.more);
    check_limits(c, &whole);
    assert_true(read_limited(c, PUSHES - 1, 0, 0).more);
    assert_false(read_limited(c, PUSHES, 0, 0).more);
    assert_int_equal(read_limited(c, PUSHES, 0, 0).next_clock, PUSHES);
    assert_int_equal(read_limited(c, 0, 1, SIZE_MAX).next_clock, PUSHES);

    /* Within a transaction, which goes on. */
    contract_begin(c, "alice");
    assert_true(read_limited(c, 0, 3, SIZE_MAX).more);
    assert_true(read_limited(c, 0, SIZE_MAX, 500).more);
    contract_create(c, "alice", OTHER, "x", "");
    contract_commit(c);
    assert_int_equal(contract_history(c, "alice", 0).diffs.count, whole.diffs.count);
}

static struct diff_list read_objects(struct contract *c, int64_t since_clock,
                                     const struct text *ids, size_t count)
{
    struct diff_list diffs = {0};

    assert_int_equal(c->ops->read_object_history(
                         c->s,
                         &(struct object_history_query){
                             .of = {ALICE, OTHER}, .since_clock = since_clock, .ids = {ids, count}},
                         &c->arena, &diffs, &c->fail),
                     RC_OK);
    return diffs;
}

static void test_object_history(void **state)
{
    struct contract *c = *state;
    /* One twice, one unknown, and in another order than that of the diffs. */
    const struct text ids[] = {text_of(IDS[2]), text_of(IDS[15]), TEXT_LITERAL("a   "),
                               text_of(IDS[0]), text_of(IDS[2])};
    const struct text absent[] = {TEXT_LITERAL("a   ")};
    struct history history;
    struct diff_list diffs, twice;
    size_t found = 0;

    push_rounds(c, "bob");
    push_rounds(c, "alice");
    history = contract_history(c, "alice", 1);
    contract_begin(c, "alice");
    diffs = read_objects(c, 1, ids, ARRAY_LEN(ids));
    for (size_t i = 0; i < history.diffs.count; i++) {
        const struct diff *diff = &history.diffs.items[i];

        if (diff->model == OTHER &&
            (text_equal(diff->object_id, ids[0]) || text_equal(diff->object_id, ids[1]) ||
             text_equal(diff->object_id, ids[3])))
            assert_diff(&diffs.items[found++], diff);
    }
    assert_int_equal(diffs.count, found);
    assert_true(found > (size_t)3 * (PUSHES - 1));

    /* Behind what is there. */
    twice = diffs;
    assert_int_equal(c->ops->read_object_history(
                         c->s,
                         &(struct object_history_query){
                             .of = {ALICE, OTHER}, .since_clock = PUSHES - 1, .ids = {&ids[3], 1}},
                         &c->arena, &twice, &c->fail),
                     RC_OK);
    assert_int_equal(twice.count, found + 3);
    assert_diff(&twice.items[0], &diffs.items[0]);
    assert_diff(&twice.items[found + 2], &diffs.items[found - 1]);

    assert_int_equal(read_objects(c, 0, absent, 1).count, 0);
    assert_int_equal(read_objects(c, PUSHES, ids, ARRAY_LEN(ids)).count, 0);
    assert_int_equal(read_objects(c, 0, ids, 0).count, 0);
}

/* More ids than one statement names; the same one first and last. */
static void test_history_of_many_objects(void **state)
{
    struct contract *c = *state;
    enum { N = 700 };
    static char names[N][8];
    struct text ids[N + 1];
    struct push *push = arena_zalloc(&c->arena, sizeof(*push));
    struct diff_list diffs;

    for (size_t i = 0; i < N; i++) {
        snprintf(names[i], sizeof(names[i]), "o%zu", i);
        ids[i] = text_of(names[i]);
    }
    ids[N] = ids[0];
    contract_begin(c, "alice");
    for (size_t i = 0; i < MOST; i++)
        add_diff(c, push, OTHER, 0, names[i * 31 % N]);
    assert_int_equal(c->ops->append(c->s, ALICE, push->appended, push->count, &c->fail), RC_OK);
    diffs = read_objects(c, 0, ids, N + 1);
    assert_int_equal(diffs.count, push->count);
    for (size_t i = 0; i < diffs.count; i++)
        assert_text(diffs.items[i].id, push->diffs[i].id);
}

/* Each object once, by its last diff, in their order, whatever the pages are. */
static void expect_touched(struct contract *c, struct text owner, int64_t since_clock, size_t limit)
{
    struct touched_query query = {{owner, OTHER}, {since_clock, -1}, limit};
    const struct history history = contract_history(c, owner.ptr, since_clock);
    size_t found = 0, last = SIZE_MAX, wanted = 0;
    struct touched_list page;

    for (size_t i = 0; i < history.diffs.count; i++) {
        bool later = history.diffs.items[i].model != OTHER;

        for (size_t k = i + 1; k < history.diffs.count; k++)
            later |= history.diffs.items[k].model == OTHER &&
                     text_equal(history.diffs.items[k].object_id, history.diffs.items[i].object_id);
        wanted += !later;
    }
    begin_snapshot(c, owner);
    do {
        assert_int_equal(c->ops->find_touched(c->s, &query, &c->arena, &page, &c->fail), RC_OK);
        for (size_t i = 0; i < page.count; i++) {
            size_t at = history.diffs.count;

            while (at-- > 0 && (history.diffs.items[at].model != OTHER ||
                                !text_equal(history.diffs.items[at].object_id, page.items[i].id)))
                ;
            assert_true(at < history.diffs.count && (last == SIZE_MAX || at > last));
            assert_int_equal(page.items[i].at.clock, history.diffs.items[at].clock);
            last = at;
        }
        found += page.count;
        if (page.count > 0)
            query.after = page.items[page.count - 1].at;
    } while (page.count == limit);
    c->ops->rollback(c->s);
    assert_int_equal(found, wanted);
}

static bool has_ids(struct contract *c, struct text owner, const char *from, const char *to)
{
    const struct id_range range = {text_of(from), text_of(to)};
    bool found;

    begin_snapshot(c, owner);
    assert_int_equal(c->ops->has_ids(c->s, owner, &range, &found, &c->fail), RC_OK);
    c->ops->rollback(c->s);
    return found;
}

static void test_ids_in_a_range(void **state)
{
    struct contract *c = *state;
    const struct history history = (push_rounds(c, "alice"), contract_history(c, "alice", 0));
    struct text last = TEXT_LITERAL("");
    char behind[256];

    for (size_t i = 0; i < history.diffs.count; i++)
        if (text_compare(history.diffs.items[i].id, last) > 0)
            last = history.diffs.items[i].id;
    snprintf(behind, sizeof(behind), "%.*s ", TEXT_ARG(last)); /* a space is a byte as any other */
    last = arena_text(&c->arena, last);
    assert_true(has_ids(c, ALICE, last.ptr, behind));
    assert_false(has_ids(c, ALICE, last.ptr, last.ptr));
    assert_false(has_ids(c, ALICE, behind, "\x7f"));
    assert_true(has_ids(c, ALICE, "", "\x7f"));
    assert_false(has_ids(c, BOB, "", "\x7f"));
}

static void test_touched(void **state)
{
    struct contract *c = *state;

    push_rounds(c, "alice");
    push_round(c, "bob");
    for (int64_t since = 0; since <= PUSHES; since++)
        for (size_t limit = 1; limit < MOST; limit += 5)
            expect_touched(c, ALICE, since, limit);
    expect_touched(c, BOB, 0, 3);
    expect_touched(c, (struct text){"nobody", 6}, 0, 3);
}

int contract_parts_run(const char *name)
{
    const struct CMUnitTest tests[] = {
        CONTRACT_TEST(test_parts_are_the_whole),
        CONTRACT_TEST(test_part_and_its_limit),
        CONTRACT_TEST(test_bounds_of_parts),
        CONTRACT_TEST(test_walls_of_parts),
        CONTRACT_TEST(test_snapshot_and_after),
        CONTRACT_TEST(test_limited_history),
        CONTRACT_TEST(test_object_history),
        CONTRACT_TEST(test_history_of_many_objects),
        CONTRACT_TEST(test_touched),
        CONTRACT_TEST(test_ids_in_a_range),
    };

    return cmocka_run_group_tests_name(name, tests, NULL, NULL);
}
