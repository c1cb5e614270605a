/* The connection: opens it with its session settings, runs statements without parameters, and
 * closes it where an error says that it is lost. Entry: db_link_open(), db_link_error(). */
#include "db_link.h"

#include <mysql.h>
#include <mysqld_error.h>
#include <stdlib.h>

#include "db_variables.h"

#define CONNECT_TIMEOUT_S 3u
#define ANSWER_TIMEOUT_S  30u

/* Of a packet, what is not a parameter's contents: the command's head and the parameters' types. */
#define PACKET_MARGIN_BYTES ((size_t)1024)

#define VARIABLES_MAX_BYTES ((size_t)16 * 1024)

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

static enum rc query(struct db_link *link, const char *sql, MYSQL_RES **result_out,
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

/* With a binary log that is synced by each group of commits, the engine commits, and shows, what is
 * on disk in the log; it recovers from there what its own redo log has prepared. */
static enum rc read_server(struct db_link *link, struct fail *fail)
{
    MYSQL_RES *result;
    enum rc rc = query(link,
                       "SELECT @@max_allowed_packet, @@log_bin AND @@sql_log_bin AND @@sync_binlog "
                       "= 1 AND @@innodb_flush_log_at_trx_commit = 1",
                       &result, fail);
    MYSQL_ROW row;

    if (rc != RC_OK)
        return rc;
    row = mysql_fetch_row(result);
    link->packet_bytes = row == NULL ? 0 : strtoull(row[0], NULL, 10);
    link->flush = row != NULL && strcmp(row[1], "1") == 0 ? DB_FLUSH_NONE : DB_FLUSH_PROCEDURE;
    mysql_free_result(result);
    return RC_OK;
}

/* What a server or a proxy in front of it does not let the session have. */
static enum rc probe_variables(struct db_link *link, const char *sql, struct fail *fail)
{
    MYSQL_RES *result;
    enum rc rc = query(link, sql, &result, fail);
    MYSQL_ROW row;

    if (rc != RC_OK)
        return rc;
    row = mysql_fetch_row(result);
    if (row == NULL || row[0] == NULL || row[0][0] != '\0') {
        link->error_number = ER_WRONG_VALUE_FOR_VAR;
        rc = fail_fatal(fail, "the database server keeps the session from setting %.300s (%u)",
                        row == NULL || row[0] == NULL ? "its variables" : row[0],
                        (unsigned)ER_WRONG_VALUE_FOR_VAR);
    }
    mysql_free_result(result);
    return rc;
}

static enum rc set_variables(struct db_link *link, struct fail *fail)
{
    const struct db_variables_server server = {db_link_is_mariadb(link), db_link_version(link)};
    struct buf sql;
    enum rc rc;

    buf_init(&sql, VARIABLES_MAX_BYTES);
    db_variables_set(&sql, server);
    rc = db_link_exec(link, sql.data, fail);
    buf_clear(&sql);
    db_variables_probe(&sql, server);
    if (rc == RC_OK)
        rc = probe_variables(link, sql.data, fail);
    buf_release(&sql);
    return rc;
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
    rc = set_variables(link, fail);
    return rc == RC_OK ? read_server(link, fail) : rc;
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

enum rc db_link_is_lost(struct fail *fail)
{
    fail_busy(fail, RC_RETRY, "the link to the database was lost");
    fail->cause = FAIL_CAUSE_LINK;
    return RC_RETRY;
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
    fail_reject(fail, FAIL_TOO_LARGE, DB_TOO_LARGE_MESSAGE);
    fail_detail(fail, "%zu bytes, and max_allowed_packet is %zu", bytes, link->packet_bytes);
    return RC_REJECTED;
}

enum db_error db_link_last_error(const struct db_link *link)
{
    return db_error_of(link->error_number);
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

enum rc db_link_error(struct db_link *link, MYSQL_STMT *stmt, const char *what, bool committing,
                      struct fail *fail)
{
    /* An error that comes in the place of a row is noted on the connection alone. */
    const bool on_statement = stmt != NULL && mysql_stmt_errno(stmt) != 0;
    const struct db_error_said said = {
        .number = on_statement ? mysql_stmt_errno(stmt) : mysql_errno(link->mysql),
        .state = on_statement ? mysql_stmt_sqlstate(stmt) : mysql_sqlstate(link->mysql),
        .message = on_statement ? mysql_stmt_error(stmt) : mysql_error(link->mysql),
        .what = what,
        .committing = committing,
        .customers_code = link->customers_code,
    };
    bool link_is_good;
    enum rc rc = db_error_judge(&said, &link_is_good, fail);

    link->error_number = said.number;
    if (!link_is_good)
        db_link_close(link);
    return rc;
}

enum rc db_link_check_notes(struct db_link *link, const char *what, struct fail *fail)
{
    MYSQL_RES *notes;
    MYSQL_ROW note;
    enum rc rc = query(link, "SHOW WARNINGS", &notes, fail);

    if (rc != RC_OK)
        return rc;
    while (rc == RC_OK && (note = mysql_fetch_row(notes)) != NULL) {
        if (strtoul(note[1], NULL, 10) != WARN_DATA_TRUNCATED)
            continue;
        rc = fail_reject(fail, FAIL_INVALID_DATA,
                         "a value would be cut or rounded to fit its column");
        fail_detail(fail, "%s (%s): %s", note[2], note[1], what);
    }
    mysql_free_result(notes);
    return rc;
}
