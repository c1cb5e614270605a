/* rxdb_ask.h: what a pull of RxDB asks for: from which checkpoint on, and how many documents.
 * Pure:    yes.
 * Owns:    nothing; texts lie in the arena given.
 * Units:   a checkpoint's updatedAt is a clock.
 * Fails:   INVALID_REQUEST where a query or body is not of this form.
 * Holds:   what is written is read as the same checkpoint, from a body and from a query. */
#ifndef MOBYNC_RXDB_ASK_H
#define MOBYNC_RXDB_ASK_H

#include "rxdb.h"

/* Where the documents of a pull begin: in the rows of the table, or in the history behind them. */
struct rxdb_checkpoint {
    bool rows;         /* it walks through the rows still … */
    struct text place; /* … from here on; empty: from the first one */
    struct inspect_place at;
};

struct rxdb_ask {
    struct rxdb_checkpoint from;
    int64_t limit;
};

NODISCARD enum rc rxdb_ask_read(const struct rxdb_pull *pull, struct arena *arena,
                                struct rxdb_ask *ask_out, struct fail *fail);

/* As JSON. Among the rows: of a place that is not empty. */
void rxdb_checkpoint_write(struct buf *buf, const struct rxdb_checkpoint *checkpoint);

#endif
