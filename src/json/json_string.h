/* json_string.h: a string inside a JSON text: where it ends and what it says.
 * Pure:    no I/O, no locale.
 * Owns:    nothing; what is decoded lies in the arena. */
#ifndef MOBYNC_JSON_STRING_H
#define MOBYNC_JSON_STRING_H

#include "arena.h"

/* From the opening quote at *at to behind the closing one. NULL if it is a strict JSON string, else
 * why not, a literal, and *at is where. */
const char *json_string_skip(const char **at, const char *end, bool *escaped_out);

/* The characters between the quotes of a string that json_string_skip() has passed. */
struct text json_string_decode(struct text raw, struct arena *arena);

#endif
