/* schema_cascades.h: the bodies of triggers on tables whose foreign keys, in the database itself,
 * delete or change rows of mapped tables: those changes fire no trigger of the mapped table.
 * Pure:    text made of foreign keys and facts; no connection.
 * Owns:    nothing.
 * Units:   none.
 * Fails:   never; the buffer's maximum is the caller's to look at (buf.h).
 * Holds:   what a body reads is a plain read, of one key at a time: nothing waits for it where the
 *          binary log is off, or logs rows. */
#ifndef MOBYNC_SCHEMA_CASCADES_H
#define MOBYNC_SCHEMA_CASCADES_H

#include "catalog_database.h"
#include "schema_capture_facts.h"

struct schema_cascades {
    const struct catalog_foreign_keys *keys;
    const struct schema_capture_facts *facts;
    bool names_in_lower_case;
    bool mariadb;
};

/* Of a table that some foreign key refers to. Nothing is appended where no mapped table is
 * affected. */
void schema_cascades_add_delete(struct buf *sql, const struct schema_cascades *cascades,
                                struct text parent);
void schema_cascades_add_update(struct buf *sql, const struct schema_cascades *cascades,
                                struct text parent);

/* Does the rule change the child's rows? "CASCADE", "SET NULL", "SET DEFAULT". */
bool schema_cascades_acts(struct text rule);

#endif
