/* JWTs made by hand, not by the library that reads them: what is accepted, and why the rest is not.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "auth.h"
#include "jws.h"

#define KEY          "a secret of thirty-two bytes ...."
#define OTHER_KEY    "another key of thirty-two bytes .."
#define OTHER_KEY_64 "YW5vdGhlciBrZXkgb2YgdGhpcnR5LXR3byBieXRlcyAuLg"
#define NOW_MS       ((int64_t)1700000000 * 1000)
#define HS256        "{\"alg\":\"HS256\",\"typ\":\"JWT\"}"
#define LATER        "\"exp\":1700000100"
#define ALICE        "\"sub\":\"alice\""
/* What is strict JSON, but nothing that libjwt has room for. */
#define BY_LIBJWT "not readable by libjwt"

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

    {.why = "typ in small letters",
     .header = "{\"alg\":\"HS256\",\"typ\":\"jwt\"}",
     .payload = "{" ALICE "," LATER "}",
     .owner = "alice"},
    {.why = "an access token of a secret",
     .header = "{\"alg\":\"HS256\",\"typ\":\"at+jwt\"}",
     .payload = "{" ALICE "," LATER "}",
     .reason = "its typ is at+jwt, which needs a public key"},
    {.why = "another typ",
     .header = "{\"alg\":\"HS256\",\"typ\":\"dpop+jwt\"}",
     .payload = "{" ALICE "," LATER "}",
     .reason = "its typ"},
    {.why = "typ null",
     .header = "{\"alg\":\"HS256\",\"typ\":null}",
     .payload = "{" ALICE "," LATER "}",
     .reason = "its typ"},

    /* Algorithm and signature. */
    {.why = "alg none without a signature",
     .header = "{\"alg\":\"none\"}",
     .payload = "{" ALICE "," LATER "}",
     .signing = UNSIGNED,
     .reason = "not a JWT"},
    {.why = "alg none, signed",
     .header = "{\"alg\":\"none\"}",
     .payload = "{" ALICE "," LATER "}",
     .reason = "another algorithm than auth.jwt.algorithm"},
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
     .reason = "not signed with"},
    {.why = "RS256 header",
     .header = "{\"alg\":\"RS256\"}",
     .payload = "{" ALICE "," LATER "}",
     .reason = "another algorithm"},
    {.why = "ES256 header",
     .header = "{\"alg\":\"ES256\"}",
     .payload = "{" ALICE "," LATER "}",
     .reason = "another algorithm"},
    {.why = "no alg",
     .header = "{\"typ\":\"JWT\"}",
     .payload = "{" ALICE "," LATER "}",
     .reason = "another algorithm"},
    {.why = "alg as a number",
     .header = "{\"alg\":1}",
     .payload = "{" ALICE "," LATER "}",
     .reason = "another algorithm"},
    {.why = "header is no object",
     .header = "[]",
     .payload = "{" ALICE "," LATER "}",
     .reason = "its header"},
    {.why = "critical extension",
     .header = "{\"alg\":\"HS256\",\"crit\":[\"x\"],\"x\":1}",
     .payload = "{" ALICE "," LATER "}",
     .reason = "critical"},
    {.why = "crit without content",
     .header = "{\"alg\":\"HS256\",\"crit\":[]}",
     .payload = "{" ALICE "," LATER "}",
     .reason = "critical"},
    {.why = "crit null",
     .header = "{\"alg\":\"HS256\",\"crit\":null}",
     .payload = "{" ALICE "," LATER "}",
     .reason = "critical"},
    {.why = "alg in lower case",
     .header = "{\"alg\":\"hs256\"}",
     .payload = "{" ALICE "," LATER "}",
     .reason = "another algorithm"},
    {.why = "alg in mixed case",
     .header = "{\"alg\":\"Hs256\"}",
     .payload = "{" ALICE "," LATER "}",
     .reason = "another algorithm"},
    {.why = "alg with a tail",
     .header = "{\"alg\":\"HS256\\u0000\"}",
     .payload = "{" ALICE "," LATER "}",
     .reason = "another algorithm"},
    {.why = "alg twice",
     .header = "{\"alg\":\"none\",\"alg\":\"HS256\"}",
     .payload = "{" ALICE "," LATER "}",
     .reason = "its header"},
    {.why = "alg twice, once in disguise",
     .header = "{\"alg\":\"HS256\",\"\\u0061lg\":\"HS256\"}",
     .payload = "{" ALICE "," LATER "}",
     .reason = "its header"},
    {.why = "alg with another key of upper case",
     .header = "{\"ALG\":\"HS256\"}",
     .payload = "{" ALICE "," LATER "}",
     .reason = "another algorithm"},
    {.why = "header with a tail",
     .header = "{\"alg\":\"HS256\"}x",
     .payload = "{" ALICE "," LATER "}",
     .reason = "its header"},
    {.why = "a key inside the header counts for nothing",
     .header = "{\"alg\":\"HS256\",\"jwk\":{\"kty\":\"oct\",\"k\":\"" OTHER_KEY_64 "\"}}",
     .payload = "{" ALICE "," LATER "}",
     .signing = SIGNED_BY_OTHER,
     .reason = "not signed with"},
    {.why = "a kid where the key has no name",
     .header = "{\"alg\":\"HS256\",\"kid\":\"../../dev/null\"}",
     .payload = "{" ALICE "," LATER "}",
     .owner = "alice"},
    {.why = "another key",
     .payload = "{" ALICE "," LATER "}",
     .signing = SIGNED_BY_OTHER,
     .reason = "not signed with"},
    {.why = "no signature",
     .payload = "{" ALICE "," LATER "}",
     .signing = UNSIGNED,
     .reason = "not a JWT"},
    {.why = "payload is no JSON", .payload = "alice", .reason = "not a valid JSON"},
    {.why = "payload is an array",
     .payload = "["
                "\"alice\""
                "]",
     .reason = "not a valid JSON"},

    {.why = "payload with a tail",
     .payload = "{" ALICE "," LATER "}{}",
     .reason = "not a valid JSON"},
    {.why = "sub twice",
     .payload = "{" ALICE "," LATER ",\"sub\":\"bob\"}",
     .reason = "not a valid JSON"},
    {.why = "sub twice, once in disguise",
     .payload = "{" ALICE "," LATER ",\"\\u0073ub\":\"bob\"}",
     .reason = "not a valid JSON"},
    {.why = "a claim twice deep inside",
     .payload = "{" ALICE "," LATER ",\"x\":{\"y\":{\"z\":1,\"z\":2}}}",
     .reason = "not a valid JSON"},
    {.why = "a comment", .payload = "{" ALICE "," LATER "/**/}", .reason = "not a valid JSON"},
    {.why = "single quotes", .payload = "{'sub':'alice'," LATER "}", .reason = "not a valid JSON"},
    {.why = "empty payload", .payload = "{}", .reason = "no exp"},

    /* Times. */
    {.why = "within the leeway of exp",
     .payload = "{" ALICE ",\"exp\":1699999941}",
     .owner = "alice"},
    {.why = "beyond the leeway of exp",
     .payload = "{" ALICE ",\"exp\":1699999940}",
     .reason = "expired by this machine's clock"},
    {.why = "exp with a fraction", .payload = "{" ALICE ",\"exp\":1699999940.5}", .owner = "alice"},
    {.why = "exp as far away as dates go",
     .payload = "{" ALICE ",\"exp\":9007199254740992}",
     .owner = "alice"},
    {.why = "exp farther away",
     .payload = "{" ALICE ",\"exp\":1e300}",
     .reason = "exp is not a date"},
    {.why = "exp of infinity", .payload = "{" ALICE ",\"exp\":1e999}", .reason = BY_LIBJWT},
    {.why = "exp of minus infinity", .payload = "{" ALICE ",\"exp\":-1e999}", .reason = BY_LIBJWT},
    {.why = "exp that would be later in 32 bits",
     .payload = "{" ALICE ",\"exp\":-4294967296}",
     .reason = "expired"},
    {.why = "exp that would be later in 64 bits",
     .payload = "{" ALICE ",\"exp\":-9223372036854775809}",
     .reason = BY_LIBJWT},
    {.why = "exp in the last second of 64 bits",
     .payload = "{" ALICE ",\"exp\":9223372036854775807}",
     .reason = "exp is not a date"},
    {.why = "exp in an array",
     .payload = "{" ALICE ",\"exp\":[1700000100]}",
     .reason = "exp is not a"},
    {.why = "exp NaN", .payload = "{" ALICE ",\"exp\":NaN}", .reason = "not a valid JSON"},
    {.why = "exp beyond 64 bits",
     .payload = "{" ALICE ",\"exp\":99999999999999999999}",
     .reason = BY_LIBJWT},
    {.why = "exp as a string",
     .payload = "{" ALICE ",\"exp\":\"1700000100\"}",
     .reason = "exp is not a date"},
    {.why = "exp null", .payload = "{" ALICE ",\"exp\":null}", .reason = "exp is not a date"},
    {.why = "exp true", .payload = "{" ALICE ",\"exp\":true}", .reason = "exp is not a date"},
    {.why = "no exp", .payload = "{" ALICE "}", .reason = "no exp"},
    {.why = "no exp, none required", .payload = "{" ALICE "}", .wanted = NO_EXP, .owner = "alice"},
    {.why = "expired, none required",
     .payload = "{" ALICE ",\"exp\":1}",
     .wanted = NO_EXP,
     .reason = "expired"},
    {.why = "exp as a string, none required",
     .payload = "{" ALICE ",\"exp\":\"1700000100\"}",
     .wanted = NO_EXP,
     .reason = "exp is not a date"},
    {.why = "within the leeway of nbf",
     .payload = "{" ALICE "," LATER ",\"nbf\":1700000060}",
     .owner = "alice"},
    {.why = "before nbf",
     .payload = "{" ALICE "," LATER ",\"nbf\":1700000061}",
     .reason = "not valid yet"},
    {.why = "nbf as a string",
     .payload = "{" ALICE "," LATER ",\"nbf\":\"1\"}",
     .reason = "nbf is not a date"},
    {.why = "nbf that overflows",
     .payload = "{" ALICE "," LATER ",\"nbf\":-1e999}",
     .reason = BY_LIBJWT},
    {.why = "nbf in an array",
     .payload = "{" ALICE "," LATER ",\"nbf\":[1]}",
     .reason = "nbf is not a date"},

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
     .reason = "another issuer than auth.jwt.issuer"},
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
     .reason = "another audience than auth.jwt.audience"},
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
    {.why = "sub as an integer", .payload = "{" LATER ",\"sub\":42}", .owner = "42"},
    {.why = "sub 0", .payload = "{" LATER ",\"sub\":0}", .owner = "0"},
    {.why = "the largest sub",
     .payload = "{" LATER ",\"sub\":9007199254740991}",
     .owner = "9007199254740991"},
    {.why = "sub that two integers are read as",
     .payload = "{" LATER ",\"sub\":9007199254740992}",
     .reason = "no owner claim"},
    {.why = "negative sub", .payload = "{" LATER ",\"sub\":-1}", .reason = "no owner claim"},
    {.why = "sub -0", .payload = "{" LATER ",\"sub\":-0}", .reason = "no owner claim"},
    {.why = "sub with a fraction",
     .payload = "{" LATER ",\"sub\":42.0}",
     .reason = "no owner claim"},
    {.why = "sub with an exponent",
     .payload = "{" LATER ",\"sub\":42e0}",
     .reason = "no owner claim"},
    {.why = "sub with a leading zero",
     .payload = "{" LATER ",\"sub\":042}",
     .reason = "not a valid JSON"},
    {.why = "sub true", .payload = "{" LATER ",\"sub\":true}", .reason = "no owner claim"},
    {.why = "sub in an array", .payload = "{" LATER ",\"sub\":[42]}", .reason = "no owner claim"},
    {.why = "another owner claim as an integer",
     .payload = "{" ALICE "," LATER ",\"user\":7}",
     .wanted = OTHER_CLAIM,
     .owner = "7"},
    {.why = "sub null", .payload = "{" LATER ",\"sub\":null}", .reason = "no owner claim"},
    {.why = "sub with U+0000",
     .payload = "{" LATER ",\"sub\":\"bob\\u0000x\"}",
     .reason = BY_LIBJWT},
    {.why = "another claim with U+0000",
     .payload = "{" ALICE "," LATER ",\"x\":\"\\u0000\"}",
     .reason = BY_LIBJWT},
    {.why = "a name that would be sub if cut at U+0000",
     .payload = "{" LATER ",\"sub\\u0000\":\"bob\"}",
     .reason = "not a valid JSON"},
    {.why = "sub that is no UTF-8",
     .payload = "{" LATER ",\"sub\":\"b\xFF\"}",
     .reason = "not a valid JSON"},
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

static void make_token(struct buf *token, const char *header, const char *payload,
                       enum signing signing)
{
    const char *secret = signing == SIGNED_BY_OTHER ? OTHER_KEY : KEY;

    jws_begin(token, text_of(header), text_of(payload));
    if (signing == UNSIGNED)
        buf_add_char(token, '.');
    else
        jws_sign_secret(token, signing == SIGNED_384 ? EVP_sha384() : EVP_sha256(),
                        text_of(secret));
}

static struct key *key;
static struct key_ring_entry entry;
static const struct key_ring ring = {.algorithm = KEY_HS256, .entries = &entry, .count = 1};

static int make_key(void **state)
{
    struct key_fault fault;

    (void)state;
    entry.key = key = key_new(KEY_HS256, TEXT_LITERAL(KEY), &fault);
    return entry.key == NULL;
}

static int free_key(void **state)
{
    (void)state;
    key_free(key);
    return 0;
}

static struct auth *make_auth(unsigned wanted)
{
    const struct auth_settings settings = {
        .jwt = {.enabled = true,
                .keys = &ring,
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
        expect(GARBAGE[i], text_of(GARBAGE[i]), PLAIN, NULL, NULL);
    expect("none", text_of(""), PLAIN, NULL, "no token");
}

/* A letter for the next one, of which the lowest bit alone differs. */
static void change_unused_bits(struct buf *token)
{
    static const char LETTERS[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    char *last = &token->data[token->len - 1];
    size_t value = (size_t)(strchr(LETTERS, *last) - LETTERS);

    assert_int_equal(value % 4, 0);
    *last = LETTERS[value + 1];
}

static void a_good_token_spoiled(void **state)
{
    static const char *const TAILS[] = {"=", "==", " ", "\n", "\r\n", "!garbage", "%00", ".", "A"};
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

    for (size_t i = 0; i < ARRAY_LEN(TAILS); i++) {
        make_token(&token, HS256, "{" ALICE "," LATER "}", SIGNED);
        buf_add_str(&token, TAILS[i]);
        expect(TAILS[i], buf_text(&token), PLAIN, NULL, NULL);
    }

    make_token(&token, HS256, "{" ALICE "," LATER "}", SIGNED);
    buf_add(&token, "\0tail", 5);
    expect("NUL and a tail", buf_text(&token), PLAIN, NULL, "not a JWT");

    make_token(&token, HS256, "{" ALICE "," LATER "}", SIGNED);
    strchr(token.data, '.')[12] ^= 1; /* alice is blice now */
    expect("a letter of the payload changed", buf_text(&token), PLAIN, NULL, "not signed with");

    /* 32 bytes are 43 letters: the last two bits of the last letter say nothing. */
    make_token(&token, HS256, "{" ALICE "," LATER "}", SIGNED);
    change_unused_bits(&token);
    expect("another spelling of the signature", buf_text(&token), PLAIN, NULL, "not a JWT");
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

/* Brackets enough to bring a recursive reader down, in the payload and in the header. */
static void deep_tokens(void **state)
{
    static const struct {
        unsigned levels;
        const char *owner;
    } DEPTHS[] = {{15, "alice"}, {16, NULL}, {2000, NULL}};
    struct buf json, token;

    (void)state;
    buf_init(&json, 1 << 16);
    buf_init(&token, 1 << 16);
    for (size_t i = 0; i < ARRAY_LEN(DEPTHS); i++) {
        for (unsigned of_header = 0; of_header < 2; of_header++) {
            buf_clear(&json);
            buf_add_str(&json, of_header ? "{\"alg\":\"HS256\"" : "{" ALICE "," LATER);
            buf_add_str(&json, ",\"x\":");
            for (unsigned level = 0; level < DEPTHS[i].levels; level++)
                buf_add_char(&json, '[');
            for (unsigned level = 0; level < DEPTHS[i].levels; level++)
                buf_add_char(&json, ']');
            buf_add_char(&json, '}');
            make_token(&token, of_header ? json.data : HS256,
                       of_header ? "{" ALICE "," LATER "}" : json.data, SIGNED);
            expect("levels", buf_text(&token), PLAIN, DEPTHS[i].owner, NULL);
        }
    }
    buf_release(&token);
    buf_release(&json);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(table_of_tokens),        cmocka_unit_test(length_of_the_owner),
        cmocka_unit_test(tokens_that_are_no_jwt), cmocka_unit_test(a_good_token_spoiled),
        cmocka_unit_test(length_of_the_token),    cmocka_unit_test(deep_tokens),
    };

    return cmocka_run_group_tests(tests, make_key, free_key);
}
