/* schema_capture.h: the bodies of the triggers that record in the outbox what other SQL writes into
 * a mapped table (docs/sql-writes.md).
 * Pure:    text made of the model, its columns and what its references stand for; no connection.
 * Owns:    nothing; what a struct schema_capture points to is the caller's.
 * Units:   none.
 * Fails:   never; the buffer's maximum is the caller's to look at (buf.h).
 * Holds:   the same facts give the same text, byte for byte. */
#ifndef MOBYNC_SCHEMA_CAPTURE_H
#define MOBYNC_SCHEMA_CAPTURE_H

#include "catalog.h"
#include "model.h"

/* A parent that a part of an id refers to by another column than its id. */
struct schema_capture_parent {
    struct text table;
    const struct catalog_column *key; /* that the child's column holds … */
    const struct catalog_column *id;  /* … and that the wire has in its place */
    const struct catalog_column *owner;
    enum key_type owner_type;
};

struct schema_capture_part {
    const struct catalog_column *column;
    enum key_type type;                         /* of what the wire has: never KEY_REFERENCE */
    const struct schema_capture_parent *parent; /* NULL: the wire has what the column holds */
};

struct schema_capture {
    const struct model *model;
    const struct catalog_column *owner;
    const struct catalog_column *deleted;       /* of soft deletes, else NULL */
    const struct schema_capture_part *id;       /* by part */
    const struct catalog_column *const *fields; /* by field index; NULL: the table lacks it */
    /* Those whose columns hold another key of this table than its id: what the wire has of them
     * changes with the id, and their rows do not. */
    const struct model *const *dependents;
    size_t dependent_count;
};

enum schema_capture_event { SCHEMA_ON_INSERT, SCHEMA_ON_UPDATE, SCHEMA_ON_DELETE };

#define SCHEMA_CAPTURE_EVENTS ((size_t)3)

/* BEGIN … END. */
void schema_capture_add_body(struct buf *sql, const struct schema_capture *capture,
                             enum schema_capture_event event);

/* True in SQL of rows that are not deleted softly: "TRUE" where the model has no such deletes. */
void schema_capture_add_live(struct buf *sql, const struct model *model,
                             const struct catalog_column *deleted, const char *row);

#endif
