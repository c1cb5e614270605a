/* value_type.h: what a field type is, one const row each (value_types.c), and the functions that
 * the rows name.
 * Pure:    no I/O, no locale, no globals.
 * Fails:   a function that reads says why as the end of "field X: …", or returns NULL. */
#ifndef MOBYNC_VALUE_TYPE_H
#define MOBYNC_VALUE_TYPE_H

#include "value.h"

#define VALUE_REASON_BYTES 120

/* A token to be read. */
struct value_input {
    struct mapped_field at;
    const struct json_token *token;
    struct arena *arena;
    char reason[VALUE_REASON_BYTES]; /* for one that has to be made */
};

struct value_type {
    const char *name;
    /* NULL where it fits; else why not. The value is of `kind` by then, without text and number. */
    const char *(*parse)(struct value_input *input, struct value *value);
    /* Values of `kind`, and of others where `writes_all`. */
    void (*write)(const struct mapped_field *at, const struct value *value, struct buf *buf);
    /* Both NULL: the column has the value as it is. False: it is none of this type. */
    bool (*from_column)(const struct mapped_field *at, const struct value *raw, struct arena *arena,
                        struct value *value);
    bool (*to_column)(const struct mapped_field *at, const struct value *value, struct arena *arena,
                      struct value *raw);
    enum value_kind kind;
    unsigned options; /* enum field_option */
    bool is_json;     /* its text is JSON, and not the characters of a string */
    bool writes_all;
};

const struct value_type *value_type_of(enum field_type type);

/* Numbers: value_number.c. */
const char *value_number_parse_integer(struct value_input *input, struct value *value);
const char *value_number_parse_float(struct value_input *input, struct value *value);
const char *value_number_parse_boolean(struct value_input *input, struct value *value);
void value_number_write_integer(const struct mapped_field *at, const struct value *value,
                                struct buf *buf);
void value_number_write_boolean(const struct mapped_field *at, const struct value *value,
                                struct buf *buf);
void value_number_write_float(const struct mapped_field *at, const struct value *value,
                              struct buf *buf);
bool value_number_from_single(const struct mapped_field *at, const struct value *raw,
                              struct arena *arena, struct value *value);
bool value_number_from_bits(const struct mapped_field *at, const struct value *raw,
                            struct arena *arena, struct value *value);
bool value_number_to_bits(const struct mapped_field *at, const struct value *value,
                          struct arena *arena, struct value *raw);

/* Texts: value_text.c. */
const char *value_text_parse_string(struct value_input *input, struct value *value);
const char *value_text_parse_list(struct value_input *input, struct value *value);
const char *value_text_parse_json(struct value_input *input, struct value *value);
void value_text_write_string(const struct mapped_field *at, const struct value *value,
                             struct buf *buf);
void value_text_write_json(const struct mapped_field *at, const struct value *value,
                           struct buf *buf);

/* Dates and times: value_time.c. */
const char *value_time_parse_datetime(struct value_input *input, struct value *value);
const char *value_time_parse_ms(struct value_input *input, struct value *value);
const char *value_time_parse_date(struct value_input *input, struct value *value);
const char *value_time_parse_time(struct value_input *input, struct value *value);
void value_time_write_datetime(const struct mapped_field *at, const struct value *value,
                               struct buf *buf);
void value_time_write_time(const struct mapped_field *at, const struct value *value,
                           struct buf *buf);
bool value_time_from_datetime(const struct mapped_field *at, const struct value *raw,
                              struct arena *arena, struct value *value);
bool value_time_from_ms(const struct mapped_field *at, const struct value *raw, struct arena *arena,
                        struct value *value);
bool value_time_from_date(const struct mapped_field *at, const struct value *raw,
                          struct arena *arena, struct value *value);
bool value_time_from_time(const struct mapped_field *at, const struct value *raw,
                          struct arena *arena, struct value *value);
bool value_time_to_ms(const struct mapped_field *at, const struct value *value, struct arena *arena,
                      struct value *raw);

/* Decimals: value_decimal.c. */
const char *value_decimal_parse(struct value_input *input, struct value *value);
void value_decimal_write(const struct mapped_field *at, const struct value *value, struct buf *buf);
bool value_decimal_from_column(const struct mapped_field *at, const struct value *raw,
                               struct arena *arena, struct value *value);

/* Values of a list: value_choice.c. */
const char *value_choice_parse_enum(struct value_input *input, struct value *value);
const char *value_choice_parse_set(struct value_input *input, struct value *value);
void value_choice_write_set(const struct mapped_field *at, const struct value *value,
                            struct buf *buf);
bool value_choice_from_set(const struct mapped_field *at, const struct value *raw,
                           struct arena *arena, struct value *value);

/* UUIDs and bytes: value_bytes.c. */
const char *value_bytes_parse(struct value_input *input, struct value *value);
const char *value_bytes_parse_uuid(struct value_input *input, struct value *value);
void value_bytes_write(const struct mapped_field *at, const struct value *value, struct buf *buf);
bool value_bytes_from_uuid(const struct mapped_field *at, const struct value *raw,
                           struct arena *arena, struct value *value);
bool value_bytes_to_uuid(const struct mapped_field *at, const struct value *value,
                         struct arena *arena, struct value *raw);

#endif
