/* rejection.c: which diff is refused, for what reason, and what a reset of the transaction keeps.
 * */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "rejection.h"

static struct arena arena;

static int setup(void **state)
{
    (void)state;
    arena_init(&arena);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_release(&arena);
    return 0;
}

static struct fail fault(enum fail_code code, const char *message)
{
    struct fail fail;

    fail_reject(&fail, code, "%s", message);
    fail_at_diff(&fail, TEXT_LITERAL("d"));
    return fail;
}

static void test_first_verdict_stands(void **state)
{
    const struct fail first = fault(FAIL_INVALID_DATA, "first");
    const struct fail second = fault(FAIL_FORBIDDEN, "second");
    struct rejections rejections;

    (void)state;
    rejections_init(&rejections, 3, true, &arena);
    rejections_refuse(&rejections, 1, &first);
    rejections_refuse(&rejections, 1, &second);
    assert_false(rejections_refused(&rejections, 0));
    assert_true(rejections_refused(&rejections, 1));
    assert_int_equal(rejections.refused_count, 1);
    assert_int_equal(rejections.items[1].code, FAIL_INVALID_DATA);
    assert_string_equal(rejections.items[1].message.ptr, "first");
}

static void test_shared_verdict_names_its_base(void **state)
{
    const struct fail refused = fault(FAIL_FORBIDDEN, "no");
    struct rejections rejections;

    (void)state;
    rejections_init(&rejections, 2, true, &arena);
    rejections_refuse(&rejections, 0, &refused);
    rejections_share(&rejections, 1, 0, TEXT_LITERAL("base"));
    assert_int_equal(rejections.items[1].code, FAIL_FORBIDDEN);
    assert_non_null(strstr(rejections.items[1].message.ptr, "base"));
    assert_int_equal(rejections.refused_count, 2);
}

/* A transaction that is reset keeps what the diffs themselves say, and nothing of the tables. */
static void test_reset_keeps_the_unreadable(void **state)
{
    const struct fail refused = fault(FAIL_INVALID_DATA, "bad");
    struct rejections rejections;

    (void)state;
    rejections_init(&rejections, 4, true, &arena);
    rejections_unreadable(&rejections, 0, &refused);
    rejections_unreadable(&rejections, 1, &refused);
    rejections_refuse(&rejections, 2, &refused);
    rejections_recall(&rejections, 3, FAIL_FORBIDDEN);
    rejections_forgive(&rejections, 1);
    assert_int_equal(rejections.refused_count, 3);
    assert_true(rejections.items[3].earlier);
    rejections_reset(&rejections);
    assert_int_equal(rejections.refused_count, 2);
    assert_true(rejections_refused(&rejections, 0));
    assert_true(rejections_refused(&rejections, 1));
    assert_false(rejections_refused(&rejections, 2));
    assert_false(rejections_refused(&rejections, 3));
    assert_false(rejections.items[3].earlier);
}

static void test_verdict_as_the_end_of_a_sync(void **state)
{
    struct fail refused = fault(FAIL_INVALID_DATA, "100% bad"), fail;
    struct rejections rejections;

    (void)state;
    fail_at_field(&refused, TEXT_LITERAL("name"));
    rejections_init(&rejections, 2, true, &arena);
    rejections_unreadable(&rejections, 1, &refused);
    rejections_close(&rejections);
    assert_false(rejections_open(&rejections));
    assert_true(rejections_refused(&rejections, 1));
    assert_int_equal(rejection_fail(&rejections, 1, TEXT_LITERAL("d7"), &fail), RC_REJECTED);
    assert_int_equal(fail.code, FAIL_INVALID_DATA);
    assert_string_equal(fail.message, "100% bad");
    assert_string_equal(fail.diff_id, "d7");
    assert_string_equal(fail.field, "name");
    assert_string_equal(fail.detail, "");
}

static void test_none_is_refused_without_verdicts(void **state)
{
    struct rejections closed;

    (void)state;
    rejections_init(&closed, 1, false, &arena);
    assert_false(rejections_refused(NULL, 7));
    assert_false(rejections_open(NULL));
    assert_false(rejections_open(&closed));
}

static void test_what_one_diff_may_be_refused_for(void **state)
{
    static const bool ALONE[FAIL_CODES] = {
        [FAIL_INVALID_DATA] = true,
        [FAIL_FORBIDDEN] = true,
        [FAIL_NO_SUCH_OBJECT] = true,
        [FAIL_OBJECT_EXISTS] = true,
    };

    (void)state;
    for (enum fail_code code = 0; code < FAIL_CODES; code++) {
        struct fail fail = fault(code, "x");

        assert_int_equal(rejection_is_of_one_diff(&fail), ALONE[code]);
        fail_at_diff(&fail, TEXT_LITERAL(""));
        assert_false(rejection_is_of_one_diff(&fail));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_first_verdict_stands),
        cmocka_unit_test(test_shared_verdict_names_its_base),
        cmocka_unit_test(test_reset_keeps_the_unreadable),
        cmocka_unit_test(test_verdict_as_the_end_of_a_sync),
        cmocka_unit_test(test_none_is_refused_without_verdicts),
        cmocka_unit_test(test_what_one_diff_may_be_refused_for),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
