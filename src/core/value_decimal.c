/* Decimals: exact digits. The canonical text has no zeros that count for nothing; JSON has as many
 * digits behind the point as the column. */
#include <stdio.h>

#include "json_write.h"
#include "plural.h"
#include "value_type.h"

/* The parts of a number's text. */
struct decimal {
    bool negative;
    struct text whole;    /* without zeros in front: none is 0 */
    struct text fraction; /* without zeros at the end */
};

static struct text digits_at(struct text t, size_t at)
{
    size_t end = at;

    while (end < t.len && t.ptr[end] >= '0' && t.ptr[end] <= '9')
        end++;
    return (struct text){t.ptr + at, end - at};
}

/* False unless it is digits, perhaps with a sign before and a point among them. */
static bool read_decimal(struct text t, struct decimal *decimal_out)
{
    const bool negative = t.len > 0 && t.ptr[0] == '-';
    const struct text whole = digits_at(t, negative);
    size_t end = negative + whole.len;
    struct text fraction = {t.ptr + end, 0};

    if (whole.len == 0)
        return false;
    if (end < t.len && t.ptr[end] == '.') {
        fraction = digits_at(t, end + 1);
        end += 1 + fraction.len;
        if (fraction.len == 0)
            return false;
    }
    *decimal_out = (struct decimal){negative, whole, fraction};
    return end == t.len;
}

static void trim(struct decimal *decimal)
{
    while (decimal->whole.len > 0 && decimal->whole.ptr[0] == '0') {
        decimal->whole.ptr++;
        decimal->whole.len--;
    }
    while (decimal->fraction.len > 0 && decimal->fraction.ptr[decimal->fraction.len - 1] == '0')
        decimal->fraction.len--;
    if (decimal->whole.len == 0 && decimal->fraction.len == 0)
        decimal->negative = false;
}

static char *put(char *out, struct text t)
{
    if (t.len > 0)
        memcpy(out, t.ptr, t.len);
    return out + t.len;
}

static struct text write_decimal(const struct decimal *decimal, struct arena *arena)
{
    char *text = arena_alloc(arena, decimal->whole.len + decimal->fraction.len + 4);
    char *out = text;

    if (decimal->negative)
        *out++ = '-';
    out = put(out, decimal->whole.len > 0 ? decimal->whole : TEXT_LITERAL("0"));
    if (decimal->fraction.len > 0)
        *out++ = '.';
    out = put(out, decimal->fraction);
    *out = '\0';
    return (struct text){text, (size_t)(out - text)};
}

/* Cuts the fraction to so many digits; from half of the last on, away from 0. */
static void round_decimal(struct decimal *decimal, size_t scale, struct arena *arena)
{
    const size_t len = decimal->whole.len + scale;
    const bool up = decimal->fraction.ptr[scale] >= '5';
    char *digits = arena_alloc(arena, len + 2);
    size_t at = len + 1;

    digits[0] = '0'; /* for a carry */
    put(put(digits + 1, decimal->whole), (struct text){decimal->fraction.ptr, scale});
    while (up && digits[--at] == '9')
        digits[at] = '0';
    if (up)
        digits[at]++;
    decimal->whole = (struct text){digits, decimal->whole.len + 1};
    decimal->fraction = (struct text){digits + decimal->whole.len, scale};
    trim(decimal);
}

static const char *fit_digits(struct value_input *input, struct decimal *decimal,
                              struct value *value)
{
    const struct column *column = input->at.column;
    const unsigned whole = column->precision - column->scale;

    value->rounded = decimal->fraction.len > column->scale;
    if (value->rounded && !input->at.field->round) {
        snprintf(input->reason, sizeof(input->reason),
                 "its column keeps %u digit%s behind the point: round it", column->scale,
                 plural(column->scale));
        return input->reason;
    }
    if (value->rounded)
        round_decimal(decimal, column->scale, input->arena);
    if (decimal->negative && column->is_unsigned)
        return "a number that is not negative is expected";
    if (decimal->whole.len <= whole)
        return NULL;
    snprintf(input->reason, sizeof(input->reason), "its column keeps %u digit%s before the point",
             whole, plural(whole));
    return input->reason;
}

const char *value_decimal_parse(struct value_input *input, struct value *value)
{
    const struct text string = input->token->string;
    struct decimal decimal;
    const char *reason = NULL;

    if (input->token->kind != JSON_KIND_STRING || !read_decimal(string, &decimal) ||
        (decimal.whole.len > 1 && decimal.whole.ptr[0] == '0'))
        return "a string of digits, such as \"12.50\", is expected";
    trim(&decimal); /* mutant: decimal_as_sent */
    if (column_type_of(&input->at) == COLUMN_DECIMAL)
        reason = fit_digits(input, &decimal, value);
    if (reason == NULL)
        value->text = write_decimal(&decimal, input->arena);
    return reason;
}

void value_decimal_write(const struct mapped_field *at, const struct value *value, struct buf *buf)
{
    const size_t wanted = column_type_of(at) == COLUMN_DECIMAL ? at->column->scale : 0;
    struct decimal decimal;

    if (!read_decimal(value->text, &decimal)) {
        json_write_string(buf, value->text);
        return;
    }
    buf_add_char(buf, '"');
    buf_add_text(buf, value->text);
    if (decimal.fraction.len == 0 && wanted > 0)
        buf_add_char(buf, '.');
    for (size_t digits = decimal.fraction.len; digits < wanted; digits++)
        buf_add_char(buf, '0');
    buf_add_char(buf, '"');
}

bool value_decimal_from_column(const struct mapped_field *at, const struct value *raw,
                               struct arena *arena, struct value *value)
{
    struct decimal decimal;

    (void)at;
    if (raw->kind != VALUE_TEXT || !read_decimal(raw->text, &decimal))
        return false;
    trim(&decimal);
    value->text = write_decimal(&decimal, arena);
    return true;
}
