/* world_values.h: the JSON that fields of each type have in the worlds, and which of it is one
 * value, by means that the server does not use.
 * Pure:    no I/O, no clock.
 * Owns:    nothing; texts are constants or lie in the arena given.
 * Units:   a cell is a field's value as JSON text.
 * Fails:   never.
 * Holds:   what values_spelling() writes fits the field and its column (values_column()), its
 *          extremes included; for some values it is one of several spellings. */
#ifndef MOBYNC_PROPERTY_WORLD_VALUES_H
#define MOBYNC_PROPERTY_WORLD_VALUES_H

#include "arena.h"
#include "column.h"
#include "model.h"

/* Not for references. */
struct text values_spelling(const struct field *field, uint32_t value, struct arena *arena);
/* The same value, however it is written; both fit the field or are null. */
bool values_equal(const struct field *field, struct text a, struct text b);
/* Is it of the field's type, as far as the worlds write anything else? */
bool values_fit(const struct field *field, struct text json);
/* A value that does not fit; empty where every value does. */
struct text values_wrong(const struct field *field);
/* Is the JSON of its values a string? */
bool values_are_strings(const struct field *field);
/* Does the server write it another way to the devices (an offset, a boolean)? */
bool values_rewritten(const struct field *field, struct text json);
/* The column as SQL names its type; NULL where values do not depend on it. */
const char *values_column(const struct field *field);

#endif
