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

static void write_uuid(unsigned char raw[16], unsigned version, char uuid_out[ID_UUID_LEN + 1])
{
    static const char HEX[] = "0123456789abcdef";
    size_t at = 0;

    raw[6] = (unsigned char)((raw[6] & 0x0F) | version << 4);
    raw[8] = (unsigned char)((raw[8] & 0x3F) | 0x80); /* variant of RFC 9562 */
    for (size_t i = 0; i < 16; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            uuid_out[at++] = '-';
        uuid_out[at++] = HEX[raw[i] >> 4];
        uuid_out[at++] = HEX[raw[i] & 0x0F];
    }
    uuid_out[at] = '\0';
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
