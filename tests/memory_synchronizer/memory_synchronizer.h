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

/* Whether what other SQL writes is noted in the outbox, as triggers do; false at first. */
void memory_synchronizer_set_triggers(struct synchronizer *s, bool on);

/* Other SQL, without any diff, each a transaction of its own. False: the sync that is under way has
 * locked the row, and nothing happens: a database would make the statement wait. */
/* The row as a whole, in place of what is there. */
bool memory_synchronizer_put_row(struct synchronizer *s, struct text owner,
                                 const struct model *model, const struct object *object);
/* These fields of a row, if it is there. */
bool memory_synchronizer_change_row(struct synchronizer *s, struct text owner,
                                    const struct model *model, const struct object *object);
/* Deletes it softly, or takes that back. */
bool memory_synchronizer_hide_row(struct synchronizer *s, struct text owner,
                                  const struct model *model, struct text id, bool hidden);
bool memory_synchronizer_drop_row(struct synchronizer *s, struct text owner,
                                  const struct model *model, struct text id);
/* To another owner or another id, in place of what is there. */
bool memory_synchronizer_move_row(struct synchronizer *s, const struct memory_place *from,
                                  const struct memory_place *to, const struct model *model);
/* An entry of the outbox as triggers of other tables would make one: CHANGE_RECONCILE, own. */
void memory_synchronizer_note(struct synchronizer *s, struct text owner,
                              const struct change *change);

/* The nth operation from now (1 is the next; 0: none) runs this first, once, as other SQL that
 * commits in the middle of a sync; where it would see a drain or a snapshot, at their end. It ends
 * with the sync: set it again for the next one. */
void memory_synchronizer_interrupt(struct synchronizer *s, unsigned nth,
                                   memory_interrupt *interrupt, void *context);

/* Answers for validate(); NULL: everything is allowed. */
void memory_synchronizer_set_validate(struct synchronizer *s, memory_validate *allowed,
                                      void *context);

/* A CHECK of the tables; NULL: every row is allowed. */
void memory_synchronizer_set_constraint(struct synchronizer *s, memory_constraint *allowed,
                                        void *context);

/* An ALTER TABLE: each row's values become what `alter` makes of them, as many as the model has
 * fields by now. No trigger tells of it. */
typedef void memory_alter(void *context, const struct model *model, const struct value *before,
                          size_t count, struct value *values);
void memory_synchronizer_alter(struct synchronizer *s, const struct model *model,
                               memory_alter *alter, void *context);

/* What the tables make of rows before they take them; NULL: nothing. Other SQL writes rows as they
 * become. */
void memory_synchronizer_set_before(struct synchronizer *s, memory_before *before, void *context);

/* All rows, diffs, clocks, known ids and rejects as one text, equal exactly when the data are
 * equal. */
void memory_synchronizer_dump(struct synchronizer *s, struct buf *buf);

#endif
