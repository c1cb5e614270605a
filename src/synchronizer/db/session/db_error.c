/* What errors mean: two tables, from the numbers of the server and of the client library to an rc
 * with its fail (db_error_judge()), and to the few kinds that others tell apart (db_error_of()). No
 * value that a device sent gets into fail->detail. */
#include "db_error.h"

#include <errmsg.h>
#include <mysql.h>
#include <mysqld_error.h>

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
#define CHARSET_MESSAGE     "the value has a character that the character set of its column cannot hold"
#define OUT_OF_RANGE        "a number is out of its column's range"
#define TOO_LONG_MESSAGE    "a value is too long for its column"
#define HAS_CHILD_MESSAGE   "other objects still refer to this one"
#define CHECK_MESSAGE       "a check constraint of the table refuses the values"
#define DUPLICATE_MESSAGE   "a value that must be unique is taken already"
#define OTHER_DATA_MESSAGE  "the database refuses a value"
#define OTHER_CHECK_MESSAGE "a constraint of the table refuses the values"

/* Numbers of MySQL that MariaDB's header has no name for. */
#define DB_LOCK_ABORTED          1689u
#define DB_QUERY_TIMEOUT         3024u
#define DB_READ_ONLY_MODE        3032u
#define DB_JSON_TEXT             3140u
#define DB_TLS_REQUIRED          3159u
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
    CLASH(ER_NO_REFERENCED_ROW, DB_NO_PARENT_MESSAGE),
    CLASH(ER_NO_REFERENCED_ROW_2, DB_NO_PARENT_MESSAGE),
    CLASH(ER_ROW_IS_REFERENCED, HAS_CHILD_MESSAGE),
    CLASH(ER_ROW_IS_REFERENCED_2, HAS_CHILD_MESSAGE),
    {ER_NET_PACKET_TOO_LARGE, MEANS_REFUSED, FAIL_TOO_LARGE, false, DB_TOO_LARGE_MESSAGE},
    {CR_NET_PACKET_TOO_LARGE, MEANS_REFUSED, FAIL_TOO_LARGE, false, DB_TOO_LARGE_MESSAGE},

    BUSY(ER_LOCK_WAIT_TIMEOUT),
    BUSY(ER_LOCK_DEADLOCK),
    BUSY(ER_CHECKREAD),
    BUSY(ER_LOCK_TABLE_FULL),
    BUSY(ER_RECORD_FILE_FULL),
    BUSY(ER_DISK_FULL),
    BUSY(ER_STATEMENT_TIMEOUT),
    BUSY(ER_TABLE_DEF_CHANGED), /* since the snapshot was taken */
    BUSY(ER_CANT_UPDATE_WITH_READLOCK),
    BUSY(ER_OUTOFMEMORY),
    BUSY(ER_OUT_OF_SORTMEMORY),
    BUSY(ER_OUT_OF_RESOURCES),
    BUSY(ER_ERROR_ON_WRITE),
    BUSY(ER_TEMP_FILE_WRITE_FAILURE),
    BUSY(ER_TRANS_CACHE_FULL),
    BUSY(ER_STMT_CACHE_FULL),
    BUSY(DB_LOCK_ABORTED),
    BUSY(DB_QUERY_TIMEOUT),
    BUSY(DB_READ_ONLY_MODE),

    LOST(CR_SERVER_GONE_ERROR),
    LOST(CR_SERVER_LOST),
    LOST(CR_SERVER_LOST_EXTENDED),
    LOST(CR_CONNECTION_ERROR),
    LOST(CR_CONN_HOST_ERROR),
    LOST(CR_UNKNOWN_HOST),
    LOST(CR_SSL_CONNECTION_ERROR),
    LOST(CR_SOCKET_CREATE_ERROR), /* no descriptor is left */
    LOST(CR_OUT_OF_MEMORY),       /* in the middle of a result: to go on is to wait for its rest */
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
    LOST(ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION),
    LOST(ER_OPEN_AS_READONLY),
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
    BROKEN(ER_NO_SUCH_USER), /* the definer of a trigger or a function */
    BROKEN(ER_NO_DB_ERROR),
    BROKEN(ER_PARSE_ERROR),
    BROKEN(ER_UNKNOWN_TABLE),
    BROKEN(ER_WRONG_OBJECT),
    BROKEN(ER_NO_SUCH_TABLE_IN_ENGINE),
    BROKEN(ER_NON_UPDATABLE_TABLE),
    BROKEN(ER_NON_INSERTABLE_TABLE),
    BROKEN(ER_VIEW_INVALID),
    BROKEN(ER_WARNING_NON_DEFAULT_VALUE_FOR_GENERATED_COLUMN),
    BROKEN(ER_UNKNOWN_STORAGE_ENGINE),
    BROKEN(ER_TABLESPACE_DISCARDED),
    BROKEN(ER_MUST_CHANGE_PASSWORD),
    BROKEN(ER_CANT_CREATE_FILE),
    BROKEN(ER_CANT_OPEN_FILE),
    BROKEN(ER_FILE_NOT_FOUND),
    BROKEN(ER_ERROR_ON_READ),
    BROKEN(ER_GET_ERRNO),
    BROKEN(ER_GET_ERRMSG),
    BROKEN(ER_GET_TEMPORARY_ERRMSG),
    BROKEN(ER_NOT_FORM_FILE),
    BROKEN(ER_NOT_KEYFILE),
    BROKEN(ER_OLD_KEYFILE),
    BROKEN(ER_CRASHED_ON_USAGE),
    BROKEN(ER_CRASHED_ON_REPAIR),
    BROKEN(ER_TABLE_CORRUPT),
    BROKEN(ER_INDEX_CORRUPT),
    BROKEN(ER_STACK_OVERRUN),
    BROKEN(ER_STACK_OVERRUN_NEED_MORE),
    BROKEN(ER_BINLOG_LOGGING_IMPOSSIBLE),
    BROKEN(ER_UNKNOWN_ERROR),
    BROKEN(ER_INTERNAL_ERROR),
    BROKEN(ER_WRONG_ARGUMENTS), /* our own statement does not fit its parameters */
    BROKEN(ER_MALFORMED_PACKET),
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
    {ER_BINLOG_CREATE_ROUTINE_NEED_SUPER, DB_ERROR_DENIED},
    {ER_TABLE_EXISTS_ERROR, DB_ERROR_EXISTS},
    {ER_SP_ALREADY_EXISTS, DB_ERROR_EXISTS},
    {ER_TRG_ALREADY_EXISTS, DB_ERROR_EXISTS},
    {ER_DUP_FIELDNAME, DB_ERROR_EXISTS},
    {ER_DUP_KEYNAME, DB_ERROR_EXISTS},
    {ER_WRONG_VALUE_FOR_VAR, DB_ERROR_SESSION},
    {ER_OPTION_PREVENTS_STATEMENT, DB_ERROR_NOT_WRITABLE},
    {ER_UNKNOWN_COM_ERROR, DB_ERROR_NOT_WRITABLE},
    {CR_CONNECTION_ERROR, DB_ERROR_CONNECTION},
    {CR_CONN_HOST_ERROR, DB_ERROR_HOST},
    {CR_UNKNOWN_HOST, DB_ERROR_HOST},
    {CR_SSL_CONNECTION_ERROR, DB_ERROR_TLS},
    {DB_TLS_REQUIRED, DB_ERROR_TLS_REQUIRED},
    {CR_AUTH_PLUGIN_ERR, DB_ERROR_PLUGIN},
    {CR_AUTH_PLUGIN_CANNOT_LOAD, DB_ERROR_NO_PLUGIN},
};

enum db_error db_error_of(unsigned number)
{
    for (size_t i = 0; i < ARRAY_LEN(ERRORS); i++)
        if (ERRORS[i].number == number)
            return ERRORS[i].error;
    if (number >= CR_MIN_ERROR && number <= CR_MAX_ERROR)
        return DB_ERROR_CLIENT;
    return number == 0 ? DB_ERROR_NONE : DB_ERROR_OTHER;
}

static enum rc busy(enum rc rc, enum fail_cause cause, const char *detail, struct fail *fail)
{
    fail_busy(fail, rc, "%s", detail);
    fail->cause = cause;
    return rc;
}

/* No server sends such a number by itself: a SIGNAL has set MYSQL_ERRNO to it. */
static bool is_of_customer(unsigned number)
{
    return number >= 10000 && number < 50000;
}

static bool is_of_client(unsigned number)
{
    return (number >= CR_MIN_ERROR && number <= CR_MAX_ERROR) ||
           (number >= CER_MIN_ERROR && number <= CER_MAX_ERROR);
}

/* What the table lists is the same everywhere. What it does not, while a row of the customer's is
 * written or their function is asked, comes from their triggers and functions, which may raise
 * anything (docs/rejected-writes.md). */
static struct meaning meaning_of(unsigned number, const char *sqlstate, bool customers_code)
{
    for (size_t i = 0; i < ARRAY_LEN(MEANINGS); i++)
        if (MEANINGS[i].number == number)
            return MEANINGS[i];
    for (size_t i = 0; i < ARRAY_LEN(CLASSES); i++)
        if (strncmp(sqlstate, CLASSES[i].class, 2) == 0)
            return CLASSES[i].meaning;
    /* The library takes a SIGNAL's number for its own from 2000 to 2999, and the packet for broken;
     * if the link is, the next statement shows it. */
    if (customers_code && (!is_of_client(number) || number == CR_MALFORMED_PACKET))
        return (struct meaning)CLASH(number, OTHER_CHECK_MESSAGE);
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

/* Numbers and texts that fit no column have one error number; the session's messages are in
 * English (db_variables.c). */
static bool is_about_characters(const struct db_error_said *said)
{
    static const char MARK[] = "Incorrect string value: ";

    return said->number == ER_TRUNCATED_WRONG_VALUE_FOR_FIELD &&
           strncmp(said->message, MARK, sizeof(MARK) - 1) == 0;
}

/* A parameter has a character that the column it is compared with cannot hold. (Two columns that do
 * not compare are another matter: none of them is COERCIBLE.) */
static bool is_about_parameter(const struct db_error_said *said)
{
    return said->number == DB_CHARSET_PARAMETER || (said->number == ER_CANT_AGGREGATE_2COLLATIONS &&
                                                    strstr(said->message, ",COERCIBLE)") != NULL);
}

/* What it means, in these words, at this point. */
static struct meaning judge(const struct db_error_said *said)
{
    struct meaning meaning = meaning_of(said->number, said->state, said->customers_code);

    if (is_about_parameter(said))
        meaning = (struct meaning)UNFIT(said->number, CHARSET_MESSAGE);
    if (is_about_characters(said))
        meaning.message = CHARSET_MESSAGE;
    /* SIGNAL speaks in the customer's own words, meant for whoever sent the data; what its trigger
     * looked at, nobody can tell. */
    if (said->number == ER_SIGNAL_EXCEPTION || said->number == ER_SIGNAL_NOT_FOUND ||
        strncmp(said->state, "45", 2) == 0 ||
        (said->customers_code && is_of_customer(said->number)))
        meaning = (struct meaning)CLASH(said->number, said->message);
    /* What a COMMIT did that failed in a way unknown here, nobody can tell. */
    if (said->committing && meaning.kind == MEANS_BROKEN)
        meaning.kind = MEANS_LOST;
    return meaning;
}

enum rc db_error_judge(const struct db_error_said *said, bool *link_is_good_out, struct fail *fail)
{
    const struct meaning meaning = judge(said);
    char detail[2 * sizeof(fail->detail)]; /* cut to its place at a character, not here */
    struct buf redacted;

    buf_init(&redacted, MYSQL_ERRMSG_SIZE * 2);
    snprintf(detail, sizeof(detail), "%.300s (%u)%s: %.400s",
             without_value(said->message, &redacted).ptr, said->number,
             meaning.kind == MEANS_BROKEN ? "; run `mobync check`" : "", said->what);
    buf_release(&redacted);
    *link_is_good_out = meaning.kind != MEANS_LOST && meaning.code != FAIL_TOO_LARGE;
    return set_fail(&meaning, said->committing, detail, fail);
}
