/* Bytes as base64 (RFC 4648 4, with padding), and UUIDs, which some columns have as 16 bytes, or
 * without hyphens. */
#include <stdio.h>

#include "id.h"
#include "json_write.h"
#include "value_type.h"

static const char ALPHABET[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=";
#define PADDING 64u

static int sextet_of(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    if (c == '+')
        return 62;
    return c == '/' ? 63 : -1;
}

/* Four characters, of which the last `padding` are =. Unused bits are 0, so that the same bytes
 * have one spelling. */
static bool decode_group(const char *group, size_t padding, unsigned char bytes_out[3])
{
    unsigned bits = 0;

    for (size_t i = 0; i < 4; i++) {
        const int sextet = i < 4 - padding ? sextet_of(group[i]) : 0;

        if (sextet < 0)
            return false;
        bits = bits << 6 | (unsigned)sextet;
    }
    for (size_t i = 0; i < 3; i++)
        bytes_out[i] = (unsigned char)(bits >> (16 - 8 * i));
    return (padding < 1 || bytes_out[2] == 0) && (padding < 2 || bytes_out[1] == 0);
}

static bool decode(struct text base64, struct arena *arena, struct text *bytes_out)
{
    const size_t groups = base64.len / 4;
    size_t padding = 0;
    char *bytes = arena_alloc(arena, groups * 3 + 1);

    if (base64.len % 4 != 0)
        return false;
    while (padding < 2 && padding < base64.len && base64.ptr[base64.len - 1 - padding] == '=')
        padding++;
    for (size_t i = 0; i < groups; i++) {
        unsigned char group[3];

        if (!decode_group(base64.ptr + 4 * i, i + 1 == groups ? padding : 0, group))
            return false;
        memcpy(bytes + 3 * i, group, sizeof(group));
    }
    *bytes_out = (struct text){bytes, groups * 3 - padding};
    bytes[bytes_out->len] = '\0';
    return true;
}

static const char *fit_bytes(struct value_input *input, size_t len)
{
    const enum column_type type = column_type_of(&input->at);
    const struct column *column = input->at.column;

    if ((type != COLUMN_BINARY || len == column->bytes) &&
        (type != COLUMN_VARBINARY || len <= column->bytes))
        return NULL;
    snprintf(input->reason, sizeof(input->reason), "%s %llu byte%s expected",
             type == COLUMN_BINARY ? "exactly" : "at most", (unsigned long long)column->bytes,
             column->bytes == 1 ? " is" : "s are");
    return input->reason;
}

const char *value_bytes_parse(struct value_input *input, struct value *value)
{
    if (input->token->kind != JSON_KIND_STRING ||
        !decode(input->token->string, input->arena, &value->text))
        return "a string in base64, with its padding, is expected";
    return fit_bytes(input, value->text.len);
}

void value_bytes_write(const struct mapped_field *at, const struct value *value, struct buf *buf)
{
    const unsigned char *bytes = (const unsigned char *)value->text.ptr;
    const size_t len = value->text.len;

    (void)at;
    buf_add_char(buf, '"');
    for (size_t i = 0; i < len; i += 3) {
        const unsigned second = i + 1 < len ? bytes[i + 1] : 0,
                       third = i + 2 < len ? bytes[i + 2] : 0;
        const unsigned bits = (unsigned)bytes[i] << 16 | second << 8 | third;

        buf_add_char(buf, ALPHABET[bits >> 18]);
        buf_add_char(buf, ALPHABET[bits >> 12 & 63]);
        buf_add_char(buf, ALPHABET[i + 1 < len ? bits >> 6 & 63 : PADDING]);
        buf_add_char(buf, ALPHABET[i + 2 < len ? bits & 63 : PADDING]);
    }
    buf_add_char(buf, '"');
}

const char *value_bytes_parse_uuid(struct value_input *input, struct value *value)
{
    unsigned char ignored[ID_UUID_BYTES];

    value->text = input->token->string;
    if (input->token->kind != JSON_KIND_STRING || !id_uuid_parse(value->text, ignored))
        return "a UUID, such as \"5b0cf2a1-90f3-4c40-a2f5-0d3c5e0e8a11\", is expected";
    /* Elsewhere, in texts that refer to it, the letters would be others. */
    return id_is_uuid(value->text) ? NULL : "a UUID in lower case is expected";
}

static bool has_bytes(const struct mapped_field *at)
{
    const enum column_type type = column_type_of(at);

    return type == COLUMN_BINARY || type == COLUMN_VARBINARY;
}

static bool omits_hyphens(const struct mapped_field *at)
{
    return at->column != NULL && column_omits_hyphens(at->column);
}

static struct text uuid_text(const unsigned char bytes[ID_UUID_BYTES], struct arena *arena)
{
    char *uuid = arena_alloc(arena, ID_UUID_LEN + 1);

    id_uuid_write(bytes, uuid);
    return (struct text){uuid, ID_UUID_LEN};
}

/* Of bytes that are no UUID. */
static struct text hex_of(struct text bytes, struct arena *arena)
{
    static const char HEX[] = "0123456789abcdef";
    char *text = arena_alloc(arena, bytes.len * 2 + 1);
    size_t len = 0;

    for (size_t i = 0; i < bytes.len; i++) {
        const unsigned char byte = (unsigned char)bytes.ptr[i];

        text[len++] = HEX[byte >> 4];
        text[len++] = HEX[byte & 15];
    }
    text[len] = '\0';
    return (struct text){text, len};
}

bool value_bytes_from_uuid(const struct mapped_field *at, const struct value *raw,
                           struct arena *arena, struct value *value)
{
    unsigned char bytes[ID_UUID_BYTES];

    if (raw->kind != VALUE_TEXT)
        return false;
    if (!has_bytes(at)) {
        if (id_uuid_parse(raw->text, bytes) ||
            (omits_hyphens(at) && id_uuid_parse_digits(raw->text, bytes)))
            value->text = uuid_text(bytes, arena);
    } else if (raw->text.len == ID_UUID_BYTES) {
        value->text = uuid_text((const unsigned char *)raw->text.ptr, arena);
    } else {
        value->text = hex_of(raw->text, arena);
    }
    return true;
}

bool value_bytes_to_uuid(const struct mapped_field *at, const struct value *value,
                         struct arena *arena, struct value *raw)
{
    struct text held;

    if (value->kind != VALUE_TEXT || (!has_bytes(at) && !omits_hyphens(at)) ||
        !id_uuid_hold(value->text, omits_hyphens(at), arena, &held))
        return false;
    *raw = (struct value){.kind = VALUE_TEXT, .text = held};
    return true;
}
