/* Random bytes, UUIDs and keyed hashes. */
#include "id.h"

#include <errno.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

void id_random_bytes(void *bytes, size_t len)
{
    unsigned char *at = bytes;

    while (len > 0) {
        ssize_t got = getrandom(at, len, 0);

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0) {
            perror("getrandom");
            abort();
        }
        at += got;
        len -= (size_t)got;
    }
}

static bool is_hyphen_before(size_t byte)
{
    return byte == 4 || byte == 6 || byte == 8 || byte == 10;
}

static void write_hex(const unsigned char bytes[ID_UUID_BYTES], bool hyphens, char *out)
{
    static const char HEX[] = "0123456789abcdef";

    for (size_t i = 0; i < ID_UUID_BYTES; i++) {
        if (hyphens && is_hyphen_before(i))
            *out++ = '-';
        *out++ = HEX[bytes[i] >> 4];
        *out++ = HEX[bytes[i] & 0x0F];
    }
    *out = '\0';
}

void id_uuid_write(const unsigned char bytes[ID_UUID_BYTES], char uuid_out[ID_UUID_LEN + 1])
{
    write_hex(bytes, true, uuid_out);
}

void id_uuid_write_digits(const unsigned char bytes[ID_UUID_BYTES],
                          char digits_out[ID_UUID_DIGITS + 1])
{
    write_hex(bytes, false, digits_out);
}

/* Its value, or 16. */
static unsigned hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return (unsigned)(c - '0');
    if (c >= 'a' && c <= 'f')
        return (unsigned)(c - 'a') + 10;
    return c >= 'A' && c <= 'F' ? (unsigned)(c - 'A') + 10 : 16;
}

static bool parse_hex(const char *at, bool hyphens, unsigned char bytes_out[ID_UUID_BYTES])
{
    for (size_t i = 0; i < ID_UUID_BYTES; i++) {
        unsigned high, low;

        if (hyphens && is_hyphen_before(i) && *at++ != '-')
            return false;
        high = hex_digit(*at++);
        low = hex_digit(*at++);
        if (high > 15 || low > 15)
            return false;
        bytes_out[i] = (unsigned char)(high << 4 | low);
    }
    return true;
}

bool id_uuid_parse(struct text t, unsigned char bytes_out[ID_UUID_BYTES])
{
    return t.len == ID_UUID_LEN && parse_hex(t.ptr, true, bytes_out);
}

bool id_uuid_parse_digits(struct text t, unsigned char bytes_out[ID_UUID_BYTES])
{
    return t.len == ID_UUID_DIGITS && parse_hex(t.ptr, false, bytes_out);
}

bool id_uuid_hold(struct text t, bool digits, struct arena *arena, struct text *held_out)
{
    unsigned char bytes[ID_UUID_BYTES];
    char text[ID_UUID_DIGITS + 1];
    struct text held = {(const char *)bytes, ID_UUID_BYTES};

    if (!id_uuid_parse(t, bytes))
        return false;
    if (digits) {
        id_uuid_write_digits(bytes, text);
        held = (struct text){text, ID_UUID_DIGITS};
    }
    *held_out = arena_text(arena, held);
    return true;
}

bool id_is_uuid(struct text t)
{
    unsigned char bytes[ID_UUID_BYTES];

    if (!id_uuid_parse(t, bytes))
        return false;
    for (size_t i = 0; i < t.len; i++)
        if (t.ptr[i] >= 'A' && t.ptr[i] <= 'F')
            return false;
    return true;
}

static void write_uuid(unsigned char raw[ID_UUID_BYTES], unsigned version,
                       char uuid_out[ID_UUID_LEN + 1])
{
    raw[6] = (unsigned char)((raw[6] & 0x0F) | version << 4);
    raw[8] = (unsigned char)((raw[8] & 0x3F) | 0x80); /* variant of RFC 9562 */
    id_uuid_write(raw, uuid_out);
}

void id_uuid(char uuid_out[ID_UUID_LEN + 1])
{
    unsigned char raw[16];

    id_random_bytes(raw, sizeof(raw));
    write_uuid(raw, 4, uuid_out);
}

void id_uuid_of(struct text name, char uuid_out[ID_UUID_LEN + 1])
{
    unsigned char hash[SHA256_DIGEST_LENGTH];

    SHA256((const unsigned char *)name.ptr, name.len, hash);
    write_uuid(hash, 8, uuid_out);
}

uint64_t id_hash_of(const unsigned char key[ID_KEY_BYTES], struct text name)
{
    unsigned char keyed[ID_KEY_BYTES + SHA256_DIGEST_LENGTH] = {0};
    unsigned char hash[SHA256_DIGEST_LENGTH] = {0};
    uint64_t number;

    memcpy(keyed, key, ID_KEY_BYTES);
    SHA256((const unsigned char *)name.ptr, name.len, keyed + ID_KEY_BYTES);
    SHA256(keyed, sizeof(keyed), hash);
    memcpy(&number, hash, sizeof(number));
    return number;
}

bool id_is_made(struct text t)
{
    return id_is_uuid(t) && t.ptr[14] == '8';
}
