/* schema_read.h: the file's text into the structs of schema.h, by libcyaml.
 * Owns:    what it returns, until schema_free().
 * Fails:   NULL after one fault. What the walk (walk.h) has passed is not expected to fail here;
 *          libcyaml's own judgement stands all the same. */
#ifndef MOBYNC_SCHEMA_READ_H
#define MOBYNC_SCHEMA_READ_H

#include "faults.h"
#include "schema.h"

NODISCARD struct schema_config *schema_read(struct text yaml, struct faults *faults);
void schema_free(struct schema_config *file);

#endif
