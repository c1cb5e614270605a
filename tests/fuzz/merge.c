/* Fold and merge: two phones that behave, and a client of the same owner that sends whatever it
 * likes. Every plan is consistent in itself and with the rows (docs/merging.md 6), whatever came;
 * every answer to a phone that behaves can be executed there, and makes its rows the server's (7.1,
 * 7.2).
 *
 * Input: what happens, a few bytes for each event. */
#include "merge.h"

#include <stdio.h>

#include "answer_sort.h"
#include "naive.h"

#define PHONES    ((size_t)2)
#define MAX_BYTES ((size_t)1024)
#define MAX_DIFFS MAX_BYTES /* every diff takes a byte at least */
#define MAX_KNOWN (8 * MAX_DIFFS)
#define MAX_PUSH  6u
#define SKEW_MS   ((int64_t)5)
#define START_MS  ((int64_t)1000)

struct known {
    struct text id;
    int64_t clock;
};

struct phone {
    struct naive_rows rows;
    struct diff pending[MAX_DIFFS];
    size_t pending_count;
    int64_t clock;
    int64_t time_ms; /* of its last write */
};

struct world {
    struct arena arena;
    struct fuzz_bytes bytes;
    int64_t now_ms;
    int64_t last_value;
    unsigned ids; /* given so far */
    struct phone phones[PHONES];
    /* The server. */
    struct naive_rows rows;
    struct diff stored[MAX_DIFFS];
    size_t stored_count;
    struct known known[MAX_KNOWN];
    size_t known_count;
    int64_t next_clock;
};

/* One request, and what becomes of it. */
struct sync {
    struct world *world;
    int64_t clock;
    struct diff_list request;
    struct diff_list history;
    int64_t *known_clocks;
    struct merge_plan plan;
    struct naive_rows rows; /* after it */
    bool has_new;
};

static const struct known *find_known(const struct world *world, struct text id)
{
    for (size_t i = 0; i < world->known_count; i++)
        if (text_equal(world->known[i].id, id))
            return &world->known[i];
    return NULL;
}

static void remember(struct world *world, struct text id, int64_t clock)
{
    if (find_known(world, id) != NULL)
        return;
    fuzz_check(world->known_count < MAX_KNOWN, "there is room for another id");
    world->known[world->known_count++] = (struct known){id, clock};
}

/* ---- What holds for every plan ---- */

static void count_rows(const struct merge_rows *rows, unsigned *counts)
{
    for (size_t i = 0; i < rows->count; i++)
        counts[naive_number(rows->items[i].model, rows->items[i].id)]++;
}

static void check_rows_once(const struct merge_plan *plan)
{
    unsigned changed[NAIVE_OBJECTS] = {0}, replaced[NAIVE_OBJECTS] = {0};
    unsigned created[NAIVE_OBJECTS] = {0};

    count_rows(&plan->replaced, replaced);
    count_rows(&plan->creates, created);
    count_rows(&plan->creates, changed);
    count_rows(&plan->updates, changed);
    count_rows(&plan->deletes, changed);
    for (size_t i = 0; i < NAIVE_OBJECTS; i++) {
        fuzz_check(changed[i] <= 1 && replaced[i] <= 1, "no row is changed twice");
        fuzz_check(replaced[i] <= created[i], "a row that is replaced is created again");
    }
}

static void check_ids(const struct sync *sync)
{
    const struct merge_plan *plan = &sync->plan;

    for (size_t i = 0; i < plan->stored_count; i++) {
        struct text id = plan->stored[i].diff.id;

        fuzz_check(find_known(sync->world, id) == NULL, "no id is stored twice (7.4)");
        for (size_t k = 0; k < i; k++)
            fuzz_check(!text_equal(id, plan->stored[k].diff.id), "no id is stored twice (7.4)");
        for (size_t k = 0; k < plan->known_count; k++)
            fuzz_check(!text_equal(id, plan->known_ids[k]), "what is stored is not void as well");
    }
}

static const struct merge_row *find_row(const struct merge_rows *rows, const struct diff *diff)
{
    for (size_t i = 0; i < rows->count; i++)
        if (rows->items[i].model == diff->model && text_equal(rows->items[i].id, diff->object_id))
            return &rows->items[i];
    fuzz_break("what is stored happens to a row");
}

/* What is stored says which field was set when, as a later merge needs it (5). */
static void check_times(const struct merge_plan *plan, const struct diff *stored)
{
    const struct merge_row *row =
        find_row(stored->type == DIFF_CREATE ? &plan->creates : &plan->updates, stored);
    int64_t times_ms[NAIVE_FIELDS] = {0};

    fuzz_check(row->field_count == stored->field_count, "what is stored sets what the row gets");
    for (size_t i = 0; i < row->field_count; i++)
        times_ms[row->fields[i].field->index] = row->fields[i].time_ms;
    for (size_t i = 0; i < stored->field_count; i++)
        fuzz_check(times_ms[stored->fields[i].field->index] == stored->fields[i].time_ms,
                   "a stored field keeps its own time (5)");
}

/* What is stored, replayed, does to the rows what the plan does to them. */
static void check_stored(const struct sync *sync)
{
    struct naive_rows replayed = sync->world->rows;
    const struct merge_plan *plan = &sync->plan;

    for (size_t i = 0; i < plan->stored_count; i++) {
        struct diff diff = plan->stored[i].diff;
        struct fail fail;

        fuzz_check(diff.clock == sync->world->next_clock, "what is stored has the push's clock");
        fuzz_check(diff_parse_stored(&diff, &sync->world->arena, &fail) == RC_OK,
                   "what is stored can be read");
        if (diff.type != DIFF_DELETE)
            check_times(plan, &diff);
        fuzz_check(diff.type != DIFF_DELETE ||
                       replayed.of[naive_number(diff.model, diff.object_id)].live,
                   "no delete of an absent row is stored");
        fuzz_check(naive_execute(&replayed, &diff), "what is stored can be executed");
    }
    fuzz_check(naive_equal(&replayed, &sync->rows), "what is stored is what happens to the rows");
}

static bool is_in_request(const struct sync *sync, struct text id)
{
    for (size_t i = 0; i < sync->request.count; i++)
        if (text_equal(sync->request.items[i].id, id))
            return true;
    return false;
}

static void check_answer(const struct sync *sync)
{
    const struct diff_list *answer = &sync->plan.answer;
    const struct diff *last[NAIVE_OBJECTS] = {NULL};

    for (size_t i = 0; i < answer->count; i++) {
        struct diff diff = answer->items[i];
        const struct diff **before = &last[naive_number(diff.model, diff.object_id)];
        struct fail fail;

        fuzz_check(*before == NULL || ((*before)->type == DIFF_DELETE && diff.type == DIFF_CREATE),
                   "a response has one diff per object, or delete and create (7.3)");
        fuzz_check(diff.clock >= sync->clock && diff.clock < sync->plan.next_clock,
                   "clocks of a response lie in [c, N) (7.7)");
        fuzz_check(!is_in_request(sync, diff.id), "nothing of the client's own comes back (7.3)");
        fuzz_check(diff_parse_stored(&diff, &sync->world->arena, &fail) == RC_OK &&
                       (answer->items[i].fields == NULL ||
                        diff.field_count == answer->items[i].field_count),
                   "a response says what its fields say");
        diff_move(&answer->items[i], &diff); /* what was not read has its fields now */
        *before = &answer->items[i];
    }
}

static void check_plan(const struct sync *sync)
{
    const struct merge_plan *plan = &sync->plan;
    bool changes = plan->stored_count > 0 || plan->replaced.count > 0 || plan->creates.count > 0 ||
                   plan->updates.count > 0 || plan->deletes.count > 0;

    fuzz_check(plan->next_clock == sync->world->next_clock + (sync->has_new ? 1 : 0),
               "the clock moves by one for a push with a new id (4)");
    fuzz_check(sync->has_new || !changes, "known ids alone change nothing (4)");
    check_rows_once(plan);
    check_ids(sync);
    check_stored(sync);
    check_answer(sync);
}

/* ---- The server ---- */

static bool did_exist(const struct world *world, const struct merge_object *object)
{
    for (size_t i = 0; i < world->stored_count; i++)
        if (world->stored[i].model == object->model &&
            text_equal(world->stored[i].object_id, object->id))
            return true;
    return false;
}

static void tell_facts(struct world *world, struct merge_object *object)
{
    const struct naive_row *row = &world->rows.of[naive_number(object->model, object->id)];
    struct value *values = ARENA_ARRAY(&world->arena, NAIVE_FIELDS, struct value);

    for (size_t i = 0; i < NAIVE_FIELDS; i++) {
        values[i] = naive_field(&object->model->fields[i], row->cells[i], &world->arena).value;
        values[i].json = (struct text){NULL, 0};
    }
    object->row = (struct merge_row_state){
        .known = true,
        .live = row->live,
        .existed = row->live || did_exist(world, object),
        .values = row->live ? values : NULL,
    };
}

/* False if the merge refuses the request. */
static bool merge_once(struct sync *sync, bool row_by_row)
{
    struct world *world = sync->world;
    const struct merge_input input = {
        .owner = TEXT_LITERAL("alice"),
        .client_clock = sync->clock,
        .push_clock = world->next_clock,
        .now_ms = world->now_ms,
        .clock_skew_ms = SKEW_MS,
        .history = &sync->history,
        .request = &sync->request,
        .known_clocks = sync->known_clocks,
        .arena = &world->arena,
    };
    struct merge *merge;
    struct fail fail;

    fuzz_check(merge_begin(&input, &merge, &fail) == RC_OK, "what was stored can be read");
    if (row_by_row)
        merge_want_all_rows(merge);
    for (size_t i = 0; i < merge->object_count; i++)
        if (merge->objects[i].wants_row)
            tell_facts(world, &merge->objects[i]);
    sync->has_new = merge->has_new;
    if (merge_finish(merge, &sync->plan, &fail) == RC_OK)
        return true;
    fuzz_check(fail.code == FAIL_NO_SUCH_OBJECT && fail.diff_id[0] != '\0',
               "a merge refuses with NO_SUCH_OBJECT and the diff's id alone");
    return false;
}

static void expect_same_plans(const struct sync *a, const struct sync *b)
{
    const struct merge_plan *left = &a->plan, *right = &b->plan;

    fuzz_check(naive_equal(&a->rows, &b->rows) && left->stored_count == right->stored_count,
               "the bulk path and the row-by-row path do the same");
    for (size_t i = 0; i < left->stored_count; i++)
        fuzz_check(text_equal(left->stored[i].diff.id, right->stored[i].diff.id) &&
                       text_equal(left->stored[i].diff.json_data, right->stored[i].diff.json_data),
                   "the bulk path and the row-by-row path store the same");
    fuzz_check(left->answer.count == right->answer.count,
               "the bulk path and the row-by-row path answer the same");
    for (size_t i = 0; i < left->answer.count; i++)
        fuzz_check(text_equal(left->answer.items[i].json_data, right->answer.items[i].json_data) &&
                       left->answer.items[i].type == right->answer.items[i].type,
                   "the bulk path and the row-by-row path answer the same");
}

static struct diff_list read_all(const struct diff_list *history, struct arena *arena)
{
    struct diff_list all = {ARENA_ARRAY(arena, history->count, struct diff), history->count};
    struct fail fail;

    for (size_t i = 0; i < all.count; i++) {
        all.items[i] = history->items[i];
        fuzz_check(diff_parse_stored(&all.items[i], arena, &fail) == RC_OK,
                   "what was stored can be read");
    }
    return all;
}

/* In bulk first; row by row where the rows are not as that assumed. Where they are, both ways are
 * held against each other: what is read on demand, and what was read before. */
static bool merge_request(struct sync *sync)
{
    struct sync row_by_row = *sync;
    bool accepted = merge_once(sync, false), careful_accepted, fits;

    sync->rows = sync->world->rows;
    fits = accepted && naive_apply(&sync->rows, &sync->plan);
    row_by_row.history = read_all(&sync->history, &sync->world->arena);
    careful_accepted = merge_once(&row_by_row, true);
    fuzz_check(accepted || !careful_accepted, "what is refused in bulk is refused row by row");
    if (!careful_accepted) {
        fuzz_check(!fits, "what is refused row by row does not pass in bulk");
        return false;
    }
    row_by_row.rows = sync->world->rows;
    fuzz_check(naive_apply(&row_by_row.rows, &row_by_row.plan), "a careful plan fits the rows");
    if (fits)
        expect_same_plans(sync, &row_by_row);
    else
        *sync = row_by_row;
    return true;
}

static void collect_history(struct sync *sync)
{
    struct world *world = sync->world;

    sync->history.items = ARENA_ARRAY(&world->arena, world->stored_count, struct diff);
    for (size_t i = 0; i < world->stored_count; i++) {
        struct diff *diff = &sync->history.items[sync->history.count];

        if (world->stored[i].clock < sync->clock)
            continue;
        *diff = world->stored[i];
        diff->unread = true;
        diff->fields = NULL;
        diff->field_count = 0;
        sync->history.count++;
    }
}

static void commit(struct sync *sync)
{
    struct world *world = sync->world;
    const struct merge_plan *plan = &sync->plan;

    if (!sync->has_new)
        return;
    for (size_t i = 0; i < plan->stored_count; i++) {
        fuzz_check(world->stored_count < MAX_DIFFS, "every diff takes a byte of the input");
        world->stored[world->stored_count++] = plan->stored[i].diff;
        remember(world, plan->stored[i].diff.id, world->next_clock);
    }
    for (size_t i = 0; i < plan->known_count; i++)
        remember(world, plan->known_ids[i], world->next_clock);
    for (size_t i = 0; i < sync->request.count; i++)
        fuzz_check(find_known(world, sync->request.items[i].id) != NULL,
                   "every id that was sent is known from then on (7.4)");
    world->rows = sync->rows;
    world->next_clock = plan->next_clock;
}

static bool sync_with_server(struct sync *sync)
{
    struct world *world = sync->world;

    sync->known_clocks = ARENA_ARRAY(&world->arena, sync->request.count, int64_t);
    for (size_t i = 0; i < sync->request.count; i++) {
        const struct known *known = find_known(world, sync->request.items[i].id);

        sync->known_clocks[i] = known == NULL ? -1 : known->clock;
    }
    collect_history(sync);
    if (!merge_request(sync))
        return false;
    check_plan(sync);
    commit(sync);
    return true;
}

/* ---- Its clients ---- */

static struct text new_id(struct world *world, char kind)
{
    char id[16];

    snprintf(id, sizeof(id), "%c%u", kind, world->ids++);
    return arena_text(&world->arena, text_of(id));
}

static void fill_diff(struct world *world, struct diff *diff, size_t object)
{
    unsigned shape = fuzz_byte(&world->bytes);
    unsigned nulls = (shape & 0xC0) == 0xC0 ? shape >> 3 : 0;

    diff->owner = TEXT_LITERAL("alice");
    diff->model = naive_object(object).model;
    diff->object_id = naive_object(object).id;
    naive_fill(diff, shape, nulls, world->last_value + 1, &world->arena);
    world->last_value += (int64_t)NAIVE_FIELDS;
}

/* What the app does; it knows which objects there are. */
static void write_on(struct world *world, struct phone *phone)
{
    size_t object = fuzz_below(&world->bytes, NAIVE_OBJECTS);
    bool deletes = fuzz_below(&world->bytes, 3) == 0;
    enum diff_type type = !phone->rows.of[object].live ? DIFF_CREATE
                          : deletes                    ? DIFF_DELETE
                                                       : DIFF_UPDATE;
    struct diff *diff = &phone->pending[phone->pending_count];

    fuzz_check(phone->pending_count < MAX_DIFFS, "every diff takes a byte of the input");
    phone->pending_count++;
    if (phone->time_ms < world->now_ms)
        phone->time_ms = world->now_ms;
    *diff = (struct diff){
        .id = new_id(world, 'p'), .clock = phone->clock, .time_ms = phone->time_ms, .type = type};
    fill_diff(world, diff, object);
    fuzz_check(naive_execute(&phone->rows, diff), "a phone can do what it does");
}

/* A copy, for the engine points into its request for as long as the history does. */
static struct diff_list copy_of(const struct diff *diffs, size_t count, struct arena *arena)
{
    struct diff_list copy = {ARENA_ARRAY(arena, count, struct diff), count};

    for (size_t i = 0; i < count; i++) {
        copy.items[i] = diffs[i];
        copy.items[i].fields = ARENA_ARRAY(arena, NAIVE_FIELDS, struct field_value);
        for (size_t f = 0; f < diffs[i].field_count; f++) {
            copy.items[i].fields[f] = diffs[i].fields[f];
            copy.items[i].fields[f].source = &copy.items[i];
        }
    }
    return copy;
}

static void take_answer(struct world *world, struct phone *phone, struct sync *sync)
{
    struct diff_list *answer = &sync->plan.answer;

    answer_sort(answer, naive_mapping(), &(struct relations){0}, NULL, &world->arena);
    for (size_t i = 0; i < answer->count; i++) {
        fuzz_check(i == 0 || answer->items[i].clock > answer->items[i - 1].clock ||
                       (answer->items[i].clock == answer->items[i - 1].clock &&
                        answer->items[i].time_ms >= answer->items[i - 1].time_ms),
                   "a response is sorted by clock and time");
        fuzz_check(naive_execute(&phone->rows, &answer->items[i]),
                   "a response can be executed (7.2)");
    }
    fuzz_check(naive_equal(&phone->rows, &world->rows),
               "after a sync the phone's rows are the server's (7.1)");
    phone->pending_count = 0;
    phone->clock = sync->plan.next_clock;
}

static void sync_phone(struct world *world, struct phone *phone, bool lost)
{
    struct sync sync = {
        .world = world,
        .clock = phone->clock,
        .request = copy_of(phone->pending, phone->pending_count, &world->arena),
    };

    fuzz_check(sync_with_server(&sync), "a phone that behaves is not refused");
    if (!lost)
        take_answer(world, phone, &sync);
}

/* Any diffs in any order, of ids that were there before among others, from any clock. */
static void push_anything(struct world *world)
{
    unsigned count = fuzz_below(&world->bytes, MAX_PUSH);
    struct diff diffs[MAX_PUSH];
    struct sync sync = {.world = world};

    sync.clock = (int64_t)fuzz_below(&world->bytes, (unsigned)world->next_clock + 1);
    for (unsigned i = 0; i < count; i++) {
        unsigned which = fuzz_byte(&world->bytes);

        diffs[i] = (struct diff){.type = (enum diff_type)fuzz_below(&world->bytes, DIFF_TYPES)};
        diffs[i].time_ms = START_MS + fuzz_below(&world->bytes, 64);
        diffs[i].id = which % 4 == 0 && world->known_count > 0
                          ? world->known[which % world->known_count].id
                      : which % 16 == 1 && i > 0 ? diffs[i - 1].id
                                                 : new_id(world, 'h');
        fill_diff(world, &diffs[i], which / 4 % NAIVE_OBJECTS);
    }
    sync.request = copy_of(diffs, count, &world->arena);
    (void)sync_with_server(&sync); /* refused or not */
}

static void play_event(struct world *world)
{
    unsigned event = fuzz_byte(&world->bytes);
    struct phone *phone = &world->phones[event % PHONES];

    world->now_ms += event >> 5;
    switch (event / PHONES % 8) {
    case 0:
        push_anything(world);
        break;
    case 1:
    case 2:
        sync_phone(world, phone, false);
        break;
    case 3:
        sync_phone(world, phone, true);
        break;
    default:
        write_on(world, phone);
    }
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct world world;

    if (size > MAX_BYTES)
        return 0;
    world.bytes = (struct fuzz_bytes){data, size};
    world.now_ms = START_MS;
    world.last_value = 0;
    world.ids = 0;
    world.rows = (struct naive_rows){0};
    world.stored_count = world.known_count = 0;
    world.next_clock = 0;
    arena_init(&world.arena);
    for (size_t i = 0; i < PHONES; i++) {
        world.phones[i].rows = (struct naive_rows){0};
        world.phones[i].pending_count = 0;
        world.phones[i].clock = world.phones[i].time_ms = 0;
    }
    while (world.bytes.left > 0)
        play_event(&world);
    for (size_t i = 0; i < 2 * PHONES; i++)
        sync_phone(&world, &world.phones[i % PHONES], false);
    arena_release(&world.arena);
    return 0;
}
