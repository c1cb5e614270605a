/* history.h: what an object was, diff by diff, and what it was at a moment of the past. For
 * operators; nothing is written.
 * Process: one transaction that reads, on the synchronizer given.
 * Memory:  that of a part of the history, and of one state of the object.
 * Owns:    what explain_past_init() allocates lives until explain_past_release(); what a visitor is
 *          shown lives no longer than its call.
 * Units:   clocks as docs/protocol.md 4, times in milliseconds since 1970 UTC.
 * Fails:   RC_REJECTED NOT_FOUND for an owner who has never sent anything; else as synchronizer.h.
 * Holds:   a field counts as known only if the diffs that are kept tell its value. */
#ifndef MOBYNC_HISTORY_H
#define MOBYNC_HISTORY_H

#include "buf.h"
#include "explain.h"

/* From whom a diff is. */
enum explain_origin {
    EXPLAIN_DEVICE,
    EXPLAIN_SQL,      /* what other SQL did, or triggers and foreign keys */
    EXPLAIN_SERVER,   /* what the server or the database put into a row that a device wrote */
    EXPLAIN_OPERATOR, /* mobync restore-object */
    EXPLAIN_ORIGINS   /* their number */
};

enum explain_origin explain_origin(const struct diff *diff);
/* "device", "sql", "server", "operator" */
const char *explain_origin_name(enum explain_origin origin);

/* A field of an object as some diffs leave it. */
struct explain_past_field {
    bool known;      /* they set it since the object was created last */
    struct buf json; /* to this */
};

/* An object as some diffs leave it. */
struct explain_past {
    const struct model *model;
    enum explain_state state;
    bool whole; /* its create is among them: a field that is not known was NULL */
    struct explain_past_field *fields; /* by field index */
};

void explain_past_init(struct explain_past *past, const struct model *model);
void explain_past_release(struct explain_past *past);
/* Begins with what is left of the object's older diffs: as it was after the last of them. */
void explain_past_begin(struct explain_past *past, const struct summary *summary);
/* One more diff. Of what it sets, only what is not later than until_ms. */
void explain_past_add(struct explain_past *past, const struct diff *diff, int64_t until_ms);

/* Up to that clock, itself included, and to that time. */
struct explain_moment {
    int64_t clock;
    int64_t time_ms;
};

#define EXPLAIN_NOW                                                                                \
    (struct explain_moment)                                                                        \
    {                                                                                              \
        DIFF_INTEGER_MAX, DIFF_INTEGER_MAX                                                         \
    }

struct explain_history;

struct explain_step {
    const struct explain_history *so_far; /* counted, and no more than begun */
    const struct diff *diff;
    struct inspect_place place;
    enum explain_origin origin;
    const struct explain_past *past; /* what the object is then */
};

struct explain_history_query {
    struct inspect_object object;
    struct explain_moment until; /* that of the history's past */
    /* The diffs in their order, of later moments, too; NULL: nobody asks. */
    void (*show)(void *context, const struct explain_step *step);
    void *context;
};

struct explain_history {
    int64_t next_clock;
    struct horizon horizon;        /* of the owner */
    const struct summary *summary; /* of the diffs that are folded; NULL: none are */
    int64_t diff_count;
    struct inspect_place first; /* of the first diff … */
    enum diff_type first_type;
    bool *
        set_later; /* by field index: a diff that lies behind the moment sets it, or a later time */
    bool row_live;
};

/* past_inout is initialized, of the object's model. */
NODISCARD enum rc explain_history(struct synchronizer *s, const struct explain_history_query *query,
                                  struct arena *arena, struct explain_past *past_inout,
                                  struct explain_history *history_out, struct fail *fail);

#endif
