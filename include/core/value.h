/* value.h: one field's value, typed by its field.
 * Pure:    no I/O, no json-c; a value is read from a token that strict JSON produced.
 * Owns:    nothing; texts point into the request's memory.
 * Fails:   RC_REJECTED INVALID_DATA naming the field: wrong type, too long, out of range. */
#ifndef MOBYNC_VALUE_H
#define MOBYNC_VALUE_H

#include "buf.h"
#include "fail.h"
#include "json_dom.h"
#include "model.h"

enum value_kind { VALUE_NULL, VALUE_TEXT, VALUE_INTEGER, VALUE_REAL };

#define VALUE_KINDS 4

struct value {
    enum value_kind kind; /* how it is bound to its column */
    union {
        struct text text; /* string: decoded; list, json: the JSON text */
        int64_t integer;  /* integer; boolean as 0 and 1 */
        double real;      /* finite */
    };
    struct text json; /* as it was written in json_data, byte for byte */
};

/* The kind of all values of the type but NULL. */
enum value_kind field_type_kind(enum field_type type);
/* Is its text JSON, and not the characters of a string? */
bool field_type_is_json(enum field_type type);

/* No coercion: 1.0 is not an integer, "1" not a number. An integer is a float, 0 and 1 are
 * booleans. */
NODISCARD enum rc value_parse(const struct field *field, const struct json_token *token,
                              struct value *value_out, struct fail *fail);

/* The JSON form of a value that was read from a column; fills nothing but buf. Booleans are written
 * 1 and 0, as the phones' SQLite holds them. */
void value_write_json(const struct field *field, const struct value *value, struct buf *buf);

/* Same kind and content, whatever the JSON spelling was. */
bool value_equal(const struct value *a, const struct value *b);

#endif
