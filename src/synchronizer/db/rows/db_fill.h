/* db_fill.h: what the server itself sets columns to, and which rows are deleted softly, as SQL.
 * Owns:    nothing; everything is appended to the buffer given.
 * Holds:   a value is an expression without parameters, so that a statement's text holds it. */
#ifndef MOBYNC_DB_FILL_H
#define MOBYNC_DB_FILL_H

#include "db_session.h"

/* A column, and what the config has it set to (model.h, fill_kind()). */
struct db_fill {
    struct text name;
    const struct column *column; /* NULL: not known */
    struct text value;
};

/* What a change of that type sets beside the fields of `set`, a byte by field index: columns that
 * are no fields, and fields that are not among them; in a create, that of soft deletes, too, if the
 * config says what a live row has there. A soft delete is an update. */
size_t db_fill_list(const struct db_session *s, const struct model *model, enum diff_type type,
                    struct text set, struct db_fill **fills_out, struct arena *arena);

void db_fill_add_value(struct buf *sql, struct db_session *s, const struct db_fill *fill);

/* The column of soft deletes, and what a delete sets it to. */
struct db_fill db_fill_deleted(const struct db_session *s, const struct model *model);

/* Appends " AND …", true of rows that are not deleted; nothing where rows are deleted truly. */
void db_fill_add_live(struct buf *sql, struct db_session *s, const struct model *model);
/* … true of those that are. */
void db_fill_add_deleted(struct buf *sql, struct db_session *s, const struct model *model);

#endif
