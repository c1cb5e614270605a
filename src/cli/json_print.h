/* json_print.h: members of the JSON objects that commands print.
 * Owns:    nothing; the text goes to the caller's buffer.
 * Holds:   what is written is strict JSON, whatever the texts hold; commas come by themselves. */
#ifndef MOBYNC_JSON_PRINT_H
#define MOBYNC_JSON_PRINT_H

#include "buf.h"

/* `"key":`, behind a comma unless it is the first of its object. */
void json_print_key(struct buf *json, const char *key);
/* A text that is not UTF-8 becomes "?". */
void json_print_text(struct buf *json, const char *key, struct text text);
void json_print_integer(struct buf *json, const char *key, int64_t integer);
void json_print_bool(struct buf *json, const char *key, bool value);
/* JSON as it is, without white space; null where there is none. */
void json_print_raw(struct buf *json, const char *key, struct text raw);
/* UTC to the second; null for 0. */
void json_print_moment(struct buf *json, const char *key, int64_t time_ms);

/* Writes it to standard output and empties the buffer. */
void json_print_flush(struct buf *json);

#endif
