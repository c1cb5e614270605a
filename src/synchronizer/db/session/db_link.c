/* An open connection: runs statements without parameters, watches over the transaction, and closes
 * where an error says that the link is lost. Entry: db_link_exec(), db_link_error(). */
#include "db_link.h"

#include <mysql.h>
#include <mysqld_error.h>
#include <stdio.h>
#include <stdlib.h>

/* Of a packet, what is not a parameter's contents: the command's head and the parameters' types. */
#define PACKET_MARGIN_BYTES ((size_t)1024)

/* The first byte of the packet behind a result's rows. */
#define PACKET_END 0xfeu

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

void db_link_give_up(struct db_link *link, const struct fail *why)
{
    snprintf(link->lost, sizeof(link->lost), "%s", fail_reason(why));
    db_link_close(link);
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

enum rc db_link_is_lost(struct fail *fail)
{
    fail_busy(fail, RC_RETRY, "the link to the database was lost");
    fail->cause = FAIL_CAUSE_LINK;
    return RC_RETRY;
}

static enum rc check_status(const struct db_link *link, unsigned status, const char *what,
                            struct fail *fail)
{
    if (!link->in_transaction || (status & SERVER_STATUS_IN_TRANS) != 0)
        return RC_OK;
    return fail_busy(fail, RC_RETRY, "the database dropped the transaction: %.300s", what);
}

enum rc db_link_check_transaction(const struct db_link *link, const char *what, struct fail *fail)
{
    return check_status(link, link->mysql->server_status, what, fail);
}

/* The library leaves the status of the packet behind the rows of a prepared statement in there. */
enum rc db_link_check_end(const struct db_link *link, const char *what, struct fail *fail)
{
    const unsigned char *packet = link->mysql->net.read_pos;
    const bool ends = packet[0] == PACKET_END;

    return check_status(
        link, ends ? packet[3] | (unsigned)packet[4] << 8 : link->mysql->server_status, what, fail);
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
    return db_link_check_transaction(link, sql, fail);
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
        db_link_give_up(link, fail);
    link->in_doubt = link_is_good && rc == RC_RETRY;
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
