/* Fetches a result row by row: db_rows_open(), db_rows_next() until *more_out is false, close. */
#include "db_rows.h"

struct db_cell {
    enum db_cell_kind kind;
    union {
        char *text;
        int64_t integer;
        double real;
    };
    unsigned long length; /* of the text, even where the buffer is shorter */
    my_bool is_null;
    my_bool cut;
};

static const enum enum_field_types WIRE_TYPES[] = {
    [DB_CELL_TEXT] = MYSQL_TYPE_STRING,
    [DB_CELL_BYTES] = MYSQL_TYPE_BLOB,
    [DB_CELL_INTEGER] = MYSQL_TYPE_LONGLONG,
    [DB_CELL_REAL] = MYSQL_TYPE_DOUBLE,
};

static void bind_cell(MYSQL_BIND *bind, struct db_cell *cell, size_t text_bytes,
                      struct arena *arena)
{
    bind->buffer_type = WIRE_TYPES[cell->kind];
    bind->buffer = &cell->integer;
    bind->is_null = &cell->is_null;
    bind->length = &cell->length;
    bind->error = &cell->cut;
    if (!db_cell_is_text(cell->kind))
        return;
    cell->text = arena_alloc(arena, text_bytes);
    bind->buffer = cell->text;
    bind->buffer_length = text_bytes;
}

static my_bool is_unsigned(MYSQL_RES *columns, size_t column)
{
    const MYSQL_FIELD *field = mysql_fetch_field_direct(columns, (unsigned)column);

    /* mutant: unsigned_read_as_signed */
    return (field->flags & UNSIGNED_FLAG) != 0 ? 1 : 0;
}

enum rc db_rows_open(struct db_rows *rows, const enum db_cell_kind *kinds, size_t count,
                     const struct db_args *args, size_t text_bytes, struct fail *fail)
{
    enum rc rc = db_stmt_run(rows->link, rows->stmt, args, rows->what, fail);
    MYSQL_RES *columns;

    if (rc != RC_OK)
        return rc;
    columns = mysql_stmt_result_metadata(rows->stmt);
    if (columns == NULL)
        return db_link_error(rows->link, rows->stmt, rows->what, false, fail);
    rows->binds = ARENA_ARRAY(args->arena, count, MYSQL_BIND);
    rows->cells = ARENA_ARRAY(args->arena, count, struct db_cell);
    for (size_t i = 0; i < count; i++) {
        rows->cells[i].kind = kinds[i];
        bind_cell(&rows->binds[i], &rows->cells[i], text_bytes, args->arena);
        rows->binds[i].is_unsigned = is_unsigned(columns, i);
    }
    mysql_free_result(columns);
    if (mysql_stmt_bind_result(rows->stmt, rows->binds) != 0)
        return db_link_error(rows->link, rows->stmt, rows->what, false, fail);
    return RC_OK;
}

enum rc db_rows_next(struct db_rows *rows, bool *more_out, struct fail *fail)
{
    int outcome = mysql_stmt_fetch(rows->stmt);

    *more_out = outcome == 0 || outcome == MYSQL_DATA_TRUNCATED;
    if (*more_out)
        return RC_OK;
    if (outcome == MYSQL_NO_DATA)
        return db_link_check_end(rows->link, rows->what, fail);
    return db_link_error(rows->link, rows->stmt, rows->what, false, fail);
}

void db_rows_close(struct db_rows *rows)
{
    if (rows->stmt != NULL)
        mysql_stmt_free_result(rows->stmt);
}

bool db_rows_is_null(const struct db_rows *rows, size_t column)
{
    return rows->cells[column].is_null != 0;
}

struct text db_rows_text(const struct db_rows *rows, size_t column, struct arena *arena)
{
    const struct db_cell *cell = &rows->cells[column];
    MYSQL_BIND whole = rows->binds[column];
    char *text;

    if (cell->is_null)
        return TEXT_LITERAL("");
    if (cell->length <= whole.buffer_length)
        return arena_text(arena, (struct text){cell->text, cell->length});
    text = arena_alloc(arena, cell->length + 1);
    whole.buffer = text;
    whole.buffer_length = cell->length;
    mysql_stmt_fetch_column(rows->stmt, &whole, (unsigned)column, 0);
    text[cell->length] = '\0';
    return (struct text){text, cell->length};
}

size_t db_rows_bytes(const struct db_rows *rows, size_t column)
{
    return rows->cells[column].is_null ? 0 : rows->cells[column].length;
}

int64_t db_rows_integer(const struct db_rows *rows, size_t column)
{
    return rows->cells[column].is_null ? 0 : rows->cells[column].integer;
}

double db_rows_real(const struct db_rows *rows, size_t column)
{
    return rows->cells[column].is_null ? 0.0 : rows->cells[column].real;
}

bool db_rows_is_huge(const struct db_rows *rows, size_t column)
{
    return rows->binds[column].is_unsigned && db_rows_integer(rows, column) < 0;
}
