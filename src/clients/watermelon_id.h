/* watermelon_id.h: ids that WatermelonDB takes; it fails a whole pull because of any other.
 * Pure:    yes.
 * Owns:    nothing.
 * Units:   bytes.
 * Fails:   false. */
#ifndef MOBYNC_WATERMELON_ID_H
#define MOBYNC_WATERMELON_ID_H

#include "text.h"

#define WATERMELON_ID_MAX_BYTES ((size_t)64)

static inline bool watermelon_id_valid(struct text id)
{
    if (id.len == 0 || id.len > WATERMELON_ID_MAX_BYTES)
        return false;
    for (size_t i = 0; i < id.len; i++) {
        const char c = text_lower(id.ptr[i]);

        if ((c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '_' && c != '.' && c != '-')
            return false;
    }
    return true;
}

#endif
