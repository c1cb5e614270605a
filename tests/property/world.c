/* The mapping, the random values of each field, and rows as cells that can be compared. */
#include "world.h"

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

#define FIELD(n, key, kind)                                                                        \
    {                                                                                              \
        .name = {key, sizeof(key) - 1}, .column = {key, sizeof(key) - 1}, .type = (kind),          \
        .index = (n)                                                                               \
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
static struct field keyed_tree_fields[] = {
    FIELD(0, "name", FIELD_STRING),    FIELD(1, "height", FIELD_INTEGER),
    FIELD(2, "felled", FIELD_BOOLEAN), FIELD(3, "notes", FIELD_JSON),
    FIELD(4, "girth", FIELD_DECIMAL),
};
static struct field keyed_leaf_fields[] = {
    FIELD(0, "colour", FIELD_STRING), FIELD(1, "veins", FIELD_INTEGER),
    FIELD(2, "area", FIELD_FLOAT),    FIELD(3, "notes", FIELD_JSON),
    REFERENCE(4, "tree_id", 0),
};
static struct field grafting_fields[] = {
    FIELD(0, "note", FIELD_STRING),
    FIELD(1, "cuts", FIELD_INTEGER),
    FIELD(2, "area", FIELD_FLOAT),
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
#define ID(text)                                                                                   \
    {                                                                                              \
        text, sizeof(text) - 1                                                                     \
    }

static const struct world WORLDS[WORLD_KINDS] = {
    [WORLD_PLAIN] = {.models = plain_models,
                     .mapping = {.models = plain_models, .model_count = 2},
                     .wire_mapping = {.models = plain_models, .model_count = 3},
                     .relations = {{&plain_models[1], &leaf_fields[4], &plain_models[0], 0},
                                   {&plain_models[0], &tree_fields[3], &plain_models[0], 0},
                                   {&plain_models[0], &tree_fields[4], &plain_models[1], 0}},
                     .ids = {ID("o0"), ID("o1"), ID("o2"), ID("o3"), ID("o4"), ID("o5"), ID("g0")}},
    [WORLD_KEYED] = {.models = keyed_models,
                     .mapping = {.models = keyed_models, .model_count = 3},
                     .wire_mapping = {.models = keyed_models, .model_count = 4},
                     .relations = {{&keyed_models[1], &keyed_leaf_fields[4], &keyed_models[0], 0},
                                   {&keyed_models[2], NULL, &keyed_models[0], 0},
                                   {&keyed_models[2], NULL, &keyed_models[1], 1}},
                     .ids = {ID("7"), ID(UUID_1), ID("7:" UUID_1 ":x%3Ay"), ID("-40"), ID(UUID_4),
                             ID("-40:" UUID_1 ":%25"), ID("g0")}},
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

void world_delete_softly(void)
{
    for (size_t w = 0; w < WORLD_KINDS; w++)
        for (size_t m = 0; m < WORLDS[w].mapping.model_count; m++) {
            WORLDS[w].models[m].deleted_column = TEXT_LITERAL("deleted_at");
            WORLDS[w].models[m].deleted_value = TEXT_LITERAL("now");
        }
}

bool world_deletes_softly(void)
{
    return world->models[0].deleted_column.len > 0;
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
        "SELECT id, name, height, felled, notes, girth FROM trees WHERE owner_id = %s",
        "SELECT sync_id, colour, veins, area, notes, tree_id FROM leaves WHERE owner_id = %s",
        "SELECT CONCAT_WS(':', g.tree_id, l.sync_id, REPLACE(REPLACE(g.label, '%', '%25'), ':', "
        "'%3A')), g.note, g.cuts, g.area FROM graftings g JOIN leaves l ON l.id = g.leaf_id "
        "WHERE g.owner_id = %s",
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

/* Rows hold booleans as numbers, whichever way the diff wrote them. */
static struct text as_row_holds(const struct field *field, struct text json)
{
    if (field->type == FIELD_BOOLEAN && text_is(json, "true"))
        return TEXT_LITERAL("1");
    if (field->type == FIELD_BOOLEAN && text_is(json, "false"))
        return TEXT_LITERAL("0");
    return json;
}

/* A decimal without zeros that count for nothing: the digits of "12.50" are those of 12.5. The
 * world writes no others in front. */
static struct text as_number(struct text json)
{
    struct text digits = {json.ptr + 1, json.len - 2};

    if (memchr(digits.ptr, '.', digits.len) == NULL)
        return digits;
    while (digits.ptr[digits.len - 1] == '0')
        digits.len--;
    if (digits.ptr[digits.len - 1] == '.')
        digits.len--;
    return digits;
}

static bool is_string(struct text json)
{
    return json.len >= 2 && json.ptr[0] == '"';
}

bool cell_equal(const struct field *field, struct text a, struct text b)
{
    if (field->type == FIELD_DECIMAL && is_string(a) && is_string(b))
        return text_equal(as_number(a), as_number(b));
    return text_equal(as_row_holds(field, a), as_row_holds(field, b));
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
    static const char *const BOOLEANS[] = {"true", "false", "1", "0"};
    char text[48];
    int len = 0, object = referred(field, value);

    if (object >= 0)
        return reference_to(world->ids[object], arena);
    switch ((int)field->type) {
    case FIELD_STRING:
    case FIELD_REFERENCE:
        len = snprintf(text, sizeof(text), "\"v%u\"", value);
        break;
    case FIELD_DECIMAL: /* two spellings of one number, and its opposite */
        len = snprintf(text, sizeof(text), "\"%s%u.5%s\"", value % 3 == 0 ? "-" : "",
                       value / 2 % 4 + 10, value % 2 == 0 ? "0" : "");
        break;
    case FIELD_INTEGER:
        len = snprintf(text, sizeof(text), "%d", value % 2 == 0 ? (int)value : -(int)value);
        break;
    case FIELD_FLOAT:
        len = snprintf(text, sizeof(text), "%u.5", value);
        break;
    case FIELD_BOOLEAN:
        return text_of(BOOLEANS[value % ARRAY_LEN(BOOLEANS)]);
    case FIELD_LIST:
    case FIELD_JSON:
        len = snprintf(text, sizeof(text), "{\"n\":[%u,\"a,}\"]}", value);
        break;
    default: /* no field of the world */
        break;
    }
    return arena_text(arena, (struct text){text, (size_t)len});
}

/* By the first character: enough for all that is ever written here. */
static bool fits_type(const struct field *field, struct text json)
{
    bool string = json.ptr[0] == '"', number = strchr("-0123456789", json.ptr[0]) != NULL;

    switch ((int)field->type) {
    case FIELD_STRING:
    case FIELD_REFERENCE:
    case FIELD_DECIMAL:
        return string;
    case FIELD_INTEGER:
    case FIELD_FLOAT:
        return number;
    case FIELD_BOOLEAN:
        return text_is(json, "true") || text_is(json, "false") || text_is(json, "1") ||
               text_is(json, "0");
    case FIELD_LIST:
    case FIELD_JSON:
    default: /* no field of the world */
        break;
    }
    return true;
}

struct text world_wrong_value(const struct field *field)
{
    if (field->type == FIELD_JSON)
        return (struct text){0};
    if (field->type == FIELD_REFERENCE)
        return field->parent->id_type == KEY_INTEGER ? TEXT_LITERAL("\"07\"")
                                                     : TEXT_LITERAL("\"0F8FAD5B\"");
    return field->type == FIELD_INTEGER || field->type == FIELD_FLOAT ? TEXT_LITERAL("\"seven\"")
                                                                      : TEXT_LITERAL("7");
}

struct value world_typed(const struct field *field, struct text json)
{
    struct value value = {.json = json};
    char number[48];

    if (text_is(json, "null"))
        return value;
    if (!fits_type(field, json)) {
        value.kind = VALUE_TEXT;
        value.text = json;
        return value;
    }
    snprintf(number, sizeof(number), "%.*s", TEXT_ARG(json));
    switch ((int)field->type) {
    case FIELD_STRING:
    case FIELD_REFERENCE:
        value.kind = VALUE_TEXT;
        value.text = (struct text){json.ptr + 1, json.len - 2};
        break;
    case FIELD_DECIMAL:
        value.kind = VALUE_TEXT;
        value.text = as_number(json);
        break;
    case FIELD_INTEGER:
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
    case FIELD_LIST:
    case FIELD_JSON:
    default: /* no field of the world */
        value.kind = VALUE_TEXT;
        value.text = json;
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
    return text_is(json, "null") ? !field->required : fits_type(field, json);
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
