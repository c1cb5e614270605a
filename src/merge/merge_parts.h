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
    enum merge_role *roles;     /* by request diff */
    bool *in_history;           /* by request diff: S(c) holds its id */
    bool *compensations;        /* by request diff: the server made it for a refused one */
    int64_t *known_clocks; /* by request diff, as input's, and for what the server made itself */
};

/* An own diff and when the server took it: the order of the request does not tell, for a client
 * that died sends what it received among what it wrote. */
struct merge_taken {
    const struct diff *diff;
    int64_t clock;
    size_t position; /* in `own` */
};

/* The object's own diffs by the clocks at which they were taken, else in the order of `own`. */
struct merge_taken *merge_resent_as_taken(const struct merge_group *group,
                                          const struct merge_object *object);

/* The slot of the request's first diff with that id (position + 1), or the free one where it
 * belongs. */
size_t *merge_id_slot(const struct merge_group *group, struct text id);

/* merge_replay.c: folds what of the object's stored diffs is news to this client (PROTOCOL 7.4),
 * and says whether it has the object after its own earlier diffs. */
void merge_replay(const struct merge_group *group, struct merge_object *object);

/* merge_refused.c: did the server refuse this diff of the request? */
bool merge_refused(const struct merge_group *group, const struct diff *diff);
/* The clock of the last answer that compensated the client for the object; -1: none. */
int64_t merge_compensated_until(const struct merge_group *group, const struct merge_object *object);
/* Marks those of the request's diffs by which the client was compensated already. */
void merge_mark_compensations(struct merge_group *group);
/* What the client may have wrong because diffs of the object are refused. */
void merge_find_unsure(const struct merge_group *group, struct merge_object *object);

/* Was there a row at the client's clock? Where S(c) is silent: what is known of the client. */
enum presence merge_row_at_clock(const struct merge_object *object);

/* As far as S(c) tells: its last diff of the object is a delete. */
bool merge_row_is_gone(const struct merge_object *object);

/* Reads what is unread of the object's stored diffs, and folds all that is known of it. */
NODISCARD enum rc merge_read_object(const struct merge_group *group, struct merge_object *object,
                                    struct fail *fail);

/* Folds it again, once it is known what the client had. */
void merge_fold_object(const struct merge_group *group, struct merge_object *object);

/* The id of a diff that the server itself makes because of the client's: the same again when that
 * one is sent again, and so known when it comes back (PROTOCOL 7.4, 7.7). */
struct text merge_derived_id(const struct diff *cause, struct arena *arena);

/* The diff of the client's that makes the server tell it the row. */
const struct diff *merge_cause(const struct merge_object *object);

#endif
