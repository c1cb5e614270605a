/* schema_outbox.h: what every trigger that writes into the outbox begins with, and how it writes:
 * VALUES alone, because INSERT … SELECT would lock what it reads.
 * Pure:    appends text to a buffer; no connection.
 * Owns:    nothing.
 * Units:   none.
 * Fails:   never; the buffer's maximum is the caller's to look at (buf.h).
 * Holds:   the statement that fires the trigger does not fail because of it. */
#ifndef MOBYNC_SCHEMA_OUTBOX_H
#define MOBYNC_SCHEMA_OUTBOX_H

#include "buf.h"
#include "model.h"

/* Variables of the triggers, and what an owner or an id must be to be told of. */
#define SCHEMA_OUTBOX_OWNER  "mobync_owner"
#define SCHEMA_OUTBOX_ID     "mobync_id"
#define SCHEMA_OUTBOX_FIELDS "mobync_fields"
#define SCHEMA_OUTBOX_FITS   " BETWEEN 1 AND 128"

/* Errors that are ours, and not those of the statement: a renamed column; a missing privilege or
 * outbox; an outbox that somebody changed, or a value that it cannot take. No deadlock and no lock
 * wait: those roll back more than the trigger. */
#define SCHEMA_OUTBOX_LOST_COLUMN "1054"
#define SCHEMA_OUTBOX_REFUSED                                                                      \
    "1044, 1048, 1062, 1136, 1142, 1143, 1146, 1264, 1265, 1292, 1364, 1366, 1370, 1406"

/* "NOT (…)": false for the server's own statements on this model's table, which tell of themselves;
 * what others' triggers make of them is recorded. */
void schema_outbox_add_not_own(struct buf *sql, const struct model *model);

struct schema_outbox_entry {
    const struct model *model;
    char op;
    const char *id; /* as SQL, as the next */
    const char *fields;
};

/* One INSERT, of the owner in SCHEMA_OUTBOX_OWNER, with its semicolon. */
void schema_outbox_add_insert(struct buf *sql, const struct schema_outbox_entry *entry);

#endif
