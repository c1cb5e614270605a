/* merge_parts.h: what the files of a merge share; nobody else includes it.
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
    int64_t *known_clocks; /* by request diff, as input's, and for what the server made itself */
};

/* The slot of the request's first diff with that id (position + 1), or the free one where it
 * belongs. */
size_t *merge_id_slot(const struct merge_group *group, struct text id);

/* merge_replay.c: folds what of the object's stored diffs is news to this client (PROTOCOL 7.4),
 * and says whether it has the object after its own earlier diffs. */
void merge_replay(const struct merge_group *group, struct merge_object *object);

/* As far as S(c) tells: its last diff of the object is a delete. */
bool merge_row_is_gone(const struct merge_object *object);

/* Folds all that is known of the object; again, once it is known what the client had. */
void merge_fold_object(const struct merge_group *group, struct merge_object *object);

/* The id of a diff that the server itself makes because of the client's: the same again when that
 * one is sent again, and so known when it comes back (PROTOCOL 7.4, 7.7). */
struct text merge_made_id(const struct diff *cause, struct arena *arena);

/* The diff of the client's that makes the server tell it the row. */
const struct diff *merge_cause(const struct merge_object *object);

#endif
