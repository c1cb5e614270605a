/* From the members of a JWK (RFC 7517, 4; RFC 7518, 6; RFC 8037, 2) to a key: jwk_read(). What it
 * builds goes through key_new() as a PEM, so that a key is as strong as one of a file. */
#include "jwk.h"

#include <assert.h>
#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <stdarg.h>
#include <stdio.h>

#include "base64url.h"

/* Of a coordinate of P-256, and of a key of Ed25519. */
#define COORDINATE_BYTES ((size_t)32)

/* Numbers of RSA beyond this are not even looked at: key.h takes 8192 bits. */
#define NUMBER_MAX_BYTES ((size_t)8192 / 8 + 1)

struct jwk {
    const struct jwks_rules *rules;
    const struct json_entries *members;
    struct arena *arena;
    struct key_fault *fault;
};

__attribute__((format(printf, 2, 3))) static bool refuse(const struct jwk *jwk, const char *format,
                                                         ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(jwk->fault->text, sizeof(jwk->fault->text), format, args);
    va_end(args);
    return false;
}

/* False if the member is not there, or is not a string. */
static bool find_text(const struct json_entries *members, const char *name, struct text *text_out)
{
    const struct json_token *token = json_dom_find(members, name);

    if (token == NULL || token->kind != JSON_KIND_STRING)
        return false;
    *text_out = token->string;
    return true;
}

/* Bytes in base64url; most bounds them. */
static bool find_bytes(const struct jwk *jwk, const char *name, size_t most, struct text *bytes_out)
{
    struct text encoded = {"", 0};

    if (!find_text(jwk->members, name, &encoded))
        return refuse(jwk, "its %s is missing, or not a string", name);
    if (encoded.len > most / 3 * 4 + 4 || !base64url_decode(encoded, jwk->arena, bytes_out))
        return refuse(jwk, "its %s is too long, or not base64url", name);
    return true;
}

static bool find_coordinate(const struct jwk *jwk, const char *name, struct text *bytes_out)
{
    if (!find_bytes(jwk, name, COORDINATE_BYTES, bytes_out))
        return false;
    return bytes_out->len == COORDINATE_BYTES || refuse(jwk, "its %s has %zu bytes instead of %zu",
                                                        name, bytes_out->len, COORDINATE_BYTES);
}

static BIGNUM *number_of(struct text bytes)
{
    BIGNUM *number = BN_bin2bn((const unsigned char *)bytes.ptr, (int)bytes.len, NULL);

    assert(number != NULL); /* out of memory ends the process, as in the arena */
    return number;
}

static void free_number(void *number)
{
    BN_free(number);
}

/* With an exponent of 1 everybody can sign, and with an even one nobody. */
static bool add_rsa(const struct jwk *jwk, OSSL_PARAM_BLD *build)
{
    struct text n = {"", 0}, e = n;
    BIGNUM *modulus, *exponent;
    bool usable;
    int added;

    if (!find_bytes(jwk, "n", NUMBER_MAX_BYTES, &n) || !find_bytes(jwk, "e", NUMBER_MAX_BYTES, &e))
        return false;
    modulus = number_of(n);
    exponent = number_of(e);
    usable = BN_is_odd(modulus) && BN_is_odd(exponent) && !BN_is_one(exponent);
    added = OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, modulus) +
            OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_E, exponent);
    assert(added == 2);
    /* The builder keeps pointers until it is done: the arena frees them. */
    arena_on_clear(jwk->arena, free_number, modulus);
    arena_on_clear(jwk->arena, free_number, exponent);
    return usable || refuse(jwk, "its n or e is not a number of an RSA key");
}

static bool add_bytes(OSSL_PARAM_BLD *build, const char *name, const char *bytes, size_t len)
{
    int added = OSSL_PARAM_BLD_push_octet_string(build, name, bytes, len);

    assert(added == 1);
    return true;
}

/* OpenSSL checks that the point is on the curve. */
static bool add_ec(const struct jwk *jwk, OSSL_PARAM_BLD *build)
{
    char *point = arena_alloc(jwk->arena, 1 + 2 * COORDINATE_BYTES);
    struct text x = {"", 0}, y = x;
    int added;

    if (!find_coordinate(jwk, "x", &x) || !find_coordinate(jwk, "y", &y))
        return false;
    point[0] = POINT_CONVERSION_UNCOMPRESSED;
    memcpy(point + 1, x.ptr, COORDINATE_BYTES);
    memcpy(point + 1 + COORDINATE_BYTES, y.ptr, COORDINATE_BYTES);
    added =
        OSSL_PARAM_BLD_push_utf8_string(build, OSSL_PKEY_PARAM_GROUP_NAME, SN_X9_62_prime256v1, 0);
    assert(added == 1);
    return add_bytes(build, OSSL_PKEY_PARAM_PUB_KEY, point, 1 + 2 * COORDINATE_BYTES);
}

static bool add_okp(const struct jwk *jwk, OSSL_PARAM_BLD *build)
{
    struct text x = {"", 0};

    return find_coordinate(jwk, "x", &x) && add_bytes(build, OSSL_PKEY_PARAM_PUB_KEY, x.ptr, x.len);
}

/* How each algorithm's keys are written down. */
static const struct {
    const char *kty;
    const char *crv;  /* NULL: none */
    const char *type; /* OpenSSL's; NULL: a secret */
    bool (*add)(const struct jwk *jwk, OSSL_PARAM_BLD *build);
} FORMS[KEY_ALGORITHMS] = {
    [KEY_HS256] = {"oct", NULL, NULL, NULL},
    [KEY_RS256] = {"RSA", NULL, "RSA", add_rsa},
    [KEY_ES256] = {"EC", "P-256", "EC", add_ec},
    [KEY_EDDSA] = {"OKP", "Ed25519", "ED25519", add_okp},
};

/* NULL if OpenSSL makes no key of the parameters. */
static EVP_PKEY *make(const char *type, OSSL_PARAM_BLD *build)
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
    OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(build);
    EVP_PKEY *key = NULL;

    assert(context != NULL && params != NULL);
    if (EVP_PKEY_fromdata_init(context) != 1 ||
        EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, params) != 1)
        key = NULL;
    OSSL_PARAM_free(params);
    EVP_PKEY_CTX_free(context);
    return key;
}

static struct text pem_of(EVP_PKEY *key, struct arena *arena)
{
    BIO *bio = BIO_new(BIO_s_mem());
    int written = PEM_write_bio_PUBKEY(bio, key);
    char *bytes = NULL;
    long len = BIO_get_mem_data(bio, &bytes);
    struct text pem;

    assert(written == 1 && len > 0);
    pem = arena_text(arena, (struct text){bytes, (size_t)len});
    BIO_free(bio);
    return pem;
}

static struct key *read_public(const struct jwk *jwk)
{
    const enum key_algorithm algorithm = jwk->rules->algorithm;
    OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
    EVP_PKEY *made = NULL;
    struct key *key = NULL;

    assert(build != NULL);
    if (FORMS[algorithm].add(jwk, build)) {
        made = make(FORMS[algorithm].type, build);
        if (made == NULL)
            (void)refuse(jwk, "its numbers are no key of type %s", FORMS[algorithm].kty);
        else
            key = key_new(algorithm, pem_of(made, jwk->arena), jwk->fault);
    }
    EVP_PKEY_free(made);
    OSSL_PARAM_BLD_free(build);
    ERR_clear_error();
    return key;
}

static struct key *read_secret(const struct jwk *jwk)
{
    struct text secret = {"", 0};
    struct key *key;

    if (!find_bytes(jwk, "k", JWKS_MAX_BYTES, &secret))
        return NULL;
    key = key_new(jwk->rules->algorithm, secret, jwk->fault);
    explicit_bzero((void *)(uintptr_t)secret.ptr, secret.len); /* the arena's own copy */
    return key;
}

/* The members that a signer alone may have, of all types of keys (RFC 7518, 6.2.2, 6.3.2; RFC 8037,
 * 2). */
static bool is_private(const struct json_entries *members)
{
    static const char *const NAMES[] = {"d", "p", "q", "dp", "dq", "qi", "oth"};

    for (size_t i = 0; i < ARRAY_LEN(NAMES); i++)
        if (json_dom_find(members, NAMES[i]) != NULL)
            return true;
    return false;
}

static bool has_secret(const struct json_entries *members)
{
    struct text type = {"", 0};

    return json_dom_find(members, "k") != NULL ||
           (find_text(members, "kty", &type) && text_is(type, "oct"));
}

/* A member that may be left out, but must be this if it is there. */
static bool agrees(const struct jwk *jwk, const char *name, const char *wanted)
{
    struct text text = {"", 0};

    if (json_dom_find(jwk->members, name) == NULL)
        return true;
    if (!find_text(jwk->members, name, &text))
        return refuse(jwk, "its %s is not a string", name);
    return text_is(text, wanted) || refuse(jwk, "its %s is %.*s, not %s", name,
                                           (int)(text.len < 40 ? text.len : 40), text.ptr, wanted);
}

static bool must_be(const struct jwk *jwk, const char *name, const char *wanted)
{
    if (json_dom_find(jwk->members, name) == NULL)
        return refuse(jwk, "it has no %s", name);
    return agrees(jwk, name, wanted);
}

/* RFC 7517, 4.3. */
static bool may_verify(const struct jwk *jwk)
{
    const struct json_token *token = json_dom_find(jwk->members, "key_ops");
    const struct json_member *operations;
    size_t count;

    if (token == NULL)
        return true;
    if (token->kind != JSON_KIND_ARRAY)
        return refuse(jwk, "its key_ops is not an array");
    operations = json_dom_elements(token->raw, JWKS_MAX_KEYS, jwk->arena, &count);
    for (size_t i = 0; i < count && i < JWKS_MAX_KEYS; i++)
        if (text_is(operations[i].raw_value, "\"verify\""))
            return true;
    return refuse(jwk, "its key_ops has no verify");
}

static bool is_for_us(const struct jwk *jwk)
{
    const enum key_algorithm algorithm = jwk->rules->algorithm;

    return must_be(jwk, "kty", FORMS[algorithm].kty) && agrees(jwk, "use", "sig") &&
           may_verify(jwk) && agrees(jwk, "alg", key_algorithm_name(algorithm)) &&
           (FORMS[algorithm].crv == NULL || must_be(jwk, "crv", FORMS[algorithm].crv));
}

struct text jwk_id(const struct json_entries *members)
{
    struct text id = {"", 0};

    return find_text(members, "kid", &id) && id.len <= JWKS_ID_MAX_BYTES ? id
                                                                         : (struct text){"", 0};
}

enum jwk_verdict jwk_read(const struct jwks_rules *rules, const struct json_entries *members,
                          struct arena *arena, struct key **key_out, struct key_fault *fault_out)
{
    const struct jwk jwk = {.rules = rules, .members = members, .arena = arena, .fault = fault_out};

    *key_out = NULL;
    if (is_private(members)) {
        (void)refuse(&jwk, "holds a private key, which belongs to the signer alone");
        return JWK_LEAKED;
    }
    if (has_secret(members) && !rules->secrets) {
        (void)refuse(&jwk, "holds a secret (kty oct), which no issuer publishes");
        return JWK_LEAKED;
    }
    if (!is_for_us(&jwk))
        return JWK_SKIPPED;
    *key_out = FORMS[rules->algorithm].type == NULL ? read_secret(&jwk) : read_public(&jwk);
    return *key_out != NULL ? JWK_TAKEN : JWK_SKIPPED;
}
