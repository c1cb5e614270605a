/* The mapping, the random values of each field, and rows as cells that can be compared. */
#include "world.h"

#include "world_values.h"

#include <stdio.h>
#include <stdlib.h>

uint64_t random_next(struct random *random)
{
    /* splitmix64 */
    uint64_t z = random->state += 0x9E3779B97F4A7C15u;

    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

uint32_t random_below(struct random *random, uint32_t bound)
{
    return (uint32_t)((random_next(random) >> 32) * bound >> 32);
}

bool random_one(struct random *random, uint32_t in)
{
    return random_below(random, in) == 0;
}

#define TEXT_OF(text)                                                                              \
    {                                                                                              \
        text, sizeof(text) - 1                                                                     \
    }
#define FIELD(n, key, ...)                                                                         \
    {                                                                                              \
        .name = TEXT_OF(key), .column = TEXT_OF(key), .index = (n), .type = __VA_ARGS__            \
    }
#define MODEL(n, key, list)                                                                        \
    {                                                                                              \
        .name = {key, sizeof(key) - 1}, .table = {key, sizeof(key) - 1}, .id_column = {"id", 2},   \
        .owner_column = {"owner_id", 8}, .validate = {"", 0}, .allow = {true, true, true},         \
        .fields = (list), .field_count = ARRAY_LEN(list), .index = (n)                             \
    }
#define REFERENCE(n, key, parent_index)                                                            \
    {                                                                                              \
        .name = {key, sizeof(key) - 1}, .column = {key, sizeof(key) - 1}, .type = FIELD_REFERENCE, \
        .parent = &keyed_models[parent_index], .index = (n)                                        \
    }
#define KEYED_MODEL(n, key, list, ...)                                                             \
    {                                                                                              \
        .name = {key, sizeof(key) - 1}, .table = {key, sizeof(key) - 1},                           \
        .owner_column = {"owner_id", 8}, .validate = {"", 0}, .allow = {true, true, true},         \
        .fields = (list), .field_count = ARRAY_LEN(list), .index = (n), __VA_ARGS__                \
    }

static struct field tree_fields[] = {
    FIELD(0, "name", FIELD_STRING),     FIELD(1, "height", FIELD_INTEGER),
    FIELD(2, "felled", FIELD_BOOLEAN),  FIELD(3, "parent_id", FIELD_STRING),
    FIELD(4, "crown_id", FIELD_STRING),
};
static struct field leaf_fields[] = {
    FIELD(0, "colour", FIELD_STRING),  FIELD(1, "veins", FIELD_INTEGER),
    FIELD(2, "area", FIELD_FLOAT),     FIELD(3, "notes", FIELD_JSON),
    FIELD(4, "tree_id", FIELD_STRING),
};
#define GHOSTS(n)                                                                                  \
    {                                                                                              \
        .name = {"ghosts", 6}, .unmapped = true, .index = (n)                                      \
    }

static struct model plain_models[] = {
    MODEL(0, "trees", tree_fields),
    MODEL(1, "leaves", leaf_fields),
    GHOSTS(2),
};

static struct model keyed_models[4];
static struct text kinds[] = {TEXT_OF("oak"), TEXT_OF("Elm"), TEXT_OF("ash tree")};
static struct text tools[] = {TEXT_OF("axe"), TEXT_OF("saw"), TEXT_OF("rope")};
static struct field keyed_tree_fields[] = {
    FIELD(0, "name", FIELD_STRING),
    FIELD(1, "height", FIELD_INTEGER),
    FIELD(2, "felled", FIELD_BOOLEAN, .json_booleans = true),
    FIELD(3, "notes", FIELD_JSON),
    FIELD(4, "girth", FIELD_DECIMAL),
    FIELD(5, "planted", FIELD_DATE),
    FIELD(6, "kind", FIELD_ENUM, .values = kinds, .value_count = ARRAY_LEN(kinds)),
    FIELD(7, "tag", FIELD_UUID),
};
static struct field keyed_leaf_fields[] = {
    FIELD(0, "colour", FIELD_STRING), FIELD(1, "veins", FIELD_INTEGER),
    FIELD(2, "area", FIELD_FLOAT),    FIELD(3, "notes", FIELD_LIST),
    REFERENCE(4, "tree_id", 0),       FIELD(5, "fell", FIELD_DATETIME),
    FIELD(6, "unfolds", FIELD_TIME),  FIELD(7, "scan", FIELD_BYTES),
};
static struct field grafting_fields[] = {
    FIELD(0, "note", FIELD_STRING),
    FIELD(1, "cuts", FIELD_INTEGER),
    FIELD(2, "area", FIELD_FLOAT),
    FIELD(3, "made", FIELD_TIMESTAMP),
    FIELD(4, "checked", FIELD_DATETIME, .zone = FIELD_ZONE_UTC),
    FIELD(5, "healed", FIELD_DATETIME_MS),
    FIELD(6, "serial", FIELD_INTEGER, .as = FIELD_AS_STRING),
    FIELD(7, "tools", FIELD_SET, .values = tools, .value_count = ARRAY_LEN(tools)),
};
static struct id_part grafting_id[] = {
    {.column = {"tree_id", 7}, .type = KEY_REFERENCE, .parent = &keyed_models[0]},
    {.column = {"leaf_id", 7}, .type = KEY_REFERENCE, .parent = &keyed_models[1]},
    {.column = {"label", 5}, .type = KEY_STRING},
};
static struct model keyed_models[4] = {
    KEYED_MODEL(0, "trees", keyed_tree_fields, .id_column = {"id", 2}, .id_type = KEY_INTEGER),
    KEYED_MODEL(1, "leaves", keyed_leaf_fields, .id_column = {"sync_id", 7}, .id_type = KEY_UUID),
    KEYED_MODEL(2, "graftings", grafting_fields, .id_column = {"tree_id", 7},
                .id_parts = grafting_id, .id_part_count = ARRAY_LEN(grafting_id)),
    GHOSTS(3),
};

struct world {
    struct model *models; /* and behind them the ghosts */
    struct mapping mapping;
    struct mapping wire_mapping;
    struct relation relations[WORLD_RELATIONS];
    struct text ids[WORLD_PLACES];
};

#define UUID_1 "0f8fad5b-d9cb-469f-a165-70867728950e"
#define UUID_4 "7c9e6679-7425-40de-944b-e07fc1f90ae7"

static const struct world WORLDS[WORLD_KINDS] = {
    [WORLD_PLAIN] = {.models = plain_models,
                     .mapping = {.models = plain_models, .model_count = 2},
                     .wire_mapping = {.models = plain_models, .model_count = 3},
                     .relations = {{&plain_models[1], &leaf_fields[4], &plain_models[0], 0},
                                   {&plain_models[0], &tree_fields[3], &plain_models[0], 0},
                                   {&plain_models[0], &tree_fields[4], &plain_models[1], 0}},
                     .ids = {TEXT_OF("o0"), TEXT_OF("o1"), TEXT_OF("o2"), TEXT_OF("o3"),
                             TEXT_OF("o4"), TEXT_OF("o5"), TEXT_OF("g0")}},
    [WORLD_KEYED] = {.models = keyed_models,
                     .mapping = {.models = keyed_models, .model_count = 3},
                     .wire_mapping = {.models = keyed_models, .model_count = 4},
                     .relations = {{&keyed_models[1], &keyed_leaf_fields[4], &keyed_models[0], 0},
                                   {&keyed_models[2], NULL, &keyed_models[0], 0},
                                   {&keyed_models[2], NULL, &keyed_models[1], 1}},
                     .ids = {TEXT_OF("7"), TEXT_OF(UUID_1), TEXT_OF("7:" UUID_1 ":x%3Ay"),
                             TEXT_OF("-40"), TEXT_OF(UUID_4), TEXT_OF("-40:" UUID_1 ":%25"),
                             TEXT_OF("g0")}},
};
static const struct world *world = &WORLDS[WORLD_PLAIN];

void world_use(enum world_kind kind)
{
    world = &WORLDS[kind];
}

const struct mapping *world_mapping(void)
{
    return &world->mapping;
}

const struct mapping *world_wire_mapping(void)
{
    return &world->wire_mapping;
}

/* Of every model of the keyed world. */
static void parse_columns(struct arena *arena, struct columns *columns_out)
{
    const struct mapping *mapping = &WORLDS[WORLD_KEYED].mapping;
    struct model_columns *models = ARENA_ARRAY(arena, mapping->model_count, struct model_columns);

    for (size_t m = 0; m < mapping->model_count; m++) {
        const struct model *model = &mapping->models[m];

        models[m].fields = ARENA_ARRAY(arena, model->field_count, struct column);
        for (size_t f = 0; f < model->field_count; f++)
            if (values_column(&model->fields[f]) != NULL)
                models[m].fields[f] =
                    column_parse(text_of(values_column(&model->fields[f])), arena);
    }
    *columns_out = (struct columns){models, mapping->model_count};
}

const struct columns *world_columns(void)
{
    static const struct columns NONE = {.model_count = 0};
    static struct columns keyed;
    static struct arena arena;

    if (world != &WORLDS[WORLD_KEYED])
        return &NONE;
    if (keyed.model_count == 0) {
        arena_init(&arena);
        parse_columns(&arena, &keyed);
    }
    return &keyed;
}

enum { TREE_HEIGHT = 1, TREE_FELLED = 2 };

static bool alters;

void world_alter(bool on)
{
    alters = on;
}

void world_before(const struct model *model, enum diff_type type, unsigned set, struct cells *cells)
{
    struct text *height = &cells->json[TREE_HEIGHT];

    if (!alters || model != &plain_models[0])
        return;
    if (type == DIFF_CREATE && (set >> TREE_HEIGHT & 1u) == 0)
        *height = TEXT_LITERAL("5");
    if (height->len > 0 && !text_is(*height, "null"))
        cells->json[TREE_FELLED] =
            (height->ptr[height->len - 1] & 1) != 0 ? TEXT_LITERAL("1") : TEXT_LITERAL("0");
}

const struct columns *world_table_columns(void)
{
    static struct column trees[ARRAY_LEN(tree_fields)] = {[TREE_HEIGHT] = {.has_default = true}};
    static struct column leaves[ARRAY_LEN(leaf_fields)];
    static const struct model_columns models[] = {
        {.fields = trees, .alters = {[DIFF_CREATE] = true, [DIFF_UPDATE] = true}},
        {.fields = leaves},
    };
    static const struct columns altered = {models, ARRAY_LEN(models)};

    return alters && world == &WORLDS[WORLD_PLAIN] ? &altered : world_columns();
}

void world_delete_softly(unsigned models)
{
    for (size_t w = 0; w < WORLD_KINDS; w++)
        for (size_t m = 0; m < WORLDS[w].mapping.model_count; m++) {
            if ((models >> m & 1u) == 0)
                continue;
            WORLDS[w].models[m].deleted_column = TEXT_LITERAL("deleted_at");
            WORLDS[w].models[m].deleted_value = TEXT_LITERAL("now");
        }
}

void world_restrict(const struct world_rules *rules)
{
    for (size_t m = 0; m < world->mapping.model_count; m++) {
        struct model *model = &world->models[m];

        model->validate = rules->quarantine ? TEXT_LITERAL("world_validates") : TEXT_LITERAL("");
        model->fields[0].required = rules->quarantine && rules->required;
        for (size_t type = 0; type < DIFF_TYPES; type++)
            model->allow[type] =
                !rules->quarantine || (rules->denied >> (DIFF_TYPES * m + type) & 1u) == 0;
    }
}

const struct relation *world_relation(size_t number)
{
    return &world->relations[number];
}

const char *world_select(const struct model *model)
{
    static const char *const SELECTS[WORLD_MODELS] = {
        "SELECT id, name, height, felled, notes, girth, planted, kind, "
        "LOWER(CONCAT(HEX(SUBSTR(tag, 1, 4)), '-', HEX(SUBSTR(tag, 5, 2)), '-', "
        "HEX(SUBSTR(tag, 7, 2)), '-', HEX(SUBSTR(tag, 9, 2)), '-', HEX(SUBSTR(tag, 11)))) "
        "FROM trees WHERE owner_id = %s",
        "SELECT sync_id, colour, veins, area, notes, tree_id, REPLACE(fell, ' ', 'T'), unfolds, "
        "TO_BASE64(scan) FROM leaves WHERE owner_id = %s AND deleted_at IS NULL",
        "SELECT CONCAT_WS(':', g.tree_id, l.sync_id, REPLACE(REPLACE(g.label, '%', '%25'), ':', "
        "'%3A')), g.note, g.cuts, g.area, CONCAT(REPLACE(g.made, ' ', 'T'), 'Z'), "
        "CONCAT(REPLACE(g.checked, ' ', 'T'), 'Z'), "
        "TIMESTAMPDIFF(MICROSECOND, '1970-01-01', g.healed) DIV 1000, g.serial, "
        "IF(g.tools = '', '[]', CONCAT('[\"', REPLACE(g.tools, ',', '\",\"'), '\"]')) "
        "FROM graftings g JOIN leaves l ON l.id = g.leaf_id WHERE g.owner_id = %s",
    };

    return world == &WORLDS[WORLD_KEYED] ? SELECTS[model->index] : NULL;
}

struct world_object world_object(size_t number)
{
    size_t count = world->mapping.model_count;

    return (struct world_object){&world->models[number == WORLD_GHOST ? count : number % count],
                                 world->ids[number]};
}

size_t world_object_number(const struct model *model, struct text id)
{
    size_t number = 0;

    while (number < WORLD_PLACES &&
           (!text_equal(world->ids[number], id) || world_object(number).model != model))
        number++;
    return number;
}

size_t world_id_parent(const struct relation *relation, size_t child)
{
    /* Of objects 2 and 5, as their ids say. */
    static const size_t PARENTS[2][2] = {{0, 1}, {3, 1}};

    if (relation->field != NULL || child >= WORLD_OBJECTS ||
        world_object(child).model != relation->child)
        return WORLD_PLACES;
    return PARENTS[child / world->mapping.model_count][relation->id_part];
}

size_t world_parent(const struct field *field, struct text json)
{
    if (field->parent == NULL || json.len < 2 || json.ptr[0] != '"')
        return WORLD_PLACES;
    return world_object_number(field->parent, (struct text){json.ptr + 1, json.len - 2});
}

void cells_clear(struct cells *cells)
{
    *cells = (struct cells){0};
    for (size_t i = 0; i < WORLD_FIELDS; i++)
        cells->json[i] = TEXT_LITERAL("null");
}

bool cell_equal(const struct field *field, struct text a, struct text b)
{
    return values_equal(field, a, b);
}

bool cells_equal(const struct model *model, const struct cells *a, const struct cells *b)
{
    if (a->live != b->live)
        return false;
    for (size_t i = 0; a->live && i < model->field_count; i++)
        if (!cell_equal(&model->fields[i], a->json[i], b->json[i]))
            return false;
    return true;
}

/* Some object of the model that the field refers to; -1: it is no foreign key. */
static int referred(const struct field *field, uint32_t value)
{
    size_t models = world->mapping.model_count;
    const struct model *parent = field->parent;

    for (size_t i = 0; i < WORLD_RELATIONS; i++)
        if (world->relations[i].field == field)
            parent = world->relations[i].parent;
    return parent == NULL ? -1 : (int)(value % (WORLD_OBJECTS / models) * models + parent->index);
}

static struct text reference_to(struct text object_id, struct arena *arena)
{
    char text[48];
    int len = snprintf(text, sizeof(text), "\"%.*s\"", TEXT_ARG(object_id));

    return arena_text(arena, (struct text){text, (size_t)len});
}

struct text world_value(const struct field *field, uint32_t value, struct arena *arena)
{
    int object = referred(field, value);

    return object >= 0 ? reference_to(world->ids[object], arena)
                       : values_spelling(field, value, arena);
}

struct text world_wrong_value(const struct field *field)
{
    return values_wrong(field);
}

bool world_is_string(const struct field *field)
{
    return values_are_strings(field);
}

bool world_rewrites(const struct diff *diff)
{
    for (size_t i = 0; i < diff->field_count; i++)
        if (values_rewritten(diff->fields[i].field, diff->fields[i].value.json))
            return true;
    return false;
}

struct value world_typed(const struct field *field, struct text json)
{
    struct value value = {.json = json};
    char number[48];

    if (text_is(json, "null"))
        return value;
    if (!values_fit(field, json)) {
        value.kind = VALUE_TEXT;
        value.text = json;
        return value;
    }
    snprintf(number, sizeof(number), "%.*s", TEXT_ARG(json));
    value.kind = VALUE_TEXT;
    value.text = json;
    switch ((int)field->type) {
    case FIELD_STRING:
    case FIELD_REFERENCE:
        value.text = (struct text){json.ptr + 1, json.len - 2};
        break;
    case FIELD_INTEGER:
        if (field->as == FIELD_AS_STRING)
            break;
        value.kind = VALUE_INTEGER;
        value.integer = strtoll(number, NULL, 10);
        break;
    case FIELD_BOOLEAN:
        value.kind = VALUE_INTEGER;
        value.integer = text_is(json, "true") || text_is(json, "1");
        break;
    case FIELD_FLOAT:
        value.kind = VALUE_REAL;
        value.real = strtod(number, NULL);
        break;
    default: /* its JSON, until a parser reads it */
        break;
    }
    return value;
}

/* ---- Rules ---- */

/* Without its sign; 0 where there is none. */
static long long magnitude(struct text json)
{
    char text[48];

    snprintf(text, sizeof(text), "%.*s", TEXT_ARG(json));
    return llabs(strtoll(text, NULL, 10));
}

static bool has_rule(unsigned rules, size_t of, enum diff_type type)
{
    return (rules >> (DIFF_TYPES * of + type) & 1u) != 0;
}

bool world_validates(const struct world_rules *rules, const struct model *model,
                     enum diff_type type, struct text json_data)
{
    static const long long REFUSED[DIFF_TYPES] = {[DIFF_CREATE] = 7, [DIFF_UPDATE] = 11};
    struct flat flat;

    if (!flat_parse(model, json_data, &flat))
        return true;
    if (has_rule(rules->guarded, world_object_number(model, flat.object_id), type))
        return false;
    for (size_t i = 0; rules->strict && type != DIFF_DELETE && i < flat.count; i++)
        if (flat.fields[i].field->type == FIELD_INTEGER &&
            magnitude(flat.fields[i].value.json) % 29 == REFUSED[type])
            return false;
    return true;
}

bool world_row_fits(const struct world_rules *rules, const struct model *model,
                    const struct cells *row, struct text *field_out)
{
    /* height or veins, and what it must not meet: felled, or a large area. */
    long long number = magnitude(row->json[1]);
    bool meets = model->index == 0 ? cell_equal(&model->fields[2], row->json[2], TEXT_LITERAL("1"))
                                   : magnitude(row->json[2]) > 500;

    *field_out = model->fields[1].name;
    return !rules->strict || (number % 23 != 5 && !(number % 16 == 1 && meets));
}

bool world_parses(const struct diff *diff)
{
    struct flat flat;

    return !diff->model->unmapped && flat_parse(diff->model, diff->json_data, &flat);
}

bool world_value_fits(const struct field *field, struct text json)
{
    return text_is(json, "null") ? !field->required : values_fit(field, json);
}

bool world_readable(const struct diff *diff)
{
    struct flat flat;
    bool first = false;

    if (diff->model->unmapped || !flat_parse(diff->model, diff->json_data, &flat))
        return false;
    for (size_t i = 0; diff->type != DIFF_DELETE && i < flat.count; i++) {
        const struct field *field = flat.fields[i].field;

        first |= field->index == 0;
        if (!world_value_fits(field, flat.fields[i].value.json))
            return false;
    }
    return diff->type != DIFF_CREATE || first || !diff->model->fields[0].required;
}

/* A reader of one JSON object whose strings hold no escapes: enough for all that this world writes,
 * and anything else that a server sends is a fault. */
struct scan {
    const char *at;
    const char *end;
};

static void skip_space(struct scan *scan)
{
    while (scan->at < scan->end && (*scan->at == ' ' || *scan->at == '\n'))
        scan->at++;
}

static bool take(struct scan *scan, char c)
{
    skip_space(scan);
    if (scan->at >= scan->end || *scan->at != c)
        return false;
    scan->at++;
    return true;
}

static bool take_string(struct scan *scan, struct text *string_out)
{
    const char *start;

    if (!take(scan, '"'))
        return false;
    for (start = scan->at; scan->at < scan->end && *scan->at != '"'; scan->at++)
        if (*scan->at == '\\')
            return false;
    *string_out = (struct text){start, (size_t)(scan->at - start)};
    return take(scan, '"');
}

/* Up to the comma or bracket that ends the value. */
static bool take_value(struct scan *scan, struct text *raw_out)
{
    const char *start;
    unsigned depth = 0;
    bool quoted = false;

    skip_space(scan);
    for (start = scan->at; scan->at < scan->end; scan->at++) {
        char c = *scan->at;

        if (c == '"')
            quoted = !quoted;
        if (quoted)
            continue;
        if (depth == 0 && (c == ',' || c == '}'))
            break;
        if (c == '{' || c == '[')
            depth++;
        if (c == '}' || c == ']')
            depth--;
    }
    *raw_out = (struct text){start, (size_t)(scan->at - start)};
    *raw_out = text_trim(*raw_out);
    return raw_out->len > 0;
}

static bool add_member(const struct model *model, struct text key, struct text raw,
                       struct flat *flat)
{
    const struct field *field = NULL;

    if (text_is(key, "id")) {
        flat->object_id = (struct text){raw.ptr + 1, raw.len >= 2 ? raw.len - 2 : 0};
        flat->id_first = flat->count == 0;
        return raw.len > 2;
    }
    for (size_t i = 0; i < model->field_count; i++)
        if (text_equal(model->fields[i].name, key))
            field = &model->fields[i];
    flat->foreign |= field == NULL;
    if (field == NULL || flat->count == WORLD_FIELDS)
        return field == NULL;
    flat->fields[flat->count++] =
        (struct field_value){.field = field, .value = world_typed(field, raw)};
    return true;
}

bool flat_parse(const struct model *model, struct text json, struct flat *flat_out)
{
    struct scan scan = {json.ptr, json.ptr + json.len};
    struct text key, raw;

    *flat_out = (struct flat){0};
    if (!take(&scan, '{'))
        return false;
    do {
        if (!take_string(&scan, &key) || !take(&scan, ':') || !take_value(&scan, &raw) ||
            !add_member(model, key, raw, flat_out))
            return false;
    } while (take(&scan, ','));
    return take(&scan, '}') && scan.at == scan.end && flat_out->object_id.len > 0 &&
           !flat_out->foreign;
}

struct text flat_write(struct text object_id, const struct field_value *fields, size_t count,
                       struct arena *arena)
{
    struct buf buf;
    struct text copy;

    buf_init(&buf, (size_t)1 << 16);
    buf_printf(&buf, "{\"id\":\"%.*s\"", TEXT_ARG(object_id));
    for (size_t i = 0; i < count; i++)
        buf_printf(&buf, ",\"%.*s\":%.*s", TEXT_ARG(fields[i].field->name),
                   TEXT_ARG(fields[i].value.json));
    buf_add_char(&buf, '}');
    copy = arena_text(arena, buf_text(&buf));
    buf_release(&buf);
    return copy;
}
