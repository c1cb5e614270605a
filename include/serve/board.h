/* board.h: what each worker is doing, in memory that the master and all workers share.
 * Holds:   one slot a worker process, one writer a slot, no locks: a process may die at any
 *          instruction. The master alone decides how many slots there are and which are taken, from
 *          its own memory: nothing in the shared part is trusted as a bound.
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

#define BOARD_CACHE_LINE     64
#define BOARD_STATUS_CLASSES 6u /* by hundreds; 0: the answer could not be sent */

enum board_stage {
    BOARD_VACANT, /* no process */
    BOARD_IDLE,
    BOARD_READING,
    BOARD_HANDLING,
    BOARD_REPLYING,
    BOARD_LEAVING,
};

struct board_slot {
    /* Stage and time in one word: a reader never sees a new stage with an old time. */
    alignas(BOARD_CACHE_LINE) _Atomic uint64_t stage_and_since;
    _Atomic uint64_t requests;
    _Atomic uint64_t bytes_in;
    _Atomic uint64_t bytes_out;
    _Atomic uint64_t statuses[BOARD_STATUS_CLASSES];
    /* Written by the master: before leaving, answer what already waits on the listener. */
    atomic_bool drain;
};

struct board {
    struct board_slot *slots; /* shared */
    bool *taken;              /* the master's own */
    size_t slot_count;
};

struct board_state {
    enum board_stage stage;
    int64_t since_us;
};

/* What one exchange adds to the counters. */
struct board_exchange {
    int status; /* 0: the answer could not be sent */
    uint64_t bytes_in;
    uint64_t bytes_out;
};

/* False, with errno set, if there is no memory to share. Before the first fork. */
NODISCARD bool board_init(struct board *board, size_t slot_count);
void board_release(struct board *board);

/* For the master: a free slot, or NULL. Given back once no process writes to it any more. */
NODISCARD struct board_slot *board_take(struct board *board);
void board_give_back(struct board *board, struct board_slot *slot);
size_t board_index(const struct board *board, const struct board_slot *slot);

void board_enter(struct board_slot *slot, enum board_stage stage);
struct board_state board_look(const struct board_slot *slot);
/* "reading" and the like. */
const char *board_stage_name(enum board_stage stage);
/* A request is in hand in this stage. */
bool board_is_busy(enum board_stage stage);
/* A worker may not stay in this stage for ever: it is busy, or on its way out. */
bool board_is_timed(enum board_stage stage);

void board_count(struct board_slot *slot, const struct board_exchange *exchange);
uint64_t board_requests(const struct board_slot *slot);

void board_set_drain(struct board_slot *slot, bool drain);
bool board_drain(const struct board_slot *slot);

#endif
