/* Key sets: the examples of the RFCs, what is skipped, and what spoils a whole document.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <openssl/err.h>

#include "base64url.h"
#include "jwks.h"
#include "jws.h"
#include "signature.h"

/* RFC 7517, A.1 */
#define RFC_EC_X "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4"
#define RFC_EC_Y "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"
#define RFC_RSA_N                                                                                  \
    "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_"      \
    "BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-"              \
    "65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-"   \
    "bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"
#define RFC_SET                                                                                    \
    "{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" RFC_EC_X "\",\"y\":\"" RFC_EC_Y        \
    "\",\"use\":\"enc\",\"kid\":\"1\"},"                                                           \
    "{\"kty\":\"RSA\",\"n\":\"" RFC_RSA_N                                                          \
    "\",\"e\":\"AQAB\",\"alg\":\"RS256\",\"kid\":\"2011-04-29\"}]}"

#define RSA_OF(members) "{\"kty\":\"RSA\",\"n\":\"" RFC_RSA_N "\",\"e\":\"AQAB\"" members "}"
#define EC_OF(members)                                                                             \
    "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" RFC_EC_X "\",\"y\":\"" RFC_EC_Y "\"" members "}"
#define ED_OF(members)                                                                             \
    "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"11qYAYKxCrfVS_"                                  \
    "7TyWQHOg7hcvPapiMlrwIaaPcHURo\"" members "}"
/* RFC 7515, A.1 */
#define SECRET_OF(members)                                                                         \
    "{\"kty\":\"oct\",\"k\":\"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-"                                 \
    "EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow\"" members "}"

static struct arena arena;
static struct key_ring ring;
static struct key_fault fault;

/* The lines of keys that were skipped. */
static struct buf skipped;

static void note_skipped(void *context, const char *line)
{
    (void)context;
    buf_printf(&skipped, "%s\n", line);
}

static int begin(void **state)
{
    (void)state;
    arena_init(&arena);
    buf_init(&skipped, 1 << 16);
    return 0;
}

static int end(void **state)
{
    (void)state;
    arena_release(&arena);
    buf_release(&skipped);
    return ERR_peek_error() != 0;
}

static bool read_set(enum key_algorithm algorithm, bool secrets, struct text json)
{
    const struct jwks_rules rules = {
        .algorithm = algorithm, .secrets = secrets, .skip = note_skipped};

    buf_clear(&skipped);
    return jwks_read(&rules, json, &arena, &ring, &fault);
}

static struct text set_of(const char *keys)
{
    struct buf json;
    struct text text;

    buf_init(&json, 1 << 20);
    buf_printf(&json, "{\"keys\":[%s]}", keys);
    text = arena_text(&arena, buf_text(&json));
    buf_release(&json);
    return text;
}

static void expect_one(enum key_algorithm algorithm, const char *keys, const char *id)
{
    if (!read_set(algorithm, false, set_of(keys)))
        fail_msg("%s: %s; %s", keys, fault.text, buf_text(&skipped).ptr);
    assert_int_equal(ring.algorithm, algorithm);
    assert_int_equal(ring.count, 1);
    if (!text_is(ring.entries[0].id, id))
        fail_msg("%s: the id is %.*s", keys, TEXT_ARG(ring.entries[0].id));
}

static void the_set_of_rfc_7517(void **state)
{
    (void)state;
    assert_true(read_set(KEY_RS256, false, TEXT_LITERAL(RFC_SET)));
    assert_int_equal(ring.count, 1);
    assert_true(text_is(ring.entries[0].id, "2011-04-29"));
    assert_int_equal(EVP_PKEY_get_bits(key_public(ring.entries[0].key)), 2048);
    assert_string_equal(buf_text(&skipped).ptr, "key '1': its kty is EC, not RSA\n");

    assert_false(read_set(KEY_ES256, false, TEXT_LITERAL(RFC_SET)));
    assert_non_null(strstr(fault.text, "holds no key that verifies ES256"));
    assert_non_null(strstr(buf_text(&skipped).ptr, "key '1': its use is enc, not sig\n"));
}

/* The key of a set verifies the example that the RFC signs with it. */
static void expect_example(enum key_algorithm algorithm, const char *key, const char *token)
{
    const char *dot = strrchr(token, '.');
    const struct text message = {token, (size_t)(dot - token)};
    struct text signature;

    expect_one(algorithm, key, "");
    assert_true(base64url_decode(text_of(dot + 1), &arena, &signature));
    assert_true(signature_holds(algorithm, ring.entries[0].key, message, signature));
    assert_false(signature_holds(algorithm, ring.entries[0].key,
                                 (struct text){token, message.len - 1}, signature));
}

static void the_examples_of_rfc_7515_and_8037(void **state)
{
    (void)state;
    expect_example(
        KEY_RS256,
        "{\"kty\":\"RSA\",\"e\":\"AQAB\",\"n\":\"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_"
        "wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_"
        "YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-"
        "bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5Zw"
        "Kh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXp"
        "oQ\"}",
        "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtc"
        "GxlLmNvbS9pc19yb290Ijp0cnVlfQ.cC4hiUPoj9Eetdgtv3hF80EGrhuB__"
        "dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_"
        "O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_"
        "nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--"
        "xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXL"
        "IhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw");
    expect_example(KEY_ES256,
                   "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uP"
                   "HvRVEU\",\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\"}",
                   "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6"
                   "Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ."
                   "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-"
                   "Kg6NU1Q");
    expect_example(KEY_EDDSA, ED_OF(""),
                   "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_"
                   "MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_"
                   "MuM0KAg");
}

static void a_key_is_the_pem_of_the_same_key(void **state)
{
    EVP_PKEY *pair;

    (void)state;
    expect_one(KEY_ES256, EC_OF(",\"kid\":\"a\""), "a");
    pair = key_public(ring.entries[0].key);
    assert_string_equal(EVP_PKEY_get0_type_name(pair), "EC");
    assert_memory_equal(key_material(ring.entries[0].key).ptr, "-----BEGIN PUBLIC KEY-----", 26);
}

static void a_secret_only_in_a_file(void **state)
{
    (void)state;
    assert_true(read_set(KEY_HS256, true, set_of(SECRET_OF(",\"kid\":\"s\""))));
    assert_int_equal(ring.count, 1);
    assert_int_equal(key_material(ring.entries[0].key).len, 64);
    assert_false(read_set(KEY_HS256, false, set_of(SECRET_OF(",\"kid\":\"s\""))));
    assert_non_null(strstr(fault.text, "holds a secret (kty oct)"));
    /* Even beside a good key of another kind. */
    assert_false(read_set(KEY_RS256, false, set_of(RSA_OF("") "," SECRET_OF(""))));
    assert_non_null(strstr(fault.text, "holds a secret (kty oct)"));
    assert_true(read_set(KEY_RS256, true, set_of(RSA_OF("") "," SECRET_OF(""))));
    assert_string_equal(buf_text(&skipped).ptr, "key 2: its kty is oct, not RSA\n");
    assert_false(read_set(KEY_HS256, true, set_of("{\"kty\":\"oct\",\"k\":\"c2hvcnQ\"}")));
    assert_non_null(strstr(buf_text(&skipped).ptr, "a key of 5 bytes, HS256 needs 32"));
}

/* Each is skipped beside a good one, for this reason. */
static void keys_that_are_skipped(void **state)
{
    static const struct {
        enum key_algorithm algorithm;
        const char *key;
        const char *reason;
    } KEYS[] = {
        {KEY_RS256, RSA_OF(",\"use\":\"enc\""), "its use is enc, not sig"},
        {KEY_RS256, RSA_OF(",\"use\":1"), "its use is not a string"},
        {KEY_RS256, RSA_OF(",\"alg\":\"RS512\""), "its alg is RS512, not RS256"},
        {KEY_RS256, RSA_OF(",\"alg\":\"RSA-OAEP\""), "its alg is RSA-OAEP"},
        {KEY_RS256, RSA_OF(",\"alg\":\"rs256\""), "its alg is rs256"},
        {KEY_RS256, RSA_OF(",\"alg\":null"), "its alg is not a string"},
        {KEY_RS256, RSA_OF(",\"key_ops\":[\"encrypt\"]"), "its key_ops has no verify"},
        {KEY_RS256, RSA_OF(",\"key_ops\":\"verify\""), "its key_ops is not an array"},
        {KEY_RS256, RSA_OF(",\"kid\":\"good\""), "another key has the same kid"},
        {KEY_RS256, RSA_OF(""), "it has no kid"},
        {KEY_RS256, RSA_OF(",\"kid\":7"), "it has no kid"},
        {KEY_RS256, RSA_OF(",\"kid\":\"\""), "it has no kid"},
        {KEY_RS256, "{}", "it has no kty"},
        {KEY_RS256, "{\"kty\":\"rsa\"}", "its kty is rsa, not RSA"},
        {KEY_RS256, "{\"kty\":\"RSA\"}", "its n is missing"},
        {KEY_RS256, "{\"kty\":\"RSA\",\"n\":\"" RFC_RSA_N "\"}", "its e is missing"},
        {KEY_RS256, "{\"kty\":\"RSA\",\"n\":\"" RFC_RSA_N "=\",\"e\":\"AQAB\"}", "not base64url"},
        {KEY_RS256, "{\"kty\":\"RSA\",\"n\":\"" RFC_RSA_N "\",\"e\":\"AQ\"}", "not a number"},
        {KEY_RS256, "{\"kty\":\"RSA\",\"n\":\"" RFC_RSA_N "\",\"e\":\"AQAA\"}", "not a number"},
        {KEY_RS256, "{\"kty\":\"RSA\",\"n\":\"" RFC_RSA_N "\",\"e\":\"\"}", "not a number"},
        {KEY_RS256, "{\"kty\":\"RSA\",\"n\":\"AQAB\",\"e\":\"AQAB\"}", "an RSA key of 17 bits"},
        {KEY_RS256, EC_OF(""), "its kty is EC, not RSA"},
        {KEY_RS256, "7", "it is not an object"},
        {KEY_RS256, "[]", "it is not an object"},
        {KEY_ES256, "{\"kty\":\"EC\",\"crv\":\"P-384\"}", "its crv is P-384, not P-256"},
        {KEY_ES256, "{\"kty\":\"EC\"}", "it has no crv"},
        {KEY_ES256, "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" RFC_EC_X "\"}",
         "its y is missing"},
        {KEY_ES256, "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" RFC_EC_X "\",\"y\":\"AQAB\"}",
         "its y has 3 bytes instead of 32"},
        {KEY_ES256,
         "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" RFC_EC_X "\",\"y\":\"" RFC_EC_X "\"}",
         "its numbers are no key of type EC"}, /* not on the curve */
        {KEY_EDDSA, "{\"kty\":\"OKP\",\"crv\":\"X25519\",\"x\":\"" RFC_EC_X "\"}",
         "its crv is X25519, not Ed25519"},
        {KEY_EDDSA, "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"AQAB\"}", "its x has 3 bytes"},
        {KEY_EDDSA, ED_OF(",\"alg\":\"ES256\""), "its alg is ES256, not EdDSA"},
    };
    static const char *const GOOD[KEY_ALGORITHMS] = {
        [KEY_RS256] = RSA_OF(",\"kid\":\"good\""),
        [KEY_ES256] = EC_OF(",\"kid\":\"good\""),
        [KEY_EDDSA] = ED_OF(",\"kid\":\"good\""),
    };
    char keys[4096];

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(KEYS); i++) {
        snprintf(keys, sizeof(keys), "%s,%s", GOOD[KEYS[i].algorithm], KEYS[i].key);
        expect_one(KEYS[i].algorithm, keys, "good");
        if (strstr(buf_text(&skipped).ptr, KEYS[i].reason) == NULL)
            fail_msg("%s: expected '%s': %s", KEYS[i].key, KEYS[i].reason, buf_text(&skipped).ptr);
    }
}

static void members_that_change_nothing(void **state)
{
    static const char *const KEYS[] = {
        RSA_OF(",\"use\":\"sig\",\"alg\":\"RS256\",\"key_ops\":[\"verify\"],\"kid\":\"a\""),
        RSA_OF(",\"x5c\":[\"MIIB\"],\"x5t\":\"abc\",\"kid\":\"a\",\"future\":{\"a\":[1,2]}"),
        RSA_OF(",\"key_ops\":[\"sign\",\"verify\"],\"kid\":\"a\""),
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(KEYS); i++)
        expect_one(KEY_RS256, KEYS[i], "a");
    assert_true(
        read_set(KEY_RS256, false, TEXT_LITERAL("{\"x\":1,\"keys\":[" RSA_OF("") "],\"y\":null}")));
}

static void ids_of_any_text(void **state)
{
    (void)state;
    expect_one(KEY_RS256, RSA_OF(",\"kid\":\"https://a.example/k?x=1#+/= \\u00e9\""),
               "https://a.example/k?x=1#+/= \xC3\xA9");
    assert_true(read_set(KEY_RS256, false,
                         set_of(RSA_OF(",\"kid\":\"one\"") "," RSA_OF(",\"kid\":\"two\""))));
    assert_int_equal(ring.count, 2);
    assert_true(text_is(ring.entries[1].id, "two"));
    assert_false(read_set(KEY_RS256, false, set_of(RSA_OF("") "," RSA_OF(""))));
}

/* What only the signer has, of whatever key: the issuer has lost its key, or this is another file.
 */
static void a_leaked_key_spoils_the_document(void **state)
{
    static const char *const NAMES[] = {"d", "p", "q", "dp", "dq", "qi", "oth"};
    static const char *const GOOD = RSA_OF(",\"kid\":\"good\"");
    char keys[4096];

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(NAMES); i++) {
        for (unsigned secrets = 0; secrets < 2; secrets++) {
            snprintf(keys, sizeof(keys), "%s,{\"kty\":\"EC\",\"use\":\"enc\",\"%s\":\"AQAB\"}",
                     GOOD, NAMES[i]);
            assert_false(read_set(KEY_RS256, secrets, set_of(keys)));
            assert_non_null(strstr(fault.text, "holds a private key"));
        }
    }
}

static void documents_that_are_refused(void **state)
{
    static const struct {
        const char *json;
        const char *says;
    } DOCUMENTS[] = {
        {"", "not a valid JSON object"},
        {"<html></html>", "not a valid JSON object"},
        {"[]", "not a valid JSON object: it is not an object"},
        {"\xEF\xBB\xBF" RFC_SET, "byte order mark"},
        {"{}", "it has no array of keys"},
        {"{\"keys\":{}}", "it has no array of keys"},
        {"{\"keys\":[],\"keys\":[]}", "duplicate key"},
        {"{\"keys\":[]}", "holds no key that verifies RS256"},
        {"{\"keys\":[" RSA_OF(",\"e\":\"AQAB\"") "]}", "duplicate key"},
        {RFC_SET "x", "something stands behind the value"},
        {"{\"keys\":[{\"kty\":\"RSA\",}]}", "a key in double quotes"},
        /* What Firebase has at another address: certificates by their kid. */
        {"{\"1a2b\":\"-----BEGIN CERTIFICATE-----\\nMIIB\\n\"}", "it has no array of keys"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(DOCUMENTS); i++) {
        assert_false(read_set(KEY_RS256, false, text_of(DOCUMENTS[i].json)));
        if (strstr(fault.text, DOCUMENTS[i].says) == NULL)
            fail_msg("%s: expected '%s': %s", DOCUMENTS[i].json, DOCUMENTS[i].says, fault.text);
        assert_int_equal(ring.count, 0);
    }
}

static void documents_that_are_too_large(void **state)
{
    struct buf json;

    (void)state;
    buf_init(&json, 1 << 20);
    buf_add_str(&json, "{\"keys\":[");
    for (size_t i = 0; i <= JWKS_MAX_KEYS; i++)
        buf_printf(&json, "%s" EC_OF(",\"kid\":\"%zu\""), i > 0 ? "," : "", i);
    buf_add_str(&json, "]}");
    assert_false(read_set(KEY_ES256, false, buf_text(&json)));
    assert_non_null(strstr(fault.text, "holds 65 keys: 64 at most are read"));
    for (size_t i = json.len; i <= JWKS_MAX_BYTES; i++)
        buf_add_char(&json, ' ');
    assert_false(read_set(KEY_ES256, false, buf_text(&json)));
    assert_non_null(strstr(fault.text, "is larger than 262144 bytes"));
    buf_release(&json);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_set_of_rfc_7517),
        TEST(the_examples_of_rfc_7515_and_8037),
        TEST(a_key_is_the_pem_of_the_same_key),
        TEST(a_secret_only_in_a_file),
        TEST(keys_that_are_skipped),
        TEST(members_that_change_nothing),
        TEST(ids_of_any_text),
        TEST(a_leaked_key_spoils_the_document),
        TEST(documents_that_are_refused),
        TEST(documents_that_are_too_large),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
