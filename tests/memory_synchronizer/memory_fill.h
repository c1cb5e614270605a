/* memory_fill.h: what a field is filled with, as a database would fill its column (model.h).
 * Owns:    nothing; texts lie in the arena given. */
#ifndef MOBYNC_MEMORY_FILL_H
#define MOBYNC_MEMORY_FILL_H

#include "arena.h"
#include "value.h"

/* Without its JSON. */
struct value memory_fill_value(const struct field *field, struct text fill, struct arena *arena);

#endif
