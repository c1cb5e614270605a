#include "key.h"

#include <stdio.h>
#include <stdlib.h>

#include "arena.h"
#include "key_parts.h"

/* The output of SHA-256: a shorter key is weaker than the signature (RFC 7518, 3.2). */
#define SECRET_MIN_BYTES ((size_t)32)

struct key {
    char *bytes;
    size_t len;
};

static const struct {
    const char *name;
    bool is_secret;
} ALGORITHMS[KEY_ALGORITHMS] = {
    [KEY_HS256] = {"HS256", true},
    [KEY_RS256] = {"RS256", false},
    [KEY_ES256] = {"ES256", false},
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
    return ALGORITHMS[algorithm].is_secret;
}

/* A public key is known to everybody: as a secret it would let anybody sign. */
static bool is_pem(struct text material)
{
    const struct text begin = TEXT_LITERAL("-----BEGIN ");

    return memmem(material.ptr, material.len, begin.ptr, begin.len) != NULL;
}

static bool check_secret(struct text secret, struct key_fault *fault)
{
    const char *remedy = "make one with 'openssl rand -hex 32'";

    if (secret.len == 0)
        snprintf(fault->text, sizeof(fault->text), "holds no key: %s", remedy);
    else if (is_pem(secret))
        snprintf(fault->text, sizeof(fault->text),
                 "holds a PEM, which is no secret for HS256: %s, or set the algorithm of the key",
                 remedy);
    else if (secret.len < SECRET_MIN_BYTES)
        snprintf(fault->text, sizeof(fault->text), "holds a key of %zu bytes, HS256 needs %zu: %s",
                 secret.len, SECRET_MIN_BYTES, remedy);
    else
        return true;
    return false;
}

struct key *key_new(enum key_algorithm algorithm, struct text material, struct key_fault *fault_out)
{
    bool good = key_algorithm_is_secret(algorithm)
                    ? check_secret(material, fault_out)
                    : key_public_check(algorithm, material, fault_out);
    struct key *key;

    if (!good)
        return NULL;
    key = alloc_or_die(sizeof(*key));
    *key = (struct key){.bytes = alloc_or_die(material.len), .len = material.len};
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
    free(key);
}

struct text key_material(const struct key *key)
{
    return (struct text){key->bytes, key->len};
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
