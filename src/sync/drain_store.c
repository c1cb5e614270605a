/* Stores the diffs of a drain.
 * Entry:     drain_store_append().
 * Invariant: a drain without a diff takes no clock. */
#include "drain_store.h"

struct drain_store drain_store_of(struct synchronizer *s, struct text owner, int64_t next_clock,
                                  int64_t epoch)
{
    const int64_t base = lineage_base(epoch);

    return (struct drain_store){
        .s = s,
        .owner = owner,
        .head = next_clock,
        .clock = next_clock > base ? next_clock : base, /* mutant: drain_before_the_base */
    };
}

/* The owner's first clock since the database was set back lies behind a gap. */
static enum rc note_fork(const struct drain_store *store, struct fail *fail)
{
    const struct fork fork = {.head = store->head, .base = store->clock};

    if (store->clock > store->head) /* mutant: drain_forks_unsaid */
        return store->s->ops->fork(store->s, store->owner, &fork, fail);
    return RC_OK;
}

enum rc drain_store_take_clock(struct drain_store *store, struct fail *fail)
{
    enum rc rc;

    if (store->taken)
        return RC_OK;
    rc = store->s->ops->changes->take_clock(store->s, store->owner, store->clock, fail);
    if (rc == RC_OK)
        rc = note_fork(store, fail);
    store->taken = true;
    return rc;
}

enum rc drain_store_append(struct drain_store *store, const struct diff *diffs, size_t count,
                           struct arena *arena, struct fail *fail)
{
    const struct diff **items = ARENA_ARRAY(arena, count, const struct diff *);
    enum rc rc;

    if (count == 0)
        return RC_OK;
    for (size_t i = 0; i < count; i++)
        items[i] = &diffs[i];
    rc = drain_store_take_clock(store, fail);
    if (rc == RC_OK)
        rc = store->s->ops->append(store->s, store->owner, items, count, fail);
    store->count += count;
    return rc;
}
