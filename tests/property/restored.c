/* Random histories of devices and of a server that is set back now and then, as by a restore from a
 * backup, after which `mobync restored` is run. Or other SQL removes rows, as ON DELETE CASCADE
 * does, and makes some. The devices are clients as in docs/client.md, the server the engine in
 * memory.
 *
 *   test_restored [--histories N] [--seconds S] [--seed S] [--trace]
 *
 * Holds:   a device that has nothing more to send has what the server has, after every sync; at the
 *          end all of them; what one device alone writes ends as it wrote it; every diff that was
 *          ever confirmed, and not refused, is known to the server.
 * Setting back: the engine in memory does the same again for the same requests, so a backup is the
 *          number of requests that were played until then. */
#include <stdio.h>
#include <stdlib.h>

#include "clock.h"
#include "memory_synchronizer.h"
#include "sync.h"
#include "world.h"

#define MAX_DEVICES ((size_t)4)
#define START_MS    ((int64_t)1600000000000)
#define ROUNDS      300u
#define NOT_SENT    ((int64_t)-1)
#define SKEW_MS     ((int64_t)300000)

static const struct text OWNER = {"alice", 5};

/* A row of the device's table of diffs. */
struct entry {
    struct diff diff;
    int64_t sent; /* the clock of the response that confirmed it */
};

struct device {
    unsigned number;
    int64_t clock;
    struct text lineage;
    int64_t last_time_ms;
    int64_t skew_ms;
    size_t limit; /* of a batch */
    bool restarting;
    unsigned written;
    struct entry *entries;
    size_t count;
    struct cells rows[WORLD_OBJECTS];
    struct cells own; /* of the object that nobody else writes to, as it wrote it */
};

/* A request that the server took, or a `mobync restored`. */
struct played {
    bool restored;
    int64_t epoch;
    int64_t now_ms;
    struct sync_request request;
};

struct sim {
    struct arena arena; /* of the history */
    struct synchronizer *s;
    struct random random;
    struct device devices[MAX_DEVICES];
    size_t device_count;
    struct played *journal;
    size_t journal_count;
    bool other_sql; /* rows are removed and made, else the server is set back */
    int64_t epoch;  /* the highest ever */
    int64_t now_ms;
    struct text *confirmed; /* ids */
    size_t confirmed_count;
    uint64_t syncs, restores, restarts, refused, removed, made;
    bool trace;
    char violation[300];
};

static bool violated(struct sim *sim, const struct device *device, const char *what)
{
    snprintf(sim->violation, sizeof(sim->violation), "device %u: %s", device->number, what);
    return false;
}

/* ---- The server ---- */

static struct diff_list copied(struct sim *sim, const struct diff_list *diffs)
{
    struct diff_list copy = {ARENA_ARRAY(&sim->arena, diffs->count + 1, struct diff), diffs->count};

    for (size_t i = 0; i < diffs->count; i++) {
        struct diff *diff = &copy.items[i];

        *diff = diffs->items[i];
        diff->fields = ARENA_ARRAY(&sim->arena, diff->field_count + 1, struct field_value);
        for (size_t f = 0; f < diff->field_count; f++) {
            diff->fields[f] = diffs->items[i].fields[f];
            diff->fields[f].source = diff;
        }
    }
    return copy;
}

static enum rc serve(struct sim *sim, const struct sync_request *request,
                     struct sync_answer *answer, struct fail *fail)
{
    struct sync_request played = *request;

    played.diffs = copied(sim, &request->diffs);
    played.rejections = ARENA_NEW(&sim->arena, struct rejections);
    rejections_init(played.rejections, played.diffs.count, true, &sim->arena);
    clock_set_for_test(sim->now_ms);
    return sync_apply(sim->s, &played, &sim->arena, answer, fail);
}

static void note(struct sim *sim, const struct played *played)
{
    sim->journal = realloc_or_die(sim->journal, (sim->journal_count + 1) * sizeof(*played));
    sim->journal[sim->journal_count++] = *played;
}

static bool run_restored(struct sim *sim, int64_t at_least)
{
    struct lineage lineage;
    struct fail fail;

    return sim->s->ops->lineages->raise(sim->s, at_least, &sim->arena, &lineage, &fail) == RC_OK;
}

/* Back to what was there after so many requests, and on with a new lineage. */
static bool set_back(struct sim *sim, size_t count)
{
    const int64_t now_ms = sim->now_ms;
    bool good = true;

    memory_synchronizer_reset(sim->s);
    sim->journal_count = count;
    for (size_t i = 0; i < count && good; i++) {
        struct sync_answer answer = {0};
        struct fail fail;

        sim->now_ms = sim->journal[i].now_ms;
        good = sim->journal[i].restored
                   ? run_restored(sim, sim->journal[i].epoch)
                   : serve(sim, &sim->journal[i].request, &answer, &fail) == RC_OK;
    }
    sim->now_ms = now_ms;
    sim->restores++;
    if (sim->trace)
        printf("  the server is set back to what it was after %zu\n", count);
    note(sim, &(struct played){.restored = true, .epoch = ++sim->epoch});
    return good && run_restored(sim, sim->epoch);
}

static struct cells server_row(struct sim *sim, size_t number)
{
    const struct world_object object = world_object(number);
    struct synchronizer *s = sim->s;
    struct cells cells;
    struct row row = {0};
    struct fail fail;
    int64_t head;
    enum rc rc = s->ops->begin(s, OWNER, &head, &fail);

    cells_clear(&cells);
    if (rc == RC_OK)
        rc = s->ops->read(s, (struct owner_model){OWNER, object.model},
                          (struct id_list){&object.id, 1}, &sim->arena, &row, &fail);
    s->ops->rollback(s);
    cells.live = rc == RC_OK && row.live;
    for (size_t i = 0; cells.live && i < object.model->field_count; i++)
        cells.json[i] = row.values[i].json;
    return cells;
}

/* ---- A client, function by function as docs/client.md 1 has it ---- */

static void apply(struct device *device, const struct diff *diff)
{
    struct cells *row = &device->rows[world_object_number(diff->model, diff->object_id)];

    if (diff->type == DIFF_UPDATE && !row->live)
        return;
    if (diff->type != DIFF_UPDATE)
        cells_clear(row);
    row->live = diff->type != DIFF_DELETE;
    for (size_t i = 0; i < diff->field_count; i++)
        row->json[diff->fields[i].field->index] = diff->fields[i].value.json;
}

static void local_write(struct sim *sim, struct device *device, enum diff_type type, size_t number)
{
    const struct world_object object = world_object(number);
    const uint32_t value = random_below(&sim->random, 1000);
    const int64_t now_ms = sim->now_ms + device->skew_ms;
    struct field_value *fields = ARENA_ARRAY(&sim->arena, WORLD_FIELDS, struct field_value);
    struct diff diff = {.owner = OWNER,
                        .clock = device->clock,
                        .type = type,
                        .fields = fields,
                        .model = object.model,
                        .object_id = object.id};
    char id[32];

    device->last_time_ms = now_ms > device->last_time_ms ? now_ms : device->last_time_ms + 1;
    diff.time_ms = device->last_time_ms;
    for (size_t i = 0; type != DIFF_DELETE && i < object.model->field_count; i++)
        if (random_one(&sim->random, 2)) {
            const struct field *field = &object.model->fields[i];
            const struct text json = world_value(field, value, &sim->arena);

            fields[diff.field_count++] = (struct field_value){
                .field = field, .value = world_typed(field, json), .time_ms = diff.time_ms};
        }
    snprintf(id, sizeof(id), "d%u-%u", device->number, device->written++);
    diff.id = arena_text(&sim->arena, text_of(id));
    diff.json_data = flat_write(object.id, fields, diff.field_count, &sim->arena);
    apply(device, &diff);
    device->entries =
        realloc_or_die(device->entries, (device->count + 1) * sizeof(*device->entries));
    device->entries[device->count++] = (struct entry){diff, NOT_SENT};
    if (number == device->number)
        device->own = device->rows[number];
    if (sim->trace)
        printf("  device %u writes %s: %s %s\n", device->number, id, diff_type_name(type),
               diff.json_data.ptr);
}

static bool anything_pending(const struct device *device)
{
    for (size_t i = 0; i < device->count; i++)
        if (device->entries[i].sent == NOT_SENT)
            return true;
    return false;
}

static void reset(struct device *device)
{
    for (size_t i = 0; i < WORLD_OBJECTS; i++)
        cells_clear(&device->rows[i]);
    device->clock = 0;
    for (size_t i = 0; i < device->count; i++)
        if (device->entries[i].sent == NOT_SENT)
            apply(device, &device->entries[i].diff);
}

static void sort_diffs(struct diff_list *list)
{
    for (size_t i = 1; i < list->count; i++) {
        const struct diff moving = list->items[i];
        size_t at = i;

        for (; at > 0 && (list->items[at - 1].clock > moving.clock ||
                          (list->items[at - 1].clock == moving.clock &&
                           list->items[at - 1].time_ms > moving.time_ms));
             at--)
            list->items[at] = list->items[at - 1];
        list->items[at] = moving;
    }
}

static void apply_received(struct sim *sim, struct device *device, const struct diff *received)
{
    struct diff diff = *received;
    struct flat flat;

    if (!flat_parse(diff.model, arena_text(&sim->arena, diff.json_data), &flat))
        abort();
    diff.fields = flat.fields;
    diff.field_count = diff.type == DIFF_DELETE ? 0 : flat.count;
    apply(device, &diff);
}

/* The user is told. It may have been confirmed once, before what it changes was lost. */
static void remove_refused(struct sim *sim, struct device *device, struct text id)
{
    size_t kept = 0;

    for (size_t i = 0; i < device->count; i++)
        if (!text_equal(device->entries[i].diff.id, id))
            device->entries[kept++] = device->entries[i];
    device->count = kept;
    kept = 0;
    for (size_t i = 0; i < sim->confirmed_count; i++)
        if (!text_equal(sim->confirmed[i], id))
            sim->confirmed[kept++] = sim->confirmed[i];
    sim->confirmed_count = kept;
}

static void confirm(struct sim *sim, struct device *device, const struct diff_list *batch)
{
    for (size_t i = 0, k = 0; i < device->count && k < batch->count; i++) {
        if (!text_equal(device->entries[i].diff.id, batch->items[k].id))
            continue;
        device->entries[i].sent = device->clock;
        k++;
        sim->confirmed =
            realloc_or_die(sim->confirmed, (sim->confirmed_count + 1) * sizeof(*sim->confirmed));
        sim->confirmed[sim->confirmed_count++] = device->entries[i].diff.id;
    }
}

static void received(struct sim *sim, struct device *device, const struct diff_list *batch,
                     struct sync_answer *answer)
{
    if (answer->next_clock > device->clock) {
        size_t behind = batch->count;

        sort_diffs(&answer->diffs);
        for (size_t i = 0; i < answer->diffs.count; i++)
            apply_received(sim, device, &answer->diffs.items[i]);
        device->clock = answer->next_clock;
        for (size_t i = 0; i < device->count; i++) {
            if (device->entries[i].sent != NOT_SENT)
                continue;
            if (behind > 0)
                behind--;
            else
                apply(device, &device->entries[i].diff);
        }
    }
    device->lineage = arena_text(&sim->arena, answer->lineage);
    confirm(sim, device, batch);
    for (size_t i = 0; i < answer->rejected_count; i++)
        remove_refused(sim, device, answer->rejected[i].id);
    sim->refused += answer->rejected_count;
}

static bool failed(struct sim *sim, struct device *device, const struct fail *fail)
{
    if (fail->code != FAIL_INVALID_CLOCK)
        return violated(sim, device, fail->message);
    if (!fail->restarts)
        return violated(sim, device, "INVALID_CLOCK without a restart_clock");
    for (size_t i = 0; i < device->count; i++)
        if (device->entries[i].sent > fail->restart_clock)
            device->entries[i].sent = NOT_SENT;
    if (device->clock == 0)
        reset(device);
    device->clock = fail->restart_clock;
    device->lineage = (struct text){0};
    device->restarting = true;
    sim->restarts++;
    if (sim->trace)
        printf("    409, restart_clock %lld\n", (long long)fail->restart_clock);
    return true;
}

static struct diff_list first_pending(struct sim *sim, const struct device *device)
{
    struct diff_list batch = {.items = ARENA_ARRAY(&sim->arena, device->count + 1, struct diff)};

    for (size_t i = 0; i < device->count && batch.count < device->limit; i++)
        if (device->entries[i].sent == NOT_SENT)
            batch.items[batch.count++] = device->entries[i].diff;
    return batch;
}

/* Does the history say otherwise than the row, and no device's change has shown that yet? */
static bool is_untold(struct sim *sim, size_t number)
{
    const struct world_object object = world_object(number);
    struct synchronizer *s = sim->s;
    struct object_past past = {.existed = false};
    struct row row = {0};
    struct fail fail;
    int64_t head;
    enum rc rc = s->ops->begin(s, OWNER, &head, &fail);

    if (rc == RC_OK)
        rc = s->ops->find_past(s, (struct owner_model){OWNER, object.model},
                               (struct id_list){&object.id, 1}, &past, &fail);
    if (rc == RC_OK)
        rc = s->ops->read(s, (struct owner_model){OWNER, object.model},
                          (struct id_list){&object.id, 1}, &sim->arena, &row, &fail);
    s->ops->rollback(s);
    return rc == RC_OK && (past.existed && !past.deleted) != row.live;
}

static bool check_device(struct sim *sim, const struct device *device)
{
    for (size_t i = 0; i < WORLD_OBJECTS; i++) {
        const struct cells row = server_row(sim, i);

        if (is_untold(sim, i))
            continue;
        if (!cells_equal(world_object(i).model, &row, &device->rows[i])) {
            if (sim->trace)
                printf("    object %zu: %s here, %s on the server\n", i,
                       device->rows[i].live ? "live" : "absent", row.live ? "live" : "absent");
            return violated(sim, device, "its rows are not the server's");
        }
    }
    return true;
}

/* lost: the response is, after the commit. */
static bool sync_once(struct sim *sim, struct device *device, bool lost)
{
    const struct sync_request request = {
        .owner = OWNER,
        .clock = device->clock,
        .lineage = device->lineage,
        .diffs = first_pending(sim, device),
        .clock_skew_ms = SKEW_MS,
    };
    struct sync_answer answer = {0};
    struct fail fail = {0};
    enum rc rc = serve(sim, &request, &answer, &fail);

    sim->syncs++;
    if (sim->trace)
        printf("  device %u sends %zu at clock %lld: %s, clock %lld, %zu diffs, %zu refused%s\n",
               device->number, request.diffs.count, (long long)request.clock,
               rc == RC_OK ? "ok" : fail.message, (long long)answer.next_clock, answer.diffs.count,
               answer.rejected_count, lost ? ", lost" : "");
    if (rc == RC_OK)
        note(sim, &(struct played){.now_ms = sim->now_ms, .request = request});
    if (lost)
        return true;
    if (rc != RC_OK)
        return failed(sim, device, &fail);
    received(sim, device, &request.diffs, &answer);
    if (anything_pending(device))
        return true;
    if (device->restarting) {
        device->restarting = false;
        reset(device);
        return true;
    }
    return device->clock == 0 || check_device(sim, device);
}

/* ---- Histories ---- */

static bool has_pending(const struct device *device, size_t number)
{
    const struct world_object object = world_object(number);

    for (size_t i = 0; i < device->count; i++)
        if (device->entries[i].sent == NOT_SENT && device->entries[i].diff.model == object.model &&
            text_equal(device->entries[i].diff.object_id, object.id))
            return true;
    return false;
}

/* An update that a response has made void still waits, and would be folded with a create
 * (docs/correctness.md, known limitations). */
static bool is_void_update_pending(const struct device *device, size_t number)
{
    const struct world_object object = world_object(number);
    enum diff_type last = DIFF_DELETE;

    for (size_t i = 0; i < device->count; i++)
        if (device->entries[i].sent == NOT_SENT && device->entries[i].diff.model == object.model &&
            text_equal(device->entries[i].diff.object_id, object.id))
            last = device->entries[i].diff.type;
    return !device->rows[number].live && last != DIFF_DELETE;
}

static void write_something(struct sim *sim, struct device *device)
{
    /* Its own object, or one of those that all write to. */
    const size_t shared = WORLD_OBJECTS - MAX_DEVICES;
    const size_t number = random_one(&sim->random, 2)
                              ? device->number
                              : MAX_DEVICES + random_below(&sim->random, (uint32_t)shared);
    const bool live = device->rows[number].live;

    if (is_void_update_pending(device, number))
        return;
    local_write(sim, device,
                !live                         ? DIFF_CREATE
                : random_one(&sim->random, 4) ? DIFF_DELETE
                                              : DIFF_UPDATE,
                number);
}

/* Between its restart and its next response. */
static bool is_starting_over(const struct device *device)
{
    for (size_t i = 0; device->clock == 0 && i < device->count; i++)
        if (device->entries[i].sent != NOT_SENT)
            return true;
    return false;
}

/* None is older than the last `mobync restored`: such a one lacks a lineage that devices know, by
 * which they are told to start again without what they had sent (docs/client.md 4). */
static size_t random_backup(struct sim *sim)
{
    size_t oldest = sim->journal_count;

    while (oldest > 0 && !sim->journal[oldest - 1].restored)
        oldest--;
    return oldest + random_below(&sim->random, (uint32_t)(sim->journal_count - oldest) + 1);
}

/* As ON DELETE CASCADE does. Of what all devices have: a create of it would not be noticed on the
 * bulk path (docs/merging.md 6.7). */
static void remove_some_row(struct sim *sim)
{
    const size_t shared = WORLD_OBJECTS - MAX_DEVICES;
    const size_t number = MAX_DEVICES + random_below(&sim->random, (uint32_t)shared);

    for (size_t i = 0; i < sim->device_count; i++)
        if (!sim->devices[i].rows[number].live || has_pending(&sim->devices[i], number))
            return;
    memory_synchronizer_drop_row(sim->s, OWNER, world_object(number).model,
                                 world_object(number).id);
    sim->removed++;
    if (sim->trace)
        printf("  other SQL removes %.*s\n", TEXT_ARG(world_object(number).id));
}

/* Of what no device has: an update of it would not be noticed. */
static void make_some_row(struct sim *sim)
{
    const size_t shared = WORLD_OBJECTS - MAX_DEVICES;
    const size_t number = MAX_DEVICES + random_below(&sim->random, (uint32_t)shared);
    const struct world_object object = world_object(number);
    const struct text json = world_value(&object.model->fields[0], 77, &sim->arena);
    const struct field_value field = {.field = &object.model->fields[0],
                                      .value = world_typed(&object.model->fields[0], json)};

    for (size_t i = 0; i < sim->device_count; i++)
        if (sim->devices[i].rows[number].live || has_pending(&sim->devices[i], number))
            return;
    if (server_row(sim, number).live)
        return;
    memory_synchronizer_put_row(sim->s, OWNER, object.model,
                                &(struct object){object.id, &field, 1});
    sim->made++;
    if (sim->trace)
        printf("  other SQL makes %.*s\n", TEXT_ARG(object.id));
}

static bool step(struct sim *sim)
{
    struct device *device = &sim->devices[random_below(&sim->random, (uint32_t)sim->device_count)];
    const uint32_t kind = random_below(&sim->random, 100);

    sim->now_ms += random_below(&sim->random, 50);
    if (kind < 45) {
        /* Until its next response a device that starts over has empty tables. */
        if (!is_starting_over(device))
            write_something(sim, device);
        return true;
    }
    if (kind < 96)
        return sync_once(sim, device, kind >= 86);
    if (sim->other_sql) {
        if (random_one(&sim->random, 2))
            remove_some_row(sim);
        else
            make_some_row(sim);
        return true;
    }
    return set_back(sim, random_backup(sim));
}

static bool is_known(struct sim *sim, struct text id)
{
    struct push_query query = {.owner = OWNER, .ids = &id, .count = 1};
    struct synchronizer *s = sim->s;
    struct history history;
    struct known_id known = {.clock = -1};
    struct fail fail;
    int64_t head;

    if (s->ops->begin(s, OWNER, &head, &fail) == RC_OK &&
        s->ops->read_push(s, &query, &sim->arena, &history, &known, &fail) != RC_OK)
        known.clock = -1;
    s->ops->rollback(s);
    return known.clock >= 0;
}

static void trace_cells(const struct sim *sim, const char *what, const struct cells *cells)
{
    if (!sim->trace)
        return;
    printf("    %s:%s", what, cells->live ? "" : " nothing");
    for (size_t i = 0; cells->live && i < WORLD_FIELDS; i++)
        printf(" %.*s", TEXT_ARG(cells->json[i]));
    printf("\n");
}

static bool check_end(struct sim *sim)
{
    for (size_t i = 0; i < sim->device_count; i++) {
        struct device *device = &sim->devices[i];
        const struct cells row = server_row(sim, device->number);

        if (!check_device(sim, device))
            return false;
        if (!cells_equal(world_object(device->number).model, &row, &device->own)) {
            trace_cells(sim, "wrote", &device->own);
            trace_cells(sim, "is", &row);
            return violated(sim, device, "what it alone wrote is not as it wrote it");
        }
    }
    for (size_t i = 0; i < sim->confirmed_count; i++)
        if (!is_known(sim, sim->confirmed[i])) {
            snprintf(sim->violation, sizeof(sim->violation), "%s was confirmed, and is lost",
                     sim->confirmed[i].ptr);
            return false;
        }
    return true;
}

/* What no device has noticed yet one of them changes, or creates. */
static bool notice_all(struct sim *sim)
{
    bool any = false;

    for (size_t number = 0; number < WORLD_OBJECTS; number++) {
        const bool live = server_row(sim, number).live;

        for (size_t i = 0; is_untold(sim, number) && i < sim->device_count; i++) {
            if (sim->devices[i].rows[number].live == live)
                continue;
            local_write(sim, &sim->devices[i],
                        live              ? DIFF_CREATE
                        : number % 2 == 0 ? DIFF_UPDATE
                                          : DIFF_DELETE,
                        number);
            any = true;
            break;
        }
    }
    return any;
}

static bool come_to_rest(struct sim *sim)
{
    bool quiet = false;

    for (unsigned round = 0; round < ROUNDS && !quiet; round++) {
        quiet = true;
        for (size_t i = 0; i < sim->device_count; i++) {
            struct device *device = &sim->devices[i];
            const int64_t before = device->clock;
            const bool was_restarting = device->restarting;

            sim->now_ms++;
            if (!sync_once(sim, device, false))
                return false;
            quiet &= device->clock == before && !was_restarting && !device->restarting &&
                     !anything_pending(device);
        }
    }
    return quiet || violated(sim, sim->devices, "the devices never come to rest");
}

/* One more device, which has nothing. */
static bool check_new_device(struct sim *sim)
{
    struct device fresh = {.number = MAX_DEVICES, .limit = 1};
    bool held;

    reset(&fresh);
    held = sync_once(sim, &fresh, false);
    return held && check_device(sim, &fresh);
}

static bool quiesce(struct sim *sim)
{
    return come_to_rest(sim) && (!notice_all(sim) || come_to_rest(sim)) && check_end(sim) &&
           check_new_device(sim);
}

static void begin(struct sim *sim, uint64_t seed)
{
    sim->random = (struct random){seed};
    memory_synchronizer_reset(sim->s);
    sim->device_count = 2 + random_below(&sim->random, (uint32_t)MAX_DEVICES - 1);
    for (size_t i = 0; i < sim->device_count; i++) {
        sim->devices[i] = (struct device){
            .number = (unsigned)i,
            .skew_ms = (int64_t)random_below(&sim->random, 2000) - 1000,
            .limit = random_one(&sim->random, 3) ? 1 + random_below(&sim->random, 3) : 500,
        };
        cells_clear(&sim->devices[i].own);
        reset(&sim->devices[i]);
    }
    sim->other_sql = random_one(&sim->random, 3);
    sim->journal_count = 0;
    sim->confirmed_count = 0;
    sim->epoch = 0;
    sim->now_ms = START_MS;
}

static void end(struct sim *sim)
{
    for (size_t i = 0; i < sim->device_count; i++)
        free(sim->devices[i].entries);
    arena_clear(&sim->arena);
    clock_set_for_test(-1);
}

static bool play(struct sim *sim, uint64_t seed)
{
    bool held = true;
    size_t steps;

    begin(sim, seed);
    steps = 10 + random_below(&sim->random, 90);
    for (size_t i = 0; i < steps && held; i++)
        held = step(sim);
    held = held && quiesce(sim);
    end(sim);
    return held;
}

int main(int argc, char **argv)
{
    static const struct world_rules RULES = {.quarantine = false};
    uint64_t seed = (uint64_t)clock_now_ms(), histories = UINT64_MAX, count = 0;
    int64_t seconds = 10, start_us = clock_monotonic_us();
    struct sim sim = {.trace = false};
    bool held = true;

    for (int i = 1; i < argc; i++) {
        const bool has_value = i + 1 < argc;

        if (strcmp(argv[i], "--trace") == 0)
            sim.trace = true;
        else if (has_value && strcmp(argv[i], "--seed") == 0)
            seed = strtoull(argv[++i], NULL, 10);
        else if (has_value && strcmp(argv[i], "--histories") == 0)
            histories = strtoull(argv[++i], NULL, 10);
        else if (has_value && strcmp(argv[i], "--seconds") == 0)
            seconds = strtoll(argv[++i], NULL, 10);
        else
            return 2;
    }
    printf("seed %llu\n", (unsigned long long)seed);
    world_restrict(&RULES);
    arena_init(&sim.arena);
    sim.s = memory_synchronizer_new(world_mapping());
    memory_synchronizer_set_triggers(sim.s, true);
    while (held && count < histories && clock_monotonic_us() - start_us < seconds * 1000000) {
        held = play(&sim, seed + count);
        if (!held)
            printf("seed %llu fails: %s\n", (unsigned long long)(seed + count), sim.violation);
        count++;
    }
    printf("%llu histories, %llu syncs, %llu times set back, %llu restarts, %llu refused, "
           "%llu rows removed and %llu made\n",
           (unsigned long long)count, (unsigned long long)sim.syncs,
           (unsigned long long)sim.restores, (unsigned long long)sim.restarts,
           (unsigned long long)sim.refused, (unsigned long long)sim.removed,
           (unsigned long long)sim.made);
    memory_synchronizer_free(sim.s);
    arena_release(&sim.arena);
    free(sim.journal);
    free(sim.confirmed);
    return held ? 0 : 1;
}
