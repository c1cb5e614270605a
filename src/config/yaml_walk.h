/* yaml_walk.h: the document held beside libcyaml's tables, which stop at their first fault; this
 * finds all of them: unknown keys, keys twice, missing keys, a list where a word belongs, and the
 * like. Owns:    nothing. Holds:   driven by the tables alone; a value that passes here is read by
 * libcyaml as it was meant
 *          ("12abc", "-1" and "010" would pass there as 12, 2^64 - 1 and 8). */
#ifndef MOBYNC_YAML_WALK_H
#define MOBYNC_YAML_WALK_H

#include <cyaml/cyaml.h>

#include "yaml_tree.h"

/* Called for every value that is set and fits its table, innermost first. The path is the keys down
 * to it, "database.port"; an entry of a list adds "[]", "models[].fields[].name"; the whole
 * file's is "". */
typedef void yaml_walk_visit(void *context, const char *path, const struct place *at);

void yaml_walk_document(struct yaml_tree *document, const cyaml_schema_value_t *schema,
                        struct diagnostics *faults, yaml_walk_visit *visit, void *context);

#endif
