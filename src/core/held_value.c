/* Compares values with what rows hold: held_value_is(), held_value_of(). */
#include "held_value.h"

#include "json_dom.h"

/* In the form that the row has it in: a set in the order of its members, digits beyond 64 signed
 * bits. What the column no longer takes stays as it was read. */
static struct value as_held(struct mapped_field at, const struct field_value *told,
                            struct arena *arena)
{
    const struct json_token token = json_dom_token(told->value.json, arena);
    struct value value;
    struct fail ignored;

    if (value_parse(at, &token, arena, &value, &ignored) != RC_OK || value.rounded)
        return told->value;
    return value;
}

struct value held_value_of(const struct columns *columns, const struct model *model,
                           const struct field_value *told, struct arena *arena)
{
    return as_held(column_of(columns, model, told->field), told, arena);
}

bool held_value_is(const struct columns *columns, const struct model *model,
                   const struct field_value *told, const struct value *held, struct arena *arena)
{
    struct value value;

    if (value_same(told->field, &told->value, held))
        return true;
    value = held_value_of(columns, model, told, arena);
    return value_same(told->field, &value, held); /* mutant: rewritten_value_differs */
}
