/* schema_columns.h: the columns of a mapped table.
 * Fails:   faults go to the session's reporter, with the line of the field or the model. */
#ifndef MOBYNC_SCHEMA_COLUMNS_H
#define MOBYNC_SCHEMA_COLUMNS_H

#include "schema_session.h"

/* Every column of a mapped table, its id, owner and fields first. */
void schema_columns_check(struct schema_session *session, const struct model *model,
                          const struct catalog_table *table);

/* One warning of all the columns of keys whose collations take some texts for others. */
void schema_columns_report_inexact(struct schema_session *session);

/* Is it the id's, the owner's or a field's? */
bool schema_columns_is_mapped(const struct model *model, struct text column);

/* A text that has room for so many characters holds any that a request brings. */
#define SCHEMA_COLUMNS_ENOUGH ((uint64_t)16777215 / 4)

/* Characters that a column of text surely holds. */
uint64_t schema_columns_capacity(const struct catalog_column *column);

#endif
