/* Writes key and value as one step, so that no caller counts commas: json_print_key() looks at what
 * stands before. */
#include "json_print.h"

#include <stdio.h>

#include "json_write.h"
#include "terminal.h"

void json_print_key(struct buf *json, const char *key)
{
    char last = '{';

    if (json->len > 0)
        last = json->data[json->len - 1];
    if (last != '{' && last != '[' && last != ',')
        buf_add_char(json, ',');
    buf_printf(json, "\"%s\":", key);
}

void json_print_text(struct buf *json, const char *key, struct text text)
{
    json_print_key(json, key);
    json_write_string(json, text_is_utf8(text) ? text : TEXT_LITERAL("?"));
}

void json_print_integer(struct buf *json, const char *key, int64_t integer)
{
    json_print_key(json, key);
    buf_add_int(json, integer);
}

void json_print_bool(struct buf *json, const char *key, bool value)
{
    json_print_key(json, key);
    buf_add_str(json, value ? "true" : "false");
}

void json_print_raw(struct buf *json, const char *key, struct text raw)
{
    json_print_key(json, key);
    if (raw.len > 0)
        json_write_compact(json, raw);
    else
        buf_add_str(json, "null");
}

void json_print_moment(struct buf *json, const char *key, int64_t time_ms)
{
    char moment[TERMINAL_TIME_SIZE];

    terminal_time(time_ms, moment);
    if (time_ms == 0)
        json_print_raw(json, key, TEXT_LITERAL(""));
    else
        json_print_text(json, key, text_of(moment));
}

void json_print_flush(struct buf *json)
{
    fwrite(buf_text(json).ptr, 1, json->len, stdout);
    buf_clear(json);
}
