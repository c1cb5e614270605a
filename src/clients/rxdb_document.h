/* rxdb_document.h: documents as RxDB has them: rows, and the tombstones of rows that are gone.
 * Pure:    but for reading the histories of what is gone.
 * Owns:    nothing; texts lie in the arena.
 * Units:   none.
 * Fails:   as synchronizer.h.
 * Holds:   a document has every field that a row must have, so that it validates. */
#ifndef MOBYNC_RXDB_DOCUMENT_H
#define MOBYNC_RXDB_DOCUMENT_H

#include "json_dom.h"
#include "synchronizer.h"

/* What is known of objects that are gone, by their places among the ids. */
struct rxdb_last_known {
    const struct field_value **fields; /* by field index; NULL: nothing is known of the field */
};

NODISCARD enum rc rxdb_last_known_read(struct synchronizer *s, struct owner_model of,
                                       struct id_list ids, struct arena *arena,
                                       struct rxdb_last_known *known_out, struct fail *fail);

/* Whose documents they are. */
struct rxdb_schema {
    const struct columns *columns;
    const struct model *model;
    const struct version *version; /* of the app; NULL: the newest */
};

void rxdb_document_write_row(struct buf *buf, const struct rxdb_schema *schema, struct text id,
                             const struct value *row);
/* known and sent may be NULL: sent is what a client calls the object. */
void rxdb_document_write_gone(struct buf *buf, const struct rxdb_schema *schema, struct text id,
                              const struct rxdb_last_known *known, const struct json_entries *sent);

#endif
