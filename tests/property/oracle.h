/* oracle.h: a second, naive implementation of docs/protocol.md 4 and 7, docs/merging.md 5 and 6,
 * and of what `rejected_diffs: quarantine` does where the server refuses a diff, written from the
 * pages alone. It shares no code with the engine that it judges; how it reads the page where the
 * page is silent is in oracle.c under `Readings`.
 * Pure:    no I/O, no clock, no randomness: ids that a server would invent come out as wildcards.
 * Owns:    its worlds, one per owner. The texts of the diffs it is given are not copied: they must
 *          outlive the oracle or its next oracle_reset().
 * Units:   times in milliseconds since 1970 UTC, clocks as docs/protocol.md 4.
 * Fails:   never by itself; a request that the page rejects yields an outcome that says so. */
#ifndef MOBYNC_PROPERTY_ORACLE_H
#define MOBYNC_PROPERTY_ORACLE_H

#include "fail.h"
#include "sql.h"
#include "world.h"

struct oracle;

/* A field as some diff set it. */
struct oracle_part {
    const struct field *field;
    struct text json;
    int64_t time_ms;
    const struct oracle_diff *source;
    bool filler; /* written for completeness: a response may leave it out */
    bool flawed; /* the value does not fit, or is what a create lacks */
};

struct oracle_verdict {
    bool refused;
    bool any_code; /* nobody can know the code any more */
    enum fail_code code;
    struct text field; /* empty: does not apply */
};

struct oracle_diff {
    struct text id; /* empty: invented by the server */
    struct oracle_verdict verdict;
    bool kept;           /* refused before, and no operator took it away */
    bool compensation;   /* the object as it is: client and server are at one then */
    struct text because; /* … the id of the last refused diff */
    int64_t known_clock; /* of a diff that came again: when it was taken */
    int64_t clock;
    size_t order; /* place in the owner's history, or in the request */
    int64_t time_ms;
    enum diff_type type;
    const struct model *model;
    struct text object_id;
    struct text json_data;
    bool verbatim; /* json_data is to be met byte by byte; else its fields are what counts */
    bool idle;     /* of a request: void, for a create follows that makes the object */
    bool flawed;   /* of a request: a part of it is */
    bool loose;    /* its id, clock and time are the server's choice: no field of a stored diff is
                    * in it, or it deletes what the client lacks */
    bool altered;  /* what its table made of a row that a device wrote (reading 31) */
    bool optional; /* all of it may be left out, and a small answer does */
    struct oracle_part parts[WORLD_FIELDS];
    size_t part_count;
};

struct oracle_list {
    struct oracle_diff *items;
    size_t count;
};

struct oracle_request {
    struct text owner;
    int64_t clock;
    struct diff_list diffs; /* valid by docs/protocol.md 2 */
    int64_t now_ms;
    int64_t clock_skew_ms;
    const struct world_rules *rules;
    bool undrained; /* what other SQL wrote has to wait for the next one */
    bool reset;     /* the device can start from scratch */
};

/* A diff of the request that is refused while the rest of it is applied. */
struct oracle_reject {
    struct text id;
    struct oracle_verdict verdict;
    int64_t clock;
    bool kept; /* no operator took it away */
};

struct oracle_rejects {
    struct oracle_reject *items;
    size_t count;
};

struct oracle_outcome {
    bool rejected;
    bool any_code;
    enum fail_code code;
    struct text diff_id; /* of the first diff at fault */
    bool reset;          /* the response is all that the device is to have */
    bool pushed;         /* a new id was in it: the clock has moved */
    int64_t next_clock;
    struct oracle_list answer;
    struct oracle_rejects rejects; /* the new ones first, then those of earlier syncs */
    size_t new_rejects;
    size_t new_diffs; /* of the request */
    /* Other SQL changed this object meanwhile, and another one with it: what the response says of
     * them may be of before or of behind, the next one will tell. NULL: none. */
    const struct sql_statement *meanwhile;
};

struct oracle *oracle_new(void);
void oracle_free(struct oracle *oracle);
/* Forgets every owner. */
void oracle_reset(struct oracle *oracle);

/* Plays the request, and changes the owner's world unless it is rejected. Outcomes live until the
 * next oracle_reset(). */
struct oracle_outcome oracle_sync(struct oracle *oracle, const struct oracle_request *request);

/* A diff of the response to this outcome: an id that the server invented counts as known from then
 * on. */
void oracle_know(struct oracle *oracle, struct text owner, const struct oracle_outcome *outcome,
                 const struct diff *answer);

/* All refused diffs of this owner, in the order in which they came. */
struct oracle_rejects oracle_rejects(struct oracle *oracle, struct text owner);
/* An operator applies one now (the request's diffs are of no account), under a new id. */
struct oracle_outcome oracle_retry(struct oracle *oracle, const struct oracle_request *request,
                                   struct text id, struct text new_id);
/* … or forgets it, which takes a clock of its own. */
void oracle_drop(struct oracle *oracle, struct text owner, struct text id);

/* When and how other SQL wrote: no trigger sees what is quiet. */
struct oracle_moment {
    int64_t now_ms;
    bool quiet;
};

/* Other SQL, committed. */
void oracle_write(struct oracle *oracle, const struct sql_statement *statement,
                  const struct oracle_moment *moment);
/* An operator has tables and history compared at the next sync of this owner, all where it is
 * empty; of this model, all where it is NULL. */
void oracle_reconcile(struct oracle *oracle, struct text owner, const struct model *model,
                      int64_t now_ms);
/* What a request does before anything else: all that other SQL wrote becomes diffs. */
void oracle_drain(struct oracle *oracle, struct text owner);

/* ---- Compaction (docs/protocol.md 10): the oracle itself forgets nothing that it needs ---- */

/* Neither ever falls; the second is never above the first, nor that above the clock. */
void oracle_compact(struct oracle *oracle, struct text owner, int64_t below, int64_t forgotten);
int64_t oracle_compacted_below(struct oracle *oracle, struct text owner);
int64_t oracle_forgotten_below(struct oracle *oracle, struct text owner);

/* What a server still knows: asked of each, false with a sentence where it cannot tell. */
struct oracle_witness {
    bool (*knows)(void *context, struct text owner, struct text id, bool *known_out);
    bool (*tells_of)(void *context, struct text owner, const struct model *model, struct text id,
                     bool *told_out);
    void *context;
};

/* Forgets those ids and deleted objects that the server has forgotten, which it may. */
bool oracle_follow(struct oracle *oracle, struct text owner, const struct oracle_witness *witness,
                   struct buf *violation);

/* Did this owner send that diff before? */
bool oracle_knows(struct oracle *oracle, struct text owner, const struct diff *diff);
/* Did a trigger note something that no request of the owner has met yet? */
bool oracle_waits(struct oracle *oracle, struct text owner);
/* … about this object? Or was it told at that clock or later? */
bool oracle_has_news(struct oracle *oracle, struct text owner, const struct world_object *object,
                     int64_t clock);
/* Can the server know of this row that devices have it? */
bool oracle_tells_of(struct oracle *oracle, struct text owner, const struct model *model,
                     struct text object_id);

/* Everything as it is now, to come back to; oracle_restore() and oracle_forget() give it back. */
struct oracle_copy;
struct oracle_copy *oracle_save(const struct oracle *oracle);
struct oracle_copy *oracle_copy(const struct oracle_copy *copy);
void oracle_restore(struct oracle *oracle, struct oracle_copy *copy);
void oracle_forget(struct oracle_copy *copy);

int64_t oracle_next_clock(struct oracle *oracle, struct text owner);
bool oracle_row_hidden(struct oracle *oracle, struct text owner, const struct model *model,
                       struct text object_id);
struct cells oracle_row(struct oracle *oracle, struct text owner, const struct model *model,
                        struct text object_id);
/* The stored diffs in the order (clock, seq). */
struct oracle_list oracle_stored(struct oracle *oracle, struct text owner);

#endif
