/* Which key, and which algorithm: rings of several keys, and tokens that try to choose themselves.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <openssl/err.h>

#include "auth.h"
#include "jws.h"

#define NOW_MS  ((int64_t)1700000000 * 1000)
#define PAYLOAD "{\"sub\":\"alice\",\"exp\":1700000100}"
#define SECRET  "a secret of thirty-two bytes ...."

/* A signer of each kind, and a second one of the same kind: rotation. */
static struct signer {
    enum key_algorithm algorithm;
    const char *kind; /* NULL: SECRET */
    EVP_PKEY *pair[2];
    struct key *keys[2];
} signers[KEY_ALGORITHMS] = {
    {.algorithm = KEY_HS256},
    {.algorithm = KEY_RS256, .kind = "RSA-2048"},
    {.algorithm = KEY_ES256, .kind = "P-256"},
    {.algorithm = KEY_EDDSA, .kind = "ED25519"},
};

/* Of every token that begin_for() begins; NULL: none. */
static const char *type;

static int as_access_token(void **state)
{
    (void)state;
    type = "at+jwt";
    return 0;
}

static int as_plain_token(void **state)
{
    (void)state;
    type = NULL;
    return 0;
}

/* No secret signs access tokens. */
static bool is_left_out(const struct signer *signer)
{
    return type != NULL && signer->kind == NULL;
}

static const struct text SECRETS[] = {{SECRET, sizeof(SECRET) - 1}, {"2" SECRET, sizeof(SECRET)}};

static struct buf pem;

static struct text material_of(struct signer *signer, size_t which)
{
    return signer->kind == NULL ? SECRETS[which] : jws_public(signer->pair[which], &pem);
}

static int make_signers(void **state)
{
    (void)state;
    buf_init(&pem, 1 << 16);
    for (size_t i = 0; i < KEY_ALGORITHMS; i++) {
        for (size_t which = 0; which < 2; which++) {
            struct signer *signer = &signers[i];
            struct key_fault fault;

            if (signer->kind != NULL)
                signer->pair[which] = jws_signer(signer->kind);
            signer->keys[which] = key_new(signer->algorithm, material_of(signer, which), &fault);
            if (signer->keys[which] == NULL)
                return -1;
        }
    }
    return 0;
}

static int free_signers(void **state)
{
    (void)state;
    for (size_t i = 0; i < KEY_ALGORITHMS; i++) {
        for (size_t which = 0; which < 2; which++) {
            EVP_PKEY_free(signers[i].pair[which]);
            key_free(signers[i].keys[which]);
        }
    }
    buf_release(&pem);
    return 0;
}

static void sign(struct buf *token, const struct signer *signer, size_t which)
{
    if (signer->kind == NULL)
        jws_sign_secret(token, EVP_sha256(), SECRETS[which]);
    else
        jws_sign(token, signer->pair[which]);
}

/* NULL: accepted; else part of the reason why not. */
static void expect(const char *what, const struct key_ring *ring, struct text token,
                   const char *reason)
{
    const struct auth_settings settings = {
        .jwt = {.enabled = true,
                .keys = ring,
                .owner_claim = TEXT_LITERAL("sub"),
                .require_exp = true},
    };
    const struct auth_request request = {.token = token};
    struct auth *auth = auth_new(&settings, NULL);
    struct text owner = {"", 0};
    struct fail fail = {0};
    struct arena arena;
    enum rc rc;

    arena_init(&arena);
    rc = auth_owner(auth, &request, NOW_MS, &arena, &owner, &fail);
    if ((rc == RC_OK) != (reason == NULL))
        fail_msg("%s: rc %d, detail: %s", what, (int)rc, fail.detail);
    if (reason == NULL && !text_is(owner, "alice"))
        fail_msg("%s: the owner is %.*s", what, TEXT_ARG(owner));
    if (reason != NULL && strstr(fail.detail, reason) == NULL)
        fail_msg("%s: refused for another reason: %s", what, fail.detail);
    arena_release(&arena);
    auth_free(auth);
}

static void begin(struct buf *token, const char *header)
{
    jws_begin(token, text_of(header), TEXT_LITERAL(PAYLOAD));
}

static void begin_for(struct buf *token, enum key_algorithm algorithm, const char *kid)
{
    struct buf header;

    buf_init(&header, 4096);
    buf_printf(&header, "{\"alg\":\"%s\"", key_algorithm_name(algorithm));
    if (type != NULL)
        buf_printf(&header, ",\"typ\":\"%s\"", type);
    if (kid != NULL)
        buf_printf(&header, ",\"kid\":%s", kid);
    buf_add_str(&header, "}");
    begin(token, header.data);
    buf_release(&header);
}

static struct key_ring ring_of(const struct signer *signer, struct key_ring_entry *entries,
                               size_t count)
{
    for (size_t i = 0; i < count; i++)
        entries[i].key = signer->keys[i];
    return (struct key_ring){.algorithm = signer->algorithm, .entries = entries, .count = count};
}

static void every_algorithm(void **state)
{
    struct buf token;

    (void)state;
    buf_init(&token, 1 << 16);
    for (size_t i = 0; i < KEY_ALGORITHMS; i++) {
        struct key_ring_entry entry = {{"", 0}, NULL};
        const struct key_ring ring = ring_of(&signers[i], &entry, 1);
        const char *name = key_algorithm_name(signers[i].algorithm);

        if (is_left_out(&signers[i]))
            continue;
        begin_for(&token, signers[i].algorithm, NULL);
        sign(&token, &signers[i], 0);
        expect(name, &ring, buf_text(&token), NULL);
        begin_for(&token, signers[i].algorithm, NULL);
        sign(&token, &signers[i], 1);
        expect(name, &ring, buf_text(&token), "not signed with our key");
    }
    buf_release(&token);
}

/* Whatever the header calls itself, whoever signed it: a ring takes its own algorithm alone. */
static void no_algorithm_passes_for_another(void **state)
{
    struct buf token;

    (void)state;
    buf_init(&token, 1 << 16);
    for (size_t of = 0; of < KEY_ALGORITHMS; of++) {
        struct key_ring_entry entry = {{"", 0}, NULL};
        const struct key_ring ring = ring_of(&signers[of], &entry, 1);

        for (size_t named = 0; named < KEY_ALGORITHMS; named++) {
            for (size_t by = 0; by < KEY_ALGORITHMS; by++) {
                if ((named == of && by == of) || is_left_out(&signers[of]))
                    continue;
                begin_for(&token, signers[named].algorithm, NULL);
                sign(&token, &signers[by], 0);
                expect("confusion", &ring, buf_text(&token),
                       named == of ? "not signed with our key" : "another algorithm");
            }
        }
    }
    buf_release(&token);
}

/* RFC 9068, 2.1 and RFC 7515, 4.1.9: with or without "application/", in any case. */
static void types_of_access_tokens(void **state)
{
    static const struct {
        const char *type;
        const char *reason;
    } TYPES[] = {
        {"at+jwt", NULL},
        {"AT+JWT", NULL},
        {"application/at+jwt", NULL},
        {"Application/At+Jwt", NULL},
        {"JWT", NULL},
        {"application/jwt", "its typ"},
        {"application/application/at+jwt", "its typ"},
        {"at+jwt ", "its typ"},
        {"at+jwt\\u0000", "its typ"},
        {"at", "its typ"},
        {"dpop+jwt", "its typ"},
        {"logout+jwt", "its typ"},
        {"", "its typ"},
    };
    struct buf token;

    (void)state;
    buf_init(&token, 1 << 16);
    for (size_t i = 0; i < KEY_ALGORITHMS; i++) {
        struct key_ring_entry entry = {{"", 0}, NULL};
        const struct key_ring ring = ring_of(&signers[i], &entry, 1);

        for (size_t t = 0; t < ARRAY_LEN(TYPES); t++) {
            type = TYPES[t].type;
            begin_for(&token, signers[i].algorithm, NULL);
            sign(&token, &signers[i], 0);
            expect(type, &ring, buf_text(&token),
                   signers[i].kind == NULL && strcmp(type, "JWT") != 0 ? "its typ"
                                                                       : TYPES[t].reason);
        }
    }
    type = NULL;
    buf_release(&token);
}

/* Whatever libjwt would refuse in a token that it reads is refused where it reads none. */
static void claims_of_access_tokens(void **state)
{
    static const struct {
        const char *claims;
        const char *reason;
    } CLAIMS[] = {
        {PAYLOAD, NULL},
        {"{\"sub\":\"alice\"}", "no exp"},
        {"{\"sub\":\"alice\",\"exp\":1}", "expired"},
        {"{\"sub\":\"alice\",\"exp\":1e999}", "exp is not a date"},
        {"{\"sub\":\"alice\",\"exp\":99999999999999999999}", "exp is not a date"},
        {"{\"sub\":\"a\\u0000\",\"exp\":1700000100}", "not an owner"},
        {"{\"sub\":\"bob\",\"sub\":\"alice\",\"exp\":1700000100}", "not a valid JSON"},
    };
    struct key_ring_entry entry = {{"", 0}, NULL};
    const struct key_ring ring = ring_of(&signers[KEY_RS256], &entry, 1);
    struct buf token;

    (void)state;
    buf_init(&token, 1 << 16);
    for (size_t i = 0; i < ARRAY_LEN(CLAIMS); i++) {
        jws_begin(&token, TEXT_LITERAL("{\"alg\":\"RS256\",\"typ\":\"at+jwt\"}"),
                  text_of(CLAIMS[i].claims));
        sign(&token, &signers[KEY_RS256], 0);
        expect(CLAIMS[i].claims, &ring, buf_text(&token), CLAIMS[i].reason);
    }
    buf_release(&token);
}

/* libjwt takes them in any case, and any case is signed here as it should be. */
static void the_case_of_alg_counts(void **state)
{
    static const char *const NAMES[KEY_ALGORITHMS][2] = {
        [KEY_HS256] = {"hs256", "Hs256"},
        [KEY_RS256] = {"rs256", "rS256"},
        [KEY_ES256] = {"es256", "Es256"},
        [KEY_EDDSA] = {"eddsa", "EDDSA"},
    };
    struct buf header, token;

    (void)state;
    buf_init(&header, 4096);
    buf_init(&token, 1 << 16);
    for (size_t of = 0; of < KEY_ALGORITHMS; of++) {
        struct key_ring_entry entry = {{"", 0}, NULL};
        const struct key_ring ring = ring_of(&signers[of], &entry, 1);

        for (size_t i = 0; i < ARRAY_LEN(NAMES[of]); i++) {
            buf_clear(&header);
            buf_printf(&header, "{\"alg\":\"%s\"}", NAMES[of][i]);
            begin(&token, header.data);
            sign(&token, &signers[of], 0);
            expect(NAMES[of][i], &ring, buf_text(&token), "another algorithm");
        }
    }
    buf_release(&token);
    buf_release(&header);
}

/* Same key, same kind, another hash: libjwt would verify it. */
static void a_longer_hash_is_another_algorithm(void **state)
{
    struct key_ring_entry entry = {{"", 0}, NULL};
    const struct key_ring ring = ring_of(&signers[KEY_HS256], &entry, 1);
    struct buf token;

    (void)state;
    buf_init(&token, 4096);
    begin(&token, "{\"alg\":\"HS512\"}");
    jws_sign_secret(&token, EVP_sha512(), SECRETS[0]);
    expect("HS512", &ring, buf_text(&token), "another algorithm");
    buf_release(&token);
}

/* The classic: the public key, which everybody has, as the secret of an HMAC. */
static void a_public_key_is_no_hmac_secret(void **state)
{
    static const char *const HEADERS[] = {
        "{\"alg\":\"HS256\"}", "{\"alg\":\"RS256\"}", "{\"alg\":\"ES256\"}",
        "{\"alg\":\"EdDSA\"}", "{\"alg\":\"hs256\"}", "{\"alg\":\"none\"}",
    };
    struct buf token;

    (void)state;
    buf_init(&token, 1 << 16);
    for (size_t i = 0; i < KEY_ALGORITHMS; i++) {
        struct key_ring_entry entry = {{"", 0}, NULL};
        const struct key_ring ring = ring_of(&signers[i], &entry, 1);

        for (size_t h = 0; signers[i].kind != NULL && h < ARRAY_LEN(HEADERS); h++) {
            struct text public = jws_public(signers[i].pair[0], &pem);

            for (size_t cut = 0; cut < 2; cut++) { /* with the newline at its end, and without */
                begin(&token, HEADERS[h]);
                jws_sign_secret(&token, EVP_sha256(), (struct text){public.ptr, public.len - cut});
                expect(HEADERS[h], &ring, buf_text(&token), "");
            }
        }
    }
    buf_release(&token);
}

static void the_kid_picks_the_key(void **state)
{
    static const struct {
        const char *kid;       /* JSON */
        const char *reason[2]; /* for a token of the first key, of the second */
    } KIDS[] = {
        {"\"one\"", {NULL, "not signed with"}},
        {"\"two\"", {"not signed with", NULL}},
        {"\"t\\u0077o\"", {"not signed with", NULL}},
        {NULL, {"no kid", "no kid"}},
        {"null", {"no kid", "no kid"}},
        {"1", {"no kid", "no kid"}},
        {"[\"one\"]", {"no kid", "no kid"}},
        {"\"\"", {"no kid", "no kid"}},
        {"\"three\"", {"no kid", "no kid"}},
        {"\"One\"", {"no kid", "no kid"}},
        {"\"one.pem\"", {"no kid", "no kid"}},
        {"\"./one\"", {"no kid", "no kid"}},
        {"\"../keys/one\"", {"no kid", "no kid"}},
        {"\"../../../../dev/null\"", {"no kid", "no kid"}},
        {"\"/etc/mobync/keys/one\"", {"no kid", "no kid"}},
        {"\"one\\u0000\"", {"no kid", "no kid"}},
        {"\"one\\n\"", {"no kid", "no kid"}},
        {"\"one' OR '1'='1\"", {"no kid", "no kid"}},
        {"\"one\",\"kid\":\"one\"", {"its header", "its header"}},
    };
    struct buf token;

    (void)state;
    buf_init(&token, 1 << 16);
    for (size_t i = 0; i < KEY_ALGORITHMS; i++) {
        struct key_ring_entry entries[2] = {{TEXT_LITERAL("one"), NULL},
                                            {TEXT_LITERAL("two"), NULL}};
        const struct key_ring ring = ring_of(&signers[i], entries, 2);

        if (is_left_out(&signers[i]))
            continue;
        for (size_t k = 0; k < ARRAY_LEN(KIDS); k++) {
            for (size_t which = 0; which < 2; which++) {
                begin_for(&token, signers[i].algorithm, KIDS[k].kid);
                sign(&token, &signers[i], which);
                expect(KIDS[k].kid != NULL ? KIDS[k].kid : "no kid", &ring, buf_text(&token),
                       KIDS[k].reason[which]);
            }
        }
    }
    buf_release(&token);
}

static void without_a_kid_only_if_there_is_one_key(void **state)
{
    struct key_ring_entry entry = {TEXT_LITERAL("one"), NULL};
    const struct key_ring ring = ring_of(&signers[KEY_ES256], &entry, 1);
    struct buf token;

    (void)state;
    buf_init(&token, 1 << 16);
    begin_for(&token, KEY_ES256, NULL);
    sign(&token, &signers[KEY_ES256], 0);
    expect("no kid, one key", &ring, buf_text(&token), NULL);
    begin_for(&token, KEY_ES256, "\"two\"");
    sign(&token, &signers[KEY_ES256], 0);
    expect("another kid, one key", &ring, buf_text(&token), "none of our keys");
    begin_for(&token, KEY_ES256, "null");
    sign(&token, &signers[KEY_ES256], 0);
    expect("kid null, one key", &ring, buf_text(&token), "none of our keys");
    buf_release(&token);
}

/* RFC 7518 has r and s side by side; what OpenSSL itself makes is another form. */
static void asn1_is_no_es256_signature(void **state)
{
    struct key_ring_entry entry = {{"", 0}, NULL};
    const struct key_ring ring = ring_of(&signers[KEY_ES256], &entry, 1);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    unsigned char signature[128];
    size_t len = sizeof(signature);
    struct buf token;

    (void)state;
    buf_init(&token, 1 << 16);
    begin_for(&token, KEY_ES256, NULL);
    assert_int_equal(
        EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, signers[KEY_ES256].pair[0]), 1);
    assert_int_equal(
        EVP_DigestSign(context, signature, &len, (const unsigned char *)token.data, token.len), 1);
    buf_add_char(&token, '.');
    jws_add_base64url(&token, (struct text){(const char *)signature, len});
    expect("ASN.1", &ring, buf_text(&token), "not signed with our key");
    EVP_MD_CTX_free(context);
    buf_release(&token);
}

static size_t signature_of(const struct signer *signer, struct text message, unsigned char *bytes)
{
    return signer->kind == NULL ? jws_mac(EVP_sha256(), SECRETS[0], message, bytes)
                                : jws_signature(signer->pair[0], message, bytes);
}

/* The ring's verdict on a token with these bytes for a signature. */
static void expect_signature(const char *what, const struct signer *signer, struct text signature,
                             const char *reason)
{
    struct key_ring_entry entry = {{"", 0}, NULL};
    const struct key_ring ring = ring_of(signer, &entry, 1);
    struct buf token;

    buf_init(&token, 1 << 16);
    begin_for(&token, signer->algorithm, NULL);
    jws_add_signature(&token, signature);
    expect(what, &ring, buf_text(&token), reason);
    buf_release(&token);
}

static struct text begun_for(const struct signer *signer, struct buf *token)
{
    begin_for(token, signer->algorithm, NULL);
    return buf_text(token);
}

static void any_byte_of_a_signature_counts(void **state)
{
    unsigned char bytes[JWS_SIGNATURE_MAX];
    struct buf token;

    (void)state;
    buf_init(&token, 1 << 16);
    for (size_t s = 0; s < KEY_ALGORITHMS; s++) {
        size_t len = signature_of(&signers[s], begun_for(&signers[s], &token), bytes);
        struct text signature = {(const char *)bytes, len};

        if (is_left_out(&signers[s]))
            continue;
        for (size_t i = 0; i < len; i++) {
            bytes[i] ^= 1;
            expect_signature("one bit", &signers[s], signature, "not signed with our key");
            bytes[i] ^= 1;
        }
        expect_signature("whole again", &signers[s], signature, NULL);
    }
    buf_release(&token);
}

static void no_other_length_is_a_signature(void **state)
{
    static const size_t LENGTHS[] = {1, 31, 32, 33, 48, 63, 64, 65, 96, 128, 255, 256, 257};
    unsigned char bytes[JWS_SIGNATURE_MAX] = {0};
    const unsigned char zeros[JWS_SIGNATURE_MAX] = {0};
    struct buf token;

    (void)state;
    buf_init(&token, 1 << 16);
    for (size_t s = 0; s < KEY_ALGORITHMS; s++) {
        size_t len = signature_of(&signers[s], begun_for(&signers[s], &token), bytes);

        if (is_left_out(&signers[s]))
            continue;
        for (size_t i = 0; i < ARRAY_LEN(LENGTHS); i++) {
            struct text cut = {(const char *)bytes, LENGTHS[i]};
            /* r = s = 0 once passed for everybody's signature (CVE-2022-21449). */
            struct text zero = {(const char *)zeros, LENGTHS[i]};

            if (cut.len != len)
                expect_signature("another length", &signers[s], cut, "not signed with our key");
            expect_signature("zeros", &signers[s], zero, "not signed with our key");
        }
        expect_signature("none", &signers[s], (struct text){"", 0}, "not a JWT");
    }
    buf_release(&token);
}

/* They would be taken for errors of the database's link, where that is TLS. */
static void no_refusal_leaves_an_error_of_openssl(void **state)
{
    unsigned char bytes[JWS_SIGNATURE_MAX] = {1};

    (void)state;
    for (size_t s = 0; s < KEY_ALGORITHMS; s++) {
        size_t len = signers[s].kind != NULL && signers[s].algorithm == KEY_RS256 ? 256 : 64;

        if (is_left_out(&signers[s]))
            continue;
        expect_signature("garbage", &signers[s], (struct text){(const char *)bytes, len},
                         "not signed with our key");
        assert_int_equal(ERR_peek_error(), 0);
    }
}

/* Nothing of a token of 64 KiB is decoded, signed or not. */
static void a_huge_token(void **state)
{
    struct key_ring_entry entry = {{"", 0}, NULL};
    const struct key_ring ring = ring_of(&signers[KEY_RS256], &entry, 1);
    struct buf token;

    (void)state;
    buf_init(&token, 1 << 18);
    for (size_t i = 0; i < (size_t)64 * 1024; i++)
        buf_add_char(&token, i % 3 == 1 ? '.' : 'A');
    expect("64 KiB of dots", &ring, buf_text(&token), "longer than 8 KiB");
    buf_clear(&token);
    for (size_t i = 0; i < 8192; i++)
        buf_add_char(&token, '.');
    expect("8 KiB of dots", &ring, buf_text(&token), "not a JWT");
    buf_release(&token);
}

/* The same again by signature.h, which is another reader than libjwt. */
#define OF_ACCESS_TOKENS(test)                                                                     \
    {                                                                                              \
        "access tokens: " #test, test, as_access_token, as_plain_token, NULL                       \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_algorithm),
        cmocka_unit_test(no_algorithm_passes_for_another),
        cmocka_unit_test(types_of_access_tokens),
        cmocka_unit_test(claims_of_access_tokens),
        OF_ACCESS_TOKENS(every_algorithm),
        OF_ACCESS_TOKENS(no_algorithm_passes_for_another),
        OF_ACCESS_TOKENS(the_kid_picks_the_key),
        OF_ACCESS_TOKENS(asn1_is_no_es256_signature),
        OF_ACCESS_TOKENS(any_byte_of_a_signature_counts),
        OF_ACCESS_TOKENS(no_other_length_is_a_signature),
        OF_ACCESS_TOKENS(no_refusal_leaves_an_error_of_openssl),
        cmocka_unit_test(the_case_of_alg_counts),
        cmocka_unit_test(a_longer_hash_is_another_algorithm),
        cmocka_unit_test(a_public_key_is_no_hmac_secret),
        cmocka_unit_test(the_kid_picks_the_key),
        cmocka_unit_test(without_a_kid_only_if_there_is_one_key),
        cmocka_unit_test(asn1_is_no_es256_signature),
        cmocka_unit_test(any_byte_of_a_signature_counts),
        cmocka_unit_test(no_other_length_is_a_signature),
        cmocka_unit_test(no_refusal_leaves_an_error_of_openssl),
        cmocka_unit_test(a_huge_token),
    };

    return cmocka_run_group_tests(tests, make_signers, free_signers);
}
