/* db_owners.h: the owner's row of mobync_owners, whose lock lines up the owner's syncs.
 * Order:   db_owners_lock() is the first statement of a transaction that writes. */
#ifndef MOBYNC_DB_OWNERS_H
#define MOBYNC_DB_OWNERS_H

#include "db_batch.h"
#include "db_session.h"

/* RC_REJECTED where that clock says that the owner's data are not to be touched: they are another
 * database's, or on their way (owner_moves.h). */
NODISCARD enum rc db_owners_here(const struct db_session *s, int64_t next_clock, struct fail *fail);

/* The owner's row: locked, a clock taken, of which the session keeps next_clock; *head_out is what
 * it held. The session's lineage gives the least clock. */
NODISCARD enum rc db_owners_lock(struct db_session *s, struct text owner, int64_t *head_out,
                                 struct fail *fail);

/* The owner's clock as it stands, nothing locked; 0 for an owner never seen. Keeps the horizon. */
NODISCARD enum rc db_owners_clock(struct db_session *s, struct text owner, int64_t *clock_out,
                                  struct fail *fail);

/* How far the owner's history is compacted; 0, 0 for an owner never seen. In a transaction that has
 * read it already nothing is asked. */
NODISCARD enum rc db_owners_horizon(struct db_session *s, struct text owner,
                                    struct horizon *horizon_out, struct fail *fail);
/* It was read along with something else. */
void db_owners_keep_horizon(struct db_session *s, struct text owner, struct horizon horizon);

/* The same for a drain: locked, without a clock. *there_out: the owner has a row. */
NODISCARD enum rc db_owners_drain(struct db_session *s, struct text owner,
                                  struct owner_state *state_out, bool *there_out,
                                  struct fail *fail);
/* The owner has a row from now on; outside of a transaction. */
NODISCARD enum rc db_owners_make(struct db_session *s, struct text owner, struct fail *fail);

/* Operations of changes.h. */
NODISCARD enum rc db_owners_take_clock(struct synchronizer *base, struct text owner, int64_t clock,
                                       struct fail *fail);
NODISCARD enum rc db_owners_set_reconciled(struct synchronizer *base, struct text owner,
                                           bool adopted, struct fail *fail);
NODISCARD enum rc db_owners_find_adopted(struct synchronizer *base, struct text owner,
                                         bool *adopted_out, struct fail *fail);
enum rc db_owners_behind(struct synchronizer *base, struct text owner, bool *behind_out,
                         struct fail *fail);

/* Rows of the transaction's owner for a table of our own. A key that is there already: RC_RETRY. */
NODISCARD enum rc db_owners_insert(struct db_session *s, const struct db_batch *batch,
                                   enum db_stmt_id id, const char *what, struct fail *fail);

#endif
