/* schema_ddl.h: the SQL that creates a table or adds what it lacks.
 * Pure:    appends text to a buffer; no connection.
 * Holds:   nothing is dropped, narrowed or rewritten; every name is quoted. */
#ifndef MOBYNC_SCHEMA_DDL_H
#define MOBYNC_SCHEMA_DDL_H

#include "catalog.h"
#include "schema_own_tables.h"

/* `type` and how its texts compare: as the phones' SQLite does, byte by byte. A UNIQUE key or a
 * CHECK that the customer adds later refuses nothing that a phone could store. */
void schema_ddl_text_type(struct buf *sql, const char *type, bool mariadb);

/* One CREATE TABLE. `table` is what the catalog has of it: nothing. */
void schema_ddl_create(struct buf *sql, const struct model *model,
                       const struct catalog_table *table, bool mariadb);
/* One ALTER TABLE, or nothing if nothing is missing that can be added. */
void schema_ddl_alter(struct buf *sql, const struct model *model, const struct catalog_table *table,
                      bool mariadb);
void schema_ddl_alter_own(struct buf *sql, const struct schema_own_table *own,
                          const struct catalog_table *table);

#endif
