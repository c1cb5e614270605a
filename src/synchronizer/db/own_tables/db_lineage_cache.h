/* db_lineage_cache.h: the database's lineage as a session goes by it: read from mobync_lineage when
 * it is older than LINEAGE_FRESH_MS, so that no statement of a sync reads that table.
 * Owns:    the session owns the copy. */
#ifndef MOBYNC_DB_LINEAGE_CACHE_H
#define MOBYNC_DB_LINEAGE_CACHE_H

#include "db_session.h"

/* Outside of a transaction, on an open link. RC_FATAL: the table has no row. */
NODISCARD enum rc db_lineage_refresh(struct db_session *s, struct fail *fail);
/* The next refresh reads it, however young it is. */
void db_lineage_forget(struct db_session *s);

/* As refreshed last; its id belongs to the session. */
struct lineage db_lineage_cached(const struct db_session *s);

/* The generation of comparing tables with histories, as refreshed last: who was compared in an
 * earlier one is behind. */
int64_t db_lineage_compared(const struct db_session *s);

/* The row of mobync_lineage is missing: RC_FATAL. */
enum rc db_lineage_missing(struct fail *fail);

#endif
