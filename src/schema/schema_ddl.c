/* CREATE and ALTER TABLE for models and own tables: schema_ddl_create(), _alter() and _alter_own().
 * They only add. A text is a VARCHAR while it fits in the row, else a TEXT. */
#include "schema_ddl.h"

#include <stdio.h>

#include "db_tables.h"
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
/* The widest of the numbers, and a NULL bit. */
#define NUMBER_BYTES ((size_t)9)

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

static void add_field(struct buf *sql, const struct field *field, struct row_space *space,
                      bool mariadb)
{
    const char *created = schema_types_of(field->type)->created;

    db_quote_name(sql, field->column);
    buf_add_char(sql, ' ');
    if (created != NULL)
        buf_add_str(sql, created);
    else
        add_string_type(sql, field, space, mariadb);
}

static void add_key_column(struct buf *sql, struct text column, bool mariadb)
{
    db_quote_name(sql, column);
    buf_add_char(sql, ' ');
    schema_ddl_text_type(sql, KEY_TYPE, mariadb);
}

static void add_key(struct buf *sql, const char *kind, const struct model *model)
{
    buf_printf(sql, "%s (", kind);
    db_quote_name(sql, model->owner_column);
    buf_add_str(sql, ", ");
    db_quote_name(sql, model->id_column);
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
                       const struct catalog_table *table, bool mariadb)
{
    struct row_space space = space_beside(table, model);

    buf_add_str(sql, "CREATE TABLE ");
    db_quote_name(sql, model->table);
    buf_add_str(sql, " (\n  ");
    add_key_column(sql, model->owner_column, mariadb);
    buf_add_str(sql, " NOT NULL,\n  ");
    add_key_column(sql, model->id_column, mariadb);
    buf_add_str(sql, " NOT NULL");
    for (size_t i = 0; i < model->field_count; i++) {
        buf_add_str(sql, ",\n  ");
        add_field(sql, &model->fields[i], &space, mariadb);
        buf_add_str(sql, model->fields[i].required ? " NOT NULL" : " NULL DEFAULT NULL");
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

/* Rows that are there already have no value for a new column, so it may be NULL although the field
 * is required: NOT NULL would make up a value that no device ever sent. */
void schema_ddl_alter(struct buf *sql, const struct model *model, const struct catalog_table *table,
                      bool mariadb)
{
    const struct text keys[] = {model->owner_column, model->id_column};
    struct row_space space = space_beside(table, model);

    for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
        if (catalog_column(table, keys[i]) != NULL)
            continue;
        begin_add(sql, model->table);
        buf_add_str(sql, "COLUMN ");
        add_key_column(sql, keys[i], mariadb);
        buf_add_str(sql, " NULL DEFAULT NULL");
    }
    if (sql->len > 0 && fits_in_key(table, keys, ARRAY_LEN(keys))) {
        begin_add(sql, model->table);
        add_key(sql, "UNIQUE KEY", model);
    }
    for (size_t i = 0; i < model->field_count; i++) {
        if (catalog_column(table, model->fields[i].column) != NULL)
            continue;
        begin_add(sql, model->table);
        buf_add_str(sql, "COLUMN ");
        add_field(sql, &model->fields[i], &space, mariadb);
        buf_add_str(sql, " NULL DEFAULT NULL");
    }
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
    if (!schema_own_tables_has_index(own, table)) {
        begin_add(sql, table->name);
        buf_printf(sql, "KEY %s (%s)", own->index, own->index_columns);
    }
}
