/* The mapping: what no two models, or fields, may have in common. Entry points: the checks that
 * config_table.c names, of an entry or of the whole list. */
#include "config_check.h"

struct yaml_place config_check_table_of(struct config_check *check, const yaml_node_t *model)
{
    struct yaml_place table = yaml_tree_get(check->tree, model, "table");

    return table.node != NULL ? table : yaml_tree_get(check->tree, model, "name");
}

static struct yaml_place column_of(struct config_check *check, const yaml_node_t *field)
{
    struct yaml_place column = yaml_tree_get(check->tree, field, "column");

    return column.node != NULL ? column : yaml_tree_get(check->tree, field, "name");
}

static struct yaml_place name_of(struct config_check *check, const yaml_node_t *entry)
{
    return yaml_tree_get(check->tree, entry, "name");
}

static struct yaml_place entry_itself(struct config_check *check, const yaml_node_t *entry)
{
    (void)check;
    return (struct yaml_place){entry, yaml_tree_line(entry)};
}

/* Column names are the same in any case of letters. */
static bool same_column(struct text a, struct text b)
{
    return a.len > 0 && text_equal_nocase(a, b);
}

static bool same_name(struct text a, struct text b)
{
    return a.len > 0 && text_equal(a, b);
}

/* What no two entries of a list may have in common. */
struct unique {
    struct yaml_place (*key)(struct config_check *check, const yaml_node_t *entry);
    bool (*same)(struct text a, struct text b);
    const char *fault; /* goes before 'the text' */
    const char *remedy;
};

static const struct unique UNIQUE_MODELS[] = {
    {name_of, same_name, "two models are named", "rename one"},
    {config_check_table_of, same_name, "two models are mapped to the table", "map one to another"},
};

static const struct unique UNIQUE_ALLOWED[] = {
    {entry_itself, same_name, "models[].allow repeats", "remove one"},
};

static const struct unique UNIQUE_VALUES[] = {
    {entry_itself, same_name, "models[].fields[].values repeats", "remove one"},
};

static const struct unique UNIQUE_FIELDS[] = {
    {name_of, same_name, "two fields are named", "rename one"},
    {column_of, same_column, "two fields are mapped to the column", "map one to another"},
};

/* Against the entries before it; true if one of them is the same. */
static bool add_if_taken(struct config_check *check, const struct unique *unique,
                         const yaml_node_t *list, size_t index)
{
    struct yaml_place entry = yaml_tree_item(check->tree, list, index);
    struct yaml_place key = unique->key(check, entry.node);
    struct text text = yaml_tree_text(key.node);

    for (size_t i = 0; i < index; i++) {
        struct yaml_place earlier = yaml_tree_item(check->tree, list, i);
        struct yaml_place earlier_key = unique->key(check, earlier.node);

        if (!unique->same(text, yaml_tree_text(earlier_key.node)))
            continue;
        diagnostics_add(check->faults, key.line, "%s '%.*s' (first on line %u): %s", unique->fault,
                        TEXT_ARG(text), earlier_key.line, unique->remedy);
        return true;
    }
    return false;
}

/* One fault an entry: two that share their name share what defaults to it, too. */
static void check_unique(struct config_check *check, const struct unique *rules, size_t rule_count,
                         const yaml_node_t *list)
{
    for (size_t i = 0; i < yaml_tree_count(list); i++)
        for (size_t r = 0; r < rule_count; r++)
            if (add_if_taken(check, &rules[r], list, i))
                break;
}

/* A column as it stands alone, or in its block. */
static struct yaml_place name_of_column(struct config_check *check, struct yaml_place at)
{
    return at.node != NULL && at.node->type == YAML_MAPPING_NODE
               ? yaml_tree_get(check->tree, at.node, "column")
               : at;
}

static struct yaml_place id_part_column(struct config_check *check, const yaml_node_t *entry)
{
    return name_of_column(check, (struct yaml_place){entry, yaml_tree_line(entry)});
}

static const struct unique UNIQUE_ID_COLUMNS[] = {
    {id_part_column, same_column, "the id repeats the column", "remove one"},
};

static bool is_reference(struct config_check *check, const yaml_node_t *entry)
{
    return text_is(yaml_tree_text(yaml_tree_get(check->tree, entry, "type").node), "reference");
}

/* `to` goes with `type: reference`, and only with it. */
static void check_to(struct config_check *check, const struct config_key *key,
                     const struct yaml_place *at)
{
    struct yaml_place to = yaml_tree_get(check->tree, at->node, "to");

    if (to.node != NULL && !is_reference(check, at->node))
        diagnostics_add(check->faults, to.line,
                        "%s has 'to', but is not a reference: set type: reference, or remove 'to'",
                        key->path);
    if (to.node == NULL && is_reference(check, at->node))
        diagnostics_add(check->faults, at->line,
                        "%s is a reference without 'to': name the model that it refers to",
                        key->path);
}

void config_check_column(struct config_check *check, const struct config_key *key,
                         const struct yaml_place *at)
{
    struct yaml_place columns, others;

    if (at->node->type == YAML_SCALAR_NODE) {
        config_check_name(check, key, at);
        return;
    }
    if (key->path[strlen(key->path) - 1] == ']') /* one of the columns of an id */
        check_to(check, key, at);
    columns = yaml_tree_get(check->tree, at->node, "columns");
    others = yaml_tree_get(check->tree, at->node, "column");
    if (others.node == NULL)
        others = yaml_tree_get(check->tree, at->node, "type");
    if (columns.node != NULL && others.node != NULL)
        diagnostics_add(check->faults, others.line,
                        "%s has columns: remove column and type, which each of them has itself",
                        key->path);
}

void config_check_id_columns(struct config_check *check, const struct config_key *key,
                             const struct yaml_place *at)
{
    if (yaml_tree_count(at->node) > MODEL_ID_PARTS_MAX)
        diagnostics_add(check->faults, at->line, "%s has %zu entries: name at most %zu columns",
                        key->path, yaml_tree_count(at->node), MODEL_ID_PARTS_MAX);
    check_unique(check, UNIQUE_ID_COLUMNS, ARRAY_LEN(UNIQUE_ID_COLUMNS), at->node);
}

/* The columns of a model's id; NULL: it has one alone. */
static const yaml_node_t *id_columns(struct config_check *check, const yaml_node_t *model)
{
    struct yaml_place id = yaml_tree_get(check->tree, model, "id");

    return yaml_tree_get(check->tree, id.node, "columns").node;
}

/* One of `models`, whose id is one column that holds a key of its own. */
static void check_target(struct config_check *check, const yaml_node_t *models,
                         const yaml_node_t *entry)
{
    struct yaml_place to = yaml_tree_get(check->tree, entry, "to");

    if (to.node == NULL || !is_reference(check, entry))
        return;
    for (size_t i = 0; i < yaml_tree_count(models); i++) {
        const yaml_node_t *model = yaml_tree_item(check->tree, models, i).node;

        if (!text_equal(yaml_tree_text(name_of(check, model).node), yaml_tree_text(to.node)))
            continue;
        if (id_columns(check, model) != NULL)
            diagnostics_add(check->faults, to.line,
                            "a reference names the model '%.*s', whose id has several columns: "
                            "give each of them a field of its own",
                            TEXT_ARG(yaml_tree_text(to.node)));
        return;
    }
    diagnostics_add(check->faults, to.line,
                    "a reference names the model '%.*s', which is not there: correct its name, or "
                    "map it",
                    TEXT_ARG(yaml_tree_text(to.node)));
}

static void check_targets(struct config_check *check, const yaml_node_t *models,
                          const yaml_node_t *entries)
{
    for (size_t i = 0; i < yaml_tree_count(entries); i++)
        check_target(check, models, yaml_tree_item(check->tree, entries, i).node);
}

void config_check_models(struct config_check *check, const struct config_key *key,
                         const struct yaml_place *at)
{
    (void)key;
    check_unique(check, UNIQUE_MODELS, ARRAY_LEN(UNIQUE_MODELS), at->node);
    for (size_t i = 0; i < yaml_tree_count(at->node); i++) {
        const yaml_node_t *model = yaml_tree_item(check->tree, at->node, i).node;

        check_targets(check, at->node, yaml_tree_get(check->tree, model, "fields").node);
        check_targets(check, at->node, id_columns(check, model));
    }
}

void config_check_allow(struct config_check *check, const struct config_key *key,
                        const struct yaml_place *at)
{
    (void)key;
    check_unique(check, UNIQUE_ALLOWED, ARRAY_LEN(UNIQUE_ALLOWED), at->node);
}

static const struct {
    const char *key;
    enum field_option option;
    const char *types;
} FIELD_OPTIONS[] = {
    {"max_length", FIELD_MAX_LENGTH, "strings"},
    {"zone", FIELD_ZONE, "datetime"},
    {"as", FIELD_AS, "integer"},
    {"round", FIELD_ROUND, "times, decimal and float"},
    {"values", FIELD_VALUES, "enum and set"},
};

void config_check_field(struct config_check *check, const struct config_key *key,
                        const struct yaml_place *at)
{
    struct text type = yaml_tree_text(yaml_tree_get(check->tree, at->node, "type").node);
    enum field_type parsed;

    check_to(check, key, at);
    config_check_read_only(check, key, at);
    if (!field_type_parse(type, &parsed))
        return;
    for (size_t i = 0; i < ARRAY_LEN(FIELD_OPTIONS); i++) {
        struct yaml_place option = yaml_tree_get(check->tree, at->node, FIELD_OPTIONS[i].key);

        if (option.node != NULL && !field_type_takes(parsed, FIELD_OPTIONS[i].option))
            diagnostics_add(check->faults, option.line,
                            "%s is for %s, but this is '%.*s': remove it", FIELD_OPTIONS[i].key,
                            FIELD_OPTIONS[i].types, TEXT_ARG(type));
    }
}

void config_check_field_values(struct config_check *check, const struct config_key *key,
                               const struct yaml_place *at)
{
    if (yaml_tree_count(at->node) == 0)
        diagnostics_add(check->faults, at->line,
                        "%s is an empty list: give the values, or leave it out to take the "
                        "column's",
                        key->path);
    check_unique(check, UNIQUE_VALUES, ARRAY_LEN(UNIQUE_VALUES), at->node);
    for (size_t i = 0; i < yaml_tree_count(at->node); i++) {
        struct yaml_place item = yaml_tree_item(check->tree, at->node, i);
        struct text text = yaml_tree_text(item.node);

        if (memchr(text.ptr, ',', text.len) != NULL)
            diagnostics_add(check->faults, item.line,
                            "%s has '%.*s', but a comma separates the members of a set: rename it",
                            key->path, TEXT_ARG(text));
    }
}

static bool is_id_column(struct config_check *check, const yaml_node_t *model, struct text column)
{
    const yaml_node_t *columns = id_columns(check, model);
    struct yaml_place id = name_of_column(check, yaml_tree_get(check->tree, model, "id"));

    if (columns == NULL)
        return same_column(config_check_text(check, id, "models[].id"), column);
    for (size_t i = 0; i < yaml_tree_count(columns); i++)
        if (same_column(
                yaml_tree_text(
                    id_part_column(check, yaml_tree_item(check->tree, columns, i).node).node),
                column))
            return true;
    return false;
}

static void check_field_column(struct config_check *check, const yaml_node_t *model,
                               const yaml_node_t *field, struct text owner)
{
    struct yaml_place column = column_of(check, field);
    struct text text = yaml_tree_text(column.node);

    if (text_is(yaml_tree_text(name_of(check, field).node), "id"))
        return; /* a fault of its own, for which this one would be a second */
    if (is_id_column(check, model, text))
        diagnostics_add(
            check->faults, column.line,
            "a field is mapped to '%.*s', the id column: remove it; the id is always sent",
            TEXT_ARG(text));
    else if (same_column(text, owner))
        diagnostics_add(
            check->faults, column.line,
            "a field is mapped to '%.*s', the owner column: remove it; the server fills it",
            TEXT_ARG(text));
}

/* A table of the server's own, which no client may reach through a model. */
static void check_table(struct config_check *check, const yaml_node_t *model)
{
    struct yaml_place table = config_check_table_of(check, model);
    struct text text = yaml_tree_text(table.node);
    struct text prefix = TEXT_LITERAL(CONFIG_CHECK_OWN_PREFIX);

    if (text.len >= prefix.len && text_equal_nocase((struct text){text.ptr, prefix.len}, prefix))
        diagnostics_add(check->faults, table.line,
                        "table '%.*s': names that begin with " CONFIG_CHECK_OWN_PREFIX
                        " are reserved for the server: map another table",
                        TEXT_ARG(text));
}

void config_check_model(struct config_check *check, const struct config_key *key,
                        const struct yaml_place *at)
{
    struct yaml_place owner = name_of_column(check, yaml_tree_get(check->tree, at->node, "owner"));
    struct yaml_place id = yaml_tree_get(check->tree, at->node, "id");
    struct text owner_column = config_check_text(check, owner, "models[].owner");
    const yaml_node_t *fields = yaml_tree_get(check->tree, at->node, "fields").node;

    (void)key;
    check_table(check, at->node);
    if (is_id_column(check, at->node, owner_column))
        diagnostics_add(check->faults, owner.node != NULL ? owner.line : id.line,
                        "id and owner are both the column '%.*s': give each its own",
                        TEXT_ARG(id.node != NULL && id.node->type == YAML_SCALAR_NODE
                                     ? yaml_tree_text(id.node)
                                     : owner_column));
    for (size_t i = 0; i < yaml_tree_count(fields); i++)
        check_field_column(check, at->node, yaml_tree_item(check->tree, fields, i).node,
                           owner_column);
    check_unique(check, UNIQUE_FIELDS, ARRAY_LEN(UNIQUE_FIELDS), fields);
    config_check_filled_columns(check, at->node);
}
