/* The chain: who is asked, in which order, and what a refusal says. The token table is played here.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <openssl/evp.h>

#include "auth.h"
#include "mysql_synchronizer.h"

#define NOW_MS  ((int64_t)1700000000 * 1000)
#define KNOWN   "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMN_-0"
#define UNKNOWN "0bcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMN_-0"

static struct {
    unsigned asked;
    enum rc rc;
    int64_t now_ms;
} table;

static void sha256(const char *token, unsigned char *hash_out)
{
    EVP_Digest(token, strlen(token), hash_out, NULL, EVP_sha256(), NULL);
}

enum rc mysql_token_find(struct synchronizer *s, const unsigned char *hash, int64_t now_ms,
                         struct arena *arena, struct text *owner_out, struct fail *fail)
{
    unsigned char known[TOKEN_HASH_BYTES];

    (void)s;
    table.asked++;
    table.now_ms = now_ms;
    if (table.rc != RC_OK)
        return fail_busy(fail, table.rc, "the database is away");
    sha256(KNOWN, known);
    *owner_out = memcmp(hash, known, sizeof(known)) == 0 ? arena_text(arena, text_of("bob"))
                                                         : (struct text){"", 0};
    return RC_OK;
}

enum verifiers { JWT = 1, TOKENS = 2, PARAM = 4 };

struct outcome {
    enum rc rc;
    struct fail fail;
    char owner[OWNER_MAX_BYTES + 1];
};

static struct outcome ask(unsigned verifiers, struct text token, struct text trusted_owner)
{
    const struct auth_settings settings = {
        .jwt = {.enabled = verifiers & JWT,
                .algorithm = TEXT_LITERAL("HS256"),
                .key = TEXT_LITERAL("a key"),
                .owner_claim = TEXT_LITERAL("sub"),
                .require_exp = true},
        .tokens = verifiers & TOKENS,
        .trusted_param = verifiers & PARAM,
    };
    const struct auth_request request = {.token = token, .trusted_owner = trusted_owner};
    struct synchronizer synchronizer = {.ops = NULL};
    struct auth *auth = auth_new(&settings, &synchronizer);
    struct outcome outcome = {.rc = RC_OK};
    struct text owner = {"", 0};
    struct arena arena;

    arena_init(&arena);
    outcome.rc = auth_owner(auth, &request, NOW_MS, &arena, &owner, &outcome.fail);
    if (outcome.rc == RC_OK)
        snprintf(outcome.owner, sizeof(outcome.owner), "%.*s", TEXT_ARG(owner));
    arena_release(&arena);
    auth_free(auth);
    return outcome;
}

static int reset(void **state)
{
    (void)state;
    table.asked = 0;
    table.rc = RC_OK;
    return 0;
}

static void a_known_token_is_its_owner(void **state)
{
    struct outcome outcome = ask(TOKENS, text_of(KNOWN), text_of(NULL));

    (void)state;
    assert_int_equal(outcome.rc, RC_OK);
    assert_string_equal(outcome.owner, "bob");
    assert_true(table.now_ms == NOW_MS);
}

static void an_unknown_token_is_refused(void **state)
{
    struct outcome outcome = ask(TOKENS, text_of(UNKNOWN), text_of(NULL));

    (void)state;
    assert_int_equal(outcome.rc, RC_REJECTED);
    assert_int_equal(table.asked, 1);
    assert_non_null(strstr(outcome.fail.detail, "tokens: unknown"));
}

static void only_plausible_tokens_are_looked_up(void **state)
{
    static const char *const OTHERS[] = {
        "",
        "short",
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMN_-0x",
        "+bcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMN_-0",
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMN_-=",
        "' OR ''='abcdefghijklmnopqrstuvwxyz01234567",
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(OTHERS); i++)
        assert_int_equal(ask(TOKENS, text_of(OTHERS[i]), text_of(NULL)).rc, RC_REJECTED);
    assert_int_equal(table.asked, 0);
}

static void a_database_that_is_away_is_no_refusal(void **state)
{
    struct outcome outcome;

    (void)state;
    table.rc = RC_RETRY;
    outcome = ask(JWT | TOKENS | PARAM, text_of(KNOWN), text_of("carol"));
    assert_int_equal(outcome.rc, RC_RETRY);
    assert_int_equal(outcome.fail.code, FAIL_SERVER_BUSY);
}

static void the_first_that_accepts_decides(void **state)
{
    struct outcome outcome = ask(JWT | TOKENS | PARAM, text_of(KNOWN), text_of("carol"));

    (void)state;
    assert_string_equal(outcome.owner, "bob");
    outcome = ask(JWT | TOKENS | PARAM, text_of(UNKNOWN), text_of("carol"));
    assert_string_equal(outcome.owner, "carol");
}

static void what_is_not_configured_is_not_believed(void **state)
{
    (void)state;
    assert_int_equal(ask(TOKENS, text_of(UNKNOWN), text_of("carol")).rc, RC_REJECTED);
    assert_int_equal(ask(PARAM, text_of(KNOWN), text_of(NULL)).rc, RC_REJECTED);
    assert_int_equal(ask(JWT, text_of(KNOWN), text_of("carol")).rc, RC_REJECTED);
    assert_int_equal(table.asked, 1);
}

static void a_trusted_owner_must_be_an_owner(void **state)
{
    char longest[OWNER_MAX_BYTES + 1];

    (void)state;
    memset(longest, 'o', sizeof(longest));
    assert_string_equal(ask(PARAM, text_of(NULL), text_of("dave")).owner, "dave");
    assert_int_equal(ask(PARAM, text_of(NULL), (struct text){longest, OWNER_MAX_BYTES}).rc, RC_OK);
    assert_int_equal(ask(PARAM, text_of(NULL), (struct text){longest, OWNER_MAX_BYTES + 1}).rc,
                     RC_REJECTED);
    assert_int_equal(ask(PARAM, text_of(NULL), text_of("\xFF")).rc, RC_REJECTED);
    assert_int_equal(ask(PARAM, text_of(NULL), (struct text){"a\0b", 3}).rc, RC_REJECTED);
    assert_int_equal(ask(PARAM, text_of(NULL), text_of("")).rc, RC_REJECTED);
}

/* PROTOCOL 3: nobody learns why; the log does, but never the token. */
static void all_refusals_look_alike(void **state)
{
    static const char *const TOKENS_OF_ALL_KINDS[] = {"", UNKNOWN, "garbage", "e30.e30.e30"};
    const struct fail first = ask(JWT | TOKENS | PARAM, text_of(""), text_of(NULL)).fail;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(TOKENS_OF_ALL_KINDS); i++) {
        const char *token = TOKENS_OF_ALL_KINDS[i];
        struct outcome outcome = ask(JWT | TOKENS | PARAM, text_of(token), text_of(NULL));

        assert_int_equal(outcome.rc, RC_REJECTED);
        assert_int_equal(outcome.fail.code, FAIL_INVALID_SYNC_TOKEN);
        assert_string_equal(outcome.fail.message, first.message);
        assert_non_null(strstr(outcome.fail.detail, "jwt: "));
        assert_non_null(strstr(outcome.fail.detail, "; tokens: "));
        assert_non_null(strstr(outcome.fail.detail, "; trusted_param: "));
        if (token[0] != '\0')
            assert_null(strstr(outcome.fail.detail, token));
    }
}

static void bearer(void **state)
{
    static const struct {
        const char *header;
        const char *token;
    } HEADERS[] = {
        {"Bearer abc", "abc"},
        {"bearer abc", "abc"},
        {"BEARER   abc  ", "abc"},
        {"Bearer", ""},
        {"Bearer ", ""},
        {"Bearerabc", ""},
        {"Basic abc", ""},
        {"", ""},
        {"abc", ""},
        {"Bear abc", ""},
        {"  Bearer abc", "abc"},
        {"Bearer a b", "a b"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(HEADERS); i++)
        if (!text_is(auth_bearer(text_of(HEADERS[i].header)), HEADERS[i].token))
            fail_msg("of '%s'", HEADERS[i].header);
    assert_int_equal(auth_bearer(text_of(NULL)).len, 0);
}

static void a_new_token(void **state)
{
    static const char ALPHABET[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";
    unsigned char hash[TOKEN_HASH_BYTES], again[TOKEN_HASH_BYTES];
    char first[AUTH_TOKEN_LEN + 1], token[AUTH_TOKEN_LEN + 1];

    (void)state;
    auth_token_make(first, hash);
    /* Enough of them that '+' and '/' of plain base64 would have come up. */
    for (unsigned i = 0; i < 100; i++) {
        auth_token_make(token, hash);
        assert_int_equal(strlen(token), AUTH_TOKEN_LEN);
        assert_int_equal(strspn(token, ALPHABET), AUTH_TOKEN_LEN);
        assert_string_not_equal(token, first);
        sha256(token, again);
        assert_memory_equal(hash, again, sizeof(hash));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_known_token_is_its_owner, reset),
        cmocka_unit_test_setup(an_unknown_token_is_refused, reset),
        cmocka_unit_test_setup(only_plausible_tokens_are_looked_up, reset),
        cmocka_unit_test_setup(a_database_that_is_away_is_no_refusal, reset),
        cmocka_unit_test_setup(the_first_that_accepts_decides, reset),
        cmocka_unit_test_setup(what_is_not_configured_is_not_believed, reset),
        cmocka_unit_test_setup(a_trusted_owner_must_be_an_owner, reset),
        cmocka_unit_test_setup(all_refusals_look_alike, reset),
        cmocka_unit_test(bearer),
        cmocka_unit_test(a_new_token),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
