/* Sends many rows of parameters: db_batch_run() cuts them into packets that the server takes. */
#include "db_batch.h"

#include <assert.h>

#define PACKET_ROWS  ((size_t)1000)
#define PACKET_BYTES ((size_t)4 * 1024 * 1024)
#define CELL_BYTES   ((size_t)12) /* at most, beside its text: indicator, type, length */

struct db_batch db_batch_of(const enum db_cell_kind *kinds, size_t column_count, size_t row_count,
                            struct arena *arena)
{
    struct db_batch batch = {
        .arena = arena,
        .columns = ARENA_ARRAY(arena, column_count, struct db_batch_column),
        .column_count = column_count,
        .row_count = row_count,
    };

    for (size_t i = 0; i < column_count; i++) {
        struct db_batch_column *column = &batch.columns[i];

        column->kind = kinds[i];
        column->indicators = ARENA_ARRAY(arena, row_count, char);
        column->lengths = ARENA_ARRAY(arena, row_count, unsigned long);
        if (db_cell_is_text(kinds[i]))
            column->texts = ARENA_ARRAY(arena, row_count, const char *);
        else if (kinds[i] == DB_CELL_INTEGER)
            column->integers = ARENA_ARRAY(arena, row_count, int64_t);
        else
            column->reals = ARENA_ARRAY(arena, row_count, double);
    }
    return batch;
}

void db_batch_text(struct db_batch *batch, size_t column, size_t row, struct text value)
{
    batch->columns[column].texts[row] = value.len > 0 ? value.ptr : "";
    batch->columns[column].lengths[row] = value.len;
    batch->columns[column].indicators[row] = STMT_INDICATOR_NONE;
}

void db_batch_integer(struct db_batch *batch, size_t column, size_t row, int64_t value)
{
    batch->columns[column].integers[row] = value;
    batch->columns[column].indicators[row] = STMT_INDICATOR_NONE;
}

void db_batch_real(struct db_batch *batch, size_t column, size_t row, double value)
{
    batch->columns[column].reals[row] = value;
    batch->columns[column].indicators[row] = STMT_INDICATOR_NONE;
}

static void set_indicator(struct db_batch *batch, size_t column, size_t row, char indicator)
{
    batch->columns[column].indicators[row] = indicator;
    if (db_cell_is_text(batch->columns[column].kind))
        batch->columns[column].texts[row] = "";
}

void db_batch_null(struct db_batch *batch, size_t column, size_t row)
{
    set_indicator(batch, column, row, STMT_INDICATOR_NULL);
}

void db_batch_default(struct db_batch *batch, size_t column, size_t row)
{
    set_indicator(batch, column, row, STMT_INDICATOR_DEFAULT);
}

static size_t row_bytes(const struct db_batch *batch, size_t row)
{
    size_t bytes = 0;

    for (size_t i = 0; i < batch->column_count; i++)
        bytes += batch->columns[i].lengths[row] + CELL_BYTES;
    return bytes;
}

struct packet {
    size_t rows;
    size_t bytes;
};

/* Rows from `first` on that go into one packet, at least one. */
static struct packet packet_at(const struct db_batch *batch, size_t first, size_t most_rows,
                               size_t most_bytes)
{
    struct packet packet = {1, row_bytes(batch, first)};

    for (size_t row = first + 1; row < batch->row_count && packet.rows < most_rows; row++) {
        const size_t bytes = row_bytes(batch, row);

        if (packet.bytes + bytes > most_bytes)
            break;
        packet.bytes += bytes;
        packet.rows++;
    }
    return packet;
}

/* An array of the column's cells from `row` on. */
static void bind_array(MYSQL_BIND *bind, const struct db_batch_column *column, size_t row)
{
    bind->u.indicator = column->indicators + row;
    bind->length = column->lengths + row;
    switch (column->kind) {
    case DB_CELL_TEXT:
        bind->buffer_type = MYSQL_TYPE_STRING;
        bind->buffer = column->texts + row;
        break;
    case DB_CELL_BYTES:
        bind->buffer_type = MYSQL_TYPE_BLOB;
        bind->buffer = column->texts + row;
        break;
    case DB_CELL_INTEGER:
        bind->buffer_type = MYSQL_TYPE_LONGLONG;
        bind->buffer = column->integers + row;
        break;
    case DB_CELL_REAL:
        bind->buffer_type = MYSQL_TYPE_DOUBLE;
        bind->buffer = column->reals + row;
        break;
    }
}

/* One cell: a text is bound by its characters, not by an array of pointers to them. */
static void bind_single(MYSQL_BIND *bind, const struct db_batch_column *column, size_t row)
{
    bind_array(bind, column, row);
    bind->u.indicator = NULL;
    assert(column->indicators[row] != STMT_INDICATOR_DEFAULT);
    if (column->indicators[row] == STMT_INDICATOR_NULL)
        bind->buffer_type = MYSQL_TYPE_NULL;
    else if (db_cell_is_text(column->kind))
        memcpy(&bind->buffer, &column->texts[row], sizeof(bind->buffer));
}

struct batch_run {
    const struct db_batch *batch;
    struct db_link *link;
    MYSQL_STMT *stmt;
    MYSQL_BIND *binds;
    void (*bind)(MYSQL_BIND *bind, const struct db_batch_column *column, size_t row);
    const char *what;
};

static enum rc send_rows(const struct batch_run *run, size_t first, unsigned array_rows,
                         size_t *applied, struct fail *fail)
{
    for (size_t i = 0; i < run->batch->column_count; i++) {
        run->binds[i] = (MYSQL_BIND){0};
        run->bind(&run->binds[i], &run->batch->columns[i], first);
    }
    mysql_stmt_attr_set(run->stmt, STMT_ATTR_ARRAY_SIZE, &array_rows);
    if (mysql_stmt_bind_param(run->stmt, run->binds) != 0 || mysql_stmt_execute(run->stmt) != 0)
        return db_link_error(run->link, run->stmt, run->what, false, fail);
    *applied += (size_t)mysql_stmt_affected_rows(run->stmt);
    return mysql_stmt_warning_count(run->stmt) == 0
               ? RC_OK
               : db_link_check_notes(run->link, run->what, fail);
}

enum rc db_batch_run(const struct db_batch *batch, struct db_link *link, MYSQL_STMT *stmt,
                     const char *what, size_t *applied_out, struct fail *fail)
{
    const bool arrays = db_link_takes_arrays(link);
    /* Half of what the server takes, where that is less than our own measure. */
    const size_t most_bytes =
        link->packet_bytes / 2 < PACKET_BYTES ? link->packet_bytes / 2 : PACKET_BYTES;
    struct batch_run run = {
        .batch = batch,
        .link = link,
        .stmt = stmt,
        .binds = ARENA_ARRAY(batch->arena, batch->column_count, MYSQL_BIND),
        .bind = arrays ? bind_array : bind_single,
        .what = what,
    };
    enum rc rc = RC_OK;

    assert(batch->column_count == mysql_stmt_param_count(stmt));
    *applied_out = 0;
    for (size_t row = 0; row < batch->row_count && rc == RC_OK;) {
        struct packet packet = packet_at(batch, row, arrays ? PACKET_ROWS : 1, most_bytes);

        rc = db_link_fits(link, packet.bytes, fail);
        if (rc == RC_OK)
            rc = send_rows(&run, row, arrays ? (unsigned)packet.rows : 0, applied_out, fail);
        row += packet.rows;
    }
    return rc;
}
