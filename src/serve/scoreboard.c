/* The shared memory behind scoreboard.h: relaxed atomics, one writer a slot, no lock that a process
 * could die with. */
#include "scoreboard.h"

#include <assert.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "arena.h"
#include "clock.h"

_Static_assert(ATOMIC_LLONG_LOCK_FREE == 2, "a lock could be held by a process that dies");
_Static_assert(sizeof(struct scoreboard_slot) % SCOREBOARD_CACHE_LINE == 0,
               "slots share no cache line");

_Static_assert(sizeof(struct scoreboard_error) % sizeof(uint64_t) == 0, "kept word by word");

#define STAGE_BITS  3u
#define STAGE_MASK  ((1u << STAGE_BITS) - 1u)
#define ERROR_TRIES 3u

static const struct {
    bool busy;
    bool timed;
} STAGES[STAGE_MASK + 1u] = {
    [STATS_READING] = {.busy = true, .timed = true},
    [STATS_HANDLING] = {.busy = true, .timed = true},
    [STATS_REPLYING] = {.busy = true, .timed = true},
    [STATS_LEAVING] = {.timed = true},
};

static uint64_t load(const _Atomic uint64_t *word)
{
    return atomic_load_explicit(word, memory_order_relaxed);
}

/* Besides those of workers. */
#define OWN_SLOTS ((size_t)3)

static size_t mapped_bytes(size_t slot_count)
{
    return (slot_count + OWN_SLOTS) * sizeof(struct scoreboard_slot);
}

bool scoreboard_init(struct scoreboard *scoreboard, size_t slot_count)
{
    struct scoreboard_slot *shared = mmap(NULL, mapped_bytes(slot_count), PROT_READ | PROT_WRITE,
                                          MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    if (shared == MAP_FAILED)
        return false;
    *scoreboard = (struct scoreboard){
        .slots = shared + OWN_SLOTS,
        .master = shared,
        .housekeeper = shared + 1,
        .notifier = shared + 2,
        .slot_count = slot_count,
    };
    id_random_bytes(scoreboard->owner_key, sizeof(scoreboard->owner_key));
    scoreboard->taken = alloc_or_die(slot_count * sizeof(*scoreboard->taken));
    memset(scoreboard->taken, 0, slot_count * sizeof(*scoreboard->taken));
    return true;
}

void scoreboard_release(struct scoreboard *scoreboard)
{
    free(scoreboard->taken);
    munmap(scoreboard->master, mapped_bytes(scoreboard->slot_count));
    *scoreboard = (struct scoreboard){0};
}

struct scoreboard_slot *scoreboard_take(struct scoreboard *scoreboard)
{
    for (size_t i = 0; i < scoreboard->slot_count; i++) {
        if (scoreboard->taken[i])
            continue;
        scoreboard->taken[i] = true;
        scoreboard_vacate(&scoreboard->slots[i]); /* was_taken() knows it by this */
        return &scoreboard->slots[i];
    }
    return NULL;
}

size_t scoreboard_index(const struct scoreboard *scoreboard, const struct scoreboard_slot *slot)
{
    assert(slot >= scoreboard->slots && slot < scoreboard->slots + scoreboard->slot_count);
    return (size_t)(slot - scoreboard->slots);
}

void scoreboard_give_back(struct scoreboard *scoreboard, struct scoreboard_slot *slot)
{
    scoreboard_vacate(slot);
    scoreboard_set_drain(slot, false);
    scoreboard->taken[scoreboard_index(scoreboard, slot)] = false;
}

void scoreboard_vacate(struct scoreboard_slot *slot)
{
    scoreboard_leave_owner(slot);
    scoreboard_enter(slot, STATS_VACANT);
}

void scoreboard_enter(struct scoreboard_slot *slot, enum stats_stage stage)
{
    uint64_t word = (uint64_t)clock_monotonic_us() << STAGE_BITS | (uint64_t)stage;

    atomic_store_explicit(&slot->stage_and_since, word, memory_order_relaxed);
}

struct scoreboard_state scoreboard_look(const struct scoreboard_slot *slot)
{
    uint64_t word = load(&slot->stage_and_since);

    return (struct scoreboard_state){.stage = (enum stats_stage)(word & STAGE_MASK),
                                     .since_us = (int64_t)(word >> STAGE_BITS)};
}

bool scoreboard_is_busy(enum stats_stage stage)
{
    return STAGES[stage & STAGE_MASK].busy;
}

bool scoreboard_is_timed(enum stats_stage stage)
{
    return STAGES[stage & STAGE_MASK].timed;
}

/* The slot has one writer: load and store need not be one step. Most of what an exchange could
 * count is zero. */
void scoreboard_count(struct scoreboard_slot *slot, const struct stats *more)
{
    const uint64_t *numbers = (const uint64_t *)more;

    for (size_t i = 0; i < STATS_NUMBERS; i++)
        if (numbers[i] != 0)
            scoreboard_set(slot, i, stats_combine(i, load(&slot->numbers[i]), numbers[i]));
}

void scoreboard_set(struct scoreboard_slot *slot, size_t place, uint64_t value)
{
    assert(place < STATS_NUMBERS);
    atomic_store_explicit(&slot->numbers[place], value, memory_order_relaxed);
}

static void add_numbers(const struct scoreboard_slot *slot, struct stats *into)
{
    uint64_t *numbers = (uint64_t *)into;

    for (size_t i = 0; i < STATS_NUMBERS; i++)
        numbers[i] = stats_combine(i, numbers[i], load(&slot->numbers[i]));
}

uint64_t scoreboard_number(const struct scoreboard_slot *slot, size_t place)
{
    return load(&slot->numbers[place]);
}

uint64_t scoreboard_requests(const struct scoreboard_slot *slot)
{
    struct stats stats = {0};

    add_numbers(slot, &stats);
    return stats_requests(&stats);
}

/* What is behind the last slot ever taken is not even looked at: it would become real memory. */
static bool was_taken(const struct scoreboard *scoreboard, size_t index)
{
    return index < scoreboard->slot_count && load(&scoreboard->slots[index].stage_and_since) != 0;
}

static size_t slots_of_owner(const struct scoreboard *scoreboard, uint64_t owner)
{
    size_t count = 0;

    for (size_t i = 0; was_taken(scoreboard, i); i++)
        count += load(&scoreboard->slots[i].owner) == owner;
    return count;
}

/* First told, then counted, with the fence between: of any that come in the same moment, the last
 * to tell sees all others. That all of them may be refused is no harm: a refused request changes
 * nothing and comes again. An order among them would take a lock, which could die with its holder.
 */
bool scoreboard_enter_owner(const struct scoreboard *scoreboard, struct scoreboard_slot *slot,
                            struct text owner, size_t most)
{
    const uint64_t word = id_hash_of(scoreboard->owner_key, owner) | 1; /* never 0 */

    atomic_store_explicit(&slot->owner, word, memory_order_relaxed);
    atomic_thread_fence(memory_order_seq_cst);
    if (slots_of_owner(scoreboard, word) <= most)
        return true;
    scoreboard_leave_owner(slot);
    return false;
}

void scoreboard_leave_owner(struct scoreboard_slot *slot)
{
    atomic_store_explicit(&slot->owner, 0, memory_order_relaxed);
}

void scoreboard_sum(const struct scoreboard *scoreboard, struct stats *sum_out)
{
    *sum_out = (struct stats){0};
    add_numbers(scoreboard->master, sum_out);
    add_numbers(scoreboard->housekeeper, sum_out);
    add_numbers(scoreboard->notifier, sum_out);
    for (size_t i = 0; was_taken(scoreboard, i); i++) {
        const size_t stage = scoreboard_look(&scoreboard->slots[i]).stage;

        add_numbers(&scoreboard->slots[i], sum_out);
        sum_out->workers[stage < STATS_STAGES ? stage : STATS_VACANT]++;
    }
}

/* Odd while it is not whole: a reader that meets such a version, or another one after reading than
 * before, has read nothing. One that died in between is made even again by its successor. */
void scoreboard_note_error(struct scoreboard_slot *slot, const struct scoreboard_error *error)
{
    const uint64_t odd = load(&slot->error_version) | 1;
    uint64_t words[SCOREBOARD_ERROR_WORDS];

    memcpy(words, error, sizeof(words));
    atomic_store_explicit(&slot->error_version, odd, memory_order_relaxed);
    atomic_thread_fence(memory_order_release);
    for (size_t i = 0; i < SCOREBOARD_ERROR_WORDS; i++)
        atomic_store_explicit(&slot->error[i], words[i], memory_order_relaxed);
    atomic_store_explicit(&slot->error_version, odd + 1, memory_order_release);
}

static bool read_error(const struct scoreboard_slot *slot, struct scoreboard_error *error_out)
{
    uint64_t words[SCOREBOARD_ERROR_WORDS];

    for (unsigned tries = 0; tries < ERROR_TRIES; tries++) {
        const uint64_t before = atomic_load_explicit(&slot->error_version, memory_order_acquire);

        for (size_t i = 0; i < SCOREBOARD_ERROR_WORDS; i++)
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
static size_t insert(struct scoreboard_error *errors, size_t count, size_t most,
                     const struct scoreboard_error *error)
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

size_t scoreboard_errors(const struct scoreboard *scoreboard, struct scoreboard_error *errors_out,
                         size_t most)
{
    struct scoreboard_error error;
    size_t count = 0;

    for (size_t i = 0; was_taken(scoreboard, i); i++)
        if (read_error(&scoreboard->slots[i], &error))
            count = insert(errors_out, count, most, &error);
    return count;
}

void scoreboard_set_drain(struct scoreboard_slot *slot, bool drain)
{
    /* Seen by the worker when it gets the TERM that follows: a system call on both sides. */
    atomic_store_explicit(&slot->drain, drain, memory_order_release);
}

bool scoreboard_drain(const struct scoreboard_slot *slot)
{
    return atomic_load_explicit(&slot->drain, memory_order_acquire);
}
