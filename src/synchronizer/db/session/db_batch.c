/* Sends many rows of parameters: db_batch_run() cuts them into packets that the server takes. */
#include "db_batch.h"

#include <assert.h>

#define PACKET_ROWS  ((size_t)1000)
#define PACKET_BYTES ((size_t)4 * 1024 * 1024)
#define CELL_BYTES   ((size_t)12) /* at most, beside its text: indicator, type, length */

/* Of a statement with many rows of VALUES; the server keeps each length of it prepared. */
#define VALUES_ROWS       ((size_t)64)
#define VALUES_PARAMETERS ((size_t)65535) /* MySQL's limit */
#define VALUES_BYTES      ((size_t)256 * 1024)

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
        bind->is_unsigned = column->is_unsigned ? 1 : 0;
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
    struct db_stmt_cache *statements;
    const struct db_batch_sql *sql;
    bool arrays;
    size_t most_rows; /* of a packet */
    MYSQL_BIND *binds;
    size_t bind_rows; /* for which the binds suffice … */
    struct text text; /* … and the statement is written */
    MYSQL_STMT *stmt;
};

/* As many rows of VALUES as a statement has parameters and text for. */
static size_t most_values(const struct batch_run *run)
{
    size_t rows = run->sql->values.len > 0 ? VALUES_ROWS : 1;

    while (rows > 1 && (rows * run->batch->column_count > VALUES_PARAMETERS ||
                        rows * run->sql->values.len > VALUES_BYTES))
        rows /= 2;
    return rows;
}

/* The same statement with so many rows of VALUES. */
static struct text text_of_rows(const struct batch_run *run, size_t rows)
{
    const struct text text = run->sql->text, values = run->sql->values;
    const size_t head = (size_t)(values.ptr - text.ptr);
    const size_t more = (rows - 1) * (values.len + 1);
    char *sql = arena_zalloc(run->batch->arena, text.len + more + 1);
    char *at = sql + head + values.len;

    memcpy(sql, text.ptr, head + values.len);
    for (size_t i = 1; i < rows; i++) {
        *at++ = ',';
        memcpy(at, values.ptr, values.len);
        at += values.len;
    }
    memcpy(at, values.ptr + values.len, text.len - head - values.len);
    return (struct text){sql, text.len + more};
}

/* Prepares the statement for so many rows, and memory for their binds. */
static enum rc prepare_rows(struct batch_run *run, size_t rows, struct fail *fail)
{
    enum rc rc;

    if (run->bind_rows != rows) {
        run->text = rows == 1 ? run->sql->text : text_of_rows(run, rows);
        run->binds = ARENA_ARRAY(run->batch->arena, rows * run->batch->column_count, MYSQL_BIND);
        run->bind_rows = rows;
    }
    rc = db_stmt_get(run->statements, run->text, &run->stmt, fail);
    if (rc != RC_OK)
        run->stmt = NULL;
    return rc;
}

static void bind_rows(struct batch_run *run, size_t first, size_t rows)
{
    const size_t columns = run->batch->column_count;

    for (size_t i = 0; i < rows * columns; i++) {
        run->binds[i] = (MYSQL_BIND){0};
        if (run->arrays)
            bind_array(&run->binds[i], &run->batch->columns[i], first);
        else
            bind_single(&run->binds[i], &run->batch->columns[i % columns], first + i / columns);
    }
}

static enum rc execute(struct batch_run *run, struct fail *fail)
{
    struct db_link *link = run->statements->link;
    enum rc rc = RC_OK;

    link->customers_code = run->sql->customers_code;
    if (mysql_stmt_bind_param(run->stmt, run->binds) != 0 || mysql_stmt_execute(run->stmt) != 0)
        rc = db_link_error(link, run->stmt, run->sql->what, false, fail);
    link->customers_code = false;
    return rc == RC_OK ? db_link_check_transaction(link, run->sql->what, fail) : rc;
}

static enum rc send_rows(struct batch_run *run, size_t first, size_t rows, size_t *applied,
                         struct fail *fail)
{
    const unsigned array_rows = run->arrays ? (unsigned)rows : 0;
    const size_t statement_rows = run->arrays ? 1 : rows;
    enum rc rc = prepare_rows(run, statement_rows, fail);

    if (rc != RC_OK)
        return rc;
    assert(statement_rows * run->batch->column_count == mysql_stmt_param_count(run->stmt));
    bind_rows(run, first, statement_rows);
    mysql_stmt_attr_set(run->stmt, STMT_ATTR_ARRAY_SIZE, &array_rows);
    rc = execute(run, fail);
    if (rc != RC_OK)
        return rc;
    *applied += (size_t)mysql_stmt_affected_rows(run->stmt);
    return mysql_stmt_warning_count(run->stmt) == 0
               ? RC_OK
               : db_link_check_notes(run->statements->link, run->sql->what, fail);
}

/* Statements of few lengths, so that few are prepared. */
static size_t power_of_two_in(size_t rows)
{
    size_t power = 1;

    while (power * 2 <= rows)
        power *= 2;
    return power;
}

struct db_batch_sql db_batch_fixed(const struct db_stmt_cache *statements, enum db_stmt_id id,
                                   const char *what)
{
    static const char VALUES[] = " VALUES (";
    struct db_batch_sql sql = {.text = db_stmt_text(statements, id), .what = what};
    const char *before = strstr(sql.text.ptr, VALUES);

    if (before != NULL) {
        sql.values.ptr = before + strlen(VALUES) - 1;
        sql.values.len = (size_t)(strchr(sql.values.ptr, ')') + 1 - sql.values.ptr);
    }
    return sql;
}

enum rc db_batch_run(const struct db_batch *batch, struct db_stmt_cache *statements,
                     const struct db_batch_sql *sql, size_t *applied_out, MYSQL_STMT **stmt_out,
                     struct fail *fail)
{
    struct db_link *link = statements->link;
    struct batch_run run = {.batch = batch, .statements = statements, .sql = sql};
    /* Half of what the server takes, where that is less than our own measure. */
    const size_t most_bytes =
        link->packet_bytes / 2 < PACKET_BYTES ? link->packet_bytes / 2 : PACKET_BYTES;
    enum rc rc = RC_OK;

    *applied_out = 0;
    if (link->mysql == NULL)
        return db_link_is_lost(fail);
    run.arrays = db_link_takes_arrays(link);
    run.most_rows = run.arrays ? PACKET_ROWS : most_values(&run);
    for (size_t row = 0; row < batch->row_count && rc == RC_OK;) {
        struct packet packet = packet_at(batch, row, run.most_rows, most_bytes);
        const size_t rows = run.arrays ? packet.rows : power_of_two_in(packet.rows);

        rc = db_link_fits(link, packet.bytes, fail);
        if (rc == RC_OK)
            rc = send_rows(&run, row, rows, applied_out, fail);
        row += rows;
    }
    *stmt_out = run.stmt;
    return rc;
}
