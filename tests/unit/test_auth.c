/* The chain: who is asked, in which order, and what a refusal says. The token table is played here.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <openssl/evp.h>

#include "auth.h"
#include "jws.h"
#include "synchronizer.h"

#define SECRET  "a secret of thirty-two bytes ...."
#define NOW_MS  ((int64_t)1700000000 * 1000)
#define KNOWN   "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMN_-0"
#define UNKNOWN "0bcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMN_-0"

static struct {
    unsigned asked;
    enum rc rc;
    bool revoked;
    int64_t expires_ms;
    int64_t now_ms;
} table;

static void sha256(const char *token, unsigned char *hash_out)
{
    EVP_Digest(token, strlen(token), hash_out, NULL, EVP_sha256(), NULL);
}

static enum rc find_token(struct synchronizer *s, const unsigned char *hash, int64_t now_ms,
                          struct arena *arena, struct token_found *found_out, struct fail *fail)
{
    unsigned char known[TOKEN_HASH_BYTES];

    (void)s;
    table.asked++;
    table.now_ms = now_ms;
    if (table.rc != RC_OK)
        return fail_busy(fail, table.rc, "the database is away");
    sha256(KNOWN, known);
    *found_out = (struct token_found){.owner = {"", 0}, .expires_ms = table.expires_ms};
    if (!table.revoked && memcmp(hash, known, sizeof(known)) == 0 &&
        (table.expires_ms == 0 || now_ms < table.expires_ms))
        found_out->owner = arena_text(arena, text_of("bob"));
    return RC_OK;
}

enum verifiers { JWT = 1, TOKENS = 2, PARAM = 4 };

struct outcome {
    enum rc rc;
    struct fail fail;
    char owner[OWNER_MAX_BYTES + 1];
};

static struct key *key;
static struct key_ring_entry entry;
static const struct key_ring ring = {.algorithm = KEY_HS256, .entries = &entry, .count = 1};
static const struct token_ops TOKEN_OPS = {.find = find_token};
static const struct synchronizer_ops OPS = {.tokens = &TOKEN_OPS};
static struct synchronizer synchronizer = {.ops = &OPS};

static int make_key(void **state)
{
    struct key_fault fault;

    (void)state;
    entry.key = key = key_new(KEY_HS256, TEXT_LITERAL(SECRET), &fault);
    return key == NULL;
}

static int free_key(void **state)
{
    (void)state;
    key_free(key);
    return 0;
}

static struct auth *make_auth(unsigned verifiers, int64_t cache_ms)
{
    const struct auth_settings settings = {
        .jwt = {.enabled = verifiers & JWT,
                .keys = &ring,
                .owner_claim = TEXT_LITERAL("sub"),
                .require_exp = true},
        .tokens = verifiers & TOKENS,
        .trusted_param = verifiers & PARAM,
        .cache_ms = cache_ms,
    };

    return auth_new(&settings, &synchronizer);
}

static struct outcome ask_at(struct auth *auth, struct text token, struct text trusted_owner,
                             int64_t now_ms)
{
    const struct auth_request request = {.token = token, .trusted_owner = trusted_owner};
    struct outcome outcome = {.rc = RC_OK};
    struct text owner = {"", 0};
    struct arena arena;

    arena_init(&arena);
    outcome.rc = auth_owner(auth, &request, now_ms, &arena, &owner, &outcome.fail);
    if (outcome.rc == RC_OK)
        snprintf(outcome.owner, sizeof(outcome.owner), "%.*s", TEXT_ARG(owner));
    arena_release(&arena);
    return outcome;
}

static struct outcome ask(unsigned verifiers, struct text token, struct text trusted_owner)
{
    struct auth *auth = make_auth(verifiers, 0);
    struct outcome outcome = ask_at(auth, token, trusted_owner, NOW_MS);

    auth_free(auth);
    return outcome;
}

static int reset(void **state)
{
    (void)state;
    table.asked = 0;
    table.rc = RC_OK;
    table.revoked = false;
    table.expires_ms = 0;
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

/* docs/protocol.md 3: nobody learns why; the log does, but never the token. */
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

#define CACHE_MS ((int64_t)5000)

/* A revoked token is good until the cache has forgotten it, and no longer. */
static void a_good_token_is_looked_up_once(void **state)
{
    struct auth *auth = make_auth(TOKENS, CACHE_MS);

    (void)state;
    for (unsigned i = 0; i < 10; i++)
        assert_string_equal(ask_at(auth, text_of(KNOWN), text_of(NULL), NOW_MS + i).owner, "bob");
    assert_int_equal(table.asked, 1);
    table.revoked = true;
    assert_int_equal(ask_at(auth, text_of(KNOWN), text_of(NULL), NOW_MS + CACHE_MS - 1).rc, RC_OK);
    assert_int_equal(ask_at(auth, text_of(KNOWN), text_of(NULL), NOW_MS + CACHE_MS).rc,
                     RC_REJECTED);
    assert_int_equal(table.asked, 2);
    auth_free(auth);
}

static void an_expired_token_is_not_remembered(void **state)
{
    struct auth *auth = make_auth(TOKENS, CACHE_MS);

    (void)state;
    table.expires_ms = NOW_MS + 1000;
    assert_int_equal(ask_at(auth, text_of(KNOWN), text_of(NULL), NOW_MS).rc, RC_OK);
    assert_int_equal(ask_at(auth, text_of(KNOWN), text_of(NULL), NOW_MS + 999).rc, RC_OK);
    assert_int_equal(table.asked, 1);
    assert_int_equal(ask_at(auth, text_of(KNOWN), text_of(NULL), NOW_MS + 1000).rc, RC_REJECTED);
    assert_int_equal(table.asked, 2);
    auth_free(auth);
}

static void a_new_auth_remembers_nothing(void **state)
{
    struct auth *auth = make_auth(TOKENS, CACHE_MS);

    (void)state;
    assert_int_equal(ask_at(auth, text_of(KNOWN), text_of(NULL), NOW_MS).rc, RC_OK);
    auth_free(auth);
    table.revoked = true;
    auth = make_auth(TOKENS, CACHE_MS);
    assert_int_equal(ask_at(auth, text_of(KNOWN), text_of(NULL), NOW_MS).rc, RC_REJECTED);
    auth_free(auth);
}

static void no_cache_no_memory(void **state)
{
    struct auth *auth = make_auth(TOKENS, 0);

    (void)state;
    for (unsigned i = 1; i <= 3; i++) {
        assert_int_equal(ask_at(auth, text_of(KNOWN), text_of(NULL), NOW_MS).rc, RC_OK);
        assert_int_equal(table.asked, i);
    }
    auth_free(auth);
}

/* A token that comes into being, or a database that comes back, counts at once. */
static void a_refusal_is_not_remembered(void **state)
{
    struct auth *auth = make_auth(TOKENS, CACHE_MS);

    (void)state;
    table.revoked = true;
    assert_int_equal(ask_at(auth, text_of(KNOWN), text_of(NULL), NOW_MS).rc, RC_REJECTED);
    table.rc = RC_RETRY;
    assert_int_equal(ask_at(auth, text_of(KNOWN), text_of(NULL), NOW_MS).rc, RC_RETRY);
    table.rc = RC_OK;
    table.revoked = false;
    assert_int_equal(ask_at(auth, text_of(KNOWN), text_of(NULL), NOW_MS).rc, RC_OK);
    auth_free(auth);
}

/* It is not the token that said so: the next request with it may be anybody's. */
static void a_trusted_owner_is_not_remembered(void **state)
{
    struct auth *auth = make_auth(TOKENS | PARAM, CACHE_MS);

    (void)state;
    assert_string_equal(ask_at(auth, text_of(UNKNOWN), text_of("carol"), NOW_MS).owner, "carol");
    assert_string_equal(ask_at(auth, text_of(UNKNOWN), text_of("dave"), NOW_MS).owner, "dave");
    assert_int_equal(ask_at(auth, text_of(UNKNOWN), text_of(NULL), NOW_MS).rc, RC_REJECTED);
    auth_free(auth);
}

/* Who makes up tokens takes no place from those that are good. */
static void made_up_tokens_leave_the_good_ones_their_place(void **state)
{
    struct auth *auth = make_auth(TOKENS | PARAM, CACHE_MS);
    char token[16];

    (void)state;
    assert_int_equal(ask_at(auth, text_of(KNOWN), text_of("carol"), NOW_MS).rc, RC_OK);
    for (unsigned i = 0; i < 10000; i++) {
        snprintf(token, sizeof(token), "%u", i);
        assert_string_equal(ask_at(auth, text_of(token), text_of("carol"), NOW_MS).owner, "carol");
        assert_int_equal(ask_at(auth, text_of(token), text_of(NULL), NOW_MS).rc, RC_REJECTED);
    }
    assert_string_equal(ask_at(auth, text_of(KNOWN), text_of("carol"), NOW_MS).owner, "bob");
    assert_int_equal(table.asked, 1);
    auth_free(auth);
}

static void a_jwt_is_remembered_until_it_expires(void **state)
{
    struct auth *auth = make_auth(JWT, CACHE_MS);
    const int64_t end_ms = NOW_MS + 1000 + 60000; /* exp and leeway */
    struct buf token;

    (void)state;
    buf_init(&token, 4096);
    jws_begin(&token, TEXT_LITERAL("{\"alg\":\"HS256\"}"),
              TEXT_LITERAL("{\"sub\":\"alice\",\"exp\":1700000001}"));
    jws_sign_secret(&token, EVP_sha256(), TEXT_LITERAL(SECRET));
    assert_string_equal(ask_at(auth, buf_text(&token), text_of(NULL), end_ms - 10).owner, "alice");
    assert_string_equal(ask_at(auth, buf_text(&token), text_of(NULL), end_ms - 1).owner, "alice");
    assert_int_equal(ask_at(auth, buf_text(&token), text_of(NULL), end_ms).rc, RC_REJECTED);

    /* What was remembered is that token, not one that resembles it. */
    assert_int_equal(ask_at(auth, buf_text(&token), text_of(NULL), NOW_MS).rc, RC_OK);
    token.data[token.len - 10] ^= 1;
    assert_int_equal(ask_at(auth, buf_text(&token), text_of(NULL), NOW_MS).rc, RC_REJECTED);
    buf_release(&token);
    auth_free(auth);
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
        cmocka_unit_test_setup(a_good_token_is_looked_up_once, reset),
        cmocka_unit_test_setup(an_expired_token_is_not_remembered, reset),
        cmocka_unit_test_setup(a_new_auth_remembers_nothing, reset),
        cmocka_unit_test_setup(no_cache_no_memory, reset),
        cmocka_unit_test_setup(a_refusal_is_not_remembered, reset),
        cmocka_unit_test_setup(a_trusted_owner_is_not_remembered, reset),
        cmocka_unit_test_setup(made_up_tokens_leave_the_good_ones_their_place, reset),
        cmocka_unit_test_setup(a_jwt_is_remembered_until_it_expires, reset),
        cmocka_unit_test(bearer),
        cmocka_unit_test(a_new_token),
    };

    return cmocka_run_group_tests(tests, make_key, free_key);
}
