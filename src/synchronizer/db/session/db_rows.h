/* db_rows.h: the rows of a prepared statement's result, one at a time.
 * Owns:    nothing; row buffers lie in the parameters' arena.
 * Fails:   as db_link_error() says. */
#ifndef MOBYNC_DB_ROWS_H
#define MOBYNC_DB_ROWS_H

#include "db_stmt.h"

struct db_cell;

/* The rows of a result, one at a time. Nothing else can be asked of the link until they are
 * closed. */
struct db_rows {
    struct db_link *link;
    MYSQL_STMT *stmt;
    const char *what;
    MYSQL_BIND *binds;
    struct db_cell *cells;
    struct arena *into; /* for whoever takes them; only kept here */
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
