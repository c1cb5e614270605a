/* The bytes of an input, one by one, the mapping of the targets, and jansson's judgement of a text.
 * */
#include "fuzz.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

void fuzz_break(const char *promise)
{
    fprintf(stderr, "broken promise: %s\n", promise);
    abort();
}

unsigned fuzz_byte(struct fuzz_bytes *bytes)
{
    if (bytes->left == 0)
        return 0;
    bytes->left--;
    return *bytes->at++;
}

unsigned fuzz_below(struct fuzz_bytes *bytes, unsigned bound)
{
    return fuzz_byte(bytes) % bound;
}

#define FIELD(n, t, ...)                                                                           \
    {                                                                                              \
        .name = {n, sizeof(n) - 1}, .column = {n, sizeof(n) - 1}, .type = (t), __VA_ARGS__         \
    }

const struct mapping *fuzz_mapping(bool ignore_unknown_fields)
{
    static struct field fields[] = {
        FIELD("s", FIELD_STRING, .index = 0, .required = true),
        FIELD("short", FIELD_STRING, .index = 1, .max_length = 4),
        FIELD("i", FIELD_INTEGER, .index = 2),
        FIELD("f", FIELD_FLOAT, .index = 3),
        FIELD("b", FIELD_BOOLEAN, .index = 4),
        FIELD("l", FIELD_LIST, .index = 5),
        FIELD("j", FIELD_JSON, .index = 6),
        FIELD("\"\\\n", FIELD_INTEGER, .index = 7),
    };
    static struct model models[] = {{
        .name = {"m", 1},
        .table = {"m", 1},
        .id_column = {"id", 2},
        .owner_column = {"owner_id", 8},
        .allow = {true, true, true},
        .fields = fields,
        .field_count = ARRAY_LEN(fields),
    }};
    static const struct mapping mappings[] = {
        {.models = models, .model_count = ARRAY_LEN(models)},
        {.models = models, .model_count = ARRAY_LEN(models), .ignore_unknown_fields = true},
    };

    return &mappings[ignore_unknown_fields];
}

bool fuzz_is_json(struct text json)
{
    const size_t flags = JSON_REJECT_DUPLICATES | JSON_DECODE_ANY | JSON_ALLOW_NUL;
    json_error_t error;
    json_t *value = json_loadb(json.ptr, json.len, flags, &error);

    if (value == NULL)
        return json_error_code(&error) == json_error_numeric_overflow;
    json_decref(value);
    return true;
}
