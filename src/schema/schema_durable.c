/* May a crash of the database take back what devices were told? What its settings say, and whether
 * the procedure that waits for the disk works: schema_check_durable(), schema_durable_plan(). */
#include "schema_durable.h"

#include <stdio.h>

#include "db_result.h"
#include "db_tables.h"

#define SQL_MAX_BYTES ((size_t)4096)

static void add_procedure(struct buf *sql, const struct db_settings *settings)
{
    db_quote_name(sql, settings->database);
    buf_add_str(sql, "." DB_FLUSH_ROUTINE);
}

void schema_durable_create(struct buf *sql, const struct db_settings *settings, const char *create)
{
    buf_add_str(sql, create);
    add_procedure(sql, settings);
    buf_add_str(sql, "() SQL SECURITY DEFINER FLUSH LOCAL ENGINE LOGS");
}

void schema_durable_grant(struct buf *sql, const struct db_settings *settings)
{
    buf_add_str(sql, "GRANT EXECUTE ON PROCEDURE ");
    add_procedure(sql, settings);
}

static const char *admin_sql(struct schema_session *session)
{
    const struct db_settings *settings = session->link.settings;
    struct buf sql;

    buf_init(&sql, SQL_MAX_BYTES);
    buf_add_str(&sql, "DROP PROCEDURE IF EXISTS ");
    add_procedure(&sql, settings);
    schema_durable_create(&sql, settings, "; CREATE PROCEDURE ");
    buf_add_str(&sql, "; ");
    schema_durable_grant(&sql, settings);
    buf_printf(&sql, " TO %s", session->server.account.ptr);
    return schema_session_take(session, &sql);
}

/* Runs it, which writes nothing. *works_out is true also where nothing has to wait. */
static enum rc try_procedure(struct schema_session *session, bool *works_out, struct fail *fail)
{
    enum db_error error;

    *works_out = session->link.flush == DB_FLUSH_NONE;
    if (*works_out)
        return RC_OK;
    error = db_link_try(&session->link, TEXT_LITERAL("CALL " DB_FLUSH_ROUTINE "()"));
    if (error >= DB_ERROR_CLIENT)
        return db_link_error(&session->link, NULL, "calling " DB_FLUSH_ROUTINE, false, fail);
    *works_out = error == DB_ERROR_NONE;
    return RC_OK;
}

static enum rc read_one(struct schema_session *session, struct buf *sql,
                        struct db_result *result_out, struct fail *fail)
{
    enum rc rc = db_result_read(&session->link, buf_text(sql), "reading the server's settings",
                                &session->arena, result_out, fail);

    buf_release(sql);
    return rc;
}

/* Its definer needs RELOAD in its own right: roles are not in force inside a procedure. */
static enum rc may_create(struct schema_session *session, bool *may_out, struct fail *fail)
{
    static const char *const PARTS[] = {
        "SELECT EXISTS (SELECT 1 FROM information_schema.USER_PRIVILEGES WHERE GRANTEE = ",
        " AND PRIVILEGE_TYPE = 'RELOAD') AND (EXISTS (SELECT 1 FROM "
        "information_schema.USER_PRIVILEGES WHERE GRANTEE = ",
        " AND PRIVILEGE_TYPE = 'CREATE ROUTINE') OR EXISTS (SELECT 1 FROM "
        "information_schema.SCHEMA_PRIVILEGES WHERE GRANTEE = ",
        " AND PRIVILEGE_TYPE = 'CREATE ROUTINE' AND DATABASE() LIKE TABLE_SCHEMA))"};
    struct db_result result = {0};
    struct buf sql;
    enum rc rc;

    buf_init(&sql, SQL_MAX_BYTES);
    for (size_t i = 0; i < ARRAY_LEN(PARTS); i++) {
        if (i > 0)
            db_quote_value(&session->link, &sql, session->server.account);
        buf_add_str(&sql, PARTS[i]);
    }
    rc = read_one(session, &sql, &result, fail);
    *may_out = rc == RC_OK && result.rows == 1 && text_is(db_result_text(&result, 0, 0), "1");
    return rc;
}

enum rc schema_durable_plan(struct schema_session *session, struct buf *sql, struct fail *fail)
{
    bool works = false, may = false;
    enum rc rc = try_procedure(session, &works, fail);

    if (rc == RC_OK && !works)
        rc = may_create(session, &may, fail);
    if (rc == RC_OK && may)
        schema_durable_create(sql, session->link.settings, "CREATE PROCEDURE ");
    return rc;
}

static enum rc plan_admin(struct schema_session *session, struct arena *arena, struct text *sql_out,
                          struct fail *fail)
{
    bool works = false, may = false;
    enum rc rc = try_procedure(session, &works, fail);

    if (rc == RC_OK && !works)
        rc = may_create(session, &may, fail);
    if (rc == RC_OK && !works && !may)
        *sql_out = arena_text(arena, text_of(admin_sql(session)));
    return rc;
}

enum rc schema_plan_admin(const struct db_settings *settings, struct arena *arena,
                          struct text *sql_out, struct fail *fail)
{
    struct schema_session session;
    enum rc rc = schema_session_open(&session, settings, NULL, NULL, fail);

    *sql_out = TEXT_LITERAL("");
    if (rc == RC_OK)
        rc = plan_admin(&session, arena, sql_out, fail);
    schema_session_close(&session);
    return rc;
}

static enum rc check_settings(struct schema_session *session, unsigned line, struct fail *fail)
{
    struct db_result result = {0};
    struct buf sql;
    enum rc rc;

    buf_init(&sql, SQL_MAX_BYTES);
    buf_add_str(&sql, "SELECT @@global.innodb_flush_log_at_trx_commit, @@global.sync_binlog, "
                      "@@global.log_bin");
    rc = read_one(session, &sql, &result, fail);
    if (rc != RC_OK)
        return rc;
    if (!text_is(db_result_text(&result, 0, 0), "1"))
        schema_session_fault(
            session, line,
            "innodb_flush_log_at_trx_commit is %s: a crash takes back syncs that devices were told "
            "of, and they diverge: set it to 1 in the database server's option file, and run SET "
            "GLOBAL innodb_flush_log_at_trx_commit = 1",
            db_result_text(&result, 0, 0).ptr);
    if (text_is(db_result_text(&result, 0, 2), "1") && !text_is(db_result_text(&result, 0, 1), "1"))
        schema_session_fault(
            session, line,
            "sync_binlog is %s: after a crash of the machine the database rolls back what its "
            "binary log lacks, and replicas may have more or less than it: set it to 1 in the "
            "database server's option file, and run SET GLOBAL sync_binlog = 1",
            db_result_text(&result, 0, 1).ptr);
    return RC_OK;
}

static enum rc check_procedure(struct schema_session *session, unsigned line, struct fail *fail)
{
    bool works = false;
    enum rc rc = try_procedure(session, &works, fail);

    if (rc == RC_OK && !works)
        schema_session_warn(
            session, line,
            "account %s cannot call the procedure " DB_FLUSH_ROUTINE ", so a pull that tells of "
            "other devices' recent writes costs a write of its own: have an administrator run %s",
            session->server.account.ptr, admin_sql(session));
    return rc;
}

enum rc schema_check_durable(const struct db_settings *settings, unsigned database_line,
                             schema_report *report, void *context, struct fail *fail)
{
    struct schema_session session;
    enum rc rc = schema_session_open(&session, settings, report, context, fail);

    if (rc == RC_OK)
        rc = check_settings(&session, database_line, fail);
    if (rc == RC_OK)
        rc = check_procedure(&session, database_line, fail);
    schema_session_close(&session);
    return rc;
}
