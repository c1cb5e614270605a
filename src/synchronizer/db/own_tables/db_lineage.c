/* Forks of owners are written and looked for; the lineage of the database is raised. */
#include "db_lineage.h"

#include "db_lineage_cache.h"
#include "db_query.h"
#include "db_quote.h"
#include "db_tables.h"
#include "id.h"

#define SQL_BYTES ((size_t)1024)

enum rc db_lineage_fork(struct synchronizer *base, struct text owner, const struct fork *fork,
                        struct fail *fail)
{
    struct db_query query = db_query_fixed(db_session_of(base), STATEMENT_FORK, "note the fork");

    db_args_text(&query.args, owner);
    db_args_integer(&query.args, lineage_epoch_of(fork->base));
    db_args_integer(&query.args, fork->head);
    db_args_integer(&query.args, fork->base);
    return db_query_run(&query, fail);
}

struct find_context {
    const struct fork_query *query;
    struct fork_found *found;
};

/* What a row of STATEMENT_FIND_FORK is. */
enum found_part { FOUND_FORK, FOUND_ANCESTOR, FOUND_NOW };

static void take_found(struct db_session *s, const struct db_rows *rows,
                       const struct find_context *find, bool *outdated)
{
    switch ((enum found_part)db_rows_integer(rows, 0)) {
    case FOUND_FORK:
        find->found->lost = true;
        find->found->head = db_rows_integer(rows, 1);
        break;
    case FOUND_ANCESTOR:
        find->found->ancestor = true;
        break;
    case FOUND_NOW:
        *outdated = !text_equal(find->query->lineage, db_lineage_cached(s).id);
        break;
    }
}

/* A client may know of a new lineage before this session does. */
static enum rc retry_with_new_lineage(struct db_session *s, struct fail *fail)
{
    db_lineage_forget(s);
    return fail_busy(fail, RC_RETRY, "the lineage has changed since it was read");
}

static enum rc run_find(struct db_session *s, const struct find_context *find, struct fail *fail)
{
    static const enum db_cell_kind KINDS[] = {DB_CELL_INTEGER, DB_CELL_INTEGER};
    struct db_query query = db_query_fixed(s, STATEMENT_FIND_FORK, "look for forks");
    struct db_rows rows;
    bool row, outdated = false;
    enum rc rc;

    *find->found = (struct fork_found){0};
    db_args_text(&query.args, find->query->owner);
    db_args_integer(&query.args, find->query->clock);
    db_args_integer(&query.args, find->query->clock);
    db_args_text(&query.args, find->query->lineage);
    rc = db_query_open(&query, DB_COLUMNS(KINDS, 0), &rows, fail);
    while (rc == RC_OK && (rc = db_rows_next(&rows, &row, fail)) == RC_OK && row)
        take_found(s, &rows, find, &outdated);
    db_rows_close(&rows);
    return rc == RC_OK && outdated ? retry_with_new_lineage(s, fail) : rc;
}

static enum rc try_find(struct db_session *s, void *context, struct fail *fail)
{
    enum rc rc = s->link.in_transaction ? RC_OK : db_session_open(s, fail);

    return rc == RC_OK ? run_find(s, context, fail) : rc;
}

enum rc db_lineage_find_fork(struct synchronizer *base, const struct fork_query *query,
                             struct fork_found *found_out, struct fail *fail)
{
    struct find_context context = {query, found_out};

    return db_session_first(db_session_of(base), try_find, &context, fail);
}

/* Its row is locked first, so that two who raise it at a time do so one after the other. */
static enum rc read_now(struct db_session *s, struct lineage *now, struct arena *arena,
                        struct fail *fail)
{
    struct db_result result = {.rows = 0};
    uint64_t epoch = 0;
    enum rc rc = db_result_read(&s->link,
                                TEXT_LITERAL("SELECT epoch, lineage FROM " DB_LINEAGE_TABLE
                                             " WHERE " DB_LINEAGE_NOW " FOR UPDATE"),
                                "read the lineage", arena, &result, fail);

    if (rc != RC_OK)
        return rc;
    if (result.rows == 0 ||
        !text_to_uint(db_result_text(&result, 0, 0), (uint64_t)LINEAGE_EPOCH_MAX, &epoch))
        return db_lineage_missing(fail);
    *now = (struct lineage){(int64_t)epoch, db_result_text(&result, 0, 1)};
    return RC_OK;
}

static void next_lineage(struct lineage *now, int64_t at_least, struct arena *arena)
{
    char *id = arena_alloc(arena, ID_UUID_LEN + 1);

    id_uuid(id);
    *now = (struct lineage){
        .epoch = now->epoch + 1 > at_least ? now->epoch + 1 : at_least,
        .id = {id, ID_UUID_LEN},
    };
}

static enum rc write_now(struct db_session *s, const struct lineage *now, struct fail *fail)
{
    struct buf *sql = db_session_sql(s);
    enum rc rc = db_session_exec(s,
                                 "INSERT INTO " DB_LINEAGE_TABLE
                                 " (slot, epoch, lineage) SELECT epoch + 1, epoch, lineage "
                                 "FROM " DB_LINEAGE_TABLE " WHERE " DB_LINEAGE_NOW,
                                 fail);

    if (rc != RC_OK)
        return rc;
    buf_printf(sql,
               "UPDATE " DB_LINEAGE_TABLE " SET epoch = %lld, lineage = ", (long long)now->epoch);
    db_quote_value(&s->link, sql, now->id);
    buf_add_str(sql, " WHERE " DB_LINEAGE_NOW);
    buf_add_char(sql, '\0');
    return db_session_exec(s, sql->data, fail);
}

static enum rc raise_in_transaction(struct db_session *s, int64_t at_least, struct arena *arena,
                                    struct lineage *now, struct fail *fail)
{
    enum rc rc = read_now(s, now, arena, fail);

    if (rc != RC_OK)
        return rc;
    next_lineage(now, at_least, arena);
    if (now->epoch > LINEAGE_EPOCH_MAX)
        return fail_reject(fail, FAIL_INVALID_REQUEST, "no epoch after %lld can be had",
                           (long long)LINEAGE_EPOCH_MAX);
    rc = write_now(s, now, fail);
    return rc == RC_OK ? db_session_commit(s, fail) : rc;
}

static enum rc raise_lineage(struct synchronizer *base, int64_t at_least, struct arena *arena,
                             struct lineage *now_out, struct fail *fail)
{
    struct db_session *s = db_session_of(base);
    enum rc rc = db_session_transact(s, fail);

    if (rc == RC_OK)
        rc = raise_in_transaction(s, at_least, arena, now_out, fail);
    db_session_rollback(s);
    db_lineage_forget(s);
    return rc;
}

const struct lineage_ops DB_LINEAGE_OPS = {.raise = raise_lineage};
