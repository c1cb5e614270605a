/* json_dom.h: strict JSON to json-c's objects, and an object's members with their text as written.
 * Rule:    json-c's objects are seen by json_dom.c and request.c alone.
 * Owns:    nothing; objects are put back when the arena is cleared, strings lie inside them.
 * Fails:   false with *fault set; what json_text.h refuses never reaches json-c. */
#ifndef MOBYNC_JSON_DOM_H
#define MOBYNC_JSON_DOM_H

#include "arena.h"
#include "attributes.h"
#include "json_text.h"
#include "value.h"

struct json_object;

struct json_entry {
    struct text key; /* decoded; NUL-terminated, and without a NUL before that */
    struct json_token token;
};

struct json_entries {
    struct json_entry *items; /* in the order of the text */
    size_t count;
};

/* The text must be an object. members_out as in json_text_check(). */
NODISCARD bool json_dom_parse(struct text json, struct arena *arena,
                              struct json_members *members_out, struct json_object **object_out,
                              struct json_fault *fault_out);

NODISCARD bool json_dom_entries(struct text json, struct arena *arena,
                                struct json_entries *entries_out, struct json_fault *fault_out);

#endif
