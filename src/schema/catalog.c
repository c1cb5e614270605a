/* Reads information_schema into the structs of catalog.h: catalog_read_server(), _table() and
 * _function(); catalog_denied() asks about privileges. One statement reads one table of it. */
#include "catalog.h"

#include "db_result.h"
#include "edit_distance.h"

/* The widest statement is a probe that names each of a table's columns (4096 at most) twice. */
#define SQL_MAX_BYTES ((size_t)4 * 1024 * 1024)
/* InnoDB compresses no larger ones. */
#define COMPRESSED_PAGE_BYTES ((uint64_t)16 * 1024)

static bool is_true(const struct db_result *result, size_t row, size_t column)
{
    return text_is(db_result_text(result, row, column), "1");
}

static uint64_t number(const struct db_result *result, size_t row, size_t column)
{
    uint64_t value = 0;

    return text_to_uint(db_result_text(result, row, column), UINT64_MAX, &value) ? value : 0;
}

static enum rc too_long(struct fail *fail)
{
    return fail_fatal(fail, "a statement about the schema exceeds %zu bytes", SQL_MAX_BYTES);
}

static enum rc read_result(struct db_link *link, const struct buf *sql, struct arena *arena,
                           struct db_result *result_out, struct fail *fail)
{
    if (sql->overflow)
        return too_long(fail);
    return db_result_read(link, buf_text(sql), "reading the schema", arena, result_out, fail);
}

/* Reads `select` with every ? replaced by the quoted name. */
static enum rc read_named(struct db_link *link, const char *select, struct text name,
                          struct arena *arena, struct db_result *result_out, struct fail *fail)
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
    rc = read_result(link, &sql, arena, result_out, fail);
    buf_release(&sql);
    return rc;
}

/* By SHOW, because not every server has each of them. */
static enum rc read_server_variables(struct db_link *link, struct arena *arena,
                                     struct catalog_server *server, struct fail *fail)
{
    static const char SHOW[] =
        "SHOW SESSION VARIABLES WHERE Variable_name IN ('log_bin', 'binlog_format', "
        "'max_allowed_packet', 'lower_case_table_names', 'innodb_read_only', "
        "'innodb_file_per_table', 'innodb_page_size', 'innodb_read_only_compressed')";
    struct db_result result = {0};
    bool log_bin = false, statement = false, mixed = false;
    bool own_files = false, small_pages = false, read_only = false; /* of what is compressed */
    enum rc rc = read_named(link, SHOW, TEXT_LITERAL(""), arena, &result, fail);

    for (size_t i = 0; rc == RC_OK && i < result.rows; i++) {
        const struct text name = db_result_text(&result, i, 0);
        const struct text value = db_result_text(&result, i, 1);

        if (text_is(name, "log_bin"))
            log_bin = text_is(value, "ON");
        else if (text_is(name, "binlog_format")) {
            statement = text_is(value, "STATEMENT");
            mixed = text_is(value, "MIXED");
        } else if (text_is(name, "max_allowed_packet"))
            server->max_packet_bytes = number(&result, i, 1);
        else if (text_is(name, "lower_case_table_names"))
            server->names_in_lower_case = !text_is(value, "0");
        else if (text_is(name, "innodb_read_only"))
            server->innodb_read_only = text_is(value, "ON");
        else if (text_is(name, "innodb_file_per_table"))
            own_files = text_is(value, "ON");
        else if (text_is(name, "innodb_page_size"))
            small_pages = number(&result, i, 1) <= COMPRESSED_PAGE_BYTES;
        else if (text_is(name, "innodb_read_only_compressed"))
            read_only = text_is(value, "ON"); /* the default of MariaDB 10.6.0 to 10.6.5 */
    }
    server->compresses = own_files && small_pages && !read_only;
    server->statement_binlog = log_bin && statement;
    server->mixed_binlog = log_bin && mixed;
    return rc;
}

enum rc catalog_read_server(struct db_link *link, struct arena *arena,
                            struct catalog_server *server_out, struct fail *fail)
{
    static const char SELECT[] =
        "SELECT VERSION(), @@global.read_only, CONCAT(QUOTE(LEFT(CURRENT_USER(), "
        "CHAR_LENGTH(CURRENT_USER()) - CHAR_LENGTH(SUBSTRING_INDEX(CURRENT_USER(), '@', -1)) - "
        "1)), '@', QUOTE(SUBSTRING_INDEX(CURRENT_USER(), '@', -1))), IF(@@global.time_zone = "
        "'SYSTEM', @@system_time_zone, @@global.time_zone) IN ('UTC', 'Etc/UTC', '+00:00')";
    struct buf sql;
    struct db_result result = {0};
    enum rc rc;

    buf_init(&sql, SQL_MAX_BYTES);
    buf_add_str(&sql, SELECT);
    rc = read_result(link, &sql, arena, &result, fail);
    buf_release(&sql);
    if (rc != RC_OK)
        return rc;
    *server_out = (struct catalog_server){
        .mariadb = db_link_is_mariadb(link),
        .version = db_link_version(link),
        .version_text = db_result_text(&result, 0, 0),
        .read_only = !text_is(db_result_text(&result, 0, 1), "0") &&
                     !text_is(db_result_text(&result, 0, 1), "OFF"),
        .account = db_result_text(&result, 0, 2),
        .in_utc = is_true(&result, 0, 3),
    };
    return read_server_variables(link, arena, server_out, fail);
}

enum rc catalog_denied(struct db_link *link, const struct buf *sql, bool *denied_out,
                       struct fail *fail)
{
    struct buf prepare;
    bool overflow;
    enum db_error error = DB_ERROR_NONE;

    buf_init(&prepare, SQL_MAX_BYTES);
    buf_add_str(&prepare, "PREPARE mobync_probe FROM ");
    db_quote_value(link, &prepare, buf_text(sql));
    overflow = sql->overflow || prepare.overflow;
    if (!overflow)
        error = db_link_try(link, buf_text(&prepare));
    buf_release(&prepare);
    if (overflow)
        return too_long(fail);
    /* Any other error of the server's is a fault of the schema, which has checks of its own. */
    if (error >= DB_ERROR_CLIENT)
        return db_link_error(link, NULL, "probing privileges", false, fail);
    *denied_out = error == DB_ERROR_DENIED || error == DB_ERROR_DATABASE_DENIED;
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
    struct db_result result = {0};
    enum rc rc = read_named(
        link, "SELECT TRANSACTIONS = 'YES' FROM information_schema.ENGINES WHERE ENGINE = ?",
        table->engine, arena, &result, fail);

    if (rc == RC_OK)
        table->transactional = result.rows > 0 && is_true(&result, 0, 0);
    return rc;
}

static enum rc read_kind(struct db_link *link, struct arena *arena, struct catalog_table *table,
                         struct fail *fail)
{
    static const char SELECT[] = "SELECT TABLE_TYPE, ENGINE FROM information_schema.TABLES "
                                 "WHERE " OF_TABLE("TABLE_SCHEMA");
    struct db_result result = {0};
    enum rc rc = read_named(link, SELECT, table->name, arena, &result, fail);

    if (rc != RC_OK)
        return rc;
    if (result.rows == 0)
        return read_kind_of_unseen(link, table, fail);
    table->type = db_result_text(&result, 0, 0);
    table->engine = db_result_text(&result, 0, 1);
    table->kind = text_is(table->type, "BASE TABLE") || text_is(table->type, "SYSTEM VERSIONED")
                      ? CATALOG_TABLE
                      : CATALOG_OTHER;
    return RC_OK;
}

static void fill_column(const struct db_result *result, size_t row,
                        struct catalog_column *column_out)
{
    const bool generated = is_true(result, row, 8);
    const bool auto_increment = is_true(result, row, 9);
    const bool on_update = is_true(result, row, 12), default_now = is_true(result, row, 13);

    *column_out = (struct catalog_column){
        .name = db_result_text(result, row, 0),
        .data_type = db_result_text(result, row, 1),
        .column_type = db_result_text(result, row, 2),
        .character_set = db_result_text(result, row, 3),
        .collation = db_result_text(result, row, 4),
        .max_characters = number(result, row, 5),
        .max_bytes = number(result, row, 6),
        .character_bytes = 1,
        .nullable = is_true(result, row, 7),
        .generated = generated,
        .auto_increment = auto_increment,
        .has_default = generated || auto_increment || is_true(result, row, 10),
        .default_value = is_true(result, row, 11),
        .on_update = on_update,
        .default_now = default_now,
        .default_zero = is_true(result, row, 14),
    };
    column_out->wall_clock =
        text_is(column_out->data_type, "datetime") && (on_update || default_now);
}

enum rc catalog_read_columns(struct db_link *link, struct text name, struct arena *arena,
                             struct catalog_column **columns_out, size_t *count_out,
                             struct fail *fail)
{
    static const char SELECT[] =
        "SELECT COLUMN_NAME, DATA_TYPE, COLUMN_TYPE, CHARACTER_SET_NAME, COLLATION_NAME, "
        "CHARACTER_MAXIMUM_LENGTH, CHARACTER_OCTET_LENGTH, IS_NULLABLE = 'YES', "
        "EXTRA LIKE '%VIRTUAL GENERATED%' OR EXTRA LIKE '%STORED GENERATED%', "
        "EXTRA LIKE '%auto_increment%', COLUMN_DEFAULT IS NOT NULL OR IS_NULLABLE = 'YES', "
        "COALESCE(COLUMN_DEFAULT, 'NULL') <> 'NULL', EXTRA LIKE '%on update%', "
        "LOWER(COALESCE(COLUMN_DEFAULT, '')) LIKE 'current_timestamp%', " /* MySQL: upper case */
        "COALESCE(COLUMN_DEFAULT, '') IN ('0', '''0''', 'b''0''') "
        "FROM information_schema.COLUMNS WHERE " OF_TABLE(
            "TABLE_SCHEMA") " ORDER BY ORDINAL_POSITION";
    struct db_result result = {0};
    enum rc rc = read_named(link, SELECT, name, arena, &result, fail);

    if (rc != RC_OK)
        return rc;
    *columns_out = ARENA_ARRAY(arena, result.rows, struct catalog_column);
    *count_out = result.rows;
    for (size_t i = 0; i < result.rows; i++)
        fill_column(&result, i, &(*columns_out)[i]);
    return RC_OK;
}

static enum rc read_columns(struct db_link *link, struct arena *arena, struct catalog_table *table,
                            struct fail *fail)
{
    return catalog_read_columns(link, table->name, arena, &table->columns, &table->column_count,
                                fail);
}

static void set_character_bytes(struct catalog_table *table, struct text character_set,
                                uint64_t bytes)
{
    for (size_t i = 0; i < table->column_count; i++)
        if (text_equal(table->columns[i].character_set, character_set))
            table->columns[i].character_bytes = bytes;
}

static enum rc read_character_sets(struct db_link *link, struct arena *arena,
                                   struct catalog_table *table, struct fail *fail)
{
    struct db_result result = {0};
    enum rc rc = read_named(link,
                            "SELECT CHARACTER_SET_NAME, MAXLEN FROM "
                            "information_schema.CHARACTER_SETS WHERE MAXLEN > 1",
                            TEXT_LITERAL(""), arena, &result, fail);

    for (size_t i = 0; rc == RC_OK && i < result.rows; i++)
        set_character_bytes(table, db_result_text(&result, i, 0), number(&result, i, 1));
    return rc;
}

/* MariaDB turns JSON into a LONGTEXT with a constraint of the column's name. */
static enum rc read_json_checks(struct db_link *link, struct arena *arena,
                                struct catalog_table *table, struct fail *fail)
{
    static const char SELECT[] =
        "SELECT CONSTRAINT_NAME FROM information_schema.CHECK_CONSTRAINTS WHERE " OF_TABLE(
            "CONSTRAINT_SCHEMA") " AND CHECK_CLAUSE LIKE 'json_valid(%'";
    struct db_result result = {0};
    enum rc rc;

    if (!db_link_is_mariadb(link))
        return RC_OK;
    rc = read_named(link, SELECT, table->name, arena, &result, fail);
    for (size_t i = 0; rc == RC_OK && i < result.rows; i++)
        for (size_t k = 0; k < table->column_count; k++)
            table->columns[k].json_check |=
                text_equal(table->columns[k].name, db_result_text(&result, i, 0));
    return rc;
}

/* One row a column of a key; a key begins where the place in it is 1. */
static void fill_keys(const struct db_result *result, struct arena *arena,
                      struct catalog_table *table)
{
    struct text *columns = ARENA_ARRAY(arena, result->rows, struct text);
    struct catalog_key *key = NULL;

    table->keys = ARENA_ARRAY(arena, result->rows, struct catalog_key);
    for (size_t i = 0; i < result->rows; i++) {
        if (key == NULL || is_true(result, i, 1)) {
            key = &table->keys[table->key_count++];
            *key = (struct catalog_key){.name = db_result_text(result, i, 0),
                                        .unique = is_true(result, i, 2),
                                        .whole = true,
                                        .columns = &columns[i]};
        }
        key->whole = key->whole && is_true(result, i, 3);
        key->columns[key->column_count++] = db_result_text(result, i, 4);
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
    struct db_result result = {0};
    enum rc rc = read_named(link, SELECT, table->name, arena, &result, fail);

    if (rc == RC_OK)
        fill_keys(&result, arena, table);
    return rc;
}

typedef bool *column_mark(struct catalog_column *column);

static bool *primary_of(struct catalog_column *column)
{
    return &column->primary;
}

static bool *refers_of(struct catalog_column *column)
{
    return &column->refers;
}

static bool *referenced_of(struct catalog_column *column)
{
    return &column->referenced;
}

/* Which columns the database itself relies on, one statement a kind. */
static enum rc read_marks(struct db_link *link, struct arena *arena, struct catalog_table *table,
                          struct fail *fail)
{
    static const struct {
        const char *select;
        column_mark *mark;
    } MARKS[] = {
        {"SELECT COLUMN_NAME FROM information_schema.STATISTICS WHERE INDEX_NAME = 'PRIMARY' "
         "AND " OF_TABLE("TABLE_SCHEMA"),
         primary_of},
        {"SELECT COLUMN_NAME FROM information_schema.KEY_COLUMN_USAGE WHERE "
         "REFERENCED_TABLE_NAME IS NOT NULL AND " OF_TABLE("TABLE_SCHEMA"),
         refers_of},
        {"SELECT REFERENCED_COLUMN_NAME FROM information_schema.KEY_COLUMN_USAGE WHERE "
         "TABLE_SCHEMA = DATABASE() AND REFERENCED_TABLE_SCHEMA = DATABASE() AND "
         "REFERENCED_TABLE_NAME = ?",
         referenced_of},
    };
    enum rc rc = RC_OK;

    for (size_t m = 0; rc == RC_OK && m < ARRAY_LEN(MARKS); m++) {
        struct db_result result = {0};

        rc = read_named(link, MARKS[m].select, table->name, arena, &result, fail);
        for (size_t i = 0; rc == RC_OK && i < result.rows; i++)
            for (size_t k = 0; k < table->column_count; k++)
                *MARKS[m].mark(&table->columns[k]) |=
                    text_equal_nocase(table->columns[k].name, db_result_text(&result, i, 0));
    }
    return rc;
}

/* One row a column of any foreign key of the table, in the order of the key. */
static void fill_reference(const struct db_result *result, struct arena *arena,
                           struct catalog_reference *reference)
{
    reference->columns = ARENA_ARRAY(arena, result->rows, struct text);
    reference->parent_columns = ARENA_ARRAY(arena, result->rows, struct text);
    for (size_t i = 0; i < result->rows; i++) {
        if (!text_equal(db_result_text(result, i, 0), reference->name))
            continue;
        reference->columns[reference->column_count] = db_result_text(result, i, 1);
        reference->parent_columns[reference->column_count++] = db_result_text(result, i, 2);
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
    struct db_result result = {0};
    enum rc rc = read_named(link, SELECT, table->name, arena, &result, fail);

    for (size_t i = 0; rc == RC_OK && i < table->reference_count; i++)
        fill_reference(&result, arena, &table->references[i]);
    return rc;
}

static enum rc read_references(struct db_link *link, struct arena *arena,
                               struct catalog_table *table, struct fail *fail)
{
    static const char SELECT[] = "SELECT REFERENCED_TABLE_NAME, DELETE_RULE, CONSTRAINT_NAME "
                                 "FROM information_schema.REFERENTIAL_CONSTRAINTS WHERE " OF_TABLE(
                                     "CONSTRAINT_SCHEMA") " AND UNIQUE_CONSTRAINT_SCHEMA = "
                                                          "DATABASE()";
    struct db_result result = {0};
    enum rc rc = read_named(link, SELECT, table->name, arena, &result, fail);

    if (rc != RC_OK)
        return rc;
    table->references = ARENA_ARRAY(arena, result.rows, struct catalog_reference);
    table->reference_count = result.rows;
    for (size_t i = 0; i < result.rows; i++)
        table->references[i] = (struct catalog_reference){
            .parent = db_result_text(&result, i, 0),
            .delete_rule = db_result_text(&result, i, 1),
            .name = db_result_text(&result, i, 2),
        };
    return RC_OK;
}

/* Without the privilege TRIGGER, triggers are not there to be seen. */
static enum rc read_triggers_hidden(struct db_link *link, struct arena *arena,
                                    struct catalog_table *table, struct fail *fail)
{
    static const char *const PRIVILEGES[] = {
        "SELECT 1 FROM information_schema.TABLE_PRIVILEGES WHERE PRIVILEGE_TYPE = 'TRIGGER' AND "
        "TABLE_SCHEMA = DATABASE() AND TABLE_NAME = ?",
        "SELECT 1 FROM information_schema.SCHEMA_PRIVILEGES WHERE PRIVILEGE_TYPE = 'TRIGGER' AND "
        "DATABASE() LIKE TABLE_SCHEMA",
        "SELECT 1 FROM information_schema.USER_PRIVILEGES WHERE PRIVILEGE_TYPE = 'TRIGGER'",
    };
    enum rc rc = RC_OK;

    table->triggers_hidden = table->trigger_count == 0;
    for (size_t i = 0; rc == RC_OK && table->triggers_hidden && i < ARRAY_LEN(PRIVILEGES); i++) {
        struct db_result result = {0};

        rc = read_named(link, PRIVILEGES[i], table->name, arena, &result, fail);
        if (rc == RC_OK)
            table->triggers_hidden = result.rows == 0;
    }
    return rc;
}

static enum rc read_triggers(struct db_link *link, struct arena *arena, struct catalog_table *table,
                             struct fail *fail)
{
    static const char SELECT[] =
        "SELECT TRIGGER_NAME, EVENT_MANIPULATION, ACTION_STATEMENT FROM "
        "information_schema.TRIGGERS WHERE EVENT_OBJECT_SCHEMA = DATABASE() AND EVENT_OBJECT_TABLE "
        "= ? AND ACTION_TIMING = 'BEFORE' ORDER BY TRIGGER_NAME";
    struct db_result result = {0};
    enum rc rc = read_named(link, SELECT, table->name, arena, &result, fail);

    if (rc != RC_OK)
        return rc;
    table->triggers = ARENA_ARRAY(arena, result.rows, struct catalog_trigger);
    table->trigger_count = result.rows;
    for (size_t i = 0; i < result.rows; i++)
        table->triggers[i] = (struct catalog_trigger){
            .name = db_result_text(&result, i, 0),
            .event = db_result_text(&result, i, 1),
            .statement = db_result_text(&result, i, 2),
        };
    return read_triggers_hidden(link, arena, table, fail);
}

/* What is read of a plain table, one statement each: see OF_TABLE. */
typedef enum rc read_part(struct db_link *link, struct arena *arena, struct catalog_table *table,
                          struct fail *fail);

static read_part *const PARTS[] = {
    read_engine, read_columns,    read_character_sets,    read_json_checks, read_marks,
    read_keys,   read_references, read_reference_columns, read_triggers,
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
    struct db_result returns = {0};
    struct db_result parameters = {0};
    enum rc rc = read_named(link, RETURNS, name, arena, &returns, fail);

    if (rc == RC_OK)
        rc = read_named(link, PARAMETERS, name, arena, &parameters, fail);
    if (rc != RC_OK)
        return rc;
    *function_out = (struct catalog_function){0};
    if (returns.rows > 0)
        *function_out = (struct catalog_function){
            .found = true,
            .returns = db_result_text(&returns, 0, 0),
            .parameter_count = number(&parameters, 0, 0),
        };
    return RC_OK;
}

struct name_list {
    struct text *items;
    size_t count;
};

/* Names are short; what is longer is nobody's misspelling. */
#define NAME_BYTES ((size_t)64)

static struct text in_lower_case(struct text name, char into[NAME_BYTES])
{
    const size_t len = name.len < NAME_BYTES ? name.len : NAME_BYTES;

    for (size_t i = 0; i < len; i++)
        into[i] = text_lower(name.ptr[i]);
    return (struct text){into, len};
}

struct text catalog_nearest(const struct text *names, size_t count, struct text name)
{
    char lower[NAME_BYTES], other[NAME_BYTES];
    const struct text wanted = in_lower_case(name, lower);
    struct text nearest = TEXT_LITERAL("");
    size_t least = SIZE_MAX;

    for (size_t i = 0; i < count; i++) {
        const size_t distance = edit_distance(wanted, in_lower_case(names[i], other));

        if (distance >= least)
            continue;
        least = distance;
        nearest = names[i];
    }
    return nearest;
}

static enum rc read_names(struct db_link *link, const char *select, struct arena *arena,
                          struct name_list *list_out, struct fail *fail)
{
    struct db_result result = {0};
    enum rc rc = read_named(link, select, TEXT_LITERAL(""), arena, &result, fail);

    *list_out = (struct name_list){0};
    if (rc != RC_OK)
        return rc;
    list_out->items = ARENA_ARRAY(arena, result.rows, struct text);
    list_out->count = result.rows;
    for (size_t i = 0; i < result.rows; i++)
        list_out->items[i] = db_result_text(&result, i, 0);
    return RC_OK;
}

enum rc catalog_read_names(struct db_link *link, struct arena *arena, struct text **names_out,
                           size_t *count_out, struct fail *fail)
{
    struct name_list list;
    enum rc rc = read_names(link,
                            "SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = "
                            "DATABASE() AND TABLE_TYPE IN ('BASE TABLE', 'SYSTEM VERSIONED') ORDER "
                            "BY UPPER(TABLE_NAME), TABLE_NAME", /* collations of it differ */
                            arena, &list, fail);

    *names_out = list.items;
    *count_out = list.count;
    return rc;
}

enum rc catalog_nearest_table(struct db_link *link, struct text name, struct arena *arena,
                              struct text *nearest_out, struct fail *fail)
{
    struct name_list list;
    enum rc rc = read_names(link,
                            "SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = "
                            "DATABASE() AND TABLE_NAME NOT LIKE 'mobync\\_%' ORDER BY TABLE_NAME",
                            arena, &list, fail);

    *nearest_out = catalog_nearest(list.items, list.count, name);
    return rc;
}

const struct catalog_column *catalog_column(const struct catalog_table *table, struct text name)
{
    for (size_t i = 0; i < table->column_count; i++)
        if (text_equal_nocase(table->columns[i].name, name))
            return &table->columns[i];
    return NULL;
}

static bool has_column(const struct catalog_key *key, struct text column)
{
    for (size_t i = 0; i < key->column_count; i++)
        if (text_equal_nocase(key->columns[i], column))
            return true;
    return false;
}

bool catalog_has_unique(const struct catalog_table *table, const struct text *columns, size_t count)
{
    for (size_t i = 0; i < table->key_count; i++) {
        const struct catalog_key *key = &table->keys[i];
        size_t found = 0;

        while (found < count && has_column(key, columns[found]))
            found++;
        if (key->unique && key->whole && key->column_count == count && found == count)
            return true;
    }
    return false;
}
