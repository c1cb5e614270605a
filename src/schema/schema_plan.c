#include <mysql.h>
#include <mysqld_error.h>
#include <stdio.h>

#include "schema_parts.h"
#include "db_tables.h"

#define STATEMENT_MAX_BYTES ((size_t)4 * 1024 * 1024)
#define UTF8MB4_MAX_BYTES   ((size_t)4)
#define TEXT_BYTES          ((size_t)65535)
#define MEDIUMTEXT_BYTES    ((size_t)16777215)
#define VARCHAR_CHARACTERS  ((size_t)16383)

/* PROTOCOL 2: ids have at most 128 bytes. */
#define KEY_TYPE  "VARCHAR(128)"
#define KEY_BYTES ((size_t)128 * UTF8MB4_MAX_BYTES + 2)

/* What is left of a row for columns of text. MySQL and MariaDB allow 65535 bytes a row without its
 * TEXTs; InnoDB 8126 on a page of 16 KiB, to which a column of up to 255 bytes counts whole and a
 * longer one, whose bytes may lie elsewhere, 21 (measured on 10.11). */
struct room {
    size_t row_bytes;
    size_t page_bytes;
};

/* Both leave some room for what is not counted here. */
#define ROW_BYTES       ((size_t)64000)
#define PAGE_BYTES      ((size_t)7800)
#define WHOLE_BYTES     ((size_t)255)
#define TEXT_ROW_BYTES  ((size_t)12)
#define TEXT_PAGE_BYTES ((size_t)21)
#define LENGTH_BYTES    ((size_t)2)
/* The widest of the numbers, and a NULL bit. */
#define NUMBER_BYTES ((size_t)9)

struct plan {
    struct schema_check check;
    struct arena *arena; /* of the statements */
    struct text *statements;
    size_t count;
};

/* Never below 0. */
static size_t less(size_t left, size_t taken)
{
    return left > taken ? left - taken : 0;
}

static void take_room(struct room *room, size_t row_bytes, size_t page_bytes)
{
    room->row_bytes = less(room->row_bytes, row_bytes);
    room->page_bytes = less(room->page_bytes, page_bytes);
}

/* Takes what a VARCHAR needs beyond the TEXT for which room is kept, if that is there. */
static bool take_varchar(struct room *room, size_t characters)
{
    const size_t bytes = characters * UTF8MB4_MAX_BYTES;
    const size_t row_bytes = less(bytes + LENGTH_BYTES, TEXT_ROW_BYTES);
    const size_t page_bytes =
        bytes <= WHOLE_BYTES ? less(bytes + LENGTH_BYTES, TEXT_PAGE_BYTES) : 0;

    if (characters == 0 || characters > VARCHAR_CHARACTERS || row_bytes > room->row_bytes ||
        page_bytes > room->page_bytes)
        return false;
    take_room(room, row_bytes, page_bytes);
    return true;
}

/* The texts of our tables compare as the phones' SQLite does, byte by byte: a UNIQUE key or a CHECK
 * that the customer adds later refuses nothing that a phone could store. */
static void add_text_type(struct buf *sql, const char *type, bool mariadb)
{
    buf_printf(sql, "%s CHARACTER SET utf8mb4 COLLATE %s", type, db_tables_collation(mariadb));
}

static void add_string_type(struct buf *sql, const struct field *field, struct room *room,
                            bool mariadb)
{
    const size_t characters = field->max_length;
    const char *type = "LONGTEXT";
    char varchar[32];

    if (take_varchar(room, characters)) {
        snprintf(varchar, sizeof(varchar), "VARCHAR(%zu)", characters);
        add_text_type(sql, varchar, mariadb);
        return;
    }
    if (characters > 0 && characters <= TEXT_BYTES / UTF8MB4_MAX_BYTES)
        type = "TEXT";
    else if (characters > 0 && characters <= MEDIUMTEXT_BYTES / UTF8MB4_MAX_BYTES)
        type = "MEDIUMTEXT";
    add_text_type(sql, type, mariadb);
}

/* A json field is no JSON column: MariaDB's refuses more than 31 levels (measured on 10.11;
 * PROTOCOL 2 allows 100), and MySQL's writes the value anew, so that it would not be kept as sent.
 */
static const char *const PLAIN_TYPES[FIELD_TYPES] = {
    [FIELD_INTEGER] = "BIGINT",
    [FIELD_FLOAT] = "DOUBLE",
    [FIELD_BOOLEAN] = "BOOLEAN",
    [FIELD_LIST] = "JSON",
    [FIELD_JSON] = "LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin",
};

static void add_field(struct buf *sql, const struct field *field, struct room *room, bool mariadb)
{
    db_quote_name(sql, field->column);
    buf_add_char(sql, ' ');
    if (PLAIN_TYPES[field->type] != NULL)
        buf_add_str(sql, PLAIN_TYPES[field->type]);
    else
        add_string_type(sql, field, room, mariadb);
}

static void add_key_column(struct buf *sql, struct text column, bool mariadb)
{
    db_quote_name(sql, column);
    buf_add_char(sql, ' ');
    add_text_type(sql, KEY_TYPE, mariadb);
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
static struct room room_beside(const struct catalog_table *table, const struct model *model)
{
    struct room room = {.row_bytes = ROW_BYTES - 2 * KEY_BYTES,
                        .page_bytes = PAGE_BYTES - 2 * TEXT_PAGE_BYTES};

    for (size_t i = 0; i < table->column_count; i++) {
        const uint64_t bytes = table->columns[i].max_bytes;

        if (bytes == 0)
            take_room(&room, NUMBER_BYTES, NUMBER_BYTES);
        else if (text_is(table->columns[i].data_type, "varchar") || bytes <= WHOLE_BYTES)
            take_room(&room, bytes + LENGTH_BYTES,
                      bytes <= WHOLE_BYTES ? bytes + LENGTH_BYTES : TEXT_PAGE_BYTES);
        else
            take_room(&room, TEXT_ROW_BYTES, TEXT_PAGE_BYTES);
    }
    for (size_t i = 0; i < model->field_count; i++)
        if (catalog_column(table, model->fields[i].column) == NULL)
            take_room(&room, TEXT_ROW_BYTES, TEXT_PAGE_BYTES);
    return room;
}

static void write_create(struct buf *sql, const struct model *model,
                         const struct catalog_table *table, bool mariadb)
{
    struct room room = room_beside(table, model);

    buf_add_str(sql, "CREATE TABLE ");
    db_quote_name(sql, model->table);
    buf_add_str(sql, " (\n  ");
    add_key_column(sql, model->owner_column, mariadb);
    buf_add_str(sql, " NOT NULL,\n  ");
    add_key_column(sql, model->id_column, mariadb);
    buf_add_str(sql, " NOT NULL");
    for (size_t i = 0; i < model->field_count; i++) {
        buf_add_str(sql, ",\n  ");
        add_field(sql, &model->fields[i], &room, mariadb);
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

/* Rows that are there already have no value for a new column, so it may be NULL although the field
 * is required: NOT NULL would make up a value that no device ever sent. */
static void write_alter(struct buf *sql, const struct model *model,
                        const struct catalog_table *table, bool mariadb)
{
    const struct text keys[] = {model->owner_column, model->id_column};
    struct room room = room_beside(table, model);

    for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
        if (catalog_column(table, keys[i]) != NULL)
            continue;
        begin_add(sql, model->table);
        buf_add_str(sql, "COLUMN ");
        add_key_column(sql, keys[i], mariadb);
        buf_add_str(sql, " NULL DEFAULT NULL");
    }
    if (sql->len > 0) {
        begin_add(sql, model->table);
        add_key(sql, "UNIQUE KEY", model);
    }
    for (size_t i = 0; i < model->field_count; i++) {
        if (catalog_column(table, model->fields[i].column) != NULL)
            continue;
        begin_add(sql, model->table);
        buf_add_str(sql, "COLUMN ");
        add_field(sql, &model->fields[i], &room, mariadb);
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

static void write_own_alter(struct buf *sql, const struct schema_own *own,
                            const struct catalog_table *table)
{
    struct schema_own_key keys[SCHEMA_OWN_KEYS_MAX];
    const size_t key_count = schema_own_keys(own, table, keys);

    for (const struct schema_own_column *column = own->columns; column->name != NULL; column++) {
        if (column->add == NULL || catalog_column(table, text_of(column->name)) != NULL)
            continue;
        begin_add(sql, own->name);
        buf_printf(sql, "COLUMN %s %s", column->name, column->add);
    }
    for (size_t i = 0; i < key_count; i++) {
        if (keys[i].there || !keys[i].addable)
            continue;
        begin_add(sql, own->name);
        add_own_key(sql, &keys[i]);
    }
    if (!schema_own_has_path(own, table)) {
        begin_add(sql, own->name);
        buf_printf(sql, "KEY %s (%s)", own->path, own->path_columns);
    }
}

/* A table that the account may not see is planned too: who runs the SQL by hand may. */
static bool is_absent(const struct catalog_table *table)
{
    return table->kind == CATALOG_MISSING || table->kind == CATALOG_HIDDEN;
}

static enum rc keep(struct plan *plan, struct buf *sql, struct fail *fail)
{
    if (sql->overflow)
        return fail_fatal(fail, "a statement of the schema exceeds %zu bytes", STATEMENT_MAX_BYTES);
    if (sql->len > 0)
        plan->statements[plan->count++] = arena_text(plan->arena, buf_text(sql));
    buf_clear(sql);
    return RC_OK;
}

static enum rc plan_own(struct plan *plan, const struct schema_own *own, struct buf *sql,
                        struct fail *fail)
{
    struct catalog_table table;
    enum rc rc = catalog_read_table(&plan->check.link, own->name, &plan->check.arena, &table, fail);

    if (rc != RC_OK)
        return rc;
    if (is_absent(&table))
        own->create(sql, plan->check.server.mariadb, own->name);
    else if (table.kind == CATALOG_TABLE)
        write_own_alter(sql, own, &table);
    return RC_OK;
}

static enum rc plan_model(struct plan *plan, const struct model *model, struct buf *sql,
                          struct fail *fail)
{
    struct catalog_table table;
    enum rc rc =
        catalog_read_table(&plan->check.link, model->table, &plan->check.arena, &table, fail);

    if (rc != RC_OK)
        return rc;
    if (is_absent(&table))
        write_create(sql, model, &table, plan->check.server.mariadb);
    else if (table.kind == CATALOG_TABLE)
        write_alter(sql, model, &table, plan->check.server.mariadb);
    return RC_OK;
}

static enum rc plan_all(struct plan *plan, struct buf *sql, struct fail *fail)
{
    const struct db_settings *settings = plan->check.link.settings;
    const struct mapping *mapping = settings->mapping;
    struct schema_own own[SCHEMA_OWN_TABLES];
    const size_t own_count = schema_own_tables(settings, own);
    enum rc rc = RC_OK;

    plan->statements = ARENA_ARRAY(plan->arena, own_count + mapping->model_count, struct text);
    for (size_t i = 0; rc == RC_OK && i < own_count; i++) {
        rc = plan_own(plan, &own[i], sql, fail);
        if (rc == RC_OK)
            rc = keep(plan, sql, fail);
    }
    for (size_t i = 0; rc == RC_OK && i < mapping->model_count; i++) {
        rc = plan_model(plan, &mapping->models[i], sql, fail);
        if (rc == RC_OK)
            rc = keep(plan, sql, fail);
    }
    return rc;
}

enum rc schema_plan(const struct db_settings *settings, struct arena *arena,
                    struct text **statements_out, size_t *count_out, struct fail *fail)
{
    struct plan plan = {.arena = arena};
    struct buf sql;
    enum rc rc = schema_check_open(&plan.check, settings, fail);

    buf_init(&sql, STATEMENT_MAX_BYTES);
    if (rc == RC_OK)
        rc = plan_all(&plan, &sql, fail);
    *statements_out = plan.statements;
    *count_out = rc == RC_OK ? plan.count : 0;
    buf_release(&sql);
    schema_check_close(&plan.check);
    return rc;
}

/* The beginning, which names the table: enough to find it in the plan. */
static struct text beginning(struct text sql)
{
    size_t len = 0;

    while (len < sql.len && sql.ptr[len] != '\n' && sql.ptr[len] != '(')
        len++;
    return (struct text){sql.ptr, len};
}

/* Another run was faster. */
static bool is_there_already(unsigned number)
{
    static const unsigned NUMBERS[] = {ER_TABLE_EXISTS_ERROR, ER_DUP_FIELDNAME, ER_DUP_KEYNAME};

    for (size_t i = 0; i < ARRAY_LEN(NUMBERS); i++)
        if (NUMBERS[i] == number)
            return true;
    return false;
}

static enum rc apply_one(struct db_link *link, const struct text *statements, size_t count,
                         size_t at, struct fail *fail)
{
    const struct text sql = statements[at];
    char what[160];

    if (mysql_real_query(link->mysql, sql.ptr, sql.len) == 0 ||
        is_there_already(mysql_errno(link->mysql)))
        return RC_OK;
    snprintf(what, sizeof(what), "statement %zu of %zu, %.*s", at + 1, count,
             TEXT_ARG(beginning(sql)));
    return db_link_error(link, NULL, what, false, fail);
}

enum rc schema_apply(const struct db_settings *settings, const struct text *statements,
                     size_t count, struct fail *fail)
{
    struct db_link link;
    enum rc rc;

    db_link_init(&link, settings);
    rc = db_link_open(&link, fail);
    for (size_t i = 0; rc == RC_OK && i < count; i++)
        rc = apply_one(&link, statements, count, i, fail);
    db_link_close(&link);
    return rc;
}
