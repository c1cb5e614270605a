/* board.h: what each worker is doing, in memory that the master and all workers share.
 * Holds:   one slot a worker process, one writer a slot, no locks: a process may die at any
 *          instruction. The master alone decides how many slots there are and which are taken, from
 *          its own memory: nothing in the shared part is trusted as a bound. Slots are taken from
 *          the first on: behind one that never was there is none that ever was.
 * Units:   since_us as clock_monotonic_us(), which is the same for all processes.
 * Owns:    the mapping, from board_init() to board_release(). Counters of a slot go on when the
 *          next worker takes it, so sums over the board never run backwards. */
#ifndef MOBYNC_BOARD_H
#define MOBYNC_BOARD_H

#include <stdalign.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "attributes.h"
#include "id.h"
#include "tally.h"

#define BOARD_CACHE_LINE 64

enum board_stage {
    BOARD_VACANT = TALLY_VACANT, /* no process */
    BOARD_IDLE = TALLY_IDLE,
    BOARD_READING = TALLY_READING,
    BOARD_HANDLING = TALLY_HANDLING,
    BOARD_REPLYING = TALLY_REPLYING,
    BOARD_LEAVING = TALLY_LEAVING,
};

/* The last answer of a worker that told of a fault of ours: 5xx. */
struct board_error {
    int64_t time_ms; /* 0: none */
    char code[32];
    char request_id[72];
};

#define BOARD_ERROR_WORDS (sizeof(struct board_error) / sizeof(uint64_t))

struct board_slot {
    /* Stage and time in one word: a reader never sees a new stage with an old time. */
    alignas(BOARD_CACHE_LINE) _Atomic uint64_t stage_and_since;
    /* A keyed hash of whose request is in hand; 0: none, or its owner is not counted. */
    _Atomic uint64_t owner;
    _Atomic uint64_t numbers[TALLY_NUMBERS]; /* a struct tally */
    /* Odd while the error is being written. */
    _Atomic uint64_t error_version;
    _Atomic uint64_t error[BOARD_ERROR_WORDS];
    /* Written by the master: before leaving, answer what already waits on the listener. */
    atomic_bool drain;
};

struct board {
    struct board_slot *slots;              /* shared */
    struct board_slot *master;             /* shared: what the master counts itself; never taken */
    bool *taken;                           /* the master's own */
    unsigned char owner_key[ID_KEY_BYTES]; /* made before the fork, told to nobody else */
    size_t slot_count;
};

struct board_state {
    enum board_stage stage;
    int64_t since_us;
};

/* False, with errno set, if there is no memory to share. Before the first fork. */
NODISCARD bool board_init(struct board *board, size_t slot_count);
void board_release(struct board *board);

/* For the master: a free slot, or NULL. Given back once no process writes to it any more. */
NODISCARD struct board_slot *board_take(struct board *board);
void board_give_back(struct board *board, struct board_slot *slot);
size_t board_index(const struct board *board, const struct board_slot *slot);
/* For the master, of a slot whose process is gone: what it left does not count any more. */
void board_vacate(struct board_slot *slot);

void board_enter(struct board_slot *slot, enum board_stage stage);
struct board_state board_look(const struct board_slot *slot);
/* "reading" and the like. */
const char *board_stage_name(enum board_stage stage);
/* A request is in hand in this stage. */
bool board_is_busy(enum board_stage stage);
/* A worker may not stay in this stage for ever: it is busy, or on its way out. */
bool board_is_timed(enum board_stage stage);

/* The slot's request is this owner's, until board_leave_owner(). False, and it is nobody's, if so
 * many other slots have one of this owner: never are there more than `most`. Several that come in
 * the same moment, where one has room, may all be refused. */
NODISCARD bool board_enter_owner(const struct board *board, struct board_slot *slot,
                                 struct text owner, size_t most);
void board_leave_owner(struct board_slot *slot);

/* Adds. Of the slot's one writer. */
void board_count(struct board_slot *slot, const struct tally *more);
/* Of a number that is no counter: TALLY_PLACE(generation) and the like. */
void board_set(struct board_slot *slot, size_t place, uint64_t value);
void board_note_error(struct board_slot *slot, const struct board_error *error);

uint64_t board_requests(const struct board_slot *slot);
/* Everybody's, the master's, and how many workers are in which stage. For any process. */
void board_sum(const struct board *board, struct tally *sum_out);
/* The latest of all slots first; returns how many there are. */
size_t board_errors(const struct board *board, struct board_error *errors_out, size_t most);

void board_set_drain(struct board_slot *slot, bool drain);
bool board_drain(const struct board_slot *slot);

#endif
