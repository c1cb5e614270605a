/* The session: connects when first used, keeps the transaction's state, lends scratch memory.
 * Entry: db_session_first(). While link.in_transaction nothing reconnects. */
#include "db_session.h"

#include <assert.h>
#include <mysql.h>
#include <stdlib.h>

#include "db_quote.h"
#include "db_writable.h"

#define SQL_MAX_BYTES ((size_t)1024 * 1024)

void db_session_init(struct db_session *s, const struct db_settings *settings,
                     const struct synchronizer_ops *ops)
{
    *s = (struct db_session){.in_snapshot = false};
    db_types_init(&s->types);
    db_keys_init(&s->keys);
    arena_init(&s->kept);
    db_relations_init(&s->relations, settings->mapping->model_count);
    s->base = (struct synchronizer){
        .ops = ops,
        .mapping = settings->mapping,
        .model_ranks = s->relations.ranks,
    };
    db_link_init(&s->link, settings);
    db_stmt_init(&s->statements, &s->link);
    arena_init(&s->scratch);
    arena_init(&s->unique_keys.arena);
    arena_init(&s->walks.arena);
    arena_init(&s->children.arena);
    buf_init(&s->sql, SQL_MAX_BYTES);
}

void db_session_release(struct db_session *s)
{
    db_stmt_release(&s->statements);
    db_link_close(&s->link);
    buf_release(&s->sql);
    arena_release(&s->unique_keys.arena);
    arena_release(&s->walks.arena);
    arena_release(&s->children.arena);
    arena_release(&s->scratch);
    arena_release(&s->kept);
    db_relations_release(&s->relations);
    db_types_release(&s->types);
    db_keys_release(&s->keys);
}

/* What the mapped tables are, on a new connection. */
static enum rc learn_tables(struct db_session *s, struct fail *fail)
{
    const struct mapping *mapping = s->base.mapping;
    const struct db_schema *schemas;
    enum rc rc = db_schema_read(&s->link, mapping, db_session_scratch(s), &schemas, fail);

    if (rc != RC_OK)
        return rc;
    db_types_learn(&s->types, mapping, schemas);
    s->base.columns = &s->types.columns;
    rc = db_keys_learn(&s->keys, &s->link, mapping, schemas, fail);
    if (rc == RC_OK)
        rc = db_relations_read(&s->relations, &s->link, mapping, db_session_scratch(s), fail);
    s->base.relations = (struct relations){s->relations.items, s->relations.count};
    return rc;
}

enum rc db_session_open(struct db_session *s, struct fail *fail)
{
    enum rc rc = db_link_open(&s->link, fail);

    s->base.counts.connects = s->link.connects;
    s->base.counts.failed_connects = s->link.failed_connects;
    if (rc != RC_OK || s->relations.generation == s->link.generation)
        return rc;
    return learn_tables(s, fail);
}

static void end_transaction(struct db_session *s)
{
    s->link.in_transaction = s->in_snapshot = s->in_drain = false;
    s->horizon.owner_len = 0;
}

enum rc db_session_first(struct db_session *s, db_attempt *attempt, void *context,
                         struct fail *fail)
{
    const bool idle_link = s->link.mysql != NULL && !s->link.in_transaction;
    enum rc rc = attempt(s, context, fail);

    if (rc == RC_RETRY && idle_link && s->link.mysql == NULL) {
        end_transaction(s);
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
    assert(s->link.in_transaction || s->reads_alone);
    arena_clear(&s->scratch);
    buf_clear(&s->sql);
    return &s->sql;
}

enum rc db_session_transact(struct db_session *s, struct fail *fail)
{
    enum rc rc = db_session_open(s, fail);

    if (rc == RC_OK)
        rc = db_link_exec(&s->link, "START TRANSACTION", fail);
    s->link.in_transaction = rc == RC_OK;
    s->next_seq = 0;
    return rc;
}

enum rc db_session_commit(struct db_session *s, struct fail *fail)
{
    enum rc rc;

    assert(s->link.in_transaction && !s->in_snapshot);
    if (s->link.mysql == NULL)
        return db_link_is_lost(fail);
    rc = db_link_check_transaction(&s->link, "COMMIT", fail);
    if (rc != RC_OK)
        return rc;
    if (mysql_real_query(s->link.mysql, "COMMIT", strlen("COMMIT")) != 0)
        return db_link_error(&s->link, NULL, "COMMIT", true, fail);
    end_transaction(s);
    return RC_OK;
}

void db_session_rollback(struct db_session *s)
{
    const bool open = s->link.in_transaction && s->link.mysql != NULL;
    struct fail ignored;

    end_transaction(s);
    if (open && db_link_exec(&s->link, "ROLLBACK", &ignored) != RC_OK)
        db_link_close(&s->link);
}

enum rc db_session_exec(struct db_session *s, const char *sql, struct fail *fail)
{
    assert(s->link.in_transaction);
    if (s->link.mysql == NULL)
        return db_link_is_lost(fail);
    return db_link_exec(&s->link, sql, fail);
}

enum rc db_session_own(struct db_session *s, const struct model *model, struct fail *fail)
{
    struct buf *sql = db_session_sql(s);
    enum rc rc;

    if (s->link.mysql == NULL)
        return db_link_is_lost(fail);
    if (s->own == model && s->own_generation == s->link.generation)
        return RC_OK;
    buf_add_str(sql, "SET @mobync_own = ");
    db_quote_value(&s->link, sql, model->name);
    buf_add_char(sql, '\0');
    rc = db_session_exec(s, sql->data, fail);
    if (rc == RC_OK) {
        s->own = model;
        s->own_generation = s->link.generation;
    }
    return rc;
}

enum rc db_session_ping(struct db_session *s, struct fail *fail)
{
    enum rc rc = db_session_open(s, fail);

    if (rc != RC_OK)
        return rc;
    if (!s->link.settings->writable)
        return db_link_exec(&s->link, "DO 1", fail);
    rc = db_writable_check(&s->link, fail);
    if (rc != RC_OK)
        db_link_give_up(&s->link, fail);
    return rc;
}
