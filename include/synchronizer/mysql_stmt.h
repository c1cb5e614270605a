/* mysql_stmt.h: prepared statements, their parameters, and the rows that they answer.
 * Process: prepared when first used on a connection, again after a reconnect; the least recently
 *          used one makes room.
 * Owns:    struct mysql_statements its handles and texts; parameters and row buffers lie in the
 *          arena given. A handle is good until the next call of mysql_statements_get().
 * Fails:   as mysql_link_error() says. Nothing here connects: a lost link is RC_RETRY. */
#ifndef MOBYNC_MYSQL_STMT_H
#define MOBYNC_MYSQL_STMT_H

#include "arena.h"
#include "mysql_link.h"

#define MYSQL_STATEMENT_CACHE 256

enum mysql_statement_id {
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

struct mysql_statement {
    struct buf sql;
    MYSQL_STMT *stmt;    /* NULL: not prepared yet */
    uint64_t generation; /* of the connection that it was prepared on */
    uint64_t last_use;
};

struct mysql_statements {
    struct mysql_link *link;
    uint64_t uses;
    struct mysql_statement fixed[STATEMENT_IDS];
    struct mysql_statement cached[MYSQL_STATEMENT_CACHE];
};

void mysql_statements_init(struct mysql_statements *statements, struct mysql_link *link);
void mysql_statements_release(struct mysql_statements *statements);

/* A statement of the table in mysql_stmt.c. */
NODISCARD enum rc mysql_statements_fixed(struct mysql_statements *statements,
                                         enum mysql_statement_id id, MYSQL_STMT **stmt_out,
                                         struct fail *fail);
/* A statement made of the mapping's names; equal texts are prepared once. */
NODISCARD enum rc mysql_statements_get(struct mysql_statements *statements, struct text sql,
                                       MYSQL_STMT **stmt_out, struct fail *fail);

/* Parameters in the order of their question marks. What they are made of must outlive the run. */
struct mysql_args {
    struct arena *arena;
    MYSQL_BIND *binds;
    size_t count;
    size_t capacity;
};

struct mysql_args mysql_args_of(size_t capacity, struct arena *arena);
void mysql_args_text(struct mysql_args *args, struct text value);
/* Of no character set. */
void mysql_args_bytes(struct mysql_args *args, struct text value);
void mysql_args_integer(struct mysql_args *args, int64_t value);

/* One row of parameters. */
NODISCARD enum rc mysql_statement_run(struct mysql_link *link, MYSQL_STMT *stmt,
                                      const struct mysql_args *args, const char *what,
                                      struct fail *fail);

/* How a column travels between the server's types and ours. */
enum mysql_cell_kind { MYSQL_CELL_TEXT, MYSQL_CELL_INTEGER, MYSQL_CELL_REAL };

struct mysql_cell;

/* The rows of an answer, one at a time. Nothing else can be asked of the link until they are
 * closed. */
struct mysql_rows {
    struct mysql_link *link;
    MYSQL_STMT *stmt;
    const char *what;
    MYSQL_BIND *binds;
    struct mysql_cell *cells;
};

/* Runs the statement. Texts beyond text_bytes cost another look at the row. */
NODISCARD enum rc mysql_rows_open(struct mysql_rows *rows, const enum mysql_cell_kind *kinds,
                                  size_t count, const struct mysql_args *args, size_t text_bytes,
                                  struct fail *fail);
/* *more_out is false after the last row. */
NODISCARD enum rc mysql_rows_next(struct mysql_rows *rows, bool *more_out, struct fail *fail);
void mysql_rows_close(struct mysql_rows *rows);

bool mysql_rows_is_null(const struct mysql_rows *rows, size_t column);
/* NULL is the empty text, 0, 0.0. The text is NUL-terminated. */
struct text mysql_rows_text(const struct mysql_rows *rows, size_t column, struct arena *arena);
/* Of the text, without reading it. */
size_t mysql_rows_bytes(const struct mysql_rows *rows, size_t column);
int64_t mysql_rows_integer(const struct mysql_rows *rows, size_t column);
double mysql_rows_real(const struct mysql_rows *rows, size_t column);
/* An unsigned column's number above INT64_MAX: mysql_rows_integer() gives its bits. */
bool mysql_rows_is_huge(const struct mysql_rows *rows, size_t column);

#endif
