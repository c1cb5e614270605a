/* summary.c, summary_text.c, summary_tell.c: every short run of diffs, folded at every place,
 * against the net effect of the diffs themselves (docs/merging.md 15). */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>

#include "build.h"
#include "fold.h"
#include "id.h"
#include "summary.h"

#define FIELDS  ((size_t)3)
#define LONGEST 5u
/* A create of one field, of all fields, updates of one of them, a delete. */
#define KINDS 5u

struct world {
    struct arena arena;
    struct mapping *mapping;
};

static int setup(void **state)
{
    static struct world world;

    arena_init(&world.arena);
    world.mapping = build_mapping(&world.arena, FIELDS);
    *state = &world;
    return 0;
}

static int teardown(void **state)
{
    struct world *world = *state;

    arena_release(&world->arena);
    return 0;
}

static struct diff diff_of(struct world *world, unsigned kind, int64_t clock)
{
    char id[24], f0[16], f1[16], f2[16];

    snprintf(id, sizeof(id), "d%lld", (long long)clock);
    snprintf(f0, sizeof(f0), "f0=a%lld", (long long)clock);
    snprintf(f1, sizeof(f1), "f1=b%lld", (long long)clock);
    snprintf(f2, sizeof(f2), "f2=c%lld", (long long)clock);
    switch (kind) {
    case 0:
        return build_diff(&world->arena, world->mapping, id, DIFF_CREATE, clock, 100 + clock, "x",
                          f0, NULL);
    case 1:
        return build_diff(&world->arena, world->mapping, id, DIFF_CREATE, clock, 100 + clock, "x",
                          f0, f1, f2, NULL);
    case 2:
        return build_diff(&world->arena, world->mapping, id, DIFF_UPDATE, clock, 100 + clock, "x",
                          f1, NULL);
    case 3:
        return build_diff(&world->arena, world->mapping, id, DIFF_UPDATE, clock, 100 + clock, "x",
                          f0, f2, NULL);
    default:
        break;
    }
    return build_diff(&world->arena, world->mapping, id, DIFF_DELETE, clock, 100 + clock, "x",
                      NULL);
}

/* What a run comes to: is the object there, since which clock, and its row. */
struct end {
    bool live;
    struct value values[FIELDS];
    int64_t clocks[FIELDS]; /* -1: nobody set it */
    int64_t times[FIELDS];
};

static void play(const struct diff *diff, struct end *end)
{
    if (diff->type == DIFF_DELETE || (diff->type == DIFF_CREATE && !end->live)) {
        *end = (struct end){.live = diff->type == DIFF_CREATE};
        for (size_t i = 0; i < FIELDS; i++)
            end->clocks[i] = -1;
    }
    for (size_t i = 0; end->live && i < diff->field_count; i++) {
        const size_t at = diff->fields[i].field->index;

        end->values[at] = diff->fields[i].value;
        end->clocks[at] = diff->clock;
        end->times[at] = diff->fields[i].time_ms;
    }
}

struct run {
    struct diff diffs[LONGEST];
    size_t count;
    bool began; /* the object was there before */
    struct end end;
};

/* False if it could not happen. */
static bool make_run(struct world *world, unsigned number, size_t count, bool began,
                     struct run *run_out)
{
    *run_out = (struct run){.count = count, .began = began, .end = {.live = began}};
    for (size_t i = 0; i < FIELDS; i++)
        run_out->end.clocks[i] = -1;
    for (size_t i = 0; i < count; i++, number /= KINDS) {
        const unsigned kind = number % KINDS;

        if ((kind < 2) == run_out->end.live)
            return false;
        run_out->diffs[i] = diff_of(world, kind, (int64_t)i);
        for (size_t f = 0; f < run_out->diffs[i].field_count; f++)
            run_out->diffs[i].fields[f].source = &run_out->diffs[i];
        play(&run_out->diffs[i], &run_out->end);
    }
    return true;
}

/* As it is read back from its stored form. */
static struct summary *reread(struct world *world, const struct summary *summary)
{
    struct summary *read = ARENA_NEW(&world->arena, struct summary);
    struct fail fail;

    summary_init(read, summary->model, summary->object_id, &world->arena);
    read->first_clock = summary->first_clock;
    read->created_clock = summary->created_clock;
    read->created_ms = summary->created_ms;
    read->deleted_clock = summary->deleted_clock;
    read->deleted_ms = summary->deleted_ms;
    read->last_clock = summary->last_clock;
    read->last_seq = summary->last_seq;
    assert_int_equal(summary_parse_fields(read, summary_write_fields(summary, &world->arena),
                                          &world->arena, &fail),
                     RC_OK);
    return read;
}

/* In two steps, the second from what the first has stored. */
static struct summary *fold_at(struct world *world, const struct run *run, size_t first,
                               size_t second)
{
    struct summary *summary = ARENA_NEW(&world->arena, struct summary);

    summary_init(summary, &world->mapping->models[0], text_of("x"), &world->arena);
    for (size_t i = 0; i < first; i++)
        summary_add(summary, &run->diffs[i], (int64_t)i, NULL, &world->arena);
    if (first > 0)
        summary = reread(world, summary);
    for (size_t i = first; i < second; i++)
        summary_add(summary, &run->diffs[i], (int64_t)i, NULL, &world->arena);
    return reread(world, summary);
}

/* What is told since a clock: the summary, then the diffs that it does not hold. */
static struct net told_since(struct world *world, const struct run *run,
                             const struct summary *summary, size_t folded, int64_t since,
                             const struct value *row)
{
    struct summary_query query = {
        .owner = text_of("o"), .since_clock = since, .until_clock = INT64_MAX};
    struct diff *told = ARENA_ARRAY(&world->arena, SUMMARY_DIFFS_MAX, struct diff);
    struct net net;
    size_t count;
    struct fail fail;

    for (size_t i = folded; i < run->count; i++)
        query.without_row |= run->diffs[i].type == DIFF_DELETE;
    net_init(&net, &world->mapping->models[0], &world->arena);
    count = summary_tell(summary, &query, row, &world->arena, told);
    for (size_t i = 0; i < count; i++) {
        assert_ptr_equal(told[i].summary, summary);
        assert_true(told[i].clock >= since && told[i].clock < (int64_t)folded);
        assert_true(told[i].type == DIFF_DELETE || i + 1 == count);
        assert_int_equal(diff_parse_stored(&told[i], &world->arena, &fail), RC_OK);
        net_add(&net, &told[i], told[i].type);
    }
    for (size_t i = folded; i < run->count; i++)
        if (run->diffs[i].clock >= since)
            net_add(&net, &run->diffs[i], run->diffs[i].type);
    return net;
}

static struct net net_since(struct world *world, const struct run *run, int64_t since)
{
    struct net net;

    net_init(&net, &world->mapping->models[0], &world->arena);
    for (size_t i = 0; i < run->count; i++)
        if (run->diffs[i].clock >= since)
            net_add(&net, &run->diffs[i], run->diffs[i].type);
    return net;
}

static bool leaves(enum net_kind kind)
{
    return kind == NET_CREATE || kind == NET_UPDATE || kind == NET_REPLACE;
}

/* Each field that changed since is told as the row has it, with the time of its last setting; and
 * what else is told is so, too. */
static void check_fields(const struct run *run, const struct net *net, int64_t since)
{
    for (size_t i = 0; i < FIELDS; i++) {
        const struct field_value *told = net_field(net, &net->model->fields[i]);

        if (run->end.clocks[i] >= since)
            assert_non_null(told);
        if (told == NULL)
            continue;
        assert_true(value_equal(&told->value, &run->end.values[i]));
        assert_int_equal(told->time_ms, run->end.times[i]);
        if (net->kind == NET_UPDATE)
            assert_true(run->end.clocks[i] >= since);
    }
}

static void check_told(struct world *world, const struct run *run, size_t first, size_t folded,
                       int64_t since)
{
    const struct summary *summary = fold_at(world, run, first, folded);
    const struct value *row = run->end.live ? run->end.values : NULL;
    const struct net told = told_since(world, run, summary, folded, since, row);
    const struct net net = net_since(world, run, since);

    if (run->end.live) {
        assert_int_equal(leaves(told.kind), leaves(net.kind));
        if (net.kind == NET_UPDATE && since > 0)
            assert_int_equal(told.kind, NET_UPDATE);
        if (net.kind == NET_REPLACE)
            assert_true(told.kind == NET_REPLACE || (since == 0 && told.kind == NET_CREATE));
        check_fields(run, &told, since);
    } else if (net.kind == NET_DELETE) {
        assert_true(told.kind == NET_DELETE || (since == 0 && told.kind == NET_CANCELLED));
    } else {
        assert_true(told.kind == NET_NONE || told.kind == NET_DELETE || told.kind == NET_CANCELLED);
    }
}

static void test_tells_what_changed(void **state)
{
    struct world *world = *state;
    unsigned runs = 1, checked = 0;

    for (size_t count = 1; count <= LONGEST; count++) {
        runs *= KINDS;
        for (unsigned number = 0; number < 2 * runs; number++) {
            struct run run;

            arena_clear(&world->arena);
            world->mapping = build_mapping(&world->arena, FIELDS);
            if (!make_run(world, number % runs, count, number >= runs, &run))
                continue;
            for (size_t folded = 1; folded <= count; folded++)
                for (size_t first = 0; first < folded; first++)
                    for (size_t since = 0; since <= count; since++, checked++)
                        check_told(world, &run, first, folded, (int64_t)since);
        }
    }
    assert_true(checked > 10000);
}

/* Whether it was there all the time cannot be told of what was created again: it is made again. */
static void test_kinds(void **state)
{
    static const struct {
        const unsigned kinds[LONGEST];
        size_t count;
        bool began;
        int64_t since;
        enum net_kind kind;
    } CASES[] = {
        {{1}, 1, false, 0, NET_CREATE},          {{1, 2}, 2, false, 1, NET_UPDATE},
        {{1, 2}, 2, false, 2, NET_NONE},         {{1, 4}, 2, false, 0, NET_DELETE},
        {{1, 4}, 2, false, 1, NET_DELETE},       {{1, 4, 1}, 3, false, 0, NET_CREATE},
        {{1, 4, 1}, 3, false, 1, NET_REPLACE},   {{1, 4, 1}, 3, false, 2, NET_REPLACE},
        {{1, 4, 1, 2}, 4, false, 3, NET_UPDATE}, {{2}, 1, true, 0, NET_CREATE},
        {{2, 3}, 2, true, 1, NET_UPDATE},        {{4, 1}, 2, true, 1, NET_REPLACE},
    };
    struct world *world = *state;

    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        unsigned number = 0;
        struct run run;
        struct net net;

        for (size_t k = CASES[i].count; k > 0; k--)
            number = number * KINDS + CASES[i].kinds[k - 1];
        assert_true(make_run(world, number, CASES[i].count, CASES[i].began, &run));
        net = told_since(world, &run, fold_at(world, &run, 0, run.count), run.count, CASES[i].since,
                         run.end.live ? run.end.values : NULL);
        assert_int_equal(net.kind, CASES[i].kind);
    }
}

/* One that began since the clock is no news but its create. */
static void test_began_since(void **state)
{
    struct world *world = *state;
    const struct summary_query query = {
        .owner = text_of("o"), .since_clock = 3, .until_clock = INT64_MAX};
    struct diff told[SUMMARY_DIFFS_MAX];
    struct summary summary;
    struct diff diff = diff_of(world, 1, 5);
    struct end end = {.live = false};

    play(&diff, &end);
    summary_init(&summary, &world->mapping->models[0], text_of("x"), &world->arena);
    summary_add(&summary, &diff, 0, NULL, &world->arena);
    assert_int_equal(summary_tell(&summary, &query, end.values, &world->arena, told), 1);
    assert_int_equal(told[0].type, DIFF_CREATE);
    assert_int_equal(told[0].clock, 5);
}

/* What became of it behind `until` is for the next sync, and no clock is behind it. */
static void test_until(void **state)
{
    struct world *world = *state;
    struct summary_query query = {.owner = text_of("o"), .since_clock = 1};
    struct diff told[SUMMARY_DIFFS_MAX];
    struct run run;
    const struct summary *summary;

    assert_true(make_run(world, 1 + 2 * KINDS + 3 * KINDS * KINDS, 3, false, &run));
    summary = fold_at(world, &run, 0, 3);
    query.until_clock = 2;
    assert_int_equal(summary_tell(summary, &query, run.end.values, &world->arena, told), 1);
    assert_int_equal(told[0].type, DIFF_UPDATE);
    assert_int_equal(told[0].clock, 1);
    query = (struct summary_query){.owner = text_of("o"), .until_clock = 0};
    assert_int_equal(summary_tell(summary, &query, run.end.values, &world->arena, told), 0);
    query.until_clock = 1;
    assert_int_equal(summary_tell(summary, &query, run.end.values, &world->arena, told), 1);
    assert_int_equal(summary_tell(summary, &query, NULL, &world->arena, told), 0);
}

/* For comparing: what was there before any diff is no create, and what tells nothing is told. */
static void test_compare(void **state)
{
    struct world *world = *state;
    const struct summary_query query = {
        .owner = text_of("o"), .until_clock = INT64_MAX, .without_row = true, .compare = true};
    struct diff told[SUMMARY_DIFFS_MAX];
    struct run run;

    assert_true(make_run(world, 2, 1, true, &run));
    assert_int_equal(summary_tell(fold_at(world, &run, 0, 1), &query, NULL, &world->arena, told),
                     1);
    assert_int_equal(told[0].type, DIFF_UPDATE);
    assert_true(make_run(world, 1, 1, false, &run));
    assert_int_equal(summary_tell(fold_at(world, &run, 0, 1), &query, NULL, &world->arena, told),
                     1);
    assert_int_equal(told[0].type, DIFF_CREATE);
}

static bool verifies(struct world *world, const struct summary *summary, size_t field,
                     const bool *kept, const struct value *row)
{
    return summary_verifies(summary, &world->mapping->models[0].fields[field], kept, row,
                            &world->arena);
}

/* A group is verified whole, or not at all. */
static void test_verifies(void **state)
{
    struct world *world = *state;
    bool kept[FIELDS] = {true, true, true};
    struct value row[FIELDS];
    const struct summary *summary;
    struct run run;

    assert_true(make_run(world, 1, 1, false, &run));
    summary = fold_at(world, &run, 0, 1);
    memcpy(row, run.end.values, sizeof(row));
    for (size_t i = 0; i < FIELDS; i++)
        assert_true(verifies(world, summary, i, kept, row));
    row[1] = row[0];
    for (size_t i = 0; i < FIELDS; i++)
        assert_false(verifies(world, summary, i, kept, row));
    memcpy(row, run.end.values, sizeof(row));
    kept[1] = false;
    assert_false(verifies(world, summary, 0, kept, row));
}

/* Of what nobody set nothing is expected but NULL; of what was overlaid later nobody knows. */
static void test_verifies_parts(void **state)
{
    struct world *world = *state;
    const bool kept[FIELDS] = {true, true, true};
    struct value row[FIELDS];
    struct run run;

    assert_true(make_run(world, 0, 1, false, &run));
    memcpy(row, run.end.values, sizeof(row));
    assert_true(verifies(world, fold_at(world, &run, 0, 1), 0, kept, row));
    assert_true(verifies(world, fold_at(world, &run, 0, 1), 1, kept, row));
    row[1] = row[0];
    assert_false(verifies(world, fold_at(world, &run, 0, 1), 1, kept, row));
    assert_true(make_run(world, 1 + 2 * KINDS, 2, false, &run));
    memcpy(row, run.end.values, sizeof(row));
    for (size_t i = 0; i < FIELDS; i++) {
        assert_true(verifies(world, fold_at(world, &run, 0, 2), i, kept, row));
        assert_int_equal(verifies(world, fold_at(world, &run, 1, 2), i, kept, row), i == 1);
    }
}

static void test_stored_form(void **state)
{
    static const char *const CORRUPT[] = {"",
                                          "{}",
                                          "[1]",
                                          "[[1]]",
                                          "[[1,2,3]]",
                                          "[[1,2,\"xyz\"]]",
                                          "[[-1,2,\"\"]]",
                                          "[[1,2,\"\",3]]",
                                          "[[1,2,\"\"]"};
    struct world *world = *state;
    struct summary summary;
    struct fail fail;
    struct run run;
    struct text text;

    assert_true(make_run(world, 1 + 2 * KINDS, 2, false, &run));
    text = summary_write_fields(fold_at(world, &run, 1, 2), &world->arena);
    assert_non_null(strstr(text.ptr, "[[0,100,\"\",\"f0\",\"f2\"],[1,101,\""));
    assert_non_null(strstr(text.ptr, "\",\"f1\"]]"));
    summary_init(&summary, &world->mapping->models[0], text_of("x"), &world->arena);
    assert_true(text_is(summary_write_fields(&summary, &world->arena), "[]"));
    for (size_t i = 0; i < ARRAY_LEN(CORRUPT); i++)
        assert_int_equal(summary_parse_fields(&summary, text_of(CORRUPT[i]), &world->arena, &fail),
                         RC_FATAL);
    /* A field that is not mapped any more is left out, and nobody can verify the others. */
    assert_int_equal(summary_parse_fields(&summary, text_of("[[3,4,\"\",\"gone\",\"f1\"]]"),
                                          &world->arena, &fail),
                     RC_OK);
    assert_int_equal(summary.fields[1].clock, 3);
    assert_int_equal(summary.fields[0].clock, SUMMARY_NEVER);
}

static void test_copy(void **state)
{
    struct world *world = *state;
    struct run run;
    const struct summary *summary, *copy;

    assert_true(make_run(world, 1 + 2 * KINDS, 2, false, &run));
    summary = fold_at(world, &run, 0, 2);
    copy = summary_copy(summary, &world->arena);
    assert_ptr_not_equal(copy->fields, summary->fields);
    assert_true(text_equal(summary_write_fields(copy, &world->arena),
                           summary_write_fields(summary, &world->arena)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tells_what_changed),
        cmocka_unit_test(test_kinds),
        cmocka_unit_test(test_began_since),
        cmocka_unit_test(test_until),
        cmocka_unit_test(test_compare),
        cmocka_unit_test(test_verifies),
        cmocka_unit_test(test_verifies_parts),
        cmocka_unit_test(test_stored_form),
        cmocka_unit_test(test_copy),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
