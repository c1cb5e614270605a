/* noticed.h: what other SQL did to one object, by the outbox's entries, and what devices are to
 * hear of it (docs/merging.md 12.1).
 * Pure:    no I/O, no clock.
 * Owns:    all lies in the arena given.
 * Units:   times in milliseconds since 1970 UTC.
 * Fails:   never.
 * Holds:   a diff's values are the row's, so whatever raced, history and row agree afterwards. */
#ifndef MOBYNC_NOTICED_H
#define MOBYNC_NOTICED_H

#include "merge.h"
#include "synchronizer.h"

/* A field that no entry names. */
#define NOTICED_NEVER ((int64_t)-1)

struct noticed {
    const struct model *model;
    struct text id;
    bool any;            /* an entry was added */
    bool inserted_first; /* … of which the first one is an insert: nobody had the object before */
    int64_t last_ms;     /* of the last one */
    int64_t *times;      /* by field index: when it was changed last, or NOTICED_NEVER */
};

void noticed_init(struct noticed *noticed, const struct model *model, struct text id,
                  struct arena *arena);
/* The next entry about the object, by seq; not one of CHANGE_RECONCILE. */
void noticed_add(struct noticed *noticed, const struct change *change);
/* Any field may have changed at that time. */
void noticed_add_all(struct noticed *noticed, int64_t time_ms);

/* What devices were told so far. */
struct noticed_past {
    enum presence told; /* by the last stored diff; UNKNOWN: no diff was ever about it */
    bool adopted;       /* … and then devices may have it all the same, straight from its row */
};

struct noticed_past noticed_past_of(const struct object_past *told, bool adopted);

/* CREATE, UPDATE, DELETE or NOTHING. */
enum merge_effect noticed_effect(const struct noticed *noticed, struct noticed_past past,
                                 bool live);

/* Where and when the diff is stored. */
struct noticed_place {
    struct text owner;
    int64_t clock;
};

/* The diff of that type; an update has the fields that are named, a create has all of them. One
 * that nobody knows the time of has time 0. Row: NULL for a delete. */
struct diff noticed_diff(const struct noticed *noticed, enum diff_type type, const struct row *row,
                         struct noticed_place place, struct arena *arena);

/* What has that effect; false: there is nothing to tell, and the diff is left as it was. */
bool noticed_tell(const struct noticed *noticed, enum merge_effect effect, const struct row *row,
                  struct noticed_place place, struct arena *arena, struct diff *diff_out);

#endif
