/* db_stmt.h: prepared statements, their parameters, and the rows that they answer.
 * Process: prepared when first used on a connection, again after a reconnect; the least recently
 *          used one makes room.
 * Owns:    struct db_statements its handles and texts; parameters and row buffers lie in the
 *          arena given. A handle is good until the next call of db_statements_get().
 * Fails:   as db_link_error() says. Nothing here connects: a lost link is RC_RETRY. */
#ifndef MOBYNC_DB_STMT_H
#define MOBYNC_DB_STMT_H

#include "arena.h"
#include "db_link.h"

#define DB_STATEMENT_CACHE 256

enum db_statement_id {
    STATEMENT_LOCK_OWNER,
    STATEMENT_READ_CLOCK,
    STATEMENT_READ_HISTORY,
    STATEMENT_SORT_HISTORY,
    STATEMENT_READ_PART,
    STATEMENT_READ_OBJECT_PART,
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

struct db_statement {
    struct buf sql;
    MYSQL_STMT *stmt;    /* NULL: not prepared yet */
    uint64_t generation; /* of the connection that it was prepared on */
    uint64_t last_use;
};

struct db_statements {
    struct db_link *link;
    uint64_t uses;
    struct db_statement fixed[STATEMENT_IDS];
    struct db_statement cached[DB_STATEMENT_CACHE];
};

void db_statements_init(struct db_statements *statements, struct db_link *link);
void db_statements_release(struct db_statements *statements);

/* A statement of the table in db_stmt.c. */
NODISCARD enum rc db_statements_fixed(struct db_statements *statements, enum db_statement_id id,
                                      MYSQL_STMT **stmt_out, struct fail *fail);
/* A statement made of the mapping's names; equal texts are prepared once. */
NODISCARD enum rc db_statements_get(struct db_statements *statements, struct text sql,
                                    MYSQL_STMT **stmt_out, struct fail *fail);

/* Parameters in the order of their question marks. What they are made of must outlive the run. */
struct db_args {
    struct arena *arena;
    MYSQL_BIND *binds;
    size_t count;
    size_t capacity;
};

struct db_args db_args_of(size_t capacity, struct arena *arena);
void db_args_text(struct db_args *args, struct text value);
/* Of no character set. */
void db_args_bytes(struct db_args *args, struct text value);
void db_args_integer(struct db_args *args, int64_t value);

/* One row of parameters. */
NODISCARD enum rc db_statement_run(struct db_link *link, MYSQL_STMT *stmt,
                                   const struct db_args *args, const char *what, struct fail *fail);

/* How a column travels between the server's types and ours. */
enum db_cell_kind { DB_CELL_TEXT, DB_CELL_INTEGER, DB_CELL_REAL };

struct db_cell;

/* The rows of an answer, one at a time. Nothing else can be asked of the link until they are
 * closed. */
struct db_rows {
    struct db_link *link;
    MYSQL_STMT *stmt;
    const char *what;
    MYSQL_BIND *binds;
    struct db_cell *cells;
};

/* Runs the statement. Texts beyond text_bytes cost another look at the row. */
NODISCARD enum rc db_rows_open(struct db_rows *rows, const enum db_cell_kind *kinds, size_t count,
                               const struct db_args *args, size_t text_bytes, struct fail *fail);
/* *more_out is false after the last row. */
NODISCARD enum rc db_rows_next(struct db_rows *rows, bool *more_out, struct fail *fail);
void db_rows_close(struct db_rows *rows);

bool db_rows_is_null(const struct db_rows *rows, size_t column);
/* NULL is the empty text, 0, 0.0. The text is NUL-terminated. */
struct text db_rows_text(const struct db_rows *rows, size_t column, struct arena *arena);
/* Of the text, without reading it. */
size_t db_rows_bytes(const struct db_rows *rows, size_t column);
int64_t db_rows_integer(const struct db_rows *rows, size_t column);
double db_rows_real(const struct db_rows *rows, size_t column);
/* An unsigned column's number above INT64_MAX: db_rows_integer() gives its bits. */
bool db_rows_is_huge(const struct db_rows *rows, size_t column);

#endif
