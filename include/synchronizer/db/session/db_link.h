/* db_link.h: one connection to MariaDB or MySQL, and what its errors mean to us.
 * Process: open it after fork; never share it. The sync itself asks through synchronizer.h.
 * Session: utf8mb4, strict sql_mode, READ COMMITTED, found rows are counted, no multi-statements,
 *          no auto-reconnect, timeouts always set, lock waits short. Autocommit is on: a read
 *          outside a transaction leaves nothing open and costs one round trip; writes stand
 *          between START TRANSACTION and COMMIT. Every variable of db_variables.h has our value,
 *          whatever the server's defaults are.
 * Owns:    the connection, from db_link_open() to db_link_close().
 * Units:   timeouts in seconds, as the library has them.
 * Fails:   as synchronizer.h says, see db_error.h.
 * Holds:   a link that is not worth keeping is closed before anybody uses it again. */
#ifndef MOBYNC_DB_LINK_H
#define MOBYNC_DB_LINK_H

#include "buf.h"
#include "db_error.h"
#include "db_hosts.h"

/* Of mysql.h, which the sources of synchronizer/db alone include. */
struct st_mysql;
struct st_mysql_stmt;

/* What a COMMIT that others can read already takes until no crash can take it back. */
enum db_flush {
    DB_FLUSH_NONE,      /* nothing: the binary log was on disk before anybody could read it */
    DB_FLUSH_PROCEDURE, /* the procedure of db_tables.h, as far as is known */
    DB_FLUSH_UPDATE,    /* that is missing or denied: a write of our own, whose COMMIT waits */
};

struct db_link {
    const struct db_settings *settings;
    struct st_mysql *mysql; /* NULL: not connected */
    size_t packet_bytes;    /* the server's max_allowed_packet */
    enum db_flush flush;    /* found out with every connect */
    bool cluster;           /* the server is a node of a Galera cluster */
    bool row_by_row;        /* set by tests: as if the server took no arrays */
    uint64_t generation;    /* grows with every connect: what was prepared before is void */
    uint64_t connects;
    uint64_t failed_connects;
    /* From START TRANSACTION until commit or rollback, also while the link is lost. */
    bool in_transaction;
    size_t host;               /* of the settings: connected to, or the last that was tried */
    struct db_host_in_use own; /* where the settings name none */
    bool in_doubt;         /* after an error that left the link open: is the server still fit? */
    char lost[200];        /* why the link was closed; empty: it was not, or is open again */
    bool customers_code;   /* set while a statement may run it: see db_error.h */
    unsigned error_number; /* the server's or the client library's, of the last failure */
};

void db_link_init(struct db_link *link, const struct db_settings *settings);
/* Does nothing when connected to the host in use, unless an error has put the server in doubt and
 * the settings want it writable. Else connects to the host in use, or to the next that will do: at
 * most 3 s each, and what their names take to be resolved. */
NODISCARD enum rc db_link_open(struct db_link *link, struct fail *fail);
void db_link_close(struct db_link *link);
/* The same for a reason, which is logged when another host is in use instead. */
void db_link_give_up(struct db_link *link, const struct fail *why);
/* RC_RETRY, for who meets a link that was lost earlier in the transaction. */
enum rc db_link_is_lost(struct fail *fail);
/* The link must be open; false means MySQL, whose SQL and protocol differ in places. */
bool db_link_is_mariadb(const struct db_link *link);

/* Behind every statement: RC_RETRY where a transaction is open and the server's answer says that
 * none is. It may be gone without an error, and what follows would be applied alone. */
NODISCARD enum rc db_link_check_transaction(const struct db_link *link, const char *what,
                                            struct fail *fail);
/* The same behind the last row of a result. */
NODISCARD enum rc db_link_check_end(const struct db_link *link, const char *what,
                                    struct fail *fail);

/* Of the last failure that db_link_error() or db_link_try() saw. */
enum db_error db_link_last_error(const struct db_link *link);
/* As mysql_get_server_version(): 101119 is 10.11.19. The link must be open. */
unsigned db_link_version(const struct db_link *link);

/* One statement without parameters and without a result, which may fail: neither is the failure
 * judged nor the link closed, as long as the caller does not ask db_link_error(). */
enum db_error db_link_try(struct db_link *link, struct text sql);
/* One statement without parameters and without a result. */
NODISCARD enum rc db_link_exec(struct db_link *link, const char *sql, struct fail *fail);
/* Does the server take many rows of parameters at once? MariaDB does, MySQL does not. */
bool db_link_takes_arrays(const struct db_link *link);

/* RC_REJECTED TOO_LARGE if parameters of that size fit into no packet: the server would not say so,
 * it would hang up. */
NODISCARD enum rc db_link_fits(const struct db_link *link, size_t bytes, struct fail *fail);

/* What errno and message of the connection (stmt NULL) or of the statement mean. Sets *fail; closes
 * the link where the error says that it is lost. `committing` turns a lost link into UNCERTAIN. */
enum rc db_link_error(struct db_link *link, struct st_mysql_stmt *stmt, const char *what,
                      bool committing, struct fail *fail);

/* Behind a statement that has warnings: strict or not, the server cuts surplus spaces off a text
 * and rounds decimals, and says so in a note alone. RC_REJECTED INVALID_DATA if it did. */
NODISCARD enum rc db_link_check_notes(struct db_link *link, const char *what, struct fail *fail);

#endif
