/* fail.c: the table of codes, and what struct fail says after each call. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "fail.h"

static void test_codes_and_names(void **state)
{
    (void)state;
    for (int code = 0; code < FAIL_CODES; code++) {
        enum fail_code parsed = FAIL_CODES;

        assert_true(fail_code_parse(text_of(fail_code_name((enum fail_code)code)), &parsed));
        assert_int_equal(parsed, code);
    }
}

static void test_no_such_code(void **state)
{
    static const char *const NAMES[] = {"", "internal", "INTERNAL ", "INTERNA", "INVALID_", "13"};
    enum fail_code parsed = FAIL_TOO_LARGE;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(NAMES); i++)
        assert_false(fail_code_parse(text_of(NAMES[i]), &parsed));
    assert_false(fail_code_parse(text_of(NULL), &parsed));
    assert_int_equal(parsed, FAIL_TOO_LARGE);
}

/* What the fault before it was about is not said of the next one. */
static void test_set_clears_the_rest(void **state)
{
    struct fail fail;

    (void)state;
    fail_reject(&fail, FAIL_INVALID_DATA, "first");
    fail_at_diff(&fail, TEXT_LITERAL("d1"));
    fail_at_field(&fail, TEXT_LITERAL("name"));
    fail_detail(&fail, "for the log");
    fail.clash = true;
    assert_int_equal(fail_reject(&fail, FAIL_FORBIDDEN, "%s", "second"), RC_REJECTED);
    assert_int_equal(fail.code, FAIL_FORBIDDEN);
    assert_string_equal(fail.message, "second");
    assert_string_equal(fail.detail, "");
    assert_string_equal(fail.diff_id, "");
    assert_string_equal(fail.field, "");
    assert_false(fail.clash);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_codes_and_names),
        cmocka_unit_test(test_no_such_code),
        cmocka_unit_test(test_set_clears_the_rest),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
