#include "schema_parts.h"

#define OLDEST_MARIADB 100600u
/* The first with utf8mb4_0900_bin. */
#define OLDEST_MYSQL 80017u

void schema_check_server(struct schema_check *check, unsigned database_line)
{
    const struct catalog_server *server = &check->server;

    if (server->version < (server->mariadb ? OLDEST_MARIADB : OLDEST_MYSQL))
        schema_fault(check, database_line,
                     "the database server is %s: MariaDB 10.6 or MySQL 8.0.17 is the oldest that "
                     "serves: upgrade it",
                     server->version_text.ptr);
    /* No fault: a server that is failing over is read-only for a while, and must not keep us from
     * starting. */
    if (server->read_only)
        schema_warn(check, database_line,
                    "the database server is read-only (read_only is on; a replica?): pushes are "
                    "refused until you name the primary, or SET GLOBAL read_only = 0");
}

void schema_check_engine(struct schema_check *check, const struct catalog_table *table,
                         unsigned config_line)
{
    if (!table->transactional)
        schema_fault(check, config_line,
                     "table %s has the engine %s, which cannot roll back: ALTER TABLE %s "
                     "ENGINE=InnoDB",
                     schema_name(check, table->name), table->engine.ptr,
                     schema_name(check, table->name));
}

static bool has_column(const struct catalog_key *key, struct text column)
{
    for (size_t i = 0; i < key->column_count; i++)
        if (text_equal_nocase(key->columns[i], column))
            return true;
    return false;
}

bool schema_has_unique(const struct catalog_table *table, const struct text *columns, size_t count)
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

/* What schema adds, or what only the operator can do. */
static const char *own_remedy(bool addable)
{
    return addable ? "run `mobync schema --apply`"
                   : "rename what is there or configure another name, then run `mobync schema "
                     "--apply` for a new table";
}

static void check_own_columns(struct schema_check *check, const struct schema_own *own,
                              const struct catalog_table *table, unsigned line)
{
    for (const struct schema_own_column *column = own->columns; column->name != NULL; column++)
        if (catalog_column(table, text_of(column->name)) == NULL)
            schema_fault(check, line, "the server's own table %s lacks column %s%s: %s",
                         schema_name(check, own->name), column->name,
                         column->add != NULL ? "" : ", which cannot be made up for its rows",
                         own_remedy(column->add != NULL));
}

static void check_own_keys(struct schema_check *check, const struct schema_own *own,
                           const struct catalog_table *table, unsigned line)
{
    struct schema_own_key keys[SCHEMA_OWN_KEYS_MAX];
    const size_t count = schema_own_keys(own, table, keys);

    for (size_t i = 0; i < count; i++) {
        struct buf names;

        if (keys[i].there)
            continue;
        buf_init(&names, 1024);
        for (size_t k = 0; k < keys[i].count; k++)
            buf_printf(&names, "%s%s", k > 0 ? ", " : "", keys[i].columns[k].ptr);
        schema_fault(check, line, "the server's own table %s lacks the unique key (%s)%s: %s",
                     schema_name(check, own->name), schema_take(check, &names),
                     keys[i].addable ? "" : ", which its columns cannot have",
                     own_remedy(keys[i].addable));
    }
    if (!schema_own_has_path(own, table))
        schema_fault(check, line, "the server's own table %s lacks the key %s (%s): %s",
                     schema_name(check, own->name), own->path, own->path_columns, own_remedy(true));
}

static enum rc check_own_grants(struct schema_check *check, const struct schema_own *own,
                                const struct catalog_table *table, unsigned line,
                                bool *readable_out, struct fail *fail)
{
    struct schema_grants grants = {.table = own->name, .config_line = line};
    struct text columns[SCHEMA_OWN_COLUMNS_MAX];

    grants.columns = columns;
    memcpy(grants.verbs, own->verbs, sizeof(grants.verbs));
    for (const struct schema_own_column *column = own->columns; column->name != NULL; column++)
        if (catalog_column(table, text_of(column->name)) != NULL)
            columns[grants.column_count++] = text_of(column->name);
    *readable_out = false;
    if (table->kind != CATALOG_HIDDEN)
        return schema_check_grants(check, &grants, readable_out, fail);
    schema_report_hidden(check, &grants);
    return RC_OK;
}

static enum rc check_own(struct schema_check *check, const struct schema_own *own, unsigned line,
                         struct fail *fail)
{
    struct catalog_table table;
    bool readable;
    enum rc rc = catalog_read_table(&check->link, own->name, &check->arena, &table, fail);

    if (rc != RC_OK)
        return rc;
    if (table.kind == CATALOG_MISSING || table.kind == CATALOG_OTHER) {
        schema_fault(check, line, "the server's own table %s %s `mobync schema --apply`",
                     schema_name(check, own->name),
                     table.kind == CATALOG_MISSING
                         ? "does not exist: run"
                         : "is no plain table: rename what is there, then run");
        return RC_OK;
    }
    rc = check_own_grants(check, own, &table, line, &readable, fail);
    if (rc != RC_OK || !readable)
        return rc;
    schema_check_engine(check, &table, line);
    check_own_columns(check, own, &table, line);
    check_own_keys(check, own, &table, line);
    return RC_OK;
}

static enum rc check_all(struct schema_check *check, unsigned database_line, struct fail *fail)
{
    const struct db_settings *settings = check->link.settings;
    struct schema_own own[SCHEMA_OWN_TABLES];
    const size_t own_count = schema_own_tables(settings, own);
    enum rc rc = RC_OK;

    schema_check_server(check, database_line);
    for (size_t i = 0; rc == RC_OK && i < own_count; i++)
        rc = check_own(check, &own[i], database_line, fail);
    for (size_t i = 0; rc == RC_OK && i < settings->mapping->model_count; i++)
        rc = schema_check_model(check, settings->mapping, &settings->mapping->models[i], fail);
    return rc;
}

enum rc schema_check(const struct db_settings *settings, unsigned database_line,
                     schema_report *report, void *context, size_t *diagnostics_out,
                     struct fail *fail)
{
    struct schema_check check;
    enum rc rc = schema_check_open(&check, settings, fail);

    check.report = report;
    check.context = context;
    if (rc == RC_OK)
        rc = check_all(&check, database_line, fail);
    *diagnostics_out = check.faults;
    schema_check_close(&check);
    return rc;
}
