/* config_versions.h: the versions of the app as the file has them, checked against the models.
 * Owns:    all lies in the arena of the config.
 * Fails:   every fault is added with its line: what is unreachable, has no way back, does not fit.
 */
#ifndef MOBYNC_CONFIG_VERSIONS_H
#define MOBYNC_CONFIG_VERSIONS_H

#include "yaml_tree.h"

/* Once the models are read. */
void config_versions_fill(struct config *config, struct yaml_tree *tree,
                          struct diagnostics *faults);

/* config_version_model.c: one model of a version. */
struct config_version_reading {
    struct config *config;
    struct yaml_tree *tree;
    struct diagnostics *faults;
    const struct version *version;
};

struct version_model config_version_model(const struct config_version_reading *reading,
                                          const struct model *model, struct yaml_place at);

#endif
