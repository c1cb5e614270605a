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

/* What references hold, as types of columns: the parents' keys. */
struct schema_ddl_types {
    struct text *fields; /* by field index */
    struct text *id;     /* by part of the id */
};

/* The type of a column that refers to what `key`, which exists, holds; or to the id of a table that
 * schema_ddl_create() makes. */
void schema_ddl_type_of(struct buf *sql, const struct catalog_column *key);
void schema_ddl_key_type(struct buf *sql, enum key_type type, bool mariadb);

/* One CREATE TABLE. `table` is what the catalog has of it: nothing. */
void schema_ddl_create(struct buf *sql, const struct model *model,
                       const struct catalog_table *table, const struct schema_ddl_types *types,
                       bool mariadb);
/* One ALTER TABLE, or nothing if nothing is missing that can be added. */
void schema_ddl_alter(struct buf *sql, const struct model *model, const struct catalog_table *table,
                      const struct schema_ddl_types *types, bool mariadb);

/* The statements that give ids to rows without one, those that others insert from now on too; each
 * appends nothing where it has nothing to do. `filled` is false where a row lacks its id. */
void schema_ddl_default_id(struct buf *sql, const struct model *model,
                           const struct catalog_table *table, bool mariadb);
void schema_ddl_fill_id(struct buf *sql, const struct model *model,
                        const struct catalog_table *table, bool filled, bool mariadb);
void schema_ddl_alter_own(struct buf *sql, const struct schema_own_table *own,
                          const struct catalog_table *table);

#endif
