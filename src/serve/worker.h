/* worker.h: a worker process: takes requests one at a time until it is told to leave.
 * Process: TERM is let in only while the worker waits, so a request in flight is always finished.
 *          If the master dies it leaves likewise, but request_timeout later at the latest. All its
 *          other signals are ignored or have their default.
 * Fails:   worker_run() returns the exit status of the process, an enum serve_exit. */
#ifndef MOBYNC_WORKER_H
#define MOBYNC_WORKER_H

#include "scoreboard.h"
#include "serve.h"

struct worker_task {
    const struct serve_hooks *hooks;
    const struct serve_generation *generation;
    int listen_fd;
    const struct scoreboard *scoreboard;
    struct scoreboard_slot *slot;
};

/* In the child, with all signals blocked. */
int worker_run(const struct worker_task *task);

#endif
