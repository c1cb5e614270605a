/* Strings inside JSON: json_string_skip() checks one, json_string_decode() says what it means. */
#include "json_string.h"

/* What \" and the like stand for; 0 where there is no such escape. */
static const char ESCAPES[256] = {
    ['"'] = '"',  ['\\'] = '\\', ['/'] = '/',  ['b'] = '\b',
    ['f'] = '\f', ['n'] = '\n',  ['r'] = '\r', ['t'] = '\t',
};

/* The code unit of the \uXXXX at `at`, -1 if there is none. */
static int32_t escaped_unit(const char *at, const char *end)
{
    int32_t unit = 0;

    if (end - at < 6 || at[0] != '\\' || at[1] != 'u')
        return -1;
    for (int i = 2; i < 6; i++) {
        char c = at[i];

        if (c >= '0' && c <= '9')
            unit = unit * 16 + (c - '0');
        else if ((c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'))
            unit = unit * 16 + ((c | 0x20) - 'a' + 10);
        else
            return -1;
    }
    return unit;
}

/* The bytes that the \u escape or pair of escapes takes, 0 if it stands for no character. */
static size_t escaped_character(const char *at, const char *end, uint32_t *character_out)
{
    int32_t unit = escaped_unit(at, end);
    int32_t low;

    if (unit < 0 || (unit >= 0xDC00 && unit <= 0xDFFF))
        return 0;
    *character_out = (uint32_t)unit;
    if (unit < 0xD800 || unit > 0xDBFF)
        return 6;
    low = escaped_unit(at + 6, end);
    if (low < 0xDC00 || low > 0xDFFF)
        return 0;
    *character_out = 0x10000 + ((uint32_t)(unit - 0xD800) << 10) + (uint32_t)(low - 0xDC00);
    return 12;
}

static size_t encode_utf8(uint32_t character, char out[4])
{
    static const unsigned char LEADS[] = {0, 0x00, 0xC0, 0xE0, 0xF0};
    size_t len = 1;

    if (character >= 0x80)
        len = character < 0x800 ? 2 : character < 0x10000 ? 3 : 4;
    for (size_t i = len - 1; i > 0; i--) {
        out[i] = (char)(0x80 | (character & 0x3F));
        character >>= 6;
    }
    out[0] = (char)(LEADS[len] | character);
    return len;
}

struct text json_string_decode(struct text raw, struct arena *arena)
{
    const char *end = raw.ptr + raw.len;
    char *out = arena_alloc(arena, raw.len); /* no escape is shorter than what it means */
    size_t len = 0;

    for (const char *at = raw.ptr; at < end;) {
        uint32_t character = 0;

        if (*at != '\\') {
            out[len++] = *at++;
        } else if (at[1] != 'u') {
            out[len++] = ESCAPES[(unsigned char)at[1]];
            at += 2;
        } else {
            at += escaped_character(at, end, &character);
            len += encode_utf8(character, out + len);
        }
    }
    return (struct text){out, len};
}

static bool is_plain(unsigned char c)
{
    return c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
}

/* Eight plain bytes at once. A borrow may make it say no for a word that is plain, never yes for
 * one that is not. */
static bool is_plain_word(const char *at)
{
    const uint64_t ones = 0x0101010101010101u;
    uint64_t word, quote, backslash;

    memcpy(&word, at, sizeof(word));
    quote = word ^ (ones * '"');
    backslash = word ^ (ones * '\\');
    return (((word - ones * 0x20) | (quote - ones) | (backslash - ones) | word) & (ones * 0x80)) ==
           0;
}

static const char *skip_plain(const char *at, const char *end)
{
    while (end - at >= 8 && is_plain_word(at))
        at += 8;
    while (at < end && is_plain((unsigned char)*at))
        at++;
    return at;
}

/* No character spans an ASCII byte, so each run of other bytes must be well-formed in itself. */
static const char *skip_utf8(const char **at, const char *end)
{
    const char *from = *at;
    const char *behind = from;

    while (behind < end && (unsigned char)*behind >= 0x80)
        behind++;
    if (!text_is_utf8((struct text){from, (size_t)(behind - from)}))
        return "it is not UTF-8";
    *at = behind;
    return NULL;
}

static const char *skip_escape(const char **at, const char *end)
{
    uint32_t ignored;
    size_t len;

    if (end - *at >= 2 && ESCAPES[(unsigned char)(*at)[1]] != 0)
        len = 2;
    else
        len = escaped_character(*at, end, &ignored);
    *at += len;
    return len > 0 ? NULL : "invalid escape, or half of a surrogate pair";
}

/* At a byte that is not plain and not the closing quote. */
static const char *skip_special(const char **at, const char *end)
{
    unsigned char byte = (unsigned char)**at;

    if (byte == '\\')
        return skip_escape(at, end);
    if (byte >= 0x80)
        return skip_utf8(at, end);
    return "unescaped control character in a string";
}

const char *json_string_skip(const char **at, const char *end, bool *escaped_out)
{
    const char *reason = NULL;

    *escaped_out = false;
    *at = skip_plain(*at + 1, end);
    while (reason == NULL && *at < end && **at != '"') {
        *escaped_out |= **at == '\\';
        reason = skip_special(at, end);
        if (reason == NULL)
            *at = skip_plain(*at, end);
    }
    if (reason == NULL && *at == end)
        reason = "it ends inside a string";
    if (reason == NULL)
        (*at)++;
    return reason;
}
