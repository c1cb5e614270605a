/* db_quote.h: names and values in the text of a statement.
 * Pure:    appends to a buffer; asks the link for its character set alone.
 * Owns:    nothing.
 * Units:   bytes.
 * Fails:   never; the buffer's maximum is the caller's to look at (buf.h).
 * Holds:   no name and no value ends the quotes that it stands in. */
#ifndef MOBYNC_DB_QUOTE_H
#define MOBYNC_DB_QUOTE_H

#include "db_link.h"

/* `name` in backticks, its backticks doubled. */
void db_quote_name(struct buf *sql, struct text name);
/* 'value' quoted and escaped. The link must be open. */
void db_quote_value(struct db_link *link, struct buf *sql, struct text value);
/* The same without a link, for a statement that a person may run: in UTF-8, with backslashes as
 * escapes. */
void db_quote_literal(struct buf *sql, struct text value);

#endif
