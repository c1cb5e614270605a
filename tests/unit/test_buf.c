/* buf.c: growth up to the maximum, and the overflow that stays. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "buf.h"

static void test_add(void **state)
{
    struct buf buf;

    (void)state;
    buf_init(&buf, 1000);
    assert_int_equal(buf_text(&buf).len, 0);
    buf_add_str(&buf, "a");
    buf_add_char(&buf, '-');
    buf_add_text(&buf, TEXT_LITERAL("b\0c"));
    buf_add_int(&buf, INT64_MIN);
    buf_printf(&buf, "<%s %d>", "x", 5);
    buf_add(&buf, NULL, 0);
    assert_true(text_equal(buf_text(&buf), TEXT_LITERAL("a-b\0c-9223372036854775808<x 5>")));
    assert_int_equal(buf.data[buf.len], '\0');
    assert_false(buf.overflow);
    buf_release(&buf);
}

static void test_grows_to_its_maximum(void **state)
{
    struct buf buf;

    (void)state;
    buf_init(&buf, 1000);
    for (int i = 0; i < 1000; i++)
        buf_add_char(&buf, (char)('a' + i % 26));
    assert_false(buf.overflow);
    assert_int_equal(buf.len, 1000);
    for (int i = 0; i < 1000; i++)
        assert_int_equal(buf.data[i], 'a' + i % 26);
    buf_add_char(&buf, 'x');
    assert_true(buf.overflow);
    assert_int_equal(buf.len, 1000);
    buf_release(&buf);
}

static void test_overflow_stays_until_clear(void **state)
{
    struct buf buf;

    (void)state;
    buf_init(&buf, 4);
    buf_add_str(&buf, "abc");
    buf_add_str(&buf, "de");
    assert_true(buf.overflow);
    buf_add_str(&buf, "f");
    assert_true(text_is(buf_text(&buf), "abc"));
    assert_null(buf_reserve(&buf, 1));
    buf_printf(&buf, "%d", 7);
    assert_true(text_is(buf_text(&buf), "abc"));
    buf_clear(&buf);
    assert_false(buf.overflow);
    assert_int_equal(buf.len, 0);
    buf_add_str(&buf, "wxyz");
    assert_true(text_is(buf_text(&buf), "wxyz"));
    buf_release(&buf);
}

static void test_reserve(void **state)
{
    struct buf buf;
    char *end;

    (void)state;
    buf_init(&buf, 600);
    buf_add_str(&buf, "abc");
    end = buf_reserve(&buf, 500);
    assert_ptr_equal(end, buf.data + 3);
    memset(end, 'x', 500);
    assert_int_equal(buf.len, 3);
    buf.len += 500;
    assert_int_equal(buf.data[503], '\0');
    assert_null(buf_reserve(&buf, SIZE_MAX));
    assert_true(buf.overflow);
    buf_release(&buf);
    assert_int_equal(buf.max_bytes, 600);
    assert_null(buf.data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_add),
        cmocka_unit_test(test_grows_to_its_maximum),
        cmocka_unit_test(test_overflow_stays_until_clear),
        cmocka_unit_test(test_reserve),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
