/* children.h: rows that the database itself deletes or clears when a push deletes their parents
 * (docs/merging.md 12.4).
 * Owns:    all lies in the transaction's arena.
 * Fails:   as synchronizer.h. */
#ifndef MOBYNC_CHILDREN_H
#define MOBYNC_CHILDREN_H

#include "txn.h"

/* Before the rows are written: those that may be meant, and their children in turn. */
NODISCARD enum rc children_find(struct txn *txn, struct fail *fail);
/* Afterwards: what became of them, as if triggers had told of it, behind those given. */
NODISCARD enum rc children_compare(struct txn *txn, struct change_list *changes_inout,
                                   struct fail *fail);

#endif
