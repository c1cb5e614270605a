/* What the account may do to a table, asked by statements that are prepared and never run:
 * schema_grants_check(); and all that it needs, as GRANTs: schema_grants(). */
#include "schema_grants.h"

#include "schema_durable.h"

/* A probe names each column twice at most, quoted; MariaDB knows 4096 columns of 64 characters. */
#define PROBE_MAX_BYTES ((size_t)4 * 1024 * 1024)

typedef void write_probe(struct buf *sql, const struct schema_grants_request *request);

/* Those that the verb names; their number. */
static size_t add_columns(struct buf *sql, const struct schema_grants_request *request,
                          enum schema_verb verb, const char *after_each)
{
    size_t count = 0;

    for (size_t i = 0; i < request->column_count; i++) {
        if (!request->columns[i].verbs[verb])
            continue;
        if (count++ > 0)
            buf_add_str(sql, ", ");
        db_quote_name(sql, request->columns[i].name);
        buf_add_str(sql, after_each);
    }
    return count;
}

static void write_select(struct buf *sql, const struct schema_grants_request *request)
{
    buf_add_str(sql, "SELECT ");
    add_columns(sql, request, SCHEMA_SELECT, "");
    buf_add_str(sql, " FROM ");
    db_quote_name(sql, request->table);
}

static void write_insert(struct buf *sql, const struct schema_grants_request *request)
{
    size_t count;

    buf_add_str(sql, "INSERT INTO ");
    db_quote_name(sql, request->table);
    buf_add_str(sql, " (");
    count = add_columns(sql, request, SCHEMA_INSERT, "");
    buf_add_str(sql, ") VALUES (?");
    for (size_t i = 1; i < count; i++)
        buf_add_str(sql, ", ?");
    buf_add_char(sql, ')');
}

static void write_update(struct buf *sql, const struct schema_grants_request *request)
{
    buf_add_str(sql, "UPDATE ");
    db_quote_name(sql, request->table);
    buf_add_str(sql, " SET ");
    add_columns(sql, request, SCHEMA_UPDATE, " = ?");
}

static void write_delete(struct buf *sql, const struct schema_grants_request *request)
{
    buf_add_str(sql, "DELETE FROM ");
    db_quote_name(sql, request->table);
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

/* Rows that refer to each other in a circle are made first and tied together by updates: hence the
 * second verb of a create. */
static const bool NEEDS[DIFF_TYPES][SCHEMA_VERBS] = {
    [DIFF_CREATE] = {[SCHEMA_INSERT] = true, [SCHEMA_UPDATE] = true},
    [DIFF_UPDATE] = {[SCHEMA_UPDATE] = true},
    [DIFF_DELETE] = {[SCHEMA_DELETE] = true},
};

void schema_grants_model_verbs(const struct model *model, bool verbs_out[SCHEMA_VERBS])
{
    for (size_t verb = 0; verb < SCHEMA_VERBS; verb++) {
        verbs_out[verb] = verb == SCHEMA_SELECT;
        for (size_t type = 0; type < DIFF_TYPES; type++)
            verbs_out[verb] |= model->allow[type] && NEEDS[type][verb];
    }
    if (model_deletes_softly(model)) {
        verbs_out[SCHEMA_DELETE] = false;
        verbs_out[SCHEMA_UPDATE] |= model->allow[DIFF_DELETE];
    }
}

static enum rc is_denied(struct schema_session *session,
                         const struct schema_grants_request *request, enum schema_verb verb,
                         bool *denied_out, struct fail *fail)
{
    struct buf sql;
    enum rc rc;

    buf_init(&sql, PROBE_MAX_BYTES);
    VERBS[verb].write(&sql, request);
    rc = catalog_denied(&session->link, &sql, denied_out, fail);
    buf_release(&sql);
    return rc;
}

static void add_target(struct buf *sql, const struct db_settings *settings, struct text name)
{
    db_quote_name(sql, settings->database);
    buf_add_char(sql, '.');
    db_quote_name(sql, name);
}

static void write_grant(struct buf *sql, const struct db_settings *settings,
                        const bool verbs[SCHEMA_VERBS], const char *more, struct text table)
{
    const char *before = "GRANT ";

    for (size_t i = 0; i < SCHEMA_VERBS; i++) {
        if (!verbs[i])
            continue;
        buf_printf(sql, "%s%s", before, VERBS[i].name);
        before = ", ";
    }
    buf_printf(sql, "%s ON ", more);
    add_target(sql, settings, table);
}

static const char *grant_of(struct schema_session *session,
                            const struct schema_grants_request *request,
                            const bool verbs[SCHEMA_VERBS])
{
    struct buf sql;

    buf_init(&sql, PROBE_MAX_BYTES);
    write_grant(&sql, session->link.settings, verbs, "", request->table);
    buf_printf(&sql, " TO %s", session->server.account.ptr);
    return schema_session_take(session, &sql);
}

enum rc schema_grants_check(struct schema_session *session,
                            const struct schema_grants_request *request, bool *readable_out,
                            struct fail *fail)
{
    bool denied[SCHEMA_VERBS] = {false};
    bool any = false;

    for (size_t i = 0; i < SCHEMA_VERBS; i++) {
        enum rc rc;

        if (!request->verbs[i])
            continue;
        rc = is_denied(session, request, (enum schema_verb)i, &denied[i], fail);
        if (rc != RC_OK)
            return rc;
        any = any || denied[i];
    }
    *readable_out = !denied[SCHEMA_SELECT];
    if (any)
        schema_session_fault(
            session, request->config_line, "account %s lacks privileges on table %s: %s",
            session->server.account.ptr, schema_session_quote(session, request->table),
            grant_of(session, request, denied));
    return RC_OK;
}

void schema_grants_report_hidden(struct schema_session *session,
                                 const struct schema_grants_request *request)
{
    schema_session_fault(
        session, request->config_line,
        "table %s does not exist, or account %s has no privileges on it: create it with "
        "`mobync schema --apply`, or %s",
        schema_session_quote(session, request->table), session->server.account.ptr,
        grant_of(session, request, request->verbs));
}

/* The account is one, for all hosts. */
static bool comes_from_far(const struct db_settings *settings)
{
    for (size_t i = 0; i < settings->host_count; i++)
        if (settings->hosts[i].socket.len == 0)
            return true;
    return false;
}

static void add_account(struct buf *sql, const struct db_settings *settings)
{
    db_quote_name(sql, settings->user);
    buf_add_char(sql, '@');
    db_quote_name(sql, comes_from_far(settings) ? TEXT_LITERAL("%") : TEXT_LITERAL("localhost"));
}

void schema_grants_add_account(struct buf *sql, const struct db_settings *settings)
{
    buf_add_str(sql, " TO ");
    add_account(sql, settings);
}

struct text schema_account(const struct db_settings *settings, struct arena *arena)
{
    struct buf account;
    struct text result;

    buf_init(&account, 1024);
    add_account(&account, settings);
    result = arena_text(arena, buf_text(&account));
    buf_release(&account);
    return result;
}

struct grant_list {
    const struct db_settings *settings;
    struct arena *arena;
    struct text *statements;
    size_t count;
};

static void keep_statement(struct grant_list *list, struct buf *sql)
{
    list->statements[list->count++] = arena_text(list->arena, buf_text(sql));
    buf_clear(sql);
}

static void keep_grant(struct grant_list *list, struct buf *sql)
{
    schema_grants_add_account(sql, list->settings);
    keep_statement(list, sql);
}

/* What is granted must be there; whoever grants may flush, too. */
static void grant_flush(struct grant_list *list, struct buf *sql)
{
    schema_durable_create(sql, list->settings, "CREATE PROCEDURE IF NOT EXISTS ");
    keep_statement(list, sql);
    schema_durable_grant(sql, list->settings);
    keep_grant(list, sql);
}

/* Several models may share a function, which is granted once. */
static bool is_granted_before(const struct mapping *mapping, size_t index)
{
    for (size_t i = 0; i < index; i++)
        if (text_equal(mapping->models[i].validate, mapping->models[index].validate))
            return true;
    return false;
}

static void grant_models(struct grant_list *list, struct buf *sql)
{
    const struct mapping *mapping = list->settings->mapping;

    for (size_t i = 0; i < mapping->model_count; i++) {
        const struct model *model = &mapping->models[i];
        bool verbs[SCHEMA_VERBS];

        schema_grants_model_verbs(model, verbs);
        write_grant(sql, list->settings, verbs, ", TRIGGER", model->table);
        keep_grant(list, sql);
        if (model->validate.len == 0 || is_granted_before(mapping, i))
            continue;
        buf_add_str(sql, "GRANT EXECUTE ON FUNCTION ");
        add_target(sql, list->settings, model->validate);
        keep_grant(list, sql);
    }
}

void schema_grants(const struct db_settings *settings, struct arena *arena,
                   struct text **statements_out, size_t *count_out)
{
    struct grant_list list = {.settings = settings, .arena = arena};
    struct buf sql;

    list.statements =
        ARENA_ARRAY(arena, DB_TABLES + 2 * settings->mapping->model_count + 2, struct text);
    buf_init(&sql, PROBE_MAX_BYTES);
    for (size_t i = 0; i < DB_TABLES; i++) {
        const struct text name = schema_own_tables_name(&SCHEMA_OWN_TABLES[i], settings);

        if (name.len == 0)
            continue;
        write_grant(&sql, settings, SCHEMA_OWN_TABLES[i].verbs, "", name);
        keep_grant(&list, &sql);
    }
    grant_models(&list, &sql);
    grant_flush(&list, &sql);
    buf_release(&sql);
    *statements_out = list.statements;
    *count_out = list.count;
}
