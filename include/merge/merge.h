/* merge.h: what the server stores and applies, and what the client is told, for one owner
 * (docs/protocol.md 4, docs/merging.md 5 and 6).
 * Pure:    same input, same output; no I/O, clock or globals.
 * Use:     merge_begin() groups and folds; the caller fills `row` of the objects that want it (of
 *          all that the request names, to go row by row); merge_finish() decides.
 * Owns:    nothing; all results lie in the arena given and point into history and request.
 * Units:   time in milliseconds since 1970 UTC; clock is the owner's counter.
 * Fails:   merge_finish(): RC_REJECTED INVALID_DATA or NO_SUCH_OBJECT with the diff's id. Both:
 *          RC_FATAL where a stored diff that must be read is corrupt.
 * Holds:   at most one answer per object, two for REPLACE. Without a row the usual is assumed
 *          (created ids are free, updated and deleted rows are there): applying the plan then shows
 *          by its counts whether that was true. */
#ifndef MOBYNC_MERGE_H
#define MOBYNC_MERGE_H

#include "fold.h"

struct merge_input {
    struct text owner;
    int64_t client_clock;    /* c */
    int64_t push_clock;      /* what new diffs of this request get: next_clock before it … */
    int64_t compacted_below; /* H: ids that were taken below it may be forgotten; 0: none are */
    int64_t forgotten_below; /* F: … and so may deletes */
    bool translated;         /* the server made the request's ids itself */
    bool reset;     /* the client starts from scratch: an update of what never existed is void */
    int64_t jump;   /* … and by how much it is later (docs/protocol.md 9) */
    bool set_back;  /* the owner's history has such a jump: the server was set back */
    int64_t now_ms; /* the server's time */
    int64_t clock_skew_ms;             /* how far ahead of it a timestamp may count */
    const struct diff_list *history;   /* S(c); what is unread is read where its fields matter */
    const struct diff_list *request;   /* as the client sent them */
    const int64_t *known_clocks;       /* by request diff: when its id was taken, -1 if it is new */
    const bool *from_rows;             /* by request diff: the server made it from a row, of all
                                          that the clock it bears says; NULL: none is */
    struct rejections *rejections;     /* by request diff; NULL: none is refused, nor may be */
    const struct relations *relations; /* that the response will be ordered by; NULL: none */
    struct arena *arena;
};

/* What a diff of the request is to its merge. */
enum merge_role {
    MERGE_NO_PART, /* a repetition, or answered before the client's clock */
    MERGE_KNOWN,   /* sent again */
    MERGE_NEW,
};

/* What only the customer's table and the older history can tell about an object. */
struct merge_row_state {
    bool known;
    bool live;                  /* a row of this owner is there */
    bool existed;               /* live, or some stored diff is about it */
    enum presence told;         /* where S(c) is silent: by the last stored diff; UNKNOWN: it was
                                   not asked for */
    const struct value *values; /* the row by field index, NULL where not live */
};

struct merge_diffs {
    const struct diff **items;
    size_t count;
};

/* What was put in: the object's diffs, and what they come to. */
struct merge_given {
    struct merge_diffs stored;    /* of S(c) */
    struct merge_diffs resent;    /* of the request, known: client and server had them before */
    struct merge_diffs new_diffs; /* of the request, new */
    /* of `stored` what this client has not seen: s of docs/merging.md 6 */
    struct net server_net;
    struct net client_net; /* of `new_diffs` what is not refused: l of docs/merging.md 6 */
    struct net resent_net; /* of `resent` what was not refused, if there are any */
};

/* Where the client may be wrong: it applied diffs that were refused, and was not compensated. */
struct merge_unsure {
    const struct diff *last; /* of these diffs; NULL: there is none */
    bool *fields;            /* by field index; may be NULL where `last` is */
    bool all;
};

/* What the client has. */
struct merge_client {
    enum presence at_clock;    /* did it have the object when its clock became c? */
    enum presence before_push; /* … and after its resent diffs, before the new ones? */
    enum presence after_push;  /* … and after all of them, the refused ones too? */
    bool missing_fields;       /* its resent create met a live row that S(c) does not tell of */
    bool missing_row;          /* it lacks such a row */
    struct merge_unsure unsure;
};

struct merge_object {
    const struct model *model;
    struct text id;
    struct merge_given given;
    struct merge_client client;
    struct merge_row_state row;
    bool doubtful;  /* its new diffs may have been sent before, and be forgotten (docs/merging.md
                       15.3) */
    bool wants_row; /* `row` is to be looked up */
    bool as_stored; /* all that is to be said is its one stored diff, as it is */
};

enum merge_effect {
    MERGE_NOTHING,
    MERGE_CREATE,
    MERGE_UPDATE,
    MERGE_DELETE,
    MERGE_REPLACE,
    MERGE_EFFECTS /* their number */
};

/* One cell of docs/merging.md 6. */
struct merge_rule {
    enum merge_effect server; /* U */
    enum merge_effect client; /* A */
    bool by_field;            /* the fields' times decide which go where */
};

/* The table itself, for the tests that loop over it; server_net is never NET_CANCELLED there. */
const struct merge_rule *merge_rule(enum net_kind server_net, enum net_kind client_net);

/* A change of one row of a mapped table. */
struct merge_row {
    size_t object; /* place among the merge's objects */
    const struct model *model;
    struct text id;
    const struct field_value *fields;
    size_t field_count;
    const struct value *row_values; /* the row as it is, by field index; NULL if it was not read */
    const struct diff *blame;       /* the client's diff to name if the database refuses the row */
    const struct field_value *flaw; /* of a variant: it cannot be written because of this one */
};

struct merge_rows {
    struct merge_row *items;
    size_t count;
};

struct merge_group;

struct merge {
    const struct merge_input *input;
    struct merge_group *group;    /* what merge_begin() knows of the diffs' ids */
    struct merge_object *objects; /* in the order of their first diff: history, then request */
    size_t object_count;
    bool has_new;   /* at least one id that was never sent before */
    bool has_flaws; /* … of them a diff that is flawed */
};

/* A diff to store. */
struct merge_stored {
    struct diff diff;
    const struct diff *retyped;  /* the client's create that is stored as this update, else NULL */
    const struct diff *repaired; /* a flawed one, of which what fits is in it, else NULL */
    const struct diff *as_done;  /* what happens to the row, where the diff tells more; else NULL */
};

struct merge_plan {
    struct merge_rows replaced; /* rows to delete so that `creates` can make them again */
    struct merge_rows creates;
    struct merge_rows updates;
    struct merge_rows deletes;
    struct merge_stored *stored; /* to append, in this order */
    size_t stored_count;
    struct text *known_ids; /* to remember */
    size_t known_count;
    struct diff_list answer; /* A, not yet ordered (answer_sort.h); as stored, some may be unread */
    size_t *unsure;          /* places in `answer` of what must say what the row then holds */
    size_t unsure_count;
    size_t fields_won;  /* by the client, of those that both sides had set … */
    size_t fields_lost; /* … and by the server */
    int64_t next_clock; /* after the request */
};

NODISCARD enum rc merge_begin(const struct merge_input *input, struct merge **merge_out,
                              struct fail *fail);

/* Asks for the rows of all of the request's objects, not only of those that need them. */
void merge_want_all_rows(struct merge *merge);

/* Where the rejections are open, what it refuses is added to them, and the merge must begin
 * again. */
NODISCARD enum rc merge_finish(struct merge *merge, struct merge_plan *plan_out, struct fail *fail);

/* The row change that is left of an object if of its new diffs that are not refused only the first
 * `max` count: to find the one that the database refuses. MERGE_NOTHING: there is none. */
enum merge_effect merge_variant(const struct merge *merge, size_t object, size_t max,
                                struct merge_row *row_out);

enum merge_role merge_role(const struct merge *merge, size_t request_diff);

#endif
