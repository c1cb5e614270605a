#include "db_synchronizer.h"

#include <assert.h>
#include <stdlib.h>

#include "db_session.h"

#define SQL_MAX_BYTES ((size_t)1024 * 1024)

enum rc db_session_open(struct db_session *s, struct fail *fail)
{
    enum rc rc = db_link_open(&s->link, fail);

    s->base.connects = s->link.connects;
    s->base.failed_connects = s->link.failed_connects;
    if (rc != RC_OK || s->relations_generation == s->link.generation)
        return rc;
    return db_relations_read(s, fail);
}

enum rc db_session_first(struct db_session *s, db_attempt *attempt, void *context,
                         struct fail *fail)
{
    const bool idle_link = s->link.mysql != NULL && !s->in_transaction;
    enum rc rc = attempt(s, context, fail);

    if (rc == RC_RETRY && idle_link && s->link.mysql == NULL) {
        s->in_transaction = s->in_snapshot = false;
        rc = attempt(s, context, fail);
    }
    return rc;
}

struct arena *db_session_scratch(struct db_session *s)
{
    arena_clear(&s->scratch);
    return &s->scratch;
}

struct buf *db_session_sql(struct db_session *s)
{
    assert(s->in_transaction);
    arena_clear(&s->scratch);
    buf_clear(&s->sql);
    return &s->sql;
}

enum rc db_session_transact(struct db_session *s, struct fail *fail)
{
    enum rc rc = db_session_open(s, fail);

    if (rc == RC_OK)
        rc = db_link_exec(&s->link, "START TRANSACTION", fail);
    s->in_transaction = rc == RC_OK;
    return rc;
}

struct begin_context {
    struct text owner;
    int64_t *clock_out;
};

static enum rc try_begin(struct db_session *s, void *context, struct fail *fail)
{
    const struct begin_context *begin = context;
    enum rc rc = db_session_transact(s, fail);

    return rc == RC_OK ? db_owner_lock(s, begin->owner, begin->clock_out, fail) : rc;
}

static enum rc begin(struct synchronizer *base, struct text owner, int64_t *clock_out,
                     struct fail *fail)
{
    struct db_session *s = db_session_of(base);
    struct begin_context context = {.owner = owner, .clock_out = clock_out};

    assert(!s->in_transaction);
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
    s->in_transaction = s->in_snapshot = true;
    return db_owner_clock(s, begin->owner, begin->clock_out, fail);
}

static enum rc begin_snapshot(struct synchronizer *base, struct text owner, int64_t *next_clock_out,
                              struct fail *fail)
{
    struct db_session *s = db_session_of(base);
    struct begin_context context = {.owner = owner, .clock_out = next_clock_out};

    assert(!s->in_transaction);
    return db_session_first(s, try_begin_snapshot, &context, fail);
}

static enum rc commit(struct synchronizer *base, struct fail *fail)
{
    struct db_session *s = db_session_of(base);

    assert(s->in_transaction && !s->in_snapshot);
    if (s->link.mysql == NULL)
        return db_link_is_lost(fail);
    if (mysql_real_query(s->link.mysql, "COMMIT", strlen("COMMIT")) != 0)
        return db_link_error(&s->link, NULL, "COMMIT", true, fail);
    s->in_transaction = false;
    return RC_OK;
}

static void rollback(struct synchronizer *base)
{
    struct db_session *s = db_session_of(base);
    struct fail ignored;

    if (s->in_transaction && s->link.mysql != NULL &&
        db_link_exec(&s->link, "ROLLBACK", &ignored) != RC_OK)
        db_link_close(&s->link);
    s->in_transaction = s->in_snapshot = false;
}

/* A statement of the transaction: never alone, on a new link. */
static enum rc exec_within(struct synchronizer *base, const char *sql, struct fail *fail)
{
    struct db_session *s = db_session_of(base);

    assert(s->in_transaction);
    if (s->link.mysql == NULL)
        return db_link_is_lost(fail);
    return db_link_exec(&s->link, sql, fail);
}

/* A name that is taken already moves to here. */
static enum rc mark(struct synchronizer *base, struct fail *fail)
{
    return exec_within(base, "SAVEPOINT mobync", fail);
}

static enum rc rewind_to_mark(struct synchronizer *base, struct fail *fail)
{
    return exec_within(base, "ROLLBACK TO SAVEPOINT mobync", fail);
}

static enum rc try_ping(struct db_session *s, void *context, struct fail *fail)
{
    enum rc rc = db_session_open(s, fail);

    (void)context;
    if (rc == RC_OK && mysql_ping(s->link.mysql) != 0)
        rc = db_link_error(&s->link, NULL, "ping", false, fail);
    return rc;
}

static enum rc ping(struct synchronizer *base, struct fail *fail)
{
    return db_session_first(db_session_of(base), try_ping, NULL, fail);
}

static const struct synchronizer_ops OPS = {
    .begin = begin,
    .commit = commit,
    .rollback = rollback,
    .read_history = db_read_history,
    .read_object_history = db_read_object_history,
    .begin_snapshot = begin_snapshot,
    .read_history_part = db_read_history_part,
    .read_push = db_read_push,
    .find_existed = db_find_existed,
    .read = db_read_objects,
    .create = db_create_objects,
    .update = db_update_objects,
    .remove = db_remove_objects,
    .validate = db_validate,
    .append = db_append,
    .remember = db_remember,
    .put_rejects = db_put_rejects,
    .find_rejects = db_find_rejects,
    .take_reject = db_take_reject,
    .mark = mark,
    .rewind = rewind_to_mark,
    .ping = ping,
};

struct synchronizer *db_synchronizer_new(const struct db_settings *settings)
{
    struct db_session *s = alloc_or_die(sizeof(*s));
    const size_t ranks_bytes = settings->mapping->model_count * sizeof(*s->ranks);

    *s = (struct db_session){.ranks = memset(alloc_or_die(ranks_bytes), 0, ranks_bytes)};
    s->base = (struct synchronizer){
        .ops = &OPS,
        .mapping = settings->mapping,
        .model_ranks = s->ranks,
    };
    db_link_init(&s->link, settings);
    db_statements_init(&s->statements, &s->link);
    arena_init(&s->scratch);
    buf_init(&s->sql, SQL_MAX_BYTES);
    return &s->base;
}

void db_synchronizer_free(struct synchronizer *base)
{
    struct db_session *s = db_session_of(base);

    if (s == NULL)
        return;
    db_statements_release(&s->statements);
    if (s->unique_keys != NULL)
        mysql_free_result(s->unique_keys);
    db_link_close(&s->link);
    buf_release(&s->sql);
    arena_release(&s->scratch);
    free(s->ranks);
    free(s->relations);
    free(s);
}
