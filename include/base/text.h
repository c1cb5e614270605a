/* text.h: a run of bytes with its length; not NUL-terminated unless a function says so.
 * Pure:    no allocation, no locale.
 * Owns:    nothing; a text points into memory that somebody else keeps.
 * Units:   len is in bytes; text_utf8_length() counts characters.
 * Fails:   false, or the empty text; no function looks past len.
 * Holds:   a text with len 0 may have any ptr, NULL too. */
#ifndef MOBYNC_TEXT_H
#define MOBYNC_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct text {
    const char *ptr;
    size_t len;
};

#define TEXT_LITERAL(s)                                                                            \
    (struct text)                                                                                  \
    {                                                                                              \
        "" s, sizeof(s) - 1                                                                        \
    }
/* For printf's "%.*s". */
#define TEXT_ARG(t) (int)(t).len, (t).len > 0 ? (t).ptr : ""

static inline struct text text_of(const char *s)
{
    return s == NULL ? (struct text){NULL, 0} : (struct text){s, strlen(s)};
}

static inline bool text_equal(struct text a, struct text b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

static inline bool text_is(struct text a, const char *s)
{
    return text_equal(a, text_of(s));
}

/* Byte order, shorter first among equals; <0, 0, >0. */
int text_compare(struct text a, struct text b);

bool text_starts_with(struct text t, const char *start);
bool text_ends_with(struct text t, const char *end);

/* An ASCII letter in lower case, whatever the locale; any other byte as it is. */
static inline char text_lower(char c)
{
    return (char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
}

/* ASCII letters compare without case: for names of HTTP and SQL only. */
bool text_equal_nocase(struct text a, struct text b);

/* The text without the ASCII spaces and tabs around it. */
struct text text_trim(struct text t);

/* Decimal digits only, no sign or space; false if empty, anything else is there, or it exceeds max.
 */
bool text_to_uint(struct text t, uint64_t max, uint64_t *value_out);

#define TEXT_NUMBER_MAX 24 /* enough for either of these; the text lies in chars_out */

struct text text_of_int(int64_t value, char chars_out[TEXT_NUMBER_MAX]);
/* "1.234" of 1234; value >= 0. */
struct text text_of_thousandths(int64_t value, char chars_out[TEXT_NUMBER_MAX]);

/* Well-formed UTF-8 (no overlong form, no surrogate, <= U+10FFFF). */
bool text_is_utf8(struct text t);

/* Characters (code points) of a text that is well-formed UTF-8. */
size_t text_utf8_length(struct text t);

/* 64-bit FNV-1a, seeded: for hash tables in memory, never for secrets. */
uint64_t text_hash(struct text t, uint64_t seed);

#endif
