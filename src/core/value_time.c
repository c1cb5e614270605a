/* Dates and times in columns of their own, and as milliseconds. The canonical text is SQL's,
 * without zeros at the end of the fraction; JSON has as many digits as the column. */
#include <stdio.h>

#include "json_write.h"
#include "plural.h"
#include "value_moment.h"
#include "value_type.h"

#define STRING_EXPECTED "a string is expected"

#define MOST_DIGITS 6u
#define MS_NANOS    1000000u

/* TIMESTAMP: from MariaDB 11.5 on to 2106, before and in MySQL to 2038, which the column says. */
#define TIMESTAMP_LEAST ((int64_t)1)
#define TIMESTAMP_MOST  ((int64_t)4294967295)

/* Digits behind the second that the column keeps. */
static unsigned digits_of(const struct mapped_field *at)
{
    const enum column_type type = column_type_of(at);

    if (type == COLUMN_DATETIME || type == COLUMN_TIMESTAMP || type == COLUMN_TIME)
        return at->column->scale;
    return MOST_DIGITS;
}

static enum moment_zone zone_of(const struct field *field)
{
    return field->type == FIELD_TIMESTAMP || field->zone == FIELD_ZONE_UTC ? MOMENT_ZONED
                                                                           : MOMENT_LOCAL;
}

static const char *fit_digits(struct value_input *input, struct moment *moment, struct value *value)
{
    const unsigned digits = digits_of(&input->at);

    value->rounded = moment_round(moment, digits);
    if (!value->rounded || input->at.field->round)
        return NULL;
    snprintf(input->reason, sizeof(input->reason),
             "its column keeps %u digit%s behind the second: round it", digits, plural(digits));
    return input->reason;
}

static const char *fit_range(const struct mapped_field *at, const struct moment *moment)
{
    const bool narrow =
        at->field->type == FIELD_TIMESTAMP || column_type_of(at) == COLUMN_TIMESTAMP;

    if (narrow && (moment->seconds < TIMESTAMP_LEAST || moment->seconds > TIMESTAMP_MOST))
        return "a TIMESTAMP begins behind 1970-01-01T00:00:00Z and ends at "
               "2106-02-07T06:28:15Z";
    return moment_has_year(moment) ? NULL : "not within the years 1 to 9999";
}

/* Other devices get Z alone. */
static bool ends_in_offset(const struct mapped_field *at, struct text text)
{
    return zone_of(at->field) == MOMENT_ZONED && text.len > 0 && text.ptr[text.len - 1] != 'Z';
}

const char *value_time_parse_datetime(struct value_input *input, struct value *value)
{
    char chars[MOMENT_BYTES];
    struct moment moment;
    const char *reason;

    if (input->token->kind != JSON_KIND_STRING)
        return STRING_EXPECTED;
    reason = moment_read(input->token->string, 'T', zone_of(input->at.field), &moment);
    if (reason == NULL)
        reason = fit_digits(input, &moment, value);
    if (reason == NULL)
        reason = fit_range(&input->at, &moment);
    if (reason == NULL)
        value->text = arena_text(input->arena, moment_write(&moment, chars));
    value->rewritten = ends_in_offset(&input->at, input->token->string);
    return reason;
}

/* Of the column's digits of a second, all. */
static void pad(const struct mapped_field *at, struct text text, struct buf *buf)
{
    const char *point = memchr(text.ptr, '.', text.len);
    size_t digits = point == NULL ? 0 : (size_t)(text.ptr + text.len - point) - 1;
    const size_t wanted = column_type_of(at) == COLUMN_UNKNOWN ? 0 : digits_of(at);

    if (digits < wanted && point == NULL)
        buf_add_char(buf, '.');
    for (; digits < wanted; digits++)
        buf_add_char(buf, '0');
}

void value_time_write_datetime(const struct mapped_field *at, const struct value *value,
                               struct buf *buf)
{
    const struct text text = value->text;
    const char *space = memchr(text.ptr, ' ', text.len);
    const size_t date = space == NULL ? text.len : (size_t)(space - text.ptr);
    struct moment ignored;

    if (moment_read(text, ' ', MOMENT_LOCAL, &ignored) != NULL) {
        json_write_string(buf, text);
        return;
    }
    buf_add_char(buf, '"');
    buf_add(buf, text.ptr, date);
    buf_add_char(buf, 'T');
    buf_add(buf, text.ptr + date + 1, text.len - date - 1);
    pad(at, text, buf);
    buf_add_str(buf, zone_of(at->field) == MOMENT_ZONED ? "Z\"" : "\"");
}

/* A date that is none reads as null: no device could hold it. */
bool value_time_from_datetime(const struct mapped_field *at, const struct value *raw,
                              struct arena *arena, struct value *value)
{
    char chars[MOMENT_BYTES];
    struct moment moment;

    (void)at;
    if (raw->kind != VALUE_TEXT)
        return false;
    if (moment_is_zero_date((struct text){raw->text.ptr, raw->text.len < 10 ? 0 : (size_t)10})) {
        value->kind = VALUE_NULL;
        return true;
    }
    if (moment_read(raw->text, ' ', MOMENT_LOCAL, &moment) != NULL)
        return false;
    value->text = arena_text(arena, moment_write(&moment, chars));
    return true;
}

static struct moment moment_of_ms(int64_t ms)
{
    int64_t seconds = ms / 1000, rest = ms % 1000;

    if (rest < 0) {
        rest += 1000;
        seconds--;
    }
    return (struct moment){seconds, (unsigned)rest * MS_NANOS};
}

static int64_t ms_of_moment(const struct moment *moment)
{
    return moment->seconds * 1000 + moment->nanos / MS_NANOS;
}

bool value_moment_ms(const struct value *value, int64_t *ms_out)
{
    struct moment moment;

    if (value->kind != VALUE_TEXT || moment_read(value->text, ' ', MOMENT_LOCAL, &moment) != NULL)
        return false;
    *ms_out = ms_of_moment(&moment);
    return true;
}

bool value_write_moment(struct mapped_field at, int64_t ms, struct buf *buf)
{
    const struct moment moment = moment_of_ms(ms);
    char chars[MOMENT_BYTES];
    struct value value = {.kind = VALUE_TEXT};

    if (!moment_has_year(&moment))
        return false;
    value.text = moment_write(&moment, chars);
    value_time_write_datetime(&at, &value, buf);
    return true;
}

static bool has_moments(const struct mapped_field *at)
{
    const enum column_type type = column_type_of(at);

    return type == COLUMN_DATETIME || type == COLUMN_TIMESTAMP;
}

const char *value_time_parse_ms(struct value_input *input, struct value *value)
{
    const char *reason = value_number_parse_integer(input, value);
    struct moment moment;

    if (reason != NULL || !has_moments(&input->at))
        return reason;
    moment = moment_of_ms(value->integer);
    reason = fit_digits(input, &moment, value);
    if (reason == NULL)
        reason = fit_range(&input->at, &moment);
    if (reason == NULL)
        value->integer = ms_of_moment(&moment);
    return reason;
}

bool value_time_from_ms(const struct mapped_field *at, const struct value *raw, struct arena *arena,
                        struct value *value)
{
    struct moment moment;

    if (!has_moments(at))
        return true;
    if (!value_time_from_datetime(at, raw, arena, value))
        return false;
    if (value->kind == VALUE_NULL)
        return true;
    if (moment_read(value->text, ' ', MOMENT_LOCAL, &moment) != NULL)
        return false;
    value->kind = VALUE_INTEGER;
    value->integer = ms_of_moment(&moment);
    return true;
}

bool value_time_to_ms(const struct mapped_field *at, const struct value *value, struct arena *arena,
                      struct value *raw)
{
    char chars[MOMENT_BYTES];
    struct moment moment;

    if (value->kind != VALUE_INTEGER || !has_moments(at))
        return false;
    moment = moment_of_ms(value->integer);
    if (!moment_has_year(&moment))
        return false;
    *raw =
        (struct value){.kind = VALUE_TEXT, .text = arena_text(arena, moment_write(&moment, chars))};
    return true;
}

const char *value_time_parse_date(struct value_input *input, struct value *value)
{
    int64_t ignored;

    value->text = input->token->string;
    return input->token->kind == JSON_KIND_STRING ? moment_read_date(value->text, &ignored)
                                                  : STRING_EXPECTED;
}

bool value_time_from_date(const struct mapped_field *at, const struct value *raw,
                          struct arena *arena, struct value *value)
{
    (void)at;
    (void)arena;
    if (raw->kind == VALUE_TEXT && moment_is_zero_date(raw->text))
        value->kind = VALUE_NULL;
    return true;
}

static const char *write_time(struct value_input *input, bool negative, struct moment *amount,
                              struct value *value)
{
    static const struct moment MOST = {838 * 3600 + 59 * 60 + 59, 0};
    char chars[MOMENT_BYTES];

    if (amount->seconds > MOST.seconds || (amount->seconds == MOST.seconds && amount->nanos > 0))
        return "a time from -838:59:59 to 838:59:59 is expected";
    value->text = arena_text(input->arena, moment_write_time(negative, amount, chars));
    return NULL;
}

const char *value_time_parse_time(struct value_input *input, struct value *value)
{
    struct moment amount;
    bool negative;
    const char *reason;

    if (input->token->kind != JSON_KIND_STRING)
        return STRING_EXPECTED;
    reason = moment_read_time(input->token->string, &negative, &amount);
    if (reason == NULL)
        reason = fit_digits(input, &amount, value);
    return reason == NULL ? write_time(input, negative, &amount, value) : reason;
}

void value_time_write_time(const struct mapped_field *at, const struct value *value,
                           struct buf *buf)
{
    struct moment ignored;
    bool negative;

    if (moment_read_time(value->text, &negative, &ignored) != NULL) {
        json_write_string(buf, value->text);
        return;
    }
    buf_add_char(buf, '"');
    buf_add_text(buf, value->text);
    pad(at, value->text, buf);
    buf_add_char(buf, '"');
}

bool value_time_from_time(const struct mapped_field *at, const struct value *raw,
                          struct arena *arena, struct value *value)
{
    char chars[MOMENT_BYTES];
    struct moment amount;
    bool negative;

    (void)at;
    if (raw->kind != VALUE_TEXT || moment_read_time(raw->text, &negative, &amount) != NULL)
        return false;
    value->text = arena_text(arena, moment_write_time(negative, &amount, chars));
    return true;
}
