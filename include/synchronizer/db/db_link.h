/* db_link.h: one connection to MariaDB or MySQL, and what its errors mean to us.
 * Process: open it after fork; never share it. Only mysql_* files include this header.
 * Session: utf8mb4, strict sql_mode, READ COMMITTED, found rows are counted, no multi-statements,
 *          no auto-reconnect, timeouts always set, lock waits short. Autocommit is on: a read
 *          outside a transaction leaves nothing open and costs one round trip; writes stand
 *          between START TRANSACTION and COMMIT.
 * Fails:   as synchronizer.h says; the map from errno to rc is one table. */
#ifndef MOBYNC_DB_LINK_H
#define MOBYNC_DB_LINK_H

#include <mysql.h>

#include "db_synchronizer.h"

struct db_link {
    const struct db_settings *settings;
    MYSQL *mysql;        /* NULL: not connected */
    size_t packet_bytes; /* the server's max_allowed_packet */
    bool row_by_row;     /* set by tests: as if the server took no arrays */
    uint64_t generation; /* grows with every connect: what was prepared before is void */
    uint64_t connects;
    uint64_t failed_connects;
    unsigned error_number; /* the server's or the client library's, of the last failure */
};

void db_link_init(struct db_link *link, const struct db_settings *settings);
/* Does nothing when connected. */
NODISCARD enum rc db_link_open(struct db_link *link, struct fail *fail);
void db_link_close(struct db_link *link);
/* RC_RETRY, for who meets a link that was lost earlier in the transaction. */
enum rc db_link_is_lost(struct fail *fail);
/* The link must be open; false means MySQL, whose SQL and
 * protocol differ in places. */
bool db_link_is_mariadb(const struct db_link *link);

/* Which trouble it was, for a caller that must tell them apart. From DB_ERROR_CLIENT on it is the
 * client library that says so, not the server. */
enum db_error {
    DB_ERROR_NONE,
    DB_ERROR_OTHER,
    DB_ERROR_LOGIN,           /* the account or its password */
    DB_ERROR_DATABASE_DENIED, /* the account may not use the database */
    DB_ERROR_NO_DATABASE,
    DB_ERROR_DENIED, /* a privilege on a table, a column, a function */
    DB_ERROR_EXISTS, /* the table, the column or the key is there already */
    DB_ERROR_CLIENT,
    DB_ERROR_CONNECTION, /* nobody listens; said of hosts too */
    DB_ERROR_HOST,
    DB_ERROR_TLS,
};

/* Of the last failure that db_link_error() or db_link_try() saw. */
enum db_error db_link_last_error(const struct db_link *link);
/* As mysql_get_server_version(): 101119 is 10.11.19. The link must be open. */
unsigned db_link_version(const struct db_link *link);

/* One statement without parameters and without a result, which may fail: neither is the failure
 * judged nor the link closed, as long as the caller does not ask db_link_error(). */
enum db_error db_link_try(struct db_link *link, struct text sql);
/* One statement without parameters and without a result. */
NODISCARD enum rc db_link_exec(struct db_link *link, const char *sql, struct fail *fail);
/* One statement without parameters; *result_out is freed by the caller with mysql_free_result(). */
NODISCARD enum rc db_link_query(struct db_link *link, const char *sql, MYSQL_RES **result_out,
                                struct fail *fail);

/* Does the server take many rows of parameters at once? MariaDB does, MySQL does not. */
bool db_link_takes_arrays(const struct db_link *link);

/* RC_REJECTED TOO_LARGE if parameters of that size fit into no packet: the server would not say so,
 * it would hang up. */
NODISCARD enum rc db_link_fits(const struct db_link *link, size_t bytes, struct fail *fail);

/* What errno and message of the connection (stmt NULL) or of the statement mean. Sets *fail; closes
 * the link where the error says that it is lost. `committing` turns a lost link into UNCERTAIN. */
enum rc db_link_error(struct db_link *link, MYSQL_STMT *stmt, const char *what, bool committing,
                      struct fail *fail);

/* Behind a statement that has warnings: strict or not, the server cuts surplus spaces off a text
 * and rounds decimals, and says so in a note alone. RC_REJECTED INVALID_DATA if it did. */
NODISCARD enum rc db_link_check_notes(struct db_link *link, const char *what, struct fail *fail);

/* Appends `name` in backticks, its backticks doubled; appends 'value' quoted and escaped. */
void db_quote_name(struct buf *sql, struct text name);
void db_quote_value(struct db_link *link, struct buf *sql, struct text value);

#endif
