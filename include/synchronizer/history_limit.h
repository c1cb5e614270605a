/* history_limit.h: how both synchronizers count diffs against a limit while they read them.
 * Pure:    no I/O, no memory.
 * Owns:    nothing.
 * Units:   bytes are those of json_data.
 * Fails:   never: what does not fit is for the caller to leave.
 * Holds:   what was taken never exceeds the limit. */
#ifndef MOBYNC_HISTORY_LIMIT_H
#define MOBYNC_HISTORY_LIMIT_H

#include "synchronizer.h"

static inline struct history_limit history_limit_of(const struct history_limit *limit)
{
    return limit != NULL ? *limit : (struct history_limit){SIZE_MAX, SIZE_MAX};
}

/* Takes a diff out of what is left; false if it does not fit. */
static inline bool history_limit_take(struct history_limit *left, size_t bytes)
{
    if (left->diffs == 0 || bytes > left->bytes)
        return false;
    left->diffs--;
    left->bytes -= bytes;
    return true;
}

#endif
