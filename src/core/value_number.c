/* Integers, floats and booleans, in columns of numbers or bits. */
#include <stdio.h>

#include "json_write.h"
#include "value_real.h"
#include "value_type.h"

#define INTEGER_EXPECTED "an integer that fits 64 bits, without fraction and exponent, is expected"

static bool read_integer(struct text raw, int64_t *integer_out)
{
    bool negative = raw.len > 0 && raw.ptr[0] == '-';
    uint64_t magnitude;

    if (negative)
        raw = (struct text){raw.ptr + 1, raw.len - 1};
    if (!text_to_uint(raw, (uint64_t)INT64_MAX + negative, &magnitude))
        return false;
    if (!negative)
        *integer_out = (int64_t)magnitude;
    else
        *integer_out = magnitude == 0 ? 0 : -(int64_t)(magnitude - 1) - 1;
    return true;
}

/* One spelling for each number: no 01 and no -0. */
static bool is_plain(struct text digits)
{
    if (digits.len > 1 && digits.ptr[0] == '-')
        return digits.ptr[1] != '0';
    return digits.len == 1 || digits.ptr[0] != '0';
}

/* The digits of the number, in the form that the field has. */
static const char *take_digits(const struct value_input *input, struct text *digits_out)
{
    const struct json_token *token = input->token;

    if (input->at.field->as == FIELD_AS_NUMBER) {
        *digits_out = token->raw;
        return token->kind == JSON_KIND_INTEGER ? NULL : INTEGER_EXPECTED;
    }
    *digits_out = token->string;
    return token->kind == JSON_KIND_STRING && token->string.len > 0 && is_plain(token->string)
               ? NULL
               : "a string of digits, such as \"42\", is expected";
}

/* What an integer column, a BIT or a YEAR holds. */
static bool column_range(const struct column *column, int64_t *least_out, uint64_t *most_out)
{
    const bool has_sign = column->type == COLUMN_INTEGER && !column->is_unsigned;
    const unsigned bits = has_sign ? column->bits - 1 : column->bits;

    if ((column->type != COLUMN_INTEGER && column->type != COLUMN_BIT) || column->bits == 0)
        return false;
    *most_out = bits == 64 ? UINT64_MAX : ((uint64_t)1 << bits) - 1;
    *least_out = has_sign ? -(int64_t)*most_out - 1 : 0;
    return true;
}

static const char *out_of_range(struct value_input *input, int64_t least, uint64_t most)
{
    snprintf(input->reason, sizeof(input->reason), "an integer from %lld to %llu is expected",
             (long long)least, (unsigned long long)most);
    return input->reason;
}

/* A column reads 5 as the year 2005. */
static bool is_year(int64_t integer)
{
    return integer == 0 || (integer >= 1901 && integer <= 2155);
}

static const char *fit_integer(struct value_input *input, struct text digits, struct value *value)
{
    const struct column *column = input->at.column;
    int64_t least = INT64_MIN;
    uint64_t most = INT64_MAX, huge;
    const bool ranged = column != NULL && column_range(column, &least, &most);

    if (read_integer(digits, &value->integer)) {
        if (value->integer < least || (value->integer > 0 && (uint64_t)value->integer > most))
            return out_of_range(input, least, most);
        if (column != NULL && column->type == COLUMN_YEAR && !is_year(value->integer))
            return "0, or a year from 1901 to 2155 is expected";
        return NULL;
    }
    if (!ranged)
        return INTEGER_EXPECTED;
    if (!text_to_uint(digits, most, &huge))
        return out_of_range(input, least, most);
    value->kind = VALUE_TEXT; /* beyond 64 signed bits: its digits */
    value->text = digits;
    return NULL;
}

const char *value_number_parse_integer(struct value_input *input, struct value *value)
{
    struct text digits;
    const char *reason = take_digits(input, &digits);

    return reason != NULL ? reason : fit_integer(input, digits, value);
}

/* The double that reads as the shortest digits of a single: 0.1, not 0.10000000149. */
static double shown(double real)
{
    char digits[VALUE_REAL_SINGLE_BYTES];
    double read;

    value_real_digits_of_single((float)real, digits);
    return value_real_read(digits, &read, NULL) ? read : real;
}

static const char *fit_single(struct value_input *input, struct value *value)
{
    const double real = value->real;

    if (!value_real_fits_single(real))
        return "a number that fits its column, a FLOAT, is expected";
    value->real = shown(real);
    value->rounded = value->real != real;
    return !value->rounded || input->at.field->round
               ? NULL
               : "its column, a FLOAT, does not keep so many digits: round it";
}

const char *value_number_parse_float(struct value_input *input, struct value *value)
{
    const enum json_kind kind = input->token->kind;

    if ((kind != JSON_KIND_INTEGER && kind != JSON_KIND_REAL) ||
        !value_real_read(input->token->raw.ptr, &value->real, NULL))
        return "a number that fits a double is expected";
    return column_type_of(&input->at) == COLUMN_FLOAT ? fit_single(input, value) : NULL;
}

const char *value_number_parse_boolean(struct value_input *input, struct value *value)
{
    const struct text raw = input->token->raw;

    if (input->token->kind == JSON_KIND_BOOLEAN) {
        value->integer = raw.ptr[0] == 't';
        return NULL;
    }
    if (input->token->kind != JSON_KIND_INTEGER || !read_integer(raw, &value->integer) ||
        (value->integer != 0 && value->integer != 1))
        return "true, false, 1 or 0 is expected";
    if (input->at.field->json_booleans) {
        value->json = value->integer != 0 ? TEXT_LITERAL("true") : TEXT_LITERAL("false");
        value->rewritten = true;
    }
    return NULL;
}

static void write_digits(const struct mapped_field *at, struct text digits, struct buf *buf)
{
    if (at->field->as == FIELD_AS_STRING)
        json_write_string(buf, digits);
    else
        buf_add_text(buf, digits);
}

void value_number_write_integer(const struct mapped_field *at, const struct value *value,
                                struct buf *buf)
{
    char chars[TEXT_NUMBER_MAX];
    uint64_t ignored;

    if (value->kind == VALUE_INTEGER)
        write_digits(at, text_of_int(value->integer, chars), buf);
    else if (value->kind == VALUE_REAL)
        value_real_write(value->real, buf);
    else if (text_to_uint(value->text, UINT64_MAX, &ignored))
        write_digits(at, value->text, buf);
    else
        json_write_string(buf, value->text);
}

/* 1 and 0 are what the phones' SQLite holds. */
void value_number_write_boolean(const struct mapped_field *at, const struct value *value,
                                struct buf *buf)
{
    const bool truth = value->integer != 0;

    if (at->field->json_booleans)
        buf_add_str(buf, truth ? "true" : "false");
    else
        buf_add_int(buf, truth);
}

void value_number_write_float(const struct mapped_field *at, const struct value *value,
                              struct buf *buf)
{
    (void)at;
    value_real_write(value->real, buf);
}

bool value_number_from_single(const struct mapped_field *at, const struct value *raw,
                              struct arena *arena, struct value *value)
{
    (void)arena;
    if (raw->kind == VALUE_REAL && column_type_of(at) == COLUMN_FLOAT)
        value->real = shown(raw->real);
    return true;
}

#define BIT_BYTES ((size_t)8)

static struct text digits_of(uint64_t number, struct arena *arena)
{
    char digits[TEXT_NUMBER_MAX];
    const int len = snprintf(digits, sizeof(digits), "%llu", (unsigned long long)number);

    return arena_text(arena, (struct text){digits, (size_t)len});
}

/* A BIT column gives and takes its bytes, the highest first. */
bool value_number_from_bits(const struct mapped_field *at, const struct value *raw,
                            struct arena *arena, struct value *value)
{
    uint64_t number = 0;

    if (column_type_of(at) != COLUMN_BIT)
        return true;
    if (raw->kind != VALUE_TEXT || raw->text.len > BIT_BYTES)
        return false;
    for (size_t i = 0; i < raw->text.len; i++)
        number = number << 8 | (unsigned char)raw->text.ptr[i];
    if (number > INT64_MAX) {
        value->text = digits_of(number, arena);
        return true;
    }
    value->kind = VALUE_INTEGER;
    value->integer = (int64_t)number;
    return true;
}

bool value_number_to_bits(const struct mapped_field *at, const struct value *value,
                          struct arena *arena, struct value *raw)
{
    uint64_t number = (uint64_t)value->integer;
    char *bytes;

    if (column_type_of(at) != COLUMN_BIT ||
        (value->kind != VALUE_INTEGER &&
         (value->kind != VALUE_TEXT || !text_to_uint(value->text, UINT64_MAX, &number))))
        return false;
    bytes = arena_alloc(arena, BIT_BYTES);
    for (size_t i = 0; i < BIT_BYTES; i++)
        bytes[i] = (char)(number >> (8 * (BIT_BYTES - 1 - i)));
    *raw = (struct value){.kind = VALUE_TEXT, .text = {bytes, BIT_BYTES}};
    return true;
}
