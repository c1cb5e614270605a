/* Learns what a database has of the mapping's keys, and writes conditions on them: db_keys_learn(),
 * db_keys_add_equal(). */
#include "db_keys.h"

#include "column.h"
#include "db_quote.h"
#include "id.h"
#include "object_id.h"

/* Of an id's parts, escaped; a row whose id is longer is nobody's. */
#define JOINED_MAX_BYTES ((size_t)64 * 1024)

#define FOREIGN_SQL                                                                                \
    "SELECT COLUMN_NAME, REFERENCED_COLUMN_NAME, REFERENCED_TABLE_NAME "                           \
    "FROM information_schema.KEY_COLUMN_USAGE WHERE TABLE_SCHEMA = DATABASE() "                    \
    "AND REFERENCED_TABLE_SCHEMA = DATABASE() AND TABLE_NAME = "

enum foreign_cell { CHILD_COLUMN, PARENT_COLUMN, PARENT_TABLE };

/* What is read of all tables, before anything is concluded from it. */
struct reading {
    struct db_link *link;
    const struct db_schema *schemas; /* by model */
    struct arena *arena;
};

/* Does it compare bytes, trailing spaces included? A column without a collation does. */
static bool is_exact(struct text collation)
{
    return collation.len == 0 || text_is(collation, "binary") ||
           text_ends_with(collation, "_nopad_bin") || text_ends_with(collation, "_0900_bin");
}

static bool holds_bytes(struct text data_type)
{
    return text_is(data_type, "binary") || text_is(data_type, "varbinary");
}

static bool holds_integers(struct text data_type)
{
    return text_ends_with(data_type, "int");
}

static enum db_cell_kind kind_of(enum key_type type, struct text data_type)
{
    if (type == KEY_INTEGER)
        return DB_CELL_INTEGER;
    /* mutant: uuid_as_its_text */
    return type == KEY_UUID && holds_bytes(data_type) ? DB_CELL_BYTES : DB_CELL_TEXT;
}

static bool omits_hyphens(const struct reading *reading, const struct db_result *columns,
                          size_t row)
{
    const struct column column =
        column_parse(db_result_text(columns, row, DB_SCHEMA_TYPE), reading->arena);

    return column_omits_hyphens(&column);
}

/* A column that is not there is the check's to report: its statements fail. */
static struct db_key_column key_column(const struct reading *reading, const struct model *model,
                                       struct text column, enum key_type type)
{
    const struct db_result *columns = &reading->schemas[model->index].columns;
    struct db_key_column key = {
        .column = column, .type = type, .kind = kind_of(type, TEXT_LITERAL(""))};

    for (size_t row = 0; row < columns->rows; row++) {
        const struct text data_type = db_result_text(columns, row, DB_SCHEMA_DATA_TYPE);

        if (!text_equal_nocase(db_result_text(columns, row, DB_SCHEMA_NAME), column))
            continue;
        key.kind = kind_of(type, data_type);
        key.inexact =
            /* mutant: collation_tells_ids_apart */
            type == KEY_STRING && !is_exact(db_result_text(columns, row, DB_SCHEMA_COLLATION));
        /* mutant: char_keeps_spaces */
        key.drops_spaces = type == KEY_STRING && text_is(data_type, "char");
        key.omits_hyphens = type == KEY_UUID && omits_hyphens(reading, columns, row);
    }
    return key;
}

/* The one column of the primary key; empty if it has several. */
static struct text primary_of(const struct reading *reading, const struct model *model)
{
    const struct db_result *columns = &reading->schemas[model->index].columns;
    struct text primary = TEXT_LITERAL("");
    size_t count = 0;

    for (size_t row = 0; row < columns->rows; row++) {
        if (!text_is(db_result_text(columns, row, DB_SCHEMA_IS_PRIMARY), "1"))
            continue;
        primary = db_result_text(columns, row, DB_SCHEMA_NAME);
        count++;
    }
    return count == 1 ? primary : TEXT_LITERAL("");
}

/* Which of the parent's columns the child's holds: what a foreign key says, else the parent's
 * primary key if that is one column, else its id. */
static struct text referred_column(const struct reading *reading, const struct db_result *foreign,
                                   const struct model *parent, struct text column)
{
    struct text primary = primary_of(reading, parent);

    for (size_t row = 0; row < foreign->rows; row++)
        if (text_equal_nocase(db_result_text(foreign, row, CHILD_COLUMN), column) &&
            text_equal_nocase(db_result_text(foreign, row, PARENT_TABLE), parent->table))
            /* mutant: foreign_key_not_looked_at */
            return db_result_text(foreign, row, PARENT_COLUMN);
    return primary.len > 0 ? primary : parent->id_column;
}

/* What that column holds: its id, or whatever the database gave it. */
static enum key_type referred_type(const struct reading *reading, const struct model *parent,
                                   struct text column)
{
    const struct db_result *columns = &reading->schemas[parent->index].columns;

    if (text_equal_nocase(column, parent->id_column))
        return parent->id_type;
    for (size_t row = 0; row < columns->rows; row++) {
        const struct text data_type = db_result_text(columns, row, DB_SCHEMA_DATA_TYPE);

        if (!text_equal_nocase(db_result_text(columns, row, DB_SCHEMA_NAME), column))
            continue;
        if (holds_integers(data_type))
            return KEY_INTEGER;
        return holds_bytes(data_type) ? KEY_UUID : KEY_STRING;
    }
    return KEY_INTEGER;
}

static struct db_reference reference_of(const struct reading *reading,
                                        const struct db_result *foreign, const struct model *parent,
                                        struct text column)
{
    const struct text key =
        arena_text(reading->arena, referred_column(reading, foreign, parent, column));

    return (struct db_reference){
        .parent = parent,
        .key = key_column(reading, parent, key, referred_type(reading, parent, key)),
        .id = key_column(reading, parent, parent->id_column, parent->id_type),
        .owner = key_column(reading, parent, parent->owner_column, parent->owner_type),
    };
}

static struct db_key_column id_column(const struct reading *reading,
                                      const struct db_result *foreign, const struct model *model,
                                      struct id_part part)
{
    struct db_reference *reference;
    struct db_key_column key;

    if (part.parent == NULL)
        return key_column(reading, model, part.column, part.type);
    reference = ARENA_NEW(reading->arena, struct db_reference);
    *reference = reference_of(reading, foreign, part.parent, part.column);
    key = key_column(reading, model, part.column, reference->key.type);
    key.reference = reference;
    return key;
}

static bool has_references(const struct model *model)
{
    for (size_t i = 0; i < model->field_count; i++)
        if (model->fields[i].parent != NULL)
            return true;
    for (size_t i = 0; i < model->id_part_count; i++)
        if (model->id_parts[i].parent != NULL)
            return true;
    return false;
}

static enum rc conclude(const struct reading *reading, const struct model *model,
                        struct db_model_keys *keys_out, struct fail *fail)
{
    struct db_result foreign = {0};
    enum rc rc = RC_OK;

    if (has_references(model))
        rc = db_schema_select(reading->link, FOREIGN_SQL, model->table, reading->arena, &foreign,
                              fail);
    if (rc != RC_OK)
        return rc;
    *keys_out = (struct db_model_keys){
        .owner = key_column(reading, model, model->owner_column, model->owner_type),
        .id_count = model_id_count(model),
        .id = ARENA_ARRAY(reading->arena, model_id_count(model), struct db_key_column),
        .fields = ARENA_ARRAY(reading->arena, model->field_count, struct db_reference),
    };
    for (size_t i = 0; i < keys_out->id_count; i++)
        keys_out->id[i] = id_column(reading, &foreign, model, model_id_part(model, i));
    for (size_t i = 0; i < model->field_count; i++)
        if (model->fields[i].parent != NULL)
            keys_out->fields[i] =
                reference_of(reading, &foreign, model->fields[i].parent, model->fields[i].column);
    return RC_OK;
}

void db_keys_init(struct db_keys *keys)
{
    keys->models = NULL;
    arena_init(&keys->arena);
}

void db_keys_release(struct db_keys *keys)
{
    keys->models = NULL;
    arena_release(&keys->arena);
}

enum rc db_keys_learn(struct db_keys *keys, struct db_link *link, const struct mapping *mapping,
                      const struct db_schema *schemas, struct fail *fail)
{
    const struct reading reading = {.link = link, .schemas = schemas, .arena = &keys->arena};
    enum rc rc = RC_OK;

    arena_clear(&keys->arena);
    keys->models = ARENA_ARRAY(&keys->arena, mapping->model_count, struct db_model_keys);
    for (size_t i = 0; rc == RC_OK && i < mapping->model_count; i++)
        rc = conclude(&reading, &mapping->models[i], &keys->models[i], fail);
    return rc;
}

struct db_key_value db_keys_value(const struct db_key_column *column, struct text wire,
                                  struct arena *arena)
{
    struct db_key_value value = {
        .known = key_is_canonical(column->type, wire), .kind = column->kind, .text = wire};

    if (value.known && column->kind == DB_CELL_INTEGER)
        value.known = key_integer(wire, &value.integer);
    if (value.known && (column->kind == DB_CELL_BYTES || column->omits_hyphens))
        value.known = id_uuid_hold(wire, column->omits_hyphens, arena, &value.text);
    return value;
}

static struct text integer_wire(const struct db_rows *rows, size_t at, struct arena *arena)
{
    char chars[TEXT_NUMBER_MAX];

    return arena_text(arena, text_of_int(db_rows_integer(rows, at), chars));
}

static struct text in_lower_case(struct text t, struct arena *arena)
{
    char *lower = arena_alloc(arena, t.len + 1);

    for (size_t i = 0; i < t.len; i++)
        lower[i] = text_lower(t.ptr[i]);
    lower[t.len] = '\0';
    return (struct text){lower, t.len};
}

/* Its bytes, of a column that has no UUIDs of 36 characters. */
static bool parse_held(const struct db_key_column *column, struct text held,
                       unsigned char bytes_out[ID_UUID_BYTES])
{
    if (column->omits_hyphens)
        return id_uuid_parse_digits(held, bytes_out);
    if (column->kind == DB_CELL_TEXT || held.len != ID_UUID_BYTES)
        return false;
    memcpy(bytes_out, held.ptr, ID_UUID_BYTES);
    return true;
}

struct text db_keys_wire(const struct db_key_column *column, const struct db_rows *rows, size_t at,
                         struct arena *arena)
{
    unsigned char bytes[ID_UUID_BYTES];
    char uuid[ID_UUID_LEN + 1];
    struct text text;

    if (column->kind == DB_CELL_INTEGER)
        return integer_wire(rows, at, arena);
    text = db_rows_text(rows, at, arena);
    if (column->type != KEY_UUID)
        return text;
    if (!parse_held(column, text, bytes))
        /* mutant: uuid_in_upper_case */
        return in_lower_case(text, arena);
    id_uuid_write(bytes, uuid);
    return arena_text(arena, (struct text){uuid, ID_UUID_LEN});
}

struct text db_keys_wire_id(const struct db_model_keys *keys, const struct db_rows *rows,
                            struct arena *arena)
{
    struct text parts[MODEL_ID_PARTS_MAX];
    struct buf joined;
    struct text id;

    for (size_t i = 0; i < keys->id_count; i++)
        parts[i] = db_keys_wire(db_keys_told(&keys->id[i]), rows, i, arena);
    if (keys->id_count == 1)
        return parts[0];
    buf_init(&joined, JOINED_MAX_BYTES);
    object_id_join(&joined, parts, keys->id_count);
    id = arena_text(arena, buf_text(&joined));
    buf_release(&joined);
    return id;
}

/* The collation finds the row by the index, its bytes tell whether it is the one. */
void db_keys_add_equal(struct buf *sql, const char *table, const struct db_key_column *column)
{
    buf_add_str(sql, table);
    db_quote_name(sql, column->column);
    buf_add_str(sql, " = ?");
    if (!column->inexact)
        return;
    buf_printf(sql, " AND CAST(CONVERT(%s", table);
    db_quote_name(sql, column->column);
    buf_add_str(sql, " USING utf8mb4) AS BINARY) = CAST(? AS BINARY)");
}

size_t db_keys_parameters(const struct db_key_column *column)
{
    return column->inexact ? 2 : 1;
}

void db_keys_add_args(struct db_args *args, const struct db_key_column *column,
                      const struct db_key_value *value)
{
    for (size_t i = 0; i < db_keys_parameters(column); i++) {
        if (!value->known)
            db_args_null(args);
        else if (value->kind == DB_CELL_INTEGER)
            db_args_integer(args, value->integer);
        else if (value->kind == DB_CELL_BYTES)
            db_args_bytes(args, value->text);
        else
            db_args_text(args, value->text);
    }
}
