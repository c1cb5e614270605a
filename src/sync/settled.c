/* Reads what is untold of nothing: settled_read(). Without locks, as long as other SQL leaves time
 * between a drain and the snapshot behind it; in the end within the drain's own transaction. */
#include "settled.h"

#define TRIES 3u

/* *read_out: the snapshot was settled. */
static enum rc read_snapshot(const struct settled_query *query, bool *read_out, struct fail *fail)
{
    const struct drain_job *job = query->job;
    const struct synchronizer_ops *ops = job->s->ops;
    bool behind = false;
    int64_t next_clock;
    enum rc rc = ops->begin_snapshot(job->s, job->owner, &next_clock, fail);

    if (rc == RC_OK && !query->undrained)
        rc = ops->changes->behind(job->s, job->owner, &behind, fail);
    *read_out = rc == RC_OK && !behind; /* mutant: unsettled_rows */
    if (*read_out)
        rc = query->read(query->context, next_clock, fail);
    ops->rollback(job->s);
    return rc;
}

enum rc settled_read(const struct settled_query *query, struct fail *fail)
{
    struct drain_job locked = *query->job;
    bool settled = false;
    enum rc rc = RC_OK;

    for (unsigned i = 0; rc == RC_OK && !settled && i < TRIES; i++) {
        if (i > 0)
            rc = drain_owner(query->job, fail);
        if (rc == RC_OK)
            rc = read_snapshot(query, &settled, fail);
    }
    if (rc != RC_OK || settled)
        return rc;
    locked.last = query->read;
    locked.context = query->context;
    return drain_owner(&locked, fail);
}
