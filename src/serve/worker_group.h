/* worker_group.h: the workers of one generation of the config, as the master sees them.
 * Owns:    a slot for each worker, which has a slot of the scoreboard; the processes until they are
 *          reaped; the generation, which is unloaded with the group.
 * Units:   _us as clock_monotonic_us().
 * Holds:   an empty slot gets another worker, at once after a served request, else with a delay
 *          that doubles from 100 ms to 30 s. A slot whose worker said that this config cannot work
 *          stays empty. A group told to leave starts no worker any more. */
#ifndef MOBYNC_WORKER_GROUP_H
#define MOBYNC_WORKER_GROUP_H

#include <sys/types.h>

#include "scoreboard.h"
#include "serve.h"

struct worker_slot {
    pid_t pid; /* 0: empty */
    struct scoreboard_slot *scoreboard_slot;
    uint64_t requests_before; /* the slot's count when this worker started */
    int64_t backoff_ms;       /* the last delay; 0: none since the last served request */
    int64_t start_at_us;      /* while it is empty */
    int64_t kill_at_us;       /* INT64_MAX: not to be killed */
    bool proven;              /* a worker of this slot has served a request */
    bool overdue;             /* told to leave because it is in one stage for too long */
    bool retired;             /* this config cannot work */
};

struct worker_group {
    struct worker_group *next; /* the master's list */
    const struct serve_hooks *hooks;
    struct scoreboard *scoreboard;
    struct serve_generation generation;
    int listen_fd;
    int master_fd; /* the master's own, which its workers close; -1: none */
    bool leaving;
    unsigned slot_count;
    struct worker_slot *slots;
};

/* NULL, with the reason logged, if the number of workers is impossible or the scoreboard is full of
 * workers that are still leaving; the generation then stays the caller's. */
NODISCARD struct worker_group *worker_group_new(const struct serve_hooks *hooks,
                                                struct scoreboard *scoreboard,
                                                const struct serve_generation *generation,
                                                int listen_fd);
/* Of a group that is empty; unloads the generation. */
void worker_group_free(struct worker_group *group);

/* Does what is due: starts workers, ends those that are in one stage for too long. */
void worker_group_tick(struct worker_group *group, int64_t now_us);
/* The latest moment for the next worker_group_tick(). */
int64_t worker_group_deadline_us(const struct worker_group *group, int64_t now_us);

/* False if the process is none of this group's. */
bool worker_group_reap(struct worker_group *group, pid_t pid, int wait_status, int64_t now_us);

/* TERM to all, KILL to those that are still there after stop_timeout. drain: before leaving they
 * answer what waits on the listener. */
void worker_group_leave(struct worker_group *group, bool drain, int64_t now_us);

/* A worker waits for requests, or has one. */
bool worker_group_is_ready(const struct worker_group *group);
/* No process is left. */
bool worker_group_is_empty(const struct worker_group *group);
/* No worker can work with this config. */
bool worker_group_is_retired(const struct worker_group *group);

#endif
