/* The device of the simulation: client_write(), client_pending() and client_apply(). */
#include "client.h"

#include <stdio.h>

void client_init(struct client *client, const struct client_setup *setup)
{
    *client = (struct client){.arena = setup->arena,
                              .owner = setup->owner,
                              .number = setup->number,
                              .shuffles = setup->shuffles,
                              .careful = setup->careful,
                              .keys = setup->keys};
    client_reinstall(client);
}

void client_release(struct client *client)
{
    free(client->log);
    client->log = NULL;
    client->log_count = 0;
}

void client_reinstall(struct client *client)
{
    client->clock = 0;
    client->log_count = 0;
    client->blind_time_ms = -1;
    for (size_t i = 0; i < WORLD_PLACES; i++)
        cells_clear(&client->rows[i]);
}

void client_start_anew(struct client *client)
{
    client_reinstall(client);
}

static void log_diff(struct client *client, const struct diff *diff)
{
    client->log = realloc_or_die(client->log, (client->log_count + 1) * sizeof(*diff));
    client->log[client->log_count++] = *diff;
}

static bool waits(const struct client *client, const struct diff *diff)
{
    return diff->clock >= client->clock;
}

static bool anything_waits(const struct client *client)
{
    for (size_t i = 0; i < client->log_count; i++)
        if (waits(client, &client->log[i]))
            return true;
    return false;
}

bool client_waits_about(const struct client *client, size_t object)
{
    for (size_t i = 0; i < client->log_count; i++)
        if (waits(client, &client->log[i]) &&
            world_object_number(client->log[i].model, client->log[i].object_id) == object)
            return true;
    return false;
}

void client_turn_clock(struct client *client, int64_t delta_ms)
{
    if (delta_ms > 0 || !anything_waits(client))
        client->skew_ms += delta_ms;
}

/* What waits of one object with one time, in the order in which it was written. */
struct moment {
    unsigned count[DIFF_TYPES];
    bool field_set[WORLD_FIELDS];
};

static struct moment moment_of(const struct client *client, const struct world_object *object,
                               int64_t time_ms)
{
    struct moment moment = {0};

    for (size_t i = 0; i < client->log_count; i++) {
        const struct diff *diff = &client->log[i];

        if (!waits(client, diff) || diff->time_ms != time_ms || diff->model != object->model ||
            !text_equal(diff->object_id, object->id))
            continue;
        moment.count[diff->type]++;
        for (size_t f = 0; f < diff->field_count; f++)
            moment.field_set[diff->fields[f].field->index] = true;
    }
    return moment;
}

/* May a shuffling phone write this in the same millisecond? Whatever its sort does to the run,
 * docs/merging.md 5 must bring back the same effect. */
static bool survives_shuffling(const struct moment *moment, const struct client_write *write)
{
    bool empty = moment->count[DIFF_CREATE] + moment->count[DIFF_UPDATE] == 0;

    if (write->type == DIFF_CREATE)
        return empty && moment->count[DIFF_DELETE] <= 1;
    if (moment->count[DIFF_DELETE] > 0)
        return false;
    for (size_t f = 0; write->type == DIFF_UPDATE && f < WORLD_FIELDS; f++)
        if (moment->field_set[f] && (write->fields >> f & 1u) != 0)
            return false;
    return true;
}

static int64_t time_of_write(struct client *client, const struct client_write *write,
                             const struct world_object *object, int64_t now_ms)
{
    int64_t time_ms = now_ms + client->skew_ms;
    struct moment moment;

    if (time_ms < 0)
        time_ms = 0;
    if (anything_waits(client) && time_ms < client->last_time_ms)
        time_ms = client->last_time_ms;
    moment = moment_of(client, object, time_ms);
    if (time_ms == client->blind_time_ms ||
        (client->shuffles && !survives_shuffling(&moment, write)))
        time_ms++;
    if (write->blind) {
        time_ms += moment.count[DIFF_CREATE] + moment.count[DIFF_DELETE] > 0;
        client->blind_time_ms = time_ms;
    }
    client->last_time_ms = time_ms;
    return time_ms;
}

static void execute(struct cells *row, enum diff_type type, const struct field_value *fields,
                    size_t count)
{
    if (type != DIFF_UPDATE)
        cells_clear(row);
    if (type == DIFF_DELETE)
        return;
    row->live = true;
    for (size_t i = 0; i < count; i++)
        row->json[fields[i].field->index] = fields[i].value.json;
}

/* Is it one that something of this world refers to? */
static bool is_parent(const struct model *model)
{
    for (size_t i = 0; i < WORLD_RELATIONS; i++)
        if (world_relation(i)->parent == model)
            return true;
    return false;
}

static bool has_id_parents(const struct client *client, const struct client_write *write)
{
    for (size_t i = 0; i < WORLD_RELATIONS; i++) {
        size_t parent = world_id_parent(world_relation(i), write->object);

        if (parent < WORLD_PLACES && !client->rows[parent].live)
            return false;
    }
    return true;
}

static bool waits_for(const struct client *client, const struct world_object *object)
{
    for (size_t i = 0; i < client->log_count; i++)
        if (waits(client, &client->log[i]) && client->log[i].model == object->model &&
            text_equal(client->log[i].object_id, object->id))
            return true;
    return false;
}

/* A soft delete leaves the row to its children, if the server has it. */
static bool breaks_references(const struct client *client, const struct client_write *write)
{
    const struct world_object object = world_object(write->object);

    if (write->type != DIFF_DELETE)
        return !has_id_parents(client, write);
    return is_parent(object.model) &&
           (!model_deletes_softly(object.model) || waits_for(client, &object));
}

/* What a careful phone lacks is null to it. */
static struct text value_of(const struct client *client, const struct client_write *write,
                            const struct field *field)
{
    struct text json = world_value(field, write->value, client->arena);
    size_t parent = world_parent(field, json);
    bool lacks = client->careful && parent < WORLD_PLACES && !client->rows[parent].live;

    return lacks ? TEXT_LITERAL("null") : json;
}

/* The field's value as this write sets it; empty: it does not. */
static struct text written_value(struct client *client, const struct client_write *write,
                                 const struct field *field)
{
    bool required = field->required && write->flaw != FLAW_LACKS_REQUIRED;
    bool set = (write->fields >> field->index & 1u) != 0;

    if (!set && (!required || write->type != DIFF_CREATE))
        return (struct text){0};
    if (field->required && write->flaw == FLAW_LACKS_REQUIRED)
        return (struct text){0};
    if (write->flaw == FLAW_WRONG_TYPE && world_wrong_value(field).len > 0)
        return world_wrong_value(field);
    if ((write->nulls >> field->index & 1u) != 0 && !required)
        return TEXT_LITERAL("null");
    return value_of(client, write, field);
}

static void fill_fields(struct client *client, const struct client_write *write, struct diff *diff)
{
    diff->fields = ARENA_ARRAY(client->arena, WORLD_FIELDS, struct field_value);
    for (size_t i = 0; i < diff->model->field_count; i++) {
        /* Not always in the order of the model: a phone's map has its own. */
        size_t n = (i + write->value) % diff->model->field_count;
        const struct field *field = &diff->model->fields[n];
        struct text json = written_value(client, write, field);

        if (json.len > 0)
            diff->fields[diff->field_count++] = (struct field_value){
                .field = field, .value = world_typed(field, json), .time_ms = diff->time_ms};
    }
}

/* Some phones put spaces into their JSON, and the id last: bytes to be kept. */
static void add_spacious_json(struct buf *buf, const struct diff *diff)
{
    buf_add_char(buf, '{');
    for (size_t i = 0; i < diff->field_count; i++)
        buf_printf(buf, " \"%.*s\" : %.*s, ", TEXT_ARG(diff->fields[i].field->name),
                   TEXT_ARG(diff->fields[i].value.json));
    buf_printf(buf, "\"id\":\"%.*s\"}", TEXT_ARG(diff->object_id));
}

static struct text write_json(struct client *client, const struct diff *diff,
                              const struct client_write *write)
{
    struct text json = flat_write(diff->object_id, diff->fields, diff->field_count, client->arena);
    struct buf buf;

    if (write->value % 3 != 0 && write->flaw == FLAW_NONE)
        return json;
    buf_init(&buf, json.len + 128);
    if (write->value % 3 != 0)
        buf_add_text(&buf, json);
    else
        add_spacious_json(&buf, diff);
    if (write->flaw == FLAW_UNKNOWN_FIELD || write->flaw == FLAW_BROKEN_JSON)
        buf.len--;
    if (write->flaw == FLAW_UNKNOWN_FIELD)
        buf_add_str(&buf, ",\"smell\":1}");
    json = arena_text(client->arena, buf_text(&buf));
    buf_release(&buf);
    return json;
}

/* What a diff of this kind cannot have wrong is left out. */
static enum client_flaw possible_flaw(const struct client_write *write)
{
    if (write->type == DIFF_DELETE && write->flaw != FLAW_BROKEN_JSON)
        return FLAW_NONE;
    if (write->type == DIFF_UPDATE && write->flaw == FLAW_LACKS_REQUIRED)
        return FLAW_NONE;
    return write->flaw;
}

bool client_write(struct client *client, const struct client_write *write, int64_t now_ms)
{
    struct world_object object = world_object(write->object);
    struct cells *row = &client->rows[write->object];
    bool fits = row->live == (write->type != DIFF_CREATE);
    struct client_write done = *write;
    struct diff diff = {.owner = client->owner,
                        .clock = client->clock,
                        .type = write->type,
                        .model = object.model,
                        .object_id = object.id};
    char id[32];
    int len;

    done.flaw = possible_flaw(write);
    done.blind = !fits && write->blind && write->type != DIFF_CREATE;
    if (!fits && !done.blind && done.flaw != FLAW_BROKEN_JSON)
        return false;
    if (client->careful && breaks_references(client, write))
        return false;
    len = snprintf(id, sizeof(id), "d%u-%u", client->number, client->written++);
    diff.id = arena_text(client->arena, (struct text){id, (size_t)len});
    diff.time_ms = time_of_write(client, &done, &object, now_ms);
    if (write->type != DIFF_DELETE)
        fill_fields(client, &done, &diff);
    diff.json_data = write_json(client, &diff, &done);
    if (done.flaw == FLAW_BROKEN_JSON)
        diff.object_id = (struct text){0};
    else if (fits)
        execute(row, diff.type, diff.fields, diff.field_count);
    log_diff(client, &diff);
    return true;
}

static bool later(const struct diff *a, const struct diff *b)
{
    return a->clock != b->clock ? a->clock > b->clock : a->time_ms > b->time_ms;
}

/* By (clock, time). An unstable sort is a stable one after a shuffle. */
static void sort_diffs(struct diff_list *list, bool shuffles, struct random *random)
{
    for (size_t i = list->count; shuffles && i > 1; i--) {
        size_t j = random_below(random, (uint32_t)i);
        struct diff swapped = list->items[i - 1];

        list->items[i - 1] = list->items[j];
        list->items[j] = swapped;
    }
    for (size_t i = 1; i < list->count; i++) {
        struct diff moving = list->items[i];
        size_t at = i;

        for (; at > 0 && later(&list->items[at - 1], &moving); at--)
            list->items[at] = list->items[at - 1];
        list->items[at] = moving;
    }
}

struct diff_list client_pending(const struct client *client, struct random *random,
                                struct arena *arena)
{
    struct diff_list list = {.items = ARENA_ARRAY(arena, client->log_count + 1, struct diff)};

    for (size_t i = 0; i < client->log_count; i++)
        if (waits(client, &client->log[i]))
            list.items[list.count++] = client->log[i];
    sort_diffs(&list, client->shuffles, random);
    return list;
}

static bool violated(struct buf *violation, const struct diff *diff, const char *what)
{
    buf_printf(violation, "answer diff %.*s (%s %.*s): %s", TEXT_ARG(diff->id),
               diff_type_name(diff->type), TEXT_ARG(diff->object_id), what);
    return false;
}

/* The received diff as it will lie in the log, its texts copied. */
static bool receive(struct client *client, const struct diff *answer, struct diff *received_out,
                    struct buf *violation)
{
    struct flat flat;

    *received_out = *answer;
    received_out->id = arena_text(client->arena, answer->id);
    received_out->json_data = arena_text(client->arena, answer->json_data);
    received_out->owner = client->owner;
    received_out->field_times = (struct text){0};
    if (!flat_parse(answer->model, received_out->json_data, &flat))
        return violated(violation, answer, "its json_data is no object of this model");
    received_out->object_id = flat.object_id;
    received_out->field_count = answer->type == DIFF_DELETE ? 0 : flat.count;
    received_out->fields = ARENA_ARRAY(client->arena, WORLD_FIELDS, struct field_value);
    memcpy(received_out->fields, flat.fields, sizeof(flat.fields));
    for (size_t i = 0; i < flat.count; i++)
        received_out->fields[i].time_ms = answer->time_ms;
    return true;
}

static bool apply_one(struct client *client, const struct diff *answer, struct buf *violation)
{
    struct diff diff;
    size_t number;

    if (!receive(client, answer, &diff, violation))
        return false;
    number = world_object_number(diff.model, diff.object_id);
    if (number == WORLD_PLACES)
        return violated(violation, answer, "no such object in this world");
    if (diff.type == DIFF_CREATE && client->rows[number].live)
        return violated(violation, answer, "the device's INSERT fails: it has the object (7.2)");
    if (diff.type == DIFF_UPDATE && !client->rows[number].live)
        return violated(violation, answer, "the device lacks the object (7.2)");
    for (size_t i = 0; i < client->log_count; i++)
        if (text_equal(client->log[i].id, diff.id))
            return violated(violation, answer, "the device's log has this id already (7.3)");
    execute(&client->rows[number], diff.type, diff.fields, diff.field_count);
    log_diff(client, &diff);
    return true;
}

/* The list is in the order of execution: does everything come after what it needs? */
static bool keeps_order(const struct client *client, const struct diff_list *sorted,
                        struct buf *violation)
{
    struct claims claims;

    if (sorted->count > KEYS_ITEMS)
        return violated(violation, sorted->items, "more diffs than this world has (7.3)");
    keys_claims(client->keys, sorted, &claims);
    for (size_t i = 0; i < sorted->count; i++)
        if (claims.before[i] >> i != 0)
            return violated(violation, &sorted->items[i],
                            "the device executes it before what it needs (7.9)");
    return true;
}

bool client_apply(struct client *client, const struct client_answer *answer, struct random *random,
                  struct buf *violation)
{
    struct diff_list sorted = {.count = answer->diffs.count};

    if (answer->next_clock <= client->clock) {
        if (answer->diffs.count == 0)
            return true;
        return violated(violation, answer->diffs.items, "the device ignores it: the clock stands");
    }
    sorted.items = ARENA_ARRAY(client->arena, sorted.count + 1, struct diff);
    if (sorted.count > 0)
        memcpy(sorted.items, answer->diffs.items, sorted.count * sizeof(struct diff));
    sort_diffs(&sorted, client->shuffles, random);
    if (!keeps_order(client, &sorted, violation))
        return false;
    for (size_t i = 0; i < sorted.count; i++)
        if (!apply_one(client, &sorted.items[i], violation))
            return false;
    if (!answer->dies)
        client->clock = answer->next_clock;
    return true;
}
