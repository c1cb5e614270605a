/* held_value.h: does a row hold what was written into it, or what devices were told?
 * Pure:    no I/O.
 * Owns:    nothing; scratch memory lies in the arena given.
 * Units:   none.
 * Fails:   never.
 * Holds:   a value in another spelling is the same value (docs/merging.md 10.1, 12.3). */
#ifndef MOBYNC_HELD_VALUE_H
#define MOBYNC_HELD_VALUE_H

#include "diff.h"

/* In the form that its row has it in. columns may be NULL. */
struct value held_value_of(const struct columns *columns, const struct model *model,
                           const struct field_value *told, struct arena *arena);

bool held_value_is(const struct columns *columns, const struct model *model,
                   const struct field_value *told, const struct value *held, struct arena *arena);

#endif
