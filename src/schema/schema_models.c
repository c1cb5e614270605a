/* A model's table, its keys, its foreign keys and its validation function:
 * schema_models_check(). */
#include "schema_models.h"

#include "schema_columns.h"
#include "schema_tables.h"

#define VALIDATE_PARAMETERS 3u

/* A statement of a few names. */
#define NAMES_MAX_BYTES ((size_t)4096)
/* The 32 columns that a key may have, of 64 characters. */
#define KEY_MAX_BYTES ((size_t)32 * 1024)

/* What is wrong with one mapped table, and with the line of its model. */
struct target {
    struct schema_session *session;
    const struct mapping *mapping;
    const struct model *model;
    struct catalog_table table;
};

/* A column that the account may not see looks missing in information_schema, but is denied. */
static enum rc is_there(const struct target *target, struct text column, bool *there_out,
                        struct fail *fail)
{
    struct buf sql;
    enum rc rc;

    *there_out = catalog_column(&target->table, column) != NULL;
    if (*there_out || target->table.kind != CATALOG_TABLE)
        return RC_OK;
    buf_init(&sql, NAMES_MAX_BYTES);
    buf_add_str(&sql, "SELECT ");
    db_quote_name(&sql, column);
    buf_add_str(&sql, " FROM ");
    db_quote_name(&sql, target->model->table);
    rc = catalog_denied(&target->session->link, &sql, there_out, fail);
    buf_release(&sql);
    return rc;
}

static enum rc add_if_there(const struct target *target, struct text column,
                            struct schema_grants_request *request, struct fail *fail)
{
    bool there = false;
    enum rc rc = is_there(target, column, &there, fail);

    if (rc == RC_OK && there)
        request->columns[request->column_count++] = column;
    return rc;
}

static enum rc read_request(const struct target *target, struct schema_grants_request *request,
                            struct fail *fail)
{
    const struct model *model = target->model;
    enum rc rc;

    *request = (struct schema_grants_request){
        .table = model->table,
        .columns = ARENA_ARRAY(&target->session->arena, model->field_count + 2, struct text),
        .config_line = model->config_line,
    };
    schema_grants_model_verbs(model, request->verbs);
    rc = add_if_there(target, model->id_column, request, fail);
    if (rc == RC_OK)
        rc = add_if_there(target, model->owner_column, request, fail);
    request->first_updated = request->column_count;
    for (size_t i = 0; rc == RC_OK && i < model->field_count; i++)
        rc = add_if_there(target, model->fields[i].column, request, fail);
    return rc;
}

static void check_keys(const struct target *target)
{
    struct schema_session *session = target->session;
    const struct model *model = target->model;
    const struct text columns[] = {model->owner_column, model->id_column};
    const char *table = schema_session_quote(session, model->table);
    const char *id = schema_session_quote(session, model->id_column);
    const char *owner = schema_session_quote(session, model->owner_column);

    if (catalog_column(&target->table, columns[0]) == NULL ||
        catalog_column(&target->table, columns[1]) == NULL)
        return;
    if (catalog_has_unique(&target->table, &columns[1], 1))
        schema_session_warn(
            session, model->config_line,
            "table %s makes %s unique across owners, so creating an id that another owner "
            "has fails with OBJECT_EXISTS: make the key (%s, %s)",
            table, id, owner, id);
    else if (!catalog_has_unique(&target->table, columns, ARRAY_LEN(columns)))
        schema_session_fault(session, model->config_line,
                             "table %s has no unique key (%s, %s), so one object can have two "
                             "rows: make the pair unique, once no two rows share it",
                             table, owner, id);
}

/* Can an owner's value, in this key, meet another owner's? A unique id has a warning of its own. */
static bool is_across_owners(const struct model *model, const struct catalog_key *key)
{
    bool mapped = false;

    if (!key->unique || (key->whole && key->column_count == 1 &&
                         text_equal_nocase(key->columns[0], model->id_column)))
        return false;
    for (size_t i = 0; i < key->column_count; i++) {
        if (text_equal_nocase(key->columns[i], model->owner_column))
            return false;
        mapped |= schema_columns_is_mapped(model, key->columns[i]);
    }
    return mapped;
}

static void check_keys_across_owners(const struct target *target)
{
    struct schema_session *session = target->session;
    const char *owner = schema_session_quote(session, target->model->owner_column);

    for (size_t i = 0; i < target->table.key_count; i++) {
        const struct catalog_key *key = &target->table.keys[i];
        struct buf columns;

        if (!is_across_owners(target->model, key))
            continue;
        buf_init(&columns, KEY_MAX_BYTES);
        for (size_t k = 0; k < key->column_count; k++)
            buf_printf(&columns, "%s%s", k > 0 ? ", " : "",
                       schema_session_quote(session, key->columns[k]));
        schema_session_warn(
            session, target->model->config_line,
            "table %s has the unique key %s (%s) without %s, so a rejection tells one "
            "owner what another has: add %s to the key",
            schema_session_quote(session, target->model->table),
            schema_session_quote(session, key->name), schema_session_take(session, &columns), owner,
            owner);
    }
}

/* Without case, for a server that stores names in lower case. NULL: the table is not mapped. */
static const struct model *model_of_table(const struct mapping *mapping, struct text table)
{
    for (size_t i = 0; i < mapping->model_count; i++)
        if (text_equal_nocase(mapping->models[i].table, table))
            return &mapping->models[i];
    return NULL;
}

static void warn_of_rule(const struct target *target, const struct catalog_reference *reference)
{
    static const char *const RULES[] = {"CASCADE", "SET NULL", "SET DEFAULT"};

    for (size_t i = 0; i < ARRAY_LEN(RULES); i++)
        if (text_is(reference->delete_rule, RULES[i]))
            schema_session_warn(
                target->session, target->model->config_line,
                "table %s has a foreign key to %s ON DELETE %s, but devices do not learn "
                "of rows that the database changes itself: make it ON DELETE RESTRICT, "
                "and delete the children in the app",
                schema_session_quote(target->session, target->model->table),
                schema_session_quote(target->session, reference->parent), RULES[i]);
}

static void warn_of_owners(const struct target *target, const struct catalog_reference *reference,
                           const struct model *parent)
{
    struct schema_session *session = target->session;
    const struct model *model = target->model;
    const char *parent_table = schema_session_quote(session, reference->parent);

    for (size_t i = 0; i < reference->column_count; i++)
        if (text_equal_nocase(reference->columns[i], model->owner_column) &&
            text_equal_nocase(reference->parent_columns[i], parent->owner_column))
            return;
    schema_session_warn(
        session, model->config_line,
        "table %s has a foreign key to %s without the owner columns, so an owner can refer "
        "to another owner's row: make it (%s, …) REFERENCES %s (%s, …)",
        schema_session_quote(session, model->table), parent_table,
        schema_session_quote(session, model->owner_column), parent_table,
        schema_session_quote(session, parent->owner_column));
}

static void check_references(const struct target *target)
{
    for (size_t i = 0; i < target->table.reference_count; i++) {
        const struct catalog_reference *reference = &target->table.references[i];
        const struct model *parent = model_of_table(target->mapping, reference->parent);

        if (parent == NULL)
            continue;
        warn_of_rule(target, reference);
        warn_of_owners(target, reference, parent);
    }
}

static enum rc is_execute_denied(const struct target *target, bool *denied_out, struct fail *fail)
{
    struct buf sql;
    enum rc rc;

    buf_init(&sql, NAMES_MAX_BYTES);
    buf_add_str(&sql, "SELECT ");
    db_quote_name(&sql, target->model->validate);
    buf_add_str(&sql, "(?, ?, ?)");
    rc = catalog_denied(&target->session->link, &sql, denied_out, fail);
    buf_release(&sql);
    return rc;
}

static void report_function(const struct target *target, const struct catalog_function *function,
                            bool denied)
{
    struct schema_session *session = target->session;
    const unsigned line = target->model->config_line;
    const char *name = schema_session_quote(session, target->model->validate);

    if (denied)
        schema_session_fault(
            session, line,
            "function %s does not exist, or account %s cannot call it: create it, or "
            "GRANT EXECUTE ON FUNCTION %s.%s TO %s",
            name, session->server.account.ptr,
            schema_session_quote(session, session->link.settings->database), name,
            session->server.account.ptr);
    else if (!function->found)
        schema_session_fault(
            session, line,
            "function %s does not exist: create it with (owner, type, json_data) RETURNS "
            "BOOLEAN, or remove validate",
            name);
    else if (function->parameter_count != VALIDATE_PARAMETERS)
        schema_session_fault(session, line,
                             "function %s has %llu parameters: give it (owner, type, json_data)",
                             name, (unsigned long long)function->parameter_count);
    else if (!text_is(function->returns, "tinyint"))
        schema_session_fault(session, line, "function %s returns %s: make it RETURNS BOOLEAN", name,
                             function->returns.ptr);
}

static enum rc check_function(const struct target *target, struct fail *fail)
{
    struct catalog_function function;
    bool denied = false;
    enum rc rc;

    if (target->model->validate.len == 0)
        return RC_OK;
    rc = catalog_read_function(&target->session->link, target->model->validate,
                               &target->session->arena, &function, fail);
    if (rc == RC_OK)
        rc = is_execute_denied(target, &denied, fail);
    if (rc == RC_OK)
        report_function(target, &function, denied);
    return rc;
}

static enum rc report_missing_table(const struct target *target, const char *name,
                                    struct fail *fail)
{
    struct schema_session *session = target->session;
    struct text nearest;
    enum rc rc = catalog_nearest_table(&session->link, target->model->table, &session->arena,
                                       &nearest, fail);

    if (rc == RC_OK && nearest.len > 0)
        schema_session_fault(session, target->model->config_line,
                             "table %s does not exist; did you mean %s? Correct its name, or run "
                             "`mobync schema --apply` to create it",
                             name, schema_session_quote(session, nearest));
    else if (rc == RC_OK)
        schema_session_fault(
            session, target->model->config_line,
            "table %s does not exist: run `mobync schema --apply`, or correct its name", name);
    return rc;
}

static enum rc report_unfit_table(const struct target *target, struct fail *fail)
{
    const char *name = schema_session_quote(target->session, target->model->table);
    const unsigned line = target->model->config_line;

    if (target->table.kind == CATALOG_MISSING)
        return report_missing_table(target, name, fail);
    schema_session_fault(target->session, line,
                         "%s is a %s, but only base tables can be synchronized: map its table",
                         name, target->table.type.ptr);
    return RC_OK;
}

static void check_readable(const struct target *target)
{
    schema_columns_check(target->session, target->model, &target->table);
    check_keys(target);
    check_keys_across_owners(target);
    check_references(target);
}

static enum rc check_table(const struct target *target, struct fail *fail)
{
    struct schema_grants_request request;
    bool readable = false;
    enum rc rc = read_request(target, &request, fail);

    if (rc != RC_OK)
        return rc;
    if (target->table.kind == CATALOG_MISSING || target->table.kind == CATALOG_OTHER)
        return report_unfit_table(target, fail);
    rc = schema_tables_check(target->session, &target->table, &request, &readable, fail);
    if (rc != RC_OK || !readable)
        return rc;
    check_readable(target);
    return RC_OK;
}

enum rc schema_models_check(struct schema_session *session, const struct mapping *mapping,
                            const struct model *model, struct fail *fail)
{
    struct target target = {.session = session, .mapping = mapping, .model = model};
    enum rc rc =
        catalog_read_table(&session->link, model->table, &session->arena, &target.table, fail);

    if (rc == RC_OK)
        rc = check_table(&target, fail);
    if (rc == RC_OK)
        rc = check_function(&target, fail);
    return rc;
}

void schema_models_check_read(struct schema_session *session, const struct mapping *mapping,
                              const struct model *model, const struct catalog_table *table)
{
    const struct target target = {
        .session = session, .mapping = mapping, .model = model, .table = *table};

    check_readable(&target);
}
