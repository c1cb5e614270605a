/* db_error.h: what an error of the server or of its client library means to us.
 * Pure:    a number and its words in, an rc and *fail out.
 * Owns:    nothing; texts are the client library's, and copied.
 * Units:   the numbers of MariaDB and MySQL; from DB_ERROR_CLIENT on, those of the library.
 * Fails:   as synchronizer.h says; the map from number to rc is one table.
 * Holds:   *fail holds no value that a device sent. */
#ifndef MOBYNC_DB_ERROR_H
#define MOBYNC_DB_ERROR_H

#include "buf.h"
#include "fail.h"

#define DB_TOO_LARGE_MESSAGE "the diff is larger than the database takes at once"
#define DB_NO_PARENT_MESSAGE "a foreign key names an object that is not there"

/* Which trouble it was, for a caller that must tell them apart. From DB_ERROR_CLIENT on it is the
 * client library that says so, not the server. */
enum db_error {
    DB_ERROR_NONE,
    DB_ERROR_OTHER,
    DB_ERROR_LOGIN,           /* the account or its password */
    DB_ERROR_DATABASE_DENIED, /* the account may not use the database */
    DB_ERROR_NO_DATABASE,
    DB_ERROR_DENIED,  /* a privilege on a table, a column, a function; to log one or a trigger */
    DB_ERROR_EXISTS,  /* the table, column, key, procedure or trigger is there already */
    DB_ERROR_SESSION, /* a session variable that the server's configuration limits */
    DB_ERROR_NOT_WRITABLE, /* a read-only server, a node outside of the primary component */
    DB_ERROR_TLS_REQUIRED,
    DB_ERROR_CLIENT,
    DB_ERROR_CONNECTION, /* nobody listens; said of hosts too */
    DB_ERROR_HOST,
    DB_ERROR_TLS,
    DB_ERROR_PLUGIN,    /* the way to log in does not go on like this: without TLS, say */
    DB_ERROR_NO_PLUGIN, /* the library lacks it */
};

/* Numbers of MySQL that MariaDB's header has no name for: a check constraint's, and that of a
 * parameter with a character that the column cannot hold. */
#define DB_CHECK_VIOLATED    3819u
#define DB_CHARSET_PARAMETER 3988u

enum db_error db_error_of(unsigned number);

struct db_error_said {
    unsigned number;
    const char *state; /* SQLSTATE */
    const char *message;
    const char *what; /* was to be done */
    bool committing;  /* a lost link is UNCERTAIN then */
    /* While a row of a mapped table was written, or a validation function was asked: what is no
     * trouble of the server's own is a refusal by the customer's constraints and triggers. */
    bool customers_code;
};

/* *link_is_good_out is false where the link is not worth keeping. */
enum rc db_error_judge(const struct db_error_said *said, bool *link_is_good_out, struct fail *fail);

#endif
