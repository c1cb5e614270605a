/* What a database lacks, as statements: schema_plan(); and running them: schema_apply(). */
#include <stdio.h>

#include "db_result.h"
#include "schema_ddl.h"
#include "schema_durable.h"
#include "schema_references.h"
#include "schema_session.h"

#define STATEMENT_MAX_BYTES ((size_t)4 * 1024 * 1024)

struct plan {
    struct schema_session session;
    struct arena *arena; /* of the statements */
    struct text *statements;
    size_t count;
    bool absent[DB_TABLES]; /* own tables that the plan creates */
};

/* A table that the account may not see is planned too: who runs the SQL by hand may. */
static bool is_absent(const struct catalog_table *table)
{
    return table->kind == CATALOG_MISSING || table->kind == CATALOG_HIDDEN;
}

static enum rc keep(struct plan *plan, struct buf *sql, struct fail *fail)
{
    if (sql->overflow)
        return fail_fatal(fail, "a schema statement exceeds %zu bytes", STATEMENT_MAX_BYTES);
    if (sql->len > 0)
        plan->statements[plan->count++] = arena_text(plan->arena, buf_text(sql));
    buf_clear(sql);
    return RC_OK;
}

/* What is planned above has not run yet: a table that lacks a column may lack the row, too. */
static enum rc fill_own(struct plan *plan, const struct schema_own_table *own,
                        const struct catalog_table *table, struct buf *sql, struct fail *fail)
{
    bool filled = false;
    enum rc rc = RC_OK;

    if (table->kind == CATALOG_TABLE)
        rc =
            schema_own_tables_filled(&plan->session.link, own, &plan->session.arena, &filled, fail);
    if (rc == RC_OK && !filled && (table->kind == CATALOG_TABLE || is_absent(table)))
        own->fill(sql);
    return rc;
}

static enum rc plan_own(struct plan *plan, const struct schema_own_table *own, struct buf *sql,
                        struct fail *fail)
{
    const struct text name = schema_own_tables_name(own, plan->session.link.settings);
    const struct catalog_server *server = &plan->session.server;
    struct catalog_table table;
    enum rc rc;

    if (name.len == 0)
        return RC_OK;
    rc = catalog_read_table(&plan->session.link, name, &plan->session.arena, &table, fail);
    if (rc != RC_OK)
        return rc;
    plan->absent[own->table] = is_absent(&table);
    if (is_absent(&table))
        db_tables_create(sql, (struct db_tables_server){server->mariadb, server->compresses},
                         own->table, name);
    else if (table.kind == CATALOG_TABLE)
        schema_ddl_alter_own(sql, own, &table);
    rc = keep(plan, sql, fail);
    return rc == RC_OK && own->fill != NULL ? fill_own(plan, own, &table, sql, fail) : rc;
}

/* What a column that refers to the parent holds. */
static enum rc referred_type(struct plan *plan, const struct catalog_table *child,
                             struct text column, const struct model *parent, struct text *type_out,
                             struct fail *fail)
{
    struct schema_session *session = &plan->session;
    const struct catalog_column *key = NULL;
    struct catalog_table table;
    struct buf type;
    enum rc rc = catalog_read_table(&session->link, parent->table, &session->arena, &table, fail);

    if (rc != RC_OK)
        return rc;
    if (table.kind == CATALOG_TABLE)
        key = catalog_column(&table, schema_references_key(child, column, parent, &table));
    buf_init(&type, STATEMENT_MAX_BYTES);
    if (key != NULL)
        schema_ddl_type_of(&type, key);
    else
        schema_ddl_key_type(&type, parent->id_type, session->server.mariadb);
    *type_out = arena_text(&session->arena, buf_text(&type));
    buf_release(&type);
    return RC_OK;
}

static enum rc read_types(struct plan *plan, const struct model *model,
                          const struct catalog_table *table, struct schema_ddl_types *types_out,
                          struct fail *fail)
{
    struct arena *arena = &plan->session.arena;
    enum rc rc = RC_OK;

    *types_out = (struct schema_ddl_types){
        .fields = ARENA_ARRAY(arena, model->field_count, struct text),
        .id = ARENA_ARRAY(arena, model_id_count(model), struct text),
    };
    for (size_t i = 0; rc == RC_OK && i < model->field_count; i++)
        if (model->fields[i].parent != NULL)
            rc = referred_type(plan, table, model->fields[i].column, model->fields[i].parent,
                               &types_out->fields[i], fail);
    for (size_t i = 0; rc == RC_OK && i < model->id_part_count; i++)
        if (model->id_parts[i].parent != NULL)
            rc = referred_type(plan, table, model->id_parts[i].column, model->id_parts[i].parent,
                               &types_out->id[i], fail);
    return rc;
}

/* Has every row its id? A column that is not there yet has it nowhere. */
static enum rc ids_are_filled(struct plan *plan, const struct model *model,
                              const struct catalog_table *table, bool *filled_out,
                              struct fail *fail)
{
    const struct catalog_column *id = catalog_column(table, model->id_column);
    struct db_result result = {.rows = 0};
    struct buf sql;
    enum rc rc;

    *filled_out = id != NULL && !id->nullable;
    if (id == NULL || !id->nullable)
        return RC_OK;
    buf_init(&sql, STATEMENT_MAX_BYTES);
    buf_add_str(&sql, "SELECT 1 FROM ");
    db_quote_name(&sql, model->table);
    buf_add_str(&sql, " WHERE ");
    db_quote_name(&sql, model->id_column);
    buf_add_str(&sql, " IS NULL LIMIT 1");
    rc = db_result_read(&plan->session.link, buf_text(&sql), "look for rows without an id",
                        &plan->session.arena, &result, fail);
    buf_release(&sql);
    *filled_out = result.rows == 0;
    return rc;
}

/* Behind what adds the column: rows that others insert meanwhile are filled last. */
static enum rc plan_ids(struct plan *plan, const struct model *model,
                        const struct catalog_table *table, struct buf *sql, struct fail *fail)
{
    const bool mariadb = plan->session.server.mariadb;
    bool filled;
    enum rc rc = keep(plan, sql, fail);

    if (rc != RC_OK || model->id_type != KEY_UUID)
        return rc;
    rc = ids_are_filled(plan, model, table, &filled, fail);
    if (rc != RC_OK)
        return rc;
    schema_ddl_default_id(sql, model, table, mariadb);
    rc = keep(plan, sql, fail);
    schema_ddl_fill_id(sql, model, table, filled, mariadb);
    return rc;
}

static enum rc plan_model(struct plan *plan, const struct model *model, struct buf *sql,
                          struct fail *fail)
{
    const bool mariadb = plan->session.server.mariadb;
    struct schema_ddl_types types;
    struct catalog_table table;
    enum rc rc =
        catalog_read_table(&plan->session.link, model->table, &plan->session.arena, &table, fail);

    if (rc == RC_OK)
        rc = read_types(plan, model, &table, &types, fail);
    if (rc != RC_OK)
        return rc;
    if (is_absent(&table))
        schema_ddl_create(sql, model, &table, &types, mariadb);
    if (table.kind != CATALOG_TABLE)
        return RC_OK;
    schema_ddl_alter(sql, model, &table, &types, mariadb);
    return plan_ids(plan, model, &table, sql, fail);
}

/* Triggers that were there before it recorded nothing. Where all is new, there is nothing to
 * compare with. */
static void add_raise(const struct plan *plan, struct buf *sql)
{
    if (plan->absent[DB_TABLE_CHANGES] && !plan->absent[DB_TABLE_LINEAGE])
        buf_add_str(sql, DB_GENERATION_RAISE);
}

/* Of a model: the table, the default of its ids, the ids. */
#define MODEL_STATEMENTS ((size_t)3)

static enum rc plan_all(struct plan *plan, struct buf *sql, struct fail *fail)
{
    const struct mapping *mapping = plan->session.link.settings->mapping;
    enum rc rc = RC_OK;

    plan->statements = ARENA_ARRAY(
        plan->arena, (size_t)2 * DB_TABLES + MODEL_STATEMENTS * mapping->model_count + 2,
        struct text);
    for (size_t i = 0; rc == RC_OK && i < DB_TABLES; i++) {
        rc = plan_own(plan, &SCHEMA_OWN_TABLES[i], sql, fail);
        if (rc == RC_OK)
            rc = keep(plan, sql, fail);
    }
    if (rc == RC_OK) {
        add_raise(plan, sql);
        rc = keep(plan, sql, fail);
    }
    for (size_t i = 0; rc == RC_OK && i < mapping->model_count; i++) {
        rc = plan_model(plan, &mapping->models[i], sql, fail);
        if (rc == RC_OK)
            rc = keep(plan, sql, fail);
    }
    if (rc == RC_OK)
        rc = schema_durable_plan(&plan->session, sql, fail);
    return rc == RC_OK ? keep(plan, sql, fail) : rc;
}

enum rc schema_plan(const struct db_settings *settings, struct arena *arena,
                    struct text **statements_out, size_t *count_out, struct fail *fail)
{
    struct plan plan = {.arena = arena};
    struct buf sql;
    enum rc rc = schema_session_open(&plan.session, settings, NULL, NULL, fail);

    buf_init(&sql, STATEMENT_MAX_BYTES);
    if (rc == RC_OK)
        rc = plan_all(&plan, &sql, fail);
    *statements_out = plan.statements;
    *count_out = rc == RC_OK ? plan.count : 0;
    buf_release(&sql);
    schema_session_close(&plan.session);
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

static enum rc apply_one(struct db_link *link, const struct text *statements, size_t count,
                         size_t at, struct fail *fail)
{
    const struct text sql = statements[at];
    const enum db_error error = db_link_try(link, sql);
    char what[160];

    if (error == DB_ERROR_NONE || error == DB_ERROR_EXISTS) /* another run was faster */
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

enum rc schema_has_owners(const struct db_settings *settings, bool *there_out, struct fail *fail)
{
    struct db_result result = {.rows = 0};
    struct schema_session session;
    enum rc rc = schema_session_open(&session, settings, NULL, NULL, fail);

    if (rc == RC_OK)
        rc =
            db_result_read(&session.link, TEXT_LITERAL("SELECT 1 FROM " DB_OWNERS_TABLE " LIMIT 1"),
                           "looking for owners", &session.arena, &result, fail);
    *there_out = rc == RC_OK && result.rows > 0;
    schema_session_close(&session);
    return rc;
}
