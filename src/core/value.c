/* Reads and writes values, type by type.
 * Entry:     value_parse(), value_write_json().
 * Invariant: a field type is one row of TYPES. */
#include "value.h"

#include <assert.h>
#include <float.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "json_write.h"

/* The C locale costs glibc no memory; taken again each time, it needs no global. */
static locale_t c_locale(void)
{
    locale_t locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);

    assert(locale != (locale_t)0);
    return locale;
}

/* A number token; end_out may be NULL. False if it is too large for a double. */
static bool read_real(const char *raw, double *real_out, char **end_out)
{
    locale_t locale = c_locale();

    *real_out = strtod_l(raw, end_out, locale);
    freelocale(locale);
    return isfinite(*real_out);
}

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

static bool parse_string(const struct json_token *token, struct value *value)
{
    value->kind = VALUE_TEXT;
    value->text = token->string;
    return token->kind == JSON_KIND_STRING;
}

static bool parse_integer(const struct json_token *token, struct value *value)
{
    value->kind = VALUE_INTEGER;
    return token->kind == JSON_KIND_INTEGER && read_integer(token->raw, &value->integer);
}

static bool parse_float(const struct json_token *token, struct value *value)
{
    value->kind = VALUE_REAL;
    return (token->kind == JSON_KIND_INTEGER || token->kind == JSON_KIND_REAL) &&
           read_real(token->raw.ptr, &value->real, NULL);
}

static bool parse_boolean(const struct json_token *token, struct value *value)
{
    if (token->kind != JSON_KIND_BOOLEAN)
        return parse_integer(token, value) && (value->integer == 0 || value->integer == 1);
    value->kind = VALUE_INTEGER;
    value->integer = token->raw.ptr[0] == 't';
    return true;
}

/* Behind the string that begins at `at`. */
static const char *skip_string(const char *at)
{
    for (at++; *at != '"'; at++)
        if (*at == '\\')
            at++;
    return at + 1;
}

/* The text is a strict array: beside strings, numbers, commas and white space it can only hold the
 * beginning of a literal or of a nested value. */
static bool is_flat_list(struct text raw)
{
    const char *end = raw.ptr + raw.len - 1; /* at the closing bracket */

    for (const char *at = raw.ptr + 1; at < end;) {
        char *behind;
        double ignored;

        if (*at == '"') {
            at = skip_string(at);
        } else if (*at == '-' || (*at >= '0' && *at <= '9')) {
            if (!read_real(at, &ignored, &behind))
                return false;
            at = behind;
        } else if (strchr(", \t\r\n", *at) != NULL) {
            at++;
        } else {
            return false;
        }
    }
    return true;
}

static bool parse_list(const struct json_token *token, struct value *value)
{
    value->kind = VALUE_TEXT;
    value->text = token->raw;
    return token->kind == JSON_KIND_ARRAY && is_flat_list(token->raw);
}

static bool parse_json(const struct json_token *token, struct value *value)
{
    value->kind = VALUE_TEXT;
    value->text = token->raw;
    return true;
}

/* All that a field type is, as far as this layer goes. */
static const struct {
    const char *name;
    const char *expected;
    bool (*parse)(const struct json_token *token, struct value *value);
    enum value_kind kind;
    bool has_length;   /* max_length applies */
    bool text_is_json; /* its text is written as it is, not as a string */
    bool is_flag;      /* its integer is written as 0 or 1 */
} TYPES[FIELD_TYPES] = {
    [FIELD_STRING] = {"string", "a string", parse_string, VALUE_TEXT, .has_length = true},
    [FIELD_INTEGER] = {"integer", "an integer that fits 64 bits, without fraction and exponent,",
                       parse_integer, VALUE_INTEGER},
    [FIELD_FLOAT] = {"float", "a number that fits a double", parse_float, VALUE_REAL},
    [FIELD_BOOLEAN] = {"boolean", "true, false, 1 or 0", parse_boolean, VALUE_INTEGER,
                       .is_flag = true},
    [FIELD_LIST] = {"list", "a list of integers, finite floats and strings, not nested,",
                    parse_list, VALUE_TEXT, .text_is_json = true},
    [FIELD_JSON] = {"json", "any JSON value", parse_json, VALUE_TEXT, .text_is_json = true},
};

const char *field_type_name(enum field_type type)
{
    assert(type < FIELD_TYPES);
    return TYPES[type].name;
}

bool field_type_parse(struct text name, enum field_type *type_out)
{
    for (unsigned i = 0; i < FIELD_TYPES; i++) {
        if (text_is(name, TYPES[i].name)) {
            *type_out = (enum field_type)i;
            return true;
        }
    }
    return false;
}

bool field_type_has_length(enum field_type type)
{
    return TYPES[type].has_length;
}

enum value_kind field_type_kind(enum field_type type)
{
    return TYPES[type].kind;
}

bool field_type_is_json(enum field_type type)
{
    return TYPES[type].text_is_json;
}

static enum rc refuse(const struct field *field, struct fail *fail)
{
    fail_at_field(fail, field->name);
    return RC_REJECTED;
}

enum rc value_parse(const struct field *field, const struct json_token *token,
                    struct value *value_out, struct fail *fail)
{
    *value_out = (struct value){.kind = VALUE_NULL, .json = token->raw};
    if (token->kind == JSON_KIND_NULL && !field->required)
        return RC_OK;
    if (token->kind == JSON_KIND_NULL) {
        fail_reject(fail, FAIL_INVALID_DATA, "field %s: null is given, but the field is required",
                    field->name.ptr);
        return refuse(field, fail);
    }
    if (!TYPES[field->type].parse(token, value_out)) {
        fail_reject(fail, FAIL_INVALID_DATA, "field %s: %s is expected", field->name.ptr,
                    TYPES[field->type].expected);
        return refuse(field, fail);
    }
    if (TYPES[field->type].has_length && field->max_length > 0 &&
        text_utf8_length(value_out->text) > field->max_length) {
        fail_reject(fail, FAIL_INVALID_DATA, "field %s: longer than its %zu characters: shorten it",
                    field->name.ptr, field->max_length);
        return refuse(field, fail);
    }
    return RC_OK;
}

/* The shortest text that reads back the same. Fifteen digits are the shortest if they read back at
 * all, except for denormals, which have fewer that count. */
static void write_real(double real, struct buf *buf)
{
    locale_t locale = c_locale();
    locale_t before = uselocale(locale);
    char text[40];

    for (int digits = isnormal(real) ? DBL_DIG : 1; digits <= DBL_DECIMAL_DIG; digits++) {
        snprintf(text, sizeof(text), "%.*g", digits, real);
        if (strtod(text, NULL) == real)
            break;
    }
    uselocale(before);
    freelocale(locale);
    buf_add_str(buf, text);
    if (strpbrk(text, ".e") == NULL)
        buf_add_str(buf, ".0");
}

static void write_text(const struct field *field, struct text text, struct buf *buf)
{
    if (TYPES[field->type].text_is_json)
        json_write_compact(buf, text);
    else
        json_write_string(buf, text);
}

void value_write_json(const struct field *field, const struct value *value, struct buf *buf)
{
    switch (value->kind) {
    case VALUE_NULL:
        buf_add_str(buf, "null");
        break;
    case VALUE_TEXT:
        write_text(field, value->text, buf);
        break;
    case VALUE_INTEGER:
        buf_add_int(buf, TYPES[field->type].is_flag ? value->integer != 0 : value->integer);
        break;
    case VALUE_REAL:
        write_real(value->real, buf);
        break;
    }
}

bool value_equal(const struct value *a, const struct value *b)
{
    if (a->kind != b->kind)
        return false;
    switch (a->kind) {
    case VALUE_NULL:
        return true;
    case VALUE_TEXT:
        return text_equal(a->text, b->text);
    case VALUE_INTEGER:
        return a->integer == b->integer;
    case VALUE_REAL:
        return a->real == b->real;
    }
    return false;
}
