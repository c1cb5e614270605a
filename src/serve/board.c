#include "board.h"

#include <assert.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "arena.h"
#include "clock.h"

_Static_assert(ATOMIC_LLONG_LOCK_FREE == 2, "a lock could be held by a process that dies");
_Static_assert(sizeof(struct board_slot) % BOARD_CACHE_LINE == 0, "slots share no cache line");

#define STAGE_BITS 3u
#define STAGE_MASK ((1u << STAGE_BITS) - 1u)

static const struct {
    const char *name;
    bool busy;
    bool timed;
} STAGES[STAGE_MASK + 1u] = {
    [BOARD_VACANT] = {"vacant", false, false},   [BOARD_IDLE] = {"idle", false, false},
    [BOARD_READING] = {"reading", true, true},   [BOARD_HANDLING] = {"handling", true, true},
    [BOARD_REPLYING] = {"replying", true, true}, [BOARD_LEAVING] = {"leaving", false, true},
};

bool board_init(struct board *board, size_t slot_count)
{
    void *shared = mmap(NULL, slot_count * sizeof(struct board_slot), PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    if (shared == MAP_FAILED)
        return false;
    *board = (struct board){.slots = shared, .slot_count = slot_count};
    board->taken = alloc_or_die(slot_count * sizeof(*board->taken));
    memset(board->taken, 0, slot_count * sizeof(*board->taken));
    return true;
}

void board_release(struct board *board)
{
    free(board->taken);
    munmap(board->slots, board->slot_count * sizeof(*board->slots));
    *board = (struct board){0};
}

struct board_slot *board_take(struct board *board)
{
    for (size_t i = 0; i < board->slot_count; i++) {
        if (board->taken[i])
            continue;
        board->taken[i] = true;
        return &board->slots[i];
    }
    return NULL;
}

size_t board_index(const struct board *board, const struct board_slot *slot)
{
    assert(slot >= board->slots && slot < board->slots + board->slot_count);
    return (size_t)(slot - board->slots);
}

void board_give_back(struct board *board, struct board_slot *slot)
{
    board_enter(slot, BOARD_VACANT);
    board_set_drain(slot, false);
    board->taken[board_index(board, slot)] = false;
}

void board_enter(struct board_slot *slot, enum board_stage stage)
{
    uint64_t word = (uint64_t)clock_monotonic_us() << STAGE_BITS | (uint64_t)stage;

    atomic_store_explicit(&slot->stage_and_since, word, memory_order_relaxed);
}

struct board_state board_look(const struct board_slot *slot)
{
    uint64_t word = atomic_load_explicit(&slot->stage_and_since, memory_order_relaxed);

    return (struct board_state){.stage = (enum board_stage)(word & STAGE_MASK),
                                .since_us = (int64_t)(word >> STAGE_BITS)};
}

const char *board_stage_name(enum board_stage stage)
{
    const char *name = STAGES[stage & STAGE_MASK].name;

    return name != NULL ? name : "unknown";
}

bool board_is_busy(enum board_stage stage)
{
    return STAGES[stage & STAGE_MASK].busy;
}

bool board_is_timed(enum board_stage stage)
{
    return STAGES[stage & STAGE_MASK].timed;
}

/* The slot has one writer: load and store need not be one step. */
static void add(_Atomic uint64_t *counter, uint64_t more)
{
    uint64_t now = atomic_load_explicit(counter, memory_order_relaxed);

    atomic_store_explicit(counter, now + more, memory_order_relaxed);
}

void board_count(struct board_slot *slot, const struct board_exchange *exchange)
{
    unsigned status_class = (unsigned)exchange->status / 100u;

    add(&slot->requests, 1);
    add(&slot->bytes_in, exchange->bytes_in);
    add(&slot->bytes_out, exchange->bytes_out);
    add(&slot->statuses[status_class < BOARD_STATUS_CLASSES ? status_class : 0], 1);
}

uint64_t board_requests(const struct board_slot *slot)
{
    return atomic_load_explicit(&slot->requests, memory_order_relaxed);
}

void board_set_drain(struct board_slot *slot, bool drain)
{
    /* Seen by the worker when it gets the TERM that follows: a system call on both sides. */
    atomic_store_explicit(&slot->drain, drain, memory_order_release);
}

bool board_drain(const struct board_slot *slot)
{
    return atomic_load_explicit(&slot->drain, memory_order_acquire);
}
