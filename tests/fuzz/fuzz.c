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

#define TEXT(text)                                                                                 \
    {                                                                                              \
        text, sizeof(text) - 1                                                                     \
    }
#define FIELD(at, n, ...)                                                                          \
    [at] = {.name = TEXT(n), .column = TEXT(n), .index = (at), .type = __VA_ARGS__}

static struct model models[1];
static struct text choices[] = {TEXT("a"), TEXT("B"), TEXT("c d")};
static struct field fields[] = {
    FIELD(0, "s", FIELD_STRING, .required = true),
    FIELD(1, "short", FIELD_STRING, .max_length = 4),
    FIELD(2, "i", FIELD_INTEGER),
    FIELD(3, "f", FIELD_FLOAT),
    FIELD(4, "b", FIELD_BOOLEAN),
    FIELD(5, "l", FIELD_LIST),
    FIELD(6, "j", FIELD_JSON),
    FIELD(7, "\"\\\n", FIELD_INTEGER),
    FIELD(8, "dt", FIELD_DATETIME),
    FIELD(9, "du", FIELD_DATETIME, .zone = FIELD_ZONE_UTC),
    FIELD(10, "ts", FIELD_TIMESTAMP, .round = true),
    FIELD(11, "ms", FIELD_DATETIME_MS, .round = true),
    FIELD(12, "d", FIELD_DATE),
    FIELD(13, "t", FIELD_TIME, .round = true),
    FIELD(14, "n", FIELD_DECIMAL),
    FIELD(15, "nr", FIELD_DECIMAL, .round = true),
    FIELD(16, "e", FIELD_ENUM, .values = choices, .value_count = ARRAY_LEN(choices)),
    FIELD(17, "st", FIELD_SET),
    FIELD(18, "u", FIELD_UUID),
    FIELD(19, "by", FIELD_BYTES),
    FIELD(20, "us", FIELD_INTEGER, .as = FIELD_AS_STRING),
    FIELD(21, "bj", FIELD_BOOLEAN, .json_booleans = true),
    FIELD(22, "fs", FIELD_FLOAT, .round = true),
    FIELD(23, "bit", FIELD_INTEGER),
    FIELD(24, "y", FIELD_INTEGER),
    FIELD(25, "r", FIELD_REFERENCE, .to = TEXT("m"), .parent = &models[0]),
};
/* By field index; NULL: what a value may be does not depend on it. */
static const char *const COLUMN_TYPES_OF_FIELDS[ARRAY_LEN(fields)] = {
    [8] = "datetime(3)",    [9] = "datetime(6)",   [10] = "timestamp",
    [11] = "datetime(2)",   [12] = "date",         [13] = "time(2)",
    [14] = "decimal(10,2)", [15] = "decimal(5,1)", [17] = "set('x','Y','z z')",
    [18] = "binary(16)",    [19] = "varbinary(8)", [20] = "bigint(20) unsigned",
    [21] = "bit(1)",        [22] = "float",        [23] = "bit(5)",
    [24] = "year(4)",
};
static struct model models[1] = {{
    .name = TEXT("m"),
    .table = TEXT("m"),
    .id_column = TEXT("id"),
    .owner_column = TEXT("owner_id"),
    .allow = {true, true, true},
    .fields = fields,
    .field_count = ARRAY_LEN(fields),
}};

const struct mapping *fuzz_mapping(bool ignore_unknown_fields)
{
    static const struct mapping mappings[] = {
        {.models = models, .model_count = ARRAY_LEN(models)},
        {.models = models, .model_count = ARRAY_LEN(models), .ignore_unknown_fields = true},
    };

    return &mappings[ignore_unknown_fields];
}

const struct columns *fuzz_columns(void)
{
    static struct column columns_of_fields[ARRAY_LEN(fields)];
    static const struct model_columns of_models[] = {{.fields = columns_of_fields}};
    static const struct columns columns = {of_models, ARRAY_LEN(of_models)};
    static struct arena arena;

    if (columns_of_fields[8].type != COLUMN_UNKNOWN)
        return &columns;
    arena_init(&arena);
    for (size_t i = 0; i < ARRAY_LEN(fields); i++)
        if (COLUMN_TYPES_OF_FIELDS[i] != NULL)
            columns_of_fields[i] = column_parse(text_of(COLUMN_TYPES_OF_FIELDS[i]), &arena);
    return &columns;
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
