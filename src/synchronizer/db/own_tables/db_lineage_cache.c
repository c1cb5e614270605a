/* A session's copy of the lineage: db_lineage_refresh(). */
#include "db_lineage_cache.h"

#include "clock.h"
#include "db_result.h"
#include "db_tables.h"

enum rc db_lineage_missing(struct fail *fail)
{
    return fail_fatal(fail, DB_LINEAGE_TABLE " has no row: run 'mobync schema --apply'");
}

static bool is_fresh(const struct db_session *s)
{
    const struct db_lineage_copy *copy = &s->lineage;

    return copy->generation == s->link.generation &&
           clock_monotonic_us() - copy->read_us < (int64_t)LINEAGE_FRESH_MS * 1000;
}

static enum rc take_copy(struct db_session *s, const struct db_result *result, struct fail *fail)
{
    struct db_lineage_copy *copy = &s->lineage;
    uint64_t epoch = 0, compared = 0;
    struct text id;

    if (result->rows == 0)
        return db_lineage_missing(fail);
    id = db_result_text(result, 0, 1);
    if (id.len == 0 || id.len > LINEAGE_ID_MAX_BYTES ||
        !text_to_uint(db_result_text(result, 0, 0), (uint64_t)LINEAGE_EPOCH_MAX, &epoch) ||
        !text_to_uint(db_result_text(result, 0, 2), (uint64_t)INT64_MAX, &compared))
        return fail_fatal(fail, "the row of " DB_LINEAGE_TABLE " is none that mobync wrote");
    copy->epoch = (int64_t)epoch;
    copy->compared = (int64_t)compared;
    copy->id_len = id.len;
    memcpy(copy->id, id.ptr, id.len);
    copy->generation = s->link.generation;
    return RC_OK;
}

enum rc db_lineage_refresh(struct db_session *s, struct fail *fail)
{
    /* Before it is read: what another session raises meanwhile is noticed in time. */
    const int64_t now_us = clock_monotonic_us();
    struct db_result result = {.rows = 0};
    enum rc rc;

    if (is_fresh(s))
        return RC_OK;
    rc = db_result_read(&s->link,
                        TEXT_LITERAL("SELECT epoch, lineage, generation FROM " DB_LINEAGE_TABLE
                                     " WHERE " DB_LINEAGE_NOW),
                        "read the lineage", db_session_scratch(s), &result, fail);
    if (rc == RC_OK)
        rc = take_copy(s, &result, fail);
    s->lineage.read_us = now_us;
    if (rc != RC_OK)
        db_lineage_forget(s);
    return rc;
}

void db_lineage_forget(struct db_session *s)
{
    s->lineage.generation = 0;
}

struct lineage db_lineage_cached(const struct db_session *s)
{
    return (struct lineage){s->lineage.epoch, {s->lineage.id, s->lineage.id_len}};
}

int64_t db_lineage_compared(const struct db_session *s)
{
    return s->lineage.compared;
}
