/* schema_ddl_fill.h: the columns that are no fields, as `mobync schema` creates them: those that
 * the server fills, and that of soft deletes.
 * Pure:    appends to a buffer. */
#ifndef MOBYNC_SCHEMA_DDL_FILL_H
#define MOBYNC_SCHEMA_DDL_FILL_H

#include "buf.h"
#include "model.h"

size_t schema_ddl_fill_count(const struct model *model);
struct text schema_ddl_fill_name(const struct model *model, size_t at);
/* The column as CREATE TABLE has it. Rows that are there already have no value of it. */
void schema_ddl_fill(struct buf *sql, const struct model *model, size_t at);

#endif
