/* Columns that the server fills, and soft deletes. Entry points: the checks that config_table.c
 * names. Whether a value fits its column, the database tells (schema_fill.c). */
#include "config_check.h"

static bool same_column(struct text a, struct text b)
{
    return a.len > 0 && text_equal_nocase(a, b);
}

/* Of an id or an owner: a column's name, or a block that names one or several. */
static bool names_column(struct config_check *check, const yaml_node_t *node, struct text column)
{
    const yaml_node_t *columns;

    if (node == NULL || node->type == YAML_SCALAR_NODE)
        return same_column(yaml_tree_text(node), column);
    if (names_column(check, yaml_tree_get(check->tree, node, "column").node, column))
        return true;
    columns = yaml_tree_get(check->tree, node, "columns").node;
    for (size_t i = 0; i < yaml_tree_count(columns); i++)
        if (names_column(check, yaml_tree_item(check->tree, columns, i).node, column))
            return true;
    return false;
}

static bool is_key_column(struct config_check *check, const yaml_node_t *model, const char *key,
                          const char *path, struct text column)
{
    const struct yaml_place at = yaml_tree_get(check->tree, model, key);

    if (at.node == NULL || yaml_tree_is_null(at.node))
        return same_column(text_of(config_key_find(check->table, path)->fallback), column);
    return names_column(check, at.node, column);
}

static bool is_field_column(struct config_check *check, const yaml_node_t *model,
                            struct text column)
{
    const yaml_node_t *fields = yaml_tree_get(check->tree, model, "fields").node;

    for (size_t i = 0; i < yaml_tree_count(fields); i++) {
        const yaml_node_t *field = yaml_tree_item(check->tree, fields, i).node;
        struct yaml_place at = yaml_tree_get(check->tree, field, "column");

        if (at.node == NULL)
            at = yaml_tree_get(check->tree, field, "name");
        if (same_column(yaml_tree_text(at.node), column))
            return true;
    }
    return false;
}

/* What the column is to the model already; NULL: nothing. */
static const char *role_of(struct config_check *check, const yaml_node_t *model, struct text column)
{
    if (is_key_column(check, model, "id", "models[].id", column))
        return "the id column";
    if (is_key_column(check, model, "owner", "models[].owner", column))
        return "the owner column";
    return is_field_column(check, model, column) ? "the column of a field" : NULL;
}

static void check_free(struct config_check *check, const yaml_node_t *model, const char *path,
                       const struct yaml_place *column, const char *remedy)
{
    const struct text text = yaml_tree_text(column->node);
    const char *role = role_of(check, model, text);

    if (role != NULL)
        diagnostics_add(check->faults, column->line, "%s is '%.*s', which is %s: %s", path,
                        TEXT_ARG(text), role, remedy);
}

/* Those of `fill` before it, and that of `delete`. */
static bool is_filled_before(struct config_check *check, const yaml_node_t *model, size_t index,
                             struct text column)
{
    const yaml_node_t *fill = yaml_tree_get(check->tree, model, "fill").node;
    const yaml_node_t *deletes = yaml_tree_get(check->tree, model, "delete").node;

    if (deletes != NULL &&
        same_column(yaml_tree_text(yaml_tree_get(check->tree, deletes, "column").node), column))
        return true;
    for (size_t i = 0; i < index; i++)
        if (same_column(
                yaml_tree_text(
                    yaml_tree_get(check->tree, yaml_tree_item(check->tree, fill, i).node, "column")
                        .node),
                column))
            return true;
    return false;
}

/* Rows that are there have one value, and deleted ones another. */
static void check_live(struct config_check *check, const yaml_node_t *deletes)
{
    const struct yaml_place live = yaml_tree_get(check->tree, deletes, "live");
    const struct text text = yaml_tree_text(live.node);
    const struct text set = yaml_tree_text(yaml_tree_get(check->tree, deletes, "set").node);
    const enum fill_kind kind = fill_kind(text);

    if (kind == FILL_NOW || kind == FILL_NOW_S || kind == FILL_NOW_MS)
        diagnostics_add(check->faults, live.line,
                        "models[].delete.live is '%.*s', a time: give the constant that the column "
                        "of a row has which is not deleted",
                        TEXT_ARG(text));
    else if (kind != FILL_NOTHING && text_equal(text, set))
        diagnostics_add(check->faults, live.line,
                        "models[].delete.live is '%.*s', which a delete sets: give another",
                        TEXT_ARG(text));
}

void config_check_filled_columns(struct config_check *check, const yaml_node_t *model)
{
    const yaml_node_t *fill = yaml_tree_get(check->tree, model, "fill").node;
    const yaml_node_t *deletes = yaml_tree_get(check->tree, model, "delete").node;
    struct yaml_place column = yaml_tree_get(check->tree, deletes, "column");

    check_free(check, model, "models[].delete.column", &column,
               "name the column that a delete is to set, and do not map it");
    check_live(check, deletes);
    for (size_t i = 0; i < yaml_tree_count(fill); i++) {
        column = yaml_tree_get(check->tree, yaml_tree_item(check->tree, fill, i).node, "column");
        check_free(check, model, "models[].fill[].column", &column,
                   "give the field itself default or on_update");
        if (is_filled_before(check, model, i, yaml_tree_text(column.node)))
            diagnostics_add(check->faults, column.line,
                            "models[].fill[].column is '%.*s', which is filled already: remove one",
                            TEXT_ARG(yaml_tree_text(column.node)));
    }
}

void config_check_fill(struct config_check *check, const struct config_key *key,
                       const struct yaml_place *at)
{
    if (yaml_tree_get(check->tree, at->node, "default").node == NULL &&
        yaml_tree_get(check->tree, at->node, "on_update").node == NULL)
        diagnostics_add(check->faults, at->line,
                        "%s has neither default nor on_update: say what fills the column",
                        key->path);
}

/* What the database alone sets cannot be asked of a device. */
void config_check_read_only(struct config_check *check, const struct config_key *key,
                            const struct yaml_place *at)
{
    const struct text access =
        yaml_tree_text(yaml_tree_get(check->tree, at->node, "read_only").node);
    const struct yaml_place required = yaml_tree_get(check->tree, at->node, "required");

    if (access.len > 0 && !text_is(access, "false") &&
        text_is(yaml_tree_text(required.node), "true"))
        diagnostics_add(check->faults, required.line,
                        "%s is read_only, so no device can set it: remove required", key->path);
}
