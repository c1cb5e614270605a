/* row_pages.h: walks through an owner's rows of one model in pages of about the same memory.
 * Process: reads of the transaction or snapshot that is open on the synchronizer.
 * Owns:    rows lie in the arena of the call, the walk's place in that of the walk.
 * Units:   a page takes about ROW_PAGE_BYTES of its arena.
 * Fails:   as synchronizer.h.
 * Holds:   each row comes once. */
#ifndef MOBYNC_ROW_PAGES_H
#define MOBYNC_ROW_PAGES_H

#include "synchronizer.h"

#define ROW_PAGE_BYTES ((size_t)2 << 20)

void row_pages_begin(struct row_walk *walk_out, struct owner_model of, struct arena *arena);
/* While walk->more. */
NODISCARD enum rc row_pages_next(struct synchronizer *s, struct row_walk *walk, struct arena *arena,
                                 struct object_row_list *rows_out, struct fail *fail);

#endif
