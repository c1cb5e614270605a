/* made_ids.h: ids of the diffs that the server makes from rows (docs/merging.md 10.1, 12.2, 13.1).
 * Pure:    no I/O, no clock.
 * Owns:    ids lie in the arena given.
 * Units:   clocks as docs/protocol.md 4; an object's id has 512 bytes at most, as its column.
 * Fails:   never.
 * Holds:   the same input gives the same id, a UUID; in practice no other input does. So whoever
 *          holds a diff can tell where it came from. */
#ifndef MOBYNC_MADE_IDS_H
#define MOBYNC_MADE_IDS_H

#include "arena.h"
#include "diff.h"

/* Of a diff that tells what became of a row otherwise than by devices' diffs. Of one object there
 * is one of each type at one clock. */
struct text made_id_of_change(const struct model *model, struct text object_id, int64_t clock,
                              enum diff_type type, struct arena *arena);
bool made_id_is_of_change(const struct diff *diff);

/* Of what a push tells of a row besides its own diffs: the database filled or altered it. */
struct text made_id_of_fill(const struct model *model, struct text object_id, int64_t clock,
                            enum diff_type type, struct arena *arena);
bool made_id_is_of_fill(const struct diff *diff);

/* Of a diff by which an operator brings an object back, at that time. */
struct text made_id_of_restore(const struct model *model, struct text object_id, int64_t time_ms,
                               struct arena *arena);
bool made_id_is_of_restore(const struct diff *diff);

/* Of the create that a device is sent straight from a row, whatever the row holds. */
struct text made_id_of_row(const struct model *model, struct text object_id, struct arena *arena);
bool made_id_is_of_row(const struct diff *diff);

/* Of a diff that is stored under another id than the one that it was sent with (docs/merging.md
 * 15.3), at that clock. */
struct text made_id_of_late(struct text id, int64_t clock, struct arena *arena);

/* Of what is told of a summary and its row, at that clock. */
struct text made_id_of_summary(const struct model *model, struct text object_id, int64_t clock,
                               enum diff_type type, struct arena *arena);

#endif
