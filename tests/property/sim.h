/* sim.h: plays a history on phones and a server, and checks docs/protocol.md 7 after every sync.
 * Server:  one of server.h, judged by the oracle; or, without one, the oracle itself, which shows
 *          whether the page keeps its own promises.
 * Owns:    phones, oracle, arenas; sim_free() gives them back.
 * Fails:   sim_play() says false; the sentence is in sim_violation().
 * Holds:   the same history gives the same run, always, with a server in memory. */
#ifndef MOBYNC_PROPERTY_SIM_H
#define MOBYNC_PROPERTY_SIM_H

#include <stdio.h>

#include "history.h"
#include "server.h"

struct sim;

struct sim_stats {
    uint64_t histories;
    uint64_t syncs; /* requests that reached the server */
    uint64_t as_text;
    uint64_t histories_compared; /* whole stored history against the oracle's */
    uint64_t faults;
    uint64_t middles;     /* syncs in whose middle other SQL committed */
    uint64_t timed;       /* fields of which a device and other SQL had set one, judged by time */
    uint64_t statements;  /* of other SQL, committed */
    uint64_t quarantined; /* syncs in worlds whose server refuses diff by diff */
    uint64_t written;     /* new diffs in them */
    uint64_t refused;
    uint64_t compactions;
    uint64_t old;      /* syncs at a clock below the horizon */
    uint64_t restarts; /* … so far below that the device started from scratch */
    uint64_t retried;  /* refused diffs that an operator applied after all */
};

/* server NULL: the oracle serves. by_effect: answers are judged by what they do to rows and phones
 * alone, not diff by diff against the oracle's. */
struct sim *sim_new(struct server *server, bool by_effect);
void sim_free(struct sim *sim);

/* trace: every step and every message, for a person; NULL for none. */
bool sim_play(struct sim *sim, const struct scenario *history, FILE *trace);

const char *sim_violation(const struct sim *sim);
/* Writes of the last play that its device could not do: it was a shorter history. */
unsigned sim_idle_writes(const struct sim *sim);
const struct sim_stats *sim_stats(const struct sim *sim);

#endif
