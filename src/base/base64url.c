/* base64url to bytes and nothing else: of all spellings of the same bytes one is accepted. */
#include "base64url.h"

#define NO_LETTER 64u

static unsigned value_of(char c)
{
    if (c >= 'A' && c <= 'Z')
        return (unsigned)(c - 'A');
    if (c >= 'a' && c <= 'z')
        return (unsigned)(c - 'a') + 26;
    if (c >= '0' && c <= '9')
        return (unsigned)(c - '0') + 52;
    if (c == '-')
        return 62;
    return c == '_' ? 63 : NO_LETTER;
}

bool base64url_is_letter(char c)
{
    return value_of(c) != NO_LETTER;
}

bool base64url_decode(struct text encoded, struct arena *arena, struct text *bytes_out)
{
    char *bytes = arena_alloc(arena, encoded.len / 4 * 3 + 3);
    uint32_t held = 0; /* bits that make no whole byte yet */
    unsigned held_count = 0;
    size_t len = 0;

    for (size_t i = 0; i < encoded.len; i++) {
        unsigned value = value_of(encoded.ptr[i]);

        if (value == NO_LETTER)
            return false;
        held = held << 6 | value;
        held_count += 6;
        if (held_count < 8)
            continue;
        held_count -= 8;
        bytes[len++] = (char)(unsigned char)(held >> held_count);
        held &= (1u << held_count) - 1;
    }
    *bytes_out = (struct text){bytes, len};
    return held_count < 6 && held == 0;
}
