/* db_variables.h: the session variables that decide which bytes and how many rows a statement
 * gives. Every one has a value of this table, whatever the server's defaults, its init_connect, or
 * a proxy say.
 * Pure:    writes SQL; db_link_open.c runs it.
 * Holds:   no row needs a privilege. Left alone, because the server's operator depends on them:
 *          sql_log_bin, binlog_format, resource limits, and what only changes plans. */
#ifndef MOBYNC_DB_VARIABLES_H
#define MOBYNC_DB_VARIABLES_H

#include "buf.h"

/* As in db_link.h: 101119 is 10.11.19. */
struct db_variables_server {
    bool mariadb;
    unsigned version;
};

/* SET SESSION of all that this server knows. */
void db_variables_set(struct buf *sql, struct db_variables_server server);
/* One row, one column: the names of those that have another value, separated by commas, or ''. */
void db_variables_probe(struct buf *sql, struct db_variables_server server);

#endif
