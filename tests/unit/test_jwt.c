/* JWTs made by hand, not by the library that reads them: what is accepted, and why the rest is not.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdlib.h>

#include "auth.h"

#define KEY    "a secret of thirty-two bytes ...."
#define NOW_MS ((int64_t)1700000000 * 1000)
#define HS256  "{\"alg\":\"HS256\",\"typ\":\"JWT\"}"
#define LATER  "\"exp\":1700000100"
#define ALICE  "\"sub\":\"alice\""

enum signing { SIGNED, SIGNED_384, SIGNED_BY_OTHER, UNSIGNED };

/* What the config asks for beside the signature. */
enum wanted {
    PLAIN = 0,
    ISSUER = 1,
    AUDIENCE = 2,
    NO_EXP = 4,
    OTHER_CLAIM = 8,
};

static const struct jwt_case {
    const char *why;
    const char *header; /* NULL: HS256 */
    const char *payload;
    enum signing signing;
    unsigned wanted;
    const char *owner;  /* NULL: refused */
    const char *reason; /* part of the log's detail */
} CASES[] = {
    {.why = "plain", .payload = "{" ALICE "," LATER "}", .owner = "alice"},
    {.why = "no typ",
     .header = "{\"alg\":\"HS256\"}",
     .payload = "{" ALICE "," LATER "}",
     .owner = "alice"},

    /* Algorithm and signature. */
    {.why = "alg none without a signature",
     .header = "{\"alg\":\"none\"}",
     .payload = "{" ALICE "," LATER "}",
     .signing = UNSIGNED,
     .reason = "not a JWT"},
    {.why = "alg none, signed",
     .header = "{\"alg\":\"none\"}",
     .payload = "{" ALICE "," LATER "}",
     .reason = "not a JWT"},
    {.why = "alg NONE",
     .header = "{\"alg\":\"NONE\"}",
     .payload = "{" ALICE "," LATER "}",
     .signing = UNSIGNED,
     .reason = "not a JWT"},
    {.why = "HS384 with the same key",
     .header = "{\"alg\":\"HS384\"}",
     .payload = "{" ALICE "," LATER "}",
     .signing = SIGNED_384,
     .reason = "another algorithm"},
    {.why = "HS256 by name, HS384 by signature",
     .payload = "{" ALICE "," LATER "}",
     .signing = SIGNED_384,
     .reason = "not a JWT"},
    {.why = "RS256 header",
     .header = "{\"alg\":\"RS256\"}",
     .payload = "{" ALICE "," LATER "}",
     .reason = "not a JWT"},
    {.why = "ES256 header",
     .header = "{\"alg\":\"ES256\"}",
     .payload = "{" ALICE "," LATER "}",
     .reason = "not a JWT"},
    {.why = "no alg",
     .header = "{\"typ\":\"JWT\"}",
     .payload = "{" ALICE "," LATER "}",
     .reason = "not a JWT"},
    {.why = "alg as a number",
     .header = "{\"alg\":1}",
     .payload = "{" ALICE "," LATER "}",
     .reason = "not a JWT"},
    {.why = "header is no object",
     .header = "[]",
     .payload = "{" ALICE "," LATER "}",
     .reason = "not a JWT"},
    {.why = "critical extension",
     .header = "{\"alg\":\"HS256\",\"crit\":[\"x\"],\"x\":1}",
     .payload = "{" ALICE "," LATER "}",
     .reason = "critical"},
    {.why = "another key",
     .payload = "{" ALICE "," LATER "}",
     .signing = SIGNED_BY_OTHER,
     .reason = "not a JWT"},
    {.why = "no signature",
     .payload = "{" ALICE "," LATER "}",
     .signing = UNSIGNED,
     .reason = "not a JWT"},
    {.why = "payload is no JSON", .payload = "alice", .reason = "not a JWT"},
    {.why = "payload is an array",
     .payload = "["
                "\"alice\""
                "]"},

    /* Times. */
    {.why = "within the leeway of exp",
     .payload = "{" ALICE ",\"exp\":1699999941}",
     .owner = "alice"},
    {.why = "beyond the leeway of exp",
     .payload = "{" ALICE ",\"exp\":1699999940}",
     .reason = "expired"},
    {.why = "exp with a fraction", .payload = "{" ALICE ",\"exp\":1699999940.5}", .owner = "alice"},
    {.why = "exp far away", .payload = "{" ALICE ",\"exp\":1e300}", .owner = "alice"},
    {.why = "exp of minus infinity, nearly",
     .payload = "{" ALICE ",\"exp\":-1e300}",
     .reason = "expired"},
    {.why = "exp beyond 64 bits",
     .payload = "{" ALICE ",\"exp\":99999999999999999999}",
     .reason = "not a JWT"},
    {.why = "exp as a string",
     .payload = "{" ALICE ",\"exp\":\"1700000100\"}",
     .reason = "exp is not a number"},
    {.why = "exp null", .payload = "{" ALICE ",\"exp\":null}", .reason = "exp is not a number"},
    {.why = "exp true", .payload = "{" ALICE ",\"exp\":true}", .reason = "exp is not a number"},
    {.why = "no exp", .payload = "{" ALICE "}", .reason = "no exp"},
    {.why = "no exp, none required", .payload = "{" ALICE "}", .wanted = NO_EXP, .owner = "alice"},
    {.why = "expired, none required",
     .payload = "{" ALICE ",\"exp\":1}",
     .wanted = NO_EXP,
     .reason = "expired"},
    {.why = "exp as a string, none required",
     .payload = "{" ALICE ",\"exp\":\"1700000100\"}",
     .wanted = NO_EXP,
     .reason = "exp is not a number"},
    {.why = "within the leeway of nbf",
     .payload = "{" ALICE "," LATER ",\"nbf\":1700000060}",
     .owner = "alice"},
    {.why = "before nbf",
     .payload = "{" ALICE "," LATER ",\"nbf\":1700000061}",
     .reason = "not valid yet"},
    {.why = "nbf as a string",
     .payload = "{" ALICE "," LATER ",\"nbf\":\"1\"}",
     .reason = "nbf is not a number"},

    /* Issuer and audience. */
    {.why = "right iss",
     .payload = "{" ALICE "," LATER ",\"iss\":\"us\"}",
     .wanted = ISSUER,
     .owner = "alice"},
    {.why = "any iss where none is set",
     .payload = "{" ALICE "," LATER ",\"iss\":\"them\"}",
     .owner = "alice"},
    {.why = "wrong iss",
     .payload = "{" ALICE "," LATER ",\"iss\":\"them\"}",
     .wanted = ISSUER,
     .reason = "another issuer"},
    {.why = "longer iss",
     .payload = "{" ALICE "," LATER ",\"iss\":\"us2\"}",
     .wanted = ISSUER,
     .reason = "another issuer"},
    {.why = "no iss",
     .payload = "{" ALICE "," LATER "}",
     .wanted = ISSUER,
     .reason = "another issuer"},
    {.why = "iss in an array",
     .payload = "{" ALICE "," LATER ",\"iss\":[\"us\"]}",
     .wanted = ISSUER,
     .reason = "another issuer"},
    {.why = "aud as a string",
     .payload = "{" ALICE "," LATER ",\"aud\":\"sync\"}",
     .wanted = AUDIENCE,
     .owner = "alice"},
    {.why = "aud in an array",
     .payload = "{" ALICE "," LATER ",\"aud\":[\"x\",1,\"sync\"]}",
     .wanted = AUDIENCE,
     .owner = "alice"},
    {.why = "another aud",
     .payload = "{" ALICE "," LATER ",\"aud\":\"synch\"}",
     .wanted = AUDIENCE,
     .reason = "another audience"},
    {.why = "not in the array of aud",
     .payload = "{" ALICE "," LATER ",\"aud\":[\"x\",null]}",
     .wanted = AUDIENCE,
     .reason = "another audience"},
    {.why = "aud deeper in the array",
     .payload = "{" ALICE "," LATER ",\"aud\":[[\"sync\"]]}",
     .wanted = AUDIENCE,
     .reason = "another audience"},
    {.why = "aud as a key",
     .payload = "{" ALICE "," LATER ",\"aud\":{\"sync\":1}}",
     .wanted = AUDIENCE,
     .reason = "another audience"},
    {.why = "no aud",
     .payload = "{" ALICE "," LATER "}",
     .wanted = AUDIENCE,
     .reason = "another audience"},
    {.why = "empty array of aud",
     .payload = "{" ALICE "," LATER ",\"aud\":[]}",
     .wanted = AUDIENCE,
     .reason = "another audience"},

    /* Owner. */
    {.why = "no sub", .payload = "{" LATER "}", .reason = "no owner claim"},
    {.why = "empty sub", .payload = "{" LATER ",\"sub\":\"\"}", .reason = "not an owner"},
    {.why = "sub as a number", .payload = "{" LATER ",\"sub\":12}", .reason = "no owner claim"},
    {.why = "sub null", .payload = "{" LATER ",\"sub\":null}", .reason = "no owner claim"},
    {.why = "sub with U+0000", .payload = "{" LATER ",\"sub\":\"bob\\u0000x\"}"},
    {.why = "sub that is no UTF-8",
     .payload = "{" LATER ",\"sub\":\"b\xFF\"}",
     .reason = "not a JWT"},
    {.why = "sub beyond ASCII",
     .payload = "{" LATER ",\"sub\":\"Zo\xC3\xAB \\u20ac\"}",
     .owner = "Zo\xC3\xAB \xE2\x82\xAC"},
    {.why = "another owner claim",
     .payload = "{" ALICE "," LATER ",\"user\":\"carol\"}",
     .wanted = OTHER_CLAIM,
     .owner = "carol"},
    {.why = "another owner claim, missing",
     .payload = "{" ALICE "," LATER "}",
     .wanted = OTHER_CLAIM,
     .reason = "no owner claim"},
};

static char url_safe(char base64)
{
    switch (base64) {
    case '+':
        return '-';
    case '/':
        return '_';
    default:
        return base64;
    }
}

static void add_base64url(struct buf *buf, const void *bytes, size_t len)
{
    size_t size = (len + 2) / 3 * 4 + 1;
    unsigned char *base64 = alloc_or_die(size);
    int written = EVP_EncodeBlock(base64, bytes, (int)len);

    for (int i = 0; i < written && base64[i] != '='; i++)
        buf_add_char(buf, url_safe((char)base64[i]));
    free(base64);
}

static void add_signature(struct buf *token, enum signing signing)
{
    const char *key = signing == SIGNED_BY_OTHER ? "another key of thirty-two bytes .." : KEY;
    const EVP_MD *digest = signing == SIGNED_384 ? EVP_sha384() : EVP_sha256();
    unsigned char mac[EVP_MAX_MD_SIZE];
    unsigned mac_len = 0;

    HMAC(digest, key, (int)strlen(key), (const unsigned char *)token->data, token->len, mac,
         &mac_len);
    buf_add_char(token, '.');
    if (signing != UNSIGNED)
        add_base64url(token, mac, mac_len);
}

static void make_token(struct buf *token, const char *header, const char *payload,
                       enum signing signing)
{
    buf_clear(token);
    add_base64url(token, header, strlen(header));
    buf_add_char(token, '.');
    add_base64url(token, payload, strlen(payload));
    add_signature(token, signing);
}

static struct auth *make_auth(unsigned wanted)
{
    const struct auth_settings settings = {
        .jwt = {.enabled = true,
                .algorithm = TEXT_LITERAL("HS256"),
                .key = TEXT_LITERAL(KEY),
                .owner_claim = text_of(wanted & OTHER_CLAIM ? "user" : "sub"),
                .issuer = text_of(wanted & ISSUER ? "us" : NULL),
                .audience = text_of(wanted & AUDIENCE ? "sync" : NULL),
                .require_exp = !(wanted & NO_EXP)},
    };

    return auth_new(&settings, NULL);
}

/* NULL: accepted as this owner; else the reason must be part of the detail. */
static void expect(const char *why, struct text token, unsigned wanted, const char *owner,
                   const char *reason)
{
    const struct auth_request request = {.token = token};
    struct auth *auth = make_auth(wanted);
    struct text got = {"", 0};
    struct fail fail = {0};
    struct arena arena;
    enum rc rc;

    arena_init(&arena);
    rc = auth_owner(auth, &request, NOW_MS, &arena, &got, &fail);
    if (rc != (owner != NULL ? RC_OK : RC_REJECTED))
        fail_msg("%s: rc %d, detail: %s", why, (int)rc, fail.detail);
    if (owner != NULL && !text_is(got, owner))
        fail_msg("%s: the owner is %.*s", why, TEXT_ARG(got));
    if (owner == NULL)
        assert_int_equal(fail.code, FAIL_INVALID_SYNC_TOKEN);
    if (reason != NULL && strstr(fail.detail, reason) == NULL)
        fail_msg("%s: refused for another reason: %s", why, fail.detail);
    arena_release(&arena);
    auth_free(auth);
}

static void table_of_tokens(void **state)
{
    struct buf token;

    (void)state;
    buf_init(&token, 1 << 20);
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        const struct jwt_case *c = &CASES[i];

        make_token(&token, c->header != NULL ? c->header : HS256, c->payload, c->signing);
        expect(c->why, buf_text(&token), c->wanted, c->owner, c->reason);
    }
    buf_release(&token);
}

static void length_of_the_owner(void **state)
{
    struct buf payload, token;
    char owner[OWNER_MAX_BYTES + 2];

    (void)state;
    buf_init(&payload, 4096);
    buf_init(&token, 4096);
    memset(owner, 'o', sizeof(owner));
    for (size_t len = OWNER_MAX_BYTES; len <= OWNER_MAX_BYTES + 1; len++) {
        bool fits = len <= OWNER_MAX_BYTES;

        owner[len] = '\0';
        buf_clear(&payload);
        buf_printf(&payload, "{" LATER ",\"sub\":\"%s\"}", owner);
        make_token(&token, HS256, payload.data, SIGNED);
        expect("length of the owner", buf_text(&token), PLAIN, fits ? owner : NULL,
               fits ? NULL : "not an owner");
        owner[len] = 'o';
    }
    buf_release(&token);
    buf_release(&payload);
}

static void tokens_that_are_no_jwt(void **state)
{
    static const char *const GARBAGE[] = {
        "x",
        ".",
        "..",
        "...",
        "a.b",
        "a.b.c",
        "e30.e30.e30",
        "%%%.%%%.%%%",
        "eyJhbGciOiJIUzI1NiJ9..",
        " ",
        "\xFF\xFE.\xFF.\xFF",
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(GARBAGE); i++)
        expect(GARBAGE[i], text_of(GARBAGE[i]), PLAIN, NULL, "not a JWT");
    expect("none", text_of(""), PLAIN, NULL, "no token");
}

static void a_good_token_spoiled(void **state)
{
    struct buf token;
    struct text good;

    (void)state;
    buf_init(&token, 1 << 20);
    make_token(&token, HS256, "{" ALICE "," LATER "}", SIGNED);
    expect("good", buf_text(&token), PLAIN, "alice", NULL);
    good = buf_text(&token);
    good.len--;
    token.data[good.len] = '\0';
    expect("last letter cut", good, PLAIN, NULL, "not a JWT");

    make_token(&token, HS256, "{" ALICE "," LATER "}", SIGNED);
    buf_add_str(&token, ".x");
    expect("four parts", buf_text(&token), PLAIN, NULL, "not a JWT");

    make_token(&token, HS256, "{" ALICE "," LATER "}", SIGNED);
    buf_add(&token, "\0tail", 5);
    expect("NUL and a tail", buf_text(&token), PLAIN, NULL, "holds a NUL");

    make_token(&token, HS256, "{" ALICE "," LATER "}", SIGNED);
    strchr(token.data, '.')[3] ^= 1;
    expect("a letter of the payload changed", buf_text(&token), PLAIN, NULL, "not a JWT");
    buf_release(&token);
}

/* Padding inside the claims makes a token of any size that is otherwise good. */
static void make_long_token(struct buf *token, size_t padding)
{
    struct buf payload;

    buf_init(&payload, padding + 256);
    buf_add_str(&payload, "{" ALICE "," LATER ",\"padding\":\"");
    for (size_t i = 0; i < padding; i++)
        buf_add_char(&payload, 'p');
    buf_add_str(&payload, "\"}");
    make_token(token, HS256, payload.data, SIGNED);
    buf_release(&payload);
}

static void length_of_the_token(void **state)
{
    struct buf token;

    (void)state;
    buf_init(&token, 1 << 20);
    make_long_token(&token, 5900);
    assert_true(token.len <= 8192);
    expect("just fits", buf_text(&token), PLAIN, "alice", NULL);
    make_long_token(&token, 6100);
    assert_true(token.len > 8192);
    expect("just too long", buf_text(&token), PLAIN, NULL, "longer than 8 KiB");
    make_long_token(&token, (size_t)75 * 1024);
    assert_true(token.len > (size_t)100 * 1024);
    expect("100 KB", buf_text(&token), PLAIN, NULL, "longer than 8 KiB");
    buf_release(&token);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(table_of_tokens),        cmocka_unit_test(length_of_the_owner),
        cmocka_unit_test(tokens_that_are_no_jwt), cmocka_unit_test(a_good_token_spoiled),
        cmocka_unit_test(length_of_the_token),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
