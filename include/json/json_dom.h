/* json_dom.h: the parts of a strict JSON text, each as written and, where it is a scalar, decoded.
 * Pure:    no I/O, no locale.
 * Rule:    json-c decodes what has escapes, save pairs of surrogates; its objects are seen by
 *          json_dom.c alone. Only scalars are ever given to it: a tree of a hostile body would be
 *          hundreds of times the body's size.
 * Owns:    nothing; texts point into the text given, or into json-c's objects, which are put back
 *          when the arena is cleared.
 * Units:   bytes; a fault's offset counts from the beginning of the text.
 * Fails:   false with *fault set; what json_check.h refuses never reaches json-c.
 * Holds:   what is decoded is what the text says, byte for byte; numbers stay as written. */
#ifndef MOBYNC_JSON_DOM_H
#define MOBYNC_JSON_DOM_H

#include "json_check.h"

enum json_kind {
    JSON_KIND_NULL,
    JSON_KIND_BOOLEAN,
    JSON_KIND_INTEGER, /* a number without fraction and exponent, of any size */
    JSON_KIND_REAL,
    JSON_KIND_STRING,
    JSON_KIND_ARRAY,
    JSON_KIND_OBJECT,
};

/* One JSON value: its text as written, and for a string its characters. Behind a number stands a
 * byte that ends it: a comma, brace, bracket, white space or NUL. */
struct json_token {
    enum json_kind kind;
    struct text raw;
    struct text string;
};

struct json_entry {
    struct text key; /* decoded */
    struct json_token token;
};

struct json_entries {
    struct json_entry *items; /* in the order of the text */
    size_t count;
};

/* The members of an object. The text is checked; it must be an object. */
NODISCARD bool json_dom_entries(struct text json, struct arena *arena,
                                struct json_entries *entries_out, struct json_fault *fault_out);

/* NULL if there is no member of that key. */
const struct json_token *json_dom_find(const struct json_entries *entries, const char *key);

/* The elements of an array that was checked as part of its text: no more than `most` are given,
 * *count_out counts all. */
struct json_member *json_dom_elements(struct text json, size_t most, struct arena *arena,
                                      size_t *count_out);

/* A value of a text that was checked. */
struct json_token json_dom_token(struct text raw, struct arena *arena);

/* An integer from 0 to max. */
bool json_dom_counter(const struct json_token *token, int64_t max, int64_t *counter_out);

#endif
