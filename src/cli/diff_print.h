/* diff_print.h: diffs as table cells, for people.
 * Owns:    nothing. */
#ifndef MOBYNC_DIFF_PRINT_H
#define MOBYNC_DIFF_PRINT_H

#include "diff.h"
#include "table.h"

/* A cell: name=value name=value, the values as JSON; "-" for a delete or an update of nothing. */
void diff_print_fields(struct table *table, const struct diff *diff);
/* A cell: the id, marked if the server made the diff because of what SQL did to the row. */
void diff_print_id(struct table *table, const struct diff *diff);
#define DIFF_PRINT_SQL "SQL: "
/* A UUID with that mark, which must be there whole to be copied. */
#define DIFF_PRINT_ID_WIDTH 45
/* Two cells: the time in UTC, and in milliseconds as diffs say it. */
void diff_print_time(struct table *table, int64_t time_ms);

/* Diffs as a device receives them. */
void diff_print_table_init(struct table *table);
void diff_print_row(struct table *table, const struct diff *diff);

#endif
