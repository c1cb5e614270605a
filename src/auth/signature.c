/* RS256, ES256 and EdDSA by OpenSSL's EVP_DigestVerify(): signature_holds(). */
#include "signature.h"

#include <assert.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>

/* r and s of P-256. */
#define COORDINATE_BYTES 32
/* Of an ECDSA signature of P-256 in DER. */
#define DER_MAX_BYTES 72

/* A signature as OpenSSL wants it. */
struct raw {
    const unsigned char *bytes;
    size_t len;
    unsigned char der[DER_MAX_BYTES];
};

static bool as_it_is(struct text signature, struct raw *raw_out)
{
    raw_out->bytes = (const unsigned char *)signature.ptr;
    raw_out->len = signature.len;
    return true;
}

/* What OpenSSL reads is an ASN.1 sequence of the two numbers. That they are in range is its to
 * check. */
static bool as_der(struct text signature, struct raw *raw_out)
{
    const unsigned char *bytes = (const unsigned char *)signature.ptr;
    unsigned char *at = raw_out->der;
    ECDSA_SIG *pair;
    BIGNUM *r, *s;
    int done, len;

    if (signature.len != 2 * (size_t)COORDINATE_BYTES)
        return false;
    pair = ECDSA_SIG_new();
    r = BN_bin2bn(bytes, COORDINATE_BYTES, NULL);
    s = BN_bin2bn(bytes + COORDINATE_BYTES, COORDINATE_BYTES, NULL);
    assert(pair != NULL && r != NULL && s != NULL); /* out of memory ends the process */
    done = ECDSA_SIG_set0(pair, r, s);
    assert(done == 1);
    len = i2d_ECDSA_SIG(pair, NULL);
    assert(len > 0 && len <= DER_MAX_BYTES);
    raw_out->len = (size_t)i2d_ECDSA_SIG(pair, &at);
    raw_out->bytes = raw_out->der;
    ECDSA_SIG_free(pair);
    return true;
}

/* EdDSA has its hash inside. */
static const EVP_MD *no_digest(void)
{
    return NULL;
}

static const struct {
    const EVP_MD *(*digest)(void);
    bool (*form)(struct text signature, struct raw *raw_out);
} ALGORITHMS[KEY_ALGORITHMS] = {
    [KEY_RS256] = {EVP_sha256, as_it_is},
    [KEY_ES256] = {EVP_sha256, as_der},
    [KEY_EDDSA] = {no_digest, as_it_is},
};

bool signature_holds(enum key_algorithm algorithm, const struct key *key, struct text message,
                     struct text signature)
{
    EVP_MD_CTX *context;
    struct raw raw;
    bool holds;

    assert(!key_algorithm_is_secret(algorithm) && key_public(key) != NULL);
    if (!ALGORITHMS[algorithm].form(signature, &raw))
        return false;
    context = EVP_MD_CTX_new();
    assert(context != NULL);
    holds = EVP_DigestVerifyInit(context, NULL, ALGORITHMS[algorithm].digest(), NULL,
                                 key_public(key)) == 1 &&
            EVP_DigestVerify(context, raw.bytes, raw.len, (const unsigned char *)message.ptr,
                             message.len) == 1;
    EVP_MD_CTX_free(context);
    ERR_clear_error();
    return holds;
}
