/* db_known.h: which ids of diffs an owner's earlier syncs have brought.
 * Fails:   as db_link_error() says. */
#ifndef MOBYNC_DB_KNOWN_H
#define MOBYNC_DB_KNOWN_H

#include "db_batch.h"
#include "db_session.h"

/* What is known of the ids, for what read_push does not ask itself. */
NODISCARD enum rc db_known_find(struct db_session *s, struct text owner, const struct text *ids,
                                size_t count, struct known_id *known_out, struct fail *fail);

/* Rows for mobync_known; the caller fills the ids. */
enum db_known_column { DB_KNOWN_OWNER, DB_KNOWN_CLOCK, DB_KNOWN_ID };
struct db_batch db_known_batch(struct text owner, int64_t clock, size_t count, struct arena *arena);

/* The operation of synchronizer.h. */
enum rc db_known_remember(struct synchronizer *base, struct text owner, int64_t clock,
                          const struct text *ids, size_t count, struct fail *fail);

#endif
