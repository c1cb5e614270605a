/* config_read.h: the file's text into the structs of schema.h, by libcyaml.
 * Owns:    what it returns, until config_file_free().
 * Fails:   NULL after one fault. What the walk (yaml_walk.h) has passed is not expected to fail here;
 *          libcyaml's own judgement stands all the same. */
#ifndef MOBYNC_CONFIG_READ_H
#define MOBYNC_CONFIG_READ_H

#include "diagnostics.h"
#include "config_keys.h"

NODISCARD struct config_file *config_read(struct text yaml, struct diagnostics *faults);
void config_file_free(struct config_file *file);

#endif
