/* Values of each type in each column: the form that is stored and sent, what the column is given,
 * and what is refused with which reason. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include "attributes.h"
#include "value.h"

static struct arena arena;

enum { ROUND = 1, UTC = 2, AS_STRING = 4, JSON_BOOLEANS = 8 };

/* json is sent; `stored` is the JSON that the row is sent as, and the diff, too, where it is
 * rewritten; `cell` is what the column gets, as text. Refused: `stored` is NULL, and `cell` is part
 * of the reason. */
struct typed_case {
    enum field_type type;
    const char *column;
    unsigned options;
    const char *json;
    const char *stored;
    const char *cell;
};

static const struct typed_case CASES[] = {
    {FIELD_INTEGER, "tinyint(4)", 0, "-128", "-128", "-128"},
    {FIELD_INTEGER, "tinyint(4)", 0, "128", NULL, "an integer from -128 to 127 is expected"},
    {FIELD_INTEGER, "tinyint(4)", 0, "-129", NULL, "from -128"},
    {FIELD_INTEGER, "tinyint(3) unsigned", 0, "255", "255", "255"},
    {FIELD_INTEGER, "tinyint(3) unsigned", 0, "-1", NULL, "an integer from 0 to 255 is expected"},
    {FIELD_INTEGER, "bigint(20)", 0, "9223372036854775807", "9223372036854775807",
     "9223372036854775807"},
    {FIELD_INTEGER, "bigint(20)", 0, "9223372036854775808", NULL, "from -9223372036854775808 to"},
    {FIELD_INTEGER, "bigint(20) unsigned", 0, "18446744073709551615", "18446744073709551615",
     "18446744073709551615"},
    {FIELD_INTEGER, "bigint(20) unsigned", 0, "18446744073709551616", NULL,
     "from 0 to 18446744073709551615"},
    {FIELD_INTEGER, "bigint(20) unsigned", 0, "-1", NULL, "from 0 to"},
    {FIELD_INTEGER, NULL, 0, "18446744073709551615", NULL, "fits 64 bits"},
    {FIELD_INTEGER, "bigint(20) unsigned", AS_STRING, "\"18446744073709551615\"",
     "\"18446744073709551615\"", "18446744073709551615"},
    {FIELD_INTEGER, "bigint(20)", AS_STRING, "\"-42\"", "\"-42\"", "-42"},
    {FIELD_INTEGER, "bigint(20)", AS_STRING, "\"0\"", "\"0\"", "0"},
    {FIELD_INTEGER, "bigint(20)", AS_STRING, "42", NULL, "a string of digits"},
    {FIELD_INTEGER, "bigint(20)", AS_STRING, "\"01\"", NULL, "a string of digits"},
    {FIELD_INTEGER, "bigint(20)", AS_STRING, "\"-0\"", NULL, "a string of digits"},
    {FIELD_INTEGER, "bigint(20)", AS_STRING, "\"-\"", NULL, "an integer"},
    {FIELD_INTEGER, "bigint(20)", AS_STRING, "\"\"", NULL, "a string of digits"},
    {FIELD_INTEGER, "bigint(20)", AS_STRING, "\"1e3\"", NULL, "an integer"},
    {FIELD_INTEGER, "bigint(20)", 0, "\"42\"", NULL, "an integer"},
    {FIELD_INTEGER, "year(4)", 0, "2026", "2026", "2026"},
    {FIELD_INTEGER, "year(4)", 0, "5", NULL, "a year from 1901 to 2155"},
    {FIELD_INTEGER, "bit(8)", 0, "255", "255", "\\0\\0\\0\\0\\0\\0\\0\xFF"},
    {FIELD_INTEGER, "bit(8)", 0, "256", NULL, "from 0 to 255"},
    {FIELD_INTEGER, "bit(64)", 0, "18446744073709551615", "18446744073709551615",
     "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF"},

    {FIELD_BOOLEAN, "tinyint(1)", 0, "true", "true", "1"},
    {FIELD_BOOLEAN, "tinyint(1)", 0, "1", "1", "1"},
    {FIELD_BOOLEAN, "tinyint(1)", JSON_BOOLEANS, "1", "true", "1"},
    {FIELD_BOOLEAN, "tinyint(1)", JSON_BOOLEANS, "0", "false", "0"},
    {FIELD_BOOLEAN, "tinyint(1)", JSON_BOOLEANS, "false", "false", "0"},
    {FIELD_BOOLEAN, "bit(1)", 0, "1", "1", "\\0\\0\\0\\0\\0\\0\\0\x01"},
    {FIELD_BOOLEAN, "bit(1)", 0, "2", NULL, "true, false, 1 or 0"},

    {FIELD_FLOAT, "float", 0, "0.1", "0.1", "0.1"},
    {FIELD_FLOAT, "float", 0, "16777216", "16777216", "16777216.0"},
    {FIELD_FLOAT, "float", 0, "0.123456789", NULL, "does not keep so many digits"},
    {FIELD_FLOAT, "float", ROUND, "0.123456789", "0.12345679", "0.12345679"},
    {FIELD_FLOAT, "float", ROUND, "1e39", NULL, "a number that fits its column"},
    {FIELD_FLOAT, "double", 0, "0.123456789", "0.123456789", "0.123456789"},

    {FIELD_DATETIME, "datetime(3)", 0, "\"2026-11-29T11:02:03.456\"", "\"2026-11-29T11:02:03.456\"",
     "2026-11-29 11:02:03.456"},
    {FIELD_DATETIME, "datetime(6)", 0, "\"2026-11-29T11:02:03.4\"",
     "\"2026-11-29T11:02:03.400000\"", "2026-11-29 11:02:03.4"},
    {FIELD_DATETIME, "datetime", 0, "\"2026-11-29T11:02:03.000\"", "\"2026-11-29T11:02:03\"",
     "2026-11-29 11:02:03"},
    {FIELD_DATETIME, "datetime", 0, "\"2026-11-29T11:02:03.5\"", NULL,
     "keeps 0 digits behind the second: round it"},
    {FIELD_DATETIME, "datetime(1)", 0, "\"2026-11-29T11:02:03.55\"", NULL, "keeps 1 digit behind"},
    {FIELD_DATETIME, "datetime", ROUND, "\"2026-12-31T23:59:59.5\"", "\"2027-01-01T00:00:00\"",
     "2027-01-01 00:00:00"},
    {FIELD_DATETIME, "datetime", ROUND, "\"2024-02-29T23:59:59.499999999\"",
     "\"2024-02-29T23:59:59\"", "2024-02-29 23:59:59"},
    {FIELD_DATETIME, "datetime(3)", ROUND, "\"1969-12-31T23:59:59.9996\"",
     "\"1970-01-01T00:00:00.000\"", "1970-01-01 00:00:00"},
    {FIELD_DATETIME, "datetime", ROUND, "\"9999-12-31T23:59:59.9\"", NULL, "years 1 to 9999"},
    {FIELD_DATETIME, "datetime", 0, "\"0001-01-01T00:00:00\"", "\"0001-01-01T00:00:00\"",
     "0001-01-01 00:00:00"},
    {FIELD_DATETIME, "datetime", 0, "\"0000-01-01T00:00:00\"", NULL, "not a date of the calendar"},
    {FIELD_DATETIME, "datetime", 0, "\"2026-02-29T00:00:00\"", NULL, "not a date of the calendar"},
    {FIELD_DATETIME, "datetime", 0, "\"2000-02-29T00:00:00\"", "\"2000-02-29T00:00:00\"",
     "2000-02-29 00:00:00"},
    {FIELD_DATETIME, "datetime", 0, "\"1900-02-29T00:00:00\"", NULL, "not a date of the calendar"},
    {FIELD_DATETIME, "datetime", 0, "\"2026-13-01T00:00:00\"", NULL, "not a date of the calendar"},
    {FIELD_DATETIME, "datetime", 0, "\"2026-11-29T24:00:00\"", NULL, "without zone"},
    {FIELD_DATETIME, "datetime", 0, "\"2026-11-29T11:60:00\"", NULL, "without zone"},
    {FIELD_DATETIME, "datetime", 0, "\"2026-11-29T11:02:60\"", NULL, "without zone"},
    {FIELD_DATETIME, "datetime", 0, "\"2026-11-29T11:02:03Z\"", NULL, "without zone"},
    {FIELD_DATETIME, "datetime", 0, "\"2026-11-29 11:02:03\"", NULL, "without zone"},
    {FIELD_DATETIME, "datetime", 0, "\"2026-11-29T11:02\"", NULL, "without zone"},
    {FIELD_DATETIME, "datetime", 0, "\"2026-11-29T11:02:03.\"", NULL, "without zone"},
    {FIELD_DATETIME, "datetime", 0, "\"2026-1-29T11:02:03\"", NULL, "without zone"},
    {FIELD_DATETIME, "datetime", 0, "1606648923", NULL, "a string is expected"},
    {FIELD_DATETIME, "datetime", UTC, "\"2026-11-29T11:02:03Z\"", "\"2026-11-29T11:02:03Z\"",
     "2026-11-29 11:02:03"},
    {FIELD_DATETIME, "datetime", UTC, "\"2026-03-01T00:30:00+01:00\"", "\"2026-02-28T23:30:00Z\"",
     "2026-02-28 23:30:00"},
    {FIELD_DATETIME, "datetime", UTC, "\"2026-12-31T23:30:00-05:45\"", "\"2027-01-01T05:15:00Z\"",
     "2027-01-01 05:15:00"},
    {FIELD_DATETIME, "datetime", UTC, "\"2026-11-29T11:02:03\"", NULL, "with zone"},
    {FIELD_DATETIME, "datetime", UTC, "\"2026-11-29T11:02:03+0100\"", NULL, "with zone"},
    {FIELD_DATETIME, "datetime", UTC, "\"2026-11-29T11:02:03+24:00\"", NULL, "with zone"},
    {FIELD_DATETIME, "datetime", UTC, "\"0001-01-01T00:30:00+01:00\"", NULL, "years 1 to 9999"},
    {FIELD_DATETIME, NULL, UTC, "\"2026-11-29T11:02:03.1234567+01:00\"", NULL, "6 digits"},
    {FIELD_TIMESTAMP, "timestamp(6)", 0, "\"2026-11-29T11:02:03.000001Z\"",
     "\"2026-11-29T11:02:03.000001Z\"", "2026-11-29 11:02:03.000001"},
    {FIELD_TIMESTAMP, "timestamp", 0, "\"1970-01-01T00:00:01Z\"", "\"1970-01-01T00:00:01Z\"",
     "1970-01-01 00:00:01"},
    {FIELD_TIMESTAMP, "timestamp", 0, "\"1970-01-01T00:00:00Z\"", NULL, "begins behind"},
    {FIELD_TIMESTAMP, "timestamp", 0, "\"2106-02-07T06:28:16Z\"", NULL, "ends at"},
    {FIELD_DATETIME_MS, "datetime(3)", 0, "0", "0", "1970-01-01 00:00:00"},
    {FIELD_DATETIME_MS, "datetime(3)", 0, "-1", "-1", "1969-12-31 23:59:59.999"},
    {FIELD_DATETIME_MS, "datetime(6)", 0, "1606648923456", "1606648923456",
     "2020-11-29 11:22:03.456"},
    {FIELD_DATETIME_MS, "datetime", 0, "1606648923456", NULL, "keeps 0 digits"},
    {FIELD_DATETIME_MS, "datetime", ROUND, "1606648923500", "1606648924000", "2020-11-29 11:22:04"},
    {FIELD_DATETIME_MS, "datetime(3)", 0, "253402300800000", NULL, "years 1 to 9999"},
    {FIELD_DATETIME_MS, "datetime(3)", 0, "-9223372036854775808", NULL, "years 1 to 9999"},
    {FIELD_DATETIME_MS, "bigint(20)", 0, "-9223372036854775808", "-9223372036854775808",
     "-9223372036854775808"},
    {FIELD_DATETIME_MS, "datetime(3)", 0, "1.5", NULL, "an integer"},
    {FIELD_DATE, "date", 0, "\"2024-02-29\"", "\"2024-02-29\"", "2024-02-29"},
    {FIELD_DATE, "date", 0, "\"2023-02-29\"", NULL, "not a date of the calendar"},
    {FIELD_DATE, "date", 0, "\"2024-02-29T00:00:00\"", NULL, "a date such as"},
    {FIELD_TIME, "time", 0, "\"-838:59:59\"", "\"-838:59:59\"", "-838:59:59"},
    {FIELD_TIME, "time", 0, "\"839:00:00\"", NULL, "from -838:59:59 to 838:59:59"},
    {FIELD_TIME, "time", 0, "\"-00:00:00\"", "\"00:00:00\"", "00:00:00"},
    {FIELD_TIME, "time(3)", 0, "\"07:05:01.5\"", "\"07:05:01.500\"", "07:05:01.5"},
    {FIELD_TIME, "time", ROUND, "\"838:59:59.5\"", NULL, "from -838:59:59"},
    {FIELD_TIME, "time", ROUND, "\"-00:00:59.5\"", "\"-00:01:00\"", "-00:01:00"},
    {FIELD_TIME, "time", 0, "\"007:00:00\"", NULL, "a time such as"},
    {FIELD_TIME, "time", 0, "\"7:00:00\"", NULL, "a time such as"},

    {FIELD_DECIMAL, "decimal(10,2)", 0, "\"12.50\"", "\"12.50\"", "12.5"},
    {FIELD_DECIMAL, "decimal(10,2)", 0, "\"12.5\"", "\"12.50\"", "12.5"},
    {FIELD_DECIMAL, "decimal(10,2)", 0, "\"12\"", "\"12.00\"", "12"},
    {FIELD_DECIMAL, "decimal(10,2)", 0, "\"12.500\"", "\"12.50\"", "12.5"},
    {FIELD_DECIMAL, "decimal(10,2)", 0, "\"-0.00\"", "\"0.00\"", "0"},
    {FIELD_DECIMAL, "decimal(10,2)", 0, "\"12.505\"", NULL, "2 digits behind the point: round it"},
    {FIELD_DECIMAL, "decimal(10,2)", ROUND, "\"12.505\"", "\"12.51\"", "12.51"},
    {FIELD_DECIMAL, "decimal(10,2)", ROUND, "\"-12.505\"", "\"-12.51\"", "-12.51"},
    {FIELD_DECIMAL, "decimal(10,2)", ROUND, "\"9.999\"", "\"10.00\"", "10"},
    {FIELD_DECIMAL, "decimal(10,2)", ROUND, "\"-0.001\"", "\"0.00\"", "0"},
    {FIELD_DECIMAL, "decimal(10,2)", ROUND, "\"99999999.995\"", NULL, "8 digits before the point"},
    {FIELD_DECIMAL, "decimal(10,2)", 0, "\"100000000\"", NULL, "8 digits before the point"},
    {FIELD_DECIMAL, "decimal(3,3)", 0, "\"0.999\"", "\"0.999\"", "0.999"},
    {FIELD_DECIMAL, "decimal(3,3)", 0, "\"1\"", NULL, "0 digits before the point"},
    {FIELD_DECIMAL, "decimal(3,0)", ROUND, "\"0.5\"", "\"1\"", "1"},
    {FIELD_DECIMAL, "decimal(10,2) unsigned", 0, "\"-1\"", NULL, "not negative"},
    {FIELD_DECIMAL, NULL, 0, "\"12.50\"", "\"12.5\"", "12.5"},
    {FIELD_DECIMAL, "decimal(10,2)", 0, "12.5", NULL, "a string of digits"},
    {FIELD_DECIMAL, "decimal(10,2)", 0, "\"1e2\"", NULL, "a string of digits"},
    {FIELD_DECIMAL, "decimal(10,2)", 0, "\"01\"", NULL, "a string of digits"},
    {FIELD_DECIMAL, "decimal(10,2)", 0, "\"+1\"", NULL, "a string of digits"},
    {FIELD_DECIMAL, "decimal(10,2)", 0, "\"1.\"", NULL, "a string of digits"},
    {FIELD_DECIMAL, "decimal(10,2)", 0, "\".5\"", NULL, "a string of digits"},
    {FIELD_DECIMAL, "decimal(10,2)", 0, "\"\"", NULL, "a string of digits"},
    {FIELD_DECIMAL, "decimal(10,2)", 0, "\"-\"", NULL, "a string of digits"},

    {FIELD_ENUM, "enum('red','Green','2')", 0, "\"Green\"", "\"Green\"", "Green"},
    {FIELD_ENUM, "enum('red','Green','2')", 0, "\"green\"", NULL,
     "one of red, Green, 2 is expected"},
    {FIELD_ENUM, "enum('red','Green','2')", 0, "\"1\"", NULL, "one of red"},
    {FIELD_ENUM, "enum('red','Green','2')", 0, "\"\"", NULL, "one of red"},
    {FIELD_ENUM, "enum('red','Green','2')", 0, "2", NULL, "a string is expected"},
    {FIELD_SET, "set('a','b','c')", 0, "[\"c\",\"a\"]", "[\"a\",\"c\"]", "a,c"},
    {FIELD_SET, "set('a','b','c')", 0, "[]", "[]", ""},
    {FIELD_SET, "set('a','b','c')", 0, "[\"a\",\"a\"]", NULL, "once at most"},
    {FIELD_SET, "set('a','b','c')", 0, "[\"d\"]", NULL, "a list of a, b, c is expected"},
    {FIELD_SET, "set('a','b','c')", 0, "[\"a,b\"]", NULL, "a list of strings"},
    {FIELD_SET, "set('a','b','c')", 0, "[1]", NULL, "a list of strings"},
    {FIELD_SET, "set('a','b','c')", 0, "\"a\"", NULL, "a list of strings"},

    {FIELD_UUID, "binary(16)", 0, "\"5b0cf2a1-90f3-4c40-a2f5-0d3c5e0e8a11\"",
     "\"5b0cf2a1-90f3-4c40-a2f5-0d3c5e0e8a11\"",
     "\x5b\x0c\xf2\xa1\x90\xf3\x4c\x40\xa2\xf5\x0d\x3c\x5e\x0e\x8a\x11"},
    {FIELD_UUID, "char(36)", 0, "\"5b0cf2a1-90f3-4c40-a2f5-0d3c5e0e8a11\"",
     "\"5b0cf2a1-90f3-4c40-a2f5-0d3c5e0e8a11\"", "5b0cf2a1-90f3-4c40-a2f5-0d3c5e0e8a11"},
    {FIELD_UUID, "char(32)", 0, "\"5b0cf2a1-90f3-4c40-a2f5-0d3c5e0e8a11\"",
     "\"5b0cf2a1-90f3-4c40-a2f5-0d3c5e0e8a11\"", "5b0cf2a190f34c40a2f50d3c5e0e8a11"},
    {FIELD_UUID, "char(32)", 0, "\"5b0cf2a190f34c40a2f50d3c5e0e8a11\"", NULL, "a UUID"},
    {FIELD_UUID, "uuid", 0, "\"5B0cf2a1-90f3-4c40-a2f5-0d3c5e0e8a11\"", NULL, "lower case"},
    {FIELD_UUID, "uuid", 0, "\"5b0cf2a190f34c40a2f50d3c5e0e8a11\"", NULL, "a UUID"},
    {FIELD_UUID, "uuid", 0, "\"{5b0cf2a1-90f3-4c40-a2f5-0d3c5e0e8a1}\"", NULL, "a UUID"},
    {FIELD_BYTES, "varbinary(4)", 0, "\"\"", "\"\"", ""},
    {FIELD_BYTES, "varbinary(4)", 0, "\"AP8=\"", "\"AP8=\"", "\\0\xFF"},
    {FIELD_BYTES, "varbinary(4)", 0, "\"YWJjZA==\"", "\"YWJjZA==\"", "abcd"},
    {FIELD_BYTES, "varbinary(4)", 0, "\"YWJjZGU=\"", NULL, "at most 4 bytes"},
    {FIELD_BYTES, "binary(4)", 0, "\"YWJj\"", NULL, "exactly 4 bytes"},
    {FIELD_BYTES, "blob", 0, "\"YWJjZB==\"", NULL, "base64"},
    {FIELD_BYTES, "blob", 0, "\"YWJjZA\"", NULL, "base64"},
    {FIELD_BYTES, "blob", 0, "\"YWJj ZGU=\"", NULL, "base64"},
    {FIELD_BYTES, "blob", 0, "\"-_-_\"", NULL, "base64"},
    {FIELD_BYTES, "blob", 0, "\"=A==\"", NULL, "base64"},
    {FIELD_BYTES, "blob", 0, "\"====\"", NULL, "base64"},
};

static struct field field_of(const struct typed_case *c)
{
    return (struct field){
        .name = TEXT_LITERAL("f"),
        .type = c->type,
        .zone = (c->options & UTC) != 0 ? FIELD_ZONE_UTC : FIELD_ZONE_NONE,
        .as = (c->options & AS_STRING) != 0 ? FIELD_AS_STRING : FIELD_AS_NUMBER,
        .round = (c->options & ROUND) != 0,
        .json_booleans = (c->options & JSON_BOOLEANS) != 0,
    };
}

/* As text, with \0 for the byte 0. */
static struct text cell_text(const struct value *raw)
{
    struct text text;
    struct buf buf;

    buf_init(&buf, 4096);
    if (raw->kind == VALUE_INTEGER)
        buf_add_int(&buf, raw->integer);
    else if (raw->kind == VALUE_REAL)
        buf_add_text(&buf, raw->json);
    for (size_t i = 0; raw->kind == VALUE_TEXT && i < raw->text.len; i++) {
        if (raw->text.ptr[i] == '\0')
            buf_add_str(&buf, "\\0");
        else
            buf_add_char(&buf, raw->text.ptr[i]);
    }
    text = arena_text(&arena, buf_text(&buf));
    buf_release(&buf);
    return text;
}

static void expect_refused(const struct typed_case *c, enum rc rc, const struct fail *fail)
{
    if (rc != RC_REJECTED || fail->code != FAIL_INVALID_DATA || strcmp(fail->field, "f") != 0 ||
        strstr(fail->message, c->cell) == NULL)
        fail_msg("%s in %s: %d: %s", c->json, c->column, (int)rc, fail->message);
}

/* What the column gives back is the same value in the same spelling. */
static void expect_read_back(const struct typed_case *c, struct mapped_field at,
                             const struct value *value)
{
    const struct value raw = value_to_column(at, value, &arena);
    const struct value again = value_from_column(at, &raw, &arena);

    if (!value_equal(value, &again))
        fail_msg("%s in %s comes back as %.*s", c->json, c->column, TEXT_ARG(again.json));
    if (c->type != FIELD_FLOAT && c->type != FIELD_BOOLEAN && !text_is(again.json, c->stored))
        fail_msg("%s in %s is written %.*s", c->json, c->column, TEXT_ARG(again.json));
}

static void run_case(const struct typed_case *c)
{
    const struct field field = field_of(c);
    const struct text json = arena_text(&arena, text_of(c->json));
    const struct json_token token = json_dom_token(json, &arena);
    struct column column = {.type = COLUMN_UNKNOWN};
    struct mapped_field at = {&field, c->column == NULL ? NULL : &column};
    struct fail fail = {0};
    struct value value;
    enum rc rc;

    if (c->column != NULL)
        column = column_parse(text_of(c->column), &arena);
    rc = value_parse(at, &token, &arena, &value, &fail);
    if (c->stored == NULL) {
        expect_refused(c, rc, &fail);
        return;
    }
    if (rc != RC_OK)
        fail_msg("%s in %s: %s", c->json, c->column, fail.message);
    value_spell(at, &value, &arena);
    if (!text_is(value.json, value.rewritten ? c->stored : c->json))
        fail_msg("%s in %s is stored as %.*s", c->json, c->column, TEXT_ARG(value.json));
    if (value.rounded && !value.rewritten)
        fail_msg("%s in %s is not rewritten", c->json, c->column);
    if (c->type != FIELD_FLOAT) {
        const struct value raw = value_to_column(at, &value, &arena);

        if (!text_is(cell_text(&raw), c->cell))
            fail_msg("%s in %s becomes %.*s", c->json, c->column, TEXT_ARG(cell_text(&raw)));
    }
    expect_read_back(c, at, &value);
}

static void test_cases(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++)
        run_case(&CASES[i]);
}

struct read_case {
    enum field_type type;
    const char *column;
    unsigned options;
    const char *cell;
    const char *json;
};

/* What others may have written. */
static const struct read_case READS[] = {
    {FIELD_INTEGER, "bigint(20) unsigned", 0, "18446744073709551615", "18446744073709551615"},
    {FIELD_INTEGER, "bigint(20) unsigned", AS_STRING, "18446744073709551615",
     "\"18446744073709551615\""},
    {FIELD_INTEGER, "varchar(20)", 0, "abc", "\"abc\""},
    {FIELD_INTEGER, "bit(16)", 0, "\x01\x02", "258"},
    {FIELD_BOOLEAN, "bit(1)", JSON_BOOLEANS, "\x01", "true"},
    {FIELD_BOOLEAN, "bit(1)", 0, "", "0"},
    {FIELD_DATETIME, "datetime(3)", 0, "2026-11-29 11:02:03.450", "\"2026-11-29T11:02:03.450\""},
    {FIELD_DATETIME, "datetime", UTC, "2026-11-29 11:02:03", "\"2026-11-29T11:02:03Z\""},
    {FIELD_DATETIME, "datetime", 0, "0000-00-00 00:00:00", "null"},
    {FIELD_DATETIME, "datetime", 0, "2026-00-15 01:02:03", "null"},
    {FIELD_DATETIME, "varchar(20)", 0, "yesterday", "\"yesterday\""},
    {FIELD_DATETIME_MS, "timestamp", 0, "0000-00-00 00:00:00", "null"},
    {FIELD_DATETIME_MS, "datetime(6)", 0, "1969-12-31 23:59:59.999999", "-1"},
    {FIELD_DATE, "date", 0, "0000-00-00", "null"},
    {FIELD_TIME, "time(2)", 0, "-00:00:00.50", "\"-00:00:00.50\""},
    {FIELD_DECIMAL, "decimal(10,2)", 0, "00012.50", "\"12.50\""},
    {FIELD_DECIMAL, "varchar(20)", 0, "many", "\"many\""},
    {FIELD_SET, "varchar(20)", 0, "b,a", "[\"b\",\"a\"]"},
    {FIELD_UUID, "char(36)", 0, "5B0CF2A1-90F3-4C40-A2F5-0D3C5E0E8A11",
     "\"5b0cf2a1-90f3-4c40-a2f5-0d3c5e0e8a11\""},
    {FIELD_UUID, "char(32)", 0, "5B0CF2A190F34C40A2F50D3C5E0E8A11",
     "\"5b0cf2a1-90f3-4c40-a2f5-0d3c5e0e8a11\""},
    {FIELD_UUID, "char(32)", 0, "5b0cf2a190f34c40a2f50d3c5e0e8a1g",
     "\"5b0cf2a190f34c40a2f50d3c5e0e8a1g\""},
    {FIELD_UUID, "varchar(36)", 0, "5b0cf2a190f34c40a2f50d3c5e0e8a11",
     "\"5b0cf2a190f34c40a2f50d3c5e0e8a11\""},
    {FIELD_UUID, "binary(16)", 0, "abc", "\"616263\""},
    {FIELD_BYTES, "blob", 0, "abc", "\"YWJj\""},
};

static void test_reads(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(READS); i++) {
        const struct read_case *c = &READS[i];
        const struct typed_case as = {c->type, c->column, c->options, NULL, NULL, NULL};
        const struct field field = field_of(&as);
        const struct column column = column_parse(text_of(c->column), &arena);
        const struct value raw = {.kind = VALUE_TEXT, .text = text_of(c->cell)};
        const struct value value =
            value_from_column((struct mapped_field){&field, &column}, &raw, &arena);

        if (!text_is(value.json, c->json))
            fail_msg("%s in %s is read as %.*s", c->cell, c->column, TEXT_ARG(value.json));
    }
}

static void test_null(void **state)
{
    (void)state;
    for (int type = 0; type < FIELD_TYPES; type++) {
        const struct field field = {.name = TEXT_LITERAL("f"), .type = (enum field_type)type};
        const struct column column = {.type = COLUMN_TEXT};
        const struct value null = {.kind = VALUE_NULL};
        const struct mapped_field at = {&field, &column};

        assert_true(text_is(value_from_column(at, &null, &arena).json, "null"));
        assert_int_equal(value_to_column(at, &null, &arena).kind, VALUE_NULL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cases),
        cmocka_unit_test(test_reads),
        cmocka_unit_test(test_null),
    };
    int failed;

    arena_init(&arena);
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_release(&arena);
    return failed;
}
