/* A model's table, its keys, its foreign keys and its validation function:
 * schema_models_check(). */
#include "schema_models.h"

#include "plural.h"
#include "schema_columns.h"
#include "schema_references.h"
#include "schema_tables.h"
#include "schema_types.h"

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

static enum rc add_if_there(const struct target *target, struct schema_grants_column column,
                            struct schema_grants_request *request, struct fail *fail)
{
    bool there = false;
    enum rc rc = is_there(target, column.name, &there, fail);

    if (rc == RC_OK && there)
        request->columns[request->column_count++] = column;
    return rc;
}

static struct schema_grants_column key_column(struct text name)
{
    return (struct schema_grants_column){.name = name,
                                         .verbs = {[SCHEMA_SELECT] = true, [SCHEMA_INSERT] = true}};
}

static struct schema_grants_column field_column(const struct field *field)
{
    const bool writable = field->access == FIELD_WRITABLE;

    return (struct schema_grants_column){
        .name = field->column,
        .verbs = {[SCHEMA_SELECT] = true,
                  [SCHEMA_INSERT] = writable || field->fill.on_create.len > 0,
                  [SCHEMA_UPDATE] = writable || field->fill.on_update.len > 0},
    };
}

/* The columns that are no fields. */
static enum rc add_filled(const struct target *target, struct schema_grants_request *request,
                          struct fail *fail)
{
    const struct model *model = target->model;
    enum rc rc = RC_OK;

    for (size_t i = 0; rc == RC_OK && i < model->filled_count; i++)
        rc = add_if_there(target,
                          (struct schema_grants_column){
                              .name = model->filled[i].column,
                              .verbs = {[SCHEMA_INSERT] = model->filled[i].fill.on_create.len > 0,
                                        [SCHEMA_UPDATE] = model->filled[i].fill.on_update.len > 0},
                          },
                          request, fail);
    if (rc == RC_OK && model_deletes_softly(model))
        rc = add_if_there(target,
                          (struct schema_grants_column){
                              .name = model->deleted_column,
                              .verbs = {[SCHEMA_SELECT] = true, [SCHEMA_UPDATE] = true},
                          },
                          request, fail);
    return rc;
}

static enum rc read_request(const struct target *target, struct schema_grants_request *request,
                            struct fail *fail)
{
    const struct model *model = target->model;
    enum rc rc = RC_OK;

    *request = (struct schema_grants_request){
        .table = model->table,
        .columns = ARENA_ARRAY(&target->session->arena,
                               model->field_count + model->filled_count + 2 + model_id_count(model),
                               struct schema_grants_column),
        .config_line = model->config_line,
    };
    schema_grants_model_verbs(model, request->verbs);
    for (size_t i = 0; rc == RC_OK && i < model_id_count(model); i++)
        rc = add_if_there(target, key_column(model_id_part(model, i).column), request, fail);
    if (rc == RC_OK)
        rc = add_if_there(target, key_column(model->owner_column), request, fail);
    for (size_t i = 0; rc == RC_OK && i < model->field_count; i++)
        rc = add_if_there(target, field_column(&model->fields[i]), request, fail);
    return rc == RC_OK ? add_filled(target, request, fail) : rc;
}

/* The owner's column, then those of the id; NULL if one is missing. */
static const struct text *key_columns(const struct target *target)
{
    const struct model *model = target->model;
    const size_t count = 1 + model_id_count(model);
    struct text *columns = ARENA_ARRAY(&target->session->arena, count, struct text);

    columns[0] = model->owner_column;
    for (size_t i = 1; i < count; i++)
        columns[i] = model_id_part(model, i - 1).column;
    for (size_t i = 0; i < count; i++)
        if (catalog_column(&target->table, columns[i]) == NULL)
            return NULL;
    return columns;
}

static const char *quote_list(struct schema_session *session, const struct text *names,
                              size_t count)
{
    struct buf list;

    buf_init(&list, KEY_MAX_BYTES);
    for (size_t i = 0; i < count; i++)
        buf_printf(&list, "%s%s", i > 0 ? ", " : "", schema_session_quote(session, names[i]));
    return schema_session_take(session, &list);
}

/* Can a create meet an id that another owner has? A UUID is nobody else's, and a parent is the
 * owner's own. */
static bool may_meet_others(const struct model *model)
{
    bool own = !model->allow[DIFF_CREATE];

    for (size_t i = 0; i < model_id_count(model); i++)
        own |= model_id_part(model, i).type == KEY_UUID ||
               model_id_part(model, i).type == KEY_REFERENCE;
    return !own;
}

static void check_keys(const struct target *target)
{
    struct schema_session *session = target->session;
    const struct model *model = target->model;
    const size_t count = model_id_count(model);
    const struct text *columns = key_columns(target);
    const char *table = schema_session_quote(session, model->table);
    const char *id, *both;

    if (columns == NULL)
        return;
    id = quote_list(session, columns + 1, count);
    both = quote_list(session, columns, count + 1);
    if (catalog_has_unique(&target->table, columns + 1, count)) {
        if (may_meet_others(model))
            schema_session_warn(
                session, model->config_line,
                "table %s makes %s unique across owners, so creating an id that another owner "
                "has fails with OBJECT_EXISTS: have devices make ids that are unique everywhere, "
                "such as UUIDs",
                table, id);
    } else if (!catalog_has_unique(&target->table, columns, count + 1)) {
        schema_session_fault(session, model->config_line,
                             "table %s has no unique key (%s), so one object can have two "
                             "rows: make %s unique, once no two rows share it",
                             table, both, count > 1 ? "them" : "the pair");
    }
}

/* Parents are looked up among the owner's alone. */
static bool is_reference(const struct model *model, struct text column)
{
    for (size_t i = 0; i < model->field_count; i++)
        if (model->fields[i].parent != NULL && text_equal_nocase(model->fields[i].column, column))
            return true;
    for (size_t i = 0; i < model->id_part_count; i++)
        if (model->id_parts[i].parent != NULL &&
            text_equal_nocase(model->id_parts[i].column, column))
            return true;
    return false;
}

static bool is_id(const struct model *model, const struct catalog_key *key)
{
    for (size_t i = 0; i < key->column_count; i++)
        if (!model_id_has_column(model, key->columns[i]))
            return false;
    return key->whole && key->column_count == model_id_count(model);
}

/* Can an owner's value, in this key, meet another owner's? A unique id has a warning of its own. */
static bool is_across_owners(const struct model *model, const struct catalog_key *key)
{
    bool mapped = false;

    if (!key->unique || is_id(model, key))
        return false;
    for (size_t i = 0; i < key->column_count; i++) {
        if (text_equal_nocase(key->columns[i], model->owner_column) ||
            is_reference(model, key->columns[i]))
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

        if (!is_across_owners(target->model, key))
            continue;
        schema_session_warn(
            session, target->model->config_line,
            "table %s has the unique key %s (%s) without %s, so a rejection tells one "
            "owner what another has: add %s to the key",
            schema_session_quote(session, target->model->table),
            schema_session_quote(session, key->name),
            quote_list(session, key->columns, key->column_count), owner, owner);
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

static void warn_of_owners(const struct target *target, const struct catalog_reference *reference,
                           const struct model *parent)
{
    struct schema_session *session = target->session;
    const struct model *model = target->model;
    const char *parent_table = schema_session_quote(session, reference->parent);

    for (size_t i = 0; i < reference->column_count; i++)
        if (is_reference(model, reference->columns[i]) ||
            (text_equal_nocase(reference->columns[i], model->owner_column) &&
             text_equal_nocase(reference->parent_columns[i], parent->owner_column)))
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

        if (parent != NULL)
            warn_of_owners(target, reference, parent);
    }
}

/* What a reference's column must hold: the parent's key. */
struct referred {
    struct text column; /* of the child */
    const struct model *parent;
    unsigned config_line;
};

static bool hold_alike(const struct catalog_column *child, const struct catalog_column *parent)
{
    const bool integers = schema_types_key_fit(KEY_INTEGER, child->data_type) != NULL;

    if (integers != (schema_types_key_fit(KEY_INTEGER, parent->data_type) != NULL))
        return false;
    return integers || child->max_bytes == parent->max_bytes ||
           text_equal(child->data_type, parent->data_type);
}

static enum rc check_referred(const struct target *target, const struct referred *referred,
                              struct fail *fail)
{
    struct schema_session *session = target->session;
    const struct catalog_column *column = catalog_column(&target->table, referred->column);
    const struct catalog_column *key;
    struct catalog_table parent;
    enum rc rc =
        catalog_read_table(&session->link, referred->parent->table, &session->arena, &parent, fail);

    if (rc != RC_OK || column == NULL || parent.kind != CATALOG_TABLE)
        return rc;
    key = catalog_column(&parent, schema_references_key(&target->table, referred->column,
                                                        referred->parent, &parent));
    if (key == NULL || hold_alike(column, key))
        return RC_OK;
    schema_session_fault(
        session, referred->config_line,
        "column %s.%s is %s, but what it refers to, %s.%s, is %s: map the column that holds that "
        "key, or declare the foreign key",
        schema_session_quote(session, target->model->table),
        schema_session_quote(session, referred->column), column->column_type.ptr,
        schema_session_quote(session, referred->parent->table),
        schema_session_quote(session, key->name), key->column_type.ptr);
    return RC_OK;
}

static enum rc check_all_referred(const struct target *target, struct fail *fail)
{
    const struct model *model = target->model;
    enum rc rc = RC_OK;

    for (size_t i = 0; rc == RC_OK && i < model->field_count; i++)
        if (model->fields[i].parent != NULL)
            rc = check_referred(target,
                                &(struct referred){model->fields[i].column, model->fields[i].parent,
                                                   model->fields[i].config_line},
                                fail);
    for (size_t i = 0; rc == RC_OK && i < model->id_part_count; i++)
        if (model->id_parts[i].parent != NULL)
            rc = check_referred(target,
                                &(struct referred){model->id_parts[i].column,
                                                   model->id_parts[i].parent, model->config_line},
                                fail);
    return rc;
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
        schema_session_fault(
            session, line, "function %s has %llu parameter%s: give it (owner, type, json_data)",
            name, (unsigned long long)function->parameter_count, plural(function->parameter_count));
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
    return check_all_referred(target, fail);
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
