/* A connection, what it says about its server, and where its faults go: schema_session_open(), then
 * schema_session_fault() and _warn(). Every fault is counted. */
#include "schema_session.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

enum rc schema_session_open(struct schema_session *session, const struct db_settings *settings,
                            schema_report *report, void *context, struct fail *fail)
{
    enum rc rc;

    *session = (struct schema_session){
        .body_bytes = settings->body_bytes, .report = report, .context = context};
    arena_init(&session->arena);
    db_link_init(&session->link, settings);
    rc = db_link_open(&session->link, fail);
    if (rc == RC_OK)
        rc = catalog_read_server(&session->link, &session->arena, &session->server, fail);
    return rc;
}

void schema_session_close(struct schema_session *session)
{
    db_link_close(&session->link);
    arena_release(&session->arena);
}

static void report_line(struct schema_session *session, unsigned config_line, bool warning,
                        const char *format, va_list args)
{
    char message[2048];

    vsnprintf(message, sizeof(message), format, args);
    session->report(session->context, config_line, warning, message);
}

void schema_session_fault(struct schema_session *session, unsigned config_line, const char *format,
                          ...)
{
    va_list args;

    session->faults++;
    va_start(args, format);
    report_line(session, config_line, false, format, args);
    va_end(args);
}

void schema_session_warn(struct schema_session *session, unsigned config_line, const char *format,
                         ...)
{
    va_list args;

    va_start(args, format);
    report_line(session, config_line, true, format, args);
    va_end(args);
}

const char *schema_session_take(struct schema_session *session, struct buf *buf)
{
    struct text copy;

    assert(!buf->overflow);
    copy = arena_text(&session->arena, buf_text(buf));
    buf_release(buf);
    return copy.ptr;
}

const char *schema_session_quote(struct schema_session *session, struct text name)
{
    struct buf quoted;

    buf_init(&quoted, name.len * 2 + 2);
    db_quote_name(&quoted, name);
    return schema_session_take(session, &quoted);
}

const char *schema_session_quote_column(struct schema_session *session, struct text table,
                                        struct text column)
{
    struct buf both;

    buf_init(&both, (table.len + column.len) * 2 + 5);
    db_quote_name(&both, table);
    buf_add_char(&both, '.');
    db_quote_name(&both, column);
    return schema_session_take(session, &both);
}
