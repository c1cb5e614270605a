/* The owner's row: its lock, its clock, and what is inserted under that lock. */
#include "db_owners.h"

#include <assert.h>
#include <mysql.h>
#include <mysqld_error.h>

#include "db_lineage_cache.h"
#include "db_query.h"
#include "db_tables.h"

enum rc db_owners_here(const struct db_session *s, int64_t next_clock, struct fail *fail)
{
    if (next_clock < DB_CLOCK_AWAY || s->base.moves_owners)
        return RC_OK;
    fail_reject(fail, FAIL_SERVER_BUSY, "the owner's data are being moved; try again later");
    fail->moved = true;
    return RC_REJECTED;
}

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
    return db_owners_here(s, *head_out, fail);
}

void db_owners_keep_horizon(struct db_session *s, struct text owner, struct horizon horizon)
{
    if (!s->link.in_transaction || owner.len > sizeof(s->horizon.owner))
        return;
    memcpy(s->horizon.owner, owner.ptr, owner.len);
    s->horizon.owner_len = owner.len;
    s->horizon.horizon = horizon;
}

struct clock_and_horizon {
    int64_t clock;
    struct horizon horizon;
};

static enum rc take_clock_and_horizon(void *context, const struct db_rows *rows, struct fail *fail)
{
    struct clock_and_horizon *found = context;

    (void)fail;
    *found = (struct clock_and_horizon){db_rows_integer(rows, 0),
                                        {db_rows_integer(rows, 1), db_rows_integer(rows, 2)}};
    return RC_OK;
}

static enum rc read_clock(struct db_session *s, struct text owner,
                          struct clock_and_horizon *found_out, struct fail *fail)
{
    static const enum db_cell_kind KINDS[] = {DB_CELL_INTEGER, DB_CELL_INTEGER, DB_CELL_INTEGER};
    struct db_query query = db_query_fixed(s, STATEMENT_READ_CLOCK, "read the clock");
    enum rc rc;

    *found_out = (struct clock_and_horizon){0};
    db_args_text(&query.args, owner);
    rc = db_query_each(&query, DB_COLUMNS(KINDS, 0), take_clock_and_horizon, found_out, fail);
    if (rc == RC_OK)
        db_owners_keep_horizon(s, owner, found_out->horizon);
    return rc;
}

enum rc db_owners_clock(struct db_session *s, struct text owner, int64_t *clock_out,
                        struct fail *fail)
{
    struct clock_and_horizon found;
    enum rc rc = read_clock(s, owner, &found, fail);

    *clock_out = found.clock;
    return rc == RC_OK ? db_owners_here(s, *clock_out, fail) : rc;
}

enum rc db_owners_horizon(struct db_session *s, struct text owner, struct horizon *horizon_out,
                          struct fail *fail)
{
    const struct db_horizon_copy *kept = &s->horizon;
    struct clock_and_horizon found = {.horizon = kept->horizon};
    enum rc rc = RC_OK;

    if (kept->owner_len == 0 || !text_equal(owner, (struct text){kept->owner, kept->owner_len}))
        rc = read_clock(s, owner, &found, fail);
    *horizon_out = found.horizon;
    return rc;
}

struct drained {
    struct db_session *session;
    struct owner_state *state;
    bool *there;
    struct horizon *horizon;
};

static enum rc take_state(void *context, const struct db_rows *rows, struct fail *fail)
{
    const struct drained *drained = context;

    (void)fail;
    *drained->there = true;
    *drained->state = (struct owner_state){
        .next_clock = db_rows_integer(rows, 0),
        .reconciled = db_rows_integer(rows, 1) >= db_lineage_compared(drained->session),
        .adopted = db_rows_integer(rows, 2) != 0,
    };
    *drained->horizon = (struct horizon){db_rows_integer(rows, 3), db_rows_integer(rows, 4)};
    return RC_OK;
}

enum rc db_owners_drain(struct db_session *s, struct text owner, struct owner_state *state_out,
                        bool *there_out, struct fail *fail)
{
    static const enum db_cell_kind KINDS[] = {DB_CELL_INTEGER, DB_CELL_INTEGER, DB_CELL_INTEGER,
                                              DB_CELL_INTEGER, DB_CELL_INTEGER};
    struct horizon horizon = {0};
    struct drained drained = {s, state_out, there_out, &horizon};
    struct db_query query = db_query_fixed(s, STATEMENT_DRAIN_OWNER, "lock owner");
    enum rc rc;

    *there_out = false;
    *state_out = (struct owner_state){0};
    db_args_text(&query.args, owner);
    rc = db_query_each(&query, DB_COLUMNS(KINDS, 0), take_state, &drained, fail);
    s->next_clock = state_out->next_clock;
    if (rc != RC_OK)
        return rc;
    db_owners_keep_horizon(s, owner, horizon);
    return db_owners_here(s, s->next_clock, fail);
}

enum rc db_owners_make(struct db_session *s, struct text owner, struct fail *fail)
{
    struct db_query query = db_query_fixed(s, STATEMENT_MAKE_OWNER, "make the owner's row");

    db_args_text(&query.args, owner);
    return db_query_run(&query, fail);
}

enum rc db_owners_take_clock(struct synchronizer *base, struct text owner, int64_t clock,
                             struct fail *fail)
{
    struct db_session *s = db_session_of(base);
    struct db_query query = db_query_fixed(s, STATEMENT_TAKE_CLOCK, "take a clock");
    enum rc rc;

    assert(s->in_drain && clock >= s->next_clock);
    db_args_integer(&query.args, clock + 1);
    db_args_text(&query.args, owner);
    rc = db_query_run(&query, fail);
    if (rc == RC_OK)
        s->next_clock = clock + 1;
    return rc;
}

enum rc db_owners_set_reconciled(struct synchronizer *base, struct text owner, bool adopted,
                                 struct fail *fail)
{
    struct db_session *s = db_session_of(base);
    struct db_query query = db_query_fixed(s, STATEMENT_SET_RECONCILED, "note the comparison");

    assert(s->in_drain);
    db_args_integer(&query.args, db_lineage_compared(s));
    db_args_integer(&query.args, adopted);
    db_args_text(&query.args, owner);
    return db_query_run(&query, fail);
}

struct lag {
    const struct db_session *session;
    bool *behind;
};

static enum rc take_behind(void *context, const struct db_rows *rows, struct fail *fail)
{
    const struct lag *lag = context;

    (void)fail;
    *lag->behind = db_rows_integer(rows, 0) < db_lineage_compared(lag->session) ||
                   db_rows_integer(rows, 1) != 0;
    return RC_OK;
}

enum rc db_owners_behind(struct synchronizer *base, struct text owner, bool *behind_out,
                         struct fail *fail)
{
    static const enum db_cell_kind KINDS[] = {DB_CELL_INTEGER, DB_CELL_INTEGER};
    struct db_session *s = db_session_of(base);
    struct lag lag = {s, behind_out};
    struct db_query query = db_query_fixed(s, STATEMENT_BEHIND, "look for changes");

    *behind_out = true; /* without a row, too */
    db_args_text(&query.args, owner);
    db_args_text(&query.args, owner);
    return db_query_each(&query, DB_COLUMNS(KINDS, 0), take_behind, &lag, fail);
}

static enum rc take_adopted(void *context, const struct db_rows *rows, struct fail *fail)
{
    bool *adopted = context;

    (void)fail;
    *adopted = db_rows_integer(rows, 0) != 0;
    return RC_OK;
}

enum rc db_owners_find_adopted(struct synchronizer *base, struct text owner, bool *adopted_out,
                               struct fail *fail)
{
    static const enum db_cell_kind KINDS[] = {DB_CELL_INTEGER};
    struct db_query query = db_query_fixed(db_session_of(base), STATEMENT_FIND_ADOPTED,
                                           "ask whether rows were adopted");

    *adopted_out = false;
    db_args_text(&query.args, owner);
    return db_query_each(&query, DB_COLUMNS(KINDS, 0), take_adopted, adopted_out, fail);
}

enum rc db_owners_insert(struct db_session *s, const struct db_batch *batch, enum db_stmt_id id,
                         const char *what, struct fail *fail)
{
    const struct db_batch_sql sql = db_batch_fixed(&s->statements, id, what);
    size_t applied;
    MYSQL_STMT *stmt;
    enum rc rc = db_batch_run(batch, &s->statements, &sql, &applied, &stmt, fail);

    /* Under the owner's lock an id that was looked up cannot be taken meanwhile. */
    if (rc == RC_REJECTED && fail->code == FAIL_INVALID_DATA &&
        mysql_stmt_errno(stmt) == ER_DUP_ENTRY)
        rc = fail_busy(fail, RC_RETRY, "%s: an id is known already", what);
    return rc;
}
