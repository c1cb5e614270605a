/* owner_data.h: everything that the database keeps of one owner, table by table, for operators who
 * export a person's data or forget the person.
 * Process: tables() connects if need be; forget() is a transaction of its own.
 * Order:   tables() first; count() and read() between begin_snapshot and rollback (synchronizer.h);
 *          forget() outside of both, the tables one after the other in the order of the list.
 * Memory:  one row at a time, however many there are.
 * Owns:    the list lies in the arena given; cells live until the caller's function returns.
 * Units:   none.
 * Fails:   as synchronizer.h says. A privilege that the account lacks is RC_FATAL.
 * Holds:   the list names each table once that may hold something of an owner: mapped ones first,
 *          children before parents, then the server's own, last of all the owner's clock. */
#ifndef MOBYNC_OWNER_DATA_H
#define MOBYNC_OWNER_DATA_H

#include "arena.h"
#include "fail.h"
#include "model.h"

struct synchronizer;

struct owner_table {
    struct text name;
    const struct model *model; /* whose rows it holds; NULL: one of the server's own */
};

struct owner_table_list {
    struct owner_table *items;
    size_t count;
};

enum owner_cell_kind {
    OWNER_CELL_NULL,
    OWNER_CELL_NUMBER, /* as JSON has it, of any length */
    OWNER_CELL_TEXT,   /* UTF-8; decimals, dates and times, too */
    OWNER_CELL_HEX,    /* bytes, in hexadecimal digits */
};

struct owner_cell {
    struct text column;
    enum owner_cell_kind kind;
    struct text value;
};

struct owner_row {
    const struct owner_table *table;
    const struct owner_cell *cells;
    size_t count;
};

typedef enum rc owner_take_row(void *context, const struct owner_row *row, struct fail *fail);

struct owner_data_ops {
    enum rc (*tables)(struct synchronizer *s, struct arena *arena,
                      struct owner_table_list *tables_out, struct fail *fail);
    enum rc (*count)(struct synchronizer *s, struct text owner, const struct owner_table *table,
                     int64_t *count_out, struct fail *fail);
    /* Every column of every row, the hashes of tokens left out. */
    enum rc (*read)(struct synchronizer *s, struct text owner, const struct owner_table *table,
                    owner_take_row *take, void *context, struct fail *fail);
    /* Deletes so many rows at most; fewer only if there are no others. RC_REJECTED: rows that are
     * not the owner's, or of no mapped table, refer to them. */
    enum rc (*forget)(struct synchronizer *s, struct text owner, const struct owner_table *table,
                      size_t max, size_t *forgotten_out, struct fail *fail);
};

#endif
