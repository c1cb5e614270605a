/* housekeeping.h: what the server does by itself for a database, whether anybody syncs or not: a
 * table of jobs, each done in small steps.
 * Process: one of its own, beside the workers. Of all that use a database one is elected; the
 *          others do only what each machine must do by itself.
 * Holds:   nothing depends on it: it may end at any instruction, and be there twice for a moment.
 *          It works at most a fifth of the time, as the clock on the wall has it, so that it slows
 *          down with the database.
 * Owns:    housekeeping_new() allocates; what the settings point to must outlive it.
 * Units:   _us microseconds, _ms milliseconds.
 * Fails:   never: what goes wrong is logged and counted, and tried again later. */
#ifndef MOBYNC_HOUSEKEEPING_H
#define MOBYNC_HOUSEKEEPING_H

#include "poke_publisher.h"
#include "stats.h"
#include "synchronizer.h"

/* How long history is kept, by the server's time; COMPACTION_FOREVER. */
struct history_terms {
    int64_t keep_ms;    /* whole diffs */
    int64_t deletes_ms; /* that an object was deleted; at least as long */
};

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
    bool elected;      /* else another process keeps house on this database, or it is away */
    int64_t pause_us;  /* until the next step */
};

/* Whatever is due, a step of it. */
void housekeeping_step(struct housekeeping *h, struct housekeeping_report *report_out);

#endif
