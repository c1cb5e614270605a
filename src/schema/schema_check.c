/* Every fault of a database that a config meets: schema_check(). The server first, then its own
 * tables, then the models. */
#include "schema_check.h"

#include "schema_columns.h"
#include "schema_models.h"
#include "schema_tables.h"

#define OLDEST_MARIADB 100600u
/* The first with utf8mb4_0900_bin. */
#define OLDEST_MYSQL 80017u

void schema_check_server(struct schema_session *session, unsigned database_line)
{
    const struct catalog_server *server = &session->server;

    if (server->version < (server->mariadb ? OLDEST_MARIADB : OLDEST_MYSQL))
        schema_session_fault(
            session, database_line,
            "the database server %s is too old: upgrade it to MariaDB 10.6, MySQL 8.0.17, or "
            "later",
            server->version_text.ptr);
    /* No fault: a server that is failing over is read-only for a while, and must not keep us from
     * starting. */
    if (server->read_only)
        schema_session_warn(
            session, database_line,
            "the database server is read-only (perhaps a replica), so pushes fail: configure "
            "the primary, or SET GLOBAL read_only = 0");
    if (server->innodb_read_only)
        schema_session_warn(session, database_line,
                            "the database server runs with innodb_read_only, so pushes fail: start "
                            "it without");
    if (server->statement_binlog)
        schema_session_fault(session, database_line,
                             "the database server has a binary log with binlog_format = STATEMENT, "
                             "so every push fails: set binlog_format = ROW or MIXED");
    if (server->max_packet_bytes != 0 && server->max_packet_bytes < session->body_bytes)
        schema_session_warn(
            session, database_line,
            "the database server's max_allowed_packet is %llu bytes, less than limits.body, so "
            "larger diffs are rejected with TOO_LARGE: set it to at least %llu, or lower the limit",
            (unsigned long long)server->max_packet_bytes, (unsigned long long)session->body_bytes);
}

/* What schema adds, or what only the operator can do. */
static const char *own_remedy(bool addable)
{
    return addable
               ? "run `mobync schema --apply`"
               : "rename it or configure another name, then run `mobync schema --apply` to create "
                 "a new table";
}

static void check_own_columns(struct schema_session *session, const struct schema_own_table *own,
                              const struct catalog_table *table, unsigned line)
{
    for (const struct schema_own_column *column = own->columns; column->name != NULL; column++)
        if (catalog_column(table, text_of(column->name)) == NULL)
            schema_session_fault(
                session, line, "the server's own table %s lacks column %s%s: %s",
                schema_session_quote(session, table->name), column->name,
                column->add != NULL ? "" : ", which has no safe value for existing rows",
                own_remedy(column->add != NULL));
}

static void check_own_keys(struct schema_session *session, const struct schema_own_table *own,
                           const struct catalog_table *table, unsigned line)
{
    struct schema_own_key keys[SCHEMA_OWN_KEYS_MAX];
    const size_t count = schema_own_tables_keys(own, table, keys);

    for (size_t i = 0; i < count; i++) {
        struct buf names;

        if (keys[i].there)
            continue;
        buf_init(&names, 1024);
        for (size_t k = 0; k < keys[i].count; k++)
            buf_printf(&names, "%s%s", k > 0 ? ", " : "", keys[i].columns[k].ptr);
        schema_session_fault(
            session, line, "the server's own table %s lacks the unique key (%s)%s: %s",
            schema_session_quote(session, table->name), schema_session_take(session, &names),
            keys[i].addable ? "" : ", which its columns do not allow", own_remedy(keys[i].addable));
    }
    if (schema_own_tables_index(own, table) != SCHEMA_OWN_INDEX_FITS)
        schema_session_fault(session, line, "the server's own table %s lacks the key %s (%s): %s",
                             schema_session_quote(session, table->name), own->index,
                             own->index_columns, own_remedy(true));
}

static enum rc check_own_as_table(struct schema_session *session,
                                  const struct schema_own_table *own,
                                  const struct catalog_table *table, unsigned line,
                                  bool *readable_out, struct fail *fail)
{
    struct schema_grants_request request = {.table = table->name, .config_line = line};
    struct schema_grants_column columns[SCHEMA_OWN_COLUMNS_MAX];

    request.columns = columns;
    memcpy(request.verbs, own->verbs, sizeof(request.verbs));
    for (const struct schema_own_column *column = own->columns; column->name != NULL; column++)
        if (catalog_column(table, text_of(column->name)) != NULL)
            columns[request.column_count++] = (struct schema_grants_column){
                .name = text_of(column->name),
                .verbs = {[SCHEMA_SELECT] = true, [SCHEMA_INSERT] = true, [SCHEMA_UPDATE] = true}};
    return schema_tables_check(session, table, &request, readable_out, fail);
}

static enum rc check_own_row(struct schema_session *session, const struct schema_own_table *own,
                             const struct catalog_table *table, unsigned line, struct fail *fail)
{
    bool filled;
    enum rc rc = schema_own_tables_filled(&session->link, own, &session->arena, &filled, fail);

    if (rc == RC_OK && !filled)
        schema_session_fault(session, line, "the server's own table %s lacks its row: %s",
                             schema_session_quote(session, table->name), own_remedy(true));
    return rc;
}

static enum rc check_own(struct schema_session *session, const struct schema_own_table *own,
                         unsigned line, struct fail *fail)
{
    const struct text name = schema_own_tables_name(own, session->link.settings);
    struct catalog_table table;
    bool readable;
    enum rc rc = catalog_read_table(&session->link, name, &session->arena, &table, fail);

    if (rc != RC_OK)
        return rc;
    if (table.kind == CATALOG_MISSING || table.kind == CATALOG_OTHER) {
        schema_session_fault(session, line, "the server's own table %s %s `mobync schema --apply`",
                             schema_session_quote(session, name),
                             table.kind == CATALOG_MISSING
                                 ? "does not exist: run"
                                 : "is not a base table: rename it, then run");
        return RC_OK;
    }
    rc = check_own_as_table(session, own, &table, line, &readable, fail);
    if (rc != RC_OK || !readable)
        return rc;
    check_own_columns(session, own, &table, line);
    check_own_keys(session, own, &table, line);
    return check_own_row(session, own, &table, line, fail);
}

/* Where the server stores names in lower case, `Tasks` and `tasks` are one table. */
static void check_shared_table(struct schema_session *session, const struct mapping *mapping,
                               size_t at)
{
    const struct model *model = &mapping->models[at];

    for (size_t i = 0; session->server.names_in_lower_case && i < at; i++)
        if (text_equal_nocase(mapping->models[i].table, model->table)) {
            schema_session_fault(
                session, model->config_line,
                "the database server ignores case in table names (lower_case_table_names), so %s "
                "and %s (line %u) are one table with two models: map one of them to another table",
                schema_session_quote(session, model->table),
                schema_session_quote(session, mapping->models[i].table),
                mapping->models[i].config_line);
            return;
        }
}

static enum rc check_all(struct schema_session *session, unsigned database_line, struct fail *fail)
{
    const struct db_settings *settings = session->link.settings;
    enum rc rc = RC_OK;

    schema_check_server(session, database_line);
    for (size_t i = 0; rc == RC_OK && i < DB_TABLES; i++)
        if (schema_own_tables_name(&SCHEMA_OWN_TABLES[i], settings).len > 0)
            rc = check_own(session, &SCHEMA_OWN_TABLES[i], database_line, fail);
    for (size_t i = 0; rc == RC_OK && i < settings->mapping->model_count; i++) {
        check_shared_table(session, settings->mapping, i);
        rc = schema_models_check(session, settings->mapping, &settings->mapping->models[i], fail);
    }
    schema_columns_report_inexact(session);
    return rc;
}

enum rc schema_check(const struct db_settings *settings, unsigned database_line,
                     schema_report *report, void *context, size_t *diagnostics_out,
                     struct fail *fail)
{
    struct schema_session session;
    enum rc rc = schema_session_open(&session, settings, report, context, fail);

    if (rc == RC_OK)
        rc = check_all(&session, database_line, fail);
    *diagnostics_out = session.faults;
    schema_session_close(&session);
    return rc;
}
