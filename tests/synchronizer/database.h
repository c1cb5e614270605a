/* database.h: the private MariaDB of a test binary, with our tables and those of the contract.
 * Owns:    one server per binary, started by database_start(). */
#ifndef MOBYNC_TEST_DATABASE_H
#define MOBYNC_TEST_DATABASE_H

#include <mysql.h>

#include "db_synchronizer.h"
#include "mariadb.h"

/* A table (variable_name, variable_value) of the server's counters. */
#define DATABASE_STATUS                                                                            \
    "(SELECT UPPER(variable_name) variable_name, variable_value FROM "                             \
    "information_schema.global_status) counters"

/* The diff table, and what an INSERT of a diff gives. */
#define DATABASE_DIFFS                                                                             \
    "`my``diffs` (owner, logical_clock, seq, id, `utc_timestamp`, type, model, object_id, "        \
    "json_data)"

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
