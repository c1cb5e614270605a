/* object_id.h: ids of objects and owners on the wire: one spelling for each key of a table
 * (docs/protocol.md 2.6).
 * Pure:    no I/O.
 * Owns:    nothing; parts lie in the arena given, or in the id itself.
 * Units:   ids and owners in bytes.
 * Fails:   false, with nothing said: the caller knows what was asked.
 * Holds:   object_id_join() of what object_id_split() took apart is the same id, byte for byte. */
#ifndef MOBYNC_OBJECT_ID_H
#define MOBYNC_OBJECT_ID_H

#include "arena.h"
#include "buf.h"
#include "model.h"

/* A string: anything. An integer: decimal digits without a leading zero, '-' before them if it is
 * negative, of 64 signed bits. A UUID: in lower case, with hyphens. A reference: an id of its
 * parent. */
bool key_is_canonical(enum key_type type, struct text key);
/* Of a canonical KEY_INTEGER; false if it is not one. */
bool key_integer(struct text key, int64_t *integer_out);
/* "an integer" …, for messages. */
const char *key_type_form(enum key_type type);

/* Is it an id that the model's objects may have? */
bool object_id_is_canonical(const struct model *model, struct text id);
/* The owner of the model's rows. */
bool object_id_owner_fits(const struct model *model, struct text owner);

/* The parts of a canonical id, as many as the model's id has columns; false if it is not one. */
bool object_id_split(const struct model *model, struct text id, struct arena *arena,
                     struct text *parts_out);
/* One part is the id itself. */
void object_id_join(struct buf *buf, const struct text *parts, size_t count);

#endif
