/* memory_outbox.h: the outbox in memory, and other SQL that writes to it.
 * Owns:    an entry is one block of memory, with its texts behind it. */
#ifndef MOBYNC_MEMORY_OUTBOX_H
#define MOBYNC_MEMORY_OUTBOX_H

#include "memory_store.h"

#define MEMORY_FIELDS_MAX 64u /* of a model */

/* Is there anything that no diff tells? NULL: an owner never seen, who is behind. */
bool memory_outbox_behind(const struct memory *m, const struct memory_owner *owner);

/* Other SQL writes a row: `after` (NULL: nothing) comes in its place, and triggers note it where
 * there are any. False: the open transaction has locked the row, and nothing happens; `after` is
 * this function's to free. */
bool memory_outbox_write(struct memory *m, struct text owner, const struct model *model,
                         struct text id, struct stored_row *after);
/* Could it? */
bool memory_outbox_may_write(const struct memory *m, struct text owner, const struct model *model,
                             struct text id);
/* An entry as it is, behind all others. */
void memory_outbox_note(struct memory *m, struct text owner, const struct change *change);

/* The transaction keeps others from writing the row until it ends. */
void memory_outbox_lock(struct memory *m, const struct model *model, struct text id);

#endif
