#include "db_link.h"

#include <errmsg.h>
#include <mysqld_error.h>
#include <stdlib.h>

#define CONNECT_TIMEOUT_S 3u
#define ANSWER_TIMEOUT_S  30u

/* Of a packet, what is not a parameter's contents: the command's head and the parameters' types. */
#define PACKET_MARGIN_BYTES ((size_t)1024)

/* Metadata locks have their own timeout: without it an ALTER TABLE would hold a worker for a day.
 */
#define SESSION_SETTINGS                                                                           \
    "sql_mode = 'STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ZERO_DATE,NO_ZERO_IN_DATE,"       \
    "NO_ENGINE_SUBSTITUTION', autocommit = 1, innodb_lock_wait_timeout = 2, lock_wait_timeout = "  \
    "5, "

static const char *const SESSION_MARIADB =
    "SET SESSION " SESSION_SETTINGS "tx_isolation = 'READ-COMMITTED'";
static const char *const SESSION_MYSQL =
    "SET SESSION " SESSION_SETTINGS "transaction_isolation = 'READ-COMMITTED'";

enum meaning_kind {
    MEANS_REFUSED, /* the customer's data or constraint */
    MEANS_BUSY,    /* passing trouble, the link is good */
    MEANS_LOST,    /* the link is not worth keeping */
    MEANS_BROKEN,  /* config and database do not fit */
};

struct meaning {
    unsigned number;
    enum meaning_kind kind;
    enum fail_code code; /* with what follows: for MEANS_REFUSED alone */
    bool clash;          /* the row may be good, beside other rows */
    const char *message;
};

#define UNFIT(number, message)                                                                     \
    {                                                                                              \
        number, MEANS_REFUSED, FAIL_INVALID_DATA, false, message                                   \
    }
#define CLASH(number, message)                                                                     \
    {                                                                                              \
        number, MEANS_REFUSED, FAIL_INVALID_DATA, true, message                                    \
    }
#define BUSY(number)                                                                               \
    {                                                                                              \
        number, MEANS_BUSY, FAIL_SERVER_BUSY, false, NULL                                          \
    }
#define LOST(number)                                                                               \
    {                                                                                              \
        number, MEANS_LOST, FAIL_SERVER_BUSY, false, NULL                                          \
    }
#define BROKEN(number)                                                                             \
    {                                                                                              \
        number, MEANS_BROKEN, FAIL_INTERNAL, false, NULL                                           \
    }

#define NOT_NULL_MESSAGE    "a field that the table requires has no value"
#define WRONG_TYPE_MESSAGE  "a value does not fit the type of its column"
#define OUT_OF_RANGE        "a number is out of its column's range"
#define TOO_LONG_MESSAGE    "a value is too long for its column"
#define NO_PARENT_MESSAGE   "a foreign key names an object that is not there"
#define HAS_CHILD_MESSAGE   "other objects still refer to this one"
#define CHECK_MESSAGE       "a check constraint of the table refuses the values"
#define TOO_LARGE_MESSAGE   "the diff is larger than the database takes at once"
#define DUPLICATE_MESSAGE   "a value that must be unique is taken already"
#define ALTERED_MESSAGE     "a value would be cut or rounded to fit its column"
#define OTHER_DATA_MESSAGE  "the database refuses a value"
#define OTHER_CHECK_MESSAGE "a constraint of the table refuses the values"

/* Numbers of MySQL that MariaDB's header has no name for. */
#define DB_CHECK_VIOLATED        3819u
#define DB_JSON_TEXT             3140u
#define DB_DISCONNECTED_IDLE     4031u
#define DB_READ_ONLY_TRANSACTION 1836u

static const struct meaning MEANINGS[] = {
    CLASH(ER_DUP_ENTRY, DUPLICATE_MESSAGE),
    CLASH(ER_DUP_ENTRY_WITH_KEY_NAME, DUPLICATE_MESSAGE),
    CLASH(ER_DUP_KEY, DUPLICATE_MESSAGE),
    UNFIT(ER_BAD_NULL_ERROR, NOT_NULL_MESSAGE),
    UNFIT(ER_NO_DEFAULT_FOR_FIELD, NOT_NULL_MESSAGE),
    UNFIT(ER_WARN_NULL_TO_NOTNULL, NOT_NULL_MESSAGE),
    UNFIT(ER_DATA_TOO_LONG, TOO_LONG_MESSAGE),
    UNFIT(ER_WARN_DATA_OUT_OF_RANGE, OUT_OF_RANGE),
    UNFIT(ER_DATA_OUT_OF_RANGE, OUT_OF_RANGE),
    UNFIT(WARN_DATA_TRUNCATED, WRONG_TYPE_MESSAGE),
    UNFIT(ER_TRUNCATED_WRONG_VALUE, WRONG_TYPE_MESSAGE),
    UNFIT(ER_TRUNCATED_WRONG_VALUE_FOR_FIELD, WRONG_TYPE_MESSAGE),
    UNFIT(DB_JSON_TEXT, WRONG_TYPE_MESSAGE),
    UNFIT(DB_CHECK_VIOLATED, CHECK_MESSAGE),
    UNFIT(ER_CONSTRAINT_FAILED, CHECK_MESSAGE),
    CLASH(ER_NO_REFERENCED_ROW, NO_PARENT_MESSAGE),
    CLASH(ER_NO_REFERENCED_ROW_2, NO_PARENT_MESSAGE),
    CLASH(ER_ROW_IS_REFERENCED, HAS_CHILD_MESSAGE),
    CLASH(ER_ROW_IS_REFERENCED_2, HAS_CHILD_MESSAGE),
    {ER_NET_PACKET_TOO_LARGE, MEANS_REFUSED, FAIL_TOO_LARGE, false, TOO_LARGE_MESSAGE},
    {CR_NET_PACKET_TOO_LARGE, MEANS_REFUSED, FAIL_TOO_LARGE, false, TOO_LARGE_MESSAGE},

    BUSY(ER_LOCK_WAIT_TIMEOUT),
    BUSY(ER_LOCK_DEADLOCK),
    BUSY(ER_CHECKREAD),
    BUSY(ER_LOCK_TABLE_FULL),
    BUSY(ER_RECORD_FILE_FULL),
    BUSY(ER_DISK_FULL),
    BUSY(ER_STATEMENT_TIMEOUT),
    BUSY(ER_TABLE_DEF_CHANGED), /* since the snapshot was taken */

    LOST(CR_SERVER_GONE_ERROR),
    LOST(CR_SERVER_LOST),
    LOST(CR_SERVER_LOST_EXTENDED),
    LOST(CR_CONNECTION_ERROR),
    LOST(CR_CONN_HOST_ERROR),
    LOST(CR_UNKNOWN_HOST),
    LOST(CR_SSL_CONNECTION_ERROR),
    LOST(CR_SOCKET_CREATE_ERROR), /* no descriptor is left */
    LOST(CR_OUT_OF_MEMORY),       /* in the middle of an answer: to go on is to wait for its rest */
    LOST(ER_SERVER_SHUTDOWN),
    LOST(ER_CON_COUNT_ERROR),
    LOST(ER_TOO_MANY_USER_CONNECTIONS),
    LOST(ER_USER_LIMIT_REACHED),
    LOST(ER_HOST_IS_BLOCKED),
    LOST(ER_QUERY_INTERRUPTED),
    LOST(ER_NORMAL_SHUTDOWN),
    LOST(ER_FORCING_CLOSE),
    LOST(ER_NEW_ABORTING_CONNECTION),
    LOST(ER_NET_READ_ERROR),
    LOST(ER_NET_READ_INTERRUPTED),
    LOST(ER_NET_ERROR_ON_WRITE),
    LOST(ER_NET_WRITE_INTERRUPTED),
    LOST(ER_UNKNOWN_STMT_HANDLER),
    LOST(ER_NEED_REPREPARE),
    LOST(ER_MAX_PREPARED_STMT_COUNT_REACHED),
    LOST(ER_OPTION_PREVENTS_STATEMENT), /* read_only: the primary has become a replica */
    LOST(DB_READ_ONLY_TRANSACTION),
    LOST(DB_DISCONNECTED_IDLE),
    LOST(ER_CONNECTION_KILLED),

    BROKEN(ER_ACCESS_DENIED_ERROR),
    BROKEN(ER_DBACCESS_DENIED_ERROR),
    BROKEN(ER_TABLEACCESS_DENIED_ERROR),
    BROKEN(ER_COLUMNACCESS_DENIED_ERROR),
    BROKEN(ER_PROCACCESS_DENIED_ERROR),
    BROKEN(ER_SPECIFIC_ACCESS_DENIED_ERROR),
    BROKEN(ER_BAD_DB_ERROR),
    BROKEN(ER_NO_SUCH_TABLE),
    BROKEN(ER_BAD_FIELD_ERROR),
    BROKEN(ER_SP_DOES_NOT_EXIST),
};

/* What a number that the table does not know means by the class of its SQLSTATE. */
static const struct {
    const char *class;
    struct meaning meaning;
} CLASSES[] = {
    {"08", LOST(0)},
    {"22", UNFIT(0, OTHER_DATA_MESSAGE)},
    {"23", CLASH(0, OTHER_CHECK_MESSAGE)},
    {"40", BUSY(0)},
};

/* Troubles that the schema's checks tell apart. */
static const struct {
    unsigned number;
    enum db_error error;
} ERRORS[] = {
    {ER_ACCESS_DENIED_ERROR, DB_ERROR_LOGIN},
    {ER_ACCESS_DENIED_NO_PASSWORD_ERROR, DB_ERROR_LOGIN},
    {ER_HOST_NOT_PRIVILEGED, DB_ERROR_LOGIN},
    {ER_DBACCESS_DENIED_ERROR, DB_ERROR_DATABASE_DENIED},
    {ER_BAD_DB_ERROR, DB_ERROR_NO_DATABASE},
    {ER_TABLEACCESS_DENIED_ERROR, DB_ERROR_DENIED},
    {ER_COLUMNACCESS_DENIED_ERROR, DB_ERROR_DENIED},
    {ER_PROCACCESS_DENIED_ERROR, DB_ERROR_DENIED},
    {ER_SPECIFIC_ACCESS_DENIED_ERROR, DB_ERROR_DENIED},
    {ER_TABLE_EXISTS_ERROR, DB_ERROR_EXISTS},
    {ER_DUP_FIELDNAME, DB_ERROR_EXISTS},
    {ER_DUP_KEYNAME, DB_ERROR_EXISTS},
    {CR_CONNECTION_ERROR, DB_ERROR_CONNECTION},
    {CR_CONN_HOST_ERROR, DB_ERROR_HOST},
    {CR_UNKNOWN_HOST, DB_ERROR_HOST},
    {CR_SSL_CONNECTION_ERROR, DB_ERROR_TLS},
};

void db_link_init(struct db_link *link, const struct db_settings *settings)
{
    *link = (struct db_link){.settings = settings};
}

void db_link_close(struct db_link *link)
{
    if (link->mysql != NULL)
        mysql_close(link->mysql);
    link->mysql = NULL;
}

static const char *text_or_null(struct text t)
{
    return t.len > 0 ? t.ptr : NULL;
}

static void set_options(MYSQL *mysql)
{
    const unsigned connect_s = CONNECT_TIMEOUT_S;
    const unsigned answer_s = ANSWER_TIMEOUT_S;
    const unsigned no_infile = 0;
    const my_bool no = 0;
    const my_bool yes = 1;

    mysql_optionsv(mysql, MYSQL_OPT_CONNECT_TIMEOUT, &connect_s);
    mysql_optionsv(mysql, MYSQL_OPT_READ_TIMEOUT, &answer_s);
    mysql_optionsv(mysql, MYSQL_OPT_WRITE_TIMEOUT, &answer_s);
    mysql_optionsv(mysql, MYSQL_OPT_LOCAL_INFILE, &no_infile);
    mysql_optionsv(mysql, MYSQL_OPT_RECONNECT, &no);
    mysql_optionsv(mysql, MYSQL_REPORT_DATA_TRUNCATION, &yes);
    mysql_optionsv(mysql, MYSQL_SET_CHARSET_NAME, "utf8mb4");
}

static void set_transport(MYSQL *mysql, const struct db_settings *settings)
{
    const unsigned protocol = settings->socket.len > 0 ? MYSQL_PROTOCOL_SOCKET : MYSQL_PROTOCOL_TCP;
    const my_bool verify = settings->tls_verify ? 1 : 0;
    const my_bool enforce = 1;

    mysql_optionsv(mysql, MYSQL_OPT_PROTOCOL, &protocol);
    if (!settings->tls)
        return;
    mysql_optionsv(mysql, MYSQL_OPT_SSL_ENFORCE, &enforce);
    mysql_optionsv(mysql, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &verify);
    mysql_optionsv(mysql, MYSQL_OPT_SSL_CA, text_or_null(settings->tls_ca));
    mysql_optionsv(mysql, MYSQL_OPT_SSL_CERT, text_or_null(settings->tls_cert));
    mysql_optionsv(mysql, MYSQL_OPT_SSL_KEY, text_or_null(settings->tls_key));
}

static enum rc read_packet_size(struct db_link *link, struct fail *fail)
{
    MYSQL_RES *result;
    enum rc rc = db_link_query(link, "SELECT @@max_allowed_packet", &result, fail);
    MYSQL_ROW row;

    if (rc != RC_OK)
        return rc;
    row = mysql_fetch_row(result);
    link->packet_bytes = row == NULL ? 0 : strtoull(row[0], NULL, 10);
    mysql_free_result(result);
    return RC_OK;
}

static enum rc connect_link(struct db_link *link, struct fail *fail)
{
    const struct db_settings *settings = link->settings;
    /* For NULL the library would look into MYSQL_PWD, which others may read in /proc. */
    const char *password = settings->password.len > 0 ? settings->password.ptr : "";
    enum rc rc;

    if (mysql_real_connect(link->mysql, text_or_null(settings->host), text_or_null(settings->user),
                           password, text_or_null(settings->database), settings->port,
                           text_or_null(settings->socket), CLIENT_FOUND_ROWS) == NULL)
        return db_link_error(link, NULL, "connect", false, fail);
    link->generation++;
    rc = db_link_exec(link, db_link_is_mariadb(link) ? SESSION_MARIADB : SESSION_MYSQL, fail);
    return rc == RC_OK ? read_packet_size(link, fail) : rc;
}

enum rc db_link_open(struct db_link *link, struct fail *fail)
{
    enum rc rc;

    if (link->mysql != NULL)
        return RC_OK;
    link->mysql = mysql_init(NULL);
    if (link->mysql == NULL)
        return fail_fatal(fail, "mysql_init: out of memory");
    set_options(link->mysql);
    set_transport(link->mysql, link->settings);
    rc = connect_link(link, fail);
    /* A session whose settings were not taken would count and lock differently. */
    if (rc != RC_OK) {
        link->failed_connects++;
        db_link_close(link);
    } else {
        link->connects++;
    }
    return rc;
}

static enum rc busy(enum rc rc, enum fail_cause cause, const char *detail, struct fail *fail)
{
    fail_busy(fail, rc, "%s", detail);
    fail->cause = cause;
    return rc;
}

enum rc db_link_is_lost(struct fail *fail)
{
    return busy(RC_RETRY, FAIL_CAUSE_LINK, "the link to the database was lost", fail);
}

bool db_link_is_mariadb(const struct db_link *link)
{
    return mariadb_connection(link->mysql) != 0;
}

unsigned db_link_version(const struct db_link *link)
{
    return (unsigned)mysql_get_server_version(link->mysql);
}

bool db_link_takes_arrays(const struct db_link *link)
{
    unsigned long capabilities = 0;

    mariadb_get_infov(link->mysql, MARIADB_CONNECTION_EXTENDED_SERVER_CAPABILITIES, &capabilities);
    return !link->row_by_row && (capabilities & (MARIADB_CLIENT_STMT_BULK_OPERATIONS >> 32)) != 0;
}

enum rc db_link_fits(const struct db_link *link, size_t bytes, struct fail *fail)
{
    if (bytes + PACKET_MARGIN_BYTES <= link->packet_bytes)
        return RC_OK;
    fail_reject(fail, FAIL_TOO_LARGE, TOO_LARGE_MESSAGE);
    fail_detail(fail, "%zu bytes, and max_allowed_packet is %zu", bytes, link->packet_bytes);
    return RC_REJECTED;
}

enum db_error db_link_last_error(const struct db_link *link)
{
    const unsigned number = link->error_number;

    for (size_t i = 0; i < ARRAY_LEN(ERRORS); i++)
        if (ERRORS[i].number == number)
            return ERRORS[i].error;
    if (number >= CR_MIN_ERROR && number <= CR_MAX_ERROR)
        return DB_ERROR_CLIENT;
    return number == 0 ? DB_ERROR_NONE : DB_ERROR_OTHER;
}

enum db_error db_link_try(struct db_link *link, struct text sql)
{
    if (mysql_real_query(link->mysql, sql.ptr, sql.len) == 0)
        return DB_ERROR_NONE;
    link->error_number = mysql_errno(link->mysql);
    return db_link_last_error(link);
}

enum rc db_link_exec(struct db_link *link, const char *sql, struct fail *fail)
{
    if (mysql_real_query(link->mysql, sql, strlen(sql)) != 0)
        return db_link_error(link, NULL, sql, false, fail);
    return RC_OK;
}

enum rc db_link_query(struct db_link *link, const char *sql, MYSQL_RES **result_out,
                      struct fail *fail)
{
    enum rc rc = db_link_exec(link, sql, fail);

    if (rc != RC_OK)
        return rc;
    *result_out = mysql_store_result(link->mysql);
    if (*result_out == NULL)
        return db_link_error(link, NULL, sql, false, fail);
    return RC_OK;
}

static struct meaning meaning_of(unsigned number, const char *sqlstate)
{
    for (size_t i = 0; i < ARRAY_LEN(MEANINGS); i++)
        if (MEANINGS[i].number == number)
            return MEANINGS[i];
    for (size_t i = 0; i < ARRAY_LEN(CLASSES); i++)
        if (strncmp(sqlstate, CLASSES[i].class, 2) == 0)
            return CLASSES[i].meaning;
    return (struct meaning){.number = number, .kind = MEANS_BROKEN, .code = FAIL_INTERNAL};
}

static enum fail_cause cause_of(const struct meaning *meaning)
{
    if (meaning->kind == MEANS_LOST)
        return FAIL_CAUSE_LINK;
    if (meaning->number == ER_LOCK_DEADLOCK)
        return FAIL_CAUSE_DEADLOCK;
    return meaning->number == ER_LOCK_WAIT_TIMEOUT ? FAIL_CAUSE_LOCK_WAIT : FAIL_CAUSE_OTHER;
}

static enum rc set_fail(const struct meaning *meaning, bool committing, const char *detail,
                        struct fail *fail)
{
    switch (meaning->kind) {
    case MEANS_REFUSED:
        fail_reject(fail, meaning->code, "%s", meaning->message);
        fail_detail(fail, "%s", detail);
        fail->clash = meaning->clash;
        return RC_REJECTED;
    case MEANS_BUSY:
        return busy(RC_RETRY, cause_of(meaning), detail, fail);
    case MEANS_LOST:
        return busy(committing ? RC_UNCERTAIN : RC_RETRY, cause_of(meaning), detail, fail);
    case MEANS_BROKEN:
        break;
    }
    return fail_fatal(fail, "%s", detail);
}

/* Some messages quote the value that was refused: it is cut out, for no json_data goes into the
 * log. The value may look like anything, so it ends only at the last place that could be its end.
 */
static struct text without_value(const char *message, struct buf *into)
{
    static const char *const BEFORE[] = {"entry '", "value: '"};
    const char *start = NULL, *end = NULL;

    for (size_t i = 0; i < ARRAY_LEN(BEFORE) && start == NULL; i++)
        if ((start = strstr(message, BEFORE[i])) != NULL)
            start += strlen(BEFORE[i]);
    if (start == NULL)
        return text_of(message);
    for (const char *at = strstr(start, "' for "); at != NULL; at = strstr(at + 1, "' for "))
        end = at;
    buf_add(into, message, (size_t)(start - message));
    buf_add_str(into, end != NULL ? "…" : "…'");
    buf_add_str(into, end != NULL ? end : "");
    return buf_text(into);
}

enum rc db_link_error(struct db_link *link, MYSQL_STMT *stmt, const char *what, bool committing,
                      struct fail *fail)
{
    /* An error that comes in the place of a row is noted on the connection alone. */
    bool on_statement = stmt != NULL && mysql_stmt_errno(stmt) != 0;
    unsigned number = on_statement ? mysql_stmt_errno(stmt) : mysql_errno(link->mysql);
    const char *state = on_statement ? mysql_stmt_sqlstate(stmt) : mysql_sqlstate(link->mysql);
    const char *message = on_statement ? mysql_stmt_error(stmt) : mysql_error(link->mysql);
    struct meaning meaning = meaning_of(number, state);
    char detail[2 * sizeof(fail->detail)]; /* cut to its place at a character, not here */
    struct buf redacted;
    struct text said;
    enum rc rc;

    link->error_number = number;
    /* SIGNAL speaks in the customer's own words, meant for whoever sent the data; what its trigger
     * looked at, nobody can tell. */
    if (number == ER_SIGNAL_EXCEPTION || number == ER_SIGNAL_NOT_FOUND ||
        strncmp(state, "45", 2) == 0)
        meaning = (struct meaning)CLASH(number, message);
    /* What a COMMIT did that failed in a way unknown here, nobody can tell. */
    if (committing && meaning.kind == MEANS_BROKEN)
        meaning.kind = MEANS_LOST;
    buf_init(&redacted, MYSQL_ERRMSG_SIZE * 2);
    said = without_value(message, &redacted);
    snprintf(detail, sizeof(detail), "%.300s (%u)%s: %.400s", said.ptr, number,
             meaning.kind == MEANS_BROKEN ? "; run `mobync check`" : "", what);
    buf_release(&redacted);
    rc = set_fail(&meaning, committing, detail, fail);
    if (meaning.kind == MEANS_LOST || meaning.code == FAIL_TOO_LARGE)
        db_link_close(link);
    return rc;
}

enum rc db_link_check_notes(struct db_link *link, const char *what, struct fail *fail)
{
    MYSQL_RES *notes;
    MYSQL_ROW note;
    enum rc rc = db_link_query(link, "SHOW WARNINGS", &notes, fail);

    if (rc != RC_OK)
        return rc;
    while (rc == RC_OK && (note = mysql_fetch_row(notes)) != NULL) {
        if (strtoul(note[1], NULL, 10) != WARN_DATA_TRUNCATED)
            continue;
        rc = fail_reject(fail, FAIL_INVALID_DATA, ALTERED_MESSAGE);
        fail_detail(fail, "%s (%s): %s", note[2], note[1], what);
    }
    mysql_free_result(notes);
    return rc;
}

void db_quote_name(struct buf *sql, struct text name)
{
    buf_add_char(sql, '`');
    for (size_t i = 0; i < name.len; i++) {
        if (name.ptr[i] == '`')
            buf_add_char(sql, '`');
        buf_add_char(sql, name.ptr[i]);
    }
    buf_add_char(sql, '`');
}

void db_quote_value(struct db_link *link, struct buf *sql, struct text value)
{
    char *at;

    buf_add_char(sql, '\'');
    at = buf_reserve(sql, value.len * 2 + 1);
    if (at != NULL)
        sql->len += mysql_real_escape_string(link->mysql, at, value.ptr, value.len);
    buf_add_char(sql, '\'');
}
