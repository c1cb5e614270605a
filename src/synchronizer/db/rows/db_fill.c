/* Expressions for what the server fills, and the conditions of soft deletes. */
#include "db_fill.h"

#include <assert.h>

#include "db_quote.h"

static enum column_type type_of(const struct db_fill *fill)
{
    return fill->column == NULL ? COLUMN_UNKNOWN : fill->column->type;
}

#define MILLISECONDS "CAST(UNIX_TIMESTAMP(CURRENT_TIMESTAMP(3)) * 1000 AS SIGNED)"

/* In the column's precision: MySQL would round what is finer, into the future. */
static void add_now(struct buf *sql, const struct db_fill *fill)
{
    const unsigned scale = fill->column == NULL ? 0 : fill->column->scale;

    switch (type_of(fill)) {
    case COLUMN_DATE:
        buf_add_str(sql, "CURRENT_DATE()");
        break;
    case COLUMN_YEAR:
        buf_add_str(sql, "YEAR(CURRENT_DATE())");
        break;
    case COLUMN_TIME:
        buf_printf(sql, "CURRENT_TIME(%u)", scale);
        break;
    case COLUMN_DATETIME:
    case COLUMN_TIMESTAMP:
        buf_printf(sql, "CURRENT_TIMESTAMP(%u)", scale);
        break;
    case COLUMN_UNKNOWN:
    case COLUMN_INTEGER:
    case COLUMN_DECIMAL:
    case COLUMN_TEXT:
    case COLUMN_BINARY:
    case COLUMN_VARBINARY:
    case COLUMN_BIT:
    case COLUMN_FLOAT:
    case COLUMN_DOUBLE:
    case COLUMN_ENUM:
    case COLUMN_SET:
    case COLUMN_UUID:
    case COLUMN_TYPES:
        buf_add_str(sql, "CURRENT_TIMESTAMP()");
        break;
    }
}

/* As SQL writes it, without a sign that a client could not have sent either. */
static bool is_number(struct text text)
{
    size_t at = text.len > 0 && text.ptr[0] == '-', digits = 0, points = 0;

    for (; at < text.len; at++) {
        if (text.ptr[at] == '.')
            points++;
        else if (text.ptr[at] >= '0' && text.ptr[at] <= '9')
            digits++;
        else
            return false;
    }
    return digits > 0 && points <= 1 && text.len < 64;
}

static bool holds_numbers(enum column_type type)
{
    static const bool NUMBERS[COLUMN_TYPES] = {
        [COLUMN_INTEGER] = true, [COLUMN_YEAR] = true,   [COLUMN_BIT] = true,
        [COLUMN_FLOAT] = true,   [COLUMN_DOUBLE] = true, [COLUMN_DECIMAL] = true,
    };

    return NUMBERS[type];
}

/* A number is one only where the column holds numbers: as a text it would not fit a BIT, and a
 * column of text that is compared with a number is converted first. */
static void add_constant(struct buf *sql, struct db_session *s, const struct db_fill *fill)
{
    const bool number = holds_numbers(type_of(fill));

    if (number && (text_is(fill->value, "true") || text_is(fill->value, "false")))
        buf_add_str(sql, text_is(fill->value, "true") ? "1" : "0");
    else if (number && is_number(fill->value))
        buf_add_text(sql, fill->value);
    else
        db_quote_value(&s->link, sql, fill->value);
}

void db_fill_add_value(struct buf *sql, struct db_session *s, const struct db_fill *fill)
{
    switch (fill_kind(fill->value)) {
    case FILL_NOW:
        add_now(sql, fill);
        break;
    case FILL_NOW_S:
        buf_add_str(sql, "UNIX_TIMESTAMP()");
        break;
    case FILL_NOW_MS:
        buf_add_str(sql, MILLISECONDS);
        break;
    case FILL_EMPTY:
        buf_add_str(sql, "''");
        break;
    case FILL_CONSTANT:
        add_constant(sql, s, fill);
        break;
    case FILL_NOTHING:
        buf_add_str(sql, "NULL");
        break;
    }
}

static struct text value_for(const struct fill *fill, enum diff_type type)
{
    return type == DIFF_CREATE   ? fill->on_create
           : type == DIFF_UPDATE ? fill->on_update
                                 : (struct text){"", 0};
}

static struct db_fill soft_delete(const struct db_session *s, const struct model *model,
                                  struct text value)
{
    const struct model_columns *columns = columns_of(s->base.columns, model);

    return (struct db_fill){model->deleted_column, columns == NULL ? NULL : &columns->deleted,
                            value};
}

size_t db_fill_list(const struct db_session *s, const struct model *model, enum diff_type type,
                    struct text set, struct db_fill **fills_out, struct arena *arena)
{
    const struct model_columns *columns = columns_of(s->base.columns, model);
    struct db_fill *fills =
        ARENA_ARRAY(arena, model->field_count + model->filled_count + 1, struct db_fill);
    size_t count = 0;

    for (size_t i = 0; i < model->field_count; i++) {
        const struct field *field = &model->fields[i];
        /* mutant: update_fills_as_create */
        const struct text value = value_for(&field->fill, type);

        if (value.len > 0 && (i >= set.len || set.ptr[i] == 0)) /* mutant: filled_although_set */
            fills[count++] = (struct db_fill){field->column,
                                              columns == NULL ? NULL : &columns->fields[i], value};
    }
    for (size_t i = 0; i < model->filled_count; i++) {
        const struct text value = value_for(&model->filled[i].fill, type);

        if (value.len > 0)
            fills[count++] = (struct db_fill){model->filled[i].column,
                                              columns == NULL ? NULL : &columns->filled[i], value};
    }
    if (type == DIFF_CREATE && model->live_value.len > 0)
        fills[count++] = soft_delete(s, model, model->live_value);
    *fills_out = fills;
    return count;
}

struct db_fill db_fill_deleted(const struct db_session *s, const struct model *model)
{
    return soft_delete(s, model, model->deleted_value);
}

static bool is_time(struct text value)
{
    const enum fill_kind kind = fill_kind(value);

    return kind == FILL_NOW || kind == FILL_NOW_S || kind == FILL_NOW_MS;
}

/* Is the column this, or is it not? Of NULLs, too. */
static void add_comparison(struct buf *sql, struct db_session *s, const struct db_fill *fill,
                           bool is)
{
    buf_add_str(sql, is ? " AND " : " AND NOT ");
    db_quote_name(sql, fill->name);
    buf_add_str(sql, " <=> ");
    db_fill_add_value(sql, s, fill);
}

static void add_condition(struct buf *sql, struct db_session *s, const struct model *model,
                          bool deleted)
{
    const struct db_fill set = db_fill_deleted(s, model);
    const struct db_fill live = soft_delete(s, model, model->live_value);

    if (live.value.len > 0 || is_time(set.value)) /* db_fill_add_value() of an empty one: NULL */
        add_comparison(sql, s, &live, !deleted);
    else
        add_comparison(sql, s, &set, deleted);
}

void db_fill_add_live(struct buf *sql, struct db_session *s, const struct model *model)
{
    if (model_deletes_softly(model))
        add_condition(sql, s, model, false);
}

void db_fill_add_deleted(struct buf *sql, struct db_session *s, const struct model *model)
{
    assert(model_deletes_softly(model));
    add_condition(sql, s, model, true);
}
