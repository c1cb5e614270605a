/* Connects: to the host in use or the next that will do, with the session settings of db_link.h.
 * Entry: db_link_open(). */
#include <assert.h>
#include <mysql.h>
#include <mysqld_error.h>
#include <stdlib.h>

#include "db_link.h"
#include "db_result.h"
#include "db_variables.h"
#include "db_writable.h"
#include "log.h"

#define CONNECT_TIMEOUT_S 3u
#define ANSWER_TIMEOUT_S  30u

#define VARIABLES_MAX_BYTES ((size_t)16 * 1024)
#define WHY_MAX_BYTES       ((size_t)8 * 1024)

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

static void set_transport(MYSQL *mysql, const struct db_settings *settings,
                          const struct db_host *host)
{
    const unsigned protocol = host->socket.len > 0 ? MYSQL_PROTOCOL_SOCKET : MYSQL_PROTOCOL_TCP;
    const my_bool verify = settings->tls_verify ? 1 : 0;
    const my_bool enforce = 1;

    mysql_optionsv(mysql, MYSQL_OPT_PROTOCOL, &protocol);
    if (!settings->tls || host->socket.len > 0)
        return;
    mysql_optionsv(mysql, MYSQL_OPT_SSL_ENFORCE, &enforce);
    mysql_optionsv(mysql, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &verify);
    mysql_optionsv(mysql, MYSQL_OPT_SSL_CA, text_or_null(settings->tls_ca));
    mysql_optionsv(mysql, MYSQL_OPT_SSL_CERT, text_or_null(settings->tls_cert));
    mysql_optionsv(mysql, MYSQL_OPT_SSL_KEY, text_or_null(settings->tls_key));
}

/* With a binary log that is synced by each group of commits, the engine commits, and shows, what is
 * on disk in the log; it recovers from there what its own redo log has prepared. */
static enum rc read_server(struct db_link *link, struct arena *arena, struct fail *fail)
{
    struct db_result result = {0};
    enum rc rc = db_result_read(
        link,
        TEXT_LITERAL("SELECT @@max_allowed_packet, @@log_bin AND @@sql_log_bin AND @@sync_binlog "
                     "= 1 AND @@innodb_flush_log_at_trx_commit = 1"),
        "reading the server's settings", arena, &result, fail);

    if (rc != RC_OK)
        return rc;
    link->packet_bytes = strtoull(db_result_text(&result, 0, 0).ptr, NULL, 10);
    link->flush = text_is(db_result_text(&result, 0, 1), "1") ? DB_FLUSH_NONE : DB_FLUSH_PROCEDURE;
    return RC_OK;
}

/* A read waits until the node has applied what any other had committed when it began: else a device
 * that meets another node is told of an older clock than its own. */
static enum rc read_cluster(struct db_link *link, struct arena *arena, struct fail *fail)
{
    struct db_result result = {0};
    enum rc rc = db_result_read(link, TEXT_LITERAL("SHOW SESSION VARIABLES LIKE 'wsrep\\_on'"),
                                "asking whether it is a node", arena, &result, fail);

    if (rc != RC_OK)
        return rc;
    link->cluster = result.rows > 0 && text_is(db_result_text(&result, 0, 1), "ON");
    return link->cluster ? db_link_exec(link, "SET SESSION wsrep_sync_wait = 1", fail) : RC_OK;
}

/* What a server or a proxy in front of it does not let the session have. */
static enum rc probe_variables(struct db_link *link, struct text sql, struct arena *arena,
                               struct fail *fail)
{
    struct db_result result = {0};
    enum rc rc =
        db_result_read(link, sql, "looking at the session's variables", arena, &result, fail);
    bool known;

    if (rc != RC_OK)
        return rc;
    known = result.rows > 0 && !db_result_is_null(&result, 0, 0);
    if (known && db_result_text(&result, 0, 0).len == 0)
        return RC_OK;
    link->error_number = ER_WRONG_VALUE_FOR_VAR;
    return fail_fatal(fail, "the database server keeps the session from setting %.300s (%u)",
                      known ? db_result_text(&result, 0, 0).ptr : "its variables",
                      (unsigned)ER_WRONG_VALUE_FOR_VAR);
}

static enum rc set_variables(struct db_link *link, struct arena *arena, struct fail *fail)
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
        rc = probe_variables(link, buf_text(&sql), arena, fail);
    buf_release(&sql);
    return rc;
}

/* The session as db_link.h describes it. */
static enum rc begin_session(struct db_link *link, struct fail *fail)
{
    struct arena arena;
    enum rc rc;

    arena_init(&arena);
    rc = set_variables(link, &arena, fail);
    if (rc == RC_OK)
        rc = read_server(link, &arena, fail);
    if (rc == RC_OK)
        rc = read_cluster(link, &arena, fail);
    if (rc == RC_OK && link->settings->writable)
        rc = db_writable_check(link, fail);
    arena_release(&arena);
    return rc;
}

static enum rc connect_link(struct db_link *link, struct fail *fail)
{
    const struct db_settings *settings = link->settings;
    const struct db_host *host = &settings->hosts[link->host];
    /* For NULL the library would look into MYSQL_PWD, which others may read in /proc. */
    const char *password = settings->password.len > 0 ? settings->password.ptr : "";

    if (mysql_real_connect(link->mysql, text_or_null(host->host), text_or_null(settings->user),
                           password, text_or_null(settings->database), host->port,
                           text_or_null(host->socket), CLIENT_FOUND_ROWS) == NULL)
        return db_link_error(link, NULL, "connect", false, fail);
    link->generation++;
    return begin_session(link, fail);
}

static enum rc open_host(struct db_link *link, size_t host, struct fail *fail)
{
    enum rc rc;

    link->host = host;
    link->mysql = mysql_init(NULL);
    if (link->mysql == NULL)
        return fail_fatal(fail, "mysql_init: out of memory");
    set_options(link->mysql);
    set_transport(link->mysql, link->settings, &link->settings->hosts[host]);
    rc = connect_link(link, fail);
    /* A session whose settings were not taken would count and lock differently. */
    if (rc != RC_OK) {
        link->failed_connects++;
        db_link_close(link);
    } else {
        link->connects++;
    }
    link->lost[0] = '\0';
    link->in_doubt = false;
    return rc;
}

static void add_reason(struct buf *why, const struct db_settings *settings, size_t host,
                       const char *reason)
{
    if (why->len > 0)
        buf_add_str(why, "; ");
    db_hosts_print(settings, host, why);
    buf_printf(why, ": %.200s", reason);
}

/* Passing trouble of one host is passing trouble of all. */
static enum rc none_is_left(bool passing, const struct buf *why, struct fail *fail)
{
    if (!passing)
        return fail_fatal(fail, "no database host can be used: %s", why->data);
    fail_busy(fail, RC_RETRY, "no database host can be used: %s", why->data);
    fail->cause = FAIL_CAUSE_LINK;
    return RC_RETRY;
}

static void log_change(const struct db_link *link, const struct buf *why)
{
    struct buf name;

    buf_init(&name, WHY_MAX_BYTES);
    db_hosts_print(link->settings, link->host, &name);
    log_warn("database: now at %s; left %s", name.data, why->data);
    buf_release(&name);
}

/* From `first` on, then in the order of preference. *why: what was wrong with those before. */
static enum rc open_in_turn(struct db_link *link, size_t first, struct buf *why, struct fail *fail)
{
    const size_t count = link->settings->host_count;
    bool passing = false;

    for (size_t turn = 0; turn < count; turn++) {
        const size_t host = turn == 0 ? first : turn - (turn <= first);
        const enum rc rc = open_host(link, host, fail);

        if (rc == RC_OK)
            return RC_OK;
        if (count == 1)
            return rc;
        passing = passing || rc == RC_RETRY;
        add_reason(why, link->settings, host, fail_reason(fail));
    }
    return none_is_left(passing, why, fail);
}

static struct db_host_in_use *in_use_of(struct db_link *link)
{
    return link->settings->in_use != NULL ? link->settings->in_use : &link->own;
}

static enum rc open_any(struct db_link *link, struct fail *fail)
{
    const struct db_settings *settings = link->settings;
    struct db_host_in_use *in_use = in_use_of(link);
    const size_t first = db_hosts_first(settings, in_use);
    struct buf why;
    enum rc rc;

    assert(settings->host_count > 0);
    buf_init(&why, WHY_MAX_BYTES);
    if (link->lost[0] != '\0')
        add_reason(&why, settings, link->host, link->lost);
    rc = open_in_turn(link, first, &why, fail);
    if (rc == RC_OK && link->host != first)
        log_change(link, &why);
    if (rc == RC_OK)
        db_hosts_use(settings, link->host, in_use);
    buf_release(&why);
    return rc;
}

/* An error after which the link is good may be the first sign that the server is not. */
static bool is_still_fit(struct db_link *link)
{
    struct fail fail;

    if (!link->in_doubt || !link->settings->writable || link->in_transaction)
        return true;
    link->in_doubt = false;
    if (db_writable_check(link, &fail) == RC_OK)
        return true;
    db_link_give_up(link, &fail);
    return false;
}

/* A host that was away for a moment: who did not notice would go on there, beside all others. */
static void follow(struct db_link *link)
{
    if (link->mysql != NULL && !link->in_transaction &&
        db_hosts_is_left(link->settings, link->host, in_use_of(link)))
        db_link_close(link);
}

enum rc db_link_open(struct db_link *link, struct fail *fail)
{
    follow(link);
    if (link->mysql != NULL && is_still_fit(link))
        return RC_OK;
    return open_any(link, fail);
}
