/* Diffs as they are stored and handed on.
 * Entry:     diff_parse_stored(), diff_move().
 * Invariant: a field's source is the diff in which it lies. */
#include "diff.h"

#include "diff_read.h"
#include "json_dom.h"
#include "object_id.h"

bool diff_is_id(struct text id)
{
    return id.len > 0 && id.len <= DIFF_ID_MAX_BYTES && memchr(id.ptr, '\0', id.len) == NULL;
}

static bool is_id_key(const struct json_entry *entry)
{
    return text_equal(entry->key, TEXT_LITERAL("id"));
}

/* False if there is no id, or one that docs/protocol.md 2 does not allow. */
static bool take_object_id(struct diff *diff, const struct json_entries *entries)
{
    for (size_t i = 0; i < entries->count; i++) {
        const struct json_token *token = &entries->items[i].token;

        if (!is_id_key(&entries->items[i]))
            continue;
        diff->object_id = token->string;
        return token->kind == JSON_KIND_STRING && diff_is_id(token->string);
    }
    return false;
}

/* Room for every field that the object can set. */
static void begin_fields(struct diff *diff, const struct json_entries *entries, struct arena *arena)
{
    size_t most = diff->model->field_count;

    /* A create may get flaws for what it lacks. */
    if (most > entries->count && diff->type != DIFF_CREATE)
        most = entries->count;
    diff->fields = ARENA_ARRAY(arena, most, struct field_value);
    diff->field_count = 0;
}

static struct field_value *add_field(struct diff *diff, const struct field *field)
{
    struct field_value *set = &diff->fields[diff->field_count++];

    *set = (struct field_value){.field = field, .time_ms = diff->time_ms, .source = diff};
    return set;
}

enum rc diff_reject_unknown(struct text key, struct fail *fail)
{
    fail_reject(fail, FAIL_INVALID_DATA,
                "json_data holds a field that the model does not have: leave it out: %.*s",
                TEXT_ARG(key));
    fail_at_field(fail, key);
    return RC_REJECTED;
}

/* RC_OK if *fail, which was set just now, is kept as the value's flaw. */
static enum rc keep_flaw(struct diff *diff, struct field_value *set,
                         const struct diff_reading *reading, const struct fail *fail)
{
    if (!reading->keep_flaws) /* mutant: flaws_judged_alone */
        return RC_REJECTED;
    set->value = (struct value){.kind = VALUE_NULL, .json = set->value.json};
    set->flaw = arena_text(reading->arena, text_of(fail->message)).ptr;
    diff->flawed = true;
    return RC_OK;
}

static enum rc read_value(struct diff *diff, const struct field *field,
                          const struct json_token *token, const struct diff_reading *reading,
                          struct fail *fail)
{
    const struct mapped_field at = column_of(reading->columns, diff->model, field);
    struct field_value *set = add_field(diff, field);

    if (value_parse(at, token, reading->arena, &set->value, fail) != RC_OK)
        return keep_flaw(diff, set, reading, fail);
    value_spell(at, &set->value, reading->arena);
    return RC_OK;
}

/* A create may come from a device that has no value of the field yet: null sets nothing. */
static enum rc leave_out(struct diff *diff, const struct field *field,
                         const struct json_token *token, const struct diff_reading *reading,
                         struct fail *fail)
{
    struct field_value *set;

    if (diff->type == DIFF_CREATE && token->kind == JSON_KIND_NULL)
        return RC_OK;
    if (field->access == FIELD_READ_ONLY_IGNORED) {
        diff->left_out = true;
        return RC_OK;
    }
    fail_reject(fail, FAIL_INVALID_DATA, "field %s: only the server sets it: leave it out",
                field->name.ptr);
    fail_at_field(fail, field->name);
    set = add_field(diff, field);
    set->value.json = token->raw;
    return keep_flaw(diff, set, reading, fail);
}

static enum rc read_fields(struct diff *diff, const struct json_entries *entries,
                           const struct diff_reading *reading, struct fail *fail)
{
    begin_fields(diff, entries, reading->arena);
    for (size_t i = 0; i < entries->count; i++) {
        const struct json_entry *entry = &entries->items[i];
        const struct field *field;

        if (is_id_key(entry))
            continue;
        field = model_field(diff->model, entry->key);
        if (field == NULL && !reading->ignore_unknown_fields)
            return diff_reject_unknown(entry->key, fail);
        if (field == NULL)
            continue;
        if ((field->access == FIELD_WRITABLE
                 ? read_value(diff, field, &entry->token, reading, fail)
                 : leave_out(diff, field, &entry->token, reading, fail)) != RC_OK)
            return RC_REJECTED;
    }
    return RC_OK;
}

static bool sets_field(const struct diff *diff, const struct field *field)
{
    for (size_t i = 0; i < diff->field_count; i++)
        if (diff->fields[i].field == field)
            return true;
    return false;
}

static enum rc check_required(struct diff *diff, const struct diff_reading *reading,
                              struct fail *fail)
{
    for (size_t i = 0; i < diff->model->field_count; i++) {
        const struct field *field = &diff->model->fields[i];

        if (!field->required || field->fill.on_create.len > 0 || sets_field(diff, field))
            continue;
        fail_reject(fail, FAIL_INVALID_DATA, "field %s: required in a create, but missing",
                    field->name.ptr);
        fail_at_field(fail, field->name);
        if (keep_flaw(diff, add_field(diff, field), reading, fail) != RC_OK)
            return RC_REJECTED;
    }
    return RC_OK;
}

static bool has_rewritten(const struct diff *diff)
{
    for (size_t i = 0; i < diff->field_count; i++)
        if (diff->fields[i].value.rewritten)
            return true;
    return false;
}

static const char *id_form(const struct model *model)
{
    return model_id_count(model) > 1 ? "the values of its columns, parted by ':',"
                                     : key_type_form(model->id_type);
}

static enum rc check_object_id(const struct diff *diff, struct fail *fail)
{
    if (object_id_is_canonical(diff->model, diff->object_id))
        return RC_OK;
    fail_reject(fail, FAIL_INVALID_DATA, "the \"id\" in json_data must be %s in its canonical form",
                id_form(diff->model));
    fail_at_field(fail, TEXT_LITERAL("id"));
    return RC_REJECTED;
}

static bool knows_not_all(const struct model *model, const struct json_entries *entries)
{
    for (size_t i = 0; i < entries->count; i++)
        if (!is_id_key(&entries->items[i]) && model_field(model, entries->items[i].key) == NULL)
            return true;
    return false;
}

enum rc diff_read_json_data(struct diff *diff, const struct diff_reading *reading,
                            struct fail *fail)
{
    struct json_entries entries;
    struct json_fault fault;
    enum rc rc = RC_OK;

    if (!json_dom_entries(diff->json_data, reading->arena, &entries, &fault)) {
        fail_reject(fail, FAIL_INVALID_DATA, "json_data is not a valid JSON object: %s (byte %zu)",
                    fault.reason, fault.offset);
        fail_at_field(fail, TEXT_LITERAL("json_data"));
        return RC_REJECTED;
    }
    if (!take_object_id(diff, &entries)) {
        fail_reject(fail, FAIL_INVALID_DATA,
                    "json_data needs an \"id\": a string of 1 to %zu bytes without U+0000",
                    DIFF_ID_MAX_BYTES);
        fail_at_field(fail, TEXT_LITERAL("id"));
        return RC_REJECTED;
    }
    rc = check_object_id(diff, fail);
    if (rc != RC_OK)
        return rc;
    if (diff->type == DIFF_DELETE) {
        if (reading->ignore_unknown_fields && knows_not_all(diff->model, &entries))
            diff->json_data = diff_write_json_data(diff->object_id, NULL, 0, reading->arena);
        return RC_OK;
    }
    rc = read_fields(diff, &entries, reading, fail);
    if (rc == RC_OK && (diff->field_count + 1 < entries.count || has_rewritten(diff)))
        diff->json_data =
            diff_write_json_data(diff->object_id, diff->fields, diff->field_count, reading->arena);
    return rc == RC_OK && diff->type == DIFF_CREATE ? check_required(diff, reading, fail) : rc;
}

/* What no longer fits the mapping was right when it came: its JSON text is kept. */
static void read_stored_value(struct field_value *set, const struct json_token *token,
                              struct arena *arena)
{
    struct field unlimited = *set->field;
    struct fail ignored;

    unlimited.required = false;
    unlimited.max_length = 0;
    unlimited.value_count = 0;
    if (value_parse((struct mapped_field){&unlimited, NULL}, token, arena, &set->value, &ignored) !=
        RC_OK)
        set->value = (struct value){.kind = VALUE_TEXT, .text = token->raw, .json = token->raw};
}

static void read_stored_fields(struct diff *diff, const struct json_entries *entries,
                               struct arena *arena)
{
    begin_fields(diff, entries, arena);
    for (size_t i = 0; i < entries->count; i++) {
        const struct json_entry *entry = &entries->items[i];
        const struct field *field = model_field(diff->model, entry->key);

        if (field != NULL && !is_id_key(entry))
            read_stored_value(add_field(diff, field), &entry->token, arena);
    }
}

static enum rc corrupt(const struct diff *diff, const char *column, struct fail *fail)
{
    return fail_fatal(fail, "the stored diff %.*s of owner %.*s has a corrupt %s",
                      TEXT_ARG(diff->id), TEXT_ARG(diff->owner), column);
}

static bool set_field_time(struct diff *diff, const struct json_entry *entry)
{
    uint64_t time_ms;

    if (!text_to_uint(entry->token.raw, (uint64_t)DIFF_INTEGER_MAX, &time_ms))
        return false;
    for (size_t i = 0; i < diff->field_count; i++)
        if (text_equal(diff->fields[i].field->name, entry->key))
            diff->fields[i].time_ms = (int64_t)time_ms;
    return true;
}

static enum rc read_field_times(struct diff *diff, struct arena *arena, struct fail *fail)
{
    struct json_entries entries;
    struct json_fault fault;

    if (!json_dom_entries(diff->field_times, arena, &entries, &fault))
        return corrupt(diff, "field_times", fail);
    for (size_t i = 0; i < entries.count; i++)
        if (!set_field_time(diff, &entries.items[i]))
            return corrupt(diff, "field_times", fail);
    return RC_OK;
}

enum rc diff_parse_stored(struct diff *diff, struct arena *arena, struct fail *fail)
{
    const struct text object_id = diff->object_id;
    struct json_entries entries;
    struct json_fault fault;

    diff->unread = false;
    diff->fields = NULL;
    diff->field_count = 0;
    if (!json_dom_entries(diff->json_data, arena, &entries, &fault) ||
        !take_object_id(diff, &entries))
        return corrupt(diff, "json_data", fail);
    if (object_id.len > 0)
        diff->object_id = object_id;
    if (diff->type == DIFF_DELETE)
        return RC_OK;
    read_stored_fields(diff, &entries, arena);
    if (diff->field_times.len == 0)
        return RC_OK;
    return read_field_times(diff, arena, fail);
}

bool field_is_initial(const struct field_value *value)
{
    return value->source != NULL && value->source->unseen != NULL &&
           value->source->unseen[value->field->index];
}

/* Of a version that the config has no more, what is still called the same is read. */
static const struct version *stored_version(const struct versions *versions, int64_t number)
{
    const struct version *version;

    if (number == 0)
        return versions_first(versions);
    return versions_find(versions, number, &version) ? version : NULL;
}

void diff_raise_stored(struct diff *diff, const struct versions *versions, int64_t version,
                       struct arena *arena)
{
    const struct version_model *model =
        version_model(stored_version(versions, version), diff->model->name);

    if (model == NULL)
        return;
    diff->json_data = version_raise(model, false, diff->json_data, arena).json_data;
    if (diff->field_times.len > 0)
        diff->field_times = version_raise_keys(model, diff->field_times, arena);
    diff->partial = diff->type == DIFF_CREATE && model->hides; /* mutant: older_create_not_whole */
}

/* A quote, the name, a quote and a colon: within a string there is a backslash before the quotes.
 * Where the key is written in another way, or stands in a value's own object, the guess is wrong.
 */
static bool names_field(struct text json_data, struct text name)
{
    const char *at = json_data.ptr, *end = json_data.ptr + json_data.len;

    while ((at = memmem(at, (size_t)(end - at), name.ptr, name.len)) != NULL) {
        const char *behind = at + name.len;

        if (at > json_data.ptr && at[-1] == '"' && end - behind >= 2 && behind[0] == '"' &&
            behind[1] == ':')
            return true;
        at++;
    }
    return false;
}

bool diff_surely_sets(const struct diff *diff)
{
    if (!diff->unread)
        return diff->field_count > 0;
    for (size_t i = 0; i < diff->model->field_count; i++)
        if (names_field(diff->json_data, diff->model->fields[i].name))
            return true;
    return false;
}

void diff_move(struct diff *to, const struct diff *from)
{
    *to = *from;
    for (size_t i = 0; i < to->field_count; i++)
        to->fields[i].source = to;
}
