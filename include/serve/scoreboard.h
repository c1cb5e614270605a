/* scoreboard.h: what each worker is doing, in memory that the master and all workers share.
 * Process: made by the master before it forks; a worker writes to its own slot alone.
 * Fails:   scoreboard_init() alone; later there is nothing that can.
 * Holds:   one slot a worker process, one writer a slot, no locks: a process may die at any
 *          instruction. The master alone decides how many slots there are and which are taken, from
 *          its own memory: nothing in the shared part is trusted as a bound. Slots are taken from
 *          the first on: behind one that never was there is none that ever was.
 * Units:   since_us as clock_monotonic_us(), which is the same for all processes.
 * Owns:    the mapping, from scoreboard_init() to scoreboard_release(). Counters of a slot go on
 *          when the next worker takes it, so sums over the scoreboard never run backwards. */
#ifndef MOBYNC_SCOREBOARD_H
#define MOBYNC_SCOREBOARD_H

#include <stdalign.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "attributes.h"
#include "id.h"
#include "stats.h"

#define SCOREBOARD_CACHE_LINE 64

/* The last answer of a worker that told of a fault of ours: 5xx. */
struct scoreboard_error {
    int64_t time_ms; /* 0: none */
    char code[32];
    char request_id[72];
};

#define SCOREBOARD_ERROR_WORDS (sizeof(struct scoreboard_error) / sizeof(uint64_t))

struct scoreboard_slot {
    /* Stage and time in one word: a reader never sees a new stage with an old time. */
    alignas(SCOREBOARD_CACHE_LINE) _Atomic uint64_t stage_and_since;
    /* A keyed hash of whose request is in flight; 0: none, or its owner is not counted. */
    _Atomic uint64_t owner;
    _Atomic uint64_t numbers[STATS_NUMBERS]; /* a struct stats */
    /* Odd while the error is being written. */
    _Atomic uint64_t error_version;
    _Atomic uint64_t error[SCOREBOARD_ERROR_WORDS];
    /* Written by the master: before leaving, answer what already waits on the listener. */
    atomic_bool drain;
};

struct scoreboard {
    struct scoreboard_slot *slots;         /* shared */
    struct scoreboard_slot *master;        /* shared: what the master counts itself; never taken */
    struct scoreboard_slot *housekeeper;   /* shared: the same of the housekeeper … */
    struct scoreboard_slot *notifier;      /* … and of the notifier */
    bool *taken;                           /* the master's own */
    unsigned char owner_key[ID_KEY_BYTES]; /* made before the fork, told to nobody else */
    size_t slot_count;
};

struct scoreboard_state {
    enum stats_stage stage;
    int64_t since_us;
};

/* False, with errno set, if there is no memory to share. Before the first fork. */
NODISCARD bool scoreboard_init(struct scoreboard *scoreboard, size_t slot_count);
void scoreboard_release(struct scoreboard *scoreboard);

/* For the master: a free slot, or NULL. Given back once no process writes to it any more. */
NODISCARD struct scoreboard_slot *scoreboard_take(struct scoreboard *scoreboard);
void scoreboard_give_back(struct scoreboard *scoreboard, struct scoreboard_slot *slot);
size_t scoreboard_index(const struct scoreboard *scoreboard, const struct scoreboard_slot *slot);
/* For the master, of a slot whose process is gone: what it left does not count any more. */
void scoreboard_vacate(struct scoreboard_slot *slot);

void scoreboard_enter(struct scoreboard_slot *slot, enum stats_stage stage);
struct scoreboard_state scoreboard_look(const struct scoreboard_slot *slot);
/* A request is in flight in this stage. */
bool scoreboard_is_busy(enum stats_stage stage);
/* A worker may not stay in this stage forever: it is busy, or on its way out. */
bool scoreboard_is_timed(enum stats_stage stage);

/* The slot's request is this owner's, until scoreboard_leave_owner(). False, and it is nobody's, if
 * so many other slots have one of this owner: never are there more than `most`. Several that come
 * in the same moment, where one has room, may all be refused. */
NODISCARD bool scoreboard_enter_owner(const struct scoreboard *scoreboard,
                                      struct scoreboard_slot *slot, struct text owner, size_t most);
void scoreboard_leave_owner(struct scoreboard_slot *slot);

/* Adds, by stats_combine(). Of the slot's one writer. */
void scoreboard_count(struct scoreboard_slot *slot, const struct stats *more);
/* Of a number that is no counter: STATS_PLACE(generation) and the like. */
void scoreboard_set(struct scoreboard_slot *slot, size_t place, uint64_t value);
void scoreboard_note_error(struct scoreboard_slot *slot, const struct scoreboard_error *error);

uint64_t scoreboard_number(const struct scoreboard_slot *slot, size_t place);
uint64_t scoreboard_requests(const struct scoreboard_slot *slot);
/* Everybody's, the master's, and how many workers are in which stage. For any process. */
void scoreboard_sum(const struct scoreboard *scoreboard, struct stats *sum_out);
/* The latest of all slots first; returns how many there are. */
size_t scoreboard_errors(const struct scoreboard *scoreboard, struct scoreboard_error *errors_out,
                         size_t most);

void scoreboard_set_drain(struct scoreboard_slot *slot, bool drain);
bool scoreboard_drain(const struct scoreboard_slot *slot);

#endif
