/* Keys as people write them into files.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <openssl/pem.h>

#include "jws.h"
#include "key.h"

#define SECRET "a secret of thirty-two bytes ...."

/* Loaded once: to make an RSA key takes long. */
enum signer { RSA_2048, RSA_1024, P_256, P_384, ED25519, ED448, SIGNERS };

static const char *const KINDS[SIGNERS] = {
    [RSA_2048] = "RSA-2048", [RSA_1024] = "RSA-1024", [P_256] = "P-256",
    [P_384] = "P-384",       [ED25519] = "ED25519",   [ED448] = "ED448",
};

static EVP_PKEY *signers[SIGNERS];
static struct buf pem;

static int make_signers(void **state)
{
    (void)state;
    buf_init(&pem, 1 << 20);
    for (size_t i = 0; i < SIGNERS; i++)
        signers[i] = jws_signer(KINDS[i]);
    return 0;
}

static int free_signers(void **state)
{
    (void)state;
    for (size_t i = 0; i < SIGNERS; i++)
        EVP_PKEY_free(signers[i]);
    buf_release(&pem);
    return 0;
}

static struct text private_pem(EVP_PKEY *signer)
{
    BIO *bio = BIO_new(BIO_s_mem());
    char *bytes = NULL;
    long len;

    assert_int_equal(PEM_write_bio_PrivateKey(bio, signer, NULL, NULL, 0, NULL, NULL), 1);
    len = BIO_get_mem_data(bio, &bytes);
    buf_clear(&pem);
    buf_add(&pem, bytes, (size_t)len);
    BIO_free(bio);
    return buf_text(&pem);
}

static void expect_fault(const char *what, enum key_algorithm algorithm, struct text material,
                         const char *says)
{
    struct key_fault fault = {""};

    if (key_new(algorithm, material, &fault) != NULL)
        fail_msg("%s: no fault", what);
    if (strstr(fault.text, says) == NULL)
        fail_msg("%s: expected '%s': %s", what, says, fault.text);
    if (strstr(fault.text, ": ") == NULL)
        fail_msg("%s: not a word about what to do: %s", what, fault.text);
}

static void secrets(void **state)
{
    char longest[64 * 1024];

    (void)state;
    memset(longest, 's', sizeof(longest));
    expect_fault("none", KEY_HS256, TEXT_LITERAL(""), "holds no key");
    expect_fault("short", KEY_HS256, (struct text){longest, 31}, "a key of 31 bytes, HS256 needs");
    for (size_t len = 32; len <= sizeof(longest); len *= 2) {
        struct key_fault fault;
        struct key *key = key_new(KEY_HS256, (struct text){longest, len}, &fault);

        assert_non_null(key);
        key_free(key);
    }
    key_free(NULL);
}

/* Whoever swaps the two settings must hear of it, and nobody may sign with what is public. */
static void a_public_key_is_no_secret(void **state)
{
    (void)state;
    for (size_t i = 0; i < SIGNERS; i++)
        expect_fault(KINDS[i], KEY_HS256, jws_public(signers[i], &pem), "not a secret for HS256");
}

static void keys_of_another_kind(void **state)
{
    static const struct {
        enum key_algorithm algorithm;
        enum signer signer;
        const char *says;
    } WRONG[] = {
        {KEY_RS256, RSA_1024, "an RSA key of 1024 bits"},
        {KEY_RS256, P_256, "a key of type EC, RS256 needs RSA"},
        {KEY_RS256, ED25519, "a key of type ED25519, RS256 needs RSA"},
        {KEY_ES256, RSA_2048, "a key of type RSA, ES256 needs EC"},
        {KEY_ES256, P_384, "another curve"},
        {KEY_ES256, ED25519, "a key of type ED25519, ES256 needs EC"},
        {KEY_EDDSA, RSA_2048, "a key of type RSA, EdDSA needs ED25519"},
        {KEY_EDDSA, P_256, "a key of type EC, EdDSA needs ED25519"},
        {KEY_EDDSA, ED448, "a key of type ED448, EdDSA needs ED25519"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(WRONG); i++)
        expect_fault(WRONG[i].says, WRONG[i].algorithm, jws_public(signers[WRONG[i].signer], &pem),
                     WRONG[i].says);
}

static void what_is_no_public_key(void **state)
{
    struct text text;

    (void)state;
    expect_fault("nothing", KEY_RS256, TEXT_LITERAL(""), "holds no PEM");
    expect_fault("secret", KEY_RS256, TEXT_LITERAL(SECRET), "holds no PEM");
    expect_fault("private", KEY_RS256, private_pem(signers[RSA_2048]), "holds a private key");
    expect_fault("private, encrypted", KEY_RS256,
                 TEXT_LITERAL("-----BEGIN ENCRYPTED PRIVATE KEY-----\n"), "holds a private key");
    expect_fault("certificate", KEY_ES256, TEXT_LITERAL("-----BEGIN CERTIFICATE-----\nMIIB\n"),
                 "holds a certificate");
    expect_fault("garbage", KEY_ES256,
                 TEXT_LITERAL("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"),
                 "no public key that can be read");
    text = jws_public(signers[P_256], &pem);
    expect_fault("cut", KEY_ES256, (struct text){text.ptr, text.len / 2}, "can be read");
    jws_public(signers[P_256], &pem);
    buf_add(&pem, pem.data, pem.len);
    expect_fault("two", KEY_ES256, buf_text(&pem), "more than one PEM");
}

/* Asks for a passphrase where somebody sits at a terminal, unless it is kept from it. */
static void an_encrypted_pem_does_not_ask(void **state)
{
    (void)state;
    jws_public(signers[P_256], &pem);
    expect_fault("encrypted", KEY_ES256,
                 TEXT_LITERAL("-----BEGIN PUBLIC KEY-----\nProc-Type: 4,ENCRYPTED\n"
                              "DEK-Info: AES-256-CBC,000102030405060708090A0B0C0D0E0F\n\n"
                              "AAAA\n-----END PUBLIC KEY-----\n"),
                 "can be read");
}

static void the_material_is_what_was_given(void **state)
{
    struct text public = jws_public(signers[P_256], &pem);
    struct key_fault fault;
    struct key *key = key_new(KEY_ES256, public, &fault);

    (void)state;
    assert_non_null(key);
    assert_true(text_equal(key_material(key), public));
    assert_ptr_not_equal(key_material(key).ptr, public.ptr);
    assert_int_equal(EVP_PKEY_eq(key_public(key), signers[P_256]), 1);
    key_free(key);
    key = key_new(KEY_HS256, TEXT_LITERAL(SECRET), &fault);
    assert_non_null(key);
    assert_true(text_is(key_material(key), SECRET));
    assert_null(key_public(key));
    key_free(key);
}

static void names(void **state)
{
    static const char *const BAD[] = {"",       "hs256", "HS256 ", "HS384", "RS512",
                                      "ES256K", "PS256", "none",   "EDDSA"};
    enum key_algorithm algorithm;

    (void)state;
    for (unsigned i = 0; i < KEY_ALGORITHMS; i++) {
        const char *name = key_algorithm_name((enum key_algorithm)i);

        assert_true(key_algorithm_parse(text_of(name), &algorithm));
        assert_int_equal(algorithm, i);
    }
    for (size_t i = 0; i < ARRAY_LEN(BAD); i++)
        if (key_algorithm_parse(text_of(BAD[i]), &algorithm))
            fail_msg("'%s' is an algorithm", BAD[i]);
}

static void ids(void **state)
{
    static const char *const GOOD[] = {
        "a", "2024-01", "_",
        "-", "Zz09_-",  "0123456789012345678901234567890123456789012345678901234567890123"};
    static const char *const BAD[] = {
        "",      ".",        "..",
        "../a",  "a/b",      "/etc/passwd",
        "a.pem", "a b",      "a\n",
        "a%2e",  "\xC3\xA9", "01234567890123456789012345678901234567890123456789012345678901234",
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(GOOD); i++)
        assert_true(key_id_valid(text_of(GOOD[i])));
    for (size_t i = 0; i < ARRAY_LEN(BAD); i++)
        if (key_id_valid(text_of(BAD[i])))
            fail_msg("'%s' is an id", BAD[i]);
    assert_false(key_id_valid((struct text){"a\0b", 3}));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(secrets),
        cmocka_unit_test(a_public_key_is_no_secret),
        cmocka_unit_test(keys_of_another_kind),
        cmocka_unit_test(what_is_no_public_key),
        cmocka_unit_test(an_encrypted_pem_does_not_ask),
        cmocka_unit_test(the_material_is_what_was_given),
        cmocka_unit_test(names),
        cmocka_unit_test(ids),
    };

    return cmocka_run_group_tests(tests, make_signers, free_signers);
}
