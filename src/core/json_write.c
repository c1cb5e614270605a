#include "json_text.h"

/* What follows the backslash; 0 for bytes that need none, 'u' for the long form. */
static const char ESCAPE_LETTERS[256] = {
    [0x00] = 'u', [0x01] = 'u', [0x02] = 'u', [0x03] = 'u',  [0x04] = 'u', [0x05] = 'u',
    [0x06] = 'u', [0x07] = 'u', [0x08] = 'b', [0x09] = 't',  [0x0A] = 'n', [0x0B] = 'u',
    [0x0C] = 'f', [0x0D] = 'r', [0x0E] = 'u', [0x0F] = 'u',  [0x10] = 'u', [0x11] = 'u',
    [0x12] = 'u', [0x13] = 'u', [0x14] = 'u', [0x15] = 'u',  [0x16] = 'u', [0x17] = 'u',
    [0x18] = 'u', [0x19] = 'u', [0x1A] = 'u', [0x1B] = 'u',  [0x1C] = 'u', [0x1D] = 'u',
    [0x1E] = 'u', [0x1F] = 'u', ['"'] = '"',  ['\\'] = '\\',
};

static void write_escape(struct buf *buf, unsigned char byte)
{
    static const char HEX[] = "0123456789abcdef";
    const char escape[] = {'\\', ESCAPE_LETTERS[byte], '0', '0', HEX[byte >> 4], HEX[byte & 0x0F]};

    buf_add(buf, escape, escape[1] == 'u' ? 6 : 2);
}

void json_write_string(struct buf *buf, struct text string)
{
    size_t run = 0; /* where the bytes that are not written yet begin */

    buf_add_char(buf, '"');
    for (size_t i = 0; i < string.len; i++) {
        unsigned char byte = (unsigned char)string.ptr[i];

        if (ESCAPE_LETTERS[byte] == 0)
            continue;
        buf_add(buf, string.ptr + run, i - run);
        write_escape(buf, byte);
        run = i + 1;
    }
    if (string.len > run)
        buf_add(buf, string.ptr + run, string.len - run);
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
