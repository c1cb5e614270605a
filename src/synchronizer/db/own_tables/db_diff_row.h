/* db_diff_row.h: a stored diff, from a row that begins with DB_DIFF_COLUMNS.
 * Owns:    what is read of it lies in the arena given.
 * Fails:   as synchronizer.h says. */
#ifndef MOBYNC_DB_DIFF_ROW_H
#define MOBYNC_DB_DIFF_ROW_H

#include "db_rows.h"
#include "diff.h"
#include "synchronizer.h"

/* The cells of DB_DIFF_COLUMNS; others come behind them. */
enum db_diff_column {
    DB_DIFF_OBJECT_ID,
    DB_DIFF_CLOCK,
    DB_DIFF_SEQ,
    DB_DIFF_TIME_MS,
    DB_DIFF_ID,
    DB_DIFF_TYPE,
    DB_DIFF_JSON_DATA,
    DB_DIFF_FIELD_TIMES,
    DB_DIFF_SCHEMA_VERSION,
    DB_DIFF_CELLS
};

#define DB_DIFF_KINDS                                                                              \
    [DB_DIFF_OBJECT_ID] = DB_CELL_TEXT, [DB_DIFF_CLOCK] = DB_CELL_INTEGER,                         \
    [DB_DIFF_SEQ] = DB_CELL_INTEGER, [DB_DIFF_TIME_MS] = DB_CELL_INTEGER,                          \
    [DB_DIFF_ID] = DB_CELL_TEXT, [DB_DIFF_TYPE] = DB_CELL_TEXT,                                    \
    [DB_DIFF_JSON_DATA] = DB_CELL_TEXT, [DB_DIFF_FIELD_TIMES] = DB_CELL_TEXT,                      \
    [DB_DIFF_SCHEMA_VERSION] = DB_CELL_INTEGER

/* Unread: its object is that of the column. Of an earlier version of the app, it becomes one of the
 * newest. The owner is not copied. */
NODISCARD enum rc db_diff_row_read(const struct db_rows *rows, struct owner_model of,
                                   struct arena *arena, struct arena *scratch,
                                   struct diff *diff_out, struct fail *fail);

#endif
