/* schema_references.h: which column of a parent a reference's column holds.
 * Pure:    no connection; what the database has comes as struct catalog_table.
 * Holds:   the same rule as db_keys.c, which serves by it. */
#ifndef MOBYNC_SCHEMA_REFERENCES_H
#define MOBYNC_SCHEMA_REFERENCES_H

#include "catalog.h"

/* What the child's foreign key says; else the parent's primary key, if that is one column; else its
 * id. `child` may be NULL: it is not there yet. */
struct text schema_references_key(const struct catalog_table *child, struct text column,
                                  const struct model *parent_model,
                                  const struct catalog_table *parent);

#endif
