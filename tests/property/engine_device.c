/* The devices of engine_device.h: melon_pulled(), rx_pulled() and the like are what
 * @nozbe/watermelondb 0.28 and rxdb 17 do with answers, written from what they document. */
#include "engine_device.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "json_write.h"

#define BODY_MAX_BYTES ((size_t)1 << 20)

const char *const engine_field_names[ENGINE_FIELDS] = {"name", "position", "extra"};

static struct text taken(struct buf *buf, struct arena *arena)
{
    const struct text text = arena_text(arena, buf_text(buf));

    buf_release(buf);
    return text;
}

static bool say(const char **why_out, const char *why)
{
    *why_out = why;
    return false;
}

/* ---- Values and ids ---- */

void engine_value_write(struct buf *buf, enum engine engine, size_t field, unsigned cell)
{
    if (cell == 0)
        buf_add_str(buf, "null");
    else if (field == 0)
        buf_printf(buf, "\"n%u\"", cell);
    else if (field == 1)
        buf_printf(buf, "%u", cell);
    else if (engine == ENGINE_WATERMELON)
        buf_printf(buf, "\"{\\\"n\\\":%u}\"", cell);
    else
        buf_printf(buf, "{\"n\":%u}", cell);
}

bool engine_value_read(const struct json_token *token, enum engine engine, size_t field,
                       unsigned *cell_out)
{
    const char *at;
    struct buf buf;
    bool same;

    *cell_out = 0;
    if (token == NULL || token->kind == JSON_KIND_NULL || text_is(token->raw, "\"\""))
        return true;
    at = token->raw.ptr;
    while (at < token->raw.ptr + token->raw.len && (*at < '0' || *at > '9'))
        at++;
    *cell_out = (unsigned)strtoul(at, NULL, 10);
    buf_init(&buf, 64);
    engine_value_write(&buf, engine, field, *cell_out);
    same = *cell_out > 0 && text_equal(buf_text(&buf), token->raw);
    buf_release(&buf);
    return same;
}

struct text engine_id(size_t object, struct arena *arena)
{
    char id[24];

    snprintf(id, sizeof(id), "t%zu", object);
    return arena_text(arena, text_of(id));
}

bool engine_object(struct text id, size_t *object_out)
{
    uint64_t number;

    if (id.len < 2 || id.ptr[0] != 't' ||
        !text_to_uint((struct text){id.ptr + 1, id.len - 1}, ENGINE_OBJECTS - 1, &number))
        return false;
    *object_out = (size_t)number;
    return true;
}

/* The object's row; without null fields, its other keys are the caller's to judge. */
static bool read_row(const struct json_entries *entries, enum engine engine, size_t *object_out,
                     struct engine_row *row_out)
{
    const struct json_token *id = json_dom_find(entries, "id");

    if (id == NULL || !engine_object(id->string, object_out))
        return false;
    row_out->there = true;
    for (size_t f = 0; f < ENGINE_FIELDS; f++)
        if (!engine_value_read(json_dom_find(entries, engine_field_names[f]), engine, f,
                               &row_out->cells[f]))
            return false;
    return true;
}

bool engine_same(const struct engine_row *a, const struct engine_row *b)
{
    return a->there == b->there && memcmp(a->cells, b->cells, sizeof(a->cells)) == 0;
}

/* ---- What the user does ---- */

static void log_diff(struct engine_device *device, enum diff_type type, size_t object,
                     const bool *sets, const unsigned *cells, int64_t now_ms)
{
    struct engine_diff *diff = &device->pending[device->pending_count++];

    assert(device->pending_count < ARRAY_LEN(device->pending));
    *diff = (struct engine_diff){.type = type, .object = object, .number = device->written++};
    for (size_t f = 0; type != DIFF_DELETE && f < ENGINE_FIELDS; f++) {
        diff->sets[f] = sets[f];
        diff->cells[f] = cells[f];
    }
    now_ms += device->skew_ms;
    device->last_time_ms = now_ms > device->last_time_ms ? now_ms : device->last_time_ms + 1;
    diff->time_ms = device->last_time_ms;
}

bool engine_set(struct engine_device *device, size_t object, const bool *sets,
                const unsigned *cells, bool creates, int64_t now_ms)
{
    struct engine_record *record = &device->records[object];

    if (record->row.there == creates)
        return false;
    record->row.there = record->known = true;
    record->version++;
    for (size_t f = 0; f < ENGINE_FIELDS; f++) {
        if (!sets[f])
            continue;
        record->row.cells[f] = cells[f];
        record->changed[f] = !creates;
    }
    if (creates)
        record->status = CREATED;
    else if (record->status != CREATED)
        record->status = UPDATED;
    if (device->engine == ENGINE_MOBYNC)
        log_diff(device, creates ? DIFF_CREATE : DIFF_UPDATE, object, sets, cells, now_ms);
    return true;
}

/* WatermelonDB forgets at once what no server knows. */
bool engine_remove(struct engine_device *device, size_t object, int64_t now_ms)
{
    struct engine_record *record = &device->records[object];

    if (!record->row.there)
        return false;
    record->row.there = false;
    record->version++;
    record->status = DELETED;
    if (device->engine == ENGINE_MOBYNC)
        log_diff(device, DIFF_DELETE, object, NULL, NULL, now_ms);
    return true;
}

/* ---- WatermelonDB ---- */

struct text melon_pull_body(const struct engine_device *device, struct arena *arena)
{
    struct buf buf;

    buf_init(&buf, BODY_MAX_BYTES);
    if (device->clock == 0)
        buf_add_str(&buf, "{\"lastPulledAt\":null");
    else
        buf_printf(&buf, "{\"lastPulledAt\":%lld", (long long)device->clock);
    buf_add_str(&buf, ",\"schemaVersion\":1,\"migration\":null}");
    return taken(&buf, arena);
}

static void melon_destroy(struct engine_record *record)
{
    const unsigned version = record->version;

    *record = (struct engine_record){.version = version + 1};
}

/* resolveConflict: the columns that changed here stay. */
static void melon_take(struct engine_record *record, const struct engine_row *row)
{
    if (record->status == DELETED)
        return;
    record->version++;
    if (!record->row.there) {
        *record = (struct engine_record){.version = record->version, .row = *row};
        return;
    }
    for (size_t f = 0; f < ENGINE_FIELDS; f++)
        if (record->status == SYNCED || !record->changed[f])
            record->row.cells[f] = row->cells[f];
    if (record->status == CREATED)
        record->status = UPDATED;
}

static bool melon_take_table(struct engine_device *device, const struct json_entries *table,
                             bool *seen, struct arena *arena, const char **why_out)
{
    const struct json_token *created = json_dom_find(table, "created");
    const struct json_token *updated = json_dom_find(table, "updated");
    const struct json_token *deleted = json_dom_find(table, "deleted");
    struct json_member *items;
    struct json_entries raw;
    struct json_fault fault;
    struct engine_row row;
    size_t count, object;

    if (created == NULL || updated == NULL || deleted == NULL || !text_is(created->raw, "[]"))
        return say(why_out, "a table lacks a list, or has something created");
    items = json_dom_elements(updated->raw, SIZE_MAX, arena, &count);
    for (size_t i = 0; i < count; i++) {
        if (!json_dom_entries(items[i].raw_value, arena, &raw, &fault) ||
            raw.count != ENGINE_FIELDS + 1 || !read_row(&raw, ENGINE_WATERMELON, &object, &row) ||
            seen[object])
            return say(why_out, "a raw record is not whole, or there twice");
        seen[object] = true;
        melon_take(&device->records[object], &row);
    }
    items = json_dom_elements(deleted->raw, SIZE_MAX, arena, &count);
    for (size_t i = 0; i < count; i++) {
        if (!engine_object(json_dom_token(items[i].raw_value, arena).string, &object) ||
            seen[object])
            return say(why_out, "what is deleted has no id, or is there twice");
        seen[object] = true;
        melon_destroy(&device->records[object]);
    }
    return device->clock != 0 || count == 0 || say(why_out, "a first pull deletes");
}

/* Of what the server did not name only what was made here stays. */
static void melon_replace(struct engine_device *device, const bool *seen)
{
    for (size_t o = 0; o < ENGINE_OBJECTS; o++)
        if (!seen[o] && device->records[o].status != CREATED)
            melon_destroy(&device->records[o]);
}

bool melon_pulled(struct engine_device *device, struct text answer, struct arena *arena,
                  const char **why_out)
{
    const struct json_token *changes, *timestamp, *strategy;
    struct json_entries body, tables, table;
    bool seen[ENGINE_OBJECTS] = {false};
    struct json_fault fault;
    int64_t clock;

    if (!json_dom_entries(answer, arena, &body, &fault))
        return say(why_out, "the answer is no object");
    strategy = json_dom_find(&body, "experimentalStrategy");
    if (body.count != (strategy == NULL ? 2 : 3) ||
        (strategy != NULL && !text_is(strategy->string, "replacement")))
        return say(why_out, "the answer has other keys than it should");
    changes = json_dom_find(&body, "changes");
    timestamp = json_dom_find(&body, "timestamp");
    if (changes == NULL || !json_dom_entries(changes->raw, arena, &tables, &fault) ||
        timestamp == NULL || !json_dom_counter(timestamp, INT64_MAX, &clock) ||
        clock < device->clock || clock == 0)
        return say(why_out, "the timestamp runs back, or changes are no object");
    for (size_t i = 0; i < tables.count; i++)
        if (!text_is(tables.items[i].key, "tasks") ||
            !json_dom_entries(tables.items[i].token.raw, arena, &table, &fault) ||
            !melon_take_table(device, &table, seen, arena, why_out))
            return *why_out != NULL ? false : say(why_out, "a table is not what it should be");
    if (strategy != NULL)
        melon_replace(device, seen);
    device->clock = clock;
    return true;
}

static void write_changed(struct buf *buf, const struct engine_record *record)
{
    bool first = true;

    for (size_t f = 0; f < ENGINE_FIELDS; f++) {
        if (!record->changed[f])
            continue;
        buf_printf(buf, "%s%s", first ? "" : ",", engine_field_names[f]);
        first = false;
    }
}

static void write_fields(struct buf *buf, enum engine engine, const unsigned *cells)
{
    for (size_t f = 0; f < ENGINE_FIELDS; f++) {
        if (engine == ENGINE_RXDB && cells[f] == 0)
            continue;
        buf_printf(buf, ",\"%s\":", engine_field_names[f]);
        engine_value_write(buf, engine, f, cells[f]);
    }
}

static void melon_write_list(struct buf *buf, const struct engine_device *device,
                             enum engine_status status, struct engine_push *push)
{
    bool first = true;

    for (size_t o = 0; o < ENGINE_OBJECTS; o++) {
        const struct engine_record *record = &device->records[o];

        if (record->status != status)
            continue;
        push->sent[o] = true;
        push->count++;
        if (!first)
            buf_add_char(buf, ',');
        first = false;
        if (status == DELETED) {
            buf_printf(buf, "\"t%zu\"", o);
            continue;
        }
        buf_printf(buf, "{\"id\":\"t%zu\",\"_status\":\"%s\",\"_changed\":\"", o,
                   status == CREATED ? "created" : "updated");
        write_changed(buf, record);
        buf_add_char(buf, '"');
        write_fields(buf, ENGINE_WATERMELON, record->row.cells);
        buf_add_char(buf, '}');
    }
}

struct text melon_push_body(const struct engine_device *device, struct engine_push *push_out,
                            struct arena *arena)
{
    struct buf buf;

    *push_out = (struct engine_push){.count = 0};
    memcpy(push_out->records, device->records, sizeof(push_out->records));
    buf_init(&buf, BODY_MAX_BYTES);
    buf_add_str(&buf, "{\"changes\":{\"drafts\":{\"created\":[],\"updated\":[],\"deleted\":[]},"
                      "\"tasks\":{\"created\":[");
    melon_write_list(&buf, device, CREATED, push_out);
    buf_add_str(&buf, "],\"updated\":[");
    melon_write_list(&buf, device, UPDATED, push_out);
    buf_add_str(&buf, "],\"deleted\":[");
    melon_write_list(&buf, device, DELETED, push_out);
    buf_printf(&buf, "]}},\"lastPulledAt\":%lld}", (long long)device->clock);
    return push_out->count > 0 ? taken(&buf, arena) : (buf_release(&buf), TEXT_LITERAL(""));
}

void melon_pushed(struct engine_device *device, const struct engine_push *push)
{
    for (size_t o = 0; o < ENGINE_OBJECTS; o++) {
        struct engine_record *record = &device->records[o];

        if (!push->sent[o])
            continue;
        if (push->records[o].status == DELETED)
            melon_destroy(record);
        else if (record->version == push->records[o].version) {
            record->status = SYNCED;
            memset(record->changed, 0, sizeof(record->changed));
        }
    }
}

/* ---- RxDB ---- */

struct text rx_pull_body(const struct engine_device *device, size_t limit, struct arena *arena)
{
    const struct text none = TEXT_LITERAL("null");
    const struct text checkpoint = device->checkpoint.len > 0 ? device->checkpoint : none;
    struct buf buf;

    buf_init(&buf, BODY_MAX_BYTES);
    buf_printf(&buf, "{\"checkpoint\":%.*s,\"limit\":%zu}", TEXT_ARG(checkpoint), limit);
    return taken(&buf, arena);
}

static bool rx_read_document(struct text text, struct arena *arena, size_t *object_out,
                             struct engine_row *row_out)
{
    const struct json_token *deleted;
    struct json_entries document;
    struct json_fault fault;

    if (!json_dom_entries(text, arena, &document, &fault) ||
        !read_row(&document, ENGINE_RXDB, object_out, row_out))
        return false;
    deleted = json_dom_find(&document, "_deleted");
    if (deleted == NULL || deleted->kind != JSON_KIND_BOOLEAN)
        return false;
    row_out->there = text_is(deleted->raw, "false");
    /* A required field: of tombstones, too, though nobody may know any more what it was. */
    return json_dom_find(&document, engine_field_names[0]) != NULL &&
           (row_out->cells[0] > 0 || !row_out->there);
}

static bool rx_is_dirty(const struct engine_record *record)
{
    return record->known && (!record->assumes || !engine_same(&record->row, &record->assumed));
}

static void rx_adopt(struct engine_record *record, const struct engine_row *master)
{
    record->known = record->assumes = true;
    record->row = record->assumed = *master;
    record->version++;
}

bool rx_pulled(struct engine_device *device, struct text answer, size_t limit, struct arena *arena,
               bool *more_out, const char **why_out)
{
    const struct json_token *documents, *checkpoint;
    struct json_entries body;
    struct json_fault fault;
    struct json_member *items;
    size_t count;

    if (!json_dom_entries(answer, arena, &body, &fault) ||
        (documents = json_dom_find(&body, "documents")) == NULL ||
        (checkpoint = json_dom_find(&body, "checkpoint")) == NULL ||
        checkpoint->raw.len >= sizeof(device->checkpoint_text))
        return say(why_out, "the answer has no documents, or no checkpoint");
    items = json_dom_elements(documents->raw, SIZE_MAX, arena, &count);
    if (count > limit)
        return say(why_out, "there are more documents than it asked for");
    for (size_t i = 0; i < count; i++) {
        struct engine_row row;
        size_t object;

        if (!rx_read_document(items[i].raw_value, arena, &object, &row))
            return say(why_out, "a document is not what its schema says");
        if (!rx_is_dirty(&device->records[object]))
            rx_adopt(&device->records[object], &row);
    }
    memcpy(device->checkpoint_text, checkpoint->raw.ptr, checkpoint->raw.len);
    device->checkpoint = (struct text){device->checkpoint_text, checkpoint->raw.len};
    *more_out = count == limit;
    return true;
}

static void rx_write_document(struct buf *buf, size_t object, const struct engine_row *row)
{
    buf_printf(buf, "{\"id\":\"t%zu\"", object);
    write_fields(buf, ENGINE_RXDB, row->cells);
    buf_printf(buf, ",\"_deleted\":%s}", row->there ? "false" : "true");
}

struct text rx_push_body(const struct engine_device *device, size_t most,
                         struct engine_push *push_out, struct arena *arena)
{
    struct buf buf;

    *push_out = (struct engine_push){.count = 0};
    memcpy(push_out->records, device->records, sizeof(push_out->records));
    buf_init(&buf, BODY_MAX_BYTES);
    buf_add_char(&buf, '[');
    for (size_t o = 0; o < ENGINE_OBJECTS && push_out->count < most; o++) {
        const struct engine_record *record = &device->records[o];

        if (!rx_is_dirty(record))
            continue;
        push_out->sent[o] = true;
        buf_add_str(&buf, push_out->count++ > 0 ? ",{" : "{");
        if (record->assumes) {
            buf_add_str(&buf, "\"assumedMasterState\":");
            rx_write_document(&buf, o, &record->assumed);
            buf_add_char(&buf, ',');
        }
        buf_add_str(&buf, "\"newDocumentState\":");
        rx_write_document(&buf, o, &record->row);
        buf_add_char(&buf, '}');
    }
    buf_add_char(&buf, ']');
    return push_out->count > 0 ? taken(&buf, arena) : (buf_release(&buf), TEXT_LITERAL(""));
}

/* The default handler takes the master's state, unless the document has changed since. */
bool rx_pushed(struct engine_device *device, struct engine_push *push, struct text answer,
               struct arena *arena, const char **why_out)
{
    bool conflicts[ENGINE_OBJECTS] = {false};
    struct json_member *items;
    size_t count;

    if (answer.len == 0 || answer.ptr[0] != '[')
        return say(why_out, "the answer to a push is no array");
    items = json_dom_elements(answer, SIZE_MAX, arena, &count);
    for (size_t i = 0; i < count; i++) {
        struct engine_row row;
        size_t o;

        if (!rx_read_document(items[i].raw_value, arena, &o, &row) || !push->sent[o] ||
            conflicts[o])
            return say(why_out, "a conflict is no document that was sent");
        conflicts[o] = true;
        push->unheard[o] = device->records[o].version != push->records[o].version;
        if (!push->unheard[o])
            rx_adopt(&device->records[o], &row);
    }
    for (size_t o = 0; o < ENGINE_OBJECTS; o++) {
        if (!push->sent[o] || conflicts[o])
            continue;
        device->records[o].assumes = true;
        device->records[o].assumed = push->records[o].row;
    }
    return true;
}

/* ---- mobync ---- */

static void mobync_write_diff(struct buf *buf, const struct engine_device *device,
                              const struct engine_diff *diff, struct text owner)
{
    struct buf data;

    buf_init(&data, BODY_MAX_BYTES);
    buf_printf(&data, "{\"id\":\"t%zu\"", diff->object);
    for (size_t f = 0; f < ENGINE_FIELDS; f++) {
        if (!diff->sets[f])
            continue;
        buf_printf(&data, ",\"%s\":", engine_field_names[f]);
        engine_value_write(&data, ENGINE_MOBYNC, f, diff->cells[f]);
    }
    buf_add_char(&data, '}');
    buf_printf(buf,
               "{\"id\":\"m%u-%u\",\"owner\":\"%.*s\",\"logical_clock\":%lld,"
               "\"utc_timestamp\":%lld,\"type\":\"%s\",\"model\":\"tasks\",\"json_data\":",
               device->number, diff->number, TEXT_ARG(owner), (long long)device->clock,
               (long long)diff->time_ms, diff_type_name(diff->type));
    json_write_string(buf, buf_text(&data));
    buf_add_char(buf, '}');
    buf_release(&data);
}

struct text mobync_body(const struct engine_device *device, struct text owner, size_t *count_out,
                        struct arena *arena)
{
    struct buf buf;

    buf_init(&buf, BODY_MAX_BYTES);
    buf_add_str(&buf, "{\"diffs\":[");
    for (size_t i = 0; i < device->pending_count; i++) {
        if (i > 0)
            buf_add_char(&buf, ',');
        mobync_write_diff(&buf, device, &device->pending[i], owner);
    }
    buf_add_str(&buf, "]}");
    *count_out = device->pending_count;
    return taken(&buf, arena);
}

bool mobync_apply(struct engine_device *device, enum diff_type type, struct text json_data,
                  struct arena *arena, const char **why_out)
{
    struct engine_record *record;
    struct json_entries entries;
    struct json_fault fault;
    struct engine_row row;
    size_t object;

    if (!json_dom_entries(json_data, arena, &entries, &fault) ||
        !read_row(&entries, ENGINE_MOBYNC, &object, &row))
        return say(why_out, "a diff is not what it should be");
    record = &device->records[object];
    if (type != DIFF_DELETE && record->row.there == (type == DIFF_CREATE))
        return say(why_out, "it cannot carry out a create or update");
    if (type != DIFF_UPDATE)
        record->row = (struct engine_row){.there = type == DIFF_CREATE};
    for (size_t f = 0; type != DIFF_DELETE && f < ENGINE_FIELDS; f++)
        if (json_dom_find(&entries, engine_field_names[f]) != NULL)
            record->row.cells[f] = row.cells[f];
    return true;
}

void mobync_confirmed(struct engine_device *device, size_t count, int64_t clock)
{
    device->clock = clock;
    device->pending_count -= count;
    memmove(device->pending, &device->pending[count],
            device->pending_count * sizeof(device->pending[0]));
}
