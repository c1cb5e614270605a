/* mysql_batch.h: many rows of parameters for one statement, sent in as few packets as the server
 * allows: in arrays to MariaDB, row by row to MySQL, which has no such protocol.
 * Owns:    nothing; it lies in the arena, texts stay the caller's.
 * Units:   a packet holds at most 1000 rows and about 4 MiB.
 * Fails:   as mysql_link_error() says; earlier rows may have been applied then. */
#ifndef MOBYNC_MYSQL_BATCH_H
#define MOBYNC_MYSQL_BATCH_H

#include "mysql_stmt.h"

struct mysql_batch_column {
    enum mysql_cell_kind kind;
    const char **texts;
    unsigned long *lengths;
    int64_t *integers;
    double *reals;
    char *indicators;
};

struct mysql_batch {
    struct arena *arena;
    struct mysql_batch_column *columns;
    size_t column_count;
    size_t row_count;
};

struct mysql_batch mysql_batch_of(const enum mysql_cell_kind *kinds, size_t column_count,
                                  size_t row_count, struct arena *arena);
/* The setter must fit the column's kind. */
void mysql_batch_text(struct mysql_batch *batch, size_t column, size_t row, struct text value);
void mysql_batch_integer(struct mysql_batch *batch, size_t column, size_t row, int64_t value);
void mysql_batch_real(struct mysql_batch *batch, size_t column, size_t row, double value);
void mysql_batch_null(struct mysql_batch *batch, size_t column, size_t row);
/* The column's default: on MariaDB and in INSERT alone. */
void mysql_batch_default(struct mysql_batch *batch, size_t column, size_t row);

/* *applied_out: the rows that were inserted, found, or deleted. */
NODISCARD enum rc mysql_batch_run(const struct mysql_batch *batch, struct mysql_link *link,
                                  MYSQL_STMT *stmt, const char *what, size_t *applied_out,
                                  struct fail *fail);

#endif
