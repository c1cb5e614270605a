/* merge_group.h: which diffs are about which object, and by which ids they are known.
 * Owns:    nothing; everything lies in the input's arena. */
#ifndef MOBYNC_MERGE_GROUP_H
#define MOBYNC_MERGE_GROUP_H

#include "merge.h"

/* A hash table of positions in somebody else's array; it never grows. */
struct merge_index {
    size_t *slots; /* position + 1; 0: free */
    size_t mask;
};

struct merge_group {
    struct merge *merge;
    const struct merge_input *input;
    struct merge_index objects; /* by model and object id */
    struct merge_index ids;     /* of the request's diffs, the first of each */
    enum merge_role *roles;     /* by request diff */
    bool *in_history;           /* by request diff: S(c) holds its id */
    bool *compensations;        /* by request diff: the server made it for a refused one */
    int64_t *known_clocks; /* by request diff, as input's, and for what the server made itself */
};

/* Lists each object's diffs. */
struct merge_group *merge_group_diffs(struct merge *merge);

/* The slot of the request's first diff with that id (position + 1), or the free one where it
 * belongs. */
size_t *merge_id_slot(const struct merge_group *group, struct text id);

/* The id of a diff that the server itself makes because of the client's: the same again when that
 * one is sent again, and so known when it comes back (docs/merging.md 7, 10). */
struct text merge_derived_id(const struct diff *cause, struct arena *arena);

#endif
