#include "schema_parts.h"

#define VALIDATE_PARAMETERS 3u

/* A statement of a few names. */
#define NAMES_MAX_BYTES ((size_t)4096)
/* The 32 columns that a key may have, of 64 characters. */
#define KEY_MAX_BYTES ((size_t)32 * 1024)

/* What is wrong with one mapped table, and with the line of its model. */
struct target {
    struct schema_check *check;
    const struct mapping *mapping;
    const struct model *model;
    struct catalog_table table;
};

/* Rows that refer to each other in a circle are made first and tied together by updates: hence the
 * second verb of a create. */
static const bool NEEDS[DIFF_TYPES][SCHEMA_VERBS] = {
    [DIFF_CREATE] = {[SCHEMA_INSERT] = true, [SCHEMA_UPDATE] = true},
    [DIFF_UPDATE] = {[SCHEMA_UPDATE] = true},
    [DIFF_DELETE] = {[SCHEMA_DELETE] = true},
};

void schema_model_verbs(const struct model *model, bool verbs_out[SCHEMA_VERBS])
{
    for (size_t verb = 0; verb < SCHEMA_VERBS; verb++) {
        verbs_out[verb] = verb == SCHEMA_SELECT;
        for (size_t type = 0; type < DIFF_TYPES; type++)
            verbs_out[verb] |= model->allow[type] && NEEDS[type][verb];
    }
}

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
    rc = catalog_denied(&target->check->link, &sql, there_out, fail);
    buf_release(&sql);
    return rc;
}

static enum rc add_if_there(const struct target *target, struct text column,
                            struct schema_grants *grants, struct fail *fail)
{
    bool there = false;
    enum rc rc = is_there(target, column, &there, fail);

    if (rc == RC_OK && there)
        grants->columns[grants->column_count++] = column;
    return rc;
}

static enum rc read_grants(const struct target *target, struct schema_grants *grants,
                           struct fail *fail)
{
    const struct model *model = target->model;
    enum rc rc;

    *grants = (struct schema_grants){
        .table = model->table,
        .columns = ARENA_ARRAY(&target->check->arena, model->field_count + 2, struct text),
        .config_line = model->config_line,
    };
    schema_model_verbs(model, grants->verbs);
    rc = add_if_there(target, model->id_column, grants, fail);
    if (rc == RC_OK)
        rc = add_if_there(target, model->owner_column, grants, fail);
    grants->first_updated = grants->column_count;
    for (size_t i = 0; rc == RC_OK && i < model->field_count; i++)
        rc = add_if_there(target, model->fields[i].column, grants, fail);
    return rc;
}

static void check_keys(const struct target *target)
{
    struct schema_check *check = target->check;
    const struct model *model = target->model;
    const struct text columns[] = {model->owner_column, model->id_column};
    const char *table = schema_name(check, model->table);
    const char *id = schema_name(check, model->id_column);
    const char *owner = schema_name(check, model->owner_column);

    if (catalog_column(&target->table, columns[0]) == NULL ||
        catalog_column(&target->table, columns[1]) == NULL)
        return;
    if (schema_has_unique(&target->table, &columns[1], 1))
        schema_warn(check, model->config_line,
                    "table %s makes %s unique across owners, so that a create of an id that is "
                    "another owner's is answered OBJECT_EXISTS: make the key (%s, %s)",
                    table, id, owner, id);
    else if (!schema_has_unique(&target->table, columns, ARRAY_LEN(columns)))
        schema_fault(check, model->config_line,
                     "table %s has no unique key (%s, %s), so that one object could have two "
                     "rows: ALTER TABLE %s ADD UNIQUE KEY (%s, %s)",
                     table, owner, id, table, owner, id);
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
        mapped |= schema_is_mapped(model, key->columns[i]);
    }
    return mapped;
}

static void check_keys_across_owners(const struct target *target)
{
    struct schema_check *check = target->check;
    const char *owner = schema_name(check, target->model->owner_column);

    for (size_t i = 0; i < target->table.key_count; i++) {
        const struct catalog_key *key = &target->table.keys[i];
        struct buf columns;

        if (!is_across_owners(target->model, key))
            continue;
        buf_init(&columns, KEY_MAX_BYTES);
        for (size_t k = 0; k < key->column_count; k++)
            buf_printf(&columns, "%s%s", k > 0 ? ", " : "", schema_name(check, key->columns[k]));
        schema_warn(check, target->model->config_line,
                    "table %s has the unique key %s (%s) without %s, so that a refusal tells one "
                    "owner what another has: add %s to the key",
                    schema_name(check, target->model->table), schema_name(check, key->name),
                    schema_take(check, &columns), owner, owner);
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
            schema_warn(target->check, target->model->config_line,
                        "table %s has a foreign key to %s ON DELETE %s: rows that the database "
                        "changes by itself are not told to devices: make it ON DELETE RESTRICT, "
                        "and let the app delete the children",
                        schema_name(target->check, target->model->table),
                        schema_name(target->check, reference->parent), RULES[i]);
}

static void warn_of_owners(const struct target *target, const struct catalog_reference *reference,
                           const struct model *parent)
{
    struct schema_check *check = target->check;
    const struct model *model = target->model;
    const char *parent_table = schema_name(check, reference->parent);

    for (size_t i = 0; i < reference->column_count; i++)
        if (text_equal_nocase(reference->columns[i], model->owner_column) &&
            text_equal_nocase(reference->parent_columns[i], parent->owner_column))
            return;
    schema_warn(check, model->config_line,
                "table %s has a foreign key to %s without the owners, so that an owner could refer "
                "to another's row: make it (%s, …) REFERENCES %s (%s, …)",
                schema_name(check, model->table), parent_table,
                schema_name(check, model->owner_column), parent_table,
                schema_name(check, parent->owner_column));
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
    rc = catalog_denied(&target->check->link, &sql, denied_out, fail);
    buf_release(&sql);
    return rc;
}

static void report_function(const struct target *target, const struct catalog_function *function,
                            bool denied)
{
    struct schema_check *check = target->check;
    const unsigned line = target->model->config_line;
    const char *name = schema_name(check, target->model->validate);

    if (denied)
        schema_fault(check, line,
                     "function %s does not exist, or the account %s may not call it: create it, or "
                     "GRANT EXECUTE ON FUNCTION %s.%s TO %s",
                     name, check->server.account.ptr,
                     schema_name(check, check->link.settings->database), name,
                     check->server.account.ptr);
    else if (!function->found)
        schema_fault(check, line,
                     "function %s does not exist: create it (owner, type, json_data) RETURNS "
                     "BOOLEAN, or take validate out",
                     name);
    else if (function->parameter_count != VALIDATE_PARAMETERS)
        schema_fault(check, line,
                     "function %s has %llu parameters: it is called with (owner, type, json_data)",
                     name, (unsigned long long)function->parameter_count);
    else if (!text_is(function->returns, "tinyint"))
        schema_fault(check, line, "function %s returns %s: make it RETURNS BOOLEAN", name,
                     function->returns.ptr);
}

static enum rc check_function(const struct target *target, struct fail *fail)
{
    struct catalog_function function;
    bool denied = false;
    enum rc rc;

    if (target->model->validate.len == 0)
        return RC_OK;
    rc = catalog_read_function(&target->check->link, target->model->validate, &target->check->arena,
                               &function, fail);
    if (rc == RC_OK)
        rc = is_execute_denied(target, &denied, fail);
    if (rc == RC_OK)
        report_function(target, &function, denied);
    return rc;
}

static void report_unfit_table(const struct target *target)
{
    const char *name = schema_name(target->check, target->model->table);
    const unsigned line = target->model->config_line;

    if (target->table.kind == CATALOG_MISSING)
        schema_fault(target->check, line,
                     "table %s does not exist: run `mobync schema --apply`, or name the right one",
                     name);
    else
        schema_fault(target->check, line,
                     "%s is a %s: only plain tables can be synchronized: name its table", name,
                     target->table.type.ptr);
}

static enum rc check_table(const struct target *target, struct fail *fail)
{
    struct schema_grants grants;
    bool readable = false;
    enum rc rc = read_grants(target, &grants, fail);

    if (rc != RC_OK)
        return rc;
    if (target->table.kind == CATALOG_HIDDEN) {
        schema_report_hidden(target->check, &grants);
        return RC_OK;
    }
    if (target->table.kind != CATALOG_TABLE) {
        report_unfit_table(target);
        return RC_OK;
    }
    rc = schema_check_grants(target->check, &grants, &readable, fail);
    if (rc != RC_OK || !readable)
        return rc;
    schema_check_engine(target->check, &target->table, target->model->config_line);
    schema_check_columns(target->check, target->model, &target->table);
    check_keys(target);
    check_keys_across_owners(target);
    check_references(target);
    return RC_OK;
}

enum rc schema_check_model(struct schema_check *check, const struct mapping *mapping,
                           const struct model *model, struct fail *fail)
{
    struct target target = {.check = check, .mapping = mapping, .model = model};
    enum rc rc = catalog_read_table(&check->link, model->table, &check->arena, &target.table, fail);

    if (rc == RC_OK)
        rc = check_table(&target, fail);
    if (rc == RC_OK)
        rc = check_function(&target, fail);
    return rc;
}
