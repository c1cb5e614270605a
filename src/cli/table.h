/* table.h: rows with aligned columns on standard output, printed in parts of any size.
 * Owns:    its cells, until table_print(); table_release() gives the memory back.
 * Units:   widths in characters; texts are UTF-8.
 * Holds:   a cell longer than its column's maximum is cut, and ends with "…"; columns never become
 *          narrower from part to part. Memory is that of one part. */
#ifndef MOBYNC_TABLE_H
#define MOBYNC_TABLE_H

#include "arena.h"
#include "attributes.h"

struct table_column {
    const char *heading;
    size_t max; /* characters */
    bool right; /* of numbers */
};

struct table {
    const struct table_column *columns;
    struct libscols_table *scols;
    struct libscols_line *row; /* the last one */
    size_t filled;             /* its cells */
    struct arena arena;
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
/* The same, with the headings also where there are no rows. */
void table_print_headed(struct table *table);

#endif
