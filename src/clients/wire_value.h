/* wire_value.h: one field's value as another client engine writes it, to and from json_data's form.
 * Pure:    no I/O, no clock.
 * Owns:    nothing; texts lie in the arena given.
 * Units:   times on the wire are milliseconds since 1970.
 * Fails:   never: what has no form of the field's is passed on as it came, for the merge to refuse.
 * Holds:   what was written comes back as the same value, but for NULL and what an engine has
 *          instead of it. */
#ifndef MOBYNC_WIRE_VALUE_H
#define MOBYNC_WIRE_VALUE_H

#include "value.h"

enum wire_engine { WIRE_WATERMELON, WIRE_RXDB, WIRE_ENGINES };

void wire_value_write(enum wire_engine engine, struct mapped_field at, const struct value *value,
                      struct buf *buf);
/* Strict JSON, as json_data has it. */
struct text wire_value_read(enum wire_engine engine, struct mapped_field at,
                            const struct json_token *token, struct arena *arena);

/* The same as a value; false if it does not fit the field. Token NULL: null. */
bool wire_value_parse(enum wire_engine engine, struct mapped_field at,
                      const struct json_token *token, struct arena *arena, struct value *value_out);

/* The least that a field which must not be missing can have. */
void wire_value_write_empty(struct mapped_field at, struct buf *buf);

#endif
