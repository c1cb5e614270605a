/* db_query.h: one run of a prepared statement: its parameters, then its effect or its rows.
 * Order:   db_query_fixed() or db_query_made(), the parameters, then one of the other functions.
 * Owns:    nothing; parameters and rows lie in the session's scratch memory, which the next query
 *          empties.
 * Fails:   as db_link_error() says. Nothing here connects: a lost link is RC_RETRY. */
#ifndef MOBYNC_DB_QUERY_H
#define MOBYNC_DB_QUERY_H

#include "db_rows.h"
#include "db_session.h"

struct db_query {
    struct db_session *session;
    const char *what;   /* for messages */
    enum db_stmt_id id; /* STATEMENT_IDS: the statement is the text in session->sql */
    struct db_args args;
    struct arena *into; /* for what is kept of its rows; at first the scratch memory */
    MYSQL_STMT *stmt;   /* from when it runs */
};

/* A statement of the table in db_stmt.c. */
struct db_query db_query_fixed(struct db_session *s, enum db_stmt_id id, const char *what);
/* One with at most so many parameters, whose text the caller adds to session->sql, which is empty.
 * In a transaction alone. */
struct db_query db_query_made(struct db_session *s, size_t parameters, const char *what);

NODISCARD enum rc db_query_run(struct db_query *query, struct fail *fail);
/* *changed_out: there was a row to change. */
NODISCARD enum rc db_query_change(struct db_query *query, bool *changed_out, struct fail *fail);

/* What its rows are made of; texts beyond text_bytes cost another look at the row. */
struct db_columns {
    const enum db_cell_kind *kinds;
    size_t count;
    size_t text_bytes;
};

#define DB_COLUMNS(kinds, text_bytes)                                                              \
    (struct db_columns)                                                                            \
    {                                                                                              \
        (kinds), ARRAY_LEN(kinds), (text_bytes)                                                    \
    }

typedef enum rc db_take_row(void *context, const struct db_rows *rows, struct fail *fail);

/* Runs it, for db_rows_next(). Close the rows, also after a failure. */
NODISCARD enum rc db_query_open(struct db_query *query, struct db_columns columns,
                                struct db_rows *rows_out, struct fail *fail);
/* Runs it and gives take() each row, until one fails. */
NODISCARD enum rc db_query_each(struct db_query *query, struct db_columns columns,
                                db_take_row *take, void *context, struct fail *fail);
/* The integer that is its only row; 0 where there is none. */
NODISCARD enum rc db_query_integer(struct db_query *query, int64_t *integer_out, struct fail *fail);

#endif
