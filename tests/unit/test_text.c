/* text.c: comparison, numbers and hashes of texts. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "attributes.h"
#include "text.h"

static void test_equal(void **state)
{
    (void)state;
    assert_true(text_equal(TEXT_LITERAL("ab"), text_of("ab")));
    assert_false(text_equal(TEXT_LITERAL("ab"), TEXT_LITERAL("ab ")));
    assert_false(text_equal(TEXT_LITERAL("a\0b"), TEXT_LITERAL("a\0c")));
    assert_true(text_equal(text_of(NULL), TEXT_LITERAL("")));
    assert_true(text_is(TEXT_LITERAL("x"), "x"));
    assert_int_equal(text_lower('A'), 'a');
    assert_int_equal(text_lower('Z'), 'z');
    assert_int_equal(text_lower('['), '[');
    assert_int_equal(text_lower('@'), '@');
    assert_int_equal(text_lower('\xc4'), '\xc4');
    assert_true(text_equal_nocase(TEXT_LITERAL("Content-Type"), TEXT_LITERAL("cONTENT-tYPE")));
    assert_false(text_equal_nocase(TEXT_LITERAL("a["), TEXT_LITERAL("a{")));
    assert_false(text_equal_nocase(TEXT_LITERAL("a"), TEXT_LITERAL("ab")));
}

static void test_starts_and_ends(void **state)
{
    (void)state;
    assert_true(text_starts_with(TEXT_LITERAL("unix:/run"), "unix:"));
    assert_true(text_starts_with(TEXT_LITERAL("unix:"), "unix:"));
    assert_false(text_starts_with(TEXT_LITERAL("unix"), "unix:"));
    assert_false(text_starts_with(TEXT_LITERAL("Unix:"), "unix:"));
    assert_true(text_ends_with(TEXT_LITERAL("a.pem"), ".pem"));
    assert_true(text_ends_with(TEXT_LITERAL(".pem"), ".pem"));
    assert_false(text_ends_with(TEXT_LITERAL("pem"), ".pem"));
    assert_false(text_ends_with(TEXT_LITERAL("a.pem~"), ".pem"));
}

static void test_compare(void **state)
{
    (void)state;
    assert_true(text_compare(TEXT_LITERAL("a"), TEXT_LITERAL("b")) < 0);
    assert_true(text_compare(TEXT_LITERAL("a"), TEXT_LITERAL("ab")) < 0);
    assert_true(text_compare(TEXT_LITERAL("ab"), TEXT_LITERAL("a")) > 0);
    assert_true(text_compare(TEXT_LITERAL("\x7F"), TEXT_LITERAL("\x80")) < 0);
    assert_int_equal(text_compare(text_of(NULL), TEXT_LITERAL("")), 0);
}

static void test_trim(void **state)
{
    (void)state;
    assert_true(text_is(text_trim(TEXT_LITERAL(" \ta b\t ")), "a b"));
    assert_int_equal(text_trim(TEXT_LITERAL(" \t ")).len, 0);
    assert_true(text_is(text_trim(TEXT_LITERAL("\na")), "\na"));
}

static void test_of_int(void **state)
{
    static const struct {
        int64_t value;
        const char *text;
    } CASES[] = {
        {0, "0"},
        {7, "7"},
        {-7, "-7"},
        {1604114123778, "1604114123778"},
        {INT64_MAX, "9223372036854775807"},
        {INT64_MIN, "-9223372036854775808"},
    };
    char chars[TEXT_NUMBER_MAX];

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++)
        assert_true(text_is(text_of_int(CASES[i].value, chars), CASES[i].text));
}

static void test_of_thousandths(void **state)
{
    static const struct {
        int64_t value;
        const char *text;
    } CASES[] = {
        {0, "0.000"},
        {5, "0.005"},
        {1234, "1.234"},
        {120000, "120.000"},
        {INT64_MAX, "9223372036854775.807"},
    };
    char chars[TEXT_NUMBER_MAX];

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++)
        assert_true(text_is(text_of_thousandths(CASES[i].value, chars), CASES[i].text));
}

static void test_to_uint(void **state)
{
    static const struct {
        const char *text;
        uint64_t max;
        bool ok;
        uint64_t value;
    } CASES[] = {
        {"0", 0, true, 0},
        {"007", 10, true, 7},
        {"18446744073709551615", UINT64_MAX, true, UINT64_MAX},
        {"18446744073709551616", UINT64_MAX, false, 0},
        {"99999999999999999999", UINT64_MAX, false, 0},
        {"11", 10, false, 0},
        {"10", 10, true, 10},
        {"", 10, false, 0},
        {"-1", 10, false, 0},
        {"+1", 10, false, 0},
        {" 1", 10, false, 0},
        {"1 ", 10, false, 0},
        {"1x", 10, false, 0},
        {"/", 100, false, 0},
        {":", 100, false, 0},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        uint64_t value = 0;

        assert_int_equal(text_to_uint(text_of(CASES[i].text), CASES[i].max, &value), CASES[i].ok);
        assert_true(value == CASES[i].value);
    }
}

static void test_utf8(void **state)
{
    static const struct {
        const char *bytes;
        size_t len;
        bool ok;
        size_t characters;
    } CASES[] = {
        {"", sizeof("") - 1, true, 0},
        {"a\0b", sizeof("a\0b") - 1, true, 3},
        {"\xC3\xA9t\xC3\xA9", sizeof("\xC3\xA9t\xC3\xA9") - 1, true, 3},
        {"\xE2\x82\xAC", sizeof("\xE2\x82\xAC") - 1, true, 1},
        {"\xF0\x9F\x98\x80", sizeof("\xF0\x9F\x98\x80") - 1, true, 1},
        {"\xF4\x8F\xBF\xBF", sizeof("\xF4\x8F\xBF\xBF") - 1, true, 1},
        {"\xED\x9F\xBF", sizeof("\xED\x9F\xBF") - 1, true, 1},
        {"\xEE\x80\x80", sizeof("\xEE\x80\x80") - 1, true, 1},
        {"\x80", sizeof("\x80") - 1, false, 0},
        {"\xC0\x80", sizeof("\xC0\x80") - 1, false, 0},                 /* overlong */
        {"\xC1\xBF", sizeof("\xC1\xBF") - 1, false, 0},                 /* overlong */
        {"\xE0\x9F\xBF", sizeof("\xE0\x9F\xBF") - 1, false, 0},         /* overlong */
        {"\xF0\x8F\xBF\xBF", sizeof("\xF0\x8F\xBF\xBF") - 1, false, 0}, /* overlong */
        {"\xED\xA0\x80", sizeof("\xED\xA0\x80") - 1, false, 0},         /* surrogate */
        {"\xF4\x90\x80\x80", sizeof("\xF4\x90\x80\x80") - 1, false, 0}, /* above U+10FFFF */
        {"\xF5\x80\x80\x80", sizeof("\xF5\x80\x80\x80") - 1, false, 0},
        {"\xFF", sizeof("\xFF") - 1, false, 0},
        {"a\xC3", sizeof("a\xC3") - 1, false, 0}, /* cut */
        {"\xE2\x82", sizeof("\xE2\x82") - 1, false, 0},
        {"\xF0\x9F\x98", sizeof("\xF0\x9F\x98") - 1, false, 0},
        {"\xE2\x82(\xAC", sizeof("\xE2\x82(\xAC") - 1, false, 0},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        struct text text = {CASES[i].bytes, CASES[i].len};

        assert_int_equal(text_is_utf8(text), CASES[i].ok);
        if (CASES[i].ok)
            assert_int_equal(text_utf8_length(text), CASES[i].characters);
    }
}

static void test_hash(void **state)
{
    (void)state;
    assert_true(text_hash(TEXT_LITERAL("abc"), 1) == text_hash(text_of("abc"), 1));
    assert_true(text_hash(TEXT_LITERAL("abc"), 1) != text_hash(TEXT_LITERAL("abd"), 1));
    assert_true(text_hash(TEXT_LITERAL("abc"), 1) != text_hash(TEXT_LITERAL("abc"), 2));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_starts_and_ends),
        cmocka_unit_test(test_equal),
        cmocka_unit_test(test_compare),
        cmocka_unit_test(test_trim),
        cmocka_unit_test(test_to_uint),
        cmocka_unit_test(test_of_int),
        cmocka_unit_test(test_of_thousandths),
        cmocka_unit_test(test_utf8),
        cmocka_unit_test(test_hash),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
