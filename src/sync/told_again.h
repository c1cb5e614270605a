/* told_again.h: stores something about each object of a push of which nothing else is stored, so
 *          that whoever asks what was touched since is told of it, too.
 * Owns:    all lies in the transaction's arena.
 * Units:   none.
 * Fails:   as synchronizer.h; RC_FATAL where a stored diff that must be read is corrupt.
 * Holds:   no row changes, no field of it becomes any later than it was set. */
#ifndef MOBYNC_TOLD_AGAIN_H
#define MOBYNC_TOLD_AGAIN_H

#include "txn.h"

/* Once the rows stand, and all else is told. */
NODISCARD enum rc told_again(struct txn *txn, struct fail *fail);

#endif
