/* Random histories of devices at three versions of an app, while the server's config moves on
 * from the first to the third: fields are renamed, retyped and added, models come, devices upgrade
 * with changes unsent, responses are lost. Requests and responses are the JSON of POST /sync,
 * through the routes, on the engine in memory.
 *
 *   test_versions [--histories N] [--seconds S] [--seed S] [--trace]
 *
 * Holds:   a device that has nothing to send has, after each sync, what the tables hold, as far as
 *          its version sees it; a field that no version of a request sees is as it was before,
 *          where the row was there before and after; creates of a response name what the device
 *          lacks, updates what it has, and nothing names what its version does not see.
 * Oracle:  the table NAMES, and text: no code of src/versions. */
#include <stdio.h>
#include <stdlib.h>

#include "app.h"
#include "clock.h"
#include "json_dom.h"
#include "json_write.h"
#include "memory_synchronizer.h"
#include "world.h"

#define MODELS   ((size_t)2)
#define COLUMNS  ((size_t)4)
#define OBJECTS  ((size_t)4) /* of a model */
#define VERSIONS 3
#define DEVICES  ((size_t)4)
#define START_MS ((int64_t)1600000000000)
#define ROUNDS   60
#define OWNER    "alice"

enum { TASKS, NOTES };

/* What each version calls a column; NULL: it does not see it. */
static const char *const NAMES[VERSIONS + 1][MODELS][COLUMNS] = {
    [1] = {{"name", "done"}, {NULL}},
    [2] = {{"title", "done", "color"}, {"text"}},
    [3] = {{"title", "status", "colour", "rank"}, {"text", "pinned"}},
};
static const char *const MODEL_NAMES[MODELS] = {"tasks", "notes"};
static const bool MODEL_KNOWN[VERSIONS + 1][MODELS] = {
    [1] = {true, false}, [2] = {true, true}, [3] = {true, true}};
/* What a create of a version that does not see a column sets it to, in the config of each time. */
static const char *const INITIAL[MODELS][COLUMNS] = {{NULL, NULL, "\"grey\"", "null"}, {NULL, "0"}};

#define FIELD(n, t, i)                                                                             \
    {                                                                                              \
        .name = {n, sizeof(n) - 1}, .column = {n, sizeof(n) - 1}, .type = (t), .index = (i)        \
    }
static struct text statuses[] = {{"open", 4}, {"done", 4}};
static struct field fields[VERSIONS + 1][MODELS][COLUMNS] = {
    [1] = {{FIELD("name", FIELD_STRING, 0), FIELD("done", FIELD_INTEGER, 1)}, {{.index = 0}}},
    [2] = {{FIELD("title", FIELD_STRING, 0), FIELD("done", FIELD_INTEGER, 1),
            FIELD("color", FIELD_STRING, 2)},
           {FIELD("text", FIELD_STRING, 0)}},
    [3] = {{FIELD("title", FIELD_STRING, 0),
            {.name = {"status", 6},
             .column = {"status", 6},
             .type = FIELD_ENUM,
             .values = statuses,
             .value_count = 2,
             .index = 1},
            FIELD("colour", FIELD_STRING, 2),
            FIELD("rank", FIELD_INTEGER, 3)},
           {FIELD("text", FIELD_STRING, 0), FIELD("pinned", FIELD_BOOLEAN, 1)}},
};
static const size_t FIELD_COUNTS[VERSIONS + 1][MODELS] = {[1] = {2, 0}, [2] = {3, 1}, [3] = {4, 2}};

#define T(s)                                                                                       \
    {                                                                                              \
        s, sizeof(s) - 1                                                                           \
    }
#define RENAMED(n, o)                                                                              \
    {                                                                                              \
        .name = T(n), .older = T(o)                                                                \
    }
static struct version_value done_values[] = {{T("\"open\""), T("0")}, {T("\"done\""), T("1")}};
static struct version_field tasks_1_at_2[] = {RENAMED("title", "name"),
                                              {.name = T("color"), .initial = T("\"grey\"")}};
static struct version_field tasks_1_at_3[] = {
    RENAMED("title", "name"),
    {T("status"), T("done"), {NULL, 0}, done_values, 2},
    {.name = T("colour"), .initial = T("\"grey\"")},
    {.name = T("rank")},
};
static struct version_field tasks_2_at_3[] = {
    {T("status"), T("done"), {NULL, 0}, done_values, 2},
    RENAMED("colour", "color"),
    {.name = T("rank")},
};
static struct version_field notes_2_at_3[] = {{.name = T("pinned"), .initial = T("0")}};

static struct version_model models_1_at_2[] = {
    {.name = T("tasks"), .hides = true, .fields = tasks_1_at_2, .field_count = 2},
    {.name = T("notes"), .unknown = true},
};
static struct version_model models_1_at_3[] = {
    {.name = T("tasks"), .hides = true, .fields = tasks_1_at_3, .field_count = 4},
    {.name = T("notes"), .unknown = true},
};
static struct version_model models_2_at_3[] = {
    {.name = T("tasks"), .hides = true, .fields = tasks_2_at_3, .field_count = 3},
    {.name = T("notes"), .hides = true, .fields = notes_2_at_3, .field_count = 1},
};
static struct version at_2[] = {{.number = 1, .models = models_1_at_2, .model_count = 2}};
static struct version at_3[] = {{.number = 1, .models = models_1_at_3, .model_count = 2},
                                {.number = 2, .models = models_2_at_3, .model_count = 2}};
/* By what is the newest; the first config knows of no versions at all. */
static struct versions configs[VERSIONS + 1] = {
    [1] = {.newest = 1, .of_silent = 1, .message = T("update")},
    [2] = {at_2, 1, 2, 2, T("update")},
    [3] = {at_3, 2, 3, 3, T("update")},
};

static struct model models[MODELS] = {
    {.name = T("tasks"), .table = T("tasks"), .allow = {true, true, true}, .index = TASKS},
    {.name = T("notes"), .table = T("notes"), .allow = {true, true, true}, .index = NOTES},
};
static struct mapping mapping = {.models = models, .model_count = MODELS};

/* A row: JSON by column, in the words of whoever has it; "null" where nothing was set. */
struct record {
    bool live;
    struct text json[COLUMNS];
};

/* A row of the device's table of diffs. */
struct pending {
    char id[32];
    int64_t time_ms;
    enum diff_type type;
    size_t model;
    size_t object;
    int version;
    struct text json_data;
};

struct device {
    unsigned number;
    int version;
    int migrate_from; /* 0: not under way */
    int64_t clock;
    int64_t skew_ms;
    int64_t last_time_ms;
    unsigned written;
    struct pending *pending;
    size_t pending_count;
    struct record rows[MODELS][OBJECTS];
};

struct sim {
    struct arena arena; /* of the history */
    struct arena exchange;
    struct synchronizer *s;
    struct http_handler *handler;
    struct buf body;
    struct buf reply;
    struct random random;
    int newest;
    struct device devices[DEVICES];
    size_t device_count;
    struct record before[MODELS][OBJECTS]; /* the tables before the request */
    int64_t now_ms;
    uint64_t syncs, upgrades, migrations, lost, older, turned_away;
    bool trace;
    char violation[400];
};

static bool violated(struct sim *sim, const struct device *device, const char *what)
{
    snprintf(sim->violation, sizeof(sim->violation), "device %u of version %d at clock %lld: %s",
             device->number, device->version, (long long)device->clock, what);
    return false;
}

static const char *object_id(size_t model, size_t object)
{
    static const char *const IDS[MODELS][OBJECTS] = {{"t0", "t1", "t2", "t3"},
                                                     {"n0", "n1", "n2", "n3"}};

    return IDS[model][object];
}

static void clear_record(struct record *record)
{
    *record = (struct record){.live = false};
    for (size_t i = 0; i < COLUMNS; i++)
        record->json[i] = TEXT_LITERAL("null");
}

/* ---- The oracle ---- */

/* A column's value of the tables, in the words of a version. */
static struct text in_version(int newest, int version, size_t model, size_t column,
                              struct text json)
{
    if (model == TASKS && column == 1 && newest == 3 && version < 3) {
        if (text_is(json, "\"open\""))
            return TEXT_LITERAL("0");
        if (text_is(json, "\"done\""))
            return TEXT_LITERAL("1");
    }
    return json;
}

static void read_tables(struct sim *sim, struct record into[MODELS][OBJECTS])
{
    struct synchronizer *s = sim->s;
    struct fail fail;
    int64_t next;

    for (size_t m = 0; m < MODELS; m++)
        for (size_t o = 0; o < OBJECTS; o++)
            clear_record(&into[m][o]);
    if (s->ops->begin_snapshot(s, TEXT_LITERAL(OWNER), &next, &fail) != RC_OK)
        abort();
    for (size_t m = 0; m < MODELS; m++)
        for (size_t o = 0; o < OBJECTS; o++) {
            const struct text id = text_of(object_id(m, o));
            struct record *record = &into[m][o];
            struct row row;

            if (s->ops->read(s, (struct owner_model){TEXT_LITERAL(OWNER), &models[m]},
                             (struct id_list){&id, 1}, &sim->arena, &row, &fail) != RC_OK)
                abort();
            record->live = row.live;
            for (size_t c = 0; row.live && c < models[m].field_count; c++) {
                struct buf buf;

                buf_init(&buf, 4096);
                value_write_json((struct mapped_field){&models[m].fields[c], NULL}, &row.values[c],
                                 &buf);
                record->json[c] = arena_text(&sim->arena, buf_text(&buf));
                buf_release(&buf);
            }
        }
    s->ops->rollback(s);
}

/* Does a version of a diff in the request see the column? */
static bool is_seen(const struct device *device, size_t model, size_t object, size_t column)
{
    for (size_t i = 0; i < device->pending_count; i++) {
        const struct pending *diff = &device->pending[i];

        if (diff->model == model && diff->object == object &&
            NAMES[diff->version][model][column] != NULL)
            return true;
    }
    return false;
}

/* An object is there before and after: what the device cannot see is as it was. One that it made
 * has what the config says. */
static bool check_unseen(struct sim *sim, const struct device *device)
{
    struct record after[MODELS][OBJECTS];

    read_tables(sim, after);
    for (size_t m = 0; m < MODELS; m++)
        for (size_t o = 0; o < OBJECTS; o++)
            for (size_t c = 0; c < FIELD_COUNTS[sim->newest][m]; c++) {
                const struct record *was = &sim->before[m][o], *is = &after[m][o];

                if (!is->live || is_seen(device, m, o, c))
                    continue;
                if (was->live && !text_equal(was->json[c], is->json[c]))
                    return violated(sim, device, "a field was changed that it does not see");
                if (!was->live && !text_is(is->json[c], INITIAL[m][c]))
                    return violated(sim, device, "a create did not set what the config says");
            }
    return true;
}

static bool check_device(struct sim *sim, const struct device *device)
{
    struct record tables[MODELS][OBJECTS];

    read_tables(sim, tables);
    for (size_t m = 0; m < MODELS; m++)
        for (size_t o = 0; MODEL_KNOWN[device->version][m] && o < OBJECTS; o++) {
            const struct record *has = &device->rows[m][o], *is = &tables[m][o];

            if (has->live != is->live) {
                snprintf(sim->violation, sizeof(sim->violation),
                         "device %u of version %d at %lld %s %s, unlike the tables", device->number,
                         device->version, (long long)device->clock, has->live ? "has" : "lacks",
                         object_id(m, o));
                return false;
            }
            for (size_t c = 0; is->live && c < COLUMNS; c++) {
                const struct text wanted =
                    in_version(sim->newest, device->version, m, c, is->json[c]);

                if (NAMES[device->version][m][c] == NULL || text_equal(has->json[c], wanted))
                    continue;
                snprintf(sim->violation, sizeof(sim->violation),
                         "device %u of version %d at %lld has %s.%s %.*s, the tables %.*s",
                         device->number, device->version, (long long)device->clock, object_id(m, o),
                         NAMES[device->version][m][c], TEXT_ARG(has->json[c]), TEXT_ARG(wanted));
                return false;
            }
        }
    return true;
}

/* ---- What a device does by itself ---- */

static struct text random_value(struct sim *sim, int version, size_t model, size_t column)
{
    char text[32];

    if (model == TASKS && column == 1)
        return version < 3 ? (random_one(&sim->random, 2) ? TEXT_LITERAL("1") : TEXT_LITERAL("0"))
               : random_one(&sim->random, 2) ? TEXT_LITERAL("\"open\"")
                                             : TEXT_LITERAL("\"done\"");
    if (model == NOTES && column == 1)
        return random_one(&sim->random, 2) ? TEXT_LITERAL("1") : TEXT_LITERAL("0");
    if (random_one(&sim->random, 12))
        return TEXT_LITERAL("null");
    if (model == TASKS && column == 3)
        snprintf(text, sizeof(text), "%u", random_below(&sim->random, 1000));
    else
        snprintf(text, sizeof(text), "\"v%u\"", random_below(&sim->random, 1000));
    return arena_text(&sim->arena, text_of(text));
}

static struct text write_data(struct sim *sim, const struct pending *diff, const bool *sets,
                              const struct text *values)
{
    struct text text;
    struct buf buf;

    buf_init(&buf, 4096);
    buf_printf(&buf, random_one(&sim->random, 4) ? "{ \"id\" : \"%s\"" : "{\"id\":\"%s\"",
               object_id(diff->model, diff->object));
    for (size_t c = 0; c < COLUMNS; c++)
        if (sets[c])
            buf_printf(&buf, ",\"%s\":%.*s", NAMES[diff->version][diff->model][c],
                       TEXT_ARG(values[c]));
    buf_add_char(&buf, '}');
    text = arena_text(&sim->arena, buf_text(&buf));
    buf_release(&buf);
    return text;
}

static void local_write(struct sim *sim, struct device *device, enum diff_type type, size_t model,
                        size_t object)
{
    struct record *row = &device->rows[model][object];
    const int64_t now_ms = sim->now_ms + device->skew_ms;
    struct text values[COLUMNS];
    bool sets[COLUMNS] = {false};
    struct pending diff = {
        .type = type, .model = model, .object = object, .version = device->version};

    device->last_time_ms = now_ms > device->last_time_ms ? now_ms : device->last_time_ms + 1;
    diff.time_ms = device->last_time_ms;
    snprintf(diff.id, sizeof(diff.id), "d%u-%u", device->number, device->written++);
    if (type != DIFF_UPDATE)
        clear_record(row);
    row->live = type != DIFF_DELETE;
    for (size_t c = 0; type != DIFF_DELETE && c < COLUMNS; c++) {
        if (NAMES[device->version][model][c] == NULL || !random_one(&sim->random, 2))
            continue;
        sets[c] = true;
        values[c] = row->json[c] = random_value(sim, device->version, model, c);
    }
    diff.json_data = write_data(sim, &diff, sets, values);
    device->pending =
        realloc_or_die(device->pending, (device->pending_count + 1) * sizeof(*device->pending));
    device->pending[device->pending_count++] = diff;
    if (sim->trace)
        printf("  device %u (version %d) writes %s: %s %.*s\n", device->number, device->version,
               diff.id, diff_type_name(type), TEXT_ARG(diff.json_data));
}

static void random_write(struct sim *sim, struct device *device)
{
    const size_t model =
        MODEL_KNOWN[device->version][NOTES] ? random_below(&sim->random, MODELS) : TASKS;
    const size_t object = random_below(&sim->random, OBJECTS);

    if (!device->rows[model][object].live) {
        local_write(sim, device, DIFF_CREATE, model, object);
        return;
    }
    if (!random_one(&sim->random, 4)) {
        local_write(sim, device, DIFF_UPDATE, model, object);
        return;
    }
    local_write(sim, device, DIFF_DELETE, model, object);
    if (random_one(&sim->random, 2)) /* at once, within the same request */
        local_write(sim, device, DIFF_CREATE, model, object);
}

/* The app's own migration: what is new is NULL, until the server tells it. */
static void upgrade(struct sim *sim, struct device *device, int to)
{
    const int from = device->version;

    for (size_t m = 0; m < MODELS; m++)
        for (size_t o = 0; o < OBJECTS; o++) {
            struct record *row = &device->rows[m][o];

            if (!MODEL_KNOWN[from][m])
                clear_record(row);
            for (size_t c = 0; c < COLUMNS; c++)
                if (NAMES[from][m][c] == NULL)
                    row->json[c] = TEXT_LITERAL("null");
            if (m == TASKS && from < 3 && to == 3 && row->live)
                row->json[1] = text_is(row->json[1], "1")   ? TEXT_LITERAL("\"done\"")
                               : text_is(row->json[1], "0") ? TEXT_LITERAL("\"open\"")
                                                            : row->json[1];
        }
    if (device->migrate_from == 0)
        device->migrate_from = from;
    device->version = to;
    sim->upgrades++;
    if (sim->trace)
        printf("  device %u upgrades from %d to %d\n", device->number, from, to);
}

/* ---- A sync ---- */

static void write_pending(struct sim *sim, const struct device *device, const struct pending *diff)
{
    struct buf *body = &sim->body;

    buf_printf(body,
               "{\"id\":\"%s\",\"owner\":\"" OWNER "\",\"logical_clock\":%lld,"
               "\"utc_timestamp\":%lld,\"type\":\"%s\",\"model\":\"%s\"",
               diff->id, (long long)device->clock, (long long)diff->time_ms,
               diff_type_name(diff->type), MODEL_NAMES[diff->model]);
    if (diff->version != device->version)
        buf_printf(body, ",\"schema_version\":%d", diff->version);
    buf_add_str(body, ",\"json_data\":");
    json_write_string(body, diff->json_data);
    buf_add_char(body, '}');
}

static void write_request(struct sim *sim, const struct device *device, bool in_body)
{
    struct buf *body = &sim->body;

    buf_clear(body);
    buf_printf(body, "{\"logical_clock\":%lld,", (long long)device->clock);
    if (in_body)
        buf_printf(body, "\"schema_version\":%d,", device->version);
    if (device->migrate_from > 0)
        buf_printf(body, "\"migrate_from\":%d,", device->migrate_from);
    buf_add_str(body, "\"diffs\":[");
    for (size_t i = 0; i < device->pending_count; i++) {
        if (i > 0)
            buf_add_char(body, ',');
        write_pending(sim, device, &device->pending[i]);
    }
    buf_add_str(body, "]}");
}

static int serve(struct sim *sim, const struct device *device)
{
    const bool in_body = random_one(&sim->random, 2);
    struct http_request request = {
        .method = TEXT_LITERAL("POST"),
        .path = TEXT_LITERAL("/sync"),
        .content_type = TEXT_LITERAL("application/json"),
        .trusted_owner = TEXT_LITERAL(OWNER),
    };
    struct http_reply reply = {.body = &sim->reply};
    struct http_facts facts;
    char path[32];

    write_request(sim, device, in_body);
    if (!in_body) {
        snprintf(path, sizeof(path), "/sync/%d", device->version);
        request.path = text_of(path);
    }
    request.body = buf_text(&sim->body);
    clock_set_for_test(sim->now_ms);
    buf_clear(&sim->reply);
    arena_clear(&sim->exchange);
    sim->handler->handle(sim->handler->app, &request, &sim->exchange, &reply, &facts);
    if (sim->trace)
        printf("  device %u: %.*s %.*s\n  -> %d %.*s\n", device->number, TEXT_ARG(request.path),
               TEXT_ARG(request.body), reply.status, TEXT_ARG(buf_text(&sim->reply)));
    return reply.status;
}

struct received {
    int64_t clock;
    int64_t time_ms;
    struct text type;
    struct text model;
    struct json_entries data;
};

static int64_t number_of(const struct json_entries *entries, const char *key)
{
    const struct json_token *token = json_dom_find(entries, key);
    int64_t number;

    if (token == NULL || !json_dom_counter(token, INT64_MAX, &number))
        abort();
    return number;
}

static void read_received(struct sim *sim, struct text raw, struct received *into)
{
    struct json_entries entries;
    struct json_fault fault;

    if (!json_dom_entries(raw, &sim->arena, &entries, &fault))
        abort();
    *into = (struct received){
        .clock = number_of(&entries, "logical_clock"),
        .time_ms = number_of(&entries, "utc_timestamp"),
        .type = json_dom_find(&entries, "type")->string,
        .model = json_dom_find(&entries, "model")->string,
    };
    if (!json_dom_entries(json_dom_find(&entries, "json_data")->string, &sim->arena, &into->data,
                          &fault))
        abort();
}

static int compare_received(const void *a, const void *b)
{
    const struct received *left = a, *right = b;

    if (left->clock != right->clock)
        return left->clock < right->clock ? -1 : 1;
    return left->time_ms < right->time_ms ? -1 : left->time_ms > right->time_ms;
}

static bool apply_fields(struct sim *sim, struct device *device, size_t model, struct record *row,
                         const struct json_entries *data)
{
    size_t set = 0;

    for (size_t i = 0; i < data->count; i++) {
        const struct json_entry *entry = &data->items[i];
        size_t c = 0;

        if (text_is(entry->key, "id"))
            continue;
        while (c < COLUMNS && (NAMES[device->version][model][c] == NULL ||
                               !text_is(entry->key, NAMES[device->version][model][c])))
            c++;
        if (c == COLUMNS)
            return violated(sim, device, "it is told a field that it does not have");
        row->json[c] = arena_text(&sim->arena, entry->token.raw);
        set++;
    }
    return set > 0 || violated(sim, device, "it is told an update of nothing");
}

static bool apply(struct sim *sim, struct device *device, const struct received *diff)
{
    size_t m = 0, o = 0;
    const struct text id = json_dom_find(&diff->data, "id")->string;
    struct record *row;

    while (m < MODELS && !text_is(diff->model, MODEL_NAMES[m]))
        m++;
    if (m == MODELS || !MODEL_KNOWN[device->version][m])
        return violated(sim, device, "it is told of a model that it does not have");
    while (!text_is(id, object_id(m, o)))
        o++;
    row = &device->rows[m][o];
    if (text_is(diff->type, "delete")) {
        clear_record(row);
        return true;
    }
    if (text_is(diff->type, "create")) {
        if (row->live)
            return violated(sim, device, "it is told to create what it has");
        clear_record(row);
        row->live = true;
        return diff->data.count == 1 || apply_fields(sim, device, m, row, &diff->data);
    }
    if (!row->live)
        return violated(sim, device, "it is told to update what it lacks");
    return apply_fields(sim, device, m, row, &diff->data);
}

static bool receive(struct sim *sim, struct device *device)
{
    struct json_entries answer;
    struct json_fault fault;
    struct json_member *items;
    struct received *diffs;
    size_t count;

    if (!json_dom_entries(buf_text(&sim->reply), &sim->arena, &answer, &fault))
        return violated(sim, device, "the response is not JSON");
    if (json_dom_find(&answer, "rejected") != NULL)
        return violated(sim, device, buf_text(&sim->reply).ptr);
    items = json_dom_elements(json_dom_find(&answer, "diffs")->raw, SIZE_MAX, &sim->arena, &count);
    diffs = ARENA_ARRAY(&sim->arena, count, struct received);
    for (size_t i = 0; i < count; i++)
        read_received(sim, items[i].raw_value, &diffs[i]);
    if (count > 1)
        qsort(diffs, count, sizeof(*diffs), compare_received);
    for (size_t i = 0; i < count; i++)
        if (!apply(sim, device, &diffs[i]))
            return false;
    device->clock = number_of(&answer, "logical_clock");
    device->pending_count = 0;
    sim->migrations += device->migrate_from > 0;
    device->migrate_from = 0;
    return check_device(sim, device);
}

static bool is_retired(const struct sim *sim, int version)
{
    for (size_t i = 0; i < configs[sim->newest].count; i++)
        if (configs[sim->newest].items[i].number == version)
            return configs[sim->newest].items[i].retired;
    return false;
}

static bool sync_once(struct sim *sim, struct device *device, bool may_be_lost)
{
    int status;

    read_tables(sim, sim->before);
    status = serve(sim, device);
    sim->syncs++;
    sim->older += device->version < sim->newest;
    if (is_retired(sim, device->version)) {
        sim->turned_away++;
        upgrade(sim, device, sim->newest);
        return status == 410 || violated(sim, device, "its version is retired, but served");
    }
    if (status != 200)
        return violated(sim, device, buf_text(&sim->reply).ptr);
    if (!check_unseen(sim, device))
        return false;
    if (may_be_lost && random_one(&sim->random, 5)) {
        sim->lost++;
        return true;
    }
    return receive(sim, device);
}

/* ---- The server moves on ---- */

/* What ALTER TABLE, and the UPDATE behind it, make of a row. */
static void alter(void *context, const struct model *model, const struct value *before,
                  size_t count, struct value *values)
{
    const int newest = *(const int *)context;

    for (size_t c = 0; c < model->field_count; c++) {
        values[c] = c < count ? before[c] : (struct value){.kind = VALUE_NULL};
        if (model->index == TASKS && c == 1 && newest == 3 && values[c].kind == VALUE_INTEGER)
            values[c] = (struct value){
                .kind = VALUE_TEXT,
                .text = statuses[values[c].integer],
            };
        if (model->index == TASKS && c == 2 && newest == 2)
            values[c] = (struct value){.kind = VALUE_TEXT, .text = TEXT_LITERAL("azure")};
        if (model->index == NOTES && c == 1 && newest == 3)
            values[c] = (struct value){.kind = VALUE_INTEGER, .integer = 0};
    }
}

static void use_config(struct sim *sim, int newest, bool versions)
{
    sim->newest = newest;
    for (size_t m = 0; m < MODELS; m++) {
        models[m].fields = fields[newest][m];
        models[m].field_count = FIELD_COUNTS[newest][m];
    }
    mapping.versions = versions ? &configs[newest] : NULL;
}

static void move_on(struct sim *sim)
{
    use_config(sim, sim->newest + 1, true);
    for (size_t m = 0; m < MODELS; m++)
        memory_synchronizer_alter(sim->s, &models[m], alter, &sim->newest);
    if (sim->trace)
        printf("  the newest version is now %d\n", sim->newest);
}

/* ---- Histories ---- */

static bool step(struct sim *sim)
{
    struct device *device = &sim->devices[random_below(&sim->random, (uint32_t)sim->device_count)];

    sim->now_ms += 1 + random_below(&sim->random, 50);
    if (sim->newest < VERSIONS && random_one(&sim->random, 25))
        move_on(sim);
    if (sim->newest == VERSIONS && random_one(&sim->random, 60))
        at_3[0].retired = true;
    if (device->version < sim->newest && random_one(&sim->random, 12))
        upgrade(sim, device,
                device->version + 1 +
                    (int)random_below(&sim->random, (uint32_t)(sim->newest - device->version)));
    if (random_one(&sim->random, 2)) {
        random_write(sim, device);
        return true;
    }
    return sync_once(sim, device, true);
}

static void reset_device(struct sim *sim, unsigned number, int version)
{
    struct device *device = &sim->devices[number];

    *device = (struct device){
        .number = number,
        .version = version,
        .skew_ms = (int64_t)random_below(&sim->random, 2000) - 1000,
    };
    for (size_t m = 0; m < MODELS; m++)
        for (size_t o = 0; o < OBJECTS; o++)
            clear_record(&device->rows[m][o]);
}

/* In the end all devices have what the tables hold, and so has a new one of each version. */
static bool quiesce(struct sim *sim)
{
    for (unsigned round = 0; round < 4; round++)
        for (size_t i = 0; i < sim->device_count; i++) {
            sim->now_ms++;
            if (!sync_once(sim, &sim->devices[i], false))
                return false;
        }
    for (int version = 1; version <= sim->newest; version++) {
        free(sim->devices[0].pending);
        reset_device(sim, 0, version);
        if (!is_retired(sim, version) && !sync_once(sim, &sim->devices[0], false))
            return false;
    }
    return true;
}

static bool play(struct sim *sim, uint64_t seed)
{
    bool held = true;

    sim->random = (struct random){seed};
    sim->now_ms = START_MS;
    at_3[0].retired = false;
    use_config(sim, 1, random_one(&sim->random, 2));
    memory_synchronizer_reset(sim->s);
    sim->device_count = 2 + random_below(&sim->random, (uint32_t)DEVICES - 1);
    for (unsigned i = 0; i < sim->device_count; i++)
        reset_device(sim, i, 1);
    for (size_t i = 0; i < ROUNDS * sim->device_count && held; i++)
        held = step(sim);
    held = held && quiesce(sim);
    for (size_t i = 0; i < sim->device_count; i++)
        free(sim->devices[i].pending);
    arena_clear(&sim->arena);
    clock_set_for_test(-1);
    return held;
}

int main(int argc, char **argv)
{
    uint64_t seed = (uint64_t)clock_now_ms(), histories = UINT64_MAX, count = 0;
    int64_t seconds = 10, start_us = clock_monotonic_us();
    const struct auth_settings auth_settings = {.trusted_param = true};
    struct http_app_settings settings = {
        .mapping = &mapping,
        .max_body_bytes = 1 << 20,
        .max_diffs = 1000,
        .clock_skew_ms = 300000,
        .quarantine = true,
        .trusted_param = "MOBYNC_OWNER",
    };
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
    arena_init(&sim.arena);
    arena_init(&sim.exchange);
    buf_init(&sim.body, 1 << 20);
    buf_init(&sim.reply, 1 << 20);
    use_config(&sim, 1, true);
    sim.s = memory_synchronizer_new(&mapping);
    settings.synchronizer = sim.s;
    settings.auth = auth_new(&auth_settings, sim.s);
    sim.handler = http_app_new(&settings);
    while (held && count < histories && clock_monotonic_us() - start_us < seconds * 1000000) {
        held = play(&sim, seed + count);
        if (!held)
            printf("seed %llu fails: %s\n", (unsigned long long)(seed + count), sim.violation);
        count++;
    }
    printf("%llu histories, %llu syncs, %llu of older versions, %llu upgrades, %llu migrations, "
           "%llu responses lost, %llu turned away\n",
           (unsigned long long)count, (unsigned long long)sim.syncs, (unsigned long long)sim.older,
           (unsigned long long)sim.upgrades, (unsigned long long)sim.migrations,
           (unsigned long long)sim.lost, (unsigned long long)sim.turned_away);
    http_app_free(sim.handler);
    auth_free(settings.auth);
    memory_synchronizer_free(sim.s);
    buf_release(&sim.body);
    buf_release(&sim.reply);
    arena_release(&sim.exchange);
    arena_release(&sim.arena);
    return held ? 0 : 1;
}
