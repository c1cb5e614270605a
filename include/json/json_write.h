/* json_write.h: strings and texts written as compact JSON.
 * Pure:    no I/O, no locale.
 * Owns:    nothing; what is written goes to the caller's buffer.
 * Units:   bytes of UTF-8.
 * Fails:   never; the buffer's maximum is the caller's to look at (buf.h).
 * Holds:   of strict JSON, strict JSON comes out; of a text that is UTF-8, a string that decodes
 *          to it. */
#ifndef MOBYNC_JSON_WRITE_H
#define MOBYNC_JSON_WRITE_H

#include "buf.h"

/* Appends the string with its quotes; only ", \ and control characters are escaped (\n \t \r \b \f,
 * else \u00XX). The text must be UTF-8. */
void json_write_string(struct buf *buf, struct text string);

/* Bytes that a string of so many bytes takes at most. */
#define JSON_STRING_BOUND(len) (6 * (len) + 2)

/* The same into memory that holds JSON_STRING_BOUND() bytes; returns what is behind the string. */
char *json_put_string(char *out, struct text string);

/* Appends a strict JSON text without the white space between its tokens, otherwise as written. */
void json_write_compact(struct buf *buf, struct text json);

#endif
