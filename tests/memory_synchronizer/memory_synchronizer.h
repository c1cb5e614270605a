/* memory_synchronizer.h: the synchronizer in memory, for unit tests and simulations only.
 * Faults:  memory_synchronizer_fail_at() makes the nth call from now fail as told, so that a test
 *          can prove that nothing is left half done.
 * Owns:    all of its data; memory_synchronizer_free() gives it back. */
#ifndef MOBYNC_MEMORY_SYNCHRONIZER_H
#define MOBYNC_MEMORY_SYNCHRONIZER_H

#include "memory_rules.h"
#include "synchronizer.h"

/* It has no rejects, tokens and inspect: what operators ask, the tests ask a real database. */
struct synchronizer *memory_synchronizer_new(const struct mapping *mapping);
void memory_synchronizer_free(struct synchronizer *s);

/* Forgets all data. */
void memory_synchronizer_reset(struct synchronizer *s);

/* The nth operation from now (1 is the next) answers rc instead of doing its work, once; 0: none.
 */
void memory_synchronizer_fail_at(struct synchronizer *s, unsigned nth, enum rc rc);

/* Whether what is read counts as long since on disk; false at first. */
void memory_synchronizer_set_old(struct synchronizer *s, bool old);

/* Ranks and the foreign keys behind them, for tests of their order; the arrays must outlive the
 * synchronizer. The rows themselves are not held to the keys. */
void memory_synchronizer_set_ranks(struct synchronizer *s, const unsigned *model_ranks);
void memory_synchronizer_set_relations(struct synchronizer *s, struct relations relations);

/* Puts or takes away a row as the customer's own SQL would: without any diff. */
void memory_synchronizer_put_row(struct synchronizer *s, struct text owner,
                                 const struct model *model, const struct object *object);
void memory_synchronizer_drop_row(struct synchronizer *s, struct text owner,
                                  const struct model *model, struct text id);

/* Answers for validate(); NULL: everything is allowed. */
void memory_synchronizer_set_validate(struct synchronizer *s, memory_validate *allowed,
                                      void *context);

/* A CHECK of the tables; NULL: every row is allowed. */
void memory_synchronizer_set_constraint(struct synchronizer *s, memory_constraint *allowed,
                                        void *context);

/* All rows, diffs, clocks, known ids and rejects as one text, equal exactly when the data are
 * equal. */
void memory_synchronizer_dump(struct synchronizer *s, struct buf *buf);

#endif
