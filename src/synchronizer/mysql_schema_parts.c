#include "mysql_schema_parts.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

#include "mysql_tables.h"

enum rc schema_check_open(struct schema_check *check, const struct mysql_settings *settings,
                          struct fail *fail)
{
    enum rc rc;

    *check = (struct schema_check){0};
    arena_init(&check->arena);
    mysql_link_init(&check->link, settings);
    rc = mysql_link_open(&check->link, fail);
    if (rc == RC_OK)
        rc = catalog_read_server(&check->link, &check->arena, &check->server, fail);
    return rc;
}

void schema_check_close(struct schema_check *check)
{
    mysql_link_close(&check->link);
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
    mysql_quote_name(&quoted, name);
    return schema_take(check, &quoted);
}

static void create_owners(struct buf *sql, bool mariadb, struct text table)
{
    assert(text_is(table, MYSQL_OWNERS_TABLE));
    mysql_tables_owners(sql, mariadb);
}

static void create_known(struct buf *sql, bool mariadb, struct text table)
{
    assert(text_is(table, MYSQL_KNOWN_TABLE));
    mysql_tables_known(sql, mariadb);
}

size_t schema_own_tables(const struct mysql_settings *settings,
                         struct schema_own own_out[SCHEMA_OWN_TABLES])
{
    const struct schema_own all[SCHEMA_OWN_TABLES] = {
        {
            .name = TEXT_LITERAL(MYSQL_OWNERS_TABLE),
            .create = create_owners,
            .columns = {"owner", "next_clock"},
            .keys = {{"owner"}},
            .verbs = {[SCHEMA_SELECT] = true, [SCHEMA_INSERT] = true, [SCHEMA_UPDATE] = true},
        },
        {
            .name = settings->diffs_table,
            .create = mysql_tables_diffs,
            .columns = {"owner", "logical_clock", "seq", "id", "utc_timestamp", "type", "model",
                        "object_id", "json_data", "field_times"},
            .keys = {{"owner", "logical_clock", "seq"}, {"owner", "id"}},
            .verbs = {[SCHEMA_SELECT] = true, [SCHEMA_INSERT] = true},
        },
        {
            .name = TEXT_LITERAL(MYSQL_KNOWN_TABLE),
            .create = create_known,
            .columns = {"owner", "id", "logical_clock"},
            .keys = {{"owner", "id"}},
            .verbs = {[SCHEMA_SELECT] = true, [SCHEMA_INSERT] = true, [SCHEMA_UPDATE] = true},
        },
        {
            .name = settings->tokens_table,
            .create = mysql_tables_tokens,
            .columns = {"hash", "id", "owner", "created_ms", "expires_ms", "last_use_ms",
                        "revoked"},
            .keys = {{"hash"}, {"id"}},
            .verbs = {[SCHEMA_SELECT] = true, [SCHEMA_INSERT] = true, [SCHEMA_UPDATE] = true},
        },
    };

    memcpy(own_out, all, sizeof(all));
    return settings->tokens_table.len > 0 ? SCHEMA_OWN_TABLES : SCHEMA_OWN_TABLES - 1;
}
