/* crew.h: the workers of one generation of the config, as the master sees them.
 * Owns:    a seat a worker, each with its slot of the board; the processes until they are reaped;
 *          the generation, which is unloaded with the crew.
 * Units:   _us as clock_monotonic_us().
 * Holds:   an empty seat is filled again, at once after a served request, else with a delay that
 *          doubles from 100 ms to 30 s. A seat whose worker said that this config cannot work stays
 *          empty. A crew told to leave fills no seat any more. */
#ifndef MOBYNC_CREW_H
#define MOBYNC_CREW_H

#include <sys/types.h>

#include "board.h"
#include "serve.h"

struct crew_seat {
    pid_t pid; /* 0: empty */
    struct board_slot *slot;
    uint64_t requests_before; /* the slot's count when this worker started */
    int64_t backoff_ms;       /* the last delay; 0: none since the last served request */
    int64_t start_at_us;      /* of an empty seat */
    int64_t kill_at_us;       /* INT64_MAX: not to be killed */
    bool proven;              /* a worker of this seat has served a request */
    bool overdue;             /* told to leave because it is in one stage for too long */
    bool retired;             /* this config cannot work */
};

struct crew {
    struct crew *next; /* the master's list */
    const struct serve_hooks *hooks;
    struct board *board;
    struct serve_generation generation;
    int listen_fd;
    int master_fd; /* the master's own, which its workers close; -1: none */
    bool leaving;
    unsigned seat_count;
    struct crew_seat *seats;
};

/* NULL, with the reason logged, if the number of workers is impossible or the board is full of
 * workers that are still leaving; the generation then stays the caller's. */
NODISCARD struct crew *crew_new(const struct serve_hooks *hooks, struct board *board,
                                const struct serve_generation *generation, int listen_fd);
/* Of a crew that is empty; unloads the generation. */
void crew_free(struct crew *crew);

/* Does what is due: fills seats, hurries workers that are in one stage for too long, kills. */
void crew_tick(struct crew *crew, int64_t now_us);
/* The latest moment for the next crew_tick(). */
int64_t crew_deadline_us(const struct crew *crew, int64_t now_us);

/* False if the process is none of this crew's. */
bool crew_reap(struct crew *crew, pid_t pid, int wait_status, int64_t now_us);

/* TERM to all, KILL to those that are still there after stop_timeout. drain: before leaving they
 * answer what waits on the listener. */
void crew_leave(struct crew *crew, bool drain, int64_t now_us);

/* A worker waits for requests, or has one. */
bool crew_is_ready(const struct crew *crew);
/* No process is left. */
bool crew_is_empty(const struct crew *crew);
/* No worker can work with this config. */
bool crew_is_retired(const struct crew *crew);

#endif
