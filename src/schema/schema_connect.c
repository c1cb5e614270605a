/* Why a connection fails, told by the config key at fault: schema_connect(). */
#include <stdio.h>

#include "schema.h"
#include "db_link.h"

/* What the kind of a failed connection says about the config; else it is the whole of it. */
static const enum schema_key SUSPECTS[] = {
    [DB_ERROR_LOGIN] = SCHEMA_USER,       [DB_ERROR_DATABASE_DENIED] = SCHEMA_NAME,
    [DB_ERROR_NO_DATABASE] = SCHEMA_NAME, [DB_ERROR_CONNECTION] = SCHEMA_SOCKET,
    [DB_ERROR_HOST] = SCHEMA_HOST,        [DB_ERROR_TLS] = SCHEMA_TLS,
    [DB_ERROR_SESSION] = SCHEMA_SESSION,  [DB_ERROR_NOT_WRITABLE] = SCHEMA_REQUIRE,
    [DB_ERROR_TLS_REQUIRED] = SCHEMA_TLS, [DB_ERROR_PLUGIN] = SCHEMA_TLS,
    [DB_ERROR_NO_PLUGIN] = SCHEMA_USER,
};
_Static_assert(SCHEMA_DATABASE == 0, "what no row names");

static const char *const REMEDIES[SCHEMA_KEYS] = {
    [SCHEMA_DATABASE] = "check user, password_file, name, and socket or host",
    [SCHEMA_SOCKET] = "check socket, and that the database server is running",
    [SCHEMA_HOST] = "check host and port, and that the database server is running",
    [SCHEMA_HOSTS] = "check hosts, and that at least one of the servers is running and is as "
                     "require says",
    [SCHEMA_REQUIRE] = "configure the primary, end read_only there, or bring the node back into "
                       "its cluster",
    [SCHEMA_USER] = "check user and password_file, or create the account",
    [SCHEMA_NAME] = "check name, or create the database and GRANT the user its privileges",
    [SCHEMA_TLS] = "check tls, and that the database server offers it",
    [SCHEMA_SESSION] = "remove maximum-… options, and proxies that change variables",
};

#define LOGIN_WITHOUT_TLS                                                                          \
    "check user and password_file, create the account, or set tls if the account has REQUIRE SSL " \
    "or the server require_secure_transport"
#define TLS_FOR_LOGIN                                                                              \
    ("the account logs in over TLS or a unix socket alone (caching_sha2_password): set tls, or "   \
     "socket")

#define NO_PLUGIN                                                                                  \
    ("give the account of user another way to log in, such as caching_sha2_password or "           \
     "mysql_native_password")

#define NO_CA "set tls.ca to the certificate of the authority that signed the database server's"
#define NO_NAME                                                                                    \
    "give the database server a certificate with the host's name or address in subjectAltName, "   \
    "which the ones that it makes itself lack, or set tls.verify to false and, with libmariadb "   \
    "3.4 or later, remove tls.ca: then anybody on the way can be the server"

/* Those that have one of their own. */
static const char *const REMEDIES_OF_ERRORS[] = {
    [DB_ERROR_TLS_REQUIRED] = "the database server takes no connection without TLS: set tls",
    [DB_ERROR_PLUGIN] = TLS_FOR_LOGIN,
    [DB_ERROR_NO_PLUGIN] = NO_PLUGIN,
};

/* What is wrong with the server's certificate, by the words of the library's two ways to say so. */
static const struct {
    const char *words;
    const char *remedy;
} CERTIFICATES[] = {
    {"alidation of SSL server certificate failed", NO_NAME},
    {"ostname", NO_NAME},
    {"ertificate", NO_CA},
};

static const char *remedy_of(const struct db_link *link, enum schema_key suspect,
                             const struct fail *cause)
{
    const enum db_error error = db_link_last_error(link);

    for (size_t i = 0; error == DB_ERROR_TLS && i < ARRAY_LEN(CERTIFICATES); i++)
        if (strstr(cause->detail, CERTIFICATES[i].words) != NULL)
            return CERTIFICATES[i].remedy;
    if (error == DB_ERROR_LOGIN && !link->settings->tls)
        return LOGIN_WITHOUT_TLS;
    if (error < ARRAY_LEN(REMEDIES_OF_ERRORS) && REMEDIES_OF_ERRORS[error] != NULL)
        return REMEDIES_OF_ERRORS[error];
    return REMEDIES[suspect];
}

static enum schema_key suspect_of(const struct db_link *link)
{
    const enum db_error error = db_link_last_error(link);
    const enum schema_key suspect = error < ARRAY_LEN(SUSPECTS) ? SUSPECTS[error] : SCHEMA_DATABASE;

    if (suspect != SCHEMA_SOCKET && suspect != SCHEMA_HOST && suspect != SCHEMA_REQUIRE)
        return suspect;
    if (link->settings->host_count > 1)
        return SCHEMA_HOSTS;
    return suspect == SCHEMA_SOCKET && link->settings->hosts[0].socket.len == 0 ? SCHEMA_HOST
                                                                                : suspect;
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
    if (settings->host_count == 1)
        cut_behind_number(cause.detail, link.error_number);
    fail_detail(fail, "%s: %s", cause.detail, remedy_of(&link, *suspect_out, &cause));
    return rc;
}
