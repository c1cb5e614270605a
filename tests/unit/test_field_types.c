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

/* json is sent; `stored` is the JSON that is stored and sent on, and `cell` what the column gets,
 * as text; refused: `stored` is NULL, and `cell` is part of the reason. */
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
    if (!text_is(value.json, c->stored))
        fail_msg("%s in %s is stored as %.*s", c->json, c->column, TEXT_ARG(value.json));
    if (value.rewritten != (strcmp(c->json, c->stored) != 0))
        fail_msg("%s in %s: is it rewritten?", c->json, c->column);
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
