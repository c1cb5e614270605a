/* Header and claims as given, signed with OpenSSL: jws_sign() and jws_sign_secret(). */
#include "jws.h"

#include <assert.h>
#include <openssl/bio.h>
#include <openssl/ecdsa.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <stdlib.h>

#include "arena.h"

EVP_PKEY *jws_signer(const char *kind)
{
    EVP_PKEY *key;

    if (strncmp(kind, "RSA-", 4) == 0)
        key = EVP_RSA_gen((unsigned)strtoul(kind + 4, NULL, 10));
    else if (strncmp(kind, "P-", 2) == 0)
        key = EVP_EC_gen(kind);
    else
        key = EVP_PKEY_Q_keygen(NULL, NULL, kind);
    assert(key != NULL);
    return key;
}

struct text jws_public(EVP_PKEY *signer, struct buf *pem)
{
    BIO *bio = BIO_new(BIO_s_mem());
    int written = PEM_write_bio_PUBKEY(bio, signer);
    char *bytes = NULL;
    long len = BIO_get_mem_data(bio, &bytes);

    assert(written == 1 && len > 0);
    buf_clear(pem);
    buf_add(pem, bytes, (size_t)len);
    BIO_free(bio);
    return buf_text(pem);
}

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

void jws_add_base64url(struct buf *into, struct text bytes)
{
    unsigned char *base64 = alloc_or_die((bytes.len + 2) / 3 * 4 + 1);
    int written = EVP_EncodeBlock(base64, (const unsigned char *)bytes.ptr, (int)bytes.len);

    for (int i = 0; i < written && base64[i] != '='; i++)
        buf_add_char(into, url_safe((char)base64[i]));
    free(base64);
}

void jws_begin(struct buf *token, struct text header, struct text payload)
{
    buf_clear(token);
    jws_add_base64url(token, header);
    buf_add_char(token, '.');
    jws_add_base64url(token, payload);
}

void jws_add_signature(struct buf *token, struct text signature)
{
    buf_add_char(token, '.');
    jws_add_base64url(token, signature);
}

/* RFC 7518, 3.4: r and s side by side, not the ASN.1 that OpenSSL makes. */
static size_t flatten_ecdsa(unsigned char *signature, size_t len, int bits)
{
    const unsigned char *at = signature;
    ECDSA_SIG *pair = d2i_ECDSA_SIG(NULL, &at, (long)len);
    int half = (bits + 7) / 8;

    assert(pair != NULL);
    BN_bn2binpad(ECDSA_SIG_get0_r(pair), signature, half);
    BN_bn2binpad(ECDSA_SIG_get0_s(pair), signature + half, half);
    ECDSA_SIG_free(pair);
    return (size_t)half * 2;
}

size_t jws_signature(EVP_PKEY *signer, struct text message, unsigned char *signature_out)
{
    const EVP_MD *digest = EVP_PKEY_is_a(signer, "ED25519") ? NULL : EVP_sha256();
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    size_t len = JWS_SIGNATURE_MAX;
    int begun = EVP_DigestSignInit(context, NULL, digest, NULL, signer);
    int done = EVP_DigestSign(context, signature_out, &len, (const unsigned char *)message.ptr,
                              message.len);

    assert(begun == 1 && done == 1);
    EVP_MD_CTX_free(context);
    if (EVP_PKEY_is_a(signer, "EC"))
        len = flatten_ecdsa(signature_out, len, EVP_PKEY_get_bits(signer));
    return len;
}

size_t jws_mac(const EVP_MD *digest, struct text secret, struct text message,
               unsigned char *mac_out)
{
    unsigned len = 0;

    HMAC(digest, secret.ptr, (int)secret.len, (const unsigned char *)message.ptr, message.len,
         mac_out, &len);
    return len;
}

void jws_sign_secret(struct buf *token, const EVP_MD *digest, struct text secret)
{
    unsigned char mac[EVP_MAX_MD_SIZE];

    size_t len = jws_mac(digest, secret, buf_text(token), mac);

    jws_add_signature(token, (struct text){(const char *)mac, len});
}

void jws_sign(struct buf *token, EVP_PKEY *signer)
{
    unsigned char signature[JWS_SIGNATURE_MAX];

    size_t len = jws_signature(signer, buf_text(token), signature);

    jws_add_signature(token, (struct text){(const char *)signature, len});
}
