/* The operations table of synchronizer.h: db_synchronizer_new(). Only what begins and ends a
 * transaction is here; the rest lies in the files below, none of which knows this one. */
#include "db_synchronizer.h"

#include <assert.h>
#include <stdlib.h>

#include "db_changes.h"
#include "db_compact.h"
#include "db_diffs.h"
#include "db_durable.h"
#include "db_elect.h"
#include "db_history.h"
#include "db_history_part.h"
#include "db_history_size.h"
#include "db_inspect.h"
#include "db_known.h"
#include "db_lineage.h"
#include "db_lineage_cache.h"
#include "db_objects.h"
#include "db_owner_data.h"
#include "db_owner_moves.h"
#include "db_owners.h"
#include "db_rejects.h"
#include "db_tokens.h"
#include "db_touched.h"

struct begin_context {
    struct text owner;
    int64_t *clock_out;
};

static enum rc try_begin(struct db_session *s, void *context, struct fail *fail)
{
    const struct begin_context *begin = context;
    enum rc rc = db_session_open(s, fail);

    if (rc == RC_OK)
        rc = db_lineage_refresh(s, fail);
    if (rc == RC_OK)
        rc = db_session_transact(s, fail);
    return rc == RC_OK ? db_owners_lock(s, begin->owner, begin->clock_out, fail) : rc;
}

static enum rc begin(struct synchronizer *base, struct text owner, int64_t *clock_out,
                     struct fail *fail)
{
    struct db_session *s = db_session_of(base);
    struct begin_context context = {.owner = owner, .clock_out = clock_out};

    assert(!s->link.in_transaction);
    return db_session_first(s, try_begin, &context, fail);
}

static enum rc start_snapshot(struct db_link *link, struct fail *fail)
{
    enum rc rc = db_link_exec(link, "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ", fail);

    if (rc == RC_OK)
        rc = db_link_exec(link, "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY", fail);
    /* The level would stay for the next transaction, whatever that is. */
    if (rc != RC_OK)
        db_link_close(link);
    return rc;
}

static enum rc try_begin_snapshot(struct db_session *s, void *context, struct fail *fail)
{
    const struct begin_context *begin = context;
    enum rc rc = db_session_open(s, fail);

    if (rc == RC_OK)
        rc = start_snapshot(&s->link, fail);
    if (rc != RC_OK)
        return rc;
    s->link.in_transaction = s->in_snapshot = true;
    return db_owners_clock(s, begin->owner, begin->clock_out, fail);
}

static enum rc begin_snapshot(struct synchronizer *base, struct text owner, int64_t *next_clock_out,
                              struct fail *fail)
{
    struct db_session *s = db_session_of(base);
    struct begin_context context = {.owner = owner, .clock_out = next_clock_out};

    assert(!s->link.in_transaction);
    return db_session_first(s, try_begin_snapshot, &context, fail);
}

static enum rc commit(struct synchronizer *base, struct fail *fail)
{
    return db_session_commit(db_session_of(base), fail);
}

static void rollback(struct synchronizer *base)
{
    db_session_rollback(db_session_of(base));
}

/* A name that is taken already moves to here. */
static enum rc mark(struct synchronizer *base, struct fail *fail)
{
    return db_session_exec(db_session_of(base), "SAVEPOINT mobync", fail);
}

static enum rc rewind_to_mark(struct synchronizer *base, struct fail *fail)
{
    return db_session_exec(db_session_of(base), "ROLLBACK TO SAVEPOINT mobync", fail);
}

static enum rc try_ping(struct db_session *s, void *context, struct fail *fail)
{
    (void)context;
    return db_session_ping(s, fail);
}

static enum rc ping(struct synchronizer *base, struct fail *fail)
{
    return db_session_first(db_session_of(base), try_ping, NULL, fail);
}

/* A row that is deleted softly was there, whatever the diffs know of it. */
static enum rc find_deleted(struct synchronizer *base, struct owner_model of, struct id_list ids,
                            bool *deleted_out, struct fail *fail)
{
    return model_deletes_softly(of.model)
               ? db_objects_find_deleted(db_session_of(base), of, ids, deleted_out, fail)
               : RC_OK;
}

static enum rc find_past(struct synchronizer *base, struct owner_model of, struct id_list ids,
                         struct object_past *past_out, struct fail *fail)
{
    struct arena arena;
    bool *deleted;
    enum rc rc = db_diffs_find_past(base, of, ids, past_out, fail);

    arena_init(&arena);
    deleted = ARENA_ARRAY(&arena, ids.count, bool);
    if (rc == RC_OK)
        rc = find_deleted(base, of, ids, deleted, fail);
    for (size_t i = 0; rc == RC_OK && i < ids.count; i++)
        if (deleted[i])
            past_out[i] = (struct object_past){.existed = true, .deleted = true};
    arena_release(&arena);
    return rc;
}

static enum rc find_existing(struct synchronizer *base, struct owner_model of, struct id_list ids,
                             bool *existed_out, struct fail *fail)
{
    struct arena arena;
    bool *deleted;
    enum rc rc = db_diffs_find_existing(base, of, ids, existed_out, fail);

    arena_init(&arena);
    deleted = ARENA_ARRAY(&arena, ids.count, bool);
    if (rc == RC_OK)
        rc = find_deleted(base, of, ids, deleted, fail);
    for (size_t i = 0; rc == RC_OK && i < ids.count; i++)
        existed_out[i] |= deleted[i];
    arena_release(&arena);
    return rc;
}

static const struct synchronizer_ops OPS = {
    .begin = begin,
    .fork = db_lineage_fork,
    .find_fork = db_lineage_find_fork,
    .commit = commit,
    .rollback = rollback,
    .make_durable = db_durable_make,
    .read_history = db_history_read,
    .read_object_history = db_history_read_object,
    .begin_snapshot = begin_snapshot,
    .read_history_part = db_history_read_part,
    .find_touched = db_touched_find,
    .has_ids = db_touched_has_ids,
    .read_push = db_history_read_push,
    .find_past = find_past,
    .find_existing = find_existing,
    .read = db_objects_read,
    .read_settled = db_objects_read_settled,
    .create = db_objects_create,
    .update = db_objects_update,
    .remove = db_objects_remove,
    .validate = db_objects_validate,
    .append = db_diffs_append,
    .remember = db_known_remember,
    .put_rejects = db_rejects_put,
    .find_rejects = db_rejects_find,
    .take_reject = db_rejects_take,
    .mark = mark,
    .rewind = rewind_to_mark,
    .ping = ping,
    .elect = db_elect,
    .measure_history = db_history_size_measure,
    .rejects = &DB_REJECTS_OPS,
    .tokens = &DB_TOKENS_OPS,
    .inspect = &DB_INSPECT_OPS,
    .lineages = &DB_LINEAGE_OPS,
    .changes = &DB_CHANGES_OPS,
    .owner_data = &DB_OWNER_DATA_OPS,
    .owner_moves = &DB_OWNER_MOVES_OPS,
    .compaction = &DB_COMPACTION_OPS,
};

struct synchronizer *db_synchronizer_new(const struct db_settings *settings)
{
    struct db_session *s = alloc_or_die(sizeof(*s));

    db_session_init(s, settings, &OPS);
    return &s->base;
}

void db_synchronizer_free(struct synchronizer *base)
{
    struct db_session *s = db_session_of(base);

    if (s == NULL)
        return;
    db_session_release(s);
    free(s);
}
