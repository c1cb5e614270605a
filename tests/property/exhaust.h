/* exhaust.h: every small history: one object, two devices, up to five writes, with every
 * interleaving of syncs between them and at most one answer lost; those of up to three also with
 * kinds of writes that are refused, and with one phone that dies. In WORLD_KEYED a tree and a leaf
 * that refers to it.
 * Pure:    the same histories in the same order, always.
 * Fails:   with false: the history that fails is left in *failed_out. */
#ifndef MOBYNC_PROPERTY_EXHAUST_H
#define MOBYNC_PROPERTY_EXHAUST_H

#include "sim.h"

/* failed_out is filled only if a history fails; the caller releases it. */
bool exhaust_all(struct sim *sim, unsigned writes, struct scenario *failed_out);
bool exhaust_keyed(struct sim *sim, unsigned writes, struct scenario *failed_out);

/* With other SQL beside them, whose writes count like those of devices; in histories of up to two
 * also in the middle of each sync, at each operation. */
bool exhaust_sql(struct sim *sim, unsigned writes, struct scenario *failed_out);

/* Whether all diffs are compacted behind each sync in turn; false at first. */
void exhaust_compact(bool on);

#endif
