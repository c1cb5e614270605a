/* token_cache.c: tokens are found until their time is over, never longer, and never another one. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include "in_range.h"
#include "token_cache.h"

#define NOW_MS  ((int64_t)1700000000 * 1000)
#define TTL_MS  ((int64_t)5000)
#define NEVER   INT64_MAX
#define ALICE   TEXT_LITERAL("alice")
#define LONGEST ((size_t)128) /* of an owner */

struct bench {
    struct token_cache *cache;
    struct arena arena;
};

static struct bench bench;

static int set_up(void **state)
{
    (void)state;
    arena_init(&bench.arena);
    bench.cache = token_cache_new(TTL_MS);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    token_cache_free(bench.cache);
    arena_release(&bench.arena);
    return 0;
}

static struct token_cache_key key_of(const char *token)
{
    struct token_cache_key key;

    assert_true(token_cache_key_of(bench.cache, text_of(token), &key));
    return key;
}

static void put(const char *token, struct text owner, int64_t now_ms, int64_t until_ms)
{
    const struct token_cache_key key = key_of(token);

    token_cache_put(bench.cache, &key, owner, now_ms, until_ms);
}

/* Empty: not found. */
static struct text find(const char *token, int64_t now_ms)
{
    const struct token_cache_key key = key_of(token);
    struct text owner = {"", 0};
    bool found = token_cache_find(bench.cache, &key, now_ms, &bench.arena, &owner);

    assert_int_equal(found, owner.len > 0);
    return owner;
}

static void finds_what_was_put(void **state)
{
    (void)state;
    assert_true(text_is(find("a", NOW_MS), ""));
    put("a", ALICE, NOW_MS, NEVER);
    put("b", TEXT_LITERAL("bob"), NOW_MS, NEVER);
    assert_true(text_is(find("a", NOW_MS), "alice"));
    assert_true(text_is(find("b", NOW_MS), "bob"));
    assert_true(text_is(find("c", NOW_MS), ""));
}

static void forgets_in_time(void **state)
{
    (void)state;
    put("a", ALICE, NOW_MS, NEVER);
    assert_true(text_is(find("a", NOW_MS + TTL_MS - 1), "alice"));
    assert_true(text_is(find("a", NOW_MS + TTL_MS), ""));
    put("a", ALICE, NOW_MS, NOW_MS + 10);
    assert_true(text_is(find("a", NOW_MS + 9), "alice"));
    assert_true(text_is(find("a", NOW_MS + 10), ""));
}

/* To be found does not make it stay. */
static void use_does_not_prolong(void **state)
{
    (void)state;
    put("a", ALICE, NOW_MS, NEVER);
    for (int64_t ms = 0; ms < TTL_MS; ms += 100)
        assert_true(text_is(find("a", NOW_MS + ms), "alice"));
    assert_true(text_is(find("a", NOW_MS + TTL_MS), ""));
}

static void a_clock_set_back_finds_nothing(void **state)
{
    (void)state;
    put("a", ALICE, NOW_MS, NEVER);
    assert_true(text_is(find("a", NOW_MS - 1), ""));
    put("a", ALICE, NOW_MS - 100000, NEVER);
    assert_true(text_is(find("a", NOW_MS - 100000), "alice"));
    assert_true(text_is(find("a", NOW_MS), ""));
}

static void a_token_has_one_owner(void **state)
{
    (void)state;
    put("a", ALICE, NOW_MS, NEVER);
    put("a", TEXT_LITERAL("bob"), NOW_MS + 1, NEVER);
    assert_true(text_is(find("a", NOW_MS + 1), "bob"));
    assert_true(text_is(find("a", NOW_MS + TTL_MS), "bob"));
    assert_true(text_is(find("a", NOW_MS + TTL_MS + 1), ""));
}

static void the_longest_owner(void **state)
{
    char owner[LONGEST];

    (void)state;
    memset(owner, 'o', sizeof(owner));
    put("a", (struct text){owner, LONGEST}, NOW_MS, NEVER);
    assert_true(text_equal(find("a", NOW_MS), (struct text){owner, LONGEST}));
    put("a", ALICE, NOW_MS, NEVER);
    assert_true(text_is(find("a", NOW_MS), "alice"));
}

/* What is found must not change when its place is taken. */
static void what_was_found_stays(void **state)
{
    struct text found;

    (void)state;
    put("a", ALICE, NOW_MS, NEVER);
    found = find("a", NOW_MS);
    put("a", TEXT_LITERAL("mallory"), NOW_MS, NEVER);
    assert_true(text_is(found, "alice"));
}

/* Whatever comes, the newest are found, and nobody's owner is another's. */
static void far_more_tokens_than_places(void **state)
{
    char token[16], owner[16];
    size_t kept = 0;

    (void)state;
    for (int i = 0; i < 20000; i++) {
        snprintf(token, sizeof(token), "t%d", i);
        snprintf(owner, sizeof(owner), "o%d", i);
        put(token, text_of(owner), NOW_MS + i / 10, NEVER);
        assert_true(text_is(find(token, NOW_MS + i / 10), owner));
    }
    for (int i = 0; i < 20000; i++) {
        struct text found;

        snprintf(token, sizeof(token), "t%d", i);
        snprintf(owner, sizeof(owner), "o%d", i);
        found = find(token, NOW_MS + 2000);
        assert_true(found.len == 0 || text_is(found, owner));
        kept += found.len > 0;
    }
    assert_int_in_range(kept, 1000, 1024);
}

static void what_is_not_held(void **state)
{
    static char longest[TOKEN_MAX_BYTES + 1];
    struct token_cache *off = token_cache_new(0);
    struct token_cache_key key;

    (void)state;
    assert_false(token_cache_key_of(off, text_of("a"), &key));
    assert_false(token_cache_key_of(bench.cache, text_of(""), &key));
    assert_false(token_cache_key_of(bench.cache, text_of(NULL), &key));
    assert_true(token_cache_key_of(bench.cache, (struct text){longest, TOKEN_MAX_BYTES}, &key));
    assert_false(
        token_cache_key_of(bench.cache, (struct text){longest, TOKEN_MAX_BYTES + 1}, &key));
    token_cache_free(off);
    token_cache_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(finds_what_was_put, set_up, tear_down),
        cmocka_unit_test_setup_teardown(forgets_in_time, set_up, tear_down),
        cmocka_unit_test_setup_teardown(use_does_not_prolong, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_clock_set_back_finds_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_token_has_one_owner, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_longest_owner, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_was_found_stays, set_up, tear_down),
        cmocka_unit_test_setup_teardown(far_more_tokens_than_places, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_not_held, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
