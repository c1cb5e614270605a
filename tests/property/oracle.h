/* oracle.h: a second, naive implementation of PROTOCOL 4 to 7, written from the page alone. It
 * shares no code with the engine that it judges; how it reads the page where the page is silent
 * stands in oracle.c under `Readings`.
 * Pure:    no I/O, no clock, no randomness: ids that a server would invent come out as wildcards.
 * Owns:    its worlds, one per owner. The texts of the diffs it is given are not copied: they must
 *          outlive the oracle or its next oracle_reset().
 * Units:   times in milliseconds since 1970 UTC, clocks as PROTOCOL 4.
 * Fails:   never by itself; a request that the page rejects yields an outcome that says so. */
#ifndef MOBYNC_PROPERTY_ORACLE_H
#define MOBYNC_PROPERTY_ORACLE_H

#include "fail.h"
#include "world.h"

struct oracle;

/* A field as some diff set it. */
struct oracle_part {
    const struct field *field;
    struct text json;
    int64_t time_ms;
    const struct oracle_diff *source;
    bool filler; /* written for completeness: an answer may leave it out */
};

struct oracle_diff {
    struct text id; /* empty: invented by the server */
    int64_t clock;
    size_t order; /* place in the owner's history, or in the request */
    int64_t time_ms;
    enum diff_type type;
    const struct model *model;
    struct text object_id;
    struct text json_data;
    bool verbatim; /* json_data is to be met byte by byte; else its fields are what counts */
    bool loose;    /* its id, clock and time are the server's choice: no field of a stored diff is
                    * in it, or it deletes what the client lacks */
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
    struct diff_list diffs; /* valid by PROTOCOL 2 */
    int64_t now_ms;
    int64_t clock_skew_ms;
};

struct oracle_outcome {
    bool rejected;
    enum fail_code code;
    struct text diff_id; /* of the first diff at fault */
    bool pushed;         /* a new id was in it: the clock has moved */
    int64_t next_clock;
    struct oracle_list answer;
};

struct oracle *oracle_new(void);
void oracle_free(struct oracle *oracle);
/* Forgets every owner. */
void oracle_reset(struct oracle *oracle);

/* Plays the request, and changes the owner's world unless it is rejected. Outcomes live until the
 * next oracle_reset(). */
struct oracle_outcome oracle_sync(struct oracle *oracle, const struct oracle_request *request);

/* An id of an answer: one that the server invented counts as known from then on. */
void oracle_know(struct oracle *oracle, struct text owner, struct text id, int64_t clock);

int64_t oracle_next_clock(struct oracle *oracle, struct text owner);
struct cells oracle_row(struct oracle *oracle, struct text owner, const struct model *model,
                        struct text object_id);
/* The stored diffs in the order (clock, seq). */
struct oracle_list oracle_stored(struct oracle *oracle, struct text owner);

#endif
