/* jws.h: tokens signed by OpenSSL, apart from all that reads them.
 * Owns:    jws_signer() and the text of jws_public() belong to the caller (EVP_PKEY_free(), the
 *          buffer).
 * Fails:   aborts the test. */
#ifndef MOBYNC_TEST_JWS_H
#define MOBYNC_TEST_JWS_H

#include <openssl/evp.h>

#include "buf.h"

/* "RSA-2048", "RSA-1024", "P-256", "P-384", "ED25519" …: a new private key. */
EVP_PKEY *jws_signer(const char *kind);
/* Its public half as PEM, into a buffer that is cleared first. */
struct text jws_public(EVP_PKEY *signer, struct buf *pem);

void jws_add_base64url(struct buf *into, struct text bytes);
/* "HEADER.PAYLOAD", into a buffer that is cleared first. */
void jws_begin(struct buf *token, struct text header, struct text payload);
#define JWS_SIGNATURE_MAX ((size_t)1024)
/* As RFC 7518 and 8037 want it; returns its length. */
size_t jws_signature(EVP_PKEY *signer, struct text message, unsigned char *signature_out);
size_t jws_mac(const EVP_MD *digest, struct text secret, struct text message,
               unsigned char *mac_out);

/* ".SIGNATURE", whatever its bytes are. */
void jws_add_signature(struct buf *token, struct text signature);
/* ".SIGNATURE" of what stands there. */
void jws_sign_secret(struct buf *token, const EVP_MD *digest, struct text secret);
void jws_sign(struct buf *token, EVP_PKEY *signer);

#endif
