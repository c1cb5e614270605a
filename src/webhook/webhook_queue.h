/* webhook_queue.h: of whom the webhook is to be told, and when.
 * Pure:    the caller says what time it is.
 * Owns:    webhook_queue_init() allocates what webhook_queue_release() gives back.
 * Units:   _us microseconds, as clock_monotonic_us().
 * Fails:   webhook_queue_put() is false where there is no room.
 * Holds:   an owner is there once, with the highest clock; of one owner one call is in flight at
 *          most, and from one to the next passes WEBHOOK_GAP_US. After a failure one call at a time
 *          is tried, less and less often, until one succeeds. */
#ifndef MOBYNC_WEBHOOK_QUEUE_H
#define MOBYNC_WEBHOOK_QUEUE_H

#include "attributes.h"
#include "poke_pipe.h"

#define WEBHOOK_OWNERS_MAX ((size_t)8192)
/* Several pushes of a device are one call. */
#define WEBHOOK_GAP_US ((int64_t)1000 * 1000)
/* A call that failed is made again after 1 s, 2 s, 4 s, … and at last every minute, or when the
 * response says, … */
#define WEBHOOK_RETRY_FIRST_US ((int64_t)1000 * 1000)
#define WEBHOOK_RETRY_LAST_US  ((int64_t)60 * 1000 * 1000)
#define WEBHOOK_WAIT_MOST_US   ((int64_t)600 * 1000 * 1000)
/* … for an hour. */
#define WEBHOOK_GIVE_UP_US ((int64_t)3600 * 1000 * 1000)

struct webhook_entry {
    uint64_t hash;
    int64_t clock;    /* to be told */
    int64_t told;     /* before; -1: none */
    int64_t due_us;   /* not before */
    int64_t since_us; /* when the change that waits for longest came */
    unsigned failures;
    bool waits;
    bool in_flight;
    struct poke_change change; /* of which the owner counts; as a call took it, the clock */
};

struct webhook_queue {
    struct webhook_entry **entries;
    size_t count;
    size_t in_flight;
    unsigned failures; /* of calls, one after the other */
    int64_t away_until_us;
};

enum webhook_outcome {
    WEBHOOK_DELIVERED,
    WEBHOOK_AWAY,    /* try again */
    WEBHOOK_REFUSED, /* to try again is no use */
};

void webhook_queue_init(struct webhook_queue *queue);
void webhook_queue_release(struct webhook_queue *queue);

bool webhook_queue_put(struct webhook_queue *queue, const struct poke_change *change,
                       int64_t now_us);

/* Owners who wait, or are in flight. */
size_t webhook_queue_waiting(const struct webhook_queue *queue);

/* The next call to make, which is in flight then; NULL: none is due. Lives until it is done. */
struct webhook_entry *webhook_queue_take(struct webhook_queue *queue, int64_t now_us);
/* When the next one is due; INT64_MAX: never, as it is. */
int64_t webhook_queue_due_us(const struct webhook_queue *queue);

/* wait_us: what the response asks for, or 0. */
void webhook_queue_done(struct webhook_queue *queue, struct webhook_entry *entry,
                        enum webhook_outcome outcome, int64_t wait_us, int64_t now_us);

/* Forgets who was told long ago, and gives up what has waited for too long: how many. */
size_t webhook_queue_clean(struct webhook_queue *queue, int64_t now_us);

#endif
