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

/* A resent diff and when the server took it: the order of the request does not tell, for a client
 * that died sends what it received among what it wrote. */
struct merge_taken {
    const struct diff *diff;
    int64_t clock;
    size_t position; /* in `resent` */
};

/* The object's resent diffs by the clocks at which they were taken, else as they came. */
struct merge_taken *merge_resent_as_taken(const struct merge_group *group,
                                          const struct merge_object *object);

/* The slot of the request's first diff with that id (position + 1), or the free one where it
 * belongs. */
size_t *merge_id_slot(const struct merge_group *group, struct text id);

/* merge_group.c: lists each object's diffs. */
struct merge_group *merge_group_diffs(struct merge *merge);

/* What came of a replay. */
struct merge_replayed {
    struct net server_net; /* what of the stored diffs is news to the client */
    enum presence has;     /* the object, after its resent diffs */
    bool missing_fields;
    bool missing_row;
};

/* merge_replay.c (docs/merging.md 7). A diff that made the client unsure before its row was known
 * counts as what the server made a diff for. */
struct merge_replayed merge_replay(const struct merge_group *group,
                                   const struct merge_object *object, enum presence at_clock);

/* merge_refused.c: did the server refuse this diff of the request? */
bool merge_refused(const struct merge_group *group, const struct diff *diff);
/* The clock of the last answer that compensated the client for the object; -1: none. */
int64_t merge_compensated_until(const struct merge_group *group, const struct merge_object *object);
/* Marks those of the request's diffs by which the client was compensated already. */
void merge_mark_compensations(struct merge_group *group);
/* What the client may have wrong because diffs of the object are refused. */
struct merge_unsure merge_find_unsure(const struct merge_group *group,
                                      const struct merge_object *object);

/* Was there a row at the client's clock? Asked only where S(c) is not silent. */
enum presence merge_row_at_clock(const struct merge_object *object);

/* As far as S(c) tells: its last diff of the object is a delete. */
bool merge_row_is_gone(const struct merge_object *object);

/* merge_fold.c: what the object's diffs come to, and what the client has. Of its new diffs that are
 * not refused only the first `max` count. Repeated once its row is known. */
void merge_fold_object(const struct merge_group *group, struct merge_object *object, size_t max);

/* What is decided of one object. */
struct merge_decision {
    enum merge_effect server; /* U */
    enum merge_effect client; /* A */
    struct net server_net;    /* what of it is left to tell the client */
    struct net client_net;    /* … and to do to the row */
    size_t fields_won;        /* by the client */
    size_t fields_lost;
    bool never_existed;  /* the client updates what never was: its new diffs are to be refused */
    bool missing_fields; /* as struct merge_client, by the row */
    bool fill;   /* the client's copy lacks what it did not set itself: send the row's fields too */
    bool unsure; /* it may be wrong where its diffs were refused: send the row's values there too */
    bool whole;  /* the client lacks the row: a create for it holds every field */
};

/* merge_decide.c */
struct merge_decision merge_decide(const struct merge_input *input,
                                   const struct merge_object *object);

/* A plan in the making. */
struct merge_planning {
    const struct merge *merge;
    const struct merge_input *input;
    struct merge_plan *plan;
    bool *is_stored; /* by request diff */
};

/* merge_answer.c */
void merge_answer_object(struct merge_planning *planning, const struct merge_object *object,
                         const struct merge_decision *decision);
/* … with its one stored diff as it is. */
void merge_answer_as_stored(struct merge_planning *planning, const struct merge_object *object);

/* merge_plan.c */
void merge_plan_allot(struct merge_planning *planning);
void merge_plan_object(struct merge_planning *planning, const struct merge_object *object,
                       const struct merge_decision *decision);
/* New ids whose diff is not stored under its own id: they took effect in another, or had none. */
void merge_plan_known(struct merge_planning *planning);
/* The change of the row, without its place. */
struct merge_row merge_plan_row(const struct merge_object *object, const struct net *client_net,
                                const struct diff *blame);

/* The id of a diff that the server itself makes because of the client's: the same again when that
 * one is sent again, and so known when it comes back (docs/merging.md 7, 10). */
struct text merge_derived_id(const struct diff *cause, struct arena *arena);

/* The diff of the client's that makes the server tell it the row. */
const struct diff *merge_cause(const struct merge_object *object);

#endif
