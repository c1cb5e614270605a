/* db_definition.h: what a table's foreign keys do by themselves, from SHOW CREATE TABLE: MariaDB's
 * REFERENTIAL_CONSTRAINTS hides keys from accounts that have no more than our grants.
 * Process: asks the database; the link must be open.
 * Owns:    nothing; the definition lies in the arena given.
 * Units:   none.
 * Fails:   as db_link_error() says; an account without any privilege on the table is refused.
 * Holds:   names are quoted in the definition: db_variables.h sees to it. */
#ifndef MOBYNC_DB_DEFINITION_H
#define MOBYNC_DB_DEFINITION_H

#include "arena.h"
#include "db_link.h"

/* NUL-terminated. */
NODISCARD enum rc db_definition_read(struct db_link *link, struct text table, struct arena *arena,
                                     struct text *definition_out, struct fail *fail);

struct db_key_rules {
    const char *on_delete; /* "CASCADE", "SET NULL", "SET DEFAULT"; else "RESTRICT" */
    const char *on_update;
};

/* Of the foreign key of that name; nothing but RESTRICT where there is none. */
struct db_key_rules db_definition_rules(struct text definition, struct text key);

#endif
