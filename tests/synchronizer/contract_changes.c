/* What every synchronizer must do with the outbox, and with rows that are walked through. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include "contract_changes.h"
#include "in_range.h"

static const struct contract_others *others;

void contract_changes_use(const struct contract_others *used)
{
    others = used;
}

static void assert_ok(const struct contract *c, enum rc rc)
{
    if (rc != RC_OK)
        fail_msg("rc %d %s: %s (%s)", (int)rc, fail_code_name(c->fail.code), c->fail.message,
                 c->fail.detail);
}

struct owner_state contract_drain(struct contract *c, const char *owner)
{
    struct owner_state state = {.next_clock = -1};

    assert_ok(c, c->ops->changes->begin(c->s, text_of(owner), &state, &c->fail));
    return state;
}

struct change_list contract_entries(struct contract *c, const char *owner, size_t max)
{
    struct change_list changes;

    assert_ok(c, c->ops->changes->read(c->s, text_of(owner), max, &c->arena, &changes, &c->fail));
    return changes;
}

void contract_take(struct contract *c, const char *owner, const struct change_list *changes)
{
    assert_ok(c, c->ops->changes->take(c->s, text_of(owner), changes, &c->fail));
}

bool contract_is_behind(struct contract *c, const char *owner)
{
    bool behind = false;

    assert_ok(c, c->ops->changes->behind(c->s, text_of(owner), &behind, &c->fail));
    return behind;
}

static void set_reconciled(struct contract *c, const char *owner, bool adopted)
{
    assert_ok(c, c->ops->changes->set_reconciled(c->s, text_of(owner), adopted, &c->fail));
}

void contract_settle(struct contract *c, const char *owner)
{
    struct change_list changes;

    contract_drain(c, owner);
    changes = contract_entries(c, owner, 10000);
    contract_take(c, owner, &changes);
    set_reconciled(c, owner, false);
    contract_commit(c);
}

size_t contract_walk(struct contract *c, const char *owner, const struct model *model, size_t limit,
                     void (*seen)(void *context, const struct object_row *row), void *context)
{
    struct row_walk walk = {
        .owner = text_of(owner), .model = model, .limit = limit, .more = true, .arena = &c->arena};
    struct object_row_list rows;
    int64_t clock;
    size_t count = 0;

    assert_ok(c, c->ops->begin_snapshot(c->s, text_of(owner), &clock, &c->fail));
    while (walk.more) {
        assert_ok(c, c->ops->changes->read_rows(c->s, &walk, &c->arena, &rows, &c->fail));
        assert_true(rows.count <= limit);
        count += rows.count;
        for (size_t i = 0; i < rows.count; i++)
            seen(context, &rows.items[i]);
    }
    c->ops->rollback(c->s);
    return count;
}

static bool push_is_behind(struct contract *c, const char *owner)
{
    const struct text id = TEXT_LITERAL("unknown");
    const struct push_query query = {.owner = text_of(owner), .ids = &id, .count = 1};
    struct known_id known;
    struct history history;

    contract_begin(c, owner);
    assert_ok(c, c->ops->read_push(c->s, &query, &c->arena, &history, &known, &c->fail));
    assert_int_equal(known.clock, -1);
    c->ops->rollback(c->s);
    return history.behind;
}

static bool snapshot_is_behind(struct contract *c, const char *owner)
{
    int64_t clock;
    bool behind;

    assert_ok(c, c->ops->begin_snapshot(c->s, text_of(owner), &clock, &c->fail));
    behind = contract_is_behind(c, owner);
    c->ops->rollback(c->s);
    return behind;
}

static void expect_behind(struct contract *c, const char *owner, bool behind)
{
    assert_int_equal(contract_history(c, owner, 0).behind, behind);
    assert_int_equal(contract_history(c, owner, 9999).behind, behind);
    assert_int_equal(push_is_behind(c, owner), behind);
    assert_int_equal(snapshot_is_behind(c, owner), behind);
}

static void test_who_is_behind(void **state)
{
    struct contract *c = *state;
    struct owner_state owner;
    bool adopted;

    expect_behind(c, "alice", true);
    owner = contract_drain(c, "alice");
    assert_int_equal(owner.next_clock, 0);
    assert_false(owner.reconciled || owner.adopted);
    assert_true(contract_is_behind(c, "alice"));
    set_reconciled(c, "alice", true);
    c->ops->rollback(c->s);
    expect_behind(c, "alice", true);
    contract_drain(c, "alice");
    set_reconciled(c, "alice", true);
    assert_ok(c, c->ops->changes->find_adopted(c->s, text_of("alice"), &adopted, &c->fail));
    assert_true(adopted);
    assert_false(contract_is_behind(c, "alice"));
    contract_commit(c);
    expect_behind(c, "alice", false);
    expect_behind(c, "bob", true);
    owner = contract_drain(c, "alice");
    assert_true(owner.reconciled && owner.adopted);
    c->ops->rollback(c->s);
    others->put(c, "alice", "x", "a");
    expect_behind(c, "alice", true);
    contract_settle(c, "bob");
    expect_behind(c, "bob", false);
    assert_int_equal(contract_history(c, "bob", 0).next_clock, 0);
}

static void expect_entry(const struct change *entry, enum change_op op, const char *id)
{
    assert_int_equal(entry->op, op);
    assert_ptr_equal(entry->model, OTHER);
    assert_text(entry->model_name, OTHER->name);
    assert_text(entry->object_id, text_of(id));
    assert_false(entry->own);
    assert_true(entry->time_ms > 0);
}

static void test_entries(void **state)
{
    struct contract *c = *state;
    struct change_list entries;

    others->put(c, "alice", "it's", "a");
    others->put(c, "alice", "it's", "b");
    others->put(c, "bob", "x", "b");
    others->drop(c, "alice", "it's");
    contract_drain(c, "alice");
    entries = contract_entries(c, "alice", 3);
    assert_int_equal(entries.count, 3);
    assert_false(entries.more);
    expect_entry(&entries.items[0], CHANGE_INSERT, "it's");
    expect_entry(&entries.items[1], CHANGE_UPDATE, "it's");
    assert_false(entries.items[1].all_fields);
    assert_int_equal(entries.items[1].field_count, 1);
    assert_ptr_equal(entries.items[1].fields[0], &OTHER->fields[0]);
    expect_entry(&entries.items[2], CHANGE_DELETE, "it's");
    entries = contract_entries(c, "alice", 2);
    assert_int_equal(entries.count, 2);
    assert_true(entries.more);
    contract_take(c, "alice", &entries);
    assert_int_equal(contract_entries(c, "alice", 9).count, 1);
    c->ops->rollback(c->s);
    contract_drain(c, "alice");
    assert_int_equal(contract_entries(c, "alice", 9).count, 3);
    contract_take(c, "alice", &entries);
    contract_commit(c);
    contract_drain(c, "alice");
    entries = contract_entries(c, "alice", 9);
    assert_int_equal(entries.count, 1);
    expect_entry(&entries.items[0], CHANGE_DELETE, "it's");
    c->ops->rollback(c->s);
    contract_drain(c, "bob");
    assert_int_equal(contract_entries(c, "bob", 9).count, 1);
}

static void test_many_entries(void **state)
{
    enum { MANY = 1200 }; /* more than a packet takes */
    struct contract *c = *state;
    struct change_list entries;
    char id[16];

    for (int i = 0; i < MANY; i++) {
        snprintf(id, sizeof(id), "%04d", i);
        others->put(c, "alice", id, "a");
    }
    contract_drain(c, "alice");
    entries = contract_entries(c, "alice", 10000);
    assert_int_equal(entries.count, MANY);
    for (int i = 0; i < MANY; i++) {
        snprintf(id, sizeof(id), "%04d", i);
        expect_entry(&entries.items[i], CHANGE_INSERT, id);
    }
    contract_take(c, "alice", &entries);
    contract_commit(c);
    contract_drain(c, "alice");
    assert_int_equal(contract_entries(c, "alice", 1).count, 0);
}

static void test_clocks_of_drains(void **state)
{
    struct contract *c = *state;
    const struct diff first = contract_diff("1", 4, DIFF_CREATE, OTHER, "x");
    const struct diff second = contract_diff("2", 4, DIFF_UPDATE, OTHER, "x");
    struct history history;

    contract_begin(c, "alice");
    contract_commit(c);
    for (int round = 0; round < 2; round++) {
        assert_int_equal(contract_drain(c, "alice").next_clock, 1);
        assert_ok(c, c->ops->changes->take_clock(c->s, text_of("alice"), 4, &c->fail));
        contract_append(c, "alice", &first);
        contract_append(c, "alice", &second);
        if (round == 0)
            c->ops->rollback(c->s);
        else
            contract_commit(c);
    }
    history = contract_history(c, "alice", 0);
    assert_int_equal(history.next_clock, 5);
    assert_int_equal(history.diffs.count, 2);
    assert_text(history.diffs.items[0].id, TEXT_LITERAL("1"));
    assert_text(history.diffs.items[1].id, TEXT_LITERAL("2"));
    /* A drain without anything to tell takes none. */
    contract_settle(c, "alice");
    assert_int_equal(contract_history(c, "alice", 0).next_clock, 5);
    assert_int_equal(contract_begin(c, "alice"), 5);
}

/* What others commit in the middle of a push is there; what the push takes is its own to undo. */
static void test_entries_within_a_push(void **state)
{
    struct contract *c = *state;
    struct change_list entries;

    contract_settle(c, "alice");
    for (int round = 0; round < 2; round++) {
        contract_begin(c, "alice");
        contract_create(c, "alice", OTHER, "mine", "a");
        assert_int_equal(contract_entries(c, "alice", 9).count, round);
        if (round == 0)
            others->put(c, "alice", "theirs", "b");
        entries = contract_entries(c, "alice", 9);
        assert_int_equal(entries.count, 1);
        expect_entry(&entries.items[0], CHANGE_INSERT, "theirs");
        contract_take(c, "alice", &entries);
        assert_int_equal(contract_entries(c, "alice", 9).count, 0);
        if (round == 0)
            c->ops->rollback(c->s);
        else
            contract_commit(c);
        expect_behind(c, "alice", round == 0);
    }
}

/* Two calls in one transaction keep their order. */
static void test_appends_of_a_push(void **state)
{
    struct contract *c = *state;
    const int64_t clock = contract_begin(c, "alice");
    const struct diff first = contract_diff("b", clock, DIFF_CREATE, OTHER, "x");
    const struct diff second = contract_diff("a", clock, DIFF_UPDATE, OTHER, "x");
    struct history history;

    contract_append(c, "alice", &first);
    contract_append(c, "alice", &second);
    contract_commit(c);
    history = contract_history(c, "alice", 0);
    assert_int_equal(history.diffs.count, 2);
    assert_text(history.diffs.items[0].id, first.id);
    assert_text(history.diffs.items[1].id, second.id);
}

static void test_told(void **state)
{
    const struct text ids[] = {TEXT_LITERAL("live"), TEXT_LITERAL("gone"), TEXT_LITERAL("never")};
    struct contract *c = *state;
    const int64_t clock = contract_begin(c, "alice");
    const struct diff diffs[] = {
        contract_diff("1", clock, DIFF_DELETE, SOFT, "live"),
        contract_diff("2", clock, DIFF_CREATE, SOFT, "live"),
        contract_diff("3", clock, DIFF_DELETE, SOFT, "gone"),
    };
    struct object_past past[3];

    contract_create(c, "alice", SOFT, "live", "a");
    contract_create(c, "alice", SOFT, "never", "a");
    for (size_t i = 0; i < ARRAY_LEN(diffs); i++)
        contract_append(c, "alice", &diffs[i]);
    contract_remove(c, "alice", SOFT, "live");
    contract_remove(c, "alice", SOFT, "never");
    contract_commit(c);
    contract_drain(c, "alice");
    assert_ok(c, c->ops->changes->find_told(c->s, (struct owner_model){text_of("alice"), SOFT},
                                            (struct id_list){ids, 3}, past, &c->fail));
    assert_true(past[0].existed && !past[0].deleted);
    assert_true(past[1].existed && past[1].deleted);
    assert_false(past[2].existed);
}

#define WALKED 2500

struct walked {
    unsigned seen[WALKED];
};

static void see_number(void *context, const struct object_row *row)
{
    struct walked *walked = context;
    uint64_t number;

    assert_true(text_to_uint(row->id, WALKED - 1, &number));
    walked->seen[number]++;
    assert_text(row->values[0].text, row->id);
}

static void create_many(struct contract *c, const char *owner, const struct model *model)
{
    static char ids[WALKED][8];
    static struct field_value fields[WALKED];
    static struct object objects[WALKED];
    size_t applied;

    for (size_t i = 0; i < WALKED; i++) {
        snprintf(ids[i], sizeof(ids[i]), "%zu", i);
        fields[i] = contract_text(model, 0, ids[i]);
        objects[i] = contract_object(ids[i], &fields[i], 1);
    }
    contract_begin(c, owner);
    assert_ok(c, c->ops->create(c->s, (struct owner_model){text_of(owner), model}, objects, WALKED,
                                &applied, &c->fail));
    contract_commit(c);
}

static void test_walks(void **state)
{
    static const size_t LIMITS[] = {100, 999, WALKED, WALKED + 1};
    struct contract *c = *state;

    create_many(c, "alice", OTHER);
    create_many(c, "alic", OTHER);
    for (size_t i = 0; i < ARRAY_LEN(LIMITS); i++) {
        struct walked walked = {{0}};

        assert_int_equal(contract_walk(c, "alice", OTHER, LIMITS[i], see_number, &walked), WALKED);
        for (size_t k = 0; k < WALKED; k++)
            assert_int_equal(walked.seen[k], 1);
    }
    assert_int_equal(contract_walk(c, "nobody", OTHER, 1, see_number, NULL), 0);
    assert_int_equal(contract_walk(c, "alice", ALL, 1, see_number, NULL), 0);
}

static void see_live(void *context, const struct object_row *row)
{
    ++*(size_t *)context;
    assert_text(row->id, TEXT_LITERAL("live"));
    assert_text(row->values[0].text, TEXT_LITERAL("a"));
}

static void test_walks_leave_soft_deletes_out(void **state)
{
    const struct model *models[] = {SOFT, FLAGGED};
    struct contract *c = *state;
    size_t seen = 0;

    contract_begin(c, "alice");
    for (size_t i = 0; i < ARRAY_LEN(models); i++) {
        contract_create(c, "alice", models[i], "gone", "a");
        contract_create(c, "alice", models[i], "live", "a");
        contract_remove(c, "alice", models[i], "gone");
    }
    contract_commit(c);
    for (size_t i = 0; i < ARRAY_LEN(models); i++)
        assert_int_equal(contract_walk(c, "alice", models[i], 1, see_live, &seen), 1);
    assert_int_equal(seen, 2);
}

/* An estimate is of at least what was counted. */
static void expect_size(struct contract *c, uint64_t max, uint64_t entries)
{
    struct outbox_size size;

    assert_ok(c, c->ops->changes->measure(c->s, max, &size, &c->fail));
    assert_int_equal(size.estimated, entries == max);
    if (size.estimated)
        assert_int_in_range(size.entries, entries, 100);
    else
        assert_int_equal(size.entries, entries);
    assert_int_equal(size.oldest_ms > 0, entries > 0);
}

static void test_measure(void **state)
{
    struct contract *c = *state;

    expect_size(c, 9, 0);
    others->put(c, "alice", "x", "a");
    others->put(c, "bob", "x", "a");
    others->drop(c, "bob", "x");
    expect_size(c, 9, 3);
    expect_size(c, 2, 2);
    contract_settle(c, "bob");
    expect_size(c, UINT64_MAX, 1);
}

/* How many of the rows x, y and z of "other" it gives; each that it gives has this text. */
static size_t settled_rows(struct contract *c, const char *owner, int64_t next_clock,
                           const char *text)
{
    const struct text ids[] = {TEXT_LITERAL("x"), TEXT_LITERAL("y"), TEXT_LITERAL("z")};
    const struct owner_model of = {text_of(owner), OTHER};
    struct row rows[ARRAY_LEN(ids)];
    size_t live = 0;

    assert_ok(c, c->ops->read_settled(c->s, of, (struct id_list){ids, ARRAY_LEN(ids)}, next_clock,
                                      &c->arena, rows, &c->fail));
    for (size_t i = 0; i < ARRAY_LEN(ids); i++) {
        if (!rows[i].live)
            continue;
        assert_true(text_is(rows[i].values[0].text, text));
        live++;
    }
    return live;
}

static void test_settled_rows(void **state)
{
    struct contract *c = *state;

    (void)contract_history(c, "alice", 0); /* the first statement of a connection is another one */
    others->put(c, "alice", "x", "a");
    others->put(c, "alice", "y", "a");
    others->put(c, "bob", "x", "b");
    assert_int_equal(settled_rows(c, "alice", 0, "a"), 0); /* untold */
    contract_drain(c, "alice");
    assert_ok(c, c->ops->changes->take_clock(c->s, TEXT_LITERAL("alice"), 4, &c->fail));
    contract_commit(c);
    assert_int_equal(settled_rows(c, "alice", 5, "a"), 0); /* still */
    contract_settle(c, "alice");
    assert_int_equal(settled_rows(c, "alice", 5, "a"), 2);
    assert_int_equal(settled_rows(c, "alice", 4, "a"), 0);
    assert_int_equal(settled_rows(c, "alice", 6, "a"), 0);
    assert_int_equal(settled_rows(c, "bob", 5, "b"), 0); /* whose own clock counts, and outbox */
    others->put(c, "alice", "x", "c");
    assert_int_equal(settled_rows(c, "alice", 5, "a"), 0);
    others->put(c, "alice", "y", "c");
    contract_settle(c, "alice");
    assert_int_equal(settled_rows(c, "alice", 5, "c"), 2);
    others->drop(c, "alice", "x");
    contract_settle(c, "alice");
    assert_int_equal(settled_rows(c, "alice", 5, "c"), 1);
    assert_int_equal(settled_rows(c, "nobody", 0, ""), 0);
    contract_begin(c, "alice"); /* nobody's lock is in the way */
    c->ops->rollback(c->s);
}

static struct waiting_list waiting_behind(struct contract *c, const char *after, size_t max)
{
    struct waiting_list waiting;

    assert_ok(
        c, c->ops->changes->find_waiting(c->s, text_of(after), max, &c->arena, &waiting, &c->fail));
    return waiting;
}

static void test_who_waits(void **state)
{
    struct contract *c = *state;
    struct waiting_list waiting;
    uint64_t last_seq;

    assert_int_equal(waiting_behind(c, "", 9).count, 0);
    others->put(c, "alice", "x", "a");
    others->put(c, "bob", "x", "a");
    others->put(c, "carol", "x", "a");
    contract_settle(c, "carol");
    waiting = waiting_behind(c, "", 9);
    assert_int_equal(waiting.count, 2);
    assert_true(text_is(waiting.items[0].owner, "alice"));
    assert_true(text_is(waiting.items[1].owner, "bob"));
    assert_int_equal(waiting.items[0].next_clock, 0);
    assert_true(waiting.items[0].oldest_ms > 0);
    last_seq = waiting.items[0].last_seq;
    assert_int_equal(waiting_behind(c, "", 1).count, 1);
    assert_true(text_is(waiting_behind(c, "alice", 9).items[0].owner, "bob"));
    assert_int_equal(waiting_behind(c, "bob", 9).count, 0);
    assert_int_equal(waiting_behind(c, "", 9).items[0].last_seq, last_seq);
    others->put(c, "alice", "x", "b");
    assert_int_not_equal(waiting_behind(c, "", 9).items[0].last_seq, last_seq);
    contract_drain(c, "bob");
    assert_ok(c, c->ops->changes->take_clock(c->s, TEXT_LITERAL("bob"), 7, &c->fail));
    contract_commit(c);
    assert_int_equal(waiting_behind(c, "alice", 9).items[0].next_clock, 8);
}

/* More entries of one owner than a synchronizer reads at once. */
static void test_who_waits_with_much(void **state)
{
    struct contract *c = *state;
    struct waiting_list waiting;
    uint64_t last_seq;
    char id[16];

    others->put(c, "aaron", "x", "a");
    for (unsigned i = 0; i < 100; i++) {
        snprintf(id, sizeof(id), "%u", i);
        others->put(c, "alice", id, "a");
    }
    others->put(c, "bob", "x", "a");
    waiting = waiting_behind(c, "", 9);
    assert_int_equal(waiting.count, 3);
    assert_true(text_is(waiting.items[1].owner, "alice"));
    assert_true(text_is(waiting.items[2].owner, "bob"));
    last_seq = waiting.items[1].last_seq;
    waiting = waiting_behind(c, "", 2);
    assert_int_equal(waiting.count, 2);
    assert_int_equal(waiting.items[1].last_seq, last_seq);
    others->put(c, "alice", "last", "a");
    assert_int_not_equal(waiting_behind(c, "", 2).items[1].last_seq, last_seq);
    assert_int_equal(waiting_behind(c, "", 1).count, 1);
}

static void test_elects(void **state)
{
    struct contract *c = *state;

    for (unsigned i = 0; i < 2; i++) {
        bool elected = false;

        assert_ok(c, c->ops->elect(c->s, &elected, &c->fail));
        assert_true(elected);
    }
}

static uint64_t reconcile(struct contract *c, const char *owner, const struct model *model)
{
    uint64_t owners = 99;

    assert_ok(c, c->ops->changes->reconcile(c->s, text_of(owner), model, &owners, &c->fail));
    return owners;
}

static void test_reconcile(void **state)
{
    struct contract *c = *state;
    struct change_list entries;

    assert_int_equal(reconcile(c, "", NULL), 0);
    contract_settle(c, "alice");
    contract_settle(c, "bob");
    assert_int_equal(reconcile(c, "alice", NULL), 1);
    expect_behind(c, "alice", true);
    expect_behind(c, "bob", false);
    assert_false(contract_drain(c, "alice").reconciled);
    c->ops->rollback(c->s);
    contract_settle(c, "alice");
    assert_int_equal(reconcile(c, "", NULL), 2);
    expect_behind(c, "alice", true);
    expect_behind(c, "bob", true);
    contract_settle(c, "alice");
    contract_settle(c, "bob");
    expect_behind(c, "alice", false);
    assert_int_equal(reconcile(c, "bob", OTHER), 1);
    expect_behind(c, "alice", false);
    assert_int_equal(reconcile(c, "", OTHER), 2);
    expect_behind(c, "alice", true);
    assert_true(contract_drain(c, "bob").reconciled);
    entries = contract_entries(c, "bob", 9);
    assert_int_equal(entries.count, 2);
    expect_entry(&entries.items[0], CHANGE_RECONCILE, "");
    expect_entry(&entries.items[1], CHANGE_RECONCILE, "");
}

int contract_changes_run(const char *name, const struct contract_subject *subject)
{
    static const struct CMUnitTest tests[] = {
        CONTRACT_TEST(test_who_is_behind),
        CONTRACT_TEST(test_entries),
        CONTRACT_TEST(test_many_entries),
        CONTRACT_TEST(test_clocks_of_drains),
        CONTRACT_TEST(test_entries_within_a_push),
        CONTRACT_TEST(test_appends_of_a_push),
        CONTRACT_TEST(test_told),
        CONTRACT_TEST(test_walks),
        CONTRACT_TEST(test_walks_leave_soft_deletes_out),
        CONTRACT_TEST(test_measure),
        CONTRACT_TEST(test_settled_rows),
        CONTRACT_TEST(test_who_waits),
        CONTRACT_TEST(test_who_waits_with_much),
        CONTRACT_TEST(test_elects),
        CONTRACT_TEST(test_reconcile),
    };

    contract_use(subject);
    return cmocka_run_group_tests_name(name, tests, NULL, NULL);
}
