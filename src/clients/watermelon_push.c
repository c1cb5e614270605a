/* A push of WatermelonDB, change by change against what the server has: ACTIONS. Entry:
 * watermelon_push(). What it does to rows others have changed meanwhile, the merge decides. */
#include "watermelon.h"

#include <assert.h>

#include "id.h"
#include "pushed.h"
#include "watermelon_id.h"
#include "wire_value.h"

#define NAME_MAX_BYTES ((size_t)1 << 30)

enum change_kind { CREATED, UPDATED, DELETED, CHANGES };

static const char *const CHANGE_NAMES[CHANGES] = {"created", "updated", "deleted"};

enum action {
    NOTHING,
    CREATE, /* of the whole raw */
    UPDATE, /* of the columns that the raw calls changed */
    VOID,   /* the object is gone, of which the device is told */
    DELETE,
};

/* A create that meets a row is one that was sent before. */
static const enum action ACTIONS[CHANGES][PUSHED_STATES] = {
    /* mutant: melon_create_revives */
    [CREATED] = {[PUSHED_UNKNOWN] = CREATE, [PUSHED_LIVE] = UPDATE, [PUSHED_GONE] = VOID},
    /* mutant: melon_update_revives */
    [UPDATED] = {[PUSHED_UNKNOWN] = CREATE, [PUSHED_LIVE] = UPDATE, [PUSHED_GONE] = VOID},
    [DELETED] = {[PUSHED_UNKNOWN] = NOTHING, [PUSHED_LIVE] = DELETE, [PUSHED_GONE] = NOTHING},
};

static const enum diff_type TYPES[] = {
    [CREATE] = DIFF_CREATE, [UPDATE] = DIFF_UPDATE, [VOID] = DIFF_UPDATE, [DELETE] = DIFF_DELETE};

/* One change as it was sent. */
struct sent {
    enum change_kind change;
    struct text text; /* as written */
    struct json_entries raw;
    const struct json_token *changed; /* NULL: any column may have */
    const struct version_model *seen; /* in whose words that is; NULL: the newest's */
};

struct translating {
    const struct watermelon_push *push;
    const struct version *version; /* of the app; NULL: the newest */
    int64_t last_pulled_at;
    struct pushed_list list;
    size_t changes; /* of unmapped tables, too */
    struct arena *arena;
};

static enum rc reject(struct fail *fail, const char *what)
{
    return fail_reject(fail, FAIL_INVALID_REQUEST, "%s", what);
}

/* ---- What was sent ---- */

static enum rc reject_column(const struct model *model, struct text name, struct fail *fail)
{
    fail_reject(fail, FAIL_INVALID_REQUEST,
                "%.*s.%.*s is no field of the mapping: map it, or set unknown_fields: ignore",
                TEXT_ARG(model->name), TEXT_ARG(name));
    fail_at_field(fail, name);
    return RC_REJECTED;
}

static enum rc check_columns(const struct translating *t, const struct model *model,
                             const struct sent *sent, bool ignore, struct fail *fail)
{
    (void)t;
    for (size_t i = 0; !ignore && i < sent->raw.count; i++) {
        const struct text key = sent->raw.items[i].key;

        if (text_is(key, "id") || text_starts_with(key, "_") || model_field(model, key) != NULL)
            continue;
        return reject_column(model, key, fail);
    }
    return RC_OK;
}

/* In the names and values of the newest version. */
static enum rc raise_raw(const struct translating *t, const struct model *model, bool ignore,
                         struct sent *sent, struct fail *fail)
{
    const struct version_model *seen = version_model(t->version, model->name);
    const struct version_raised raised = version_raise(seen, false, sent->text, t->arena);
    struct json_fault fault;

    sent->seen = seen;
    if (raised.unknown.len > 0 && !ignore)
        return reject_column(model, raised.unknown, fail);
    return json_dom_entries(raised.json_data, t->arena, &sent->raw, &fault)
               ? RC_OK
               : reject(fail, "created and updated have raw records");
}

static enum rc read_raw(struct translating *t, const struct model *model, struct sent *sent,
                        const struct mapping *mapping, struct text *id_out, struct fail *fail)
{
    const struct json_token *id;
    enum rc rc;

    rc = raise_raw(t, model, mapping->ignore_unknown_fields, sent, fail);
    if (rc != RC_OK)
        return rc;
    id = json_dom_find(&sent->raw, "id");
    if (id == NULL || id->kind != JSON_KIND_STRING)
        return reject(fail, "a raw record has an id that is a string");
    *id_out = id->string;
    sent->changed = json_dom_find(&sent->raw, "_changed");
    if (sent->changed != NULL && sent->changed->kind != JSON_KIND_STRING)
        sent->changed = NULL;
    return check_columns(t, model, sent, mapping->ignore_unknown_fields, fail);
}

static enum rc read_id(const struct translating *t, const struct sent *sent, struct text *id_out,
                       struct fail *fail)
{
    const struct json_token token = json_dom_token(sent->text, t->arena);

    *id_out = token.string;
    return token.kind == JSON_KIND_STRING ? RC_OK : reject(fail, "deleted has ids");
}

static enum rc add_change(struct translating *t, const struct mapping *mapping,
                          const struct model *model, const struct sent *as_sent, struct fail *fail)
{
    struct sent *sent = ARENA_NEW(t->arena, struct sent);
    struct pushed pushed = {
        .model = model, .of_engine = sent, .is_new = as_sent->change == CREATED};
    enum rc rc;

    *sent = *as_sent;
    rc = sent->change == DELETED ? read_id(t, sent, &pushed.id, fail)
                                 : read_raw(t, model, sent, mapping, &pushed.id, fail);
    if (rc != RC_OK)
        return rc;
    if (!watermelon_id_valid(pushed.id))
        return reject(fail, "ids are of 1 to 64 letters, digits, '_', '.' and '-'");
    pushed_add(&t->list, pushed, t->arena);
    return RC_OK;
}

static enum rc count_changes(struct translating *t, size_t count, struct fail *fail)
{
    t->changes += count;
    if (t->changes <= t->push->max_changes)
        return RC_OK;
    return fail_reject(fail, FAIL_TOO_LARGE, "more than %zu changes: see limits.watermelon_changes",
                       t->push->max_changes);
}

/* model NULL: the table is not mapped. */
static enum rc read_list(struct translating *t, const struct mapping *mapping,
                         const struct model *model, const struct json_entries *lists,
                         enum change_kind change, struct fail *fail)
{
    const struct json_token *list = json_dom_find(lists, CHANGE_NAMES[change]);
    struct json_member *items;
    size_t count;
    enum rc rc;

    if (list == NULL)
        return RC_OK;
    if (list->kind != JSON_KIND_ARRAY)
        return reject(fail, "created, updated and deleted of a table are arrays");
    items = json_dom_elements(list->raw, t->push->max_changes, t->arena, &count);
    rc = count_changes(t, count, fail);
    for (size_t i = 0; rc == RC_OK && model != NULL && i < count; i++)
        rc = add_change(t, mapping, model,
                        &(struct sent){.change = change, .text = items[i].raw_value}, fail);
    return rc;
}

/* NULL: it is not there, or the app's version does not know it. */
static const struct model *find_model(const struct translating *t, const struct mapping *mapping,
                                      struct text name)
{
    const struct version_model *seen = version_model(t->version, name);

    return seen != NULL && seen->unknown ? NULL : mapping_find(mapping, name);
}

/* It pushes every table of the app: one that is not mapped is no matter until it has changes. */
static enum rc read_table(struct translating *t, const struct mapping *mapping,
                          const struct json_entry *table, struct fail *fail)
{
    const struct model *model = find_model(t, mapping, table->key);
    const size_t before = t->changes;
    struct json_entries lists;
    struct json_fault fault;
    enum rc rc = RC_OK;

    if (!json_dom_entries(table->token.raw, t->arena, &lists, &fault))
        return reject(fail, "each table of changes is an object");
    for (int change = CREATED; rc == RC_OK && change < CHANGES; change++)
        rc = read_list(t, mapping, model, &lists, (enum change_kind)change, fail);
    if (rc == RC_OK && model == NULL && t->changes > before &&
        !version_removed(t->version, table->key))
        return fail_reject(fail, FAIL_INVALID_REQUEST, "the table %.*s is not mapped",
                           TEXT_ARG(table->key));
    return rc;
}

static enum rc read_changes(struct translating *t, const struct mapping *mapping,
                            const struct json_token *changes, struct fail *fail)
{
    struct json_entries tables;
    struct json_fault fault;
    enum rc rc = RC_OK;

    if (changes == NULL || !json_dom_entries(changes->raw, t->arena, &tables, &fault))
        return reject(fail, "changes: an object of tables is expected");
    for (size_t i = 0; rc == RC_OK && i < tables.count; i++)
        rc = read_table(t, mapping, &tables.items[i], fail);
    return rc == RC_OK ? pushed_check(&t->list, t->arena, fail) : rc;
}

static enum rc read_body(struct translating *t, const struct mapping *mapping, struct fail *fail)
{
    struct json_entries body;
    struct json_fault fault;
    const struct json_token *at;

    if (!json_dom_entries(t->push->body, t->arena, &body, &fault))
        return fail_reject(fail, FAIL_INVALID_REQUEST,
                           "the request body is not a valid JSON object: %s (byte %zu)",
                           fault.reason, fault.offset);
    at = json_dom_find(&body, "lastPulledAt");
    if (at != NULL && at->kind != JSON_KIND_NULL &&
        !json_dom_counter(at, INT64_MAX, &t->last_pulled_at))
        return reject(fail, "lastPulledAt: the timestamp of a pull, or null, is expected");
    return read_changes(t, mapping, json_dom_find(&body, "changes"), fail);
}

/* ---- What becomes of it ---- */

/* "a,b" holds a name. */
static bool names(struct text list, struct text name)
{
    while (list.len > 0) {
        const char *comma = memchr(list.ptr, ',', list.len);
        const size_t len = comma == NULL ? list.len : (size_t)(comma - list.ptr);

        if (text_equal((struct text){list.ptr, len}, name))
            return true;
        list.ptr += len + (comma != NULL);
        list.len -= len + (comma != NULL);
    }
    return false;
}

static bool is_wanted(const struct sent *sent, enum action action, struct text name)
{
    if (action == CREATE || sent->changed == NULL)
        return true;
    /* mutant: melon_sets_all */
    return names(sent->changed->string, version_lower_name(sent->seen, name));
}

/* A value that does not fit its field differs from any. */
static bool is_as_in_row(const struct sync_scene *scene, const struct pushed *pushed,
                         const struct field *field, const struct json_token *token)
{
    struct value value;

    return pushed->row != NULL && /* mutant: melon_sends_the_same */
           wire_value_parse(WIRE_WATERMELON, column_of(scene->s->columns, pushed->model, field),
                            token, scene->arena, &value) &&
           value_same(field, &value, &pushed->row[field->index]);
}

/* How many; a column that is no field is left out. */
static size_t add_fields(struct pushed_diffs *diffs, const struct sync_scene *scene,
                         const struct pushed *pushed, enum action action)
{
    const struct sent *sent = pushed->of_engine;
    size_t count = 0;

    for (size_t i = 0; i < sent->raw.count; i++) {
        const struct json_entry *entry = &sent->raw.items[i];
        const struct field *field = model_field(pushed->model, entry->key);

        if (field == NULL || !is_wanted(sent, action, entry->key) ||
            is_as_in_row(scene, pushed, field, &entry->token))
            continue;
        pushed_diffs_add_field(diffs, entry->key,
                               wire_value_read(WIRE_WATERMELON,
                                               column_of(scene->s->columns, pushed->model, field),
                                               &entry->token, scene->arena));
        count++;
    }
    return count;
}

static void add_part(struct buf *name, struct text part)
{
    buf_add_text(name, part);
    buf_add_char(name, '\0');
}

/* A change that is sent again is known by it. */
static void write_id(const struct translating *t, const struct pushed *pushed,
                     char id_out[ID_UUID_LEN + 1])
{
    const struct sent *sent = pushed->of_engine;
    char digits[TEXT_NUMBER_MAX];
    struct buf name;

    buf_init(&name, NAME_MAX_BYTES);
    add_part(&name, TEXT_LITERAL("watermelon"));
    add_part(&name, pushed->model->name);
    add_part(&name, pushed->id);
    add_part(&name, text_of(CHANGE_NAMES[sent->change]));
    add_part(&name, text_of_int(t->last_pulled_at, digits));
    add_part(&name, sent->text);
    id_uuid_of(buf_text(&name), id_out); /* mutant: melon_retry_is_new */
    buf_release(&name);
}

static void write_diff(struct translating *t, const struct sync_scene *scene,
                       struct pushed_diffs *diffs, const struct pushed *pushed)
{
    const struct sent *sent = pushed->of_engine;
    const enum action action = ACTIONS[sent->change][pushed->state];
    char id[ID_UUID_LEN + 1];

    if (action == NOTHING)
        return;
    pushed_diffs_begin_one(diffs, pushed->id);
    if ((action == CREATE || action == UPDATE) && add_fields(diffs, scene, pushed, action) == 0 &&
        action == UPDATE)
        return;
    write_id(t, pushed, id);
    pushed_diffs_end_one(diffs, text_of(id), TYPES[action], pushed->model, scene->arena);
}

static enum rc translate(void *context, const struct sync_scene *scene,
                         struct sync_request *request_inout, struct fail *fail)
{
    struct translating *t = context;
    struct pushed_diffs diffs;
    enum rc rc = pushed_look_up(&t->list, scene, fail);

    if (rc != RC_OK)
        return rc;
    pushed_diffs_begin(&diffs, request_inout, scene, t->push->time_ms);
    for (size_t i = 0; i < t->list.count; i++)
        write_diff(t, scene, &diffs, &t->list.items[i]);
    rc = pushed_diffs_end(&diffs, scene, request_inout, fail);
    if (rc == RC_OK && !t->push->quarantine)
        rejections_close(request_inout->rejections);
    return rc;
}

enum rc watermelon_push(struct synchronizer *s, const struct watermelon_push *push,
                        struct sync_request *request_inout, struct arena *arena,
                        struct sync_answer *answer_out, struct fail *fail)
{
    struct translating t = {.push = push, .version = request_inout->version, .arena = arena};
    const struct sync_translation translation = {
        .context = &t,
        .tells_again = true,
        .translate = translate,
    };
    enum rc rc = read_body(&t, s->mapping, fail);

    if (rc != RC_OK)
        return rc;
    request_inout->clock = t.last_pulled_at > 0 ? t.last_pulled_at - 1 : 0;
    request_inout->clock_of_pull = t.last_pulled_at > 0;
    request_inout->rejections = ARENA_NEW(arena, struct rejections);
    return sync_translated(s, request_inout, &translation, arena, answer_out, fail);
}
