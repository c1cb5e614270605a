/* What is known of the server's fellows: does a replica have what devices were told of, and does
 * every node have the same rows? schema_check_cluster(): warnings alone. */
#include "schema_session.h"

#include "db_result.h"

#define SQL_MAX_BYTES ((size_t)4096)

/* Below it, one replica that is slow or away soon makes replication asynchronous, unnoticed. */
#define LONG_TIMEOUT_MS ((uint64_t)3600 * 1000)

static enum rc read_rows(struct schema_session *session, const char *sql,
                         struct db_result *result_out, struct fail *fail)
{
    return db_result_read(&session->link, text_of(sql), "reading the server's settings",
                          &session->arena, result_out, fail);
}

/* The value of a variable that MySQL calls "source", MariaDB "master"; empty if there is none. */
static struct text semi_sync(const struct db_result *variables, const char *name)
{
    for (size_t row = 0; row < variables->rows; row++) {
        const struct text full = db_result_text(variables, row, 0);
        const size_t len = strlen(name);

        if (full.len > len && memcmp(full.ptr + full.len - len, name, len) == 0)
            return db_result_text(variables, row, 1);
    }
    return TEXT_LITERAL("");
}

static void check_wait_point(struct schema_session *session, unsigned line,
                             const struct db_result *variables, const char *prefix)
{
    const struct text point = semi_sync(variables, "_wait_point");
    const struct text timeout = semi_sync(variables, "_timeout");
    uint64_t timeout_ms = 0;

    if (text_is(point, "AFTER_COMMIT"))
        schema_session_warn(
            session, line,
            "%s_wait_point is AFTER_COMMIT: devices see pushes that no replica has yet, and that a "
            "replica which is promoted lacks: set it to AFTER_SYNC in the database server's option "
            "file, and run SET GLOBAL %s_wait_point = 'AFTER_SYNC'",
            prefix, prefix);
    else if (text_to_uint(timeout, UINT64_MAX, &timeout_ms) && timeout_ms < LONG_TIMEOUT_MS)
        schema_session_warn(
            session, line,
            "%s_timeout is %s ms: if no replica acknowledges for that long, the primary goes on "
            "without, and a replica which is promoted may lack acknowledged pushes: keep two "
            "replicas and set it to %llu or more, or run `mobync restored` after such a promotion",
            prefix, timeout.ptr, (unsigned long long)LONG_TIMEOUT_MS);
}

static enum rc check_semi_sync(struct schema_session *session, unsigned line, struct fail *fail)
{
    static const char *const PREFIXES[] = {"rpl_semi_sync_master", "rpl_semi_sync_source"};
    enum rc rc = RC_OK;

    for (size_t i = 0; rc == RC_OK && i < ARRAY_LEN(PREFIXES); i++) {
        struct db_result variables = {0};
        struct buf sql;

        buf_init(&sql, SQL_MAX_BYTES);
        buf_printf(&sql, "SHOW GLOBAL VARIABLES LIKE '%s\\_%%'", PREFIXES[i]);
        rc = read_rows(session, sql.data, &variables, fail);
        buf_release(&sql);
        if (rc == RC_OK && text_is(semi_sync(&variables, "_enabled"), "ON"))
            check_wait_point(session, line, &variables, PREFIXES[i]);
    }
    return rc;
}

static const struct model *model_of(const struct mapping *mapping, struct text table)
{
    for (size_t i = 0; i < mapping->model_count; i++)
        if (text_equal_nocase(mapping->models[i].table, table))
            return &mapping->models[i];
    return NULL;
}

/* Nodes apply each other's rows by their primary keys. */
static enum rc check_keys(struct schema_session *session, struct fail *fail)
{
    static const char SELECT[] =
        "SELECT TABLE_NAME FROM information_schema.TABLES t WHERE TABLE_SCHEMA = DATABASE() AND "
        "TABLE_TYPE = 'BASE TABLE' AND NOT EXISTS (SELECT 1 FROM information_schema.STATISTICS s "
        "WHERE s.TABLE_SCHEMA = t.TABLE_SCHEMA AND s.TABLE_NAME = t.TABLE_NAME AND s.INDEX_NAME = "
        "'PRIMARY')";
    struct db_result tables = {0};
    enum rc rc = read_rows(session, SELECT, &tables, fail);

    for (size_t row = 0; rc == RC_OK && row < tables.rows; row++) {
        const struct model *model =
            model_of(session->link.settings->mapping, db_result_text(&tables, row, 0));

        if (model != NULL)
            schema_session_warn(
                session, model->config_line,
                "table %s has no primary key, which Galera needs: deletes fail, and rows may "
                "differ between nodes: ALTER TABLE %s ADD PRIMARY KEY (…)",
                schema_session_quote(session, model->table),
                schema_session_quote(session, model->table));
    }
    return rc;
}

static enum rc check_ddl(struct schema_session *session, unsigned line, struct fail *fail)
{
    struct db_result method = {0};
    enum rc rc =
        read_rows(session, "SHOW SESSION VARIABLES LIKE 'wsrep\\_OSU\\_method'", &method, fail);

    if (rc == RC_OK && method.rows == 1 && !text_is(db_result_text(&method, 0, 1), "TOI"))
        schema_session_warn(
            session, line,
            "wsrep_OSU_method is %s: `mobync schema --apply` would change this node alone, and "
            "pushes that need the change fail on the others: SET GLOBAL wsrep_OSU_method = 'TOI' "
            "(every write waits for a statement that takes long), or apply it on each node",
            db_result_text(&method, 0, 1).ptr);
    return rc;
}

static enum rc check_all(struct schema_session *session, unsigned line, struct fail *fail)
{
    enum rc rc = check_semi_sync(session, line, fail);

    if (rc == RC_OK && session->link.cluster)
        rc = check_keys(session, fail);
    return rc == RC_OK && session->link.cluster ? check_ddl(session, line, fail) : rc;
}

enum rc schema_check_cluster(const struct db_settings *settings, unsigned database_line,
                             schema_report *report, void *context, struct fail *fail)
{
    struct schema_session session;
    enum rc rc = schema_session_open(&session, settings, report, context, fail);

    if (rc == RC_OK)
        rc = check_all(&session, database_line, fail);
    schema_session_close(&session);
    return rc;
}
