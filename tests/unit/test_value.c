/* value.c: which JSON fits which type of field, how values are compared and written back. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "attributes.h"
#include "value.h"

static struct field field_of(enum field_type type)
{
    return (struct field){.name = TEXT_LITERAL("f"), .column = TEXT_LITERAL("f"), .type = type};
}

static struct arena arena;

/* In a column that nobody has looked at. */
static struct mapped_field place_of(const struct field *field)
{
    return (struct mapped_field){field, NULL};
}

/* The token that a JSON text without escapes gives. */
static struct json_token token_of(const char *json)
{
    struct json_token token = {.raw = text_of(json)};

    switch (json[0]) {
    case '"':
        token.kind = JSON_KIND_STRING;
        token.string = (struct text){json + 1, token.raw.len - 2};
        break;
    case '[':
        token.kind = JSON_KIND_ARRAY;
        break;
    case '{':
        token.kind = JSON_KIND_OBJECT;
        break;
    case 't':
    case 'f':
        token.kind = JSON_KIND_BOOLEAN;
        break;
    case 'n':
        token.kind = JSON_KIND_NULL;
        break;
    default:
        token.kind = strpbrk(json, ".eE") != NULL ? JSON_KIND_REAL : JSON_KIND_INTEGER;
    }
    return token;
}

static bool parses(enum field_type type, const char *json, struct value *value)
{
    struct field field = field_of(type);
    struct json_token token = token_of(json);
    struct fail fail;
    enum rc rc;

    fail_clear(&fail);
    rc = value_parse(place_of(&field), &token, &arena, value, &fail);
    if (rc == RC_OK) {
        assert_true(text_is(value->json, json));
        return true;
    }
    assert_int_equal(rc, RC_REJECTED);
    assert_int_equal(fail.code, FAIL_INVALID_DATA);
    assert_string_equal(fail.field, "f");
    assert_non_null(strstr(fail.message, "field f: "));
    return false;
}

/* The others are the business of test_field_types.c. */
#define ORDINARY_TYPES (FIELD_JSON + 1)

/* One column a field type, in the order of enum field_type. */
static void test_which_json_fits_which_type(void **state)
{
    static const struct {
        const char *json;
        bool fits[ORDINARY_TYPES];
    } CASES[] = {
        /* string integer float boolean list json */
        {"\"\"", {1, 0, 0, 0, 0, 1}},
        {"\"1\"", {1, 0, 0, 0, 0, 1}},
        {"\"true\"", {1, 0, 0, 0, 0, 1}},
        {"0", {0, 1, 1, 1, 0, 1}},
        {"-0", {0, 1, 1, 1, 0, 1}},
        {"1", {0, 1, 1, 1, 0, 1}},
        {"-1", {0, 1, 1, 0, 0, 1}},
        {"2", {0, 1, 1, 0, 0, 1}},
        {"1.0", {0, 0, 1, 0, 0, 1}},
        {"0.0", {0, 0, 1, 0, 0, 1}},
        {"1e0", {0, 0, 1, 0, 0, 1}},
        {"1e999", {0, 0, 0, 0, 0, 1}},
        {"-1e999", {0, 0, 0, 0, 0, 1}},
        {"1e-999", {0, 0, 1, 0, 0, 1}},
        {"9223372036854775807", {0, 1, 1, 0, 0, 1}},
        {"9223372036854775808", {0, 0, 1, 0, 0, 1}},
        {"-9223372036854775808", {0, 1, 1, 0, 0, 1}},
        {"-9223372036854775809", {0, 0, 1, 0, 0, 1}},
        {"18446744073709551617", {0, 0, 1, 0, 0, 1}},
        {"true", {0, 0, 0, 1, 0, 1}},
        {"false", {0, 0, 0, 1, 0, 1}},
        {"{}", {0, 0, 0, 0, 0, 1}},
        {"[]", {0, 0, 0, 0, 1, 1}},
        {"[ ]", {0, 0, 0, 0, 1, 1}},
        {"[1,-2.5e3,\"x\"]", {0, 0, 0, 0, 1, 1}},
        {"[ \"a ] [ { \\\" true\" ,\n\t\"\\\\\" , 1e5 ]", {0, 0, 0, 0, 1, 1}},
        {"[[1]]", {0, 0, 0, 0, 0, 1}},
        {"[1,[]]", {0, 0, 0, 0, 0, 1}},
        {"[{}]", {0, 0, 0, 0, 0, 1}},
        {"[true]", {0, 0, 0, 0, 0, 1}},
        {"[false]", {0, 0, 0, 0, 0, 1}},
        {"[1,null]", {0, 0, 0, 0, 0, 1}},
        {"[1e999]", {0, 0, 0, 0, 0, 1}},
        {"null", {1, 1, 1, 1, 1, 1}},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++)
        for (int type = 0; type < ORDINARY_TYPES; type++) {
            struct value value;
            /* A reference is a string as far as JSON goes. */
            const int like = type == FIELD_REFERENCE ? FIELD_STRING : type;

            if (parses((enum field_type)type, CASES[i].json, &value) != CASES[i].fits[like])
                fail_msg("%s as %s", CASES[i].json, field_type_name((enum field_type)type));
        }
}

static void test_values(void **state)
{
    struct value value;

    (void)state;
    assert_true(parses(FIELD_STRING, "\"ab\"", &value));
    assert_int_equal(value.kind, VALUE_TEXT);
    assert_true(text_is(value.text, "ab"));
    assert_true(parses(FIELD_INTEGER, "-9223372036854775808", &value));
    assert_int_equal(value.kind, VALUE_INTEGER);
    assert_true(value.integer == INT64_MIN);
    assert_true(parses(FIELD_INTEGER, "9223372036854775807", &value));
    assert_true(value.integer == INT64_MAX);
    assert_true(parses(FIELD_INTEGER, "-0", &value));
    assert_true(value.integer == 0);
    assert_true(parses(FIELD_FLOAT, "3", &value));
    assert_int_equal(value.kind, VALUE_REAL);
    assert_true(value.real == 3.0);
    assert_true(parses(FIELD_FLOAT, "-2.5e-1", &value));
    assert_true(value.real == -0.25);
    assert_true(parses(FIELD_BOOLEAN, "true", &value));
    assert_int_equal(value.kind, VALUE_INTEGER);
    assert_true(value.integer == 1);
    assert_true(parses(FIELD_BOOLEAN, "false", &value));
    assert_true(value.integer == 0);
    assert_true(parses(FIELD_BOOLEAN, "1", &value));
    assert_true(value.integer == 1);
    assert_true(parses(FIELD_LIST, "[1, 2]", &value));
    assert_int_equal(value.kind, VALUE_TEXT);
    assert_true(text_is(value.text, "[1, 2]"));
    assert_true(parses(FIELD_JSON, "{\"a\":1e999}", &value));
    assert_true(text_is(value.text, "{\"a\":1e999}"));
    assert_true(parses(FIELD_JSON, "null", &value));
    assert_int_equal(value.kind, VALUE_NULL);
}

static void test_required(void **state)
{
    (void)state;
    for (int type = 0; type < FIELD_TYPES; type++) {
        struct field field = field_of((enum field_type)type);
        struct json_token token = token_of("null");
        struct value value;
        struct fail fail;

        field.required = true;
        fail_clear(&fail);
        assert_int_equal(value_parse(place_of(&field), &token, &arena, &value, &fail), RC_REJECTED);
        assert_int_equal(fail.code, FAIL_INVALID_DATA);
        assert_string_equal(fail.field, "f");
    }
}

static void test_max_length_is_in_characters(void **state)
{
    static const struct {
        const char *json;
        enum rc rc;
    } CASES[] = {
        {"\"abc\"", RC_OK},
        {"\"\xF0\x9F\x98\x80\xC3\xA9\xE2\x82\xAC\"", RC_OK},
        {"\"abcd\"", RC_REJECTED},
        {"\"\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\"", RC_REJECTED},
    };
    struct field field = field_of(FIELD_STRING);
    struct value value;
    struct fail fail;

    (void)state;
    field.max_length = 3;
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        struct json_token token = token_of(CASES[i].json);

        fail_clear(&fail);
        assert_int_equal(value_parse(place_of(&field), &token, &arena, &value, &fail), CASES[i].rc);
    }
    assert_non_null(strstr(fail.message, "3 characters"));
}

static void expect_written(enum field_type type, struct value value, const char *json)
{
    struct field field = field_of(type);
    struct buf buf;

    buf_init(&buf, 1000);
    value_write_json(place_of(&field), &value, &buf);
    assert_string_equal(buf.data, json);
    buf_release(&buf);
}

static void expect_text_written(enum field_type type, const char *text, const char *json)
{
    expect_written(type, (struct value){.kind = VALUE_TEXT, .text = text_of(text)}, json);
}

static void expect_integer_written(enum field_type type, int64_t integer, const char *json)
{
    expect_written(type, (struct value){.kind = VALUE_INTEGER, .integer = integer}, json);
}

static void expect_real_written(double real, const char *json)
{
    expect_written(FIELD_FLOAT, (struct value){.kind = VALUE_REAL, .real = real}, json);
}

static void test_write(void **state)
{
    (void)state;
    expect_written(FIELD_STRING, (struct value){.kind = VALUE_NULL}, "null");
    expect_text_written(FIELD_STRING, "a\"b", "\"a\\\"b\"");
    expect_text_written(FIELD_STRING, "[1]", "\"[1]\"");
    expect_text_written(FIELD_LIST, "[1, \"a b\"]", "[1,\"a b\"]");
    expect_text_written(FIELD_JSON, "{\"a\": 1.50}", "{\"a\":1.50}");
    expect_integer_written(FIELD_INTEGER, INT64_MIN, "-9223372036854775808");
    expect_integer_written(FIELD_BOOLEAN, 0, "0");
    expect_integer_written(FIELD_BOOLEAN, 1, "1");
    expect_integer_written(FIELD_BOOLEAN, -3, "1");
    expect_real_written(0.0, "0.0");
    expect_real_written(-0.0, "-0.0");
    expect_real_written(3.0, "3.0");
    expect_real_written(-12000.0, "-12000.0");
    expect_real_written(0.1, "0.1");
    expect_real_written(0.1 + 0.2, "0.30000000000000004");
    expect_real_written(1.0 / 3, "0.3333333333333333");
    expect_real_written(1e300, "1e+300");
    expect_real_written(123456789012345678.0, "1.2345678901234568e+17");
    expect_real_written(DBL_TRUE_MIN, "5e-324");
    expect_real_written(DBL_MIN, "2.2250738585072014e-308");
    expect_real_written(DBL_MAX, "1.7976931348623157e+308");
}

static void test_written_reals_read_back(void **state)
{
    uint64_t bits = 88172645463325252u;

    (void)state;
    for (int i = 0; i < 5000; i++) {
        struct field field = field_of(FIELD_FLOAT);
        struct value value = {.kind = VALUE_REAL}, again;
        struct buf buf;

        bits ^= bits << 13;
        bits ^= bits >> 7;
        bits ^= bits << 17;
        memcpy(&value.real, &bits, sizeof(bits));
        if (!isfinite(value.real))
            continue;
        buf_init(&buf, 100);
        value_write_json(place_of(&field), &value, &buf);
        assert_true(parses(FIELD_FLOAT, buf.data, &again));
        assert_true(value_equal(&value, &again));
        assert_int_equal(token_of(buf.data).kind, JSON_KIND_REAL);
        buf_release(&buf);
    }
}

static void test_equal(void **state)
{
    static const struct {
        const char *a, *b;
        enum field_type type;
        bool equal;
    } CASES[] = {
        {"1", "1.0", FIELD_FLOAT, true},          {"1e1", "10", FIELD_FLOAT, true},
        {"1", "2", FIELD_FLOAT, false},           {"true", "1", FIELD_BOOLEAN, true},
        {"true", "0", FIELD_BOOLEAN, false},      {"\"a\"", "\"a\"", FIELD_STRING, true},
        {"\"a\"", "\"a \"", FIELD_STRING, false}, {"\"\"", "null", FIELD_STRING, false},
        {"null", "null", FIELD_STRING, true},     {"0", "-0", FIELD_INTEGER, true},
        {"0", "null", FIELD_INTEGER, false},      {"[1]", "[1]", FIELD_LIST, true},
        {"[1]", "[2]", FIELD_LIST, false},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        struct value a, b;

        assert_true(parses(CASES[i].type, CASES[i].a, &a));
        assert_true(parses(CASES[i].type, CASES[i].b, &b));
        assert_int_equal(value_equal(&a, &b), CASES[i].equal);
    }
}

static void test_names(void **state)
{
    enum field_type field_type = FIELD_TYPES;
    enum diff_type diff_type = DIFF_TYPES;

    (void)state;
    for (int i = 0; i < FIELD_TYPES; i++) {
        assert_true(field_type_parse(text_of(field_type_name((enum field_type)i)), &field_type));
        assert_int_equal(field_type, i);
    }
    for (int i = 0; i < DIFF_TYPES; i++) {
        assert_true(diff_type_parse(text_of(diff_type_name((enum diff_type)i)), &diff_type));
        assert_int_equal(diff_type, i);
    }
    assert_string_equal(field_type_name(FIELD_BOOLEAN), "boolean");
    assert_string_equal(diff_type_name(DIFF_DELETE), "delete");
    assert_false(field_type_parse(TEXT_LITERAL("String"), &field_type));
    assert_false(diff_type_parse(TEXT_LITERAL(""), &diff_type));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_which_json_fits_which_type),
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_required),
        cmocka_unit_test(test_max_length_is_in_characters),
        cmocka_unit_test(test_write),
        cmocka_unit_test(test_written_reals_read_back),
        cmocka_unit_test(test_equal),
        cmocka_unit_test(test_names),
    };

    int failed;

    arena_init(&arena);
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_release(&arena);
    return failed;
}
