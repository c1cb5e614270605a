/* config_models.h: the members of the models that no row fills: the columns of ids and owners,
 * which a file may write in two forms, and the models that references name.
 * Owns:    texts and arrays lie in the config's arena.
 * Holds:   the file has been checked (config_check.h), and the rows are filled. */
#ifndef MOBYNC_CONFIG_MODELS_H
#define MOBYNC_CONFIG_MODELS_H

#include "config.h"
#include "yaml_tree.h"

void config_models_fill(struct config *config, struct yaml_tree *tree);

#endif
