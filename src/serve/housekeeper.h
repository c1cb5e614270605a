/* housekeeper.h: the process that keeps house (serve_housekeeping_hooks), as the master sees it.
 * Process: for the master. The process is a child of it, confined, holds neither the listener nor
 *          the control socket, and writes to its own slot of the scoreboard alone.
 * Owns:    the process, until it is reaped.
 * Units:   _us as clock_monotonic_us(), _ms milliseconds.
 * Holds:   there is one at most; who was told to leave is gone before the next one starts. It is
 *          started again after 100 ms, and after twice as long each time, up to 30 s, unless it
 *          has ended a round. One that says that this config cannot work is not started again
 *          with it. */
#ifndef MOBYNC_HOUSEKEEPER_H
#define MOBYNC_HOUSEKEEPER_H

#include <sys/types.h>

#include "serve.h"

struct housekeeper {
    const struct serve_hooks *hooks;
    struct scoreboard *scoreboard;
    pid_t pid;              /* 0: none */
    bool leaving;           /* it was told to */
    bool retired;           /* this config cannot work */
    uint64_t rounds_before; /* the slot's count when it started */
    int64_t backoff_ms;     /* the last delay; 0: none */
    int64_t start_at_us;    /* while there is none */
    int64_t kill_at_us;     /* INT64_MAX: not to be killed */
};

/* What it has no business with. */
struct housekeeper_secrets {
    int listen_fd; /* -1: none */
    int control_fd;
};

void housekeeper_init(struct housekeeper *keeper, const struct serve_hooks *hooks,
                      struct scoreboard *scoreboard);

/* Does what is due: starts one of this generation (NULL: the pool stops), or ends one that does not
 * leave. */
void housekeeper_tick(struct housekeeper *keeper, const struct serve_generation *generation,
                      struct housekeeper_secrets secrets, int64_t now_us);
/* The latest moment for the next housekeeper_tick(). */
int64_t housekeeper_deadline_us(const struct housekeeper *keeper, bool stopping);

/* TERM, and KILL if it is still there afterwards. The next one may be of another generation. */
void housekeeper_leave(struct housekeeper *keeper, int64_t timeout_ms, int64_t now_us);

/* Of the process, which has ended. */
void housekeeper_end(struct housekeeper *keeper, int wait_status, int64_t now_us);

#endif
