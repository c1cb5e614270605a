/* fetcher.h: the process that fetches what a generation needs (serve_fetch_hooks), one at a time.
 * Process: for the master. The process is a child of it, confined, holds neither the listener nor
 *          the scoreboard, and ends itself after 30 s, whatever hangs.
 * Owns:    the process, until it is reaped.
 * Units:   _us as clock_monotonic_us().
 * Holds:   every fetch that began ends, and is counted: a process that dies has failed. */
#ifndef MOBYNC_FETCHER_H
#define MOBYNC_FETCHER_H

#include <sys/types.h>

#include "serve.h"

/* What a fetcher has no business with. */
struct fetcher_secrets {
    struct scoreboard *scoreboard;
    int listen_fd; /* -1: none */
    int control_fd;
};

struct fetcher {
    const struct serve_hooks *hooks;
    pid_t pid; /* 0: none */
};

/* Of this generation; INT64_MAX while one is being fetched, or if nothing ever is. */
int64_t fetcher_due_us(const struct fetcher *fetcher, const struct serve_generation *generation);
bool fetcher_is_first(const struct fetcher *fetcher, const struct serve_generation *generation);

/* False, with the reason logged and the fetch failed, if there is no process. */
NODISCARD bool fetcher_start(struct fetcher *fetcher, const struct serve_generation *generation,
                             const struct fetcher_secrets *secrets);
/* Of the process, which has ended; true if the fetch was successful. */
bool fetcher_end(struct fetcher *fetcher, const struct serve_generation *generation,
                 struct scoreboard_slot *master_slot, int wait_status);
/* Ends it now: its generation is no longer at work. */
void fetcher_abandon(struct fetcher *fetcher, const struct serve_generation *generation);

#endif
