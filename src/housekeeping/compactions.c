/* Folds old diffs: job_compact(). A round walks once over all owners; a step looks at some of them,
 * or takes one step of one. Nothing else bounds what is kept, and nothing depends on it. */
#include "clock.h"
#include "job.h"

/* Owners of one step that looks at them: one look at an index each. */
#define PAGE ((size_t)100)
/* A sync of the same owner waits for a step at most: the number of diffs follows its time. */
#define STEP_LEAST_DIFFS ((size_t)16)
#define STEP_FIRST_DIFFS ((size_t)128)
#define STEP_MOST_DIFFS  ((size_t)2048)
#define STEP_SHORT_US    ((int64_t)15 * 1000)
#define STEP_LONG_US     ((int64_t)40 * 1000)

#define MS ((int64_t)1000)

void compaction_walk_init(struct compaction_walk *walk)
{
    *walk = (struct compaction_walk){.step_diffs = STEP_FIRST_DIFFS};
    arena_init(&walk->arena);
}

bool job_compact_is_wanted(const struct housekeeping *h)
{
    return h->settings.history.keep_ms != COMPACTION_FOREVER;
}

static enum rc keep_place(struct compaction_walk *walk, struct text last, struct fail *fail)
{
    if (last.len > sizeof(walk->after))
        return fail_fatal(fail, "an owner of %zu bytes is stored", last.len);
    memcpy(walk->after, last.ptr, last.len);
    walk->after_len = last.len;
    return RC_OK;
}

static void end_walk(struct housekeeping *h)
{
    struct compaction_walk *walk = &h->compacting;

    h->report->oldest_s = walk->oldest_s;
    h->report->overdue_s = walk->overdue_s;
    h->stats->compaction_walks++;
    walk->found = (struct compactable_list){.count = 0};
    walk->done = 0;
    walk->oldest_s = walk->overdue_s = 0;
}

static enum rc find_compactable(struct housekeeping *h, struct fail *fail)
{
    struct synchronizer *s = h->settings.synchronizer;
    struct compaction_walk *walk = &h->compacting;
    const struct compaction_query query = {
        .after = {walk->after, walk->after_len},
        .max = PAGE,
        .keep_ms = h->settings.history.keep_ms,
        .deletes_ms = h->settings.history.deletes_ms,
    };
    struct compactable_list found;
    enum rc rc;

    arena_clear(&walk->arena);
    walk->found = (struct compactable_list){.count = 0};
    walk->done = 0;
    rc = s->ops->compaction->find_compactable(s, &query, &walk->arena, &found, fail);
    if (rc == RC_OK)
        rc = keep_place(walk, found.more ? found.last : TEXT_LITERAL(""), fail);
    if (rc != RC_OK)
        return rc;
    walk->found = found;
    if (walk->oldest_s < found.oldest_s)
        walk->oldest_s = found.oldest_s;
    return RC_OK;
}

static void count(struct stats *stats, const struct compacted *compacted)
{
    stats->compacted_diffs += compacted->diffs;
    stats->compacted_ids += compacted->ids;
    stats->compacted_tombstones += compacted->tombstones;
}

/* Diffs of models that are not mapped are old, too, but are never folded. */
static void note_overdue(struct housekeeping *h, const struct compactable *of,
                         const struct compacted *compacted)
{
    const int64_t overdue_s = of->oldest_s - h->settings.history.keep_ms / MS;

    if (compacted->diffs > 0 && overdue_s > h->compacting.overdue_s)
        h->compacting.overdue_s = overdue_s;
}

static void fit_step(struct compaction_walk *walk, int64_t took_us)
{
    if (took_us > STEP_LONG_US && walk->step_diffs > STEP_LEAST_DIFFS)
        walk->step_diffs /= 2;
    else if (took_us < STEP_SHORT_US && walk->step_diffs < STEP_MOST_DIFFS)
        walk->step_diffs *= 2;
}

/* Whoever fails has another chance in the next round: one must not stop all. */
static enum rc compact(struct housekeeping *h, struct fail *fail)
{
    struct synchronizer *s = h->settings.synchronizer;
    struct compaction_walk *walk = &h->compacting;
    const struct compactable *of = &walk->found.items[walk->done];
    const struct compaction job = {.owner = of->owner, .to = of->to, .max = walk->step_diffs};
    const int64_t begun_us = clock_monotonic_us();
    struct compacted compacted = {.more = false};
    enum rc rc = s->ops->compaction->compact(s, &job, &compacted, fail);

    walk->done += rc != RC_OK || !compacted.more;
    if (rc != RC_OK)
        return rc;
    count(h->stats, &compacted);
    note_overdue(h, of, &compacted);
    if (compacted.more)
        fit_step(walk, clock_monotonic_us() - begun_us);
    return RC_OK;
}

enum rc job_compact(struct housekeeping *h, bool *more_out, struct fail *fail)
{
    struct compaction_walk *walk = &h->compacting;
    const bool was_last = walk->found.count > 0 && !walk->found.more;
    enum rc rc = RC_OK;

    *more_out = true;
    if (walk->done < walk->found.count)
        return compact(h, fail);
    if (!was_last)
        rc = find_compactable(h, fail);
    if (rc != RC_OK)
        return rc;
    *more_out = !was_last && (walk->found.count > 0 || walk->found.more);
    if (!*more_out)
        end_walk(h);
    return RC_OK;
}
