#include "schema_parts.h"

#include <assert.h>
#include <errmsg.h>
#include <mysql.h>
#include <mysqld_error.h>
#include <stdarg.h>
#include <stdio.h>

#include "db_tables.h"

enum rc schema_check_open(struct schema_check *check, const struct db_settings *settings,
                          struct fail *fail)
{
    enum rc rc;

    *check = (struct schema_check){0};
    arena_init(&check->arena);
    db_link_init(&check->link, settings);
    rc = db_link_open(&check->link, fail);
    if (rc == RC_OK)
        rc = catalog_read_server(&check->link, &check->arena, &check->server, fail);
    return rc;
}

void schema_check_close(struct schema_check *check)
{
    db_link_close(&check->link);
    arena_release(&check->arena);
}

static void report_line(struct schema_check *check, unsigned config_line, bool warning,
                        const char *format, va_list args)
{
    char message[2048];

    vsnprintf(message, sizeof(message), format, args);
    check->report(check->context, config_line, warning, message);
}

void schema_fault(struct schema_check *check, unsigned config_line, const char *format, ...)
{
    va_list args;

    check->faults++;
    va_start(args, format);
    report_line(check, config_line, false, format, args);
    va_end(args);
}

void schema_warn(struct schema_check *check, unsigned config_line, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    report_line(check, config_line, true, format, args);
    va_end(args);
}

const char *schema_take(struct schema_check *check, struct buf *buf)
{
    struct text copy;

    assert(!buf->overflow);
    copy = arena_text(&check->arena, buf_text(buf));
    buf_release(buf);
    return copy.ptr;
}

const char *schema_name(struct schema_check *check, struct text name)
{
    struct buf quoted;

    buf_init(&quoted, name.len * 2 + 2);
    db_quote_name(&quoted, name);
    return schema_take(check, &quoted);
}

static void create_owners(struct buf *sql, bool mariadb, struct text table)
{
    assert(text_is(table, DB_OWNERS_TABLE));
    db_tables_owners(sql, mariadb);
}

static void create_known(struct buf *sql, bool mariadb, struct text table)
{
    assert(text_is(table, DB_KNOWN_TABLE));
    db_tables_known(sql, mariadb);
}

static void create_rejects(struct buf *sql, bool mariadb, struct text table)
{
    assert(text_is(table, DB_REJECTS_TABLE));
    db_tables_rejects(sql, mariadb);
}

size_t schema_own_tables(const struct db_settings *settings,
                         struct schema_own own_out[SCHEMA_OWN_TABLES])
{
    const struct schema_own all[SCHEMA_OWN_TABLES] = {
        {
            .name = TEXT_LITERAL(DB_OWNERS_TABLE),
            .create = create_owners,
            .columns = {{"owner", NULL}, {"next_clock", NULL}},
            .keys = {{"owner"}},
            .verbs = {[SCHEMA_SELECT] = true, [SCHEMA_INSERT] = true, [SCHEMA_UPDATE] = true},
        },
        {
            .name = settings->diffs_table,
            .create = db_tables_diffs,
            .columns = {{"owner", NULL},
                        {"logical_clock", NULL},
                        {"seq", NULL},
                        {"id", NULL},
                        {"utc_timestamp", NULL},
                        {"type", NULL},
                        {"model", NULL},
                        {"object_id", NULL},
                        {"json_data", NULL},
                        {"field_times", "LONGTEXT NULL"}},
            .keys = {{"owner", "logical_clock", "seq"}, {"owner", "id"}},
            .path = DB_OBJECT_KEY,
            .path_columns = DB_OBJECT_KEY_COLUMNS,
            .verbs = {[SCHEMA_SELECT] = true, [SCHEMA_INSERT] = true},
        },
        {
            .name = TEXT_LITERAL(DB_KNOWN_TABLE),
            .create = create_known,
            .columns = {{"owner", NULL},
                        {"id", NULL},
                        {"logical_clock", NULL},
                        {"rejected", DB_REJECTED_TYPE}},
            .keys = {{"owner", "id"}},
            .verbs = {[SCHEMA_SELECT] = true, [SCHEMA_INSERT] = true, [SCHEMA_UPDATE] = true},
        },
        {
            .name = TEXT_LITERAL(DB_REJECTS_TABLE),
            .create = create_rejects,
            .columns = {{"owner", NULL},
                        {"id", NULL},
                        {"logical_clock", NULL},
                        {"seq", NULL},
                        {"created_ms", NULL},
                        {"request_id", NULL},
                        {"code", NULL},
                        {"message", NULL},
                        {"field", NULL},
                        {"detail", NULL},
                        {"diff", NULL}},
            .keys = {{"owner", "id"}},
            .verbs = {[SCHEMA_SELECT] = true, [SCHEMA_INSERT] = true, [SCHEMA_DELETE] = true},
        },
        {
            .name = settings->tokens_table,
            .create = db_tables_tokens,
            .columns = {{"hash", NULL},
                        {"id", NULL},
                        {"owner", NULL},
                        {"created_ms", NULL},
                        {"expires_ms", NULL},
                        {"last_use_ms", "BIGINT NOT NULL DEFAULT 0"},
                        {"revoked", NULL}},
            .keys = {{"hash"}, {"id"}},
            .verbs = {[SCHEMA_SELECT] = true, [SCHEMA_INSERT] = true, [SCHEMA_UPDATE] = true},
        },
    };

    memcpy(own_out, all, sizeof(all));
    return settings->tokens_table.len > 0 ? SCHEMA_OWN_TABLES : SCHEMA_OWN_TABLES - 1;
}

/* A TEXT or a BLOB goes into a key by a prefix alone. */
static bool fits_in_key(const struct catalog_column *column)
{
    return column != NULL && strstr(column->data_type.ptr, "text") == NULL &&
           strstr(column->data_type.ptr, "blob") == NULL;
}

size_t schema_own_keys(const struct schema_own *own, const struct catalog_table *table,
                       struct schema_own_key keys_out[SCHEMA_OWN_KEYS_MAX])
{
    size_t count = 0;

    for (; count < SCHEMA_OWN_KEYS_MAX && own->keys[count][0] != NULL; count++) {
        struct schema_own_key *key = &keys_out[count];

        *key = (struct schema_own_key){.addable = true};
        for (const char *const *name = own->keys[count]; *name != NULL; name++) {
            key->columns[key->count] = text_of(*name);
            key->addable &= fits_in_key(catalog_column(table, key->columns[key->count++]));
        }
        key->there = schema_has_unique(table, key->columns, key->count);
    }
    return count;
}

bool schema_own_has_path(const struct schema_own *own, const struct catalog_table *table)
{
    struct schema_own_key keys[SCHEMA_OWN_KEYS_MAX];
    const size_t count = schema_own_keys(own, table, keys);

    for (size_t i = 0; i < count; i++)
        if (!keys[i].there && !keys[i].addable)
            return true;
    for (size_t i = 0; own->path != NULL && i < table->key_count; i++)
        if (text_equal_nocase(table->keys[i].name, text_of(own->path)))
            return true;
    return own->path == NULL;
}

/* What the number of a failed connection says about the config. */
static const struct {
    unsigned number;
    enum schema_key suspect;
} SUSPECTS[] = {
    {ER_ACCESS_DENIED_ERROR, SCHEMA_USER},
    {ER_ACCESS_DENIED_NO_PASSWORD_ERROR, SCHEMA_USER},
    {ER_HOST_NOT_PRIVILEGED, SCHEMA_USER},
    {ER_DBACCESS_DENIED_ERROR, SCHEMA_NAME},
    {ER_BAD_DB_ERROR, SCHEMA_NAME},
    {CR_CONNECTION_ERROR, SCHEMA_SOCKET}, /* nobody listens; said of hosts too */
    {CR_CONN_HOST_ERROR, SCHEMA_HOST},
    {CR_UNKNOWN_HOST, SCHEMA_HOST},
    {CR_SSL_CONNECTION_ERROR, SCHEMA_TLS},
};

static const char *const REMEDIES[SCHEMA_KEYS] = {
    [SCHEMA_DATABASE] = "look at user, password_file, name, and socket or host",
    [SCHEMA_SOCKET] = "look at socket, and whether the database server runs",
    [SCHEMA_HOST] = "look at host and port, and whether the database server runs",
    [SCHEMA_USER] = "look at user and password_file, or create the account",
    [SCHEMA_NAME] = "look at name, or create the database and GRANT the user its rights",
    [SCHEMA_TLS] = "look at tls, and whether the database server offers it",
};

static enum schema_key suspect_of(const struct db_link *link)
{
    enum schema_key suspect = SCHEMA_DATABASE;

    for (size_t i = 0; i < ARRAY_LEN(SUSPECTS); i++)
        if (SUSPECTS[i].number == link->error_number)
            suspect = SUSPECTS[i].suspect;
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
