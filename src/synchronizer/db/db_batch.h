/* db_batch.h: many rows of parameters for one statement, sent in as few packets as the server
 * allows: in arrays to MariaDB, row by row to MySQL, which has no such protocol.
 * Owns:    nothing; it lies in the arena, texts stay the caller's.
 * Units:   a packet holds at most 1000 rows and about 4 MiB.
 * Fails:   as db_link_error() says; earlier rows may have been applied then. */
#ifndef MOBYNC_DB_BATCH_H
#define MOBYNC_DB_BATCH_H

#include "db_stmt.h"

struct db_batch_column {
    enum db_cell_kind kind;
    const char **texts;
    unsigned long *lengths;
    int64_t *integers;
    double *reals;
    char *indicators;
};

struct db_batch {
    struct arena *arena;
    struct db_batch_column *columns;
    size_t column_count;
    size_t row_count;
};

struct db_batch db_batch_of(const enum db_cell_kind *kinds, size_t column_count, size_t row_count,
                            struct arena *arena);
/* The setter must fit the column's kind. */
void db_batch_text(struct db_batch *batch, size_t column, size_t row, struct text value);
void db_batch_integer(struct db_batch *batch, size_t column, size_t row, int64_t value);
void db_batch_real(struct db_batch *batch, size_t column, size_t row, double value);
void db_batch_null(struct db_batch *batch, size_t column, size_t row);
/* The column's default: on MariaDB and in INSERT alone. */
void db_batch_default(struct db_batch *batch, size_t column, size_t row);

/* *applied_out: the rows that were inserted, found, or deleted. */
NODISCARD enum rc db_batch_run(const struct db_batch *batch, struct db_link *link, MYSQL_STMT *stmt,
                               const char *what, size_t *applied_out, struct fail *fail);

#endif
