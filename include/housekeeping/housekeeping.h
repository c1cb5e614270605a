/* housekeeping.h: what the server does by itself for a database, whether anybody syncs or not: a
 * table of jobs, each done in small steps.
 * Process: one of its own, beside the workers. Of all that use a database one is elected; the
 *          others do only what each machine must do by itself.
 * Holds:   nothing depends on it: it may end at any instruction, and be there twice for a moment.
 *          It works at most a fifth of the time, as the clock on the wall has it, so that it slows
 *          down with the database.
 * Owns:    housekeeping_new() allocates; what the settings point to must outlive it.
 * Units:   _us microseconds, _ms milliseconds, _s seconds.
 * Fails:   never: what goes wrong is logged and counted, and tried again later. */
#ifndef MOBYNC_HOUSEKEEPING_H
#define MOBYNC_HOUSEKEEPING_H

#include "poke_publisher.h"
#include "stats.h"
#include "synchronizer.h"

struct housekeeping_settings {
    struct synchronizer *synchronizer;
    struct poke_settings poke;
    struct history_terms history;
};

struct housekeeping;

struct housekeeping *housekeeping_new(const struct housekeeping_settings *settings);
void housekeeping_free(struct housekeeping *h);

struct housekeeping_report {
    struct stats more; /* what the step adds to the counters */
    /* Where that has a walk: what it met. */
    int64_t oldest_s; /* the age of the oldest diff … */
    int64_t overdue_s; /* … and how much older than is to be kept one was that it folded, at most */
    bool elected;      /* else another process keeps house on this database, or it is away */
    int64_t pause_us; /* until the next step */
};

/* Whatever is due, a step of it. */
void housekeeping_step(struct housekeeping *h, struct housekeeping_report *report_out);

#endif
