/* schema_map_yaml.h: a proposal in the words of the configuration file.
 * Pure:    appends text to a buffer.
 * Holds:   no name of the database's is more than the value or the comment that it stands in. */
#ifndef MOBYNC_SCHEMA_MAP_YAML_H
#define MOBYNC_SCHEMA_MAP_YAML_H

#include "schema_propose.h"

/* The entry of `models`, or a comment that says why there is none. */
void schema_map_yaml(struct buf *yaml, const struct proposal *proposal);

#endif
