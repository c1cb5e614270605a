/* merge_parts.h: what the two files of a merge's first half share; nobody else includes it.
 * Owns:    nothing; everything lies in the input's arena. */
#ifndef MOBYNC_MERGE_PARTS_H
#define MOBYNC_MERGE_PARTS_H

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
    bool *in_history;           /* by request diff: S(c) holds its id */
};

/* The slot of the request's first diff with that id (position + 1), or the free one where it
 * belongs. */
size_t *merge_id_slot(const struct merge_group *group, struct text id);

/* merge_replay.c: folds what of the object's stored diffs is news to this client (PROTOCOL 7.4),
 * and says whether it has the object after its own earlier diffs. */
void merge_replay(const struct merge_group *group, struct merge_object *object);

#endif
