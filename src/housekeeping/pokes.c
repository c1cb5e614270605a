/* Pokes for what other SQL wrote: job_poke() looks through the outbox, page by page. It takes
 * nothing out: the first device that syncs does. */
#include "job.h"
#include "poke_ticket.h"

/* Owners of one step. */
#define PAGE ((size_t)500)

static void publish(struct housekeeping *h, struct text owner, int64_t clock)
{
    char channel[POKE_CHANNEL_LEN + 1];

    poke_channel(h->settings.poke.key, owner, channel);
    if (poke_publish(&h->publisher, channel, clock))
        h->stats->pokes++;
    else
        h->stats->pokes_failed++;
}

/* Each machine has its own listeners, but all have one webhook. */
void job_announce(struct housekeeping *h, struct text owner, int64_t clock)
{
    const struct poke_settings *poke = &h->settings.poke;

    if (poke->publish_path != NULL)
        publish(h, owner, clock);
    if (poke->webhook != NULL && h->elected)
        h->stats->webhook_lost += !poke_pipe_write(poke->webhook, owner, clock);
}

bool job_poke_is_wanted(const struct housekeeping *h)
{
    return h->settings.poke.publish_path != NULL || h->settings.poke.webhook != NULL;
}

enum rc job_poke(struct housekeeping *h, bool *more_out, struct fail *fail)
{
    struct waiting_list waiting;
    enum rc rc = outbox_walk_next(h, &h->poking, PAGE, &h->scratch, &waiting, fail);

    for (size_t i = 0; rc == RC_OK && i < waiting.count; i++)
        if (poked_is_new(&h->poked, waiting.items[i].owner, waiting.items[i].last_seq))
            /* The devices know of all clocks below next_clock: this one is news to each. */
            job_announce(h, waiting.items[i].owner, waiting.items[i].next_clock + 1);
    *more_out = rc == RC_OK && waiting.count == PAGE;
    return rc;
}
