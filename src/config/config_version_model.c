/* What a version of the app sees of a model: PARTS, and whether the way there and back is one.
 * Entry: config_version_model(). */
#include "config_versions.h"

#include "config_yaml_json.h"
#include "json_write.h"
#include "value.h"

/* A model in the hand. */
struct reading {
    const struct config_version_reading *of;
    const struct model *model;
    struct version_model *into;
    unsigned line;
};

static long long number_of(const struct reading *r)
{
    return (long long)r->of->version->number;
}

static struct arena *arena_of(const struct reading *r)
{
    return &r->of->config->arena;
}

#define FAULT(r, line, format, ...)                                                                \
    diagnostics_add((r)->of->faults, (line), "version %lld, model '%s': " format, number_of(r),    \
                    (r)->model->name.ptr, __VA_ARGS__)

/* NULL after a fault. */
static const struct field *find_field(const struct reading *r, const yaml_node_t *name,
                                      const char *part)
{
    const struct text text = yaml_tree_text(name);
    const struct field *field = model_field(r->model, text);

    if (field == NULL)
        FAULT(r, yaml_tree_line(name),
              "%s names the field '%.*s', which is not in models: name fields as they are there",
              part, TEXT_ARG(text));
    return field;
}

/* The field's entry, made as one that is the same in both. */
static struct version_field *entry_of(const struct reading *r, const struct field *field)
{
    struct version_model *into = r->into;

    for (size_t i = 0; i < into->field_count; i++)
        if (text_equal(into->fields[i].name, field->name))
            return &into->fields[i];
    into->fields[into->field_count] =
        (struct version_field){.name = field->name, .older = field->name};
    return &into->fields[into->field_count++];
}

/* ---- The parts ---- */

static void read_rename(const struct reading *r, const yaml_node_t *key, const yaml_node_t *value)
{
    const struct field *field = find_field(r, key, "rename");
    const struct text older = yaml_tree_text(value);

    if (field == NULL)
        return;
    if (older.len == 0 || older.len > MODEL_NAME_MAX_BYTES || text_is(older, "id"))
        FAULT(r, yaml_tree_line(key),
              "rename says no name that '%s' had: give the name of a field, as in '%s: NAME'",
              field->name.ptr, field->name.ptr);
    else
        entry_of(r, field)->older = arena_text(arena_of(r), older);
}

static void hide(const struct reading *r, const struct field *field, unsigned line)
{
    struct version_field *entry = entry_of(r, field);

    if (entry->value_count > 0 || (entry->older.len > 0 && !text_equal(entry->older, entry->name)))
        FAULT(r, line, "'%s' is renamed or has values, but the version does not see it: remove one",
              field->name.ptr);
    entry->older = TEXT_LITERAL("");
    r->into->hides = true;
}

static void read_without(const struct reading *r, const yaml_node_t *key, const yaml_node_t *value)
{
    const struct field *field = find_field(r, value, "without");

    (void)key;
    if (field != NULL)
        hide(r, field, yaml_tree_line(value));
}

static bool fits(const struct field *field, struct text json, struct arena *arena,
                 struct value *value_out, struct fail *fail)
{
    const struct json_token token = json_dom_token(json, arena);

    return value_parse((struct mapped_field){field, NULL}, &token, arena, value_out, fail) == RC_OK;
}

/* As the server writes it. */
static struct text written(const struct field *field, const struct value *value,
                           struct arena *arena)
{
    struct text text;
    struct buf buf;

    buf_init(&buf, (size_t)8 * 1024 * 1024);
    value_write_json((struct mapped_field){field, NULL}, value, &buf);
    text = arena_text(arena, buf_text(&buf));
    buf_release(&buf);
    return text;
}

/* What YAML means, or the same as a string: `1` may be the text of a string. Empty: it does not
 * fit, and *fail says why. */
static struct text value_of(const struct reading *r, const struct field *field,
                            const yaml_node_t *node, struct fail *fail)
{
    struct arena *arena = arena_of(r);
    struct text json = config_yaml_json(r->of->tree, node, arena);
    struct value value;

    if (fits(field, json, arena, &value, fail))
        return written(field, &value, arena);
    if (node->type != YAML_SCALAR_NODE)
        return TEXT_LITERAL("");
    json = config_yaml_json_string(node, arena);
    return fits(field, json, arena, &value, fail) ? written(field, &value, arena)
                                                  : TEXT_LITERAL("");
}

static void read_default(const struct reading *r, const yaml_node_t *key, const yaml_node_t *value)
{
    const struct field *field = find_field(r, key, "defaults");
    struct fail fail;
    struct text json;

    if (field == NULL)
        return;
    hide(r, field, yaml_tree_line(key));
    json = value_of(r, field, value, &fail);
    if (json.len == 0)
        FAULT(r, yaml_tree_line(key),
              "the default of '%s' does not fit it (%s): give one that does", field->name.ptr,
              fail.message);
    else if (field->access != FIELD_WRITABLE)
        FAULT(r, yaml_tree_line(key),
              "'%s' is read_only, which creates cannot set: move it from defaults to without",
              field->name.ptr);
    entry_of(r, field)->initial = json.len > 0 ? json : TEXT_LITERAL("null"); /* one fault of it */
}

static bool has_value(const struct version_field *entry, struct text newest, struct text older)
{
    for (size_t i = 0; i < entry->value_count; i++)
        if (text_equal(entry->values[i].newest, newest) ||
            text_equal(entry->values[i].older, older))
            return true;
    return false;
}

static bool read_value(const struct reading *r, const struct field *field,
                       struct version_field *entry, const yaml_node_t *newest,
                       const yaml_node_t *older)
{
    struct fail fail;
    const struct text json = value_of(r, field, newest, &fail);
    const struct text other = config_yaml_json(r->of->tree, older, arena_of(r));

    if (json.len == 0 || text_is(json, "null"))
        FAULT(r, yaml_tree_line(newest),
              "values of '%s' have '%.*s', which does not fit it: "
              "values are written as 'NEWEST: OLDER'",
              field->name.ptr, TEXT_ARG(yaml_tree_text(newest)));
    else if (older->type != YAML_SCALAR_NODE || text_is(other, "null"))
        FAULT(r, yaml_tree_line(newest), "values of '%s' say nothing for '%.*s': give one value",
              field->name.ptr, TEXT_ARG(yaml_tree_text(newest)));
    else if (has_value(entry, json, other))
        FAULT(r, yaml_tree_line(newest),
              "values of '%s' lead two ways at '%.*s': give each value one of its own, so that "
              "there is a way back",
              field->name.ptr, TEXT_ARG(yaml_tree_text(newest)));
    else {
        entry->values[entry->value_count++] = (struct version_value){json, other};
        return true;
    }
    return false;
}

static bool maps_values(enum field_type type)
{
    return type == FIELD_STRING || type == FIELD_INTEGER || type == FIELD_BOOLEAN ||
           type == FIELD_ENUM;
}

static bool has_newest(const struct version_field *entry, struct text json)
{
    for (size_t i = 0; i < entry->value_count; i++)
        if (text_equal(entry->values[i].newest, json))
            return true;
    return false;
}

static void check_listed(const struct reading *r, const struct field *field,
                         const struct version_field *entry, struct text value, unsigned line)
{
    struct fail fail;
    struct value parsed;
    struct text json = value;

    if (fits(field, value, arena_of(r), &parsed, &fail))
        json = written(field, &parsed, arena_of(r));
    if (!has_newest(entry, json))
        FAULT(r, line, "values of '%s' lack %.*s: say what the version has instead",
              field->name.ptr, TEXT_ARG(json));
}

/* All that the field may be has to be there, as far as the config knows it; and what the older
 * version has must not be another value of the newest. */
static void check_total(const struct reading *r, const struct field *field,
                        const struct version_field *entry, unsigned line)
{
    struct fail fail;
    struct value parsed;

    if (field->type == FIELD_BOOLEAN) {
        check_listed(r, field, entry, TEXT_LITERAL("false"), line);
        check_listed(r, field, entry, TEXT_LITERAL("true"), line);
        return;
    }
    for (size_t i = 0; i < field->value_count; i++) {
        struct buf buf;

        buf_init(&buf, JSON_STRING_BOUND(field->values[i].len));
        json_write_string(&buf, field->values[i]);
        check_listed(r, field, entry, buf_text(&buf), line);
        buf_release(&buf);
    }
    for (size_t i = 0; field->value_count == 0 && i < entry->value_count; i++)
        if (fits(field, entry->values[i].older, arena_of(r), &parsed, &fail) &&
            !has_newest(entry, written(field, &parsed, arena_of(r))))
            FAULT(r, line,
                  "values of '%s' have %.*s for the version, which is also a value of the newest: "
                  "say what the version has instead of that one, too",
                  field->name.ptr, TEXT_ARG(entry->values[i].older));
}

static void read_values(const struct reading *r, const yaml_node_t *key, const yaml_node_t *value)
{
    const struct field *field = find_field(r, key, "values");
    struct version_field *entry;
    bool good = true;

    if (field == NULL)
        return;
    if (!maps_values(field->type) || value->type != YAML_MAPPING_NODE) {
        FAULT(r, yaml_tree_line(key),
              "values are for string, integer, boolean and enum fields, as in "
              "'%s: { NEWEST: OLDER }'",
              field->name.ptr);
        return;
    }
    entry = entry_of(r, field);
    if (entry->older.len == 0)
        FAULT(r, yaml_tree_line(key),
              "'%s' has values, but the version does not see it: remove one", field->name.ptr);
    entry->values = ARENA_ARRAY(
        arena_of(r), (size_t)(value->data.mapping.pairs.top - value->data.mapping.pairs.start),
        struct version_value);
    for (const yaml_node_pair_t *pair = value->data.mapping.pairs.start;
         pair < value->data.mapping.pairs.top; pair++)
        good &= read_value(r, field, entry, yaml_tree_node(r->of->tree, pair->key),
                           yaml_tree_node(r->of->tree, pair->value));
    if (good)
        check_total(r, field, entry, yaml_tree_line(key));
}

static void read_removed(const struct reading *r, const yaml_node_t *key, const yaml_node_t *value)
{
    struct version_model *into = r->into;
    const struct text name = yaml_tree_text(key);

    if (name.len == 0 || name.len > MODEL_NAME_MAX_BYTES || text_is(name, "id")) {
        FAULT(r, yaml_tree_line(key), "removed has '%.*s', which is not a field's name: correct it",
              TEXT_ARG(name));
        return;
    }
    into->gone[into->gone_count++] = (struct version_gone){
        .name = arena_text(arena_of(r), name),
        .value = yaml_tree_is_null(value) ? TEXT_LITERAL("")
                                          : config_yaml_json(r->of->tree, value, arena_of(r)),
    };
}

static const struct part {
    const char *name;
    yaml_node_type_t type;
    const char *form;
    /* Of a list, key is the value. */
    void (*read)(const struct reading *r, const yaml_node_t *key, const yaml_node_t *value);
} PARTS[] = {
    {"rename", YAML_MAPPING_NODE, "'{ NEWEST: OLDER }'", read_rename},
    {"values", YAML_MAPPING_NODE, "'{ FIELD: { NEWEST: OLDER } }'", read_values},
    {"without", YAML_SEQUENCE_NODE, "a list of fields", read_without},
    {"defaults", YAML_MAPPING_NODE, "'{ FIELD: VALUE }'", read_default},
    {"removed", YAML_MAPPING_NODE, "'{ FIELD: VALUE }', or ~ for no value", read_removed},
};

static void read_part(const struct reading *r, const struct part *part, struct yaml_place at)
{
    struct yaml_tree *tree = r->of->tree;

    if (at.node->type != part->type) {
        FAULT(r, at.line, "%s is another thing: give %s", part->name, part->form);
    } else if (part->type == YAML_SEQUENCE_NODE) {
        for (size_t i = 0; i < yaml_tree_count(at.node); i++)
            part->read(r, yaml_tree_item(tree, at.node, i).node,
                       yaml_tree_item(tree, at.node, i).node);
    } else {
        for (const yaml_node_pair_t *pair = at.node->data.mapping.pairs.start;
             pair < at.node->data.mapping.pairs.top; pair++)
            part->read(r, yaml_tree_node(tree, pair->key), yaml_tree_node(tree, pair->value));
    }
}

static void check_parts(const struct reading *r, const yaml_node_t *block)
{
    for (const yaml_node_pair_t *pair = block->data.mapping.pairs.start;
         pair < block->data.mapping.pairs.top; pair++) {
        const yaml_node_t *key = yaml_tree_node(r->of->tree, pair->key);
        size_t i = 0;

        while (i < ARRAY_LEN(PARTS) && !text_is(yaml_tree_text(key), PARTS[i].name))
            i++;
        if (i == ARRAY_LEN(PARTS))
            FAULT(r, yaml_tree_line(key),
                  "unknown key '%.*s': rename, without, defaults, values and removed are known",
                  TEXT_ARG(yaml_tree_text(key)));
    }
}

/* ---- All fields together ---- */

static size_t count_called(const struct reading *r, struct text older)
{
    size_t count = 0;

    for (size_t i = 0; i < r->model->field_count; i++)
        count += text_equal(version_lower_name(r->into, r->model->fields[i].name), older);
    for (size_t i = 0; i < r->into->gone_count; i++)
        count += text_equal(r->into->gone[i].name, older);
    return count;
}

static void check_names(const struct reading *r)
{
    for (size_t i = 0; i < r->into->field_count; i++) {
        const struct version_field *field = &r->into->fields[i];

        if (field->older.len > 0 && count_called(r, field->older) > 1)
            FAULT(r, r->line,
                  "two fields are called '%s' there: rename one, or leave one out with without",
                  field->older.ptr);
    }
    for (size_t i = 0; i < r->into->gone_count; i++)
        if (count_called(r, r->into->gone[i].name) > 1)
            FAULT(r, r->line, "the removed field '%s' is also another one there: rename one",
                  r->into->gone[i].name.ptr);
}

/* Creates of the version would be refused. */
static void check_required(const struct reading *r)
{
    for (size_t i = 0; i < r->model->field_count; i++) {
        const struct field *field = &r->model->fields[i];
        const bool given = field->fill.on_create.len > 0 || !r->model->allow[DIFF_CREATE];

        if (!field->required || given || version_sees(r->into, field->name) ||
            entry_of(r, field)->initial.len > 0)
            continue;
        FAULT(r, r->line,
              "'%s' is required, but the version does not see it: give what its creates set it to "
              "under defaults",
              field->name.ptr);
    }
}

struct version_model config_version_model(const struct config_version_reading *of,
                                          const struct model *model, struct yaml_place at)
{
    struct version_model into = {
        .name = model->name,
        .unknown = yaml_tree_is_null(at.node),
        .fields = ARENA_ARRAY(&of->config->arena, model->field_count, struct version_field),
    };
    const struct reading reading = {of, model, &into, at.line};
    const yaml_node_t *removed;

    if (into.unknown)
        return into;
    if (at.node->type != YAML_MAPPING_NODE) {
        FAULT(&reading, at.line, "is %s: give '{ rename: … }', or ~ if the version lacks the model",
              "another thing");
        return into;
    }
    check_parts(&reading, at.node);
    removed = yaml_tree_get(of->tree, at.node, "removed").node;
    if (removed != NULL && removed->type == YAML_MAPPING_NODE)
        into.gone = ARENA_ARRAY(
            &of->config->arena,
            (size_t)(removed->data.mapping.pairs.top - removed->data.mapping.pairs.start),
            struct version_gone);
    for (size_t i = 0; i < ARRAY_LEN(PARTS); i++) {
        const struct yaml_place part = yaml_tree_get(of->tree, at.node, PARTS[i].name);

        if (part.node != NULL)
            read_part(&reading, &PARTS[i], part);
    }
    check_names(&reading);
    check_required(&reading);
    return into;
}
