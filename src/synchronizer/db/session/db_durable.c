/* Waits for the redo log in the cheapest way that the server allows: db_durable_make(). */
#include "db_durable.h"

#include <assert.h>

#include "db_query.h"
#include "db_tables.h"

static enum rc flush_by_procedure(struct db_session *s, struct fail *fail)
{
    enum rc rc = db_link_exec(&s->link, "CALL " DB_FLUSH_ROUTINE "()", fail);

    if (rc == RC_OK)
        s->base.counts.flushes_by_procedure++;
    return rc;
}

/* A COMMIT waits until all redo up to its own is on disk. It must change the row: one that does not
 * writes no redo. */
static enum rc flush_by_update(struct db_session *s, struct text owner, struct fail *fail)
{
    struct db_query query = db_query_fixed(s, STATEMENT_FLUSH_OWNER, "flush");
    bool flushed;
    enum rc rc;

    db_args_text(&query.args, owner);
    rc = db_query_change(&query, &flushed, fail);
    if (rc != RC_OK)
        return rc;
    if (!flushed)
        return fail_busy(fail, RC_RETRY, "flush: the owner's row is gone");
    s->base.counts.flushes_by_update++;
    return RC_OK;
}

enum rc db_durable_make(struct synchronizer *base, struct text owner, struct fail *fail)
{
    struct db_session *s = db_session_of(base);
    enum rc rc;

    assert(!s->link.in_transaction);
    if (s->link.mysql == NULL)
        return db_link_is_lost(fail);
    if (s->link.flush == DB_FLUSH_NONE)
        return RC_OK;
    if (s->link.flush == DB_FLUSH_PROCEDURE) {
        rc = flush_by_procedure(s, fail);
        if (rc == RC_OK || rc == RC_RETRY)
            return rc;
        s->link.flush = DB_FLUSH_UPDATE; /* until the next connection */
    }
    return flush_by_update(s, owner, fail);
}
