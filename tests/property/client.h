/* client.h: one phone that behaves as the stock Flutter client does (docs/protocol.md 7.4, 7.9, 8).
 * Rows:    its own copy; a write is done at once and logged as a diff with its clock and time.
 * Sends:   all of its log with clock >= its own clock, sorted by (clock, time); the sort of a
 *          shuffling phone is unstable. Its own diffs and those that it received share one log.
 * Applies: a response whose clock is greater than its own, sorted the same way; then it stores the
 *          clock, unless it dies in between and will send back what it received.
 * Careful: a phone that is refers to nothing that it lacks, and deletes nothing that could be
 *          referred to: no reference of its writes ever breaks.
 * Owns:    its log; texts lie in the arena given and live as long as it does.
 * Fails:   client_apply() alone: the response is not executable, or not in the order that the
 *          foreign keys ask for, and the sentence says why.
 * Holds:   docs/protocol.md 7, "Known limitations": its clock never runs back while diffs wait, and
 *          a shuffling phone writes nothing in one millisecond whose order matters. */
#ifndef MOBYNC_PROPERTY_CLIENT_H
#define MOBYNC_PROPERTY_CLIENT_H

#include "keys.h"
#include "world.h"

struct client {
    struct arena *arena;
    struct text owner;
    unsigned number;
    bool shuffles;
    bool careful;
    int64_t clock;
    int64_t skew_ms;
    int64_t last_time_ms;
    int64_t blind_time_ms; /* of the last write to an object that it lacks */
    unsigned written;      /* ids given so far; never goes back */
    const struct keys *keys;
    struct cells rows[WORLD_PLACES];
    struct diff *log;
    size_t log_count;
};

struct client_setup {
    struct arena *arena;
    struct text owner;
    unsigned number; /* no other device of this owner has it */
    bool shuffles;
    bool careful;
    const struct keys *keys; /* its database is held to them; outlives the client */
};

void client_init(struct client *client, const struct client_setup *setup);
void client_release(struct client *client);
/* As new from the shop: no rows, no log, clock 0. */
void client_reinstall(struct client *client);

/* It gives up what it has, and what it sent: the next response is all of it. Of what it wrote since
 * nothing is left either. */
void client_start_anew(struct client *client);

/* What may be wrong in a diff itself. The phone's own database takes all of it. */
enum client_flaw {
    FLAW_NONE,
    FLAW_UNKNOWN_FIELD,
    FLAW_LACKS_REQUIRED,
    FLAW_WRONG_TYPE,
    FLAW_BROKEN_JSON, /* not even that: nobody can tell what it did, it did nothing */
    FLAW_KINDS
};

struct client_write {
    enum diff_type type;
    size_t object;
    unsigned fields; /* bit n: field n is set */
    unsigned nulls;  /* bit n: … to null */
    uint32_t value;
    bool blind; /* also an update or delete of an object that it lacks */
    enum client_flaw flaw;
};

/* False if the app could not do it (a create of what is there, a change of what is not). */
bool client_write(struct client *client, const struct client_write *write, int64_t now_ms);

/* Is anything that it did to this object still to be sent, or sent and not answered? */
bool client_waits_about(const struct client *client, size_t object);

/* Turned back only while nothing waits to be sent. */
void client_turn_clock(struct client *client, int64_t delta_ms);

/* The diffs to send, as they go on the wire. */
struct diff_list client_pending(const struct client *client, struct random *random,
                                struct arena *arena);

struct client_answer {
    int64_t next_clock;
    struct diff_list diffs;
    bool dies; /* before it has stored the clock */
};

/* Answers and their texts need not outlive the call. */
bool client_apply(struct client *client, const struct client_answer *answer, struct random *random,
                  struct buf *violation);

#endif
