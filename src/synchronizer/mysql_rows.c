#include "mysql_stmt.h"

struct mysql_cell {
    enum mysql_cell_kind kind;
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
    [MYSQL_CELL_TEXT] = MYSQL_TYPE_STRING,
    [MYSQL_CELL_INTEGER] = MYSQL_TYPE_LONGLONG,
    [MYSQL_CELL_REAL] = MYSQL_TYPE_DOUBLE,
};

static void bind_cell(MYSQL_BIND *bind, struct mysql_cell *cell, size_t text_bytes,
                      struct arena *arena)
{
    bind->buffer_type = WIRE_TYPES[cell->kind];
    bind->buffer = &cell->integer;
    bind->is_null = &cell->is_null;
    bind->length = &cell->length;
    bind->error = &cell->cut;
    if (cell->kind != MYSQL_CELL_TEXT)
        return;
    cell->text = arena_alloc(arena, text_bytes);
    bind->buffer = cell->text;
    bind->buffer_length = text_bytes;
}

static my_bool is_unsigned(MYSQL_RES *columns, size_t column)
{
    const MYSQL_FIELD *field = mysql_fetch_field_direct(columns, (unsigned)column);

    return (field->flags & UNSIGNED_FLAG) != 0 ? 1 : 0;
}

enum rc mysql_rows_open(struct mysql_rows *rows, const enum mysql_cell_kind *kinds, size_t count,
                        const struct mysql_args *args, size_t text_bytes, struct fail *fail)
{
    enum rc rc = mysql_statement_run(rows->link, rows->stmt, args, rows->what, fail);
    MYSQL_RES *columns;

    if (rc != RC_OK)
        return rc;
    columns = mysql_stmt_result_metadata(rows->stmt);
    if (columns == NULL)
        return mysql_link_error(rows->link, rows->stmt, rows->what, false, fail);
    rows->binds = ARENA_ARRAY(args->arena, count, MYSQL_BIND);
    rows->cells = ARENA_ARRAY(args->arena, count, struct mysql_cell);
    for (size_t i = 0; i < count; i++) {
        rows->cells[i].kind = kinds[i];
        bind_cell(&rows->binds[i], &rows->cells[i], text_bytes, args->arena);
        rows->binds[i].is_unsigned = is_unsigned(columns, i);
    }
    mysql_free_result(columns);
    if (mysql_stmt_bind_result(rows->stmt, rows->binds) != 0)
        return mysql_link_error(rows->link, rows->stmt, rows->what, false, fail);
    return RC_OK;
}

enum rc mysql_rows_next(struct mysql_rows *rows, bool *more_out, struct fail *fail)
{
    int outcome = mysql_stmt_fetch(rows->stmt);

    *more_out = outcome == 0 || outcome == MYSQL_DATA_TRUNCATED;
    if (*more_out || outcome == MYSQL_NO_DATA)
        return RC_OK;
    return mysql_link_error(rows->link, rows->stmt, rows->what, false, fail);
}

void mysql_rows_close(struct mysql_rows *rows)
{
    mysql_stmt_free_result(rows->stmt);
}

bool mysql_rows_is_null(const struct mysql_rows *rows, size_t column)
{
    return rows->cells[column].is_null != 0;
}

struct text mysql_rows_text(const struct mysql_rows *rows, size_t column, struct arena *arena)
{
    const struct mysql_cell *cell = &rows->cells[column];
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

size_t mysql_rows_bytes(const struct mysql_rows *rows, size_t column)
{
    return rows->cells[column].is_null ? 0 : rows->cells[column].length;
}

int64_t mysql_rows_integer(const struct mysql_rows *rows, size_t column)
{
    return rows->cells[column].is_null ? 0 : rows->cells[column].integer;
}

double mysql_rows_real(const struct mysql_rows *rows, size_t column)
{
    return rows->cells[column].is_null ? 0.0 : rows->cells[column].real;
}

bool mysql_rows_is_huge(const struct mysql_rows *rows, size_t column)
{
    return rows->binds[column].is_unsigned && mysql_rows_integer(rows, column) < 0;
}
