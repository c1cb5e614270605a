/* database.h: the private MariaDB of a test binary, with our tables and those of the contract.
 * Owns:    one server per binary, started by database_start(). */
#ifndef MOBYNC_TEST_DATABASE_H
#define MOBYNC_TEST_DATABASE_H

#include <mysql.h>

#include "db_synchronizer.h"
#include "mariadb.h"

struct database {
    struct mariadb *server;
    MYSQL *mysql; /* a connection beside the one under test */
    struct db_settings settings;
};

void database_start(struct database *db, const struct mapping *mapping);
/* The connection of its own, opened again: after the server was restarted. */
void database_connect(struct database *db);
void database_stop(struct database *db);
/* An empty database with all tables. */
void database_reset(struct database *db);
/* Ends the test with the server's message if the statement fails. */
void database_exec(struct database *db, const char *sql);
/* Ends the newest connection beside ours: the one under test. */
void database_kill_link(struct database *db);
/* The first column of the first row. */
long long database_number(struct database *db, const char *sql);

#endif
