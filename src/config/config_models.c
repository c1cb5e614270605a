/* Reads the keys of the models from the tree, and ties references to their models:
 * config_models_fill(). */
#include "config_models.h"

#include <assert.h>

#include "config_table.h"

/* A text of the key's block, or what the key table says where it is not set. */
static struct text text_or_default(struct config *config, struct yaml_place at, const char *path)
{
    const char *fallback = config_key_find(CONFIG_TABLE, path)->fallback;

    if (at.node != NULL)
        return arena_text(&config->arena, yaml_tree_text(at.node));
    return text_of(fallback != NULL ? fallback : "");
}

static enum key_type type_of(struct text word)
{
    for (unsigned i = 0; i < KEY_TYPES; i++)
        if (text_is(word, key_type_name((enum key_type)i)))
            return (enum key_type)i;
    assert(word.len == 0);
    return KEY_STRING;
}

static struct text column_of(struct config *config, struct yaml_tree *tree, struct yaml_place at,
                             const char *path)
{
    if (at.node != NULL && at.node->type == YAML_MAPPING_NODE)
        at = yaml_tree_get(tree, at.node, "column");
    return text_or_default(config, at, path);
}

static struct text member_of(struct yaml_tree *tree, struct yaml_place at, const char *key)
{
    return yaml_tree_text(yaml_tree_get(tree, at.node, key).node);
}

static void fill_parts(struct config *config, struct yaml_tree *tree, struct model *model,
                       const yaml_node_t *columns)
{
    model->id_part_count = yaml_tree_count(columns);
    model->id_parts = ARENA_ARRAY(&config->arena, model->id_part_count, struct id_part);
    for (size_t i = 0; i < model->id_part_count; i++) {
        struct yaml_place at = yaml_tree_item(tree, columns, i);

        model->id_parts[i] = (struct id_part){
            .column = column_of(config, tree, at, "models[].id"),
            .type = type_of(member_of(tree, at, "type")),
            .to = arena_text(&config->arena, member_of(tree, at, "to")),
        };
    }
    model->id_column = model->id_parts[0].column;
    model->id_type = model->id_parts[0].type;
}

static void fill_keys(struct config *config, struct yaml_tree *tree, struct model *model,
                      const yaml_node_t *node)
{
    struct yaml_place id = yaml_tree_get(tree, node, "id");
    struct yaml_place owner = yaml_tree_get(tree, node, "owner");
    const yaml_node_t *columns = yaml_tree_get(tree, id.node, "columns").node;

    model->owner_column = column_of(config, tree, owner, "models[].owner");
    model->owner_type = type_of(member_of(tree, owner, "type"));
    model->id_column = column_of(config, tree, id, "models[].id");
    model->id_type = type_of(member_of(tree, id, "type"));
    if (columns != NULL)
        fill_parts(config, tree, model, columns);
}

static void tie_references(const struct mapping *mapping, struct model *model)
{
    for (size_t i = 0; i < model->field_count; i++)
        if (model->fields[i].type == FIELD_REFERENCE)
            model->fields[i].parent = mapping_find(mapping, model->fields[i].to);
    for (size_t i = 0; i < model->id_part_count; i++)
        if (model->id_parts[i].type == KEY_REFERENCE)
            model->id_parts[i].parent = mapping_find(mapping, model->id_parts[i].to);
}

void config_models_fill(struct config *config, struct yaml_tree *tree)
{
    const yaml_node_t *models = yaml_tree_get(tree, tree->root, "models").node;

    for (size_t i = 0; i < config->mapping.model_count; i++)
        fill_keys(config, tree, &config->mapping.models[i], yaml_tree_item(tree, models, i).node);
    for (size_t i = 0; i < config->mapping.model_count; i++)
        tie_references(&config->mapping, &config->mapping.models[i]);
}
