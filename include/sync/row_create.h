/* row_create.h: the create that tells a device of a row as it is (docs/protocol.md 4.1).
 * Pure:    no I/O, no clock.
 * Owns:    the diff's parts lie in the arena given; its values are the row's.
 * Units:   clocks as docs/protocol.md 4.
 * Fails:   never.
 * Holds:   its time is 0, and its id the same whatever the row holds: made_id_is_of_row(). */
#ifndef MOBYNC_ROW_CREATE_H
#define MOBYNC_ROW_CREATE_H

#include "diff.h"
#include "synchronizer.h"

/* Sets every field: a device may have a row of its own in that place. */
struct diff row_create(struct owner_model of, const struct object_row *row, int64_t clock,
                       struct arena *arena);

#endif
