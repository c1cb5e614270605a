/* helper.h: a process beside the workers (serve_helper_hooks), as the master sees it.
 * Process: for the master. The process is a child of it, confined, holds neither the listener nor
 *          the control socket, and writes to its own slot of the scoreboard alone.
 * Owns:    the process, until it is reaped.
 * Units:   _us as clock_monotonic_us(), _ms milliseconds.
 * Holds:   there is one at most of a kind; who was told to leave is gone before the next one
 *          starts. It is started again after 100 ms, and after twice as long each time, up to 30 s,
 *          unless it has made progress. One that says that this config cannot work is not started
 *          again with it. */
#ifndef MOBYNC_HELPER_H
#define MOBYNC_HELPER_H

#include <sys/types.h>

#include "serve.h"

struct helper_kind {
    const char *name; /* for ps and the log */
    size_t progress;  /* places of the stats: what its slot counts as work done … */
    size_t restarts;  /* … and the master as its ends */
    size_t now;       /* … what is how things are now: 0 once the process is gone */
    bool (*confine)(void);
    /* Sets what of a step is no counter. */
    void (*note)(struct scoreboard_slot *slot, const struct serve_step *step);
};

extern const struct helper_kind helper_housekeeper, helper_notifier;

struct helper {
    const struct helper_kind *kind;
    const struct serve_hooks *hooks;
    const struct serve_helper_hooks *own; /* of these; NULL: there is never one */
    struct scoreboard_slot *slot;
    struct scoreboard_slot *master_slot;
    pid_t pid;                /* 0: none */
    bool leaving;             /* it was told to */
    bool retired;             /* this config cannot work */
    uint64_t progress_before; /* the slot's count when it started */
    int64_t backoff_ms;       /* the last delay; 0: none */
    int64_t start_at_us;      /* while there is none */
    int64_t kill_at_us;       /* INT64_MAX: not to be killed */
};

/* What it has no business with. */
struct helper_secrets {
    int listen_fd; /* -1: none */
    int control_fd;
};

/* With kind, hooks, own and the slots set: none runs yet. */
void helper_init(struct helper *helper);

/* Does what is due: starts one of this generation (NULL: the pool stops), or ends one that does not
 * leave. */
void helper_tick(struct helper *helper, const struct serve_generation *generation,
                 struct helper_secrets secrets, int64_t now_us);
/* The latest moment for the next helper_tick(). */
int64_t helper_deadline_us(const struct helper *helper, const struct serve_generation *generation);

/* TERM, and KILL if it is still there afterwards. The next one may be of another generation. */
void helper_leave(struct helper *helper, int64_t timeout_ms, int64_t now_us);

/* Of the process, which has ended. */
void helper_end(struct helper *helper, int wait_status, int64_t now_us);

#endif
