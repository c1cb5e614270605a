/* explain.h: why a device has a row, or does not have it: what the tables tell of one object, or
 * of all of an owner's, and what a device at a given clock would be sent. For operators; nothing
 * is written.
 * Process: one transaction that reads, on the synchronizer given.
 * Reads:   one snapshot; the response to a whole owner is that of an ordinary pull behind it.
 * Memory:  that of a part of the history, and of one object's compacted diffs.
 * Owns:    results lie in the arena given; what a visitor is shown lives no longer than its call.
 * Units:   clocks as docs/protocol.md 4, times in milliseconds since 1970 UTC, sizes in bytes.
 * Fails:   RC_REJECTED NOT_FOUND for an owner who has never sent anything; else as synchronizer.h.
 * Holds:   what it says a device would be sent is what a sync would send it at that moment. */
#ifndef MOBYNC_EXPLAIN_H
#define MOBYNC_EXPLAIN_H

#include "summary.h"
#include "sync.h"

#define EXPLAIN_NO_CLOCK (-1)

/* Stored ids are at most so long: a column of 128 characters. */
#define EXPLAIN_ID_BYTES ((size_t)4 * 128)

/* A diff as the one that set a field. */
struct explain_setter {
    char id[EXPLAIN_ID_BYTES + 1];
    struct inspect_place place;
    int64_t time_ms; /* the field's own */
    bool from_sql;   /* what other SQL wrote, or came of a push besides: no device sent it */
    bool folded;     /* its diff is not kept any more: nothing but clock and time is known */
};

/* Why the one that set a field last has won. */
enum explain_why {
    EXPLAIN_ONLY,        /* nothing else set it since the object was created */
    EXPLAIN_LATER_TIME,  /* no other has a later client timestamp: it wins, concurrent or not */
    EXPLAIN_LATER_CLOCK, /* another has, but this device had seen that one: not concurrent */
    EXPLAIN_WHYS         /* their number */
};

/* The contest for one field, diff by diff. */
struct explain_field {
    const struct field *field;
    uint64_t settings; /* since the object was created last; 0: no diff set it */
    struct explain_setter last;
    struct explain_setter rival; /* the latest by client timestamp of those before it */
    struct value value;          /* by the history; NULL where no diff set it, or none is kept */
    const struct value *row;     /* in the table; NULL: there is no row */
    bool differs;                /* the row from the history */
};

enum explain_why explain_why(const struct explain_field *field);
/* "only", "later_time", "later_clock" */
const char *explain_why_name(enum explain_why why);

enum explain_state {
    EXPLAIN_UNHEARD, /* no diff tells of the object */
    EXPLAIN_LIVE,
    EXPLAIN_DELETED,
    EXPLAIN_STATES /* their number */
};
/* "unheard", "live", "deleted" */
const char *explain_state_name(enum explain_state state);

/* Follows an object's diffs in their order: who sets what, who loses. */
struct field_history {
    enum explain_state state;
    struct inspect_place first;
    struct inspect_place last;
    struct explain_field *fields; /* by field index */
    size_t field_count;
};

void field_history_init(struct field_history *contest, const struct model *model,
                        struct arena *arena);
/* Begins with what is left of the object's older diffs. */
void field_history_begin(struct field_history *contest, const struct summary *summary);
void field_history_add(struct field_history *contest, const struct diff *diff,
                       struct inspect_place place);

/* What a device at a clock is told about an object, and where it is nothing, why. */
enum explain_reason {
    EXPLAIN_SENT,
    EXPLAIN_AHEAD,     /* INVALID_CLOCK: no device may have that clock */
    EXPLAIN_TOO_OLD,   /* INVALID_CLOCK, or a new start: deletes of its time are forgotten */
    EXPLAIN_NO_DIFF,   /* no diff ever told of it; there may be a row all the same */
    EXPLAIN_SEEN,      /* all diffs about it lie before the clock */
    EXPLAIN_CANCELLED, /* created and deleted since */
    EXPLAIN_GONE,      /* deleted, and the device never had it */
    EXPLAIN_ROW_GONE,  /* live by the history, but the row is not there any more */
    EXPLAIN_NO_CHANGE, /* nothing of what happened since is left to be told */
    EXPLAIN_REASONS    /* their number */
};
const char *explain_reason_name(enum explain_reason reason);
/* For people. */
const char *explain_reason_sentence(enum explain_reason reason);

struct explain_object_answer {
    enum explain_reason reason;
    struct diff_list diffs; /* as they are sent, but for clocks raised because of other objects */
};

struct explain_object;

struct explain_object_query {
    struct inspect_object object;
    int64_t clock; /* EXPLAIN_NO_CLOCK: no response is asked for */
    int64_t clock_skew_ms;
    /* The stored diffs in their order, part by part, once next_clock and diff_count are known; one
     * part at least, though it be empty. */
    void (*show)(void *context, const struct explain_object *so_far,
                 const struct inspect_diffs *part);
    void *context;
};

struct explain_object {
    int64_t next_clock;
    struct horizon horizon;        /* of the owner */
    const struct summary *summary; /* of the diffs that are folded; NULL: none are */
    int64_t diff_count;
    struct field_history contest;
    bool row_live;
    bool differs;           /* history and table: in whether it is there, or in a field */
    struct reject *rejects; /* of diffs of the object, newest first */
    size_t reject_count;
    bool rejects_more;           /* and there are older ones */
    struct inspect_known *known; /* that may have been about it */
    size_t known_count;
    bool known_more; /* and there are older ones */
    struct explain_object_answer answer;
};

NODISCARD enum rc explain_object(struct synchronizer *s, const struct explain_object_query *query,
                                 struct arena *arena, struct explain_object *object_out,
                                 struct fail *fail);

/* What happened in one model, mapped or not. */
struct explain_model {
    struct text name;
    const struct model *model; /* NULL: it is not mapped (any more) */
    int64_t diffs[DIFF_TYPES];
    int64_t bytes;
    int64_t latest_ms;
    int64_t objects;
    int64_t deleted; /* of these */
    int64_t rows;    /* in the table, whoever made them */
    uint64_t answer[DIFF_TYPES];
};

struct explain_owner_query {
    struct text owner;
    int64_t clock; /* EXPLAIN_NO_CLOCK: no response is asked for */
    int64_t clock_skew_ms;
    struct history_limit limit; /* of the response, as sync_apply() takes it */
    /* So many are done; NULL: nobody asks. */
    void (*progress)(void *context, const char *what, uint64_t done);
    void *context;
};

struct explain_owner {
    int64_t next_clock;
    struct horizon horizon;
    struct explain_model *models; /* mapped ones first, as in the mapping */
    size_t model_count;
    struct inspect_rest rest;
    bool ahead;   /* the clock asked about … */
    bool too_old; /* … or it lies below the horizon for deletes */
};

NODISCARD enum rc explain_owner(struct synchronizer *s, const struct explain_owner_query *query,
                                struct arena *arena, struct explain_owner *owner_out,
                                struct fail *fail);

#endif
