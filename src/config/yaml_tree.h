/* yaml_tree.h: the config file as a tree in which every value knows its line.
 * Owns:    the tree, until yaml_tree_release(); nodes and texts point into it.
 * Units:   line is 1-based.
 * Fails:   yaml_tree_parse() adds one fault: a YAML parser cannot go on after its first.
 * Holds:   what YAML calls null (nothing, ~, null) is not a value: a key with it is not set. In
 *          quotes it is a text, and a fault (config_check.h). */
#ifndef MOBYNC_YAML_TREE_H
#define MOBYNC_YAML_TREE_H

#include <yaml.h>

#include "diagnostics.h"

struct yaml_tree {
    yaml_document_t document;
    const yaml_node_t *root;
};

/* A value and the line to name when it is at fault: a scalar's own; for a list or a mapping that of
 * the key before it. */
struct yaml_place {
    const yaml_node_t *node; /* NULL: not set */
    unsigned line;
};

NODISCARD bool yaml_tree_parse(struct yaml_tree *tree, struct text yaml,
                               struct diagnostics *faults);
void yaml_tree_release(struct yaml_tree *tree);

unsigned yaml_tree_line(const yaml_node_t *node);
const yaml_node_t *yaml_tree_node(struct yaml_tree *tree, int node_id);
bool yaml_tree_is_null(const yaml_node_t *node);
/* A null in quotes, which libcyaml would take for none. */
bool yaml_tree_is_quoted_null(const yaml_node_t *node);
struct yaml_place yaml_tree_place(const yaml_node_t *key, const yaml_node_t *value);

/* For a node of another kind these return what they return for an empty one. */
struct text yaml_tree_text(const yaml_node_t *scalar);
/* Node NULL if the key is not there or not set. */
struct yaml_place yaml_tree_get(struct yaml_tree *tree, const yaml_node_t *mapping,
                                const char *key);
size_t yaml_tree_count(const yaml_node_t *list);
struct yaml_place yaml_tree_item(struct yaml_tree *tree, const yaml_node_t *list, size_t index);

#endif
