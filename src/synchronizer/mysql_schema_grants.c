#include "mysql_schema_parts.h"

/* A probe names each column twice at most, quoted; MariaDB knows 4096 columns of 64 characters. */
#define PROBE_MAX_BYTES ((size_t)4 * 1024 * 1024)

typedef void write_probe(struct buf *sql, const struct schema_grants *grants);

static void add_columns(struct buf *sql, const struct schema_grants *grants, size_t first,
                        const char *after_each)
{
    for (size_t i = first; i < grants->column_count; i++) {
        if (i > first)
            buf_add_str(sql, ", ");
        mysql_quote_name(sql, grants->columns[i]);
        buf_add_str(sql, after_each);
    }
}

static void write_select(struct buf *sql, const struct schema_grants *grants)
{
    buf_add_str(sql, "SELECT ");
    add_columns(sql, grants, 0, "");
    buf_add_str(sql, " FROM ");
    mysql_quote_name(sql, grants->table);
}

static void write_insert(struct buf *sql, const struct schema_grants *grants)
{
    buf_add_str(sql, "INSERT INTO ");
    mysql_quote_name(sql, grants->table);
    buf_add_str(sql, " (");
    add_columns(sql, grants, 0, "");
    buf_add_str(sql, ") VALUES (?");
    for (size_t i = 1; i < grants->column_count; i++)
        buf_add_str(sql, ", ?");
    buf_add_char(sql, ')');
}

static void write_update(struct buf *sql, const struct schema_grants *grants)
{
    buf_add_str(sql, "UPDATE ");
    mysql_quote_name(sql, grants->table);
    buf_add_str(sql, " SET ");
    add_columns(sql, grants, grants->first_updated, " = ?");
}

static void write_delete(struct buf *sql, const struct schema_grants *grants)
{
    buf_add_str(sql, "DELETE FROM ");
    mysql_quote_name(sql, grants->table);
}

static const struct {
    const char *name;
    write_probe *write;
} VERBS[SCHEMA_VERBS] = {
    [SCHEMA_SELECT] = {"SELECT", write_select},
    [SCHEMA_INSERT] = {"INSERT", write_insert},
    [SCHEMA_UPDATE] = {"UPDATE", write_update},
    [SCHEMA_DELETE] = {"DELETE", write_delete},
};

static enum rc is_denied(struct schema_check *check, const struct schema_grants *grants,
                         enum schema_verb verb, bool *denied_out, struct fail *fail)
{
    struct buf sql;
    enum rc rc;

    buf_init(&sql, PROBE_MAX_BYTES);
    VERBS[verb].write(&sql, grants);
    rc = catalog_denied(&check->link, &sql, denied_out, fail);
    buf_release(&sql);
    return rc;
}

static const char *grant_of(struct schema_check *check, const struct schema_grants *grants,
                            const bool verbs[SCHEMA_VERBS])
{
    struct buf sql;
    const char *before = "";

    buf_init(&sql, PROBE_MAX_BYTES);
    buf_add_str(&sql, "GRANT ");
    for (size_t i = 0; i < SCHEMA_VERBS; i++) {
        if (!verbs[i])
            continue;
        buf_printf(&sql, "%s%s", before, VERBS[i].name);
        before = ", ";
    }
    buf_add_str(&sql, " ON ");
    mysql_quote_name(&sql, check->link.settings->database);
    buf_add_char(&sql, '.');
    mysql_quote_name(&sql, grants->table);
    buf_printf(&sql, " TO %s", check->server.account.ptr);
    return schema_take(check, &sql);
}

enum rc schema_check_grants(struct schema_check *check, const struct schema_grants *grants,
                            bool *readable_out, struct fail *fail)
{
    bool denied[SCHEMA_VERBS] = {false};
    bool any = false;

    for (size_t i = 0; i < SCHEMA_VERBS; i++) {
        enum rc rc;

        if (!grants->verbs[i])
            continue;
        rc = is_denied(check, grants, (enum schema_verb)i, &denied[i], fail);
        if (rc != RC_OK)
            return rc;
        any = any || denied[i];
    }
    *readable_out = !denied[SCHEMA_SELECT];
    if (any)
        schema_fault(check, grants->config_line, "the account %s lacks privileges on table %s: %s",
                     check->server.account.ptr, schema_name(check, grants->table),
                     grant_of(check, grants, denied));
    return RC_OK;
}

void schema_report_hidden(struct schema_check *check, const struct schema_grants *grants)
{
    schema_fault(check, grants->config_line,
                 "table %s does not exist, or the account %s may not see it: create it with "
                 "`mobync schema --apply`, or %s",
                 schema_name(check, grants->table), check->server.account.ptr,
                 grant_of(check, grants, grants->verbs));
}
