/* json_dom.h: the parts of a strict JSON text, each as written and, where it is a scalar, decoded.
 * Rule:    json-c decodes what has escapes, save pairs of surrogates; its objects are seen by
 *          json_dom.c alone. Only scalars are ever given to it: a tree of a hostile body would be
 *          hundreds of times the body's size.
 * Owns:    nothing; texts point into the text given, or into json-c's objects, which are put back
 *          when the arena is cleared.
 * Fails:   false with *fault set; what json_text.h refuses never reaches json-c. */
#ifndef MOBYNC_JSON_DOM_H
#define MOBYNC_JSON_DOM_H

#include "arena.h"
#include "attributes.h"
#include "json_text.h"
#include "value.h"

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
