/* The values of each type, as tables of spellings, and their comparison: values_spelling(),
 * values_equal(). A # in a spelling stands for a digit. */
#include "world_values.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "attributes.h"

#define LIST(...) ((const char *const[]){__VA_ARGS__, NULL})

struct spellings {
    const char *const *texts; /* up to NULL */
    const char *wrong;        /* JSON of the right kind; NULL: none */
    const char *column;
};

static const struct spellings SPELLINGS[FIELD_TYPES] = {
    [FIELD_LIST] = {LIST("[]", "[1##]", "[\"a\",\"b,}\"]", "[1.5,-2,\"##\"]", "[ 1## , 1 ]"),
                    "[[1]]", NULL},
    [FIELD_DATETIME] = {LIST("\"0001-01-01T00:00:00\"", "\"9999-12-31T23:59:59.999\"",
                             "\"2026-11-29T11:02:##.5\"", "\"2026-11-29T11:02:##.500\"",
                             "\"2024-02-29T23:##:59.001\"", "\"1969-12-31T23:##:00\"",
                             "\"1969-12-31T23:##:00.0\""),
                        "\"2026-11-29T24:00:00\"", "datetime(3)"},
    [FIELD_TIMESTAMP] = {LIST("\"1970-01-01T00:00:01Z\"", "\"2038-01-19T03:14:07.999Z\"",
                              "\"2026-11-29T11:02:##.25Z\"", "\"2026-11-29T12:32:##.250+01:30\"",
                              "\"2026-03-01T00:##:00Z\"", "\"2026-02-28T19:##:00.0-05:00\""),
                         "\"1969-12-31T23:59:59Z\"", "timestamp(3)"},
    [FIELD_DATETIME_MS] = {LIST("0", "-1", "1764414123456", "-62135596800000", "253402300799999",
                                "17644141234##"),
                           "1.5", "datetime(3)"},
    [FIELD_DATE] = {LIST("\"0001-01-01\"", "\"9999-12-31\"", "\"2024-02-29\"", "\"20##-01-31\""),
                    "\"2026-02-29\"", "date"},
    [FIELD_TIME] = {LIST("\"00:00:00\"", "\"-838:59:59\"", "\"838:59:59\"", "\"11:02:##.5\"",
                         "\"11:02:##.500\"", "\"-00:00:##.001\"", "\"23:##:00\"", "\"23:##:00.0\""),
                    "\"839:00:00\"", "time(3)"},
    [FIELD_DECIMAL] = {LIST("\"9999999.999\"", "\"-9999999.999\"", "\"0\"", "\"0.000\"",
                            "\"-1##.5\"", "\"1##.5\"", "\"1##.50\"", "\"1##.500\"", "\"0.001\""),
                       "\"seven\"", "decimal(10,3)"},
    [FIELD_ENUM] = {LIST("\"oak\"", "\"Elm\"", "\"ash tree\""), "\"OAK\"",
                    "enum('oak','Elm','ash tree')"},
    [FIELD_SET] = {LIST("[]", "[\"axe\"]", "[\"saw\",\"axe\"]", "[\"axe\", \"saw\"]",
                        "[\"rope\",\"axe\",\"saw\"]", "[\"saw\",\"rope\"]"),
                   "[\"axe\",\"axe\"]", "set('axe','saw','rope')"},
    [FIELD_UUID] = {LIST("\"00000000-0000-0000-0000-000000000000\"",
                         "\"ffffffff-ffff-ffff-ffff-ffffffffffff\"",
                         "\"5b0cf2a1-90f3-4c40-a2f5-0d3c5e0e8a##\""),
                    "\"5B0CF2A1-90F3-4C40-A2F5-0D3C5E0E8A11\"", "binary(16)"},
    [FIELD_BYTES] = {LIST("\"\"", "\"AA==\"", "\"//79\"", "\"AA##\"",
                          "\"AAECAwQFBgcICQoLDA0ODw==\""),
                     "\"AB==\"", "varbinary(16)"},
};

static const struct spellings DATETIME_UTC = {
    LIST("\"0001-01-01T00:00:00Z\"", "\"9999-12-31T23:59:59.999Z\"", "\"2026-03-01T00:##:00.25Z\"",
         "\"2026-02-28T23:##:00.250-01:00\"", "\"2026-03-01T05:##:00.25+05:00\"",
         "\"1969-12-31T23:59:##Z\""),
    "\"2026-11-29T11:02:03\"", "datetime(3)"};
static const struct spellings DIGITS = {LIST("\"0\"", "\"9007199254740993\"",
                                             "\"9223372036854775807\"", "\"9223372036854775808\"",
                                             "\"18446744073709551615\"", "\"42##\""),
                                        "\"01\"", "bigint(20) unsigned"};

/* NULL: the type has a few values that are written one by one. */
static const struct spellings *spellings_of(const struct field *field)
{
    if (field->type == FIELD_DATETIME && field->zone == FIELD_ZONE_UTC)
        return &DATETIME_UTC;
    if (field->type == FIELD_INTEGER && field->as == FIELD_AS_STRING)
        return &DIGITS;
    return SPELLINGS[field->type].texts == NULL ? NULL : &SPELLINGS[field->type];
}

/* One of the texts, the digits in it up to 59. */
static struct text spell(const char *const *texts, uint32_t value, struct arena *arena)
{
    size_t count = 0, digits = 0;
    struct text text;
    char *chars;

    while (texts[count] != NULL)
        count++;
    text = text_of(texts[value % count]);
    chars = ARENA_ARRAY(arena, text.len + 1, char);
    for (size_t i = 0; i < text.len; i++)
        chars[i] = text.ptr[i] != '#'  ? text.ptr[i]
                   : digits++ % 2 == 0 ? (char)('0' + value / 70 % 6)
                                       : (char)('0' + value / 7 % 10);
    return (struct text){chars, text.len};
}

struct text values_spelling(const struct field *field, uint32_t value, struct arena *arena)
{
    static const char *const BOOLEANS[] = {"true", "false", "1", "0"};
    const struct spellings *spellings = spellings_of(field);
    char text[48];
    int len = 0;

    if (spellings != NULL)
        return spell(spellings->texts, value, arena);
    if (field->type == FIELD_BOOLEAN)
        return text_of(BOOLEANS[value % ARRAY_LEN(BOOLEANS)]);
    if (field->type == FIELD_STRING)
        len = snprintf(text, sizeof(text), "\"v%u\"", value);
    if (field->type == FIELD_INTEGER)
        len = snprintf(text, sizeof(text), "%d", value % 2 == 0 ? (int)value : -(int)value);
    if (field->type == FIELD_FLOAT)
        len = snprintf(text, sizeof(text), "%u.5%s", value / 2, value % 2 == 0 ? "" : "0");
    if (field->type == FIELD_JSON)
        len = snprintf(text, sizeof(text), "{\"n\":[%u,\"a,}\"]}", value);
    return arena_text(arena, (struct text){text, (size_t)len});
}

bool values_are_strings(const struct field *field)
{
    const struct spellings *spellings = spellings_of(field);

    return spellings != NULL ? spellings->texts[0][0] == '"'
                             : field->type == FIELD_STRING || field->type == FIELD_REFERENCE;
}

const char *values_column(const struct field *field)
{
    const struct spellings *spellings = spellings_of(field);

    return spellings != NULL ? spellings->column : NULL;
}

struct text values_wrong(const struct field *field)
{
    const struct spellings *spellings = spellings_of(field);

    if (field->type == FIELD_JSON)
        return (struct text){0};
    if (field->type == FIELD_REFERENCE)
        return field->parent->id_type == KEY_INTEGER ? TEXT_LITERAL("\"07\"")
                                                     : TEXT_LITERAL("\"0F8FAD5B\"");
    if (spellings != NULL)
        return text_of(spellings->wrong);
    return field->type == FIELD_INTEGER || field->type == FIELD_FLOAT ? TEXT_LITERAL("\"seven\"")
                                                                      : TEXT_LITERAL("7");
}

/* By the first character, or by what alone is written that does not fit. */
bool values_fit(const struct field *field, struct text json)
{
    const struct spellings *spellings = spellings_of(field);

    if (spellings != NULL)
        return !text_is(json, spellings->wrong);
    switch ((int)field->type) {
    case FIELD_STRING:
    case FIELD_REFERENCE:
        return json.ptr[0] == '"';
    case FIELD_INTEGER:
    case FIELD_FLOAT:
        return strchr("-0123456789", json.ptr[0]) != NULL;
    case FIELD_BOOLEAN:
        return text_is(json, "true") || text_is(json, "false") || text_is(json, "1") ||
               text_is(json, "0");
    default: /* any JSON */
        return true;
    }
}

/* ---- Equal values ---- */

static bool is_string(struct text json)
{
    return json.len >= 2 && json.ptr[0] == '"';
}

/* The digits of a number, or a time, without zeros at the end that count for nothing: of "12.50"
 * those of 12.5. */
static struct text trimmed(struct text json)
{
    struct text digits = {json.ptr + 1, json.len - 2};

    if (memchr(digits.ptr, '.', digits.len) == NULL)
        return digits;
    while (digits.ptr[digits.len - 1] == '0')
        digits.len--;
    if (digits.ptr[digits.len - 1] == '.')
        digits.len--;
    return digits;
}

static bool digits_equal(const struct field *field, struct text a, struct text b)
{
    (void)field;
    return is_string(a) && is_string(b) && text_equal(trimmed(a), trimmed(b));
}

/* `count` digits that stand there. */
static int number_at(const char *at, int count)
{
    int number = 0;

    for (int i = 0; i < count; i++)
        number = 10 * number + (at[i] - '0');
    return number;
}

/* "+01:30" at the end, in seconds; 0 for Z. */
static time_t offset_of(struct text moment)
{
    const char *at = moment.ptr + moment.len - 6;
    const int seconds = (number_at(at + 1, 2) * 60 + number_at(at + 4, 2)) * 60;

    return moment.ptr[moment.len - 1] == 'Z' ? 0 : at[0] == '-' ? -seconds : seconds;
}

/* The second of "2026-11-29T11:02:03.4Z" in UTC, and behind it the digits of the fraction. */
static time_t second_of(struct text json, struct text *fraction_out)
{
    const struct text moment = {json.ptr + 1, json.len - 2};
    const char *at = moment.ptr;
    struct tm tm = {.tm_year = number_at(at, 4) - 1900,
                    .tm_mon = number_at(at + 5, 2) - 1,
                    .tm_mday = number_at(at + 8, 2),
                    .tm_hour = number_at(at + 11, 2),
                    .tm_min = number_at(at + 14, 2),
                    .tm_sec = number_at(at + 17, 2)};

    *fraction_out = (struct text){at + 19, 0};
    while (strchr(".0123456789", at[19 + fraction_out->len]) != NULL)
        fraction_out->len++;
    while (fraction_out->len > 0 && strchr(".0", at[18 + fraction_out->len]) != NULL)
        fraction_out->len--;
    return timegm(&tm) - offset_of(moment);
}

static bool is_moment(struct text json)
{
    return is_string(json) && json.len >= sizeof("\"2026-11-29T11:02:03Z\"") - 1;
}

static bool moments_equal(const struct field *field, struct text a, struct text b)
{
    struct text a_fraction, b_fraction;

    if (field->type == FIELD_DATETIME && field->zone == FIELD_ZONE_NONE)
        return digits_equal(field, a, b);
    return is_moment(a) && is_moment(b) && second_of(a, &a_fraction) == second_of(b, &b_fraction) &&
           text_equal(a_fraction, b_fraction);
}

static bool has_member(struct text json, struct text member)
{
    for (size_t i = 0; i + member.len + 2 <= json.len; i++)
        if (json.ptr[i] == '"' && json.ptr[i + member.len + 1] == '"' &&
            memcmp(json.ptr + i + 1, member.ptr, member.len) == 0)
            return true;
    return false;
}

static bool sets_equal(const struct field *field, struct text a, struct text b)
{
    for (size_t i = 0; i < field->value_count; i++)
        if (has_member(a, field->values[i]) != has_member(b, field->values[i]))
            return false;
    return a.ptr[0] == '[' && b.ptr[0] == '[';
}

/* How much of the text is space, from there on; none inside a string. */
static size_t space_at(struct text json, size_t at, bool quoted)
{
    size_t end = at;

    while (!quoted && end < json.len && json.ptr[end] == ' ')
        end++;
    return end - at;
}

/* But for spaces between the elements. */
static bool lists_equal(const struct field *field, struct text a, struct text b)
{
    bool quoted = false;
    size_t i = 0, j = 0;

    (void)field;
    for (; i < a.len; i++, j++) {
        i += space_at(a, i, quoted);
        j += space_at(b, j, quoted);
        if (i == a.len || j >= b.len || a.ptr[i] != b.ptr[j])
            return false;
        quoted ^= a.ptr[i] == '"';
    }
    return j == b.len;
}

/* Rows hold booleans as numbers, whichever way the diff wrote them. */
static bool is_true(struct text json)
{
    return text_is(json, "true") || text_is(json, "1");
}

static bool booleans_equal(const struct field *field, struct text a, struct text b)
{
    return values_fit(field, a) && values_fit(field, b) && is_true(a) == is_true(b);
}

static double real_of(struct text json)
{
    char text[48];

    snprintf(text, sizeof(text), "%.*s", TEXT_ARG(json));
    return strtod(text, NULL);
}

static bool reals_equal(const struct field *field, struct text a, struct text b)
{
    return values_fit(field, a) && values_fit(field, b) && real_of(a) == real_of(b);
}

typedef bool equal_values(const struct field *field, struct text a, struct text b);

/* Of types whose values have several spellings. */
static equal_values *const EQUAL[FIELD_TYPES] = {
    [FIELD_FLOAT] = reals_equal,      [FIELD_BOOLEAN] = booleans_equal,
    [FIELD_DATETIME] = moments_equal, [FIELD_TIMESTAMP] = moments_equal,
    [FIELD_TIME] = digits_equal,      [FIELD_DECIMAL] = digits_equal,
    [FIELD_SET] = sets_equal,         [FIELD_LIST] = lists_equal,
};

bool values_equal(const struct field *field, struct text a, struct text b)
{
    return text_equal(a, b) || (!text_is(a, "null") && !text_is(b, "null") &&
                                EQUAL[field->type] != NULL && EQUAL[field->type](field, a, b));
}

bool values_rewritten(const struct field *field, struct text json)
{
    if (field->type == FIELD_BOOLEAN)
        return field->json_booleans && (text_is(json, "1") || text_is(json, "0"));
    return is_string(json) && json.len > sizeof("\"-00:00\"") && json.ptr[json.len - 2] != 'Z' &&
           (field->type == FIELD_TIMESTAMP ||
            (field->type == FIELD_DATETIME && field->zone == FIELD_ZONE_UTC));
}
