/* Tables by libsmartcols; table_print() is the entry point. A cell is cut and made printable before
 * libsmartcols gets it: a value may have megabytes, and control characters become '?'. */
#include "table.h"

#include <assert.h>
#include <libsmartcols/libsmartcols.h>
#include <locale.h>
#include <stdarg.h>

#include "terminal.h"

#define FORMATTED_BYTES 512
#define ELLIPSIS        "…"

/* libsmartcols reports nothing but a lack of memory, which ends the process as in the arena. */
static void must(bool done)
{
    assert(done);
}

void table_init(struct table *table, const struct table_column *columns, size_t column_count)
{
    *table = (struct table){.columns = columns, .scols = scols_new_table()};
    arena_init(&table->arena);
    /* Texts are UTF-8 whatever the user's locale says: what libsmartcols measures by it. */
    must(setlocale(LC_CTYPE, "C.UTF-8") != NULL);
    must(table->scols != NULL && scols_table_set_column_separator(table->scols, "  ") == 0 &&
         /* A terminal wraps long rows: to be cut to its width would hide why a row was refused. */
         scols_table_set_termforce(table->scols, SCOLS_TERMFORCE_NEVER) == 0);
    for (size_t i = 0; i < column_count; i++)
        must(scols_table_new_column(table->scols, columns[i].heading, 0,
                                    columns[i].right ? SCOLS_FL_RIGHT : 0) != NULL);
}

void table_release(struct table *table)
{
    scols_unref_table(table->scols);
    arena_release(&table->arena);
}

void table_row(struct table *table)
{
    assert(table->row == NULL || table->filled == scols_table_get_ncols(table->scols));
    table->row = scols_table_new_line(table->scols, NULL);
    must(table->row != NULL);
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

void table_cell(struct table *table, struct text text)
{
    const size_t max = table->columns[table->filled].max;
    const bool whole = bytes_of(text, max) == text.len;
    const size_t kept = whole ? text.len : bytes_of(text, max - 1);
    char *cell = arena_alloc(&table->arena, kept + sizeof(ELLIPSIS));
    size_t len = terminal_printable((struct text){text.ptr, kept}, cell);

    memcpy(cell + len, whole ? "" : ELLIPSIS, whole ? 1 : sizeof(ELLIPSIS));
    must(scols_line_set_data(table->row, table->filled++, cell) == 0);
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

/* What is printed later is aligned with what was printed first. */
static void keep_widths(struct libscols_table *scols)
{
    for (size_t i = 0; i < scols_table_get_ncols(scols); i++) {
        struct libscols_column *column = scols_table_get_column(scols, i);

        must(scols_column_set_whint(column, (double)scols_column_get_width(column)) == 0);
    }
}

void table_print(struct table *table)
{
    if (scols_table_is_empty(table->scols))
        return;
    must(scols_print_table(table->scols) == 0);
    must(scols_table_enable_noheadings(table->scols, 1) == 0);
    keep_widths(table->scols);
    scols_table_remove_lines(table->scols);
    table->row = NULL;
    arena_clear(&table->arena);
}

void table_print_headed(struct table *table)
{
    if (scols_table_is_empty(table->scols) && !scols_table_is_noheadings(table->scols)) {
        must(scols_table_enable_noheadings(table->scols, 1) == 0);
        table_row(table);
        for (size_t i = 0; i < scols_table_get_ncols(table->scols); i++)
            table_cell(table, text_of(table->columns[i].heading));
    }
    table_print(table);
}
