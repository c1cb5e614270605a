/* The SQL types of each field type, one row each: schema_types_of(). No other file of this layer
 * knows a field type by name. */
#include "schema_types.h"

#include <assert.h>

#include "id.h"
#include "schema_guess.h"

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
static const struct schema_fit DATETIME_FITS[] = {{"datetime", NULL, NULL}};
static const struct schema_fit TIMESTAMP_FITS[] = {{"timestamp", NULL, NULL}};
static const struct schema_fit DATETIME_MS_FITS[] = {
    {"datetime", NULL, NULL}, {"timestamp", NULL, NULL}, {"bigint", NULL, NULL}};
static const struct schema_fit DATE_FITS[] = {{"date", NULL, NULL}};
static const struct schema_fit TIME_FITS[] = {{"time", NULL, NULL}};
static const struct schema_fit DECIMAL_FITS[] = {{"decimal", NULL, NULL}};
static const struct schema_fit ENUM_FITS[] = {
    {"enum", NULL, NULL}, {"varchar", NULL, NULL}, {"char", NULL, NULL}};
static const struct schema_fit SET_FITS[] = {{"set", NULL, NULL}, {"varchar", NULL, NULL}};
static const struct schema_fit UUID_FITS[] = {
    {"uuid", NULL, NULL}, {"binary", NULL, NULL}, {"char", NULL, NULL}, {"varchar", NULL, NULL}};
static const struct schema_fit BYTES_FITS[] = {
    {"blob", NULL, NULL},     {"longblob", NULL, NULL}, {"mediumblob", NULL, NULL},
    {"tinyblob", NULL, NULL}, {"binary", NULL, NULL},   {"varbinary", NULL, NULL},
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

#define MS_DIGITS 3u

/* Most clients write times with thousandths, or more digits still. */
static const char *time_warning(const struct schema_fitted *fitted)
{
    return fitted->column.scale < MS_DIGITS && !fitted->field->round
               ? "keeps no thousandths of a second, so times with more digits are rejected during "
                 "sync: set round: true to take them"
               : NULL;
}

static const char *ms_warning(const struct schema_fitted *fitted)
{
    if (fitted->column.type == COLUMN_INTEGER)
        return NULL;
    if (fitted->column.scale > MS_DIGITS)
        return "keeps more digits than milliseconds, which devices are not sent: set type: "
               "datetime "
               "or timestamp if they matter";
    return time_warning(fitted);
}

/* Every value of the config is a member of the column, which takes no other; and where it would
 * take any, the config has to say which. */
static const char *choice_fault(const struct schema_fitted *fitted)
{
    const struct field *field = fitted->field;

    if (fitted->column.member_count == 0)
        return field->value_count == 0 ? "takes any text: give values" : NULL;
    for (size_t i = 0; i < field->value_count; i++) {
        size_t at = 0;

        while (at < fitted->column.member_count &&
               !text_equal(fitted->column.members[at], field->values[i]))
            at++;
        if (at == fitted->column.member_count)
            return "lacks one of values: correct values, or leave them out to take the column's";
    }
    return NULL;
}

static const char *uuid_fault(const struct schema_fitted *fitted)
{
    if (fitted->column.type == COLUMN_BINARY && fitted->column.bytes != ID_UUID_BYTES)
        return "has not the 16 bytes of a UUID: map a BINARY(16)";
    return fitted->column.type == COLUMN_TEXT && fitted->catalog->max_characters < ID_UUID_LEN &&
                   !column_omits_hyphens(&fitted->column)
               ? "has neither the 36 characters of a UUID nor just its 32 digits: map a "
                 "CHAR(36) or a CHAR(32)"
               : NULL;
}

/* Until the config says which values there are. */
#define ANY_CHOICE "VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"

/* What keeps a JSON text as it was sent, wherever it is. */
#define LONGTEXT_OF_BYTES "LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"

#define FITS(list) .fits = (list), .fit_count = ARRAY_LEN(list)
static const struct schema_type TYPES[FIELD_TYPES] = {
    [FIELD_STRING] = {FITS(STRING_FITS), .remedy = "VARCHAR or TEXT", .has_max_length = true,
                      .json_fault = "rejects strings that are not valid JSON: set type: json, or "
                                    "make it LONGTEXT"},
    [FIELD_INTEGER] = {FITS(INTEGER_FITS), .remedy = "BIGINT", .created = "BIGINT"},
    [FIELD_FLOAT] = {FITS(FLOAT_FITS), .remedy = "DOUBLE", .created = "DOUBLE",
                     .has_negative = true, .rounded_by_digits = true, .warning = float_warning},
    [FIELD_BOOLEAN] = {FITS(BOOLEAN_FITS), .remedy = "TINYINT(1)", .created = "BOOLEAN"},
    [FIELD_LIST] = {FITS(LIST_FITS), .remedy = "JSON", .created = "JSON",
                    .created_on_mysql = LONGTEXT_OF_BYTES},
    /* Not a JSON column: MariaDB's refuses more than 31 levels (measured on 10.11; docs/protocol.md
     * 2 allows 100), and MySQL's rewrites the value, so that it would not be kept as sent. */
    [FIELD_JSON] = {FITS(JSON_FITS), .remedy = "LONGTEXT", .created = LONGTEXT_OF_BYTES,
                    .json_warning = "rejects values nested deeper than 31 levels: make it "
                                    "LONGTEXT"},
    [FIELD_DATETIME] = {FITS(DATETIME_FITS), .remedy = "DATETIME(6)", .created = "DATETIME(6)",
                        .warning = time_warning},
    [FIELD_TIMESTAMP] = {FITS(TIMESTAMP_FITS), .remedy = "TIMESTAMP(6)", .created = "TIMESTAMP(6)",
                         .warning = time_warning},
    [FIELD_DATETIME_MS] = {FITS(DATETIME_MS_FITS), .remedy = "DATETIME(3)",
                           .created = "DATETIME(3)", .warning = ms_warning},
    [FIELD_DATE] = {FITS(DATE_FITS), .remedy = "DATE", .created = "DATE"},
    [FIELD_TIME] = {FITS(TIME_FITS), .remedy = "TIME(6)", .created = "TIME(6)",
                    .warning = time_warning},
    [FIELD_DECIMAL] = {FITS(DECIMAL_FITS), .remedy = "DECIMAL", .created = "DECIMAL(30,6)",
                       .has_negative = true},
    [FIELD_ENUM] = {FITS(ENUM_FITS), .remedy = "ENUM", .created = ANY_CHOICE,
                    .created_of_values = "ENUM", .fault = choice_fault},
    [FIELD_SET] = {FITS(SET_FITS), .remedy = "SET", .created = ANY_CHOICE,
                   .created_of_values = "SET", .fault = choice_fault},
    [FIELD_UUID] = {FITS(UUID_FITS), .remedy = "BINARY(16)",
                    .created = "CHAR(36) CHARACTER SET ascii COLLATE ascii_bin",
                    .fault = uuid_fault},
    [FIELD_BYTES] = {FITS(BYTES_FITS), .remedy = "VARBINARY or BLOB", .created = "LONGBLOB"},
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

bool schema_types_omits_hyphens(const struct catalog_column *column)
{
    return (text_is(column->data_type, "char") || text_is(column->data_type, "varchar")) &&
           column->max_characters == ID_UUID_DIGITS;
}

/* Types that fit columns of others: nobody means them unless the column says so. */
static bool is_for_others(enum field_type type)
{
    return type == FIELD_BOOLEAN || type == FIELD_LIST || type == FIELD_REFERENCE ||
           type == FIELD_DATETIME_MS;
}

/* Types that are meant wherever they fit so well. */
static const struct {
    enum field_type type;
    const char *column_type;
} MEANT[] = {
    {FIELD_BOOLEAN, "tinyint(1)"},
    {FIELD_BOOLEAN, "bit(1)"},
};

size_t schema_types_candidates(const struct catalog_column *column,
                               enum field_type types_out[FIELD_TYPES])
{
    enum field_type first = FIELD_TYPES;
    size_t count = 0;

    for (size_t i = 0; i < ARRAY_LEN(MEANT); i++)
        if (text_is(column->column_type, MEANT[i].column_type))
            first = MEANT[i].type;
    if (schema_guess_is_uuid(column) && schema_types_fit(FIELD_UUID, column->data_type) != NULL)
        first = FIELD_UUID;
    if (first != FIELD_TYPES)
        types_out[count++] = first;
    for (unsigned i = 0; i < FIELD_TYPES; i++) {
        const enum field_type type = (enum field_type)i;

        if (type != first && !is_for_others(type) &&
            schema_types_fit(type, column->data_type) != NULL)
            types_out[count++] = type;
    }
    return count;
}
