/* shard.c: which owners are at home where, and what a range of them is. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "shard.h"

static void test_ranges(void **state)
{
    static const char *const BAD[] = {"",           "0000",      "0000-",     "-7fff",
                                      "0000-7fff ", "000-7fff",  "0000-7FFF", "0000_7fff",
                                      "8000-7fff",  "00g0-7fff", "0000-10000"};
    unsigned from, to;

    (void)state;
    assert_true(shard_range_parse(TEXT_LITERAL("0000-7fff"), &from, &to));
    assert_int_equal(from, 0);
    assert_int_equal(to, 0x7fff);
    assert_true(shard_range_parse(TEXT_LITERAL("ffff-ffff"), &from, &to));
    assert_int_equal(from, 0xffff);
    assert_int_equal(to, 0xffff);
    for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++)
        if (shard_range_parse(text_of(BAD[i]), &from, &to))
            fail_msg("'%s' is taken for a range", BAD[i]);
}

static void test_names(void **state)
{
    static const char *const BAD[] = {
        "", "A", "a-b", "a b", "ä", "a;b", "123456789012345678901234567890123"};

    (void)state;
    assert_true(shard_name_valid(TEXT_LITERAL("a")));
    assert_true(shard_name_valid(TEXT_LITERAL("europe_2")));
    for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++)
        if (shard_name_valid(text_of(BAD[i])))
            fail_msg("'%s' is taken for a name", BAD[i]);
}

/* By sha256sum: alice is 2bd8…, bob 81b6…, carol 4c26…, the empty owner e3b0…. */
static void test_home(void **state)
{
    static const struct shard_list LIST = {
        .items = {{{"high", 4}, 0x8000, 0xffff},
                  {{"alice", 5}, 0x2bd8, 0x2bd8},
                  {{"below", 5}, 0, 0x2bd7},
                  {{"above", 5}, 0x2bd9, 0x7fff}},
        .count = 4,
    };
    size_t index = 7;

    (void)state;
    assert_int_equal(shard_home(&LIST, TEXT_LITERAL("alice")), 1);
    assert_int_equal(shard_home(&LIST, TEXT_LITERAL("bob")), 0);
    assert_int_equal(shard_home(&LIST, TEXT_LITERAL("carol")), 3);
    assert_int_equal(shard_home(&LIST, TEXT_LITERAL("")), 0);
    assert_true(shard_find(&LIST, TEXT_LITERAL("below"), &index));
    assert_int_equal(index, 2);
    assert_false(shard_find(&LIST, TEXT_LITERAL("bel"), &index));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ranges),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_home),
    };

    return cmocka_run_group_tests_name("shards", tests, NULL, NULL);
}
