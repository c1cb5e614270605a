/* db_owner_data.h: the operations of owner_data.h on the database.
 * Owns:    nothing.
 * Fails:   as synchronizer.h says. */
#ifndef MOBYNC_DB_OWNER_DATA_H
#define MOBYNC_DB_OWNER_DATA_H

#include "db_query.h"

/* Adds "`table` WHERE `owner` = ?", with one parameter or more. */
void db_owner_data_where(struct db_query *query, const struct owner_table *table,
                         struct text owner);

extern const struct owner_data_ops DB_OWNER_DATA_OPS;

#endif
