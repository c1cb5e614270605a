/* Strings, and texts that are JSON: lists and any value. */
#include "json_write.h"
#include "value_real.h"
#include "value_type.h"

const char *value_text_parse_string(struct value_input *input, struct value *value)
{
    value->text = input->token->string;
    return input->token->kind == JSON_KIND_STRING ? NULL : "a string is expected";
}

/* Behind the string that begins at `at`. */
static const char *skip_string(const char *at)
{
    for (at++; *at != '"'; at++)
        if (*at == '\\')
            at++;
    return at + 1;
}

/* The text is a strict array: beside strings, numbers, commas and white space it can only hold the
 * beginning of a literal or of a nested value. */
static bool is_flat_list(struct text raw)
{
    const char *end = raw.ptr + raw.len - 1; /* at the closing bracket */

    for (const char *at = raw.ptr + 1; at < end;) {
        char *behind;
        double ignored;

        if (*at == '"') {
            at = skip_string(at);
        } else if (*at == '-' || (*at >= '0' && *at <= '9')) {
            if (!value_real_read(at, &ignored, &behind))
                return false;
            at = behind;
        } else if (strchr(", \t\r\n", *at) != NULL) {
            at++;
        } else {
            return false;
        }
    }
    return true;
}

const char *value_text_parse_list(struct value_input *input, struct value *value)
{
    value->text = input->token->raw;
    return input->token->kind == JSON_KIND_ARRAY && is_flat_list(value->text)
               ? NULL
               : "a list of integers, finite floats and strings, not nested, is expected";
}

const char *value_text_parse_json(struct value_input *input, struct value *value)
{
    value->text = input->token->raw;
    return NULL;
}

void value_text_write_string(const struct mapped_field *at, const struct value *value,
                             struct buf *buf)
{
    (void)at;
    json_write_string(buf, value->text);
}

void value_text_write_json(const struct mapped_field *at, const struct value *value,
                           struct buf *buf)
{
    (void)at;
    json_write_compact(buf, value->text);
}
