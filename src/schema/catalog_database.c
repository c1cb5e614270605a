/* Reads information_schema of the whole database, and what the server says of replication:
 * catalog_read_foreign_keys(), _partitioned(), _own_triggers(), _privilege(), and
 * catalog_replicates_untriggered(). One statement reads one of its tables: see the hazard in
 * catalog.c. */
#include "catalog_database.h"

#include "db_definition.h"
#include "db_result.h"

#define SQL_MAX_BYTES ((size_t)4096)

static enum rc read_all(struct db_link *link, const char *select, struct arena *arena,
                        struct db_result *result_out, struct fail *fail)
{
    return db_result_read(link, text_of(select), "reading the schema", arena, result_out, fail);
}

enum key_cell { KEY_NAME, CHILD, PARENT, ELSEWHERE, COLUMN, PARENT_COLUMN };

/* The key that begins at this row: those behind it are its other columns. */
static void fill_columns(const struct db_result *rows, size_t first, struct arena *arena,
                         struct catalog_foreign_key *key)
{
    size_t count = 1;

    while (first + count < rows->rows &&
           text_equal(db_result_text(rows, first + count, KEY_NAME), key->name) &&
           text_equal(db_result_text(rows, first + count, CHILD), key->child))
        count++;
    key->columns = ARENA_ARRAY(arena, count, struct text);
    key->parent_columns = ARENA_ARRAY(arena, count, struct text);
    key->types = ARENA_ARRAY(arena, count, const struct catalog_column *);
    for (; key->column_count < count; key->column_count++) {
        const size_t row = first + key->column_count;

        key->columns[key->column_count] = db_result_text(rows, row, COLUMN);
        key->parent_columns[key->column_count] = db_result_text(rows, row, PARENT_COLUMN);
    }
}

static void take_keys(const struct db_result *rows, struct arena *arena,
                      struct catalog_foreign_keys *keys)
{
    keys->items = ARENA_ARRAY(arena, rows->rows, struct catalog_foreign_key);
    for (size_t row = 0; row < rows->rows;) {
        struct catalog_foreign_key *key = &keys->items[keys->count++];

        *key = (struct catalog_foreign_key){
            .name = db_result_text(rows, row, KEY_NAME),
            .child = db_result_text(rows, row, CHILD),
            .parent = db_result_text(rows, row, PARENT),
            .parent_elsewhere = text_is(db_result_text(rows, row, ELSEWHERE), "1"),
        };
        fill_columns(rows, row, arena, key);
        row += key->column_count;
    }
}

static bool begins_table(const struct catalog_foreign_keys *keys, size_t at)
{
    return at == 0 || !text_equal(keys->items[at].child, keys->items[at - 1].child);
}

/* The keys of one table lie side by side. */
static enum rc read_types(struct db_link *link, struct arena *arena,
                          struct catalog_foreign_keys *keys, struct fail *fail)
{
    struct catalog_table child = {.column_count = 0};
    enum rc rc = RC_OK;

    for (size_t i = 0; rc == RC_OK && i < keys->count; i++) {
        struct catalog_foreign_key *key = &keys->items[i];

        if (begins_table(keys, i))
            rc = catalog_read_columns(link, key->child, arena, &child.columns, &child.column_count,
                                      fail);
        for (size_t k = 0; rc == RC_OK && k < key->column_count; k++)
            key->types[k] = catalog_column(&child, key->columns[k]);
    }
    return rc;
}

static enum rc read_rules(struct db_link *link, struct arena *arena,
                          struct catalog_foreign_keys *keys, struct fail *fail)
{
    struct text definition = TEXT_LITERAL("");
    enum rc rc = RC_OK;

    for (size_t i = 0; rc == RC_OK && i < keys->count; i++) {
        struct catalog_foreign_key *key = &keys->items[i];
        struct db_key_rules rules;

        if (begins_table(keys, i))
            rc = db_definition_read(link, key->child, arena, &definition, fail);
        if (rc != RC_OK)
            break;
        rules = db_definition_rules(definition, key->name);
        key->delete_rule = text_of(rules.on_delete);
        key->update_rule = text_of(rules.on_update);
    }
    return rc;
}

enum rc catalog_read_foreign_keys(struct db_link *link, struct arena *arena,
                                  struct catalog_foreign_keys *keys_out, struct fail *fail)
{
    static const char SELECT[] =
        "SELECT CONSTRAINT_NAME, TABLE_NAME, REFERENCED_TABLE_NAME, "
        "REFERENCED_TABLE_SCHEMA <> DATABASE(), COLUMN_NAME, REFERENCED_COLUMN_NAME FROM "
        "information_schema.KEY_COLUMN_USAGE WHERE TABLE_SCHEMA = DATABASE() AND "
        "REFERENCED_TABLE_NAME IS NOT NULL ORDER BY TABLE_NAME, CONSTRAINT_NAME, ORDINAL_POSITION";
    struct db_result rows = {0};
    enum rc rc = read_all(link, SELECT, arena, &rows, fail);

    *keys_out = (struct catalog_foreign_keys){.count = 0};
    if (rc != RC_OK)
        return rc;
    take_keys(&rows, arena, keys_out);
    rc = read_types(link, arena, keys_out, fail);
    return rc == RC_OK ? read_rules(link, arena, keys_out, fail) : rc;
}

enum rc catalog_read_partitioned(struct db_link *link, struct arena *arena, struct text **names_out,
                                 size_t *count_out, struct fail *fail)
{
    static const char SELECT[] =
        "SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() AND "
        "CREATE_OPTIONS LIKE '%partitioned%' ORDER BY TABLE_NAME";
    struct db_result result = {0};
    enum rc rc = read_all(link, SELECT, arena, &result, fail);

    if (rc != RC_OK)
        return rc;
    *names_out = ARENA_ARRAY(arena, result.rows, struct text);
    *count_out = result.rows;
    for (size_t i = 0; i < result.rows; i++)
        (*names_out)[i] = db_result_text(&result, i, 0);
    return RC_OK;
}

enum rc catalog_replicates_untriggered(struct db_link *link, struct arena *arena,
                                       bool *untriggered_out, struct fail *fail)
{
    /* No privilege is needed for these. */
    static const char VARIABLE[] = "SHOW GLOBAL VARIABLES LIKE 'slave_run_triggers_for_rbr'";
    static const char STATUS[] = "SHOW GLOBAL STATUS LIKE 'Slaves_running'";
    struct db_result variable = {0}, status = {0};
    enum rc rc = read_all(link, VARIABLE, arena, &variable, fail);

    if (rc == RC_OK)
        rc = read_all(link, STATUS, arena, &status, fail);
    *untriggered_out = rc == RC_OK && variable.rows == 1 && status.rows == 1 &&
                       text_is(db_result_text(&variable, 0, 1), "NO") &&
                       !text_is(db_result_text(&status, 0, 1), "0");
    return rc;
}

enum rc catalog_read_own_triggers(struct db_link *link, struct arena *arena,
                                  struct catalog_own_triggers *triggers_out, struct fail *fail)
{
    static const char SELECT[] =
        "SELECT TRIGGER_NAME, EVENT_OBJECT_TABLE FROM information_schema.TRIGGERS WHERE "
        "TRIGGER_SCHEMA = DATABASE() AND TRIGGER_NAME LIKE 'mobync\\_%' ORDER BY TRIGGER_NAME";
    struct db_result result = {0};
    enum rc rc = read_all(link, SELECT, arena, &result, fail);

    if (rc != RC_OK)
        return rc;
    *triggers_out = (struct catalog_own_triggers){
        ARENA_ARRAY(arena, result.rows, struct catalog_own_trigger), result.rows};
    for (size_t i = 0; i < result.rows; i++)
        triggers_out->items[i] = (struct catalog_own_trigger){db_result_text(&result, i, 0),
                                                              db_result_text(&result, i, 1)};
    return RC_OK;
}

static enum rc read_granted(struct db_link *link, const char *select, struct text account,
                            const char *privilege, struct arena *arena,
                            struct db_result *result_out, struct fail *fail)
{
    struct buf sql;
    enum rc rc;

    buf_init(&sql, SQL_MAX_BYTES);
    buf_printf(&sql, "%s AND PRIVILEGE_TYPE = '%s' AND GRANTEE = ", select, privilege);
    db_quote_value(link, &sql, account);
    rc = db_result_read(link, buf_text(&sql), "reading privileges", arena, result_out, fail);
    buf_release(&sql);
    return rc;
}

enum rc catalog_read_privilege(struct db_link *link, struct text account, const char *privilege,
                               struct arena *arena, struct catalog_privilege *privilege_out,
                               struct fail *fail)
{
    static const char *const SELECTS[] = {
        "SELECT 1 FROM information_schema.USER_PRIVILEGES WHERE 1",
        "SELECT 1 FROM information_schema.SCHEMA_PRIVILEGES WHERE DATABASE() LIKE TABLE_SCHEMA",
        "SELECT TABLE_NAME FROM information_schema.TABLE_PRIVILEGES WHERE TABLE_SCHEMA = "
        "DATABASE()",
    };
    struct db_result results[ARRAY_LEN(SELECTS)] = {{0}};
    const struct db_result *tables = &results[2];
    enum rc rc = RC_OK;

    for (size_t i = 0; rc == RC_OK && i < ARRAY_LEN(SELECTS); i++)
        rc = read_granted(link, SELECTS[i], account, privilege, arena, &results[i], fail);
    if (rc != RC_OK)
        return rc;
    *privilege_out = (struct catalog_privilege){
        .everywhere = results[0].rows > 0 || results[1].rows > 0,
        .tables = ARENA_ARRAY(arena, tables->rows, struct text),
        .table_count = tables->rows,
    };
    for (size_t i = 0; i < tables->rows; i++)
        privilege_out->tables[i] = db_result_text(tables, i, 0);
    return RC_OK;
}

bool catalog_may(const struct catalog_privilege *privilege, struct text table)
{
    for (size_t i = 0; i < privilege->table_count; i++)
        if (text_equal_nocase(privilege->tables[i], table))
            return true;
    return privilege->everywhere;
}
