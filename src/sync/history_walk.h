/* history_walk.h: an owner's diffs of one model, object by object, however many they are.
 * Holds:   what a visitor is shown is whole objects, all of one snapshot. Memory is that of one
 *          part, and of one object's compacted diffs.
 * Owns:    nothing that outlives the call.
 * Fails:   as synchronizer.h, or as the visitor does. */
#ifndef MOBYNC_HISTORY_WALK_H
#define MOBYNC_HISTORY_WALK_H

#include "synchronizer.h"

struct history_walk {
    struct synchronizer *s;
    struct text owner;
    int64_t since_clock;
    int64_t until_clock;        /* exclusive */
    bool compare;               /* as struct history_part */
    struct history_limit limit; /* of one part */
    struct arena *part;         /* cleared before each part */
    /* In the order (object_id, logical_clock, seq); some may be unread. */
    enum rc (*visit)(void *context, struct diff_list *diffs, struct fail *fail);
    void *context;
};

NODISCARD enum rc history_walk_model(const struct history_walk *walk, const struct model *model,
                                     struct fail *fail);

#endif
