/* mariadb.h: a MariaDB of the test's own: empty, on a unix socket in a temporary directory. With
 * MOBYNC_TEST_SERVER=mysql in the environment it is a MySQL (scripts/lib/mysql.sh).
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
struct st_mysql;

/* With MOBYNC_HOSTILE=1 in the environment its defaults for sessions are as bad as they can be: see
 * HOSTILE in mariadb.c. A connection of the test's own calls mariadb_calm() first. */
struct mariadb *mariadb_start(void);
const char *mariadb_socket(const struct mariadb *server);
/* Ends the server and starts it again on the same data and socket. */
void mariadb_restart(struct mariadb *server);
/* The same, with one option more, which it keeps until it is restarted again. */
void mariadb_restart_with(struct mariadb *server, const char *option);
/* As kill -9 does; mariadb_restart() starts it again. */
void mariadb_kill(struct mariadb *server);
void mariadb_stop(struct mariadb *server);
/* Is it a MySQL? What MariaDB alone can do is skipped there. */
bool mariadb_is_mysql(void);
/* The statement, which is in MariaDB's words, in those of the server: names of collations, types,
 * tables. The text is good until the next call. */
const char *mariadb_words(const char *sql);
/* Gives a session usable values, of whatever defaults it was born with. */
bool mariadb_calm(struct st_mysql *mysql);

#endif
