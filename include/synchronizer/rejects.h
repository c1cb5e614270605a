/* rejects.h: refused diffs that are kept (rejected_diffs: quarantine).
 * Process: statements of the database.
 * Order:   list and drop each stand alone, outside of any transaction.
 * Owns:    what they hand out lies in the arena given.
 * Units:   as synchronizer.h.
 * Fails:   as synchronizer.h says.
 * Holds:   the id of a reject stays known, whatever becomes of the reject. */
#ifndef MOBYNC_REJECTS_H
#define MOBYNC_REJECTS_H

#include "arena.h"
#include "fail.h"

struct synchronizer;

/* A refused diff as it is kept (table mobync_rejects). */
struct reject {
    struct text owner;
    struct text id;
    int64_t clock; /* of the sync that brought it */
    int64_t time_ms;
    struct text request_id;
    enum fail_code code;
    struct text message;
    struct text field;  /* empty: does not apply */
    struct text detail; /* for the operator alone: the database's own words, or empty */
    struct text diff;   /* JSON, whole, as it was sent */
};

struct reject_filter {
    struct text owner; /* empty: of all owners */
    struct text id;    /* empty: all ids */
};

/* For operators. What a sync does with them is among its own operations. */
struct reject_ops {
    /* Oldest first. */
    enum rc (*list)(struct synchronizer *s, const struct reject_filter *filter, struct arena *arena,
                    struct reject **rejects_out, size_t *count_out, struct fail *fail);
    /* *found_out is false if there is none. Its id stays known. */
    enum rc (*drop)(struct synchronizer *s, struct text owner, struct text id, bool *found_out,
                    struct fail *fail);
};

#endif
