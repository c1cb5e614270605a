/* Why a connection fails, told by the config key at fault: schema_connect(). */
#include <stdio.h>

#include "schema.h"
#include "db_link.h"

/* What the kind of a failed connection says about the config; else it is the whole of it. */
static const enum schema_key SUSPECTS[] = {
    [DB_ERROR_LOGIN] = SCHEMA_USER,       [DB_ERROR_DATABASE_DENIED] = SCHEMA_NAME,
    [DB_ERROR_NO_DATABASE] = SCHEMA_NAME, [DB_ERROR_CONNECTION] = SCHEMA_SOCKET,
    [DB_ERROR_HOST] = SCHEMA_HOST,        [DB_ERROR_TLS] = SCHEMA_TLS,
    [DB_ERROR_SESSION] = SCHEMA_SESSION,
};
_Static_assert(SCHEMA_DATABASE == 0, "what no row names");

static const char *const REMEDIES[SCHEMA_KEYS] = {
    [SCHEMA_DATABASE] = "check user, password_file, name, and socket or host",
    [SCHEMA_SOCKET] = "check socket, and that the database server is running",
    [SCHEMA_HOST] = "check host and port, and that the database server is running",
    [SCHEMA_USER] = "check user and password_file, or create the account",
    [SCHEMA_NAME] = "check name, or create the database and GRANT the user its privileges",
    [SCHEMA_TLS] = "check tls, and that the database server offers it",
    [SCHEMA_SESSION] = "remove maximum-… options, and proxies that change variables",
};

static enum schema_key suspect_of(const struct db_link *link)
{
    const enum db_error error = db_link_last_error(link);
    const enum schema_key suspect = error < ARRAY_LEN(SUSPECTS) ? SUSPECTS[error] : SCHEMA_DATABASE;

    return suspect == SCHEMA_SOCKET && link->settings->socket.len == 0 ? SCHEMA_HOST : suspect;
}

/* The server's own words alone: `run mobync check` is no remedy for who does just that. */
static void cut_behind_number(char *detail, unsigned number)
{
    char mark[24];
    char *at;

    snprintf(mark, sizeof(mark), " (%u)", number);
    at = strstr(detail, mark);
    if (at != NULL)
        at[strlen(mark)] = '\0';
}

enum rc schema_connect(const struct db_settings *settings, enum schema_key *suspect_out,
                       struct fail *fail)
{
    struct db_link link;
    struct fail cause;
    enum rc rc;

    db_link_init(&link, settings);
    rc = db_link_open(&link, fail);
    db_link_close(&link);
    if (rc == RC_OK)
        return RC_OK;
    cause = *fail;
    *suspect_out = suspect_of(&link);
    cut_behind_number(cause.detail, link.error_number);
    fail_detail(fail, "%s: %s", cause.detail, REMEDIES[*suspect_out]);
    return rc;
}
