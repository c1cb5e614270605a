#include "board.h"

#include <assert.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "arena.h"
#include "clock.h"

_Static_assert(ATOMIC_LLONG_LOCK_FREE == 2, "a lock could be held by a process that dies");
_Static_assert(sizeof(struct board_slot) % BOARD_CACHE_LINE == 0, "slots share no cache line");

_Static_assert(sizeof(struct board_error) % sizeof(uint64_t) == 0, "kept word by word");

#define STAGE_BITS  3u
#define STAGE_MASK  ((1u << STAGE_BITS) - 1u)
#define ERROR_TRIES 3u

static const struct {
    bool busy;
    bool timed;
} STAGES[STAGE_MASK + 1u] = {
    [BOARD_READING] = {.busy = true, .timed = true},
    [BOARD_HANDLING] = {.busy = true, .timed = true},
    [BOARD_REPLYING] = {.busy = true, .timed = true},
    [BOARD_LEAVING] = {.timed = true},
};

static uint64_t load(const _Atomic uint64_t *word)
{
    return atomic_load_explicit(word, memory_order_relaxed);
}

/* One more for the master. */
static size_t mapped_bytes(size_t slot_count)
{
    return (slot_count + 1) * sizeof(struct board_slot);
}

bool board_init(struct board *board, size_t slot_count)
{
    struct board_slot *shared = mmap(NULL, mapped_bytes(slot_count), PROT_READ | PROT_WRITE,
                                     MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    if (shared == MAP_FAILED)
        return false;
    *board = (struct board){
        .slots = shared + 1,
        .master = shared,
        .slot_count = slot_count,
    };
    id_random_bytes(board->owner_key, sizeof(board->owner_key));
    board->taken = alloc_or_die(slot_count * sizeof(*board->taken));
    memset(board->taken, 0, slot_count * sizeof(*board->taken));
    return true;
}

void board_release(struct board *board)
{
    free(board->taken);
    munmap(board->master, mapped_bytes(board->slot_count));
    *board = (struct board){0};
}

struct board_slot *board_take(struct board *board)
{
    for (size_t i = 0; i < board->slot_count; i++) {
        if (board->taken[i])
            continue;
        board->taken[i] = true;
        board_vacate(&board->slots[i]); /* was_taken() knows it by this */
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
    board_vacate(slot);
    board_set_drain(slot, false);
    board->taken[board_index(board, slot)] = false;
}

void board_vacate(struct board_slot *slot)
{
    board_leave_owner(slot);
    board_enter(slot, BOARD_VACANT);
}

void board_enter(struct board_slot *slot, enum board_stage stage)
{
    uint64_t word = (uint64_t)clock_monotonic_us() << STAGE_BITS | (uint64_t)stage;

    atomic_store_explicit(&slot->stage_and_since, word, memory_order_relaxed);
}

struct board_state board_look(const struct board_slot *slot)
{
    uint64_t word = load(&slot->stage_and_since);

    return (struct board_state){.stage = (enum board_stage)(word & STAGE_MASK),
                                .since_us = (int64_t)(word >> STAGE_BITS)};
}

const char *board_stage_name(enum board_stage stage)
{
    return tally_stage_name(stage);
}

bool board_is_busy(enum board_stage stage)
{
    return STAGES[stage & STAGE_MASK].busy;
}

bool board_is_timed(enum board_stage stage)
{
    return STAGES[stage & STAGE_MASK].timed;
}

/* The slot has one writer: load and store need not be one step. Most of what an exchange could
 * count is zero. */
void board_count(struct board_slot *slot, const struct tally *more)
{
    const uint64_t *numbers = (const uint64_t *)more;

    for (size_t i = 0; i < TALLY_NUMBERS; i++)
        if (numbers[i] != 0)
            board_set(slot, i, load(&slot->numbers[i]) + numbers[i]);
}

void board_set(struct board_slot *slot, size_t place, uint64_t value)
{
    assert(place < TALLY_NUMBERS);
    atomic_store_explicit(&slot->numbers[place], value, memory_order_relaxed);
}

static void add_numbers(const struct board_slot *slot, struct tally *into)
{
    uint64_t *numbers = (uint64_t *)into;

    for (size_t i = 0; i < TALLY_NUMBERS; i++)
        numbers[i] += load(&slot->numbers[i]);
}

uint64_t board_requests(const struct board_slot *slot)
{
    struct tally tally = {0};

    add_numbers(slot, &tally);
    return tally_requests(&tally);
}

/* What is behind the last slot ever taken is not even looked at: it would become real memory. */
static bool was_taken(const struct board *board, size_t index)
{
    return index < board->slot_count && load(&board->slots[index].stage_and_since) != 0;
}

static size_t slots_of_owner(const struct board *board, uint64_t owner)
{
    size_t count = 0;

    for (size_t i = 0; was_taken(board, i); i++)
        count += load(&board->slots[i].owner) == owner;
    return count;
}

/* First told, then counted, with the fence between: of any that come in the same moment, the last
 * to tell sees all others. That all of them may be refused is no harm: a refused request changes
 * nothing and comes again. An order among them would take a lock, which could die with its holder.
 */
bool board_enter_owner(const struct board *board, struct board_slot *slot, struct text owner,
                       size_t most)
{
    const uint64_t word = id_hash_of(board->owner_key, owner) | 1; /* never 0 */

    atomic_store_explicit(&slot->owner, word, memory_order_relaxed);
    atomic_thread_fence(memory_order_seq_cst);
    if (slots_of_owner(board, word) <= most)
        return true;
    board_leave_owner(slot);
    return false;
}

void board_leave_owner(struct board_slot *slot)
{
    atomic_store_explicit(&slot->owner, 0, memory_order_relaxed);
}

void board_sum(const struct board *board, struct tally *sum_out)
{
    *sum_out = (struct tally){0};
    add_numbers(board->master, sum_out);
    for (size_t i = 0; was_taken(board, i); i++) {
        const size_t stage = board_look(&board->slots[i]).stage;

        add_numbers(&board->slots[i], sum_out);
        sum_out->workers[stage < TALLY_STAGES ? stage : BOARD_VACANT]++;
    }
}

/* Odd while it is not whole: a reader that meets such a version, or another one after reading than
 * before, has read nothing. One that died in between is made even again by its successor. */
void board_note_error(struct board_slot *slot, const struct board_error *error)
{
    const uint64_t odd = load(&slot->error_version) | 1;
    uint64_t words[BOARD_ERROR_WORDS];

    memcpy(words, error, sizeof(words));
    atomic_store_explicit(&slot->error_version, odd, memory_order_relaxed);
    atomic_thread_fence(memory_order_release);
    for (size_t i = 0; i < BOARD_ERROR_WORDS; i++)
        atomic_store_explicit(&slot->error[i], words[i], memory_order_relaxed);
    atomic_store_explicit(&slot->error_version, odd + 1, memory_order_release);
}

static bool read_error(const struct board_slot *slot, struct board_error *error_out)
{
    uint64_t words[BOARD_ERROR_WORDS];

    for (unsigned tries = 0; tries < ERROR_TRIES; tries++) {
        const uint64_t before = atomic_load_explicit(&slot->error_version, memory_order_acquire);

        for (size_t i = 0; i < BOARD_ERROR_WORDS; i++)
            words[i] = load(&slot->error[i]);
        atomic_thread_fence(memory_order_acquire);
        if (before % 2 == 0 && load(&slot->error_version) == before) {
            memcpy(error_out, words, sizeof(words));
            return error_out->time_ms != 0;
        }
    }
    return false;
}

/* Among those that are there, the latest first; what does not fit is the oldest. */
static size_t insert(struct board_error *errors, size_t count, size_t most,
                     const struct board_error *error)
{
    size_t at = count;

    while (at > 0 && errors[at - 1].time_ms < error->time_ms)
        at--;
    if (at == most)
        return count;
    count = count < most ? count + 1 : most;
    memmove(&errors[at + 1], &errors[at], (count - at - 1) * sizeof(*errors));
    errors[at] = *error;
    return count;
}

size_t board_errors(const struct board *board, struct board_error *errors_out, size_t most)
{
    struct board_error error;
    size_t count = 0;

    for (size_t i = 0; was_taken(board, i); i++)
        if (read_error(&board->slots[i], &error))
            count = insert(errors_out, count, most, &error);
    return count;
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
