/* A list that is searched from one end to the other, which thousands of owners allow:
 * webhook_queue_put(), webhook_queue_take(), webhook_queue_done(). */
#include "webhook_queue.h"

#include <assert.h>
#include <stdlib.h>

#include "arena.h"

void webhook_queue_init(struct webhook_queue *queue)
{
    *queue = (struct webhook_queue){
        .entries = alloc_or_die(WEBHOOK_OWNERS_MAX * sizeof(struct webhook_entry *))};
}

void webhook_queue_release(struct webhook_queue *queue)
{
    for (size_t i = 0; i < queue->count; i++)
        free(queue->entries[i]);
    free(queue->entries);
    *queue = (struct webhook_queue){.count = 0};
}

static struct text owner_of(const struct poke_change *change)
{
    return (struct text){change->owner, change->owner_len};
}

static struct webhook_entry *find(const struct webhook_queue *queue,
                                  const struct poke_change *change, uint64_t hash)
{
    for (size_t i = 0; i < queue->count; i++)
        if (queue->entries[i]->hash == hash &&
            text_equal(owner_of(&queue->entries[i]->change), owner_of(change)))
            return queue->entries[i];
    return NULL;
}

static struct webhook_entry *add(struct webhook_queue *queue, const struct poke_change *change,
                                 uint64_t hash)
{
    struct webhook_entry *entry;

    if (queue->count == WEBHOOK_OWNERS_MAX)
        return NULL;
    entry = alloc_or_die(sizeof(*entry));
    *entry = (struct webhook_entry){.hash = hash, .told = -1, .change = *change};
    queue->entries[queue->count++] = entry;
    return entry;
}

bool webhook_queue_put(struct webhook_queue *queue, const struct poke_change *change,
                       int64_t now_us)
{
    const uint64_t hash = text_hash(owner_of(change), 0);
    struct webhook_entry *entry = find(queue, change, hash);

    if (entry == NULL && (entry = add(queue, change, hash)) == NULL)
        return false;
    if (change->clock <= entry->told || (entry->waits && change->clock <= entry->clock))
        return true;
    if (!entry->waits)
        entry->since_us = now_us;
    entry->waits = true;
    entry->clock = change->clock;
    return true;
}

size_t webhook_queue_waiting(const struct webhook_queue *queue)
{
    size_t waiting = 0;

    for (size_t i = 0; i < queue->count; i++)
        waiting += queue->entries[i]->waits || queue->entries[i]->in_flight;
    return waiting;
}

static bool is_ready(const struct webhook_entry *entry)
{
    return entry->waits && !entry->in_flight;
}

static struct webhook_entry *first_due(const struct webhook_queue *queue)
{
    struct webhook_entry *first = NULL;

    for (size_t i = 0; i < queue->count; i++)
        if (is_ready(queue->entries[i]) &&
            (first == NULL || queue->entries[i]->due_us < first->due_us))
            first = queue->entries[i];
    return first;
}

int64_t webhook_queue_due_us(const struct webhook_queue *queue)
{
    const struct webhook_entry *first = first_due(queue);

    if (first == NULL || (queue->failures > 0 && queue->in_flight > 0))
        return INT64_MAX;
    return first->due_us > queue->away_until_us ? first->due_us : queue->away_until_us;
}

struct webhook_entry *webhook_queue_take(struct webhook_queue *queue, int64_t now_us)
{
    struct webhook_entry *entry = first_due(queue);

    if (entry == NULL || webhook_queue_due_us(queue) > now_us)
        return NULL;
    entry->waits = false;
    entry->in_flight = true;
    entry->told = entry->clock;
    entry->change.clock = entry->clock;
    queue->in_flight++;
    return entry;
}

static int64_t retry_us(unsigned failures)
{
    int64_t wait_us = WEBHOOK_RETRY_FIRST_US;

    while (--failures > 0 && wait_us < WEBHOOK_RETRY_LAST_US)
        wait_us *= 2;
    return wait_us < WEBHOOK_RETRY_LAST_US ? wait_us : WEBHOOK_RETRY_LAST_US;
}

/* What the response asks for, within reason. */
static int64_t longer(int64_t own_us, int64_t asked_us)
{
    if (asked_us > WEBHOOK_WAIT_MOST_US)
        asked_us = WEBHOOK_WAIT_MOST_US;
    return asked_us > own_us ? asked_us : own_us;
}

/* A change that came meanwhile is told with the next attempt, in the place of this one. */
static void fail_entry(struct webhook_entry *entry, int64_t wait_us, int64_t now_us)
{
    if (!entry->waits)
        entry->clock = entry->change.clock;
    entry->waits = true;
    entry->told = -1;
    entry->failures++;
    entry->due_us = now_us + longer(retry_us(entry->failures), wait_us);
}

void webhook_queue_done(struct webhook_queue *queue, struct webhook_entry *entry,
                        enum webhook_outcome outcome, int64_t wait_us, int64_t now_us)
{
    assert(entry->in_flight && queue->in_flight > 0);
    entry->in_flight = false;
    queue->in_flight--;
    if (outcome == WEBHOOK_AWAY) {
        queue->failures++;
        queue->away_until_us = now_us + longer(retry_us(queue->failures), wait_us);
        fail_entry(entry, wait_us, now_us);
        return;
    }
    queue->failures = 0;
    queue->away_until_us = 0;
    entry->failures = 0;
    entry->since_us = now_us;
    entry->due_us = now_us + WEBHOOK_GAP_US;
}

static bool is_over(const struct webhook_entry *entry, int64_t now_us)
{
    if (entry->in_flight)
        return false;
    return entry->waits ? now_us - entry->since_us >= WEBHOOK_GIVE_UP_US : now_us >= entry->due_us;
}

size_t webhook_queue_clean(struct webhook_queue *queue, int64_t now_us)
{
    size_t kept = 0, lost = 0;

    for (size_t i = 0; i < queue->count; i++) {
        struct webhook_entry *entry = queue->entries[i];

        if (!is_over(entry, now_us)) {
            queue->entries[kept++] = entry;
            continue;
        }
        lost += entry->waits;
        free(entry);
    }
    queue->count = kept;
    return lost;
}
