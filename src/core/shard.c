/* Owners by shards: shard_home() is the way from one to the other. */
#include "shard.h"

#include <assert.h>
#include <openssl/sha.h>

#define SLOT_DIGITS ((size_t)4)

static bool parse_slot(struct text digits, unsigned *slot_out)
{
    static const char HEX[] = "0123456789abcdef";

    *slot_out = 0;
    for (size_t i = 0; i < SLOT_DIGITS; i++) {
        const char *digit = digits.ptr[i] != '\0' ? strchr(HEX, digits.ptr[i]) : NULL;

        if (digit == NULL)
            return false;
        *slot_out = *slot_out * 16 + (unsigned)(digit - HEX);
    }
    return true;
}

bool shard_range_parse(struct text range, unsigned *from_out, unsigned *to_out)
{
    if (range.len != 2 * SLOT_DIGITS + 1 || range.ptr[SLOT_DIGITS] != '-')
        return false;
    return parse_slot((struct text){range.ptr, SLOT_DIGITS}, from_out) &&
           parse_slot((struct text){range.ptr + SLOT_DIGITS + 1, SLOT_DIGITS}, to_out) &&
           *from_out <= *to_out;
}

bool shard_name_valid(struct text name)
{
    static const char CHARS[] = "abcdefghijklmnopqrstuvwxyz0123456789_";

    for (size_t i = 0; i < name.len; i++)
        if (name.ptr[i] == '\0' || strchr(CHARS, name.ptr[i]) == NULL)
            return false;
    return name.len > 0 && name.len <= SHARD_NAME_MAX;
}

size_t shard_home(const struct shard_list *shards, struct text owner)
{
    unsigned char hash[SHA256_DIGEST_LENGTH];
    unsigned slot;

    assert(shards->count > 0);
    SHA256((const unsigned char *)owner.ptr, owner.len, hash);
    slot = (unsigned)hash[0] << 8 | hash[1];
    for (size_t i = 0; i < shards->count; i++)
        if (slot >= shards->items[i].from && slot <= shards->items[i].to)
            return i;
    assert(!"the ranges of the shards cover all slots");
    return 0;
}

bool shard_find(const struct shard_list *shards, struct text name, size_t *index_out)
{
    for (size_t i = 0; i < shards->count; i++)
        if (text_equal(shards->items[i].name, name)) {
            *index_out = i;
            return true;
        }
    return false;
}
