/* What other SQL writes becomes diffs at the owner's next sync: the drain, the reconciliation, and
 * the second look of a push. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include "build.h"
#include "made_ids.h"
#include "memory_synchronizer.h"
#include "sync.h"

static const struct text OWNER = {"o", 1};

struct world {
    struct arena arena;
    struct mapping *mapping;
    struct synchronizer *s;
    const struct synchronizer_ops *ops;
    struct synchronizer_ops watched_ops;
    struct change_ops family_ops;
    void (*before_begin)(void); /* of each push */
    void (*in_push)(void);      /* once, when its rows are updated */
    void (*in_read)(void);      /* once, before rows are read */
    unsigned commits;
    unsigned uncertain; /* so many of them are, and did commit */
    struct stats stats;
    struct sync_answer answer;
};

static struct world world;

static enum rc commit(struct synchronizer *s, struct fail *fail)
{
    enum rc rc = world.ops->commit(s, fail);

    world.commits++;
    if (rc != RC_OK || world.uncertain == 0)
        return rc;
    world.uncertain--;
    return fail_busy(fail, RC_UNCERTAIN, "the link is gone");
}

static enum rc begin(struct synchronizer *s, struct text owner, int64_t *head_out,
                     struct fail *fail)
{
    if (world.before_begin != NULL)
        world.before_begin();
    return world.ops->begin(s, owner, head_out, fail);
}

/* What triggers do with a push's rows. */
static enum rc update_rows(struct synchronizer *s, struct owner_model of,
                           const struct object *objects, size_t count, size_t *applied_out,
                           struct fail *fail)
{
    void (*hook)(void) = world.in_push;

    world.in_push = NULL;
    if (hook != NULL)
        hook();
    return world.ops->update(s, of, objects, count, applied_out, fail);
}

static enum rc read_rows(struct synchronizer *s, struct owner_model of, struct id_list ids,
                         struct arena *arena, struct row *rows_out, struct fail *fail)
{
    void (*hook)(void) = world.in_read;

    world.in_read = NULL;
    if (hook != NULL)
        hook();
    return world.ops->read(s, of, ids, arena, rows_out, fail);
}

static int setup(void **state)
{
    (void)state;
    world = (struct world){.commits = 0};
    arena_init(&world.arena);
    world.mapping = build_mapping(&world.arena, 3);
    world.s = memory_synchronizer_new(world.mapping);
    world.ops = world.s->ops;
    world.watched_ops = *world.ops;
    world.watched_ops.begin = begin;
    world.watched_ops.commit = commit;
    world.watched_ops.update = update_rows;
    world.watched_ops.read = read_rows;
    world.s->ops = &world.watched_ops;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    world.s->ops = world.ops;
    memory_synchronizer_free(world.s);
    arena_release(&world.arena);
    return 0;
}

static struct value value_of(const char *text)
{
    struct value value = {.kind = VALUE_TEXT, .text = arena_text(&world.arena, text_of(text))};
    char json[40];

    snprintf(json, sizeof(json), "\"%s\"", text);
    value.json = arena_text(&world.arena, text_of(json));
    return value;
}

/* The row as it is from now on. */
static void put(const char *id, const char *f0, const char *f1)
{
    const struct field_value fields[] = {
        {.field = &world.mapping->models[0].fields[0], .value = value_of(f0)},
        {.field = &world.mapping->models[0].fields[1], .value = value_of(f1)},
    };

    memory_synchronizer_put_row(world.s, OWNER, world.mapping->models,
                                &(struct object){text_of(id), fields, 2});
}

static void drop(const char *id)
{
    memory_synchronizer_drop_row(world.s, OWNER, world.mapping->models, text_of(id));
}

/* An entry of the outbox; fields: "01", "*" or "". */
static void note(enum change_op op, const char *id, int64_t time_ms, const char *fields, bool own)
{
    struct change change = {
        .model = world.mapping->models,
        .object_id = text_of(id),
        .op = op,
        .own = own,
        .time_ms = time_ms,
        .all_fields = fields[0] == '*',
        .fields = ARENA_ARRAY(&world.arena, 3, const struct field *),
    };

    for (; !change.all_fields && *fields != '\0'; fields++)
        change.fields[change.field_count++] = &world.mapping->models[0].fields[*fields - '0'];
    memory_synchronizer_note(world.s, OWNER, &change);
}

static void sync(int64_t clock, struct diff *diffs, size_t count)
{
    const struct sync_request request = {
        .owner = OWNER, .clock = clock, .diffs = {diffs, count}, .stats = &world.stats};
    struct fail fail = {0};

    assert_int_equal(sync_apply(world.s, &request, &world.arena, &world.answer, &fail), RC_OK);
}

static void pull(int64_t clock)
{
    sync(clock, NULL, 0);
}

static void push(int64_t clock, const char *id, enum diff_type type, const char *object,
                 const char *field, int64_t time_ms)
{
    struct diff *diff = ARENA_NEW(&world.arena, struct diff);

    *diff = build_diff(&world.arena, world.mapping, id, type, clock, time_ms, object,
                       type == DIFF_DELETE ? NULL : field, NULL);
    diff->owner = OWNER;
    sync(clock, diff, 1);
}

/* The one diff of the response. */
static void expect(int64_t next_clock, enum diff_type type, const char *json_data)
{
    assert_int_equal(world.answer.next_clock, next_clock);
    assert_int_equal(world.answer.diffs.count, 1);
    assert_int_equal(world.answer.diffs.items[0].type, type);
    if (!text_is(world.answer.diffs.items[0].json_data, json_data))
        fail_msg("%.*s", TEXT_ARG(world.answer.diffs.items[0].json_data));
}

static void expect_nothing(int64_t next_clock)
{
    assert_int_equal(world.answer.next_clock, next_clock);
    assert_int_equal(world.answer.diffs.count, 0);
}

/* An owner with x (f0 a, f1 b), told at clock 0. */
static void begin_with_x(void)
{
    push(0, "d0", DIFF_CREATE, "x", "f0=a", 100);
    put("x", "a", "b");
    note(CHANGE_UPDATE, "x", 150, "1", false);
    pull(1);
    expect(2, DIFF_UPDATE, "{\"id\":\"x\",\"f1\":\"b\"}");
}

static void test_update(void **state)
{
    (void)state;
    begin_with_x();
    assert_true(made_id_is_of_change(world.answer.diffs.items));
    assert_int_equal(world.answer.diffs.items[0].time_ms, 150);
    assert_int_equal(world.stats.drained, 1);
    pull(2);
    expect_nothing(2);
}

static void test_insert(void **state)
{
    (void)state;
    begin_with_x();
    put("y", "c", "d");
    note(CHANGE_INSERT, "y", 200, "", false);
    pull(2);
    expect(3, DIFF_CREATE, "{\"id\":\"y\",\"f0\":\"c\",\"f1\":\"d\",\"f2\":null}");
}

static void test_delete(void **state)
{
    (void)state;
    begin_with_x();
    drop("x");
    note(CHANGE_DELETE, "x", 200, "", false);
    pull(2);
    expect(3, DIFF_DELETE, "{\"id\":\"x\"}");
    put("x", "e", "f");
    note(CHANGE_INSERT, "x", 300, "", false);
    pull(3);
    expect(4, DIFF_CREATE, "{\"id\":\"x\",\"f0\":\"e\",\"f1\":\"f\",\"f2\":null}");
}

static void test_nothing_left_takes_no_clock(void **state)
{
    (void)state;
    begin_with_x();
    note(CHANGE_INSERT, "y", 200, "", false);
    note(CHANGE_DELETE, "y", 200, "", false);
    pull(2);
    expect_nothing(2);
    world.commits = 0;
    pull(2);
    assert_int_equal(world.commits, 0);
}

/* A device's change meanwhile wins where it is later, and loses where it is earlier. */
static void test_later_time_wins(void **state)
{
    (void)state;
    begin_with_x();
    put("x", "sql", "b");
    note(CHANGE_UPDATE, "x", 300, "0", false);
    push(2, "d1", DIFF_UPDATE, "x", "f0=old", 250);
    expect(4, DIFF_UPDATE, "{\"id\":\"x\",\"f0\":\"sql\"}");
    put("x", "sql2", "b");
    note(CHANGE_UPDATE, "x", 400, "0", false);
    push(4, "d2", DIFF_UPDATE, "x", "f0=new", 450);
    expect_nothing(6);
    pull(4);
    expect(6, DIFF_UPDATE, "{\"id\":\"x\",\"f0\":\"new\"}");
}

/* The commit of a drain may have happened or not: that shows when it is tried again. */
static void test_uncertain_commit(void **state)
{
    (void)state;
    begin_with_x();
    put("x", "c", "b");
    note(CHANGE_UPDATE, "x", 300, "0", false);
    world.uncertain = 1;
    pull(2);
    expect(3, DIFF_UPDATE, "{\"id\":\"x\",\"f0\":\"c\"}");
}

static void test_many_batches(void **state)
{
    char id[24];

    (void)state;
    begin_with_x();
    for (int i = 0; i < 10001; i++) {
        snprintf(id, sizeof(id), "y%05d", i);
        put(id, "a", "b");
        note(CHANGE_INSERT, id, 200, "", false);
    }
    pull(2);
    assert_int_equal(world.answer.next_clock, 4);
    assert_int_equal(world.answer.diffs.count, 10001);
}

/* Rows that were there before anybody synced. */
static void test_adoption(void **state)
{
    (void)state;
    put("x", "a", "b");
    note(CHANGE_INSERT, "x", 100, "", false);
    pull(0);
    assert_int_equal(world.answer.next_clock, 1);
    assert_int_equal(world.stats.reconciled, 1);
    put("x", "c", "b");
    note(CHANGE_UPDATE, "x", 200, "0", false);
    pull(1);
    expect(2, DIFF_UPDATE, "{\"id\":\"x\",\"f0\":\"c\"}");
    drop("x");
    note(CHANGE_DELETE, "x", 300, "", false);
    pull(2);
    expect(3, DIFF_DELETE, "{\"id\":\"x\"}");
}

static void test_nobody_has_anything(void **state)
{
    (void)state;
    pull(0);
    expect_nothing(0);
    pull(0);
    assert_int_equal(world.commits, 1);
}

/* A history, and rows that it does not tell of, or tells of otherwise. */
static void test_reconcile(void **state)
{
    const struct diff *diffs;

    (void)state;
    begin_with_x();
    push(2, "d1", DIFF_CREATE, "gone", "f0=a", 100);
    push(3, "d2", DIFF_CREATE, "back", "f0=a", 100);
    push(4, "d3", DIFF_DELETE, "back", NULL, 100);
    put("x", "a", "changed");
    drop("gone");
    put("back", "b", "c");
    memory_synchronizer_note(
        world.s, OWNER,
        &(struct change){.model = world.mapping->models, .op = CHANGE_RECONCILE, .time_ms = 500});
    pull(5);
    assert_int_equal(world.answer.next_clock, 6);
    assert_int_equal(world.answer.diffs.count, 3);
    diffs = world.answer.diffs.items;
    for (size_t i = 0; i < 3; i++) {
        const char *expected = text_is(diffs[i].object_id, "x")
                                   ? "{\"id\":\"x\",\"f1\":\"changed\"}"
                               : text_is(diffs[i].object_id, "gone")
                                   ? "{\"id\":\"gone\"}"
                                   : "{\"id\":\"back\",\"f0\":\"b\",\"f1\":\"c\",\"f2\":null}";

        assert_true(text_is(diffs[i].json_data, expected));
        assert_int_equal(diffs[i].time_ms, 500);
    }
    memory_synchronizer_note(
        world.s, OWNER,
        &(struct change){.model = world.mapping->models, .op = CHANGE_RECONCILE, .time_ms = 600});
    pull(6);
    expect_nothing(6);
}

static void compact_all(void)
{
    const struct compaction job = {OWNER, {INT64_MAX, 0}, 1000};
    struct compacted compacted;
    struct fail fail;

    assert_int_equal(world.ops->compaction->compact(world.s, &job, &compacted, &fail), RC_OK);
    assert_false(compacted.more);
}

static void note_reconcile(int64_t time_ms)
{
    memory_synchronizer_note(world.s, OWNER,
                             &(struct change){.model = world.mapping->models,
                                              .op = CHANGE_RECONCILE,
                                              .time_ms = time_ms});
}

/* What a summary says of its object, for the values that it does not have. */
static void test_reconcile_of_compacted(void **state)
{
    (void)state;
    begin_with_x();
    push(2, "d1", DIFF_CREATE, "gone", "f0=a", 100);
    push(3, "d2", DIFF_CREATE, "back", "f0=a", 100);
    push(4, "d3", DIFF_DELETE, "back", NULL, 100);
    compact_all();
    note_reconcile(400);
    pull(5);
    expect_nothing(5);
    put("x", "a", "changed");
    drop("gone");
    put("back", "b", "c");
    note_reconcile(500);
    pull(5);
    assert_int_equal(world.answer.next_clock, 6);
    assert_int_equal(world.answer.diffs.count, 3);
    for (size_t i = 0; i < 3; i++) {
        const struct diff *diff = &world.answer.diffs.items[i];
        const char *expected = text_is(diff->object_id, "x") ? "{\"id\":\"x\",\"f1\":\"changed\"}"
                               : text_is(diff->object_id, "gone")
                                   ? "{\"id\":\"gone\"}"
                                   : "{\"id\":\"back\",\"f0\":\"b\",\"f1\":\"c\",\"f2\":null}";

        assert_true(text_is(diff->json_data, expected));
    }
    note_reconcile(600);
    pull(6);
    expect_nothing(6);
}

/* Of two fields that one diff set one was set again, above the horizon: of the other nobody can say
 * any more whether the row has it. */
static void test_reconcile_of_part(void **state)
{
    struct diff *diff = ARENA_NEW(&world.arena, struct diff);

    (void)state;
    *diff = build_diff(&world.arena, world.mapping, "d0", DIFF_CREATE, 0, 100, "x", "f0=a", "f1=b",
                       NULL);
    diff->owner = OWNER;
    sync(0, diff, 1);
    compact_all();
    push(1, "d1", DIFF_UPDATE, "x", "f1=c", 110);
    note_reconcile(500);
    pull(2);
    expect(3, DIFF_UPDATE, "{\"id\":\"x\",\"f0\":\"a\"}"); /* too much, but never too little */
    note_reconcile(600);
    pull(3);
    expect_nothing(3);
}

/* Devices may have the row as it once was, or lack it. */
static void test_reconcile_of_adopted(void **state)
{
    (void)state;
    put("x", "a", "b");
    pull(0);
    assert_int_equal(world.answer.next_clock, 1);
    put("x", "c", "b");
    memory_synchronizer_note(
        world.s, OWNER,
        &(struct change){.model = world.mapping->models, .op = CHANGE_RECONCILE, .time_ms = 500});
    pull(1);
    assert_int_equal(world.answer.next_clock, 2);
    assert_int_equal(world.answer.diffs.count, 2);
    assert_int_equal(world.answer.diffs.items[0].type, DIFF_DELETE);
    assert_int_equal(world.answer.diffs.items[1].type, DIFF_CREATE);
    assert_true(text_is(world.answer.diffs.items[1].json_data,
                        "{\"id\":\"x\",\"f0\":\"c\",\"f1\":\"b\",\"f2\":null}"));
}

/* The drain is the owner's first change of the epoch: what lies before its base was lost. */
static void test_after_restore(void **state)
{
    const int64_t base = lineage_base(1);
    const struct sync_request lost = {.owner = OWNER, .clock = 3};
    struct lineage now;
    struct fail fail = {0};

    (void)state;
    begin_with_x();
    assert_int_equal(world.ops->lineages->raise(world.s, 0, &world.arena, &now, &fail), RC_OK);
    put("x", "c", "b");
    note(CHANGE_UPDATE, "x", 300, "0", false);
    pull(2);
    expect(base + 1, DIFF_UPDATE, "{\"id\":\"x\",\"f0\":\"c\"}");
    assert_int_equal(sync_apply(world.s, &lost, &world.arena, &world.answer, &fail), RC_REJECTED);
    assert_true(fail.restarts);
    assert_int_equal(fail.restart_clock, 2);
}

static unsigned begun;

/* Once the owner was drained already. */
static void change_x_late(void)
{
    if (++begun != 2)
        return;
    put("x", "late", "b");
    note(CHANGE_UPDATE, "x", 900, "0", false);
}

static void test_second_look(void **state)
{
    (void)state;
    begin_with_x();
    begun = 0;
    world.before_begin = change_x_late;
    note(CHANGE_UPDATE, "x", 200, "1", false);
    push(2, "d1", DIFF_UPDATE, "x", "f0=early", 800);
    expect(5, DIFF_UPDATE, "{\"id\":\"x\",\"f1\":\"b\",\"f0\":\"late\"}");
    assert_int_equal(begun, 3);
}

/* What others change meanwhile of other objects is for the next sync. */
static void change_y_late(void)
{
    if (++begun != 2)
        return;
    put("y", "late", "b");
    note(CHANGE_INSERT, "y", 900, "", false);
}

static void test_second_look_is_at_its_objects(void **state)
{
    (void)state;
    begin_with_x();
    begun = 0;
    world.before_begin = change_y_late;
    note(CHANGE_UPDATE, "x", 200, "1", false);
    push(2, "d1", DIFF_UPDATE, "x", "f0=new", 800);
    expect(4, DIFF_UPDATE, "{\"id\":\"x\",\"f1\":\"b\"}");
    assert_int_equal(begun, 2);
    pull(4);
    expect(5, DIFF_CREATE, "{\"id\":\"y\",\"f0\":\"late\",\"f1\":\"b\",\"f2\":null}");
}

static void note_x_gone(void)
{
    note(CHANGE_DELETE, "x", 900, "", false);
}

static void drop_x(void)
{
    drop("x");
    world.in_read = note_x_gone;
}

/* A row of which no diff tells goes while a device's update of it is under way: it did exist. */
static void test_row_goes_under_an_update(void **state)
{
    (void)state;
    put("x", "a", "b");
    pull(0);
    world.in_push = drop_x;
    push(1, "d1", DIFF_UPDATE, "x", "f0=new", 950);
    expect(3, DIFF_DELETE, "{\"id\":\"x\"}");
    pull(1);
    expect(3, DIFF_DELETE, "{\"id\":\"x\"}");
}

static void change_x_always(void)
{
    begun++;
    note(CHANGE_UPDATE, "x", 900 + begun, "1", false);
}

/* A push is not put off forever. */
static void test_busy_writer(void **state)
{
    (void)state;
    begin_with_x();
    begun = 0;
    world.before_begin = change_x_always;
    push(2, "d1", DIFF_UPDATE, "x", "f0=new", 800);
    expect(7, DIFF_UPDATE, "{\"id\":\"x\",\"f1\":\"b\"}");
    world.before_begin = NULL;
    assert_int_equal(begun, 5);
    pull(7);
    expect_nothing(7);
    pull(6);
    assert_int_equal(world.answer.diffs.count, 1);
}

/* Nor is one that was taken before. */
static void test_busy_writer_meets_a_resend(void **state)
{
    (void)state;
    begin_with_x();
    push(2, "d1", DIFF_UPDATE, "x", "f0=new", 800);
    begun = 0;
    world.before_begin = change_x_always;
    push(2, "d1", DIFF_UPDATE, "x", "f0=new", 800);
    expect(8, DIFF_UPDATE, "{\"id\":\"x\",\"f1\":\"b\"}");
    world.before_begin = NULL;
    assert_int_equal(begun, 5);
    pull(8);
    expect_nothing(8);
    pull(7);
    assert_int_equal(world.answer.diffs.count, 1);
}

static void write_row(const char *id, const char *f1, bool create)
{
    const struct field_value field = {.field = &world.mapping->models[0].fields[1],
                                      .value = value_of(f1)};
    const struct object object = {text_of(id), &field, 1};
    const struct owner_model of = {OWNER, world.mapping->models};
    struct fail fail;
    size_t applied;

    assert_int_equal(
        (create ? world.ops->create : world.ops->update)(world.s, of, &object, 1, &applied, &fail),
        RC_OK);
}

static void remove_row(const char *id)
{
    const struct text ids[] = {text_of(id)};
    struct fail fail;
    size_t applied;

    assert_int_equal(world.ops->remove(world.s, (struct owner_model){OWNER, world.mapping->models},
                                       (struct id_list){ids, 1}, &applied, &fail),
                     RC_OK);
}

static void trigger_updates(void)
{
    write_row("other", "t", false);
    note(CHANGE_UPDATE, "other", 950, "1", true);
}

static void trigger_creates(void)
{
    write_row("made", "t", true);
    note(CHANGE_INSERT, "made", 950, "", true);
}

static void trigger_deletes(void)
{
    remove_row("other");
    note(CHANGE_DELETE, "other", 950, "", true);
}

/* The device that pushed hears of it in the same response, the others with their next. */
static void check_side_effect(void (*trigger)(void), enum diff_type type, const char *json_data)
{
    begin_with_x();
    push(2, "d1", DIFF_CREATE, "other", "f0=o", 100);
    world.in_push = trigger;
    push(3, "d2", DIFF_UPDATE, "x", "f0=new", 800);
    expect(4, type, json_data);
    pull(4);
    expect_nothing(4);
    pull(3);
    assert_int_equal(world.answer.diffs.count, 2);
    assert_true(text_is(world.answer.diffs.items[0].json_data, "{\"id\":\"x\",\"f0\":\"new\"}"));
    assert_true(text_is(world.answer.diffs.items[1].json_data, json_data));
}

static void test_side_effect_updates(void **state)
{
    (void)state;
    check_side_effect(trigger_updates, DIFF_UPDATE, "{\"id\":\"other\",\"f1\":\"t\"}");
}

static void test_side_effect_creates(void **state)
{
    (void)state;
    check_side_effect(trigger_creates, DIFF_CREATE,
                      "{\"id\":\"made\",\"f0\":null,\"f1\":\"t\",\"f2\":null}");
}

static void test_side_effect_deletes(void **state)
{
    (void)state;
    check_side_effect(trigger_deletes, DIFF_DELETE, "{\"id\":\"other\"}");
}

/* The database deletes kid with x, and kid's own child with it, and clears f2 of loose. */
static enum rc find_children(struct synchronizer *s, struct owner_model of, struct id_list ids,
                             struct arena *arena, struct child_list *children_out,
                             struct fail *fail)
{
    const struct child_row family[] = {
        {.model = of.model, .id = TEXT_LITERAL("kid"), .deleted = true},
        {.model = of.model, .id = TEXT_LITERAL("loose"), .field = &of.model->fields[2]},
        {.model = of.model, .id = TEXT_LITERAL("kept"), .deleted = true},
    };
    const struct child_row grandchild = {
        .model = of.model, .id = TEXT_LITERAL("grandkid"), .deleted = true};

    (void)s;
    (void)fail;
    *children_out = (struct child_list){.items = ARENA_ARRAY(arena, 3, struct child_row)};
    for (size_t i = 0; i < ids.count; i++) {
        if (text_is(ids.items[i], "x")) {
            memcpy(children_out->items, family, sizeof(family));
            children_out->count = 3;
        } else if (text_is(ids.items[i], "kid")) {
            children_out->items[children_out->count++] = grandchild;
        }
    }
    return RC_OK;
}

static enum rc cascade(struct synchronizer *s, struct owner_model of, struct id_list ids,
                       size_t *applied_out, struct fail *fail)
{
    const struct field_value none = {.field = &of.model->fields[2],
                                     .value = {.kind = VALUE_NULL, .json = {"null", 4}}};
    size_t applied;

    assert_int_equal(
        world.ops->update(s, of, &(struct object){{"loose", 5}, &none, 1}, 1, &applied, fail),
        RC_OK);
    remove_row("kid");
    remove_row("grandkid");
    return world.ops->remove(s, of, ids, applied_out, fail);
}

/* Foreign keys fire no triggers in the child. The device that deletes the parent is told, too. */
static void test_cascade(void **state)
{
    static struct relation self;
    static const char *const IDS[] = {"kid", "loose", "kept", "grandkid"};
    int64_t clock = 2;
    size_t seen = 0;

    (void)state;
    self = (struct relation){.child = world.mapping->models,
                             .field = &world.mapping->models[0].fields[2],
                             .parent = world.mapping->models};
    world.family_ops = *world.ops->changes;
    world.family_ops.find_children = find_children;
    world.watched_ops.changes = &world.family_ops;
    world.watched_ops.remove = cascade;
    begin_with_x();
    for (size_t i = 0; i < 4; i++)
        push(clock++, IDS[i], DIFF_CREATE, IDS[i], "f2=x", 100);
    memory_synchronizer_set_relations(world.s, (struct relations){&self, 1});
    push(clock, "gone", DIFF_DELETE, "x", NULL, 900);
    assert_int_equal(world.answer.next_clock, clock + 1);
    assert_int_equal(world.answer.diffs.count, 3);
    pull(clock);
    assert_int_equal(world.answer.diffs.count, 4);
    for (size_t i = 0; i < 4; i++) {
        const struct diff *diff = &world.answer.diffs.items[i];

        seen += text_is(diff->object_id, "loose")
                    ? text_is(diff->json_data, "{\"id\":\"loose\",\"f2\":null}")
                    : diff->type == DIFF_DELETE && !text_is(diff->object_id, "kept");
    }
    assert_int_equal(seen, 4);
}

static void trigger_on_itself(void)
{
    write_row("x", "t", false);
    note(CHANGE_UPDATE, "x", 950, "1", true);
}

/* … laid over what it is told of the object anyway. */
static void test_side_effect_on_itself(void **state)
{
    (void)state;
    begin_with_x();
    push(1, "d1", DIFF_UPDATE, "x", "f2=c", 100);
    world.in_push = trigger_on_itself;
    push(1, "d2", DIFF_UPDATE, "x", "f0=new", 800);
    expect(4, DIFF_UPDATE, "{\"id\":\"x\",\"f2\":\"c\",\"f1\":\"t\"}");
    pull(3);
    expect(4, DIFF_UPDATE, "{\"id\":\"x\",\"f0\":\"new\",\"f1\":\"t\"}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_update, setup, teardown),
        cmocka_unit_test_setup_teardown(test_insert, setup, teardown),
        cmocka_unit_test_setup_teardown(test_delete, setup, teardown),
        cmocka_unit_test_setup_teardown(test_nothing_left_takes_no_clock, setup, teardown),
        cmocka_unit_test_setup_teardown(test_later_time_wins, setup, teardown),
        cmocka_unit_test_setup_teardown(test_uncertain_commit, setup, teardown),
        cmocka_unit_test_setup_teardown(test_many_batches, setup, teardown),
        cmocka_unit_test_setup_teardown(test_adoption, setup, teardown),
        cmocka_unit_test_setup_teardown(test_nobody_has_anything, setup, teardown),
        cmocka_unit_test_setup_teardown(test_reconcile, setup, teardown),
        cmocka_unit_test_setup_teardown(test_reconcile_of_compacted, setup, teardown),
        cmocka_unit_test_setup_teardown(test_reconcile_of_part, setup, teardown),
        cmocka_unit_test_setup_teardown(test_reconcile_of_adopted, setup, teardown),
        cmocka_unit_test_setup_teardown(test_after_restore, setup, teardown),
        cmocka_unit_test_setup_teardown(test_second_look, setup, teardown),
        cmocka_unit_test_setup_teardown(test_second_look_is_at_its_objects, setup, teardown),
        cmocka_unit_test_setup_teardown(test_row_goes_under_an_update, setup, teardown),
        cmocka_unit_test_setup_teardown(test_busy_writer, setup, teardown),
        cmocka_unit_test_setup_teardown(test_busy_writer_meets_a_resend, setup, teardown),
        cmocka_unit_test_setup_teardown(test_side_effect_updates, setup, teardown),
        cmocka_unit_test_setup_teardown(test_side_effect_creates, setup, teardown),
        cmocka_unit_test_setup_teardown(test_side_effect_deletes, setup, teardown),
        cmocka_unit_test_setup_teardown(test_cascade, setup, teardown),
        cmocka_unit_test_setup_teardown(test_side_effect_on_itself, setup, teardown),
    };

    return cmocka_run_group_tests_name("drain", tests, NULL, NULL);
}
