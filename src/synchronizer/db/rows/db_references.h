/* db_references.h: from the ids that the wire has to what the columns of a row hold, and back:
 * where a column refers to a parent, it holds the parent's key, which may be another than its id.
 * Scope:   parents are looked up among the owner's rows alone: another owner's is not there.
 * Owns:    nothing; results lie in the arena given.
 * Fails:   as db_link_error() says; a parent that is not there is no failure. Each look-up empties
 *          the session's scratch memory. */
#ifndef MOBYNC_DB_REFERENCES_H
#define MOBYNC_DB_REFERENCES_H

#include "db_session.h"
#include "synchronizer.h"

/* The keys of parents by their ids, one look-up for all. An empty id has none. */
NODISCARD enum rc db_references_find(struct db_session *s, const struct db_reference *reference,
                                     struct text owner, struct id_list ids, struct arena *arena,
                                     struct db_key_value *keys_out, struct fail *fail);

/* The values of the columns of ids, part by part, back to back; unknown where no row can have it.
 */
NODISCARD enum rc db_references_ids(struct db_session *s, struct owner_model of, struct id_list ids,
                                    struct arena *arena, struct db_key_value **values_out,
                                    struct fail *fail);

/* What a SELECT on `table` names for the column: the parent's id, with the owner as parameter. */
void db_references_add_select(struct buf *sql, const struct db_reference *reference,
                              struct text table, struct text column);
size_t db_references_parameters(const struct db_reference *reference);
void db_references_add_args(struct db_args *args, const struct db_reference *reference,
                            struct text owner);

#endif
