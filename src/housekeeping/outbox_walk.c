/* Walks through the owners of the outbox in the order of their names, page by page:
 * outbox_walk_next(). A page is no snapshot: who comes before the place that was reached is met the
 * next time. */
#include "job.h"

enum rc outbox_walk_next(const struct housekeeping *h, struct outbox_walk *walk, size_t max,
                         struct arena *arena, struct waiting_list *waiting_out, struct fail *fail)
{
    struct synchronizer *s = h->settings.synchronizer;
    const struct text after = {walk->after, walk->after_len};
    enum rc rc = s->ops->changes->find_waiting(s, after, max, arena, waiting_out, fail);
    struct text last;

    if (rc != RC_OK)
        return rc;
    walk->after_len = 0;
    if (waiting_out->count < max)
        return RC_OK;
    last = waiting_out->items[max - 1].owner;
    if (last.len > sizeof(walk->after))
        return fail_fatal(fail, "the outbox names an owner of %zu bytes", last.len);
    memcpy(walk->after, last.ptr, last.len);
    walk->after_len = last.len;
    return RC_OK;
}
