/* Keys judged and kept: what config reads, auth verifies with. Entry points: key_new(), which takes
 * no key that is weak or of another kind, and the table of algorithms. */
#include "key.h"

#include <assert.h>
#include <limits.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>

#include "arena.h"
#include "plural.h"

/* The output of SHA-256: a shorter key is weaker than the signature (RFC 7518, 3.2). */
#define SECRET_MIN_BYTES ((size_t)32)
/* Fewer are within reach of whoever has money (NIST SP 800-131A); more make a request slow. */
#define RSA_MIN_BITS 2048
#define RSA_MAX_BITS 8192

struct key {
    char *bytes;
    size_t len;
    EVP_PKEY *public; /* NULL: a secret */
};

static bool refuse(struct key_fault *fault, const char *text)
{
    snprintf(fault->text, sizeof(fault->text), "%s", text);
    return false;
}

static bool check_rsa(EVP_PKEY *key, struct key_fault *fault)
{
    int bits = EVP_PKEY_get_bits(key);

    if (bits >= RSA_MIN_BITS && bits <= RSA_MAX_BITS)
        return true;
    snprintf(fault->text, sizeof(fault->text),
             "holds an RSA key of %d bits: sign with one of %d to %d bits", bits, RSA_MIN_BITS,
             RSA_MAX_BITS);
    return false;
}

static bool check_curve(EVP_PKEY *key, struct key_fault *fault)
{
    char group[32] = "";

    if (EVP_PKEY_get_group_name(key, group, sizeof(group), NULL) == 1 &&
        strcmp(group, SN_X9_62_prime256v1) == 0)
        return true;
    return refuse(fault, "holds a key of another curve: ES256 signs with P-256 (prime256v1)");
}

/* Its type says all: there is one curve, and one length. */
static bool check_nothing_more(EVP_PKEY *key, struct key_fault *fault)
{
    (void)key;
    (void)fault;
    return true;
}

static const struct {
    const char *name;
    const char *type; /* OpenSSL's, where RSA-PSS is not RSA; NULL: the key is a secret */
    bool (*check)(EVP_PKEY *key, struct key_fault *fault);
} ALGORITHMS[KEY_ALGORITHMS] = {
    [KEY_HS256] = {"HS256", NULL, NULL},
    [KEY_RS256] = {"RS256", "RSA", check_rsa},
    [KEY_ES256] = {"ES256", "EC", check_curve},
    [KEY_EDDSA] = {"EdDSA", "ED25519", check_nothing_more},
};

const char *key_algorithm_name(enum key_algorithm algorithm)
{
    return ALGORITHMS[algorithm].name;
}

bool key_algorithm_parse(struct text name, enum key_algorithm *algorithm_out)
{
    for (unsigned i = 0; i < KEY_ALGORITHMS; i++) {
        *algorithm_out = (enum key_algorithm)i;
        if (text_is(name, ALGORITHMS[i].name))
            return true;
    }
    return false;
}

bool key_algorithm_is_secret(enum key_algorithm algorithm)
{
    return ALGORITHMS[algorithm].type == NULL;
}

static bool holds(struct text text, const char *part)
{
    return memmem(text.ptr, text.len, part, strlen(part)) != NULL;
}

static bool check_secret(struct text secret, struct key_fault *fault)
{
    const char *remedy = "make one with 'openssl rand -hex 32'";

    if (secret.len == 0)
        snprintf(fault->text, sizeof(fault->text), "holds no key: %s", remedy);
    else if (holds(secret, "-----BEGIN ")) /* known to everybody, it would let anybody sign */
        snprintf(
            fault->text, sizeof(fault->text),
            "holds a PEM, which is not a secret for HS256: %s, or set the algorithm of the key",
            remedy);
    else if (secret.len < SECRET_MIN_BYTES)
        snprintf(fault->text, sizeof(fault->text), "holds a key of %zu byte%s, HS256 needs %zu: %s",
                 secret.len, plural(secret.len), SECRET_MIN_BYTES, remedy);
    else
        return true;
    return false;
}

/* Without it OpenSSL would ask for one on the terminal. */
static int no_passphrase(char *buffer, int size, int writing, void *context)
{
    (void)buffer;
    (void)size;
    (void)writing;
    (void)context;
    return -1;
}

/* What people put there by mistake. */
static bool check_pem(struct text pem, struct key_fault *fault)
{
    const struct text begin = TEXT_LITERAL("-----BEGIN ");
    const char *first = memmem(pem.ptr, pem.len, begin.ptr, begin.len);
    struct text rest;

    if (holds(pem, "PRIVATE KEY-----"))
        return refuse(fault, "holds a private key, which belongs to the signer alone: write the "
                             "output of 'openssl pkey -in KEY -pubout' instead");
    if (holds(pem, "-----BEGIN CERTIFICATE-----"))
        return refuse(fault, "holds a certificate: write the output of 'openssl x509 -in CERT "
                             "-pubkey -noout' instead");
    if (first == NULL)
        return refuse(fault, "holds no PEM: write the output of 'openssl pkey -in KEY -pubout'");
    rest.ptr = first + begin.len;
    rest.len = pem.len - (size_t)(rest.ptr - pem.ptr);
    if (memmem(rest.ptr, rest.len, begin.ptr, begin.len) != NULL)
        return refuse(fault, "holds more than one PEM: give each key a file of its own, in a "
                             "key_dir");
    return true;
}

static EVP_PKEY *parse(struct text pem)
{
    BIO *bio;
    EVP_PKEY *key;

    assert(pem.len <= INT_MAX);
    bio = BIO_new_mem_buf(pem.ptr, (int)pem.len);
    assert(bio != NULL); /* out of memory ends the process, as in the arena */
    key = PEM_read_bio_PUBKEY(bio, NULL, no_passphrase, NULL);
    BIO_free(bio);
    ERR_clear_error();
    return key;
}

static bool check_key(enum key_algorithm algorithm, EVP_PKEY *key, struct key_fault *fault)
{
    if (key == NULL)
        return refuse(fault, "holds no public key that can be read: write the output of 'openssl "
                             "pkey -in KEY -pubout'");
    if (EVP_PKEY_is_a(key, ALGORITHMS[algorithm].type) == 1)
        return ALGORITHMS[algorithm].check(key, fault);
    snprintf(fault->text, sizeof(fault->text),
             "holds a key of type %s, %s needs %s: set the algorithm of the key",
             EVP_PKEY_get0_type_name(key), key_algorithm_name(algorithm),
             ALGORITHMS[algorithm].type);
    return false;
}

/* NULL, and a fault, if that is no key for the algorithm. */
static EVP_PKEY *read_public(enum key_algorithm algorithm, struct text pem, struct key_fault *fault)
{
    EVP_PKEY *key;

    if (!check_pem(pem, fault))
        return NULL;
    key = parse(pem);
    if (check_key(algorithm, key, fault))
        return key;
    EVP_PKEY_free(key);
    return NULL;
}

struct key *key_new(enum key_algorithm algorithm, struct text material, struct key_fault *fault_out)
{
    EVP_PKEY *public = NULL;
    struct key *key;

    if (key_algorithm_is_secret(algorithm)) {
        if (!check_secret(material, fault_out))
            return NULL;
    } else {
        public = read_public(algorithm, material, fault_out);
        if (public == NULL)
            return NULL;
    }
    key = alloc_or_die(sizeof(*key));
    *key = (struct key){
        .bytes = alloc_or_die(material.len),
        .len = material.len,
        .public = public,
    };
    memcpy(key->bytes, material.ptr, material.len);
    return key;
}

void key_free(void *ptr)
{
    struct key *key = ptr;

    if (key == NULL)
        return;
    explicit_bzero(key->bytes, key->len);
    free(key->bytes);
    EVP_PKEY_free(key->public);
    free(key);
}

struct text key_material(const struct key *key)
{
    return (struct text){key->bytes, key->len};
}

struct evp_pkey_st *key_public(const struct key *key)
{
    return key->public;
}

static bool is_id_character(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_';
}

bool key_id_valid(struct text id)
{
    for (size_t i = 0; i < id.len; i++)
        if (!is_id_character(id.ptr[i]))
            return false;
    return id.len > 0 && id.len <= KEY_ID_MAX_BYTES;
}
