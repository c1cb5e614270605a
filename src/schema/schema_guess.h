/* schema_guess.h: what the names and keys of an existing table suggest about it: `mobync map`.
 * Pure:    reads structs of the catalog; no connection.
 * Owns:    nothing; what is found points into the table, or is a literal.
 * Holds:   names compare without case and underscores: user_id, userId and USERID are one. */
#ifndef MOBYNC_SCHEMA_GUESS_H
#define MOBYNC_SCHEMA_GUESS_H

#include "catalog.h"

/* Is that the whole name? Word: in small letters without underscores. */
bool schema_guess_is_named(struct text name, const char *word);

/* Whose the table is: a framework's, which keeps its own records there, or NULL. */
const char *schema_guess_framework(struct text table);

/* Do the rows stand for users, accounts, customers? */
bool schema_guess_is_people(struct text table);

/* Does the column hold UUIDs? Others have 32 characters, too: of such, the name decides. */
bool schema_guess_is_uuid(const struct catalog_column *column);

/* The columns that may hold the owner, the likeliest first; their number, at most that of the
 * table's columns. */
size_t schema_guess_owners(const struct catalog_table *table,
                           const struct catalog_column **columns_out);

/* The columns that make up the id of an owner's object: those of the primary key without the owner,
 * or, where there is none, of a unique key that is never NULL. 0: the owner has one row, or a row
 * has no name. */
size_t schema_guess_id(const struct catalog_table *table, const struct catalog_column *owner,
                       const struct catalog_column **columns_out);

#endif
