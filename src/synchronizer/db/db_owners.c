/* The owner's row: its lock, its clock, and what is inserted under that lock. */
#include "db_owners.h"

#include <mysql.h>
#include <mysqld_error.h>

#include "db_lineage_cache.h"
#include "db_query.h"
#include "db_tables.h"

enum rc db_owners_lock(struct db_session *s, struct text owner, int64_t *head_out,
                       struct fail *fail)
{
    const int64_t base = lineage_base(db_lineage_cached(s).epoch);
    struct db_query query = db_query_fixed(s, STATEMENT_LOCK_OWNER, "lock owner");
    enum rc rc;

    db_args_text(&query.args, owner);
    db_args_integer(&query.args, base);
    db_args_integer(&query.args, base);
    rc = db_query_run(&query, fail);
    if (rc != RC_OK)
        return rc;
    /* 1 row: inserted, the owner is new. 2: updated, and LAST_INSERT_ID() is what it held. */
    *head_out =
        mysql_stmt_affected_rows(query.stmt) == 1 ? 0 : (int64_t)mysql_stmt_insert_id(query.stmt);
    s->next_clock = (*head_out > base ? *head_out : base) + 1;
    return RC_OK;
}

enum rc db_owners_clock(struct db_session *s, struct text owner, int64_t *clock_out,
                        struct fail *fail)
{
    struct db_query query = db_query_fixed(s, STATEMENT_READ_CLOCK, "read the clock");

    db_args_text(&query.args, owner);
    return db_query_integer(&query, clock_out, fail);
}

enum rc db_owners_insert(struct db_session *s, const struct db_batch *batch, enum db_stmt_id id,
                         const char *what, struct fail *fail)
{
    size_t applied;
    MYSQL_STMT *stmt;
    enum rc rc = db_stmt_fixed(&s->statements, id, &stmt, fail);

    if (rc == RC_OK)
        rc = db_batch_run(batch, &s->link, stmt, what, &applied, fail);
    /* Under the owner's lock an id that was looked up cannot be taken meanwhile. */
    if (rc == RC_REJECTED && fail->code == FAIL_INVALID_DATA &&
        mysql_stmt_errno(stmt) == ER_DUP_ENTRY)
        rc = fail_busy(fail, RC_RETRY, "%s: an id is known already", what);
    return rc;
}
