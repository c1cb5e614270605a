/* The models of existing tables as YAML: schema_map(). Reads the tables, has models proposed, and
 * writes them. */
#include "schema_map_yaml.h"
#include "schema_own_tables.h"
#include "schema_session.h"

struct map {
    struct schema_session session;
    const struct schema_map_request *request;
    struct proposal *tables;
    size_t count;
};

static bool is_own(const struct db_settings *settings, struct text name)
{
    for (size_t i = 0; i < DB_TABLES; i++)
        if (text_equal_nocase(name, schema_own_tables_name(&SCHEMA_OWN_TABLES[i], settings)))
            return true;
    return false;
}

static bool is_in_config(const struct mapping *mapping, struct text name)
{
    for (size_t i = 0; i < mapping->model_count; i++)
        if (text_equal_nocase(name, mapping->models[i].table))
            return true;
    return false;
}

static enum rc report_missing(struct map *map, struct text name, struct fail *fail)
{
    struct schema_session *session = &map->session;
    struct text nearest;
    enum rc rc = catalog_nearest_table(&session->link, name, &session->arena, &nearest, fail);

    if (rc != RC_OK)
        return rc;
    if (nearest.len > 0)
        schema_session_fault(session, 0, "table %s does not exist: did you mean %s?",
                             schema_session_quote(session, name),
                             schema_session_quote(session, nearest));
    else
        schema_session_fault(session, 0, "table %s does not exist: --all maps those that do",
                             schema_session_quote(session, name));
    return RC_OK;
}

static enum rc report_unfit(struct map *map, const struct catalog_table *table, struct fail *fail)
{
    struct schema_session *session = &map->session;
    const char *name = schema_session_quote(session, table->name);

    if (table->kind == CATALOG_MISSING)
        return report_missing(map, table->name, fail);
    if (table->kind == CATALOG_HIDDEN)
        schema_session_fault(session, 0, "account %s may not read %s: GRANT SELECT ON %s.%s TO %s",
                             session->server.account.ptr, name,
                             schema_session_quote(session, session->link.settings->database), name,
                             session->server.account.ptr);
    else if (table->kind == CATALOG_OTHER)
        schema_session_fault(session, 0,
                             "%s is a %s, but only base tables can be synchronized: map its table",
                             name, table->type.ptr);
    return RC_OK;
}

static enum rc read_table(struct map *map, struct text name, struct fail *fail)
{
    struct catalog_table *table = &map->tables[map->count].table;
    enum rc rc;

    if (is_own(map->session.link.settings, name)) {
        schema_session_fault(&map->session, 0, "%s is the server's own table: map others",
                             schema_session_quote(&map->session, name));
        return RC_OK;
    }
    rc = catalog_read_table(&map->session.link, name, &map->session.arena, table, fail);
    if (rc != RC_OK || table->kind != CATALOG_TABLE)
        return rc != RC_OK ? rc : report_unfit(map, table, fail);
    map->count++;
    return RC_OK;
}

static enum rc read_named(struct map *map, struct fail *fail)
{
    const struct schema_map_request *request = map->request;
    enum rc rc = RC_OK;

    map->tables = ARENA_ARRAY(&map->session.arena, request->count, struct proposal);
    for (size_t i = 0; rc == RC_OK && i < request->count; i++)
        rc = read_table(map, request->tables[i], fail);
    return rc;
}

static enum rc read_all(struct map *map, struct fail *fail)
{
    struct schema_session *session = &map->session;
    const struct db_settings *settings = session->link.settings;
    struct text *names;
    size_t count;
    enum rc rc = catalog_read_names(&session->link, &session->arena, &names, &count, fail);

    if (rc != RC_OK)
        return rc;
    map->tables = ARENA_ARRAY(&session->arena, count, struct proposal);
    for (size_t i = 0; rc == RC_OK && i < count; i++)
        if (!is_own(settings, names[i]) && !is_in_config(settings->mapping, names[i]))
            rc = read_table(map, names[i], fail);
    return rc;
}

static void write_yaml(const struct map *map, struct buf *yaml, struct schema_map_result *result)
{
    for (size_t i = 0; i < map->count; i++)
        result->models += map->tables[i].refusal == NULL;
    if (result->models > 0 && map->session.link.settings->mapping->model_count == 0)
        buf_add_str(yaml, "models:\n");
    for (size_t i = 0; i < map->count; i++)
        schema_map_yaml(yaml, &map->tables[i]);
}

static enum rc run(struct map *map, struct buf *yaml, struct schema_map_result *result_out,
                   struct fail *fail)
{
    enum rc rc = map->request->count > 0 ? read_named(map, fail) : read_all(map, fail);

    result_out->faults = map->session.faults;
    if (rc != RC_OK || result_out->faults > 0)
        return rc;
    schema_propose(&map->session, map->tables, map->count, map->request->count == 0);
    write_yaml(map, yaml, result_out);
    return RC_OK;
}

enum rc schema_map(const struct db_settings *settings, const struct schema_map_request *request,
                   struct buf *yaml, struct schema_map_result *result_out, struct fail *fail)
{
    struct map map = {.request = request};
    enum rc rc = schema_session_open(&map.session, settings, NULL, NULL, fail);

    *result_out = (struct schema_map_result){0};
    map.session.report = request->report;
    map.session.context = request->context;
    if (rc == RC_OK)
        rc = run(&map, yaml, result_out, fail);
    schema_session_close(&map.session);
    return rc;
}
