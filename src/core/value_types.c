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
    [FIELD_DATETIME] = {"datetime", value_time_parse_datetime, value_time_write_datetime,
                        value_time_from_datetime, NULL, .kind = VALUE_TEXT,
                        .options = FIELD_ZONE | FIELD_ROUND},
    [FIELD_TIMESTAMP] = {"timestamp", value_time_parse_datetime, value_time_write_datetime,
                         value_time_from_datetime, NULL, .kind = VALUE_TEXT,
                         .options = FIELD_ROUND},
    [FIELD_DATETIME_MS] = {"datetime_ms", value_time_parse_ms, value_number_write_integer,
                           value_time_from_ms, value_time_to_ms, .kind = VALUE_INTEGER,
                           .options = FIELD_ROUND, .writes_all = true},
    [FIELD_DATE] = {"date", value_time_parse_date, value_text_write_string, value_time_from_date,
                    NULL, .kind = VALUE_TEXT},
    [FIELD_TIME] = {"time", value_time_parse_time, value_time_write_time, value_time_from_time,
                    NULL, .kind = VALUE_TEXT, .options = FIELD_ROUND},
    [FIELD_DECIMAL] = {"decimal", value_decimal_parse, value_decimal_write,
                       value_decimal_from_column, NULL, .kind = VALUE_TEXT, .options = FIELD_ROUND},
    [FIELD_ENUM] = {"enum", value_choice_parse_enum, value_text_write_string, .kind = VALUE_TEXT,
                    .options = FIELD_VALUES},
    [FIELD_SET] = {"set", value_choice_parse_set, value_choice_write_set, value_choice_from_set,
                   NULL, .kind = VALUE_TEXT, .options = FIELD_VALUES},
    [FIELD_UUID] = {"uuid", value_bytes_parse_uuid, value_text_write_string, value_bytes_from_uuid,
                    value_bytes_to_uuid, .kind = VALUE_TEXT},
    [FIELD_BYTES] = {"bytes", value_bytes_parse, value_bytes_write, .kind = VALUE_TEXT},
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
