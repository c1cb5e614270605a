/* untold.h: of rows, those that nothing else tells a device at clock 0 with diffs of its own
 *          (docs/merging.md 13.2).
 * Process: reads of the transaction or snapshot that is open on the synchronizer.
 * Owns:    diffs lie in the arena of the call; they point to the rows.
 * Units:   clocks as docs/protocol.md 4.
 * Fails:   as synchronizer.h.
 * Holds:   a row is told once: by a stored diff, in the request's merge, or here. */
#ifndef MOBYNC_UNTOLD_H
#define MOBYNC_UNTOLD_H

#include "told_objects.h"
#include "synchronizer.h"

struct untold {
    struct synchronizer *s;
    struct text owner;
    struct told_objects told; /* of the request's merge */
    int64_t until_clock;      /* of the diffs that are told, exclusive: the response's clock … */
    int64_t read_clock;       /* … and that of what is read, perhaps later */
};

NODISCARD enum rc untold_creates(const struct untold *untold, const struct model *model,
                                 const struct object_row_list *rows, struct arena *arena,
                                 struct diff_list *creates_out, struct fail *fail);

#endif
