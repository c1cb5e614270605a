/* json_check.h: is this strict JSON (RFC 8259, docs/protocol.md 2), to the byte?
 * Pure:    no I/O, no locale; reads each byte once; the stack does not grow with the input's depth.
 * Refuses: anything besides one value and white space; NaN, Infinity, comments, single quotes, raw
 *          control characters, bad or lone \u escapes, a key twice in one object (compared after
 *          decoding its escapes), text that is not UTF-8, more than max_depth levels (the outermost
 *          array or object is the first), a \u0000 in a key (json-c would find it truncated).
 * Owns:    nothing; members point into the text; scratch memory comes from the arena.
 * Units:   bytes; a fault's offset counts from the beginning of the text; levels for max_depth.
 * Fails:   false with the first fault and where it is.
 * Holds:   what is accepted is one value of RFC 8259 in UTF-8, which names no key twice. */
#ifndef MOBYNC_JSON_CHECK_H
#define MOBYNC_JSON_CHECK_H

#include "arena.h"
#include "attributes.h"

#define JSON_MAX_DEPTH 100u

/* Where and why the text is not strict JSON; reason is a literal such as "duplicate key in an
 * object". */
struct json_fault {
    const char *reason;
    size_t offset; /* bytes from the start */
};

/* A member of the outermost object, or an element of the outermost array (raw_key is empty then):
 * the key between its quotes, escapes not decoded, and the value as written, without white space
 * around it. */
struct json_member {
    struct text raw_key;
    struct text raw_value;
};

struct json_members {
    struct json_member *items; /* in the arena, in the order of the text */
    size_t count;              /* of all; items holds no more than `most` */
    size_t most;               /* set by the caller */
};

/* members_out may be NULL; its count is 0 if the outermost value is neither object nor array. */
NODISCARD bool json_check(struct text json, unsigned max_depth, struct arena *arena,
                          struct json_members *members_out, struct json_fault *fault_out);

#endif
