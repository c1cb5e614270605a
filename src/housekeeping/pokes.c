/* Pokes for what other SQL wrote: job_poke() looks through the outbox, page by page. It takes
 * nothing out: the first device that syncs does. */
#include "job.h"
#include "poke_ticket.h"

/* Owners of one step. */
#define PAGE ((size_t)500)

/* The devices know of all clocks below next_clock: this one is news to each. */
static void poke(struct housekeeping *h, const struct waiting_owner *waiting)
{
    char channel[POKE_CHANNEL_LEN + 1];

    poke_channel(h->settings.poke.key, waiting->owner, channel);
    if (poke_publish(&h->publisher, channel, waiting->next_clock + 1))
        h->stats->pokes++;
    else
        h->stats->pokes_failed++;
}

bool job_poke_is_wanted(const struct housekeeping *h)
{
    return h->settings.poke.publish_path != NULL;
}

enum rc job_poke(struct housekeeping *h, bool *more_out, struct fail *fail)
{
    struct waiting_list waiting;
    enum rc rc = outbox_walk_next(h, &h->poking, PAGE, &h->scratch, &waiting, fail);

    for (size_t i = 0; rc == RC_OK && i < waiting.count; i++)
        if (poked_is_new(&h->poked, waiting.items[i].owner, waiting.items[i].last_seq))
            poke(h, &waiting.items[i]);
    *more_out = rc == RC_OK && waiting.count == PAGE;
    return rc;
}
