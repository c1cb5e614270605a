/* db_result.h: the whole result of one query, as texts; for few rows, outside of the sync itself.
 * Process: asks the database; the link must be open.
 * Owns:    nothing; it lies in the arena given. Texts are NUL-terminated.
 * Units:   rows and columns count from 0.
 * Fails:   as db_link_error() says.
 * Holds:   every row has as many cells as the query has columns. */
#ifndef MOBYNC_DB_RESULT_H
#define MOBYNC_DB_RESULT_H

#include "arena.h"
#include "db_link.h"

struct db_result {
    struct text *cells; /* row by row; without ptr where the database has NULL */
    size_t width;
    size_t rows;
};

/* One statement without parameters. Nothing connects: the link is open. */
NODISCARD enum rc db_result_read(struct db_link *link, struct text sql, const char *what,
                                 struct arena *arena, struct db_result *result_out,
                                 struct fail *fail);

bool db_result_is_null(const struct db_result *result, size_t row, size_t column);
/* NULL is the empty text, NUL-terminated too. */
struct text db_result_text(const struct db_result *result, size_t row, size_t column);

#endif
