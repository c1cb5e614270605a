/* config_yaml_json.h: values of the config file as JSON.
 * Owns:    texts lie in the arena given.
 * Fails:   never; what YAML has no type for is a string. */
#ifndef MOBYNC_CONFIG_YAML_JSON_H
#define MOBYNC_CONFIG_YAML_JSON_H

#include "yaml_tree.h"

/* As YAML means it: 1 is a number, "1" a string. */
struct text config_yaml_json(struct yaml_tree *tree, const yaml_node_t *node, struct arena *arena);
/* A scalar as a string, whatever it looks like. */
struct text config_yaml_json_string(const yaml_node_t *scalar, struct arena *arena);

#endif
