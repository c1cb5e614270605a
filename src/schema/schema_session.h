/* schema_session.h: a connection whose schema is looked at, and the reporter of its faults.
 * Owns:    its link and its arena, from schema_session_open() to schema_session_close().
 * Fails:   the rc speaks of the connection; what is wrong with the schema is told to the reporter.
 * Holds:   every name in a message or a statement is quoted; a statement in a message works as
 *          pasted. */
#ifndef MOBYNC_SCHEMA_SESSION_H
#define MOBYNC_SCHEMA_SESSION_H

#include "catalog.h"
#include "schema.h"

/* How many a message names. */
#define SCHEMA_INEXACT_NAMED 4

struct schema_session {
    struct db_link link;
    struct arena arena;
    struct catalog_server server;
    uint64_t body_bytes; /* of the settings: what a request may have */
    schema_report *report;
    void *context; /* of report */
    size_t faults;
    const char *inexact[SCHEMA_INEXACT_NAMED]; /* columns of keys that do not compare bytes */
    size_t inexact_count;
    unsigned inexact_line; /* of the first */
};

/* Connects and asks the server about itself. Whatever the rc, schema_session_close() comes after.
 * report: NULL for whoever finds no faults. */
NODISCARD enum rc schema_session_open(struct schema_session *session,
                                      const struct db_settings *settings, schema_report *report,
                                      void *context, struct fail *fail);
void schema_session_close(struct schema_session *session);

void schema_session_fault(struct schema_session *session, unsigned config_line, const char *format,
                          ...) PRINTF_LIKE(3, 4);
void schema_session_warn(struct schema_session *session, unsigned config_line, const char *format,
                         ...) PRINTF_LIKE(3, 4);

/* `name`, quoted for SQL and for messages alike; in the session's arena. */
const char *schema_session_quote(struct schema_session *session, struct text name);
const char *schema_session_quote_column(struct schema_session *session, struct text table,
                                        struct text column);
/* A NUL-terminated copy in the session's arena; releases the buffer. */
const char *schema_session_take(struct schema_session *session, struct buf *buf);

#endif
