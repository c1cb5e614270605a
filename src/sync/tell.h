/* tell.h: stores a diff behind those of a push, and lays it into the response for the device that
 * pushed, whatever that says of the object already.
 * Order:   begin, any number of diffs, end.
 * Owns:    all lies in the transaction's arena.
 * Holds:   a device that applies the response has the object as the diff leaves it. */
#ifndef MOBYNC_TELL_H
#define MOBYNC_TELL_H

#include "text_index.h"
#include "txn.h"

struct tell {
    struct txn *txn;
    struct text_index index; /* of the response's diffs by their objects' ids */
};

/* Makes room for so many. Each object is told once until the end. */
struct tell tell_begin(struct txn *txn, size_t count);
/* A delete of what the device has, a create of what it lacks, or an update. RC_FATAL where a stored
 * diff that must be read is corrupt. */
NODISCARD enum rc tell_diff(struct tell *tell, const struct diff *diff, struct fail *fail);
void tell_end(struct tell *tell);

#endif
