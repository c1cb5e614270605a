/* db_batch.h: many rows of parameters for one statement, sent in as few packets as the server
 * allows: in arrays to MariaDB. MySQL has no such protocol: there an INSERT gets several rows of
 * VALUES, and any other statement runs row by row.
 * Owns:    nothing; it lies in the arena, texts stay the caller's.
 * Units:   a packet holds at most 1000 rows of an array, or 64 of VALUES, and about 4 MiB.
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
    bool is_unsigned; /* of integers: their 64 bits are */
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

/* A statement with the parameters of one row. */
struct db_batch_sql {
    struct text text;
    struct text values; /* of an INSERT: "(?, …)", at the place in the text where it is repeated */
    const char *what;
    bool customers_code; /* it may run some: see db_error.h */
};
/* Of a statement of the table in db_stmt.c. */
struct db_batch_sql db_batch_fixed(const struct db_stmt_cache *statements, enum db_stmt_id id,
                                   const char *what);

/* *applied_out: the rows that were inserted, found, or deleted. *stmt_out: what has failed, or
 * NULL where it could not be prepared; until the next call of db_stmt_get(). */
NODISCARD enum rc db_batch_run(const struct db_batch *batch, struct db_stmt_cache *statements,
                               const struct db_batch_sql *sql, size_t *applied_out,
                               MYSQL_STMT **stmt_out, struct fail *fail);

#endif
