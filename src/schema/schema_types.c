/* The SQL types of each field type, one row each: schema_types_of(). No other file of this layer
 * knows a field type by name. */
#include "schema_types.h"

#include <assert.h>

#define SMALL_TEXT "values that do not fit are rejected during sync", "LONGTEXT"
#define PADDED_BINARY                                                                              \
    "it pads shorter values with zero bytes, so lookups do not find them", "VARBINARY"
#define DROPS_SPACES "it drops trailing spaces", "VARCHAR"
/* MySQL's; MariaDB's JSON is a LONGTEXT. */
#define REWRITTEN_JSON                                                                             \
    "it reorders keys and rounds large numbers, so devices and server differ", "LONGTEXT"

static const struct schema_fit STRING_FITS[] = {
    {"varchar", NULL, NULL},    {"tinytext", NULL, NULL}, {"text", NULL, NULL},
    {"mediumtext", NULL, NULL}, {"longtext", NULL, NULL}, {"char", DROPS_SPACES},
};
static const struct schema_fit INTEGER_FITS[] = {
    {"bigint", NULL, NULL},   {"int", NULL, NULL},     {"mediumint", NULL, NULL},
    {"smallint", NULL, NULL}, {"tinyint", NULL, NULL}, {"bit", NULL, NULL},
    {"year", NULL, NULL},
};
static const struct schema_fit FLOAT_FITS[] = {{"double", NULL, NULL}, {"float", NULL, NULL}};
static const struct schema_fit BOOLEAN_FITS[] = {
    {"tinyint", NULL, NULL},   {"bit", NULL, NULL}, {"smallint", NULL, NULL},
    {"mediumint", NULL, NULL}, {"int", NULL, NULL}, {"bigint", NULL, NULL},
};
static const struct schema_fit LIST_FITS[] = {
    {"json", NULL, NULL},
    {"longtext", NULL, NULL},
    {"mediumtext", SMALL_TEXT},
    {"text", SMALL_TEXT},
};
static const struct schema_fit JSON_FITS[] = {
    {"longtext", NULL, NULL},
    {"mediumtext", SMALL_TEXT},
    {"text", SMALL_TEXT},
    {"json", REWRITTEN_JSON},
};
static const struct schema_fit STRING_KEY_FITS[] = {
    {"varchar", NULL, NULL},
    {"char", NULL, NULL},
    {"varbinary", NULL, NULL},
    {"binary", PADDED_BINARY},
};
static const struct schema_fit INTEGER_KEY_FITS[] = {
    {"bigint", NULL, NULL},   {"int", NULL, NULL},     {"mediumint", NULL, NULL},
    {"smallint", NULL, NULL}, {"tinyint", NULL, NULL},
};
static const struct schema_fit UUID_KEY_FITS[] = {
    {"uuid", NULL, NULL},    {"binary", NULL, NULL},    {"char", NULL, NULL},
    {"varchar", NULL, NULL}, {"varbinary", NULL, NULL},
};
/* Whatever a key may be. */
static const struct schema_fit REFERENCE_FITS[] = {
    {"bigint", NULL, NULL},    {"int", NULL, NULL},     {"mediumint", NULL, NULL},
    {"smallint", NULL, NULL},  {"tinyint", NULL, NULL}, {"uuid", NULL, NULL},
    {"binary", NULL, NULL},    {"char", NULL, NULL},    {"varchar", NULL, NULL},
    {"varbinary", NULL, NULL},
};

/* A number of so many digits is another one in the column. */
static const char *float_warning(const struct schema_fitted *fitted)
{
    return fitted->column.type == COLUMN_FLOAT && !fitted->field->round
               ? "keeps about 7 digits, so numbers with more are rejected during sync: set round: "
                 "true to take them"
               : NULL;
}

#define FITS(list) .fits = (list), .fit_count = ARRAY_LEN(list)
static const struct schema_type TYPES[FIELD_TYPES] = {
    [FIELD_STRING] = {FITS(STRING_FITS), .remedy = "VARCHAR or TEXT", .has_max_length = true,
                      .json_fault = "rejects strings that are not valid JSON: set type: json, or "
                                    "make it LONGTEXT"},
    [FIELD_INTEGER] = {FITS(INTEGER_FITS), .remedy = "BIGINT", .created = "BIGINT"},
    [FIELD_FLOAT] = {FITS(FLOAT_FITS), .remedy = "DOUBLE", .created = "DOUBLE",
                     .has_negative = true, .rounded_by_digits = true, .warning = float_warning},
    [FIELD_BOOLEAN] = {FITS(BOOLEAN_FITS), .remedy = "TINYINT(1)", .created = "BOOLEAN"},
    [FIELD_LIST] = {FITS(LIST_FITS), .remedy = "JSON", .created = "JSON"},
    /* Not a JSON column: MariaDB's refuses more than 31 levels (measured on 10.11; docs/protocol.md
     * 2 allows 100), and MySQL's rewrites the value, so that it would not be kept as sent. */
    [FIELD_JSON] = {FITS(JSON_FITS), .remedy = "LONGTEXT",
                    .created = "LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin",
                    .json_warning = "rejects values nested deeper than 31 levels: make it "
                                    "LONGTEXT"},
    [FIELD_REFERENCE] = {FITS(REFERENCE_FITS), .remedy = "the type of the column it refers to"},
};

static const struct schema_fit *find_fit(const struct schema_fit *fits, size_t count,
                                         struct text data_type)
{
    for (size_t i = 0; i < count; i++)
        if (text_is(data_type, fits[i].data_type))
            return &fits[i];
    return NULL;
}

const struct schema_type *schema_types_of(enum field_type type)
{
    assert(type < FIELD_TYPES);
    return &TYPES[type];
}

const struct schema_fit *schema_types_fit(enum field_type type, struct text data_type)
{
    const struct schema_type *row = schema_types_of(type);

    return find_fit(row->fits, row->fit_count, data_type);
}

const struct schema_fit *schema_types_key_fit(enum key_type type, struct text data_type)
{
    static const struct {
        const struct schema_fit *fits;
        size_t count;
    } KEYS[KEY_TYPES] = {
        [KEY_STRING] = {STRING_KEY_FITS, ARRAY_LEN(STRING_KEY_FITS)},
        [KEY_INTEGER] = {INTEGER_KEY_FITS, ARRAY_LEN(INTEGER_KEY_FITS)},
        [KEY_UUID] = {UUID_KEY_FITS, ARRAY_LEN(UUID_KEY_FITS)},
        [KEY_REFERENCE] = {REFERENCE_FITS, ARRAY_LEN(REFERENCE_FITS)},
    };

    return find_fit(KEYS[type].fits, KEYS[type].count, data_type);
}

/* Those that fit columns of others: nobody wants them unless the column says so. */
static bool is_for_others(enum field_type type, const struct catalog_column *column)
{
    if (type == FIELD_BOOLEAN)
        return !text_is(column->column_type, "tinyint(1)") &&
               !text_is(column->column_type, "bit(1)");
    return type == FIELD_LIST || type == FIELD_REFERENCE;
}

size_t schema_types_candidates(const struct catalog_column *column,
                               enum field_type types_out[FIELD_TYPES])
{
    size_t count = 0;

    if (!is_for_others(FIELD_BOOLEAN, column) &&
        schema_types_fit(FIELD_BOOLEAN, column->data_type) != NULL)
        types_out[count++] = FIELD_BOOLEAN;
    for (unsigned i = 0; i < FIELD_TYPES; i++) {
        const enum field_type type = (enum field_type)i;

        if (type != FIELD_BOOLEAN && !is_for_others(type, column) &&
            schema_types_fit(type, column->data_type) != NULL)
            types_out[count++] = type;
    }
    return count;
}
