/* migrate.h: what a device lacks whose app was upgraded: the fields and models that its older
 *          version could not hold, from the rows (docs/versions.md 5).
 * Holds:   rows are of the response's clock or later: what is later comes again with the next sync.
 *          An object that is made later is left to that one, and so is told once.
 * Fails:   as synchronizer.h; INVALID_CLOCK where there are too many rows to be held.
 * Owns:    all lies in the transaction's arena. */
#ifndef MOBYNC_MIGRATE_H
#define MOBYNC_MIGRATE_H

#include "txn.h"

/* A device that has nothing is told all anyway; one at clock 0 may have changes of its own. */
bool migrate_wanted(const struct sync_request *request);
/* In a snapshot, before anything is done: a device that has too much begins again instead. What a
 * push from below the horizon is told besides is measured, too: once it is committed, it is too
 * late to say so. */
NODISCARD enum rc migrate_fits(struct txn *txn, struct fail *fail);
NODISCARD enum rc migrate_too_much(struct fail *fail);
/* Behind the merge, and what it committed: adds to the plan's answer. */
NODISCARD enum rc migrate_add(struct txn *txn, struct fail *fail);

#endif
