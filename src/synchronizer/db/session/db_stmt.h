/* db_stmt.h: prepared statements: those of a table, and those made of the mapping's names.
 * Process: prepared when first used on a connection, again after a reconnect; the least recently
 *          used one makes room.
 * Owns:    struct db_stmt_cache its handles and texts. A handle is good until the next call of
 *          db_stmt_get().
 * Fails:   as db_link_error() says. Nothing here connects: a lost link is RC_RETRY. */
#ifndef MOBYNC_DB_STMT_H
#define MOBYNC_DB_STMT_H

#include "db_args.h"
#include "db_link.h"

#define DB_STATEMENT_CACHE 256

enum db_stmt_id {
    STATEMENT_LOCK_OWNER,
    STATEMENT_READ_CLOCK,
    STATEMENT_MAKE_OWNER,
    STATEMENT_DRAIN_OWNER,
    STATEMENT_TAKE_CLOCK,
    STATEMENT_SET_RECONCILED,
    STATEMENT_BEHIND,
    STATEMENT_FIND_ADOPTED,
    STATEMENT_READ_CHANGES,
    STATEMENT_TAKE_CHANGE,
    STATEMENT_MEASURE_CHANGES,
    STATEMENT_ESTIMATE_CHANGES,
    STATEMENT_FIND_WAITING,
    STATEMENT_LAST_CHANGE,
    STATEMENT_ELECT,
    STATEMENT_MEASURE_HISTORY,
    STATEMENT_COUNT_OWNERS,
    STATEMENT_RECONCILE_ALL,
    STATEMENT_RECONCILE_OWNER,
    STATEMENT_RECONCILE_MODEL,
    STATEMENT_FLUSH_OWNER,
    STATEMENT_FORK,
    STATEMENT_FIND_FORK,
    STATEMENT_READ_HISTORY,
    STATEMENT_SORT_HISTORY,
    STATEMENT_READ_PART,
    STATEMENT_READ_OBJECT_PART,
    STATEMENT_IS_DELETED,
    STATEMENT_READ_SUMMARIES,
    STATEMENT_READ_SUMMARY,
    STATEMENT_FIND_SUMMARIES_TOUCHED,
    STATEMENT_PUT_SUMMARY,
    STATEMENT_FIND_COMPACTABLE,
    STATEMENT_IS_OLD,
    STATEMENT_FIND_OLD_DELETES,
    STATEMENT_FIND_UNSEEN_DELETE,
    STATEMENT_LOCK_COMPACTED,
    STATEMENT_SET_HORIZON,
    STATEMENT_NOTE_DELETES,
    STATEMENT_RENEW_DELETES,
    STATEMENT_FIND_OLD_IDS_CLOCK,
    STATEMENT_FIND_OLD_IDS,
    STATEMENT_FIND_TOMBSTONES,
    STATEMENT_FORGET_SUMMARY,
    STATEMENT_FIND_TOUCHED,
    STATEMENT_FIND_IDS,
    STATEMENT_APPEND_DIFF,
    STATEMENT_REMEMBER_ID,
    STATEMENT_REMEMBER_REJECTED,
    STATEMENT_REJECT_KEEP,
    STATEMENT_REJECT_TAKE,
    STATEMENT_REJECT_LIST,
    STATEMENT_TOKEN_FIND,
    STATEMENT_TOKEN_USED,
    STATEMENT_TOKEN_CREATE,
    STATEMENT_TOKEN_COUNT,
    STATEMENT_TOKEN_LIST,
    STATEMENT_TOKEN_REVOKE,
    STATEMENT_IDS /* their number */
};

struct db_stmt {
    struct buf sql;
    MYSQL_STMT *stmt;    /* NULL: not prepared yet */
    uint64_t generation; /* of the connection that it was prepared on */
    uint64_t last_use;
};

struct db_stmt_cache {
    struct db_link *link;
    uint64_t uses;
    struct db_stmt fixed[STATEMENT_IDS];
    struct db_stmt cached[DB_STATEMENT_CACHE];
};

void db_stmt_init(struct db_stmt_cache *statements, struct db_link *link);
void db_stmt_release(struct db_stmt_cache *statements);

size_t db_stmt_parameters(enum db_stmt_id id);
struct text db_stmt_text(const struct db_stmt_cache *statements, enum db_stmt_id id);
/* A statement of the table in db_stmt.c. */
NODISCARD enum rc db_stmt_fixed(struct db_stmt_cache *statements, enum db_stmt_id id,
                                MYSQL_STMT **stmt_out, struct fail *fail);
/* A statement made of the mapping's names; equal texts are prepared once. */
NODISCARD enum rc db_stmt_get(struct db_stmt_cache *statements, struct text sql,
                              MYSQL_STMT **stmt_out, struct fail *fail);

/* One row of parameters. */
NODISCARD enum rc db_stmt_run(struct db_link *link, MYSQL_STMT *stmt, const struct db_args *args,
                              const char *what, struct fail *fail);

#endif
