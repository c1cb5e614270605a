/* Table cells about a diff, shared by explain and pull. */
#include "diff_print.h"

#include "buf.h"
#include "made_ids.h"
#include "terminal.h"

/* More than any cell shows. */
#define VALUE_MAX_BYTES  ((size_t)500)
#define FIELDS_MAX_BYTES ((size_t)4096)

static struct text beginning_of(struct text value)
{
    if (value.len <= VALUE_MAX_BYTES)
        return value;
    value.len = VALUE_MAX_BYTES;
    while (((unsigned char)value.ptr[value.len] & 0xC0) == 0x80)
        value.len--;
    return value;
}

static void add_field(struct buf *line, const struct field_value *set)
{
    if (line->len > 0)
        buf_add_char(line, ' ');
    buf_add_text(line, set->field->name);
    buf_add_char(line, '=');
    if (set->value.json.len > 0)
        buf_add_text(line, beginning_of(set->value.json));
    else
        value_write_json((struct mapped_field){set->field, NULL}, &set->value, line);
}

void diff_print_fields(struct table *table, const struct diff *diff)
{
    struct buf line;

    buf_init(&line, FIELDS_MAX_BYTES);
    for (size_t i = 0; i < diff->field_count && !line.overflow; i++)
        add_field(&line, &diff->fields[i]);
    table_cell(table, line.len > 0 ? buf_text(&line) : TEXT_LITERAL("-"));
    buf_release(&line);
}

void diff_print_time(struct table *table, int64_t time_ms)
{
    char moment[TERMINAL_TIME_MS_SIZE];

    terminal_time_ms(time_ms, moment);
    table_cell(table, text_of(moment));
    table_integer(table, time_ms);
}

void diff_print_id(struct table *table, const struct diff *diff)
{
    table_format(table, "%s%.*s", made_id_is_of_change(diff) ? DIFF_PRINT_SQL : "",
                 TEXT_ARG(diff->id));
}

void diff_print_table_init(struct table *table)
{
    static const struct table_column COLUMNS[] = {
        {"CLOCK", 20, true},
        {"CLIENT TIMESTAMP", 30, false},
        {"MS", 20, true},
        {"TYPE", 6, false},
        {"MODEL", 30, false},
        {"OBJECT", 40, false},
        {"ID", DIFF_PRINT_ID_WIDTH, false},
        {"FIELDS", 100, false},
    };

    table_init(table, COLUMNS, ARRAY_LEN(COLUMNS));
}

void diff_print_row(struct table *table, const struct diff *diff)
{
    table_row(table);
    table_integer(table, diff->clock);
    diff_print_time(table, diff->time_ms);
    table_cell(table, text_of(diff_type_name(diff->type)));
    table_cell(table, diff->model->name);
    table_cell(table, diff->object_id);
    diff_print_id(table, diff);
    diff_print_fields(table, diff);
}
