/* JSON strings and compact texts, written eight bytes at a time where nothing needs an escape. */
#include "json_write.h"

#define LONGEST_ESCAPE ((size_t)6)
#define PIECE_BYTES    ((size_t)1024) /* for which room is made at once */

/* What follows the backslash; 0 for bytes that need none, 'u' for the long form. */
static const char ESCAPE_LETTERS[256] = {
    [0x00] = 'u', [0x01] = 'u', [0x02] = 'u', [0x03] = 'u',  [0x04] = 'u', [0x05] = 'u',
    [0x06] = 'u', [0x07] = 'u', [0x08] = 'b', [0x09] = 't',  [0x0A] = 'n', [0x0B] = 'u',
    [0x0C] = 'f', [0x0D] = 'r', [0x0E] = 'u', [0x0F] = 'u',  [0x10] = 'u', [0x11] = 'u',
    [0x12] = 'u', [0x13] = 'u', [0x14] = 'u', [0x15] = 'u',  [0x16] = 'u', [0x17] = 'u',
    [0x18] = 'u', [0x19] = 'u', [0x1A] = 'u', [0x1B] = 'u',  [0x1C] = 'u', [0x1D] = 'u',
    [0x1E] = 'u', [0x1F] = 'u', ['"'] = '"',  ['\\'] = '\\',
};

static char *put_control(char *out, unsigned char byte)
{
    static const char HEX[] = "0123456789abcdef";

    *out++ = '\\';
    *out++ = ESCAPE_LETTERS[byte];
    if (ESCAPE_LETTERS[byte] != 'u')
        return out;
    *out++ = '0';
    *out++ = '0';
    *out++ = HEX[byte >> 4];
    *out++ = HEX[byte & 0x0F];
    return out;
}

/* Without a branch for quotes: in a JSON text every few bytes there is one. */
static char *put_byte(char *out, unsigned char byte)
{
    if (byte < 0x20)
        return put_control(out, byte);
    *out = '\\';
    out += byte == '"' || byte == '\\';
    *out = (char)byte;
    return out + 1;
}

/* Eight bytes that need no escape. A borrow may make it say no for such, never yes for others. */
static bool needs_no_escape(uint64_t word)
{
    const uint64_t ones = 0x0101010101010101u;
    const uint64_t quote = word ^ (ones * '"'), backslash = word ^ (ones * '\\');

    return ((((word - ones * 0x20) & ~word) | ((quote - ones) & ~quote) |
             ((backslash - ones) & ~backslash)) &
            (ones * 0x80)) == 0;
}

/* Each byte takes LONGEST_ESCAPE bytes of `out` at most. */
static char *put_bytes(char *out, const char *at, const char *end)
{
    uint64_t word;

    for (; (size_t)(end - at) >= sizeof(word); at += sizeof(word)) {
        memcpy(&word, at, sizeof(word));
        if (needs_no_escape(word)) {
            memcpy(out, &word, sizeof(word));
            out += sizeof(word);
            continue;
        }
        for (size_t i = 0; i < sizeof(word); i++)
            out = put_byte(out, (unsigned char)at[i]);
    }
    for (; at < end; at++)
        out = put_byte(out, (unsigned char)*at);
    return out;
}

char *json_put_string(char *out, struct text string)
{
    *out++ = '"';
    if (string.len > 0)
        out = put_bytes(out, string.ptr, string.ptr + string.len);
    *out++ = '"';
    return out;
}

static size_t escaped_length(struct text string)
{
    size_t length = string.len;

    for (size_t i = 0; i < string.len; i++) {
        char letter = ESCAPE_LETTERS[(unsigned char)string.ptr[i]];

        length += letter == 0 ? 0 : letter == 'u' ? LONGEST_ESCAPE - 1 : 1;
    }
    return length;
}

/* Near the buffer's maximum only what is really needed counts. */
static char *make_room(struct buf *buf, struct text piece)
{
    const size_t left = buf->max_bytes - buf->len, most = LONGEST_ESCAPE * piece.len;

    return buf_reserve(buf, most <= left ? most : escaped_length(piece));
}

void json_write_string(struct buf *buf, struct text string)
{
    buf_add_char(buf, '"');
    for (size_t done = 0; done < string.len && !buf->overflow; done += PIECE_BYTES) {
        const size_t left = string.len - done;
        const struct text piece = {string.ptr + done, left < PIECE_BYTES ? left : PIECE_BYTES};
        char *out = make_room(buf, piece);

        if (out == NULL)
            return;
        buf->len = (size_t)(put_bytes(out, piece.ptr, piece.ptr + piece.len) - buf->data);
        buf->data[buf->len] = '\0';
    }
    buf_add_char(buf, '"');
}

void json_write_compact(struct buf *buf, struct text json)
{
    bool in_string = false;
    size_t run = 0;

    for (size_t i = 0; i < json.len; i++) {
        char c = json.ptr[i];

        if (c == '"') {
            in_string = !in_string;
        } else if (in_string && c == '\\') {
            i++; /* what is escaped never ends the string */
        } else if (!in_string && (c == ' ' || c == '\n' || c == '\r' || c == '\t')) {
            buf_add(buf, json.ptr + run, i - run);
            run = i + 1;
        }
    }
    if (json.len > run)
        buf_add(buf, json.ptr + run, json.len - run);
}
