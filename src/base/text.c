/* Comparing, trimming, numbers and UTF-8 of texts; no function allocates. */
#include "text.h"

int text_compare(struct text a, struct text b)
{
    size_t common = a.len < b.len ? a.len : b.len;
    int order = common == 0 ? 0 : memcmp(a.ptr, b.ptr, common);

    if (order != 0)
        return order;
    return a.len < b.len ? -1 : a.len > b.len;
}

bool text_starts_with(struct text t, const char *start)
{
    const size_t len = strlen(start);

    return t.len >= len && memcmp(t.ptr, start, len) == 0;
}

bool text_ends_with(struct text t, const char *end)
{
    const size_t len = strlen(end);

    return t.len >= len && memcmp(t.ptr + t.len - len, end, len) == 0;
}

bool text_equal_nocase(struct text a, struct text b)
{
    if (a.len != b.len)
        return false;
    for (size_t i = 0; i < a.len; i++)
        if (text_lower(a.ptr[i]) != text_lower(b.ptr[i]))
            return false;
    return true;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

struct text text_trim(struct text t)
{
    while (t.len > 0 && is_blank(t.ptr[0])) {
        t.ptr++;
        t.len--;
    }
    while (t.len > 0 && is_blank(t.ptr[t.len - 1]))
        t.len--;
    return t;
}

bool text_to_uint(struct text t, uint64_t max, uint64_t *value_out)
{
    uint64_t value = 0;

    if (t.len == 0)
        return false;
    for (size_t i = 0; i < t.len; i++) {
        unsigned digit = (unsigned)(unsigned char)t.ptr[i] - '0';

        if (digit > 9 || value > (UINT64_MAX - digit) / 10)
            return false;
        value = value * 10 + digit;
    }
    if (value > max)
        return false;
    *value_out = value;
    return true;
}

/* Written backwards from `end`, with at least `least` digits; returns where it begins. */
static char *put_digits(uint64_t value, size_t least, char *end)
{
    char *at = end;

    for (; value > 0 || (size_t)(end - at) < least; value /= 10)
        *--at = (char)('0' + value % 10);
    return at;
}

struct text text_of_int(int64_t value, char chars_out[TEXT_NUMBER_MAX])
{
    char *const end = chars_out + TEXT_NUMBER_MAX;
    char *at = put_digits(value < 0 ? -(uint64_t)value : (uint64_t)value, 1, end);

    if (value < 0)
        *--at = '-';
    return (struct text){at, (size_t)(end - at)};
}

struct text text_of_thousandths(int64_t value, char chars_out[TEXT_NUMBER_MAX])
{
    char *const end = chars_out + TEXT_NUMBER_MAX;
    char *at = put_digits((uint64_t)value % 1000, 3, end);

    *--at = '.';
    at = put_digits((uint64_t)value / 1000, 1, at);
    return (struct text){at, (size_t)(end - at)};
}

/* Bytes of the character at p, or 0 if it is not well-formed (Unicode 15, table 3-7). */
static size_t utf8_char_len(const unsigned char *p, size_t left)
{
    unsigned char low = 0x80, high = 0xBF;
    size_t len;

    if (p[0] < 0x80)
        return 1;
    if (p[0] >= 0xC2 && p[0] <= 0xDF) {
        len = 2;
    } else if (p[0] >= 0xE0 && p[0] <= 0xEF) {
        len = 3;
        low = p[0] == 0xE0 ? 0xA0 : low;   /* overlong */
        high = p[0] == 0xED ? 0x9F : high; /* surrogates */
    } else if (p[0] >= 0xF0 && p[0] <= 0xF4) {
        len = 4;
        low = p[0] == 0xF0 ? 0x90 : low;   /* overlong */
        high = p[0] == 0xF4 ? 0x8F : high; /* above U+10FFFF */
    } else {
        return 0;
    }
    if (left < len || p[1] < low || p[1] > high)
        return 0;
    for (size_t i = 2; i < len; i++)
        if (p[i] < 0x80 || p[i] > 0xBF)
            return 0;
    return len;
}

bool text_is_utf8(struct text t)
{
    const unsigned char *p = (const unsigned char *)t.ptr;
    size_t left = t.len;

    while (left > 0) {
        size_t len = utf8_char_len(p, left);

        if (len == 0)
            return false;
        p += len;
        left -= len;
    }
    return true;
}

size_t text_utf8_length(struct text t)
{
    size_t characters = 0;

    for (size_t i = 0; i < t.len; i++)
        characters += ((unsigned char)t.ptr[i] & 0xC0) != 0x80;
    return characters;
}

uint64_t text_hash(struct text t, uint64_t seed)
{
    uint64_t hash = 14695981039346656037u ^ seed;

    for (size_t i = 0; i < t.len; i++) {
        hash ^= (unsigned char)t.ptr[i];
        hash *= 1099511628211u;
    }
    return hash ^ (hash >> 32);
}
