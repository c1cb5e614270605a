/* The merge: the table of docs/merging.md 6, cell by cell, and every short history of one object,
 * after which the device and the server must have the same row. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "build.h"
#include "merge.h"

/* docs/merging.md 6 as it stands on the page, cell by cell: what the server does, what the client
 * is told, f where fields are compared. n nothing, c create, u update, d delete, r replace. */
static const char *const PAGE[NET_KINDS][NET_KINDS] = {
    /*                    –      CREATE UPDATE DELETE REPLACE CANCELLED */
    [NET_NONE] = {"nn", "cn", "un", "dn", "rn", "nc"},
    [NET_CREATE] = {"nc", "uuf", "ucf", "dn", "rn", "nc"},
    [NET_UPDATE] = {"nu", "uuf", "uuf", "dn", "rn", "nc"},
    [NET_DELETE] = {"nd", "cn", "nd", "nn", "cn", "nc"},
    [NET_REPLACE] = {"nr", "uuf", "nr", "dn", "rn", "nc"},
};

static enum merge_effect effect_of(char letter)
{
    static const char LETTERS[] = "ncudr";

    return (enum merge_effect)(strchr(LETTERS, letter) - LETTERS);
}

static void test_table(void **state)
{
    (void)state;
    for (int s = 0; s < NET_KINDS; s++) {
        for (int l = 0; l < NET_KINDS && s != NET_CANCELLED; l++) {
            const struct merge_rule *rule = merge_rule((enum net_kind)s, (enum net_kind)l);

            assert_int_equal(rule->server, effect_of(PAGE[s][l][0]));
            assert_int_equal(rule->client, effect_of(PAGE[s][l][1]));
            assert_int_equal(rule->by_field, PAGE[s][l][2] == 'f');
        }
    }
}

/* The rest simulates one object, one device and everybody else, and looks whether the device and
 * the server hold the same row after every possible short history. */
#define FIELDS 3u
#define MOST   4u
#define ROOM   40u

struct object_state {
    bool live;
    char values[FIELDS + 1]; /* a string, '-' where null */
};

struct world {
    struct arena arena;
    struct mapping *mapping;
    unsigned random;
    bool past;     /* the row was there before the history, and diffs told of it */
    unsigned made; /* diffs so far: for ids and values */
    struct diff history[ROOM];
    size_t history_count;
    int64_t next_clock;
    struct object_state server;
    struct object_state client;
    char trace[600];
};

static unsigned next_random(struct world *world)
{
    world->random = world->random * 1664525u + 1013904223u;
    return world->random >> 16;
}

static void apply_diff(struct object_state *object, const struct diff *diff)
{
    if (diff->type == DIFF_DELETE || diff->type == DIFF_CREATE)
        *object = (struct object_state){.live = diff->type == DIFF_CREATE, .values = "---"};
    for (size_t i = 0; i < diff->field_count; i++)
        object->values[diff->fields[i].field->index] =
            diff->fields[i].value.kind == VALUE_NULL ? '-' : diff->fields[i].value.text.ptr[0];
}

static struct diff make_diff(struct world *world, enum diff_type type, int64_t clock,
                             int64_t time_ms)
{
    char id[16], pairs[FIELDS][8];
    const char *given[FIELDS + 1] = {NULL};
    size_t count = 0;
    unsigned mask = type == DIFF_DELETE ? 0 : 1 + next_random(world) % ((1u << FIELDS) - 1);

    snprintf(id, sizeof(id), "d%u", world->made);
    for (unsigned f = 0; f < FIELDS; f++) {
        if ((mask & (1u << f)) == 0)
            continue;
        snprintf(pairs[f], sizeof(pairs[f]), "f%u=%c", f, (char)('A' + world->made % 58));
        given[count++] = pairs[f];
    }
    world->made++;
    return build_diff(&world->arena, world->mapping, id, type, clock, time_ms, "x", given[0],
                      given[1], given[2], NULL);
}

/* Letters that make sense for an object that is there or not. */
static bool sequence_possible(const char *letters, bool live)
{
    for (; *letters != '\0'; letters++) {
        if ((*letters == 'c') == live)
            return false;
        live = *letters != 'd';
    }
    return true;
}

static void others_act(struct world *world, const char *letters, int64_t time_ms)
{
    for (size_t i = 0; letters[i] != '\0'; i++) {
        struct diff *diff = &world->history[world->history_count++];

        *diff = make_diff(world, build_type(letters[i]), world->next_clock++,
                          time_ms + 10 * (int64_t)i);
        apply_diff(&world->server, diff);
    }
}

static size_t client_acts(struct world *world, struct diff *pending, size_t count,
                          const char *letters, int64_t clock, int64_t time_ms)
{
    for (size_t i = 0; letters[i] != '\0'; i++) {
        pending[count] = make_diff(world, build_type(letters[i]), clock, time_ms + 10 * (int64_t)i);
        apply_diff(&world->client, &pending[count++]);
    }
    return count;
}

static bool was_told(const struct world *world)
{
    return world->history_count > 0 ? world->history[world->history_count - 1].type != DIFF_DELETE
                                    : world->past;
}

static void give_facts(struct world *world, struct merge *merge, bool to_all)
{
    for (size_t i = 0; i < merge->object_count; i++) {
        struct merge_object *object = &merge->objects[i];
        struct value *values = ARENA_ARRAY(&world->arena, FIELDS, struct value);

        if (!object->wants_row && !to_all)
            continue;
        for (size_t f = 0; f < FIELDS; f++) {
            char *json = arena_alloc(&world->arena, 4);

            snprintf(json, 4, "\"%c\"", world->server.values[f]);
            if (json[1] != '-')
                values[f] =
                    (struct value){.kind = VALUE_TEXT, .text = {json + 1, 1}, .json = {json, 3}};
        }
        object->row = (struct merge_row_state){
            .known = true,
            .live = world->server.live,
            .existed = world->server.live || world->history_count > 0,
            .told = was_told(world) ? PRESENCE_PRESENT : PRESENCE_ABSENT,
            .values = world->server.live ? values : NULL,
        };
    }
}

static void apply_rows(struct object_state *object, const struct merge_rows *rows,
                       enum diff_type type, const char *trace)
{
    for (size_t i = 0; i < rows->count; i++) {
        struct diff diff = {
            .type = type,
            .fields =
                type == DIFF_DELETE ? NULL : (struct field_value *)(uintptr_t)rows->items[i].fields,
            .field_count = type == DIFF_DELETE ? 0 : rows->items[i].field_count,
        };

        if (object->live != (type != DIFF_CREATE))
            fail_msg("the plan does not fit the row: %s", trace);
        apply_diff(object, &diff);
    }
}

static void check_answer(struct world *world, const struct diff_list *answer, int64_t since)
{
    assert_true(answer->count <= 2);
    for (size_t i = 0; i < answer->count; i++) {
        const struct diff *diff = &answer->items[i];

        if (world->client.live != (diff->type != DIFF_CREATE))
            fail_msg("the client cannot execute its answer: %s", world->trace);
        if (diff->clock < since || diff->clock >= world->next_clock)
            fail_msg("clock %lld outside of [c, N): %s", (long long)diff->clock, world->trace);
        apply_diff(&world->client, diff);
    }
    if (answer->count == 2)
        assert_true(answer->items[0].type == DIFF_DELETE && answer->items[1].type == DIFF_CREATE);
}

static struct merge_plan merge_once(struct world *world, const struct diff_list *request,
                                    int64_t since, const int64_t *known_clocks, bool row_by_row)
{
    const struct diff_list history = {world->history, world->history_count};
    struct merge_input *input = ARENA_NEW(&world->arena, struct merge_input);
    struct diff_list *lists = ARENA_ARRAY(&world->arena, 2, struct diff_list);
    struct merge_plan plan;
    struct merge *merge;
    struct fail fail;
    size_t seen = 0;

    while (seen < history.count && history.items[seen].clock < since)
        seen++;
    lists[0] = (struct diff_list){history.items + seen, history.count - seen};
    lists[1] = *request;
    *input = (struct merge_input){.owner = TEXT_LITERAL("o"),
                                  .client_clock = since,
                                  .push_clock = world->next_clock,
                                  .now_ms = 1000000,
                                  .clock_skew_ms = 1000,
                                  .history = &lists[0],
                                  .request = &lists[1],
                                  .known_clocks = known_clocks,
                                  .arena = &world->arena};
    assert_int_equal(merge_begin(input, &merge, &fail), RC_OK);
    give_facts(world, merge, row_by_row);
    if (merge_finish(merge, &plan, &fail) != RC_OK)
        fail_msg("refused: %s: %s", fail.message, world->trace);
    return plan;
}

/* One sync: merged, applied and stored; the response is for the caller. */
static struct merge_plan sync_once(struct world *world, const struct diff *pending, size_t count,
                                   int64_t since, const int64_t *known_clocks, bool row_by_row)
{
    struct diff *copy = ARENA_ARRAY(&world->arena, count, struct diff);
    struct diff_list request = {copy, count};
    struct merge_plan plan;
    struct fail fail;

    for (size_t i = 0; i < count; i++)
        copy[i] = pending[i];
    plan = merge_once(world, &request, since, known_clocks, row_by_row);
    apply_rows(&world->server, &plan.replaced, DIFF_DELETE, world->trace);
    apply_rows(&world->server, &plan.creates, DIFF_CREATE, world->trace);
    apply_rows(&world->server, &plan.updates, DIFF_UPDATE, world->trace);
    apply_rows(&world->server, &plan.deletes, DIFF_DELETE, world->trace);
    for (size_t i = 0; i < plan.stored_count; i++) {
        struct diff *diff = &world->history[world->history_count++];

        *diff = plan.stored[i].diff;
        assert_int_equal(diff_parse_stored(diff, &world->arena, &fail), RC_OK);
    }
    world->next_clock = plan.next_clock;
    return plan;
}

static void check_converged(struct world *world)
{
    const struct object_state *server = &world->server, *client = &world->client;

    if (server->live != client->live ||
        (server->live && memcmp(server->values, client->values, FIELDS) != 0))
        fail_msg("server %s %.3s, client %s %.3s: %s", server->live ? "live" : "gone",
                 server->values, client->live ? "live" : "gone", client->values, world->trace);
}

/* Where the others' and the client's timestamps lie to each other. */
static const int64_t TIMES[3][2] = {{100, 500}, {500, 100}, {100, 105}};

struct history_code {
    const char *others, *client;             /* before the first sync */
    const char *others_later, *client_later; /* after its answer was lost; NULL: it was not */
    unsigned times, seed;
    bool live, row_by_row, diffless; /* diffless: the row was there before any diff */
};

static void start_world(struct world *world, const struct history_code *code)
{
    arena_clear(&world->arena);
    world->mapping = build_mapping(&world->arena, FIELDS);
    world->random = code->seed * 7919u;
    world->made = 0;
    world->history_count = 0;
    /* Clock 0 is a device that has nothing: a row that the client has needs a past. */
    world->next_clock = code->live && !code->diffless ? 1 : 0;
    world->server = (struct object_state){.live = code->live, .values = "---"};
    if (code->live)
        for (size_t f = 0; f < FIELDS; f++)
            world->server.values[f] = (char)('0' + f);
    world->past = code->live && !code->diffless;
    world->client = world->server;
    if (code->diffless)
        world->client.live = false;
    snprintf(
        world->trace, sizeof(world->trace),
        "row %s%s; others %s, client %s, lost response %s, then others %s, client %s; times %u "
        "seed %u %s",
        code->live ? "live" : "absent", code->diffless ? " without diffs" : "", code->others,
        code->client, code->others_later != NULL ? "yes" : "no",
        code->others_later != NULL ? code->others_later : "",
        code->others_later != NULL ? code->client_later : "", code->times, code->seed,
        code->row_by_row ? "careful" : "optimistic");
}

/* What a device that starts now gets, where it gets the object by a create. */
static void check_history(const struct world *world)
{
    struct object_state told = {.live = false, .values = "---"};

    if (world->past || world->history_count == 0 || world->history[0].type != DIFF_CREATE)
        return;
    for (size_t i = 0; i < world->history_count; i++) {
        if (told.live != (world->history[i].type != DIFF_CREATE))
            fail_msg("stored diff %zu cannot be executed: %s", i, world->trace);
        apply_diff(&told, &world->history[i]);
    }
    if (told.live != world->server.live ||
        (told.live && memcmp(told.values, world->server.values, FIELDS) != 0))
        fail_msg("the history tells of %.3s, the row is %.3s: %s", told.values,
                 world->server.values, world->trace);
}

static void run_history(struct world *world, const struct history_code *code)
{
    struct diff pending[ROOM];
    int64_t known[ROOM];
    int64_t since, others_at = TIMES[code->times][0], client_at = TIMES[code->times][1];
    size_t count, first_count;
    struct merge_plan plan;

    start_world(world, code);
    since = world->next_clock;
    count = client_acts(world, pending, 0, code->client, since, client_at);
    others_act(world, code->others, others_at);
    for (size_t i = 0; i < ROOM; i++)
        known[i] = -1;
    plan = sync_once(world, pending, count, since, known, code->row_by_row);
    /* The client lacks the row, and so do all others: the first that is told of it creates it. */
    if (code->diffless && code->others[0] == '\0' && world->history_count > 0)
        assert_int_equal(world->history[0].type, DIFF_CREATE);
    if (code->others_later != NULL && sequence_possible(code->others_later, world->server.live)) {
        for (size_t i = 0; i < count; i++)
            known[i] = world->next_clock - 1;
        first_count = count;
        count = client_acts(world, pending, count, code->client_later, since, client_at + 100);
        others_act(world, code->others_later, others_at + 100);
        plan = sync_once(world, pending, count, since, known, code->row_by_row);
        assert_true(first_count > 0);
    }
    check_answer(world, &plan.answer, since);
    check_converged(world);
    check_history(world);
}

static size_t all_sequences(char sequences[][MOST + 1], size_t longest)
{
    size_t count = 1, done = 0;

    sequences[0][0] = '\0';
    while (done < count) {
        size_t len = strlen(sequences[done]);

        for (const char *next = "cud"; *next != '\0' && len < longest; next++) {
            memcpy(sequences[count], sequences[done], len);
            sequences[count][len] = *next;
            sequences[count][len + 1] = '\0';
            count++;
        }
        done++;
    }
    return count;
}

static void each_variant(struct world *world, struct history_code code, unsigned seeds)
{
    for (code.times = 0; code.times < 3; code.times++)
        for (code.seed = 0; code.seed < seeds; code.seed++)
            for (unsigned row_by_row = 0; row_by_row < 2; row_by_row++) {
                code.row_by_row = row_by_row;
                run_history(world, &code);
            }
}

static void test_answered_syncs_converge(void **state)
{
    char sequences[200][MOST + 1];
    size_t count = all_sequences(sequences, 3);

    for (unsigned live = 0; live < 2; live++)
        for (size_t s = 0; s < count; s++)
            for (size_t l = 0; l < count; l++) {
                struct history_code code = {
                    .others = sequences[s], .client = sequences[l], .live = live};

                if (sequence_possible(sequences[s], live) && sequence_possible(sequences[l], live))
                    each_variant(*state, code, 4);
            }
}

static bool live_after(const char *letters, bool live)
{
    for (; *letters != '\0'; letters++)
        live = *letters != 'd';
    return live;
}

static bool client_can_go_on(const char *first, const char *then, bool live)
{
    return sequence_possible(first, live) && sequence_possible(then, live_after(first, live));
}

static void test_lost_answers_converge(void **state)
{
    char sequences[200][MOST + 1];
    size_t count = all_sequences(sequences, 2);

    for (unsigned live = 0; live < 2; live++)
        for (size_t s = 0; s < count; s++)
            for (size_t l = 1; l < count; l++)
                for (size_t s2 = 0; s2 < count; s2++)
                    for (size_t l2 = 0; l2 < count; l2++) {
                        struct history_code code = {.others = sequences[s],
                                                    .client = sequences[l],
                                                    .others_later = sequences[s2],
                                                    .client_later = sequences[l2],
                                                    .live = live};

                        if (sequence_possible(sequences[s], live) &&
                            client_can_go_on(sequences[l], sequences[l2], live))
                            each_variant(*state, code, 2);
                    }
}

/* A row that was in the customer's table before the first sync: no diff tells of it. */
static void test_rows_without_diffs(void **state)
{
    char sequences[200][MOST + 1];
    size_t count = all_sequences(sequences, 2);

    for (size_t l = 1; l < count; l++)
        for (size_t l2 = 0; l2 <= count; l2++) {
            struct history_code code = {.others = "",
                                        .client = sequences[l],
                                        .others_later = l2 < count ? "" : NULL,
                                        .client_later = l2 < count ? sequences[l2] : NULL,
                                        .live = true,
                                        .diffless = true};

            /* The client never heard of it: it creates one by the same id. What it takes for a
             * create and delete of its own ends with the row that the server has. */
            if (!client_can_go_on(sequences[l], l2 < count ? sequences[l2] : "", false))
                continue;
            for (code.times = 0; code.times < 3; code.times++) {
                code.row_by_row = true;
                run_history(*state, &code);
            }
        }
}

/* Who wins a field, and what is written down of it: the world is a live row, s one update of
 * others, l what the letters of the client say. */
static struct merge_plan concurrent(struct world *world, struct diff server, struct diff *client,
                                    size_t count)
{
    static const int64_t NEW[2] = {-1, -1};
    struct diff_list request = {client, count};

    world->history[0] = server;
    world->history[0].clock = 1;
    world->history_count = 1;
    world->next_clock = 2;
    world->server = (struct object_state){.live = true, .values = "---"};
    return merge_once(world, &request, 1, NEW, false);
}

static void fresh_world(struct world *world)
{
    arena_clear(&world->arena);
    world->mapping = build_mapping(&world->arena, FIELDS);
    world->trace[0] = '\0';
}

static struct diff an_update(struct world *world, const char *id, int64_t time_ms, const char *pair,
                             const char *pair2)
{
    return build_diff(&world->arena, world->mapping, id, DIFF_UPDATE, 0, time_ms, "x", pair, pair2,
                      NULL);
}

static void check_concurrent(struct world *world, int64_t server_ms, int64_t client_ms,
                             bool client_wins)
{
    struct diff client[1];
    struct merge_plan plan;

    fresh_world(world);
    client[0] = an_update(world, "l1", client_ms, "f0=L", NULL);
    plan = concurrent(world, an_update(world, "s1", server_ms, "f0=S", NULL), client, 1);
    assert_int_equal(plan.stored_count, client_wins ? 1 : 0);
    assert_int_equal(plan.known_count, client_wins ? 0 : 1);
    assert_int_equal(plan.answer.count, client_wins ? 0 : 1);
    assert_int_equal(plan.updates.count, client_wins ? 1 : 0);
    assert_int_equal(plan.next_clock, 3);
}

/* merge_once() sets the server's time to 1,000,000 ms and clock_skew to 1,000 ms. */
static void test_later_timestamp_wins(void **state)
{
    check_concurrent(*state, 200, 100, false);
    check_concurrent(*state, 100, 200, true);
    check_concurrent(*state, 100, 100, true); /* only a strictly later one beats the client's */
    check_concurrent(*state, 1000999, 1000998, false);
    check_concurrent(*state, 5000000, 1001000, true); /* both count as now + clock_skew */
    check_concurrent(*state, 5000000, 1000999, false);
}

static void test_winning_fields_part(void **state)
{
    struct world *world = *state;
    struct diff client[1];
    struct merge_plan plan;

    fresh_world(world);
    client[0] = an_update(world, "l1", 100, "f0=L", "f1=L");
    plan = concurrent(world, an_update(world, "s1", 200, "f2=S", "f0=S"), client, 1);
    assert_int_equal(plan.stored_count, 1);
    assert_string_equal(plan.stored[0].diff.json_data.ptr, "{\"id\":\"x\",\"f1\":\"L\"}");
    assert_true(text_is(plan.stored[0].diff.id, "l1"));
    assert_int_equal(plan.stored[0].diff.clock, 2);
    assert_int_equal(plan.answer.count, 1);
    assert_true(text_is(plan.answer.items[0].id, "s1"));
    assert_ptr_equal(plan.answer.items[0].json_data.ptr, world->history[0].json_data.ptr);
    assert_int_equal(plan.answer.items[0].clock, 1);
}

static void test_merged_diff_keeps_what_later_merges_need(void **state)
{
    struct world *world = *state;
    struct diff client[2];
    struct merge_plan plan;

    fresh_world(world);
    client[0] = an_update(world, "l1", 100, "f0=A", "f1=A");
    client[1] = an_update(world, "l2", 150, "f1=B", NULL);
    plan = concurrent(world, an_update(world, "s1", 50, "f2=S", NULL), client, 2);
    assert_int_equal(plan.stored_count, 1);
    assert_true(text_is(plan.stored[0].diff.id, "l2"));
    assert_int_equal(plan.stored[0].diff.time_ms, 150);
    assert_string_equal(plan.stored[0].diff.json_data.ptr,
                        "{\"id\":\"x\",\"f0\":\"A\",\"f1\":\"B\"}");
    assert_string_equal(plan.stored[0].diff.field_times.ptr, "{\"f0\":100}");
    assert_int_equal(plan.known_count, 1);
    assert_true(text_is(plan.known_ids[0], "l1"));
}

static void test_merged_create_has_the_first_time(void **state)
{
    struct world *world = *state;
    struct diff client[2];
    struct diff_list request = {client, 2};
    static const int64_t NEW[2] = {-1, -1};
    struct merge_plan plan;

    fresh_world(world);
    world->history_count = 0;
    world->next_clock = 7;
    client[0] =
        build_diff(&world->arena, world->mapping, "l1", DIFF_CREATE, 0, 100, "x", "f1=A", NULL);
    client[1] = an_update(world, "l2", 150, "f0=B", NULL);
    plan = merge_once(world, &request, 7, NEW, false);
    assert_int_equal(plan.stored_count, 1);
    assert_int_equal(plan.creates.count, 1);
    assert_true(text_is(plan.stored[0].diff.id, "l2"));
    assert_int_equal(plan.stored[0].diff.type, DIFF_CREATE);
    assert_int_equal(plan.stored[0].diff.time_ms, 100);
    assert_int_equal(plan.stored[0].diff.clock, 7);
    assert_string_equal(plan.stored[0].diff.json_data.ptr,
                        "{\"id\":\"x\",\"f1\":\"A\",\"f0\":\"B\"}");
    assert_string_equal(plan.stored[0].diff.field_times.ptr, "{\"f0\":150}");
}

static void test_create_over_live_row_keeps_its_bytes(void **state)
{
    struct world *world = *state;
    struct diff client[1];
    struct merge_plan plan;

    fresh_world(world);
    client[0] =
        build_diff(&world->arena, world->mapping, "l1", DIFF_CREATE, 0, 300, "x", "f1=L", NULL);
    plan = concurrent(world,
                      build_diff(&world->arena, world->mapping, "s1", DIFF_CREATE, 0, 100, "x",
                                 "f0=S", "f1=S", NULL),
                      client, 1);
    assert_int_equal(plan.stored_count, 1);
    assert_true(plan.stored[0].retyped);
    assert_int_equal(plan.stored[0].diff.type, DIFF_UPDATE);
    assert_ptr_equal(plan.stored[0].diff.json_data.ptr, client[0].json_data.ptr);
    assert_int_equal(plan.answer.count, 1);
    assert_int_equal(plan.answer.items[0].type, DIFF_UPDATE);
    assert_string_equal(plan.answer.items[0].json_data.ptr,
                        "{\"id\":\"x\",\"f0\":\"S\",\"f2\":null}");
}

static void test_update_of_what_never_was(void **state)
{
    struct world *world = *state;
    static const int64_t NEW[1] = {-1};
    struct diff_list history = {NULL, 0}, request;
    struct merge_input input;
    struct merge *merge;
    struct merge_plan plan;
    struct fail fail;
    struct diff client[1];

    fresh_world(world);
    client[0] = an_update(world, "l1", 100, "f0=L", NULL);
    request = (struct diff_list){client, 1};
    input = (struct merge_input){
        .history = &history, .request = &request, .known_clocks = NEW, .arena = &world->arena};
    assert_int_equal(merge_begin(&input, &merge, &fail), RC_OK);
    merge_want_all_rows(merge);
    assert_true(merge->objects[0].wants_row);
    merge->objects[0].row.known = true;
    assert_int_equal(merge_finish(merge, &plan, &fail), RC_REJECTED);
    assert_int_equal(fail.code, FAIL_NO_SUCH_OBJECT);
    assert_string_equal(fail.diff_id, "l1");
    /* … but if it was deleted earlier the update is void, and the client is told. */
    assert_int_equal(merge_begin(&input, &merge, &fail), RC_OK);
    merge->objects[0].row = (struct merge_row_state){.known = true, .existed = true};
    assert_int_equal(merge_finish(merge, &plan, &fail), RC_OK);
    assert_int_equal(plan.stored_count, 0);
    assert_int_equal(plan.answer.count, 1);
    assert_int_equal(plan.answer.items[0].type, DIFF_DELETE);
    assert_int_equal(plan.known_count, 2); /* the void update, and the delete made here */
}

/* The diffs' letters in order; a capital: its field has a value that does not fit. */
struct flaws_case {
    const char *letters;
    const char *fields;  /* the one that each sets */
    const char *refused; /* by diff: x, or - */
    const char *stored;  /* NULL: nothing is */
};

static void flaw_diffs(struct world *world, const struct flaws_case *given, struct diff *diffs)
{
    for (size_t i = 0; given->letters[i] != '\0'; i++) {
        const char letter = given->letters[i];
        const char id[] = {(char)('1' + (char)i), '\0'};
        const char pair[] = {'f', given->fields[i], '=', (char)('A' + (char)i), '\0'};

        diffs[i] = build_diff(&world->arena, world->mapping, id, build_type((char)(letter | 0x20)),
                              0, 100 + (int64_t)i, "x", letter == 'd' ? NULL : pair, NULL);
        diffs[i].flawed = letter < 'a';
        if (diffs[i].flawed)
            diffs[i].fields[0].flaw = "it does not fit";
    }
}

/* Merges until nothing more is refused; false if all of it fails. */
static bool merge_flaws(struct world *world, struct diff_list *request,
                        struct rejections *rejections, struct merge_plan *plan, struct fail *fail)
{
    static const int64_t NEW[4] = {-1, -1, -1, -1};
    struct diff_list history = {NULL, 0};
    const struct merge_input input = {.push_clock = 1,
                                      .history = &history,
                                      .request = request,
                                      .known_clocks = NEW,
                                      .rejections = rejections,
                                      .arena = &world->arena};
    struct merge *merge;
    size_t refused;

    do {
        refused = rejections->refused_count;
        assert_int_equal(merge_begin(&input, &merge, fail), RC_OK);
        merge->objects[0].row.known = true;
        if (merge_finish(merge, plan, fail) != RC_OK)
            return false;
    } while (refused != rejections->refused_count);
    return true;
}

static void test_flaws_are_judged_in_what_is_left(void **state)
{
    static const struct flaws_case CASES[] = {
        {"Cu", "00", "--", "{\"id\":\"x\",\"f0\":\"B\"}"},
        {"Cd", "00", "--", NULL},
        {"CUu", "000", "---", "{\"id\":\"x\",\"f0\":\"C\"}"},
        {"cUu", "000", "---", "{\"id\":\"x\",\"f0\":\"C\"}"},
        {"cU", "00", "-x", "{\"id\":\"x\",\"f0\":\"A\"}"},
        {"cUu", "001", "-x-", "{\"id\":\"x\",\"f0\":\"A\",\"f1\":\"C\"}"},
        {"Cu", "01", "xx", NULL},
        /* Without the second one the first one is left. */
        {"CU", "00", "xx", NULL},
        {"CUu", "001", "xxx", NULL},
        {"Cdc", "000", "---", "{\"id\":\"x\",\"f0\":\"C\"}"},
        {"CdC", "000", "--x", NULL},
    };
    struct world *world = *state;

    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        struct diff_list request = {.count = strlen(CASES[i].letters)};
        struct rejections rejections;
        struct merge_plan plan;
        struct fail fail = {0};

        fresh_world(world);
        request.items = ARENA_ARRAY(&world->arena, request.count, struct diff);
        flaw_diffs(world, &CASES[i], request.items);
        rejections_init(&rejections, request.count, true, &world->arena);
        assert_true(merge_flaws(world, &request, &rejections, &plan, &fail));
        for (size_t d = 0; d < request.count; d++)
            if (rejections.items[d].refused != (CASES[i].refused[d] == 'x'))
                fail_msg("%s: diff %zu", CASES[i].letters, d);
        assert_int_equal(plan.stored_count, CASES[i].stored != NULL);
        if (CASES[i].stored != NULL)
            assert_true(text_is(plan.stored[0].diff.json_data, CASES[i].stored));
        rejections_init(&rejections, request.count, false, &world->arena);
        assert_int_equal(merge_flaws(world, &request, &rejections, &plan, &fail),
                         strchr(CASES[i].refused, 'x') == NULL);
    }
}

static void test_first_flaw_that_is_left_is_named(void **state)
{
    static const struct flaws_case GIVEN = {.letters = "CUU", .fields = "001"};
    struct world *world = *state;
    struct diff_list request = {.count = 3};
    struct rejections rejections;
    struct merge_plan plan;
    struct fail fail = {0};

    fresh_world(world);
    request.items = ARENA_ARRAY(&world->arena, request.count, struct diff);
    flaw_diffs(world, &GIVEN, request.items);
    rejections_init(&rejections, request.count, false, &world->arena);
    assert_false(merge_flaws(world, &request, &rejections, &plan, &fail));
    assert_int_equal(fail.code, FAIL_INVALID_DATA);
    assert_string_equal(fail.diff_id, "2");
    assert_string_equal(fail.field, "f0");
    assert_string_equal(fail.message, "it does not fit");
}

static void test_second_diff_with_one_id_counts_as_known(void **state)
{
    struct world *world = *state;
    struct diff client[2];
    struct merge_plan plan;

    fresh_world(world);
    client[0] = an_update(world, "l1", 100, "f0=A", NULL);
    client[1] = an_update(world, "l1", 200, "f0=B", NULL);
    plan = concurrent(world, an_update(world, "s1", 50, "f2=S", NULL), client, 2);
    assert_int_equal(plan.stored_count, 1);
    assert_ptr_equal(plan.stored[0].diff.json_data.ptr, client[0].json_data.ptr);
    assert_int_equal(plan.known_count, 0);
}

static void test_client_is_told_what_is_rounded(void **state)
{
    static const int64_t NEW[1] = {-1};
    struct world *world = *state;
    struct diff client[1];
    struct diff_list request = {client, 1};
    struct merge_plan plan;

    for (int rounded = 0; rounded < 2; rounded++) {
        fresh_world(world);
        world->history_count = 0;
        world->next_clock = 7;
        world->server = (struct object_state){.live = true, .values = "---"};
        client[0] = an_update(world, "l1", 100, "f0=A", "f1=B");
        client[0].fields[0].value.rounded = rounded == 1;
        plan = merge_once(world, &request, 7, NEW, true);
        assert_int_equal(plan.stored_count, 1);
        assert_int_equal(plan.answer.count, rounded);
        if (rounded == 0)
            continue;
        assert_int_equal(plan.answer.items[0].type, DIFF_UPDATE);
        assert_string_equal(plan.answer.items[0].json_data.ptr, "{\"id\":\"x\",\"f0\":\"A\"}");
    }
}

/* A stored diff as the database gives it, at clock 1. */
static struct diff an_unread(struct world *world, enum diff_type type, const char *json_data)
{
    return (struct diff){
        .id = TEXT_LITERAL("s1"),
        .clock = 1,
        .time_ms = 100,
        .type = type,
        .model = &world->mapping->models[0],
        .object_id = TEXT_LITERAL("x"),
        .json_data = text_of(json_data),
        .unread = true,
    };
}

/* What a device at that clock is told of the stored diffs; whether its own are read shows in them.
 */
static enum rc pull(struct world *world, struct diff *stored, size_t count, int64_t clock,
                    const struct relations *relations, struct diff_list *answer_out)
{
    struct diff_list history = {stored, count}, nothing = {NULL, 0};
    const struct merge_input input = {
        .client_clock = clock,
        .push_clock = 2,
        .now_ms = 1000,
        .history = &history,
        .request = &nothing,
        .relations = relations,
        .arena = &world->arena,
    };
    struct merge_plan plan = {.next_clock = 0};
    struct merge *merge;
    struct fail fail;
    enum rc rc = merge_begin(&input, &merge, &fail);

    if (rc == RC_OK)
        rc = merge_finish(merge, &plan, &fail);
    *answer_out = plan.answer;
    return rc;
}

static void test_one_stored_diff_is_told_unread(void **state)
{
    static const struct {
        enum diff_type type;
        const char *json_data;
        int64_t clock;
        size_t answers;
        bool read;
    } CASES[] = {
        {DIFF_CREATE, "{\"id\":\"x\", \"f0\":\"S\"}", 1, 1, false},
        {DIFF_UPDATE, "{\"id\":\"x\", \"f0\":\"S\"}", 1, 1, false},
        {DIFF_DELETE, "{\"id\":\"x\"}", 1, 1, false},
        {DIFF_CREATE, "{\"id\":\"x\", \"f0\":\"S\"}", 0, 1, false},
        {DIFF_DELETE, "{\"id\":\"x\"}", 0, 0, true},
        /* Its key is written in another way, or is not mapped any more. */
        {DIFF_UPDATE, "{\"id\":\"x\",\"f0\" :1}", 1, 1, true},
        {DIFF_UPDATE, "{\"id\":\"x\",\"gone\":\"f0\"}", 1, 0, true},
    };
    struct world *world = *state;
    struct diff_list answer;

    fresh_world(world);
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        struct diff stored = an_unread(world, CASES[i].type, CASES[i].json_data);

        assert_int_equal(pull(world, &stored, 1, CASES[i].clock, NULL, &answer), RC_OK);
        assert_int_equal(answer.count, CASES[i].answers);
        assert_true(stored.unread == !CASES[i].read);
        if (answer.count == 0)
            continue;
        assert_ptr_equal(answer.items[0].json_data.ptr, CASES[i].json_data);
        assert_int_equal(answer.items[0].type, CASES[i].type);
        assert_true(text_is(answer.items[0].id, "s1"));
        assert_true(answer.items[0].clock == 1 && answer.items[0].time_ms == 100);
    }
}

static void test_unread_diffs_are_read_where_it_matters(void **state)
{
    struct world *world = *state;
    struct diff stored[2];
    struct diff_list answer;
    struct relation relation;
    struct relations relations = {&relation, 1};

    fresh_world(world);
    relation = (struct relation){.child = &world->mapping->models[0],
                                 .field = &world->mapping->models[0].fields[0],
                                 .parent = &world->mapping->models[0]};
    stored[0] = an_unread(world, DIFF_CREATE, "{\"id\":\"x\",\"f0\":\"S\"}");
    assert_int_equal(pull(world, stored, 1, 1, &relations, &answer), RC_OK);
    assert_false(stored[0].unread);
    assert_int_equal(answer.items[0].field_count, 1);
    stored[0] = an_unread(world, DIFF_CREATE, "{\"id\":\"x\",\"f0\":\"S\"}");
    stored[1] = an_unread(world, DIFF_UPDATE, "{\"id\":\"x\",\"f1\":\"T\"}");
    stored[1].id = TEXT_LITERAL("s2");
    assert_int_equal(pull(world, stored, 2, 1, NULL, &answer), RC_OK);
    assert_int_equal(answer.count, 1);
    assert_string_equal(answer.items[0].json_data.ptr, "{\"id\":\"x\",\"f0\":\"S\",\"f1\":\"T\"}");
    stored[0] = an_unread(world, DIFF_CREATE, "{\"id\":\"x\",\"f0\":");
    stored[1].unread = true;
    assert_int_equal(pull(world, stored, 2, 1, NULL, &answer), RC_FATAL);
}

static int setup(void **state)
{
    static struct world world;

    arena_init(&world.arena);
    *state = &world;
    return 0;
}

static int teardown(void **state)
{
    struct world *world = *state;

    arena_release(&world->arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),
        cmocka_unit_test(test_answered_syncs_converge),
        cmocka_unit_test(test_lost_answers_converge),
        cmocka_unit_test(test_rows_without_diffs),
        cmocka_unit_test(test_later_timestamp_wins),
        cmocka_unit_test(test_winning_fields_part),
        cmocka_unit_test(test_merged_diff_keeps_what_later_merges_need),
        cmocka_unit_test(test_merged_create_has_the_first_time),
        cmocka_unit_test(test_create_over_live_row_keeps_its_bytes),
        cmocka_unit_test(test_update_of_what_never_was),
        cmocka_unit_test(test_flaws_are_judged_in_what_is_left),
        cmocka_unit_test(test_first_flaw_that_is_left_is_named),
        cmocka_unit_test(test_second_diff_with_one_id_counts_as_known),
        cmocka_unit_test(test_client_is_told_what_is_rounded),
        cmocka_unit_test(test_one_stored_diff_is_told_unread),
        cmocka_unit_test(test_unread_diffs_are_read_where_it_matters),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
