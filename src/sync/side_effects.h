/* side_effects.h: what came of a push's rows otherwise than by the push itself (docs/merging.md
 * 12.4).
 * Owns:    all lies in the transaction's arena.
 * Fails:   as synchronizer.h. */
#ifndef MOBYNC_SIDE_EFFECTS_H
#define MOBYNC_SIDE_EFFECTS_H

#include "txn.h"

/* Once the rows stand. Others may have changed the request's objects since the transaction began:
 * then txn->behind is set, and nothing is told. */
NODISCARD enum rc side_effects_tell(struct txn *txn, struct fail *fail);

/* For a request that changes nothing: sets txn->behind if the response may mix what is told with
 * what others changed meanwhile. Where they never rest, that is told, and to be stored. */
NODISCARD enum rc side_effects_look(struct txn *txn, bool *told_out, struct fail *fail);

#endif
