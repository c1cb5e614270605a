/* Drains the outbox of owners who do not sync: job_drain(). A step finds some of them, or drains
 * one. */
#include "clock.h"
#include "job.h"
#include "sync.h"

/* Owners of one step that looks for them. */
#define PAGE ((size_t)500)
/* Devices that are in use sync every minute, and several changes of a row before that are one
 * diff: so what is younger waits. */
#define AGE_MS ((int64_t)5 * 60 * 1000)

static enum rc find_aged(struct housekeeping *h, bool *more_out, struct fail *fail)
{
    const int64_t now_ms = clock_now_ms();
    struct waiting_list waiting;
    enum rc rc;

    arena_clear(&h->aged_arena);
    h->aged = (struct waiting_list){.count = 0};
    h->aged_done = 0;
    rc = outbox_walk_next(h, &h->draining, PAGE, &h->aged_arena, &waiting, fail);
    if (rc != RC_OK)
        return rc;
    h->aged.items = waiting.items;
    for (size_t i = 0; i < waiting.count; i++)
        if (now_ms - waiting.items[i].oldest_ms >= AGE_MS)
            h->aged.items[h->aged.count++] = waiting.items[i];
    h->aged_last = waiting.count < PAGE;
    *more_out = h->aged.count > 0 || !h->aged_last;
    return RC_OK;
}

/* Whatever becomes of it, the next step goes on with the next owner: one must not stop all. */
static enum rc drain(struct housekeeping *h, struct fail *fail)
{
    const struct text owner = h->aged.items[h->aged_done++].owner;
    struct sync_drained drained;
    enum rc rc = sync_drain(h->settings.synchronizer, owner, h->stats, &h->scratch, &drained, fail);

    if (rc != RC_OK)
        return rc;
    h->stats->housekeeping_owners++;
    if (drained
            .moved) /* as a worker does after a sync: one of the devices may listen all the same */
        job_announce(h, owner, drained.next_clock);
    return RC_OK;
}

enum rc job_drain(struct housekeeping *h, bool *more_out, struct fail *fail)
{
    enum rc rc;

    if (h->aged_done == h->aged.count)
        return find_aged(h, more_out, fail);
    rc = drain(h, fail);
    *more_out = h->aged_done < h->aged.count || !h->aged_last;
    return rc;
}
