/* mysql_tables.h: the tables of our own, their names and their DDL.
 * Pure:    appends text to a buffer; no connection.
 * Holds:   ids, owners and models compare as bytes, trailing spaces included. */
#ifndef MOBYNC_MYSQL_TABLES_H
#define MOBYNC_MYSQL_TABLES_H

#include "buf.h"

#define MYSQL_OWNERS_TABLE "mobync_owners"
#define MYSQL_KNOWN_TABLE  "mobync_known"

/* The utf8mb4 collation by code point that does not pad: the two servers name it differently. */
const char *mysql_tables_collation(bool mariadb);

/* Each appends one CREATE TABLE IF NOT EXISTS, without a final semicolon. */
void mysql_tables_owners(struct buf *sql, bool mariadb);
void mysql_tables_diffs(struct buf *sql, bool mariadb, struct text table);
void mysql_tables_known(struct buf *sql, bool mariadb);
void mysql_tables_tokens(struct buf *sql, bool mariadb, struct text table);

#endif
