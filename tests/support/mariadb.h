/* mariadb.h: a MariaDB of the test's own: empty, on a unix socket in a temporary directory.
 * Process: the server is a child of the test and dies with it, however the test ends.
 * Owns:    the directory; mariadb_stop() ends the server and removes all of it.
 * Fails:   ends the test with status 1 and the server's log on standard error. */
#ifndef MOBYNC_TEST_MARIADB_H
#define MOBYNC_TEST_MARIADB_H

#include <stdbool.h>

/* May do everything, needs no password. */
#define MARIADB_USER     "root"
#define MARIADB_DATABASE "app"

struct mariadb;

struct mariadb *mariadb_start(void);
const char *mariadb_socket(const struct mariadb *server);
/* Ends the server and starts it again on the same data and socket. */
void mariadb_restart(struct mariadb *server);
void mariadb_stop(struct mariadb *server);

#endif
