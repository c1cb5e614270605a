/* The field types: TYPES. What a type is, in config, JSON and columns, is its row and the functions
 * that the row names; its SQL types are a row of schema_types.c. */
#include "value_type.h"

#include <assert.h>

static const struct value_type TYPES[FIELD_TYPES] = {
    [FIELD_STRING] = {"string", value_text_parse_string, value_text_write_string,
                      .kind = VALUE_TEXT, .options = FIELD_MAX_LENGTH},
    [FIELD_INTEGER] = {"integer", value_number_parse_integer, value_number_write_integer,
                       value_number_from_bits, value_number_to_bits, .kind = VALUE_INTEGER,
                       .options = FIELD_AS, .writes_all = true},
    [FIELD_FLOAT] = {"float", value_number_parse_float, value_number_write_float,
                     value_number_from_single, NULL, .kind = VALUE_REAL, .options = FIELD_ROUND},
    [FIELD_BOOLEAN] = {"boolean", value_number_parse_boolean, value_number_write_boolean,
                       value_number_from_bits, value_number_to_bits, .kind = VALUE_INTEGER},
    [FIELD_LIST] = {"list", value_text_parse_list, value_text_write_json, .kind = VALUE_TEXT,
                    .is_json = true},
    [FIELD_JSON] = {"json", value_text_parse_json, value_text_write_json, .kind = VALUE_TEXT,
                    .is_json = true},
    [FIELD_REFERENCE] = {"reference", value_text_parse_string, value_text_write_string,
                         .kind = VALUE_TEXT},
};

const struct value_type *value_type_of(enum field_type type)
{
    assert(type < FIELD_TYPES);
    return &TYPES[type];
}

const char *field_type_name(enum field_type type)
{
    return value_type_of(type)->name;
}

bool field_type_parse(struct text name, enum field_type *type_out)
{
    for (unsigned i = 0; i < FIELD_TYPES; i++) {
        if (text_is(name, TYPES[i].name)) {
            *type_out = (enum field_type)i;
            return true;
        }
    }
    return false;
}

bool field_type_takes(enum field_type type, enum field_option option)
{
    return (value_type_of(type)->options & (unsigned)option) != 0;
}

enum value_kind field_type_kind(enum field_type type)
{
    return value_type_of(type)->kind;
}

bool field_type_is_json(enum field_type type)
{
    return value_type_of(type)->is_json;
}
