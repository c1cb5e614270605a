#include "table.h"

#include <assert.h>
#include <stdarg.h>

#include "terminal.h"

#define FORMATTED_BYTES 512
#define ELLIPSIS        "…"

struct table_row {
    struct table_row *next;
    struct text cells[TABLE_COLUMNS_MAX];
};

void table_init(struct table *table, const struct table_column *columns, size_t column_count)
{
    assert(column_count <= TABLE_COLUMNS_MAX);
    *table = (struct table){.columns = columns, .column_count = column_count};
    arena_init(&table->arena);
    for (size_t i = 0; i < column_count; i++)
        table->widths[i] = text_utf8_length(text_of(columns[i].heading));
}

void table_release(struct table *table)
{
    arena_release(&table->arena);
}

void table_row(struct table *table)
{
    struct table_row *row = ARENA_NEW(&table->arena, struct table_row);

    assert(table->last == NULL || table->filled == table->column_count);
    if (table->last == NULL)
        table->first = row;
    else
        table->last->next = row;
    table->last = row;
    table->filled = 0;
}

/* Bytes of the first `count` characters. */
static size_t bytes_of(struct text text, size_t count)
{
    size_t at = 0;

    while (at < text.len && count > 0) {
        at++;
        while (at < text.len && ((unsigned char)text.ptr[at] & 0xC0) == 0x80)
            at++;
        count--;
    }
    return at;
}

static struct text cut(struct text text, size_t most, struct arena *arena)
{
    size_t kept = bytes_of(text, most - 1);
    char *copy;

    if (bytes_of(text, most) == text.len)
        return arena_text(arena, text);
    copy = arena_alloc(arena, kept + sizeof(ELLIPSIS));
    memcpy(copy, text.ptr, kept);
    memcpy(copy + kept, ELLIPSIS, sizeof(ELLIPSIS));
    return (struct text){copy, kept + sizeof(ELLIPSIS) - 1};
}

void table_cell(struct table *table, struct text text)
{
    const size_t column = table->filled++;
    struct text cell;
    size_t width;

    assert(column < table->column_count);
    cell = cut(text, table->columns[column].most, &table->arena);
    width = text_utf8_length(cell);
    if (width > table->widths[column])
        table->widths[column] = width;
    table->last->cells[column] = cell;
}

void table_format(struct table *table, const char *format, ...)
{
    char formatted[FORMATTED_BYTES];
    va_list args;

    va_start(args, format);
    vsnprintf(formatted, sizeof(formatted), format, args);
    va_end(args);
    table_cell(table, text_of(formatted));
}

void table_integer(struct table *table, int64_t integer)
{
    table_format(table, "%lld", (long long)integer);
}

static void print_cell(const struct table *table, size_t column, struct text cell)
{
    const bool right = table->columns[column].right;
    const bool last = column + 1 == table->column_count;

    if (right)
        printf("%*s", (int)(table->widths[column] - text_utf8_length(cell)), "");
    if (!last) {
        terminal_cell(stdout, cell, right ? 0 : table->widths[column]);
        return;
    }
    terminal_text(stdout, cell);
    putchar('\n');
}

static void print_headings(const struct table *table)
{
    for (size_t i = 0; i < table->column_count; i++)
        print_cell(table, i, text_of(table->columns[i].heading));
}

void table_print(struct table *table)
{
    if (table->first != NULL && !table->headed) {
        print_headings(table);
        table->headed = true;
    }
    for (const struct table_row *row = table->first; row != NULL; row = row->next)
        for (size_t i = 0; i < table->column_count; i++)
            print_cell(table, i, row->cells[i]);
    table->first = table->last = NULL;
    arena_clear(&table->arena);
}
