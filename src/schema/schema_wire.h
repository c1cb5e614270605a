/* schema_wire.h: keys of rows as the wire writes them (object_id.h), as SQL for triggers.
 * Pure:    appends text to a buffer; no connection.
 * Owns:    nothing.
 * Units:   none.
 * Fails:   never; the buffer's maximum is the caller's to look at (buf.h).
 * Holds:   an expression is utf8mb4 or digits, and means the same whatever sql_mode, character set
 *          and time zone its trigger was made with or runs in. */
#ifndef MOBYNC_SCHEMA_WIRE_H
#define MOBYNC_SCHEMA_WIRE_H

#include "catalog.h"
#include "model.h"

/* ROW.`column`; row: "NEW", "OLD", an alias. */
void schema_wire_add_column(struct buf *sql, const char *row, struct text column);
/* A text in ASCII alone, without a character that sql_mode or the client's delimiter changes. */
void schema_wire_add_literal(struct buf *sql, struct text text);

/* What the column of a row holds, as wire text; type: never KEY_REFERENCE. */
void schema_wire_add_key(struct buf *sql, enum key_type type, const struct catalog_column *column,
                         const char *row);
/* `%` and `:` escaped, as in an id of several parts: "escape(" … ")". */
void schema_wire_begin_escape(struct buf *sql);
void schema_wire_end_escape(struct buf *sql);

/* True in SQL where the column holds the same, byte for byte, in OLD and NEW. */
void schema_wire_add_same(struct buf *sql, const struct catalog_column *column);

#endif
