/* db_types.h: the column types of the mapped tables, as struct synchronizer shows them.
 * Owns:    what columns points to, until it is read again or db_types_release().
 * Holds:   nothing is known until it has been read; nor is a table that is not there. */
#ifndef MOBYNC_DB_TYPES_H
#define MOBYNC_DB_TYPES_H

#include "column.h"
#include "db_schema.h"

struct db_types {
    struct columns columns;
    struct arena arena;
};

void db_types_init(struct db_types *types);
void db_types_release(struct db_types *types);
/* From db_schema_read(), of which nothing is kept. */
void db_types_learn(struct db_types *types, const struct mapping *mapping,
                    const struct db_schema *schemas);

#endif
