/* What every synchronizer must do with histories that are compacted: which diffs go, what is told
 * of them afterwards, and what stays as it was. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "contract.h"
#include "in_range.h"
#include "summary.h"

/* In the order of their bytes; a collation or padding would mix some up. */
static const char *const IDS[] = {"A", "a", "a ", "a  ", "b", "q'", "\xC3\xA1", "\xF0\x9F\x98\x80"};

enum {
    ID_COUNT = ARRAY_LEN(IDS),
    PUSHES = 30,
    TOLD_MOST = PUSHES * ID_COUNT,
    OLD = ID_COUNT - 1, /* this one was there before any diff */
};

static const struct text ALICE = {"alice", 5};
static const struct text BOB = {"bob", 3};
static const struct history_limit NO_LIMIT = {SIZE_MAX, SIZE_MAX};

static void assert_ok(const struct contract *c, enum rc rc)
{
    if (rc != RC_OK)
        fail_msg("rc %d %s: %s (%s)", (int)rc, fail_code_name(c->fail.code), c->fail.message,
                 c->fail.detail);
}

static struct text text_made(struct contract *c, const char *before, int64_t clock, size_t number)
{
    char text[64];

    snprintf(text, sizeof(text), "%s%lld-%zu", before, (long long)clock, number);
    return arena_text(&c->arena, text_of(text));
}

/* One diff of the story. */
struct op {
    int64_t clock;
    size_t object;
    enum diff_type type;
};

/* What pushes wrote: the same for every owner. */
struct story {
    struct op ops[PUSHES * ID_COUNT];
    size_t count;
    bool live[ID_COUNT];
    struct text names[ID_COUNT]; /* of live rows */
};

static bool choose(const struct story *story, int64_t clock, size_t object,
                   enum diff_type *type_out)
{
    const int64_t dice = (clock * 7 + (int64_t)object * 5 + clock * clock * (int64_t)object) % 9;

    if (!story->live[object]) {
        *type_out = DIFF_CREATE;
        return dice < 3;
    }
    *type_out = dice < 2 ? DIFF_DELETE : DIFF_UPDATE;
    return dice < 5;
}

static void write_row(struct contract *c, const char *owner, const struct op *op, struct text name)
{
    const char *id = IDS[op->object];

    if (op->type == DIFF_CREATE)
        contract_create(c, owner, OTHER, id, name.ptr);
    else if (op->type == DIFF_UPDATE)
        assert_int_equal(contract_update(c, owner, OTHER, id, name.ptr), 1);
    else
        assert_int_equal(contract_remove(c, owner, OTHER, id), 1);
}

static void push_op(struct contract *c, struct story *story, const char *owner, int64_t clock,
                    size_t object, enum diff_type type)
{
    const struct op op = {clock, object, type};
    struct text name = text_made(c, "n", clock, object);
    struct diff diff = contract_diff("", clock, type, OTHER, IDS[object]);
    char json[128];

    diff.id = text_made(c, "d", clock, object);
    diff.time_ms += clock;
    snprintf(json, sizeof(json),
             type == DIFF_DELETE ? "{\"id\":\"%s\"}" : "{\"id\":\"%s\",\"name\":\"%s\"}",
             IDS[object], name.ptr);
    diff.json_data = text_of(json);
    write_row(c, owner, &op, name);
    contract_append(c, owner, &diff);
    story->ops[story->count++] = op;
    story->live[object] = type != DIFF_DELETE;
    story->names[object] = name;
}

static void push(struct contract *c, struct story *story, const char *owner)
{
    const int64_t clock = contract_begin(c, owner);
    const struct text known = text_made(c, "k", clock, 0);
    const struct reject reject = {.id = text_made(c, "r", clock, 0),
                                  .code = FAIL_INVALID_DATA,
                                  .message = TEXT_LITERAL("no"),
                                  .diff = TEXT_LITERAL("{}")};

    for (size_t object = 0; object < ID_COUNT; object++) {
        enum diff_type type;

        if (choose(story, clock, object, &type))
            push_op(c, story, owner, clock, object, type);
    }
    assert_ok(c, c->ops->remember(c->s, text_of(owner), clock, &known, 1, &c->fail));
    if (clock % 5 == 0)
        assert_ok(c, c->ops->put_rejects(c->s, text_of(owner), clock, &reject, 1, &c->fail));
    contract_commit(c);
}

/* Pushes of the owner, whose last object was there before. */
static struct story *tell_story(struct contract *c, const char *owner)
{
    struct story *story = arena_zalloc(&c->arena, sizeof(*story));

    contract_begin(c, owner);
    contract_create(c, owner, OTHER, IDS[OLD], "before");
    story->live[OLD] = true;
    story->names[OLD] = TEXT_LITERAL("before");
    contract_commit(c);
    for (int i = 0; i < PUSHES; i++)
        push(c, story, owner);
    return story;
}

static struct compacted compact_once(struct contract *c, struct text owner, int64_t below,
                                     int64_t forgotten, size_t max)
{
    const struct compaction job = {.owner = owner, .to = {below, forgotten}, .max = max};
    struct compacted compacted;

    assert_ok(c, c->ops->compaction->compact(c->s, &job, &compacted, &c->fail));
    return compacted;
}

/* All that there is to do; what it did. */
static struct compacted compact(struct contract *c, struct text owner, int64_t below,
                                int64_t forgotten, size_t max)
{
    struct compacted all = {.more = true};

    for (unsigned steps = 0; all.more; steps++) {
        const struct compacted step = compact_once(c, owner, below, forgotten, max);

        assert_true(steps < 1000);
        all.horizon = step.horizon;
        all.diffs += step.diffs;
        all.objects += step.objects;
        all.ids += step.ids;
        all.tombstones += step.tombstones;
        all.more = step.more;
    }
    return all;
}

static size_t ops_between(const struct story *story, int64_t since, int64_t until)
{
    size_t count = 0;

    for (size_t i = 0; i < story->count; i++)
        count += story->ops[i].clock >= since && story->ops[i].clock < until;
    return count;
}

static int64_t larger(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* What is expected of a diff that is told. */
struct told {
    size_t object;
    enum diff_type type;
    int64_t clock; /* of a stored one; -1: it is told from a summary */
};

struct told_list {
    struct told items[TOLD_MOST];
    size_t count;
};

static void add_told(struct told_list *list, size_t object, enum diff_type type, int64_t clock)
{
    assert_true(list->count < TOLD_MOST);
    list->items[list->count++] = (struct told){object, type, clock};
}

/* The clocks of an object's summary below the horizon, as docs/protocol.md 10 has them. */
struct past {
    int64_t first, created, deleted, set, last;
};

static struct past past_of(const struct story *story, size_t object, int64_t below)
{
    struct past past = {-1, -1, -1, -1, -1};

    for (size_t i = 0; i < story->count && story->ops[i].clock < below; i++) {
        const struct op *op = &story->ops[i];

        if (op->object != object)
            continue;
        if (op->type == DIFF_CREATE && past.last < 0)
            past.first = op->clock;
        if (op->type == DIFF_CREATE)
            past.created = op->clock;
        past.deleted = op->type == DIFF_DELETE ? op->clock : -1;
        past.set = op->type == DIFF_DELETE ? -1 : op->clock;
        past.last = op->clock;
    }
    return past;
}

static void expect_object(const struct story *story, size_t object, int64_t since, int64_t below,
                          struct told_list *list)
{
    const struct past past = past_of(story, object, below);

    if (past.last >= 0 && past.deleted >= since && past.deleted >= 0) {
        add_told(list, object, DIFF_DELETE, -1);
    } else if (past.last >= since && past.last >= 0 && past.deleted < 0) {
        const bool anew = past.first < since && past.created >= since && since > 0;

        if (anew)
            add_told(list, object, DIFF_DELETE, -1);
        add_told(list, object,
                 anew || past.first >= since || since == 0 ? DIFF_CREATE : DIFF_UPDATE, -1);
    }
    for (size_t i = 0; i < story->count; i++)
        if (story->ops[i].object == object && story->ops[i].clock >= larger(since, below))
            add_told(list, object, story->ops[i].type, story->ops[i].clock);
}

static void expect_all(const struct story *story, int64_t since, int64_t below,
                       struct told_list *list)
{
    list->count = 0;
    for (size_t object = 0; object < ID_COUNT; object++)
        expect_object(story, object, since, below, list);
}

static void assert_told(const struct story *story, const struct told *expected,
                        const struct diff *diff)
{
    assert_text(diff->object_id, text_of(IDS[expected->object]));
    assert_int_equal(diff->type, expected->type);
    assert_ptr_equal(diff->model, OTHER);
    assert_text(diff->owner, ALICE);
    assert_true((diff->summary != NULL) == (expected->clock < 0));
    if (expected->clock >= 0) {
        assert_int_equal(diff->clock, expected->clock);
        return;
    }
    if (expected->type != DIFF_DELETE && story->live[expected->object])
        assert_non_null(strstr(diff->json_data.ptr, story->names[expected->object].ptr));
}

static struct history_part part_since(int64_t since)
{
    return (struct history_part){
        .owner = ALICE,
        .model = OTHER,
        .since_clock = since,
        .until_clock = INT64_MAX,
        .limit = NO_LIMIT,
    };
}

/* The part, and that it is the beginning of what is expected behind that place. */
static void expect_part(struct contract *c, const struct story *story,
                        const struct history_part *part, const struct told_list *all, size_t from)
{
    const size_t left = all->count - from;
    struct diff_list diffs;
    bool more;

    assert_ok(c, c->ops->read_history_part(c->s, part, &c->arena, &diffs, &more, &c->fail));
    assert_int_equal(diffs.count, left < part->limit.diffs ? left : part->limit.diffs);
    assert_int_equal(more, diffs.count < left);
    for (size_t i = 0; i < diffs.count; i++)
        assert_told(story, &all->items[from + i], &diffs.items[i]);
}

static void begin_snapshot(struct contract *c)
{
    int64_t next_clock;

    assert_ok(c, c->ops->begin_snapshot(c->s, ALICE, &next_clock, &c->fail));
}

/* Behind every object, with every limit. */
static void expect_parts(struct contract *c, const struct story *story, int64_t since,
                         int64_t below)
{
    struct history_part part = part_since(since);
    struct told_list all;

    expect_all(story, since, below, &all);
    expect_part(c, story, &part, &all, 0);
    for (size_t limit = 1; limit <= all.count; limit += 1 + limit / 3) {
        part.limit.diffs = limit;
        part.after_id = (struct text){NULL, 0};
        expect_part(c, story, &part, &all, 0);
        for (size_t i = 0; i < all.count; i++) {
            if (i + 1 < all.count && all.items[i + 1].object == all.items[i].object)
                continue;
            part.after_id = text_of(IDS[all.items[i].object]);
            expect_part(c, story, &part, &all, i + 1);
        }
    }
}

static void expect_alone(struct contract *c, const struct story *story, int64_t since,
                         int64_t below)
{
    for (size_t object = 0; object < ID_COUNT; object++) {
        struct history_part part = part_since(since);
        struct told_list all = {.count = 0};

        part.only_id = text_of(IDS[object]);
        expect_object(story, object, since, below, &all);
        expect_part(c, story, &part, &all, 0);
        part.limit.diffs = 2;
        expect_part(c, story, &part, &all, 0);
    }
}

/* Of all objects, one of them named twice: of each, what is told of it alone, in its order. */
static void expect_objects(struct contract *c, const struct story *story, int64_t since,
                           int64_t below)
{
    struct text ids[ID_COUNT + 2];
    const struct object_history_query query = {
        .of = {ALICE, OTHER}, .since_clock = since, .ids = {ids, ID_COUNT + 2}};
    struct diff_list diffs = {0};
    struct told_list all;
    size_t found = 0;

    for (size_t i = 0; i < ID_COUNT; i++)
        ids[i] = text_of(IDS[i]);
    ids[ID_COUNT] = ids[0];
    ids[ID_COUNT + 1] = TEXT_LITERAL("nothing");
    assert_ok(c, c->ops->read_object_history(c->s, &query, &c->arena, &diffs, &c->fail));
    expect_all(story, since, below, &all);
    assert_int_equal(diffs.count, all.count);
    for (size_t object = 0; object < ID_COUNT; object++)
        for (size_t i = 0; i < diffs.count; i++)
            if (text_equal(diffs.items[i].object_id, ids[object]))
                assert_told(story, &all.items[found++], &diffs.items[i]);
    assert_int_equal(found, all.count);
}

/* What is told below the horizon, of whole histories, parts, and objects. */
static void test_told_from_summaries(void **state)
{
    struct contract *c = *state;
    const struct story *story = tell_story(c, "alice");

    for (int64_t below = 1; below <= PUSHES + 1; below += 7) {
        compact(c, ALICE, below, 0, 3);
        begin_snapshot(c);
        for (int64_t since = 0; since <= PUSHES + 1; since += 1 + since / 9) {
            expect_parts(c, story, since, below);
            expect_alone(c, story, since, below);
            expect_objects(c, story, since, below);
        }
        c->ops->rollback(c->s);
        contract_begin(c, "alice");
        for (int64_t since = 0; since <= below; since += 5)
            expect_objects(c, story, since, below);
        c->ops->rollback(c->s);
    }
}

static void assert_horizon(struct contract *c, struct text owner, int64_t below, int64_t forgotten)
{
    struct horizon horizon;

    assert_ok(c, c->ops->compaction->find_horizon(c->s, owner, &horizon, &c->fail));
    assert_int_equal(horizon.compacted_below, below);
    assert_int_equal(horizon.forgotten_below, forgotten);
}

/* Of an object whose row somebody else has taken, nothing is told unless it is asked for. */
static void test_row_is_gone(void **state)
{
    struct contract *c = *state;
    struct story *story = tell_story(c, "alice");
    struct text id;
    struct object_history_query query = {.of = {ALICE, OTHER}, .ids = {&id, 1}};
    struct history_part part = part_since(3);
    struct diff_list diffs = {0};
    size_t object = 0;
    bool more;

    compact(c, ALICE, PUSHES + 1, 0, 100);
    while (!story->live[object] || past_of(story, object, PUSHES + 1).set < 3)
        assert_true(++object < ID_COUNT);
    id = text_of(IDS[object]);
    contract_begin(c, "alice");
    assert_int_equal(contract_remove(c, "alice", OTHER, IDS[object]), 1);
    assert_ok(c, c->ops->read_object_history(c->s, &query, &c->arena, &diffs, &c->fail));
    assert_int_equal(diffs.count, 0);
    query.without_row = true;
    assert_ok(c, c->ops->read_object_history(c->s, &query, &c->arena, &diffs, &c->fail));
    assert_int_equal(diffs.count, 1);
    assert_int_equal(diffs.items[0].type, DIFF_CREATE);
    contract_commit(c);

    begin_snapshot(c);
    part.only_id = id;
    assert_ok(c, c->ops->read_history_part(c->s, &part, &c->arena, &diffs, &more, &c->fail));
    assert_int_equal(diffs.count, 0);
    part.compare = true;
    part.since_clock = 0;
    assert_ok(c, c->ops->read_history_part(c->s, &part, &c->arena, &diffs, &more, &c->fail));
    assert_int_equal(diffs.count, 1);
    assert_false(more);
    c->ops->rollback(c->s);
}

/* Where it is told, and that it never falls, nor rises above the clock. */
static void test_horizon(void **state)
{
    struct contract *c = *state;
    const struct text id = TEXT_LITERAL("unknown");
    const struct push_query query = {.owner = ALICE, .since_clock = 0, .ids = &id, .count = 1};
    struct history history;
    struct known_id known;

    tell_story(c, "alice");
    assert_horizon(c, ALICE, 0, 0);
    assert_int_equal(compact(c, ALICE, 9, 4, 100).horizon.compacted_below, 9);
    assert_horizon(c, ALICE, 9, 4);
    assert_horizon(c, BOB, 0, 0);
    assert_int_equal(contract_history(c, "alice", 20).horizon.compacted_below, 9);
    assert_int_equal(contract_history(c, "alice", 0).horizon.forgotten_below, 4);
    contract_begin(c, "alice");
    assert_horizon(c, ALICE, 9, 4);
    assert_ok(c, c->ops->read_push(c->s, &query, &c->arena, &history, &known, &c->fail));
    assert_int_equal(history.horizon.compacted_below, 9);
    assert_int_equal(history.horizon.forgotten_below, 4);
    c->ops->rollback(c->s);
    begin_snapshot(c);
    assert_horizon(c, ALICE, 9, 4);
    c->ops->rollback(c->s);

    compact(c, ALICE, 5, 2, 100);
    assert_horizon(c, ALICE, 9, 4);
    compact(c, ALICE, INT64_MAX, INT64_MAX, 100);
    assert_horizon(c, ALICE, PUSHES + 1, PUSHES + 1);
    assert_int_equal(contract_history(c, "alice", 0).next_clock, PUSHES + 1);
}

static void test_owner_never_seen(void **state)
{
    struct contract *c = *state;
    const struct compacted compacted = compact_once(c, ALICE, 5, 5, 10);

    assert_int_equal(compacted.diffs + compacted.ids + compacted.tombstones, 0);
    assert_false(compacted.more);
    assert_horizon(c, ALICE, 0, 0);
    assert_int_equal(contract_history(c, "alice", 0).next_clock, 0);
}

/* Diffs and known ids below the horizon, whatever a step takes; nothing of anybody else's. */
static void test_what_goes(void **state)
{
    static const size_t MAXES[] = {1, 2, 7, 1000};
    const int64_t below = 17;
    struct contract *c = *state;

    for (size_t i = 0; i < ARRAY_LEN(MAXES); i++) {
        char owner[16];
        const struct story *story;
        struct compacted compacted;

        snprintf(owner, sizeof(owner), "owner%zu", i);
        story = tell_story(c, owner);
        tell_story(c, i == 0 ? "alice" : owner + 1); /* "wner1", … */
        compacted = compact(c, text_of(owner), below, 0, MAXES[i]);
        assert_int_equal(compacted.diffs, ops_between(story, 0, below));
        assert_int_in_range(compacted.objects, 1, compacted.diffs);
        assert_int_equal(compacted.ids, below - 1); /* the first push remembered none */
        assert_int_equal(compacted.tombstones, 0);
        assert_int_equal(contract_history(c, owner, 0).diffs.count,
                         ops_between(story, below, INT64_MAX));
        assert_int_equal(contract_history(c, owner, 0).diffs.items[0].clock, below);
        assert_int_equal(contract_history(c, "alice", 0).diffs.count,
                         ops_between(story, 0, INT64_MAX));
        for (int64_t clock = 1; clock <= PUSHES; clock++) {
            const struct text known = text_made(c, "k", clock, 0);
            const struct text reject = text_made(c, "r", clock, 0);

            contract_begin(c, owner);
            assert_int_equal(contract_known(c, owner, known.ptr).clock, clock < below ? -1 : clock);
            assert_int_equal(contract_known(c, owner, reject.ptr).rejected, clock % 5 == 0);
            c->ops->rollback(c->s);
            contract_begin(c, "alice");
            assert_int_equal(contract_known(c, "alice", known.ptr).clock, clock);
            c->ops->rollback(c->s);
        }
    }
}

static void expect_known(struct contract *c, const char *owner, int64_t clock, bool is_known)
{
    contract_begin(c, owner);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(contract_known(c, owner, text_made(c, "k", clock, i).ptr).clock,
                         is_known ? clock : -1);
    c->ops->rollback(c->s);
}

/* The ids of one push at once, whatever a step takes, and the latest push first. */
static void test_ids_go_push_by_push(void **state)
{
    struct contract *c = *state;
    const char *owner = "alice";

    for (int64_t clock = 0; clock < 4; clock++) {
        const struct text ids[] = {text_made(c, "k", clock, 0), text_made(c, "k", clock, 1),
                                   text_made(c, "k", clock, 2)};

        assert_int_equal(contract_begin(c, owner), clock);
        assert_ok(c, c->ops->remember(c->s, ALICE, clock, ids, ARRAY_LEN(ids), &c->fail));
        contract_commit(c);
    }
    for (int64_t left = 3; left > 0; left--) {
        const struct compacted step = compact_once(c, ALICE, 3, 0, 2);

        assert_int_equal(step.ids, 3);
        for (int64_t clock = 0; clock < 4; clock++)
            expect_known(c, owner, clock, clock < left - 1 || clock == 3);
    }
    assert_false(compact_once(c, ALICE, 3, 0, 2).more);
}

/* What the history says of objects, and in which order they were touched. */
struct facts {
    struct object_past past[ID_COUNT + 1];
    struct object_past told[ID_COUNT + 1];
    struct touched_list touched[PUSHES + 2];
};

static struct facts *find_facts(struct contract *c)
{
    struct facts *facts = arena_zalloc(&c->arena, sizeof(*facts));
    const struct owner_model of = {ALICE, OTHER};
    struct text ids[ID_COUNT + 1];
    const struct id_list list = {ids, ID_COUNT + 1};
    bool existed[ID_COUNT + 1];

    for (size_t i = 0; i < ID_COUNT; i++)
        ids[i] = text_of(IDS[i]);
    ids[ID_COUNT] = TEXT_LITERAL("nothing");
    contract_begin(c, "alice");
    assert_ok(c, c->ops->find_past(c->s, of, list, facts->past, &c->fail));
    assert_ok(c, c->ops->find_existing(c->s, of, list, existed, &c->fail));
    for (size_t i = 0; i < list.count; i++)
        assert_true(existed[i] == facts->past[i].existed);
    assert_ok(c, c->ops->changes->find_told(c->s, of, list, facts->told, &c->fail));
    c->ops->rollback(c->s);
    begin_snapshot(c);
    for (int64_t after = -1; after <= PUSHES; after++) {
        const struct touched_query query = {.of = of, .after = {after, -1}, .limit = 1000};

        assert_ok(
            c, c->ops->find_touched(c->s, &query, &c->arena, &facts->touched[after + 1], &c->fail));
    }
    c->ops->rollback(c->s);
    return facts;
}

static void assert_same_touched(const struct touched_list *a, const struct touched_list *b)
{
    assert_int_equal(a->count, b->count);
    for (size_t i = 0; i < a->count; i++) {
        assert_text(a->items[i].id, b->items[i].id);
        assert_int_equal(a->items[i].at.clock, b->items[i].at.clock);
        assert_int_equal(a->items[i].at.seq, b->items[i].at.seq);
    }
}

static void assert_same_facts(const struct facts *a, const struct facts *b)
{
    for (size_t i = 0; i <= ID_COUNT; i++) {
        assert_int_equal(a->past[i].existed, b->past[i].existed);
        assert_int_equal(a->past[i].deleted, b->past[i].deleted);
        assert_int_equal(a->told[i].existed, b->told[i].existed);
        assert_int_equal(a->told[i].deleted, b->told[i].deleted);
    }
    for (size_t i = 0; i < ARRAY_LEN(a->touched); i++)
        assert_same_touched(&a->touched[i], &b->touched[i]);
}

/* At every step of a compaction the history says the same of the objects. */
static void test_facts_stay(void **state)
{
    struct contract *c = *state;
    const struct facts *before;
    bool more = true;

    tell_story(c, "alice");
    before = find_facts(c);
    for (int64_t below = 6; below <= PUSHES + 1; below += 5)
        for (more = true; more;) {
            more = compact_once(c, ALICE, below, 0, 2).more;
            assert_same_facts(find_facts(c), before);
        }
}

/* Pages of what was touched: by stored diffs, by summaries, by both. */
static void test_touched_in_pages(void **state)
{
    struct contract *c = *state;
    const struct owner_model of = {ALICE, OTHER};
    const struct facts *before;

    tell_story(c, "alice");
    before = find_facts(c);
    compact(c, ALICE, PUSHES - 3, 0, 100);
    begin_snapshot(c);
    for (size_t limit = 1; limit < ID_COUNT + 2; limit++) {
        struct touched_query query = {.of = of, .after = INSPECT_BEGINNING, .limit = limit};
        struct touched_list page;
        size_t found = 0;

        do {
            assert_ok(c, c->ops->find_touched(c->s, &query, &c->arena, &page, &c->fail));
            assert_true(page.count <= limit);
            for (size_t i = 0; i < page.count; i++)
                assert_text(page.items[i].id, before->touched[0].items[found + i].id);
            found += page.count;
            if (page.count > 0)
                query.after = page.items[page.count - 1].at;
        } while (page.count == limit);
        assert_int_equal(found, before->touched[0].count);
    }
    c->ops->rollback(c->s);
}

/* Tombstones with a clock below that one, and nothing else. */
static void test_tombstones_go(void **state)
{
    struct contract *c = *state;
    const struct story *story = tell_story(c, "alice");
    const struct facts *before = find_facts(c);
    const struct facts *after;
    const int64_t below = PUSHES - 4, forgotten = 20;
    size_t gone = 0;

    compact(c, ALICE, below, 0, 4);
    assert_int_equal(compact(c, ALICE, 0, 0, 4).tombstones, 0);
    for (size_t i = 0; i < ID_COUNT; i++) {
        const struct past past = past_of(story, i, below);

        gone += past.deleted >= 0 && past.deleted < forgotten;
    }
    assert_int_equal(compact(c, ALICE, 0, forgotten, 1).tombstones, gone);
    assert_horizon(c, ALICE, below, forgotten);
    after = find_facts(c);
    for (size_t i = 0; i < ID_COUNT; i++) {
        const struct past past = past_of(story, i, below);
        const bool is_gone = past.deleted >= 0 && past.deleted < forgotten &&
                             past_of(story, i, INT64_MAX).last < below;

        assert_int_equal(after->past[i].existed, before->past[i].existed && !is_gone);
    }
}

/* Compacted in one jump or in many, an object's summary is the same. */
static void test_jumps(void **state)
{
    struct contract *c = *state;
    const struct story *story = tell_story(c, "alice");

    for (int64_t below = 1; below <= PUSHES + 1; below++)
        compact(c, ALICE, below, 0, 1);
    begin_snapshot(c);
    for (int64_t since = 0; since <= PUSHES + 1; since++)
        expect_parts(c, story, since, PUSHES + 1);
    c->ops->rollback(c->s);
}

/* A snapshot that was begun before sees what was there. */
static void test_rollback_keeps_horizon(void **state)
{
    struct contract *c = *state;
    const struct story *story = tell_story(c, "alice");
    struct story more = *story;

    compact(c, ALICE, 9, 0, 100);
    push(c, &more, "alice");
    assert_horizon(c, ALICE, 9, 0);
    begin_snapshot(c);
    expect_parts(c, &more, 0, 9);
    expect_parts(c, &more, 8, 9);
    c->ops->rollback(c->s);
}

int contract_compaction_run(const char *name)
{
    const struct CMUnitTest tests[] = {
        CONTRACT_TEST(test_told_from_summaries),
        CONTRACT_TEST(test_row_is_gone),
        CONTRACT_TEST(test_horizon),
        CONTRACT_TEST(test_owner_never_seen),
        CONTRACT_TEST(test_what_goes),
        CONTRACT_TEST(test_ids_go_push_by_push),
        CONTRACT_TEST(test_facts_stay),
        CONTRACT_TEST(test_touched_in_pages),
        CONTRACT_TEST(test_tombstones_go),
        CONTRACT_TEST(test_jumps),
        CONTRACT_TEST(test_rollback_keeps_horizon),
    };

    return cmocka_run_group_tests_name(name, tests, NULL, NULL);
}
