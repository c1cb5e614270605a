/* db_schema.h: what information_schema says of the mapped tables, read once for all who conclude
 * something from it. Two statements a table: the server looks one up by its name, but opens all of
 * them for a list of names. Without the privilege TRIGGER, no trigger is there to be seen.
 * Owns:    the results lie in the arena given.
 * Fails:   as db_link_error() says. */
#ifndef MOBYNC_DB_SCHEMA_H
#define MOBYNC_DB_SCHEMA_H

#include "db_result.h"
#include "model.h"

/* The columns of a result; it has a row for each column of the table, none if that is not there. */
enum db_schema_cell {
    DB_SCHEMA_NAME,
    DB_SCHEMA_TYPE, /* int(10) unsigned */
    DB_SCHEMA_DATA_TYPE,
    DB_SCHEMA_COLLATION,  /* NULL: it has none */
    DB_SCHEMA_IS_PRIMARY, /* 1: a column of the primary key */
    DB_SCHEMA_HAS_DEFAULT /* 1: other than NULL */
};

/* What a mapped table has. */
struct db_schema {
    struct db_result columns;
    struct db_result triggers; /* the events before which the customer's run: INSERT, UPDATE */
};

/* *schemas_out: one by model index. */
NODISCARD enum rc db_schema_read(struct db_link *link, const struct mapping *mapping,
                                 struct arena *arena, const struct db_schema **schemas_out,
                                 struct fail *fail);
/* A SELECT that ends in "TABLE_NAME = ", of that table. */
NODISCARD enum rc db_schema_select(struct db_link *link, const char *select, struct text table,
                                   struct arena *arena, struct db_result *result_out,
                                   struct fail *fail);

#endif
