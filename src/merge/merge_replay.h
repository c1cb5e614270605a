/* merge_replay.h: what the client knew already, and so what is news to it (docs/merging.md 7).
 * Owns:    nothing; everything lies in the input's arena. */
#ifndef MOBYNC_MERGE_REPLAY_H
#define MOBYNC_MERGE_REPLAY_H

#include "merge_group.h"

/* What came of a replay. */
struct merge_replayed {
    struct net server_net; /* what of the stored diffs is news to the client */
    enum presence has;     /* the object, after its resent diffs */
    bool missing_fields;
    bool missing_row;
};

/* A diff that made the client unsure before its row was known counts as what the server made a diff
 * for. */
struct merge_replayed merge_replay(const struct merge_group *group,
                                   const struct merge_object *object, enum presence at_clock);

#endif
