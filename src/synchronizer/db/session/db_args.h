/* db_args.h: the parameters of a prepared statement, one row of them, and how values travel.
 * Owns:    nothing; they lie in the arena given. */
#ifndef MOBYNC_DB_ARGS_H
#define MOBYNC_DB_ARGS_H

#include <mysql.h>

#include "arena.h"

/* How a column travels between the server's types and ours. */
enum db_cell_kind { DB_CELL_TEXT, DB_CELL_BYTES, DB_CELL_INTEGER, DB_CELL_REAL };

/* Is it a run of bytes, with or without a character set? */
static inline bool db_cell_is_text(enum db_cell_kind kind)
{
    return kind == DB_CELL_TEXT || kind == DB_CELL_BYTES;
}

/* Parameters in the order of their question marks. What they are made of must outlive the run. */
struct db_args {
    struct arena *arena;
    MYSQL_BIND *binds;
    size_t count;
    size_t capacity;
};

struct db_args db_args_of(size_t capacity, struct arena *arena);
void db_args_text(struct db_args *args, struct text value);
/* Of no character set. */
void db_args_bytes(struct db_args *args, struct text value);
void db_args_integer(struct db_args *args, int64_t value);
void db_args_unsigned(struct db_args *args, uint64_t value);
void db_args_null(struct db_args *args);

#endif
