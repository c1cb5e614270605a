/* first.h: a device's first sync: at clock 0, the rows themselves (docs/merging.md 13).
 * Holds:   rows and clock are of one moment. Memory is that of one page of rows, and some 40 bytes
 *          for each row of a table that refers to itself or is in a circle with others.
 * Fails:   as synchronizer.h; first_stream() with RC_RETRY only before the sink was begun.
 * Owns:    nothing that outlives the call, but for what lies in the transaction's arena. */
#ifndef MOBYNC_FIRST_H
#define MOBYNC_FIRST_H

#include "txn.h"

/* Is it a pull at clock 0, or to be answered like one? */
bool first_is_pull(const struct txn *txn);

/* The plan of such a pull, as creates of all rows; or, where they are too many to be held,
 * txn->history.more. */
NODISCARD enum rc first_pull(struct txn *txn, struct fail *fail);
/* Then: sends them. */
NODISCARD enum rc first_stream(struct txn *txn, struct sync_answer *answer_inout,
                               struct fail *fail);

/* Behind a push at clock 0: adds the rows to the plan's answer of which neither a diff nor the
 * request tells. Where they are too many to be held, txn->rows_more. */
NODISCARD enum rc first_add_untold(struct txn *txn, struct fail *fail);

#endif
