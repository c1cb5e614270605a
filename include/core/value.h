/* value.h: one field's value, typed by its field, between JSON and its column.
 * Pure:    no I/O, no json-c; a value is read from a token that strict JSON produced.
 * Owns:    nothing; texts point into the request's memory or the arena given.
 * Units:   lengths in characters where a field limits them, otherwise in bytes.
 * Holds:   equal values have equal contents, however they were written: what `text` holds is in
 *          one canonical form for each type (value_types.c).
 * Fails:   RC_REJECTED INVALID_DATA naming the field: wrong type, too long, out of range. */
#ifndef MOBYNC_VALUE_H
#define MOBYNC_VALUE_H

#include "buf.h"
#include "column.h"
#include "fail.h"
#include "json_dom.h"
#include "model.h"

enum value_kind { VALUE_NULL, VALUE_TEXT, VALUE_INTEGER, VALUE_REAL };

#define VALUE_KINDS 4

struct value {
    enum value_kind kind; /* how it is bound to its column */
    bool rewritten;       /* `json` is not as the client wrote it … */
    bool rounded;         /* … because it is another value: what the column keeps of it */
    union {
        struct text text; /* string: decoded; list, json: the JSON text */
        int64_t integer;  /* integer; boolean as 0 and 1 */
        double real;      /* finite */
    };
    struct text json; /* as it was written in json_data, byte for byte, unless `rewritten` */
};

/* The kind of all values of the type but NULL, and integers beyond 64 signed bits, which are the
 * text of their digits. */
enum value_kind field_type_kind(enum field_type type);
/* Is its text JSON, and not the characters of a string? */
bool field_type_is_json(enum field_type type);

/* No coercion: 1.0 is not an integer, "1" not a number. An integer is a float, 0 and 1 are
 * booleans. */
NODISCARD enum rc value_parse(struct mapped_field at, const struct json_token *token,
                              struct arena *arena, struct value *value_out, struct fail *fail);

/* Of a value that is rounded or to be rewritten, `json` becomes what the server would write. */
void value_spell(struct mapped_field at, struct value *value, struct arena *arena);

/* The JSON form of a value; fills nothing but buf. */
void value_write_json(struct mapped_field at, const struct value *value, struct buf *buf);

/* From what the column gave, in its own form (a number, digits, '2026-11-29 11:02:03', bytes), with
 * its JSON; and back to that form. What does not fit the type is kept as text. */
struct value value_from_column(struct mapped_field at, const struct value *raw,
                               struct arena *arena);
struct value value_to_column(struct mapped_field at, const struct value *value,
                             struct arena *arena);

/* Of a FIELD_DATETIME or FIELD_TIMESTAMP: milliseconds since 1970, a time without a zone taken as
 * UTC; false if the value is not one. */
bool value_moment_ms(const struct value *value, int64_t *ms_out);
/* The JSON form of that time; false if its year has not four digits. */
bool value_write_moment(struct mapped_field at, int64_t ms, struct buf *buf);

/* Of a FIELD_ENUM the nth member, of a FIELD_SET the nth subset, of those that the column may have:
 * its text. False if it has not so many, or nobody knows them. */
bool value_choice_nth(struct mapped_field at, unsigned n, struct arena *arena,
                      struct text *text_out);

/* Same kind and content, whatever the JSON spelling was. */
bool value_equal(const struct value *a, const struct value *b);

/* The same for the field: JSON may differ in white space, too. */
bool value_same(const struct field *field, const struct value *a, const struct value *b);

#endif
