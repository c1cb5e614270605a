/* CREATE and ALTER TABLE for models and own tables: schema_ddl_create(), _alter() and _alter_own().
 * They only add, and replace a key of ours that has other columns. A text is a VARCHAR while it
 * fits in the row, else a TEXT. */
#include "schema_ddl.h"

#include <stdio.h>

#include "db_tables.h"
#include "schema_ddl_fill.h"
#include "schema_types.h"

#define UTF8MB4_MAX_BYTES  ((size_t)4)
#define TEXT_BYTES         ((size_t)65535)
#define MEDIUMTEXT_BYTES   ((size_t)16777215)
#define VARCHAR_CHARACTERS ((size_t)16383)

/* docs/protocol.md 2: ids have at most 128 bytes. */
#define KEY_TYPE  "VARCHAR(128)"
#define KEY_BYTES ((size_t)128 * UTF8MB4_MAX_BYTES + 2)

/* What is left of a row for columns of text. MySQL and MariaDB allow 65535 bytes a row without its
 * TEXTs; InnoDB 8126 on a page of 16 KiB, to which a column of up to 255 bytes counts whole and a
 * longer one, whose bytes may lie elsewhere, 21 (measured on 10.11). */
struct row_space {
    size_t row_bytes;
    size_t page_bytes;
};

/* Both leave some space for what is not counted here. */
#define ROW_BYTES       ((size_t)64000)
#define PAGE_BYTES      ((size_t)7800)
#define WHOLE_BYTES     ((size_t)255)
#define TEXT_ROW_BYTES  ((size_t)12)
#define TEXT_PAGE_BYTES ((size_t)21)
#define LENGTH_BYTES    ((size_t)2)
/* The widest of what is no text, a UUID, and a NULL bit. */
#define NUMBER_BYTES ((size_t)37)

/* Never below 0. */
static size_t less(size_t left, size_t taken)
{
    return left > taken ? left - taken : 0;
}

static void take_space(struct row_space *space, size_t row_bytes, size_t page_bytes)
{
    space->row_bytes = less(space->row_bytes, row_bytes);
    space->page_bytes = less(space->page_bytes, page_bytes);
}

/* Takes what a VARCHAR needs beyond the TEXT for which space is kept, if that is there. */
static bool take_varchar(struct row_space *space, size_t characters)
{
    const size_t bytes = characters * UTF8MB4_MAX_BYTES;
    const size_t row_bytes = less(bytes + LENGTH_BYTES, TEXT_ROW_BYTES);
    const size_t page_bytes =
        bytes <= WHOLE_BYTES ? less(bytes + LENGTH_BYTES, TEXT_PAGE_BYTES) : 0;

    if (characters == 0 || characters > VARCHAR_CHARACTERS || row_bytes > space->row_bytes ||
        page_bytes > space->page_bytes)
        return false;
    take_space(space, row_bytes, page_bytes);
    return true;
}

void schema_ddl_text_type(struct buf *sql, const char *type, bool mariadb)
{
    buf_printf(sql, "%s CHARACTER SET utf8mb4 COLLATE %s", type, db_tables_collation(mariadb));
}

static void add_string_type(struct buf *sql, const struct field *field, struct row_space *space,
                            bool mariadb)
{
    const size_t characters = field->max_length;
    const char *type = "LONGTEXT";
    char varchar[32];

    if (take_varchar(space, characters)) {
        snprintf(varchar, sizeof(varchar), "VARCHAR(%zu)", characters);
        schema_ddl_text_type(sql, varchar, mariadb);
        return;
    }
    if (characters > 0 && characters <= TEXT_BYTES / UTF8MB4_MAX_BYTES)
        type = "TEXT";
    else if (characters > 0 && characters <= MEDIUMTEXT_BYTES / UTF8MB4_MAX_BYTES)
        type = "MEDIUMTEXT";
    schema_ddl_text_type(sql, type, mariadb);
}

static void add_members(struct buf *sql, const struct field *field)
{
    for (size_t i = 0; i < field->value_count; i++) {
        buf_add_char(sql, i == 0 ? '(' : ',');
        db_quote_literal(sql, field->values[i]);
    }
    buf_add_char(sql, ')');
}

static void add_field(struct buf *sql, const struct field *field,
                      const struct schema_ddl_types *types, struct row_space *space, bool mariadb)
{
    const struct schema_type *type = schema_types_of(field->type);

    db_quote_name(sql, field->column);
    buf_add_char(sql, ' ');
    if (field->parent != NULL) {
        buf_add_text(sql, types->fields[field->index]);
    } else if (type->created_of_values != NULL && field->value_count > 0) {
        buf_add_str(sql, type->created_of_values);
        add_members(sql, field);
        schema_ddl_text_type(sql, "", mariadb);
    } else if (!mariadb && type->created_on_mysql != NULL) {
        buf_add_str(sql, type->created_on_mysql);
    } else if (type->created != NULL) {
        buf_add_str(sql, type->created);
    } else {
        add_string_type(sql, field, space, mariadb);
    }
}

void schema_ddl_type_of(struct buf *sql, const struct catalog_column *key)
{
    buf_add_text(sql, key->column_type);
    if (key->character_set.len > 0)
        buf_printf(sql, " CHARACTER SET %s COLLATE %s", key->character_set.ptr, key->collation.ptr);
}

void schema_ddl_key_type(struct buf *sql, enum key_type type, bool mariadb)
{
    if (type == KEY_INTEGER)
        buf_add_str(sql, "BIGINT");
    else if (type == KEY_UUID)
        buf_add_str(sql, "CHAR(36) CHARACTER SET ascii COLLATE ascii_bin");
    else
        schema_ddl_text_type(sql, KEY_TYPE, mariadb);
}

static void add_key_column(struct buf *sql, struct text column, enum key_type type, bool mariadb)
{
    db_quote_name(sql, column);
    buf_add_char(sql, ' ');
    schema_ddl_key_type(sql, type, mariadb);
}

static void add_id_column(struct buf *sql, const struct model *model, size_t at,
                          const struct schema_ddl_types *types, bool mariadb)
{
    const struct id_part part = model_id_part(model, at);

    if (part.parent == NULL) {
        add_key_column(sql, part.column, part.type, mariadb);
        return;
    }
    db_quote_name(sql, part.column);
    buf_add_char(sql, ' ');
    buf_add_text(sql, types->id[at]);
}

static void add_key(struct buf *sql, const char *kind, const struct model *model)
{
    buf_printf(sql, "%s (", kind);
    db_quote_name(sql, model->owner_column);
    for (size_t i = 0; i < model_id_count(model); i++) {
        buf_add_str(sql, ", ");
        db_quote_name(sql, model_id_part(model, i).column);
    }
    buf_add_char(sql, ')');
}

/* What is left when the key is there and every field that the table lacks is a TEXT. */
static struct row_space space_beside(const struct catalog_table *table, const struct model *model)
{
    struct row_space space = {.row_bytes = ROW_BYTES - 2 * KEY_BYTES,
                              .page_bytes = PAGE_BYTES - 2 * TEXT_PAGE_BYTES};

    for (size_t i = 0; i < table->column_count; i++) {
        const uint64_t bytes = table->columns[i].max_bytes;

        if (bytes == 0)
            take_space(&space, NUMBER_BYTES, NUMBER_BYTES);
        else if (text_is(table->columns[i].data_type, "varchar") || bytes <= WHOLE_BYTES)
            take_space(&space, bytes + LENGTH_BYTES,
                       bytes <= WHOLE_BYTES ? bytes + LENGTH_BYTES : TEXT_PAGE_BYTES);
        else
            take_space(&space, TEXT_ROW_BYTES, TEXT_PAGE_BYTES);
    }
    for (size_t i = 0; i < model->field_count; i++)
        if (catalog_column(table, model->fields[i].column) == NULL)
            take_space(&space, TEXT_ROW_BYTES, TEXT_PAGE_BYTES);
    return space;
}

void schema_ddl_create(struct buf *sql, const struct model *model,
                       const struct catalog_table *table, const struct schema_ddl_types *types,
                       bool mariadb)
{
    struct row_space space = space_beside(table, model);

    buf_add_str(sql, "CREATE TABLE ");
    db_quote_name(sql, model->table);
    buf_add_str(sql, " (\n  ");
    add_key_column(sql, model->owner_column, model->owner_type, mariadb);
    buf_add_str(sql, " NOT NULL");
    for (size_t i = 0; i < model_id_count(model); i++) {
        buf_add_str(sql, ",\n  ");
        add_id_column(sql, model, i, types, mariadb);
        buf_add_str(sql, " NOT NULL");
        if (model_id_part(model, i).type == KEY_UUID)
            buf_add_str(sql, " DEFAULT (UUID())");
    }
    for (size_t i = 0; i < model->field_count; i++) {
        buf_add_str(sql, ",\n  ");
        add_field(sql, &model->fields[i], types, &space, mariadb);
        buf_add_str(sql, model->fields[i].required ? " NOT NULL" : " NULL DEFAULT NULL");
    }
    for (size_t i = 0; i < schema_ddl_fill_count(model); i++) {
        buf_add_str(sql, ",\n  ");
        schema_ddl_fill(sql, model, i);
    }
    buf_add_str(sql, ",\n  ");
    add_key(sql, "PRIMARY KEY", model);
    /* DYNAMIC: the key's 1024 bytes are more than the older formats take. */
    buf_printf(sql, "\n) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE %s",
               db_tables_collation(mariadb));
}

static void begin_add(struct buf *sql, struct text table)
{
    if (sql->len > 0) {
        buf_add_str(sql, ",\n  ADD ");
        return;
    }
    buf_add_str(sql, "ALTER TABLE ");
    db_quote_name(sql, table);
    buf_add_str(sql, "\n  ADD ");
}

/* InnoDB's limit, and what a key takes by a prefix alone. */
#define INDEX_BYTES ((uint64_t)3072)

static bool fits_in_key(const struct catalog_table *table, const struct text *names, size_t count)
{
    uint64_t bytes = 0;

    for (size_t i = 0; i < count; i++) {
        const struct catalog_column *column = catalog_column(table, names[i]);

        if (column != NULL && (strstr(column->data_type.ptr, "text") != NULL ||
                               strstr(column->data_type.ptr, "blob") != NULL))
            return false;
        bytes += column == NULL ? KEY_BYTES : column->max_bytes;
    }
    return bytes <= INDEX_BYTES;
}

/* True if the id lacks a column, or the owner's is missing. */
static bool add_missing_keys(struct buf *sql, const struct model *model,
                             const struct catalog_table *table,
                             const struct schema_ddl_types *types, bool mariadb)
{
    bool added = false;

    for (size_t i = 0; i < model_id_count(model); i++) {
        if (catalog_column(table, model_id_part(model, i).column) != NULL)
            continue;
        begin_add(sql, model->table);
        buf_add_str(sql, "COLUMN ");
        add_id_column(sql, model, i, types, mariadb);
        buf_add_str(sql, " NULL DEFAULT NULL");
        added = true;
    }
    if (catalog_column(table, model->owner_column) != NULL)
        return added;
    begin_add(sql, model->table);
    buf_add_str(sql, "COLUMN ");
    add_key_column(sql, model->owner_column, model->owner_type, mariadb);
    buf_add_str(sql, " NULL DEFAULT NULL");
    return true;
}

static bool key_fits(const struct model *model, const struct catalog_table *table)
{
    struct text keys[1 + MODEL_ID_PARTS_MAX];
    const size_t count = 1 + model_id_count(model);

    keys[0] = model->owner_column;
    for (size_t i = 1; i < count; i++)
        keys[i] = model_id_part(model, i - 1).column;
    return fits_in_key(table, keys, count);
}

/* Rows that are there already have no value for a new column, so it may be NULL although the field
 * is required: NOT NULL would make up a value that no device ever sent. */
void schema_ddl_alter(struct buf *sql, const struct model *model, const struct catalog_table *table,
                      const struct schema_ddl_types *types, bool mariadb)
{
    struct row_space space = space_beside(table, model);

    if (add_missing_keys(sql, model, table, types, mariadb) && key_fits(model, table)) {
        begin_add(sql, model->table);
        add_key(sql, "UNIQUE KEY", model);
    }
    for (size_t i = 0; i < model->field_count; i++) {
        if (catalog_column(table, model->fields[i].column) != NULL)
            continue;
        begin_add(sql, model->table);
        buf_add_str(sql, "COLUMN ");
        add_field(sql, &model->fields[i], types, &space, mariadb);
        buf_add_str(sql, " NULL DEFAULT NULL");
    }
    for (size_t i = 0; i < schema_ddl_fill_count(model); i++) {
        if (catalog_column(table, schema_ddl_fill_name(model, i)) != NULL)
            continue;
        begin_add(sql, model->table);
        buf_add_str(sql, "COLUMN ");
        schema_ddl_fill(sql, model, i);
    }
}

/* Does the application insert rows without an id? A column that is not there yet will be NULL. */
static bool lacks_default(const struct model *model, const struct catalog_table *table)
{
    const struct catalog_column *id = catalog_column(table, model->id_column);

    return model_id_count(model) == 1 && model->id_type == KEY_UUID &&
           (id == NULL || (id->nullable && !id->default_value));
}

static void add_new_uuid(struct buf *sql, const struct catalog_column *id, bool mariadb)
{
    const bool digits = id != NULL && schema_types_omits_hyphens(id);

    /* MySQL: REPLACE() would give every row of an UPDATE the same. */
    if (digits)
        buf_add_str(sql, mariadb ? "REPLACE(UUID(),'-','')" : "LOWER(HEX(UUID_TO_BIN(UUID())))");
    else if (id == NULL || strstr(id->data_type.ptr, "binary") == NULL)
        buf_add_str(sql, "UUID()");
    else
        buf_add_str(sql, mariadb ? "UNHEX(REPLACE(UUID(),'-',''))" : "UUID_TO_BIN(UUID())");
}

void schema_ddl_default_id(struct buf *sql, const struct model *model,
                           const struct catalog_table *table, bool mariadb)
{
    if (!lacks_default(model, table))
        return;
    buf_add_str(sql, "ALTER TABLE ");
    db_quote_name(sql, model->table);
    buf_add_str(sql, " ALTER COLUMN ");
    db_quote_name(sql, model->id_column);
    buf_add_str(sql, " SET DEFAULT (");
    add_new_uuid(sql, catalog_column(table, model->id_column), mariadb);
    buf_add_char(sql, ')');
}

/* By an UPDATE, which replicas repeat row by row; the default of a new column would give theirs
 * other values. Columns that an UPDATE sets by itself keep what they have. */
void schema_ddl_fill_id(struct buf *sql, const struct model *model,
                        const struct catalog_table *table, bool filled, bool mariadb)
{
    if (model_id_count(model) > 1 || model->id_type != KEY_UUID || filled)
        return;
    buf_add_str(sql, "UPDATE ");
    db_quote_name(sql, model->table);
    buf_add_str(sql, " SET ");
    db_quote_name(sql, model->id_column);
    buf_add_str(sql, " = ");
    add_new_uuid(sql, catalog_column(table, model->id_column), mariadb);
    for (size_t i = 0; i < table->column_count; i++) {
        if (!table->columns[i].on_update)
            continue;
        buf_add_str(sql, ", ");
        db_quote_name(sql, table->columns[i].name);
        buf_add_str(sql, " = ");
        db_quote_name(sql, table->columns[i].name);
    }
    buf_add_str(sql, " WHERE ");
    db_quote_name(sql, model->id_column);
    buf_add_str(sql, " IS NULL");
}

/* Named by its columns, so that of two runs at once the second is refused. */
static void add_own_key(struct buf *sql, const struct schema_own_key *key)
{
    buf_add_str(sql, "UNIQUE KEY mobync");
    for (size_t i = 0; i < key->count; i++)
        buf_printf(sql, "_%s", key->columns[i].ptr);
    for (size_t i = 0; i < key->count; i++)
        buf_printf(sql, "%s%s", i > 0 ? ", " : " (", key->columns[i].ptr);
    buf_add_char(sql, ')');
}

/* Statements name the key, so that it keeps its name when it gets other columns; in one statement,
 * so that no request meets a table without it. */
static void add_own_index(struct buf *sql, const struct schema_own_table *own,
                          const struct catalog_table *table)
{
    const enum schema_own_index index = schema_own_tables_index(own, table);

    if (index == SCHEMA_OWN_INDEX_FITS)
        return;
    begin_add(sql, table->name);
    buf_printf(sql, "KEY %s (%s)", own->index, own->index_columns);
    if (index == SCHEMA_OWN_INDEX_OTHER)
        buf_printf(sql, ",\n  DROP KEY %s", own->index);
}

void schema_ddl_alter_own(struct buf *sql, const struct schema_own_table *own,
                          const struct catalog_table *table)
{
    struct schema_own_key keys[SCHEMA_OWN_KEYS_MAX];
    const size_t key_count = schema_own_tables_keys(own, table, keys);

    for (const struct schema_own_column *column = own->columns; column->name != NULL; column++) {
        if (column->add == NULL || catalog_column(table, text_of(column->name)) != NULL)
            continue;
        begin_add(sql, table->name);
        buf_printf(sql, "COLUMN %s %s", column->name, column->add);
    }
    for (size_t i = 0; i < key_count; i++) {
        if (keys[i].there || !keys[i].addable)
            continue;
        begin_add(sql, table->name);
        add_own_key(sql, &keys[i]);
    }
    add_own_index(sql, own, table);
}
