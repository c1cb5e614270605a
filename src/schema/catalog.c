#include "catalog.h"

#include <assert.h>
#include <errmsg.h>
#include <mysql.h>
#include <mysqld_error.h>

/* The widest statement is a probe that names each of a table's columns (4096 at most) twice. */
#define SQL_MAX_BYTES ((size_t)4 * 1024 * 1024)

/* One result in the arena: cells[row * width + column], NULL as an empty text. */
struct grid {
    struct text *cells;
    size_t width;
    size_t rows;
};

static struct text cell(const struct grid *grid, size_t row, size_t column)
{
    assert(row < grid->rows && column < grid->width);
    return grid->cells[row * grid->width + column];
}

static bool cell_is_true(const struct grid *grid, size_t row, size_t column)
{
    return text_is(cell(grid, row, column), "1");
}

static uint64_t cell_number(const struct grid *grid, size_t row, size_t column)
{
    uint64_t number = 0;

    return text_to_uint(cell(grid, row, column), UINT64_MAX, &number) ? number : 0;
}

static void copy_result(MYSQL_RES *result, struct arena *arena, struct grid *grid_out)
{
    struct text *at;
    MYSQL_ROW row;

    grid_out->width = mysql_num_fields(result);
    grid_out->rows = (size_t)mysql_num_rows(result);
    grid_out->cells = at = ARENA_ARRAY(arena, grid_out->rows * grid_out->width, struct text);
    while ((row = mysql_fetch_row(result)) != NULL) {
        const unsigned long *lengths = mysql_fetch_lengths(result);

        for (size_t i = 0; i < grid_out->width; i++, at++)
            *at = row[i] == NULL ? arena_text(arena, (struct text){"", 0})
                                 : arena_text(arena, (struct text){row[i], lengths[i]});
    }
}

static enum rc too_long(struct fail *fail)
{
    return fail_fatal(fail, "a statement about the schema exceeds %zu bytes", SQL_MAX_BYTES);
}

static enum rc read_grid(struct db_link *link, const struct buf *sql, struct arena *arena,
                         struct grid *grid_out, struct fail *fail)
{
    MYSQL_RES *result;

    if (sql->overflow)
        return too_long(fail);
    if (mysql_real_query(link->mysql, buf_text(sql).ptr, sql->len) != 0 ||
        (result = mysql_store_result(link->mysql)) == NULL)
        return db_link_error(link, NULL, "reading the schema", false, fail);
    copy_result(result, arena, grid_out);
    mysql_free_result(result);
    return RC_OK;
}

/* Reads `select` with every ? replaced by the quoted name. */
static enum rc read_named(struct db_link *link, const char *select, struct text name,
                          struct arena *arena, struct grid *grid_out, struct fail *fail)
{
    struct buf sql;
    enum rc rc;

    buf_init(&sql, SQL_MAX_BYTES);
    for (const char *at = select; *at != '\0'; at++) {
        if (*at == '?')
            db_quote_value(link, &sql, name);
        else
            buf_add_char(&sql, *at);
    }
    rc = read_grid(link, &sql, arena, grid_out, fail);
    buf_release(&sql);
    return rc;
}

enum rc catalog_read_server(struct db_link *link, struct arena *arena,
                            struct catalog_server *server_out, struct fail *fail)
{
    static const char SELECT[] =
        "SELECT VERSION(), @@global.read_only, CONCAT(QUOTE(LEFT(CURRENT_USER(), "
        "CHAR_LENGTH(CURRENT_USER()) - CHAR_LENGTH(SUBSTRING_INDEX(CURRENT_USER(), '@', -1)) - "
        "1)), '@', QUOTE(SUBSTRING_INDEX(CURRENT_USER(), '@', -1)))";
    struct buf sql;
    struct grid grid = {0};
    enum rc rc;

    buf_init(&sql, SQL_MAX_BYTES);
    buf_add_str(&sql, SELECT);
    rc = read_grid(link, &sql, arena, &grid, fail);
    buf_release(&sql);
    if (rc != RC_OK)
        return rc;
    *server_out = (struct catalog_server){
        .mariadb = db_link_is_mariadb(link),
        .version = (unsigned)mysql_get_server_version(link->mysql),
        .version_text = cell(&grid, 0, 0),
        .read_only = !text_is(cell(&grid, 0, 1), "0") && !text_is(cell(&grid, 0, 1), "OFF"),
        .account = cell(&grid, 0, 2),
    };
    return RC_OK;
}

/* Numbers by which the server says that it is the account that is at fault. */
static const unsigned DENIALS[] = {
    ER_TABLEACCESS_DENIED_ERROR, ER_COLUMNACCESS_DENIED_ERROR,    ER_PROCACCESS_DENIED_ERROR,
    ER_DBACCESS_DENIED_ERROR,    ER_SPECIFIC_ACCESS_DENIED_ERROR,
};

static bool is_denial(unsigned number)
{
    for (size_t i = 0; i < ARRAY_LEN(DENIALS); i++)
        if (DENIALS[i] == number)
            return true;
    return false;
}

enum rc catalog_denied(struct db_link *link, const struct buf *sql, bool *denied_out,
                       struct fail *fail)
{
    struct buf prepare;
    bool overflow;
    unsigned number = 0;

    buf_init(&prepare, SQL_MAX_BYTES);
    buf_add_str(&prepare, "PREPARE mobync_probe FROM ");
    db_quote_value(link, &prepare, buf_text(sql));
    overflow = sql->overflow || prepare.overflow;
    if (!overflow && mysql_real_query(link->mysql, buf_text(&prepare).ptr, prepare.len) != 0)
        number = mysql_errno(link->mysql);
    buf_release(&prepare);
    if (overflow)
        return too_long(fail);
    /* Any other error of the server's is a fault of the schema, which has checks of its own. */
    if (number >= CR_MIN_ERROR && number <= CR_MAX_ERROR)
        return db_link_error(link, NULL, "probing privileges", false, fail);
    *denied_out = is_denial(number);
    return RC_OK;
}

static enum rc read_kind_of_unseen(struct db_link *link, struct catalog_table *table,
                                   struct fail *fail)
{
    struct buf sql;
    bool denied = false;
    enum rc rc;

    buf_init(&sql, SQL_MAX_BYTES);
    buf_add_str(&sql, "SELECT 1 FROM ");
    db_quote_name(&sql, table->name);
    rc = catalog_denied(link, &sql, &denied, fail);
    buf_release(&sql);
    if (rc == RC_OK)
        table->kind = denied ? CATALOG_HIDDEN : CATALOG_MISSING;
    return rc;
}

/* Hazard: a subquery on information_schema inside a query on information_schema has crashed MariaDB
 * 10.11 under our tests, the whole server. So one statement reads one of its tables, nothing joined
 * or nested.
 * The name is compared twice: as it stands, which the server looks up without opening every table
 * of the database, and by its bytes, because information_schema's own collation has no case. */
#define OF_TABLE(schema)                                                                           \
    schema " = DATABASE() AND TABLE_NAME = ? AND (BINARY TABLE_NAME = ? OR "                       \
           "@@lower_case_table_names <> 0)"

static enum rc read_engine(struct db_link *link, struct arena *arena, struct catalog_table *table,
                           struct fail *fail)
{
    struct grid grid = {0};
    enum rc rc = read_named(
        link, "SELECT TRANSACTIONS = 'YES' FROM information_schema.ENGINES WHERE ENGINE = ?",
        table->engine, arena, &grid, fail);

    if (rc == RC_OK)
        table->transactional = grid.rows > 0 && cell_is_true(&grid, 0, 0);
    return rc;
}

static enum rc read_kind(struct db_link *link, struct arena *arena, struct catalog_table *table,
                         struct fail *fail)
{
    static const char SELECT[] = "SELECT TABLE_TYPE, ENGINE FROM information_schema.TABLES "
                                 "WHERE " OF_TABLE("TABLE_SCHEMA");
    struct grid grid = {0};
    enum rc rc = read_named(link, SELECT, table->name, arena, &grid, fail);

    if (rc != RC_OK)
        return rc;
    if (grid.rows == 0)
        return read_kind_of_unseen(link, table, fail);
    table->type = cell(&grid, 0, 0);
    table->engine = cell(&grid, 0, 1);
    table->kind = text_is(table->type, "BASE TABLE") || text_is(table->type, "SYSTEM VERSIONED")
                      ? CATALOG_TABLE
                      : CATALOG_OTHER;
    return RC_OK;
}

static void fill_column(const struct grid *grid, size_t row, struct catalog_column *column_out)
{
    const bool generated = cell_is_true(grid, row, 8);
    const bool auto_increment = cell_is_true(grid, row, 9);

    *column_out = (struct catalog_column){
        .name = cell(grid, row, 0),
        .data_type = cell(grid, row, 1),
        .column_type = cell(grid, row, 2),
        .character_set = cell(grid, row, 3),
        .collation = cell(grid, row, 4),
        .max_characters = cell_number(grid, row, 5),
        .max_bytes = cell_number(grid, row, 6),
        .nullable = cell_is_true(grid, row, 7),
        .generated = generated,
        .auto_increment = auto_increment,
        .has_default = generated || auto_increment || cell_is_true(grid, row, 10),
        .default_value = cell_is_true(grid, row, 11),
    };
}

static enum rc read_columns(struct db_link *link, struct arena *arena, struct catalog_table *table,
                            struct fail *fail)
{
    static const char SELECT[] =
        "SELECT COLUMN_NAME, DATA_TYPE, COLUMN_TYPE, CHARACTER_SET_NAME, COLLATION_NAME, "
        "CHARACTER_MAXIMUM_LENGTH, CHARACTER_OCTET_LENGTH, IS_NULLABLE = 'YES', "
        "EXTRA LIKE '%VIRTUAL GENERATED%' OR EXTRA LIKE '%STORED GENERATED%', "
        "EXTRA LIKE '%auto_increment%', COLUMN_DEFAULT IS NOT NULL OR IS_NULLABLE = 'YES', "
        "COALESCE(COLUMN_DEFAULT, 'NULL') <> 'NULL' "
        "FROM information_schema.COLUMNS WHERE " OF_TABLE(
            "TABLE_SCHEMA") " ORDER BY ORDINAL_POSITION";
    struct grid grid = {0};
    enum rc rc = read_named(link, SELECT, table->name, arena, &grid, fail);

    if (rc != RC_OK)
        return rc;
    table->columns = ARENA_ARRAY(arena, grid.rows, struct catalog_column);
    table->column_count = grid.rows;
    for (size_t i = 0; i < grid.rows; i++)
        fill_column(&grid, i, &table->columns[i]);
    return RC_OK;
}

/* MariaDB turns JSON into a LONGTEXT with a constraint of the column's name. */
static enum rc read_json_checks(struct db_link *link, struct arena *arena,
                                struct catalog_table *table, struct fail *fail)
{
    static const char SELECT[] =
        "SELECT CONSTRAINT_NAME FROM information_schema.CHECK_CONSTRAINTS WHERE " OF_TABLE(
            "CONSTRAINT_SCHEMA") " AND CHECK_CLAUSE LIKE 'json_valid(%'";
    struct grid grid = {0};
    enum rc rc;

    if (!db_link_is_mariadb(link))
        return RC_OK;
    rc = read_named(link, SELECT, table->name, arena, &grid, fail);
    for (size_t i = 0; rc == RC_OK && i < grid.rows; i++)
        for (size_t k = 0; k < table->column_count; k++)
            table->columns[k].json_check |= text_equal(table->columns[k].name, cell(&grid, i, 0));
    return rc;
}

/* One row a column of a key; a key begins where the place in it is 1. */
static void fill_keys(const struct grid *grid, struct arena *arena, struct catalog_table *table)
{
    struct text *columns = ARENA_ARRAY(arena, grid->rows, struct text);
    struct catalog_key *key = NULL;

    table->keys = ARENA_ARRAY(arena, grid->rows, struct catalog_key);
    for (size_t i = 0; i < grid->rows; i++) {
        if (key == NULL || cell_is_true(grid, i, 1)) {
            key = &table->keys[table->key_count++];
            *key = (struct catalog_key){.name = cell(grid, i, 0),
                                        .unique = cell_is_true(grid, i, 2),
                                        .whole = true,
                                        .columns = &columns[i]};
        }
        key->whole = key->whole && cell_is_true(grid, i, 3);
        key->columns[key->column_count++] = cell(grid, i, 4);
    }
}

static enum rc read_keys(struct db_link *link, struct arena *arena, struct catalog_table *table,
                         struct fail *fail)
{
    /* A key over an expression has no column name. */
    static const char SELECT[] =
        "SELECT INDEX_NAME, SEQ_IN_INDEX, NON_UNIQUE = 0, SUB_PART IS NULL AND COLUMN_NAME IS NOT "
        "NULL, COLUMN_NAME FROM information_schema.STATISTICS WHERE " OF_TABLE(
            "TABLE_SCHEMA") " ORDER BY INDEX_NAME, SEQ_IN_INDEX";
    struct grid grid = {0};
    enum rc rc = read_named(link, SELECT, table->name, arena, &grid, fail);

    if (rc == RC_OK)
        fill_keys(&grid, arena, table);
    return rc;
}

/* One row a column of any foreign key of the table, in the order of the key. */
static void fill_reference(const struct grid *grid, struct arena *arena,
                           struct catalog_reference *reference)
{
    reference->columns = ARENA_ARRAY(arena, grid->rows, struct text);
    reference->parent_columns = ARENA_ARRAY(arena, grid->rows, struct text);
    for (size_t i = 0; i < grid->rows; i++) {
        if (!text_equal(cell(grid, i, 0), reference->name))
            continue;
        reference->columns[reference->column_count] = cell(grid, i, 1);
        reference->parent_columns[reference->column_count++] = cell(grid, i, 2);
    }
}

static enum rc read_reference_columns(struct db_link *link, struct arena *arena,
                                      struct catalog_table *table, struct fail *fail)
{
    static const char SELECT[] =
        "SELECT CONSTRAINT_NAME, COLUMN_NAME, REFERENCED_COLUMN_NAME FROM "
        "information_schema.KEY_COLUMN_USAGE WHERE " OF_TABLE(
            "TABLE_SCHEMA") " AND REFERENCED_TABLE_SCHEMA = DATABASE() ORDER BY CONSTRAINT_NAME, "
                            "ORDINAL_POSITION";
    struct grid grid = {0};
    enum rc rc = read_named(link, SELECT, table->name, arena, &grid, fail);

    for (size_t i = 0; rc == RC_OK && i < table->reference_count; i++)
        fill_reference(&grid, arena, &table->references[i]);
    return rc;
}

static enum rc read_references(struct db_link *link, struct arena *arena,
                               struct catalog_table *table, struct fail *fail)
{
    static const char SELECT[] = "SELECT REFERENCED_TABLE_NAME, DELETE_RULE, CONSTRAINT_NAME "
                                 "FROM information_schema.REFERENTIAL_CONSTRAINTS WHERE " OF_TABLE(
                                     "CONSTRAINT_SCHEMA") " AND UNIQUE_CONSTRAINT_SCHEMA = "
                                                          "DATABASE()";
    struct grid grid = {0};
    enum rc rc = read_named(link, SELECT, table->name, arena, &grid, fail);

    if (rc != RC_OK)
        return rc;
    table->references = ARENA_ARRAY(arena, grid.rows, struct catalog_reference);
    table->reference_count = grid.rows;
    for (size_t i = 0; i < grid.rows; i++)
        table->references[i] = (struct catalog_reference){
            .parent = cell(&grid, i, 0),
            .delete_rule = cell(&grid, i, 1),
            .name = cell(&grid, i, 2),
        };
    return RC_OK;
}

/* What is read of a plain table, one statement each: see OF_TABLE. */
typedef enum rc read_part(struct db_link *link, struct arena *arena, struct catalog_table *table,
                          struct fail *fail);

static read_part *const PARTS[] = {
    read_engine, read_columns, read_json_checks, read_keys, read_references, read_reference_columns,
};

enum rc catalog_read_table(struct db_link *link, struct text name, struct arena *arena,
                           struct catalog_table *table_out, struct fail *fail)
{
    enum rc rc;

    *table_out = (struct catalog_table){.name = name};
    rc = read_kind(link, arena, table_out, fail);
    if (rc != RC_OK || table_out->kind != CATALOG_TABLE)
        return rc;
    for (size_t i = 0; rc == RC_OK && i < ARRAY_LEN(PARTS); i++)
        rc = PARTS[i](link, arena, table_out, fail);
    return rc;
}

enum rc catalog_read_function(struct db_link *link, struct text name, struct arena *arena,
                              struct catalog_function *function_out, struct fail *fail)
{
    static const char RETURNS[] =
        "SELECT DATA_TYPE FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = DATABASE() AND "
        "ROUTINE_NAME = ? AND ROUTINE_TYPE = 'FUNCTION'";
    static const char PARAMETERS[] =
        "SELECT COUNT(*) FROM information_schema.PARAMETERS WHERE SPECIFIC_SCHEMA = DATABASE() AND "
        "SPECIFIC_NAME = ? AND ROUTINE_TYPE = 'FUNCTION' AND ORDINAL_POSITION > 0";
    struct grid returns = {0};
    struct grid parameters = {0};
    enum rc rc = read_named(link, RETURNS, name, arena, &returns, fail);

    if (rc == RC_OK)
        rc = read_named(link, PARAMETERS, name, arena, &parameters, fail);
    if (rc != RC_OK)
        return rc;
    *function_out = (struct catalog_function){0};
    if (returns.rows > 0)
        *function_out = (struct catalog_function){
            .found = true,
            .returns = cell(&returns, 0, 0),
            .parameter_count = cell_number(&parameters, 0, 0),
        };
    return RC_OK;
}

const struct catalog_column *catalog_column(const struct catalog_table *table, struct text name)
{
    for (size_t i = 0; i < table->column_count; i++)
        if (text_equal_nocase(table->columns[i].name, name))
            return &table->columns[i];
    return NULL;
}
