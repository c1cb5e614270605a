/* diff_read.h: the json_data of a diff that has just come, against the mapping.
 * Owns:    nothing; fields and texts lie in the arena.
 * Fails:   RC_REJECTED INVALID_DATA with the field; the caller adds the diff's id. */
#ifndef MOBYNC_DIFF_READ_H
#define MOBYNC_DIFF_READ_H

#include "diff.h"

/* Of a diff or an object: 1 to DIFF_ID_MAX_BYTES without U+0000. */
bool diff_is_id(struct text id);

/* RC_REJECTED: the model has no such field. */
NODISCARD enum rc diff_reject_unknown(struct text key, struct fail *fail);

struct diff_reading {
    bool ignore_unknown_fields;
    bool keep_flaws;               /* else they are refused */
    const struct columns *columns; /* NULL: not known */
    struct arena *arena;
};

/* Needs id, type, model, time_ms and json_data; fills object_id and fields, and rewrites json_data
 * where a field was left out or a value is. */
NODISCARD enum rc diff_read_json_data(struct diff *diff, const struct diff_reading *reading,
                                      struct fail *fail);

#endif
