/* table.h: rows with aligned columns on standard output, printed in parts of any size.
 * Owns:    its cells, until table_print(); table_release() gives the memory back.
 * Units:   widths in characters; texts are UTF-8.
 * Holds:   a cell wider than its column may be is cut, and ends with "…"; columns never become
 *          narrower from part to part. Memory is that of one part. */
#ifndef MOBYNC_TABLE_H
#define MOBYNC_TABLE_H

#include "arena.h"
#include "attributes.h"

#define TABLE_COLUMNS_MAX 12

struct table_column {
    const char *heading;
    size_t most; /* characters */
    bool right;  /* of numbers */
};

struct table_row;

struct table {
    const struct table_column *columns;
    size_t column_count;
    size_t widths[TABLE_COLUMNS_MAX];
    struct arena arena;
    struct table_row *first, *last;
    size_t filled; /* cells of the last row */
    bool headed;   /* the headings are printed */
};

void table_init(struct table *table, const struct table_column *columns, size_t column_count);
void table_release(struct table *table);

/* A new row, whose cells are then filled from left to right. */
void table_row(struct table *table);
void table_cell(struct table *table, struct text text);
void table_integer(struct table *table, int64_t integer);
void table_format(struct table *table, const char *format, ...) PRINTF_LIKE(2, 3);

/* Prints the rows so far, below the headings if these are not printed yet, and forgets them. */
void table_print(struct table *table);

#endif
