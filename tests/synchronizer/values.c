/* Random values of every type, in every column that holds it, go from a device to the table and
 * back and from the table to a device and back, unchanged. What is expected is written here, as
 * JSON and as SQL, by means that the server does not use.
 *
 * usage: test_values [--rounds N] [--seed N] */
#include <inttypes.h>
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "contract.h"
#include "database.h"

#define TEXT_BYTES 512

/* One value, twice. */
struct sample {
    char json[TEXT_BYTES];
    char sql[TEXT_BYTES];
};

/* Of a sample's text, which has TEXT_BYTES. */
static void add(char *text, const char *more)
{
    snprintf(text + strlen(text), TEXT_BYTES - strlen(text), "%s", more);
}

static void put(char *text, const char *first)
{
    text[0] = '\0';
    add(text, first);
}

static uint64_t random_state = 20261129;

static uint64_t random_bits(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state;
}

static unsigned below(unsigned limit)
{
    return (unsigned)(random_bits() % limit);
}

/* Digits of a fraction, exactly so many; often the first, the last, or none that counts. */
static void random_fraction(unsigned digits, char *out)
{
    const unsigned kind = below(4);

    out[0] = '\0';
    if (digits == 0)
        return;
    *out++ = '.';
    for (unsigned i = 0; i < digits; i++)
        *out++ = kind == 0 ? '0' : kind == 1 ? '9' : (char)('0' + below(10));
    *out = '\0';
}

struct variant {
    const char *column;
    enum field_type type;
    unsigned parameter; /* what the generator makes of it */
    void (*make)(const struct variant *variant, struct sample *sample);
    enum field_zone zone;
    enum field_as as;
    bool json_booleans;
    const char *const *values;
};

static void make_signed(const struct variant *v, struct sample *s)
{
    const int64_t most = v->parameter == 64 ? INT64_MAX : ((int64_t)1 << (v->parameter - 1)) - 1;
    const int64_t least = -most - 1;
    const unsigned kind = below(6);
    int64_t number = (int64_t)random_bits() % (most / 2 + 1);

    if (kind == 0)
        number = most;
    else if (kind == 1)
        number = least;
    else if (kind == 2)
        number = (int64_t)below(3) - 1;
    snprintf(s->sql, TEXT_BYTES, "%" PRId64, number);
    snprintf(s->json, TEXT_BYTES, v->as == FIELD_AS_STRING ? "\"%s\"" : "%s", s->sql);
}

static void make_unsigned(const struct variant *v, struct sample *s)
{
    const uint64_t most = v->parameter == 64 ? UINT64_MAX : ((uint64_t)1 << v->parameter) - 1;
    const unsigned kind = below(5);
    uint64_t number = random_bits() & most;

    if (kind == 0)
        number = most;
    else if (kind == 1)
        number = below(2);
    else if (kind == 2 && v->parameter == 64)
        number = (uint64_t)INT64_MAX + below(2);
    snprintf(s->sql, TEXT_BYTES, "%" PRIu64, number);
    snprintf(s->json, TEXT_BYTES, v->as == FIELD_AS_STRING ? "\"%s\"" : "%s", s->sql);
}

static void make_year(const struct variant *v, struct sample *s)
{
    const unsigned year = below(10) == 0 ? 0 : 1901 + below(255);

    (void)v;
    snprintf(s->sql, TEXT_BYTES, "%u", year);
    snprintf(s->json, TEXT_BYTES, "%u", year);
}

static void make_boolean(const struct variant *v, struct sample *s)
{
    const bool truth = below(2) == 1;

    snprintf(s->sql, TEXT_BYTES, "%d", truth);
    snprintf(s->json, TEXT_BYTES, "%s",
             v->json_booleans ? (truth ? "true" : "false") : (truth ? "1" : "0"));
}

/* Of few digits, which both widths keep; an integer is written with its point. */
static void make_real(const struct variant *v, struct sample *s)
{
    const unsigned digits = v->parameter == 32 ? 1000000 : 1000000000;
    const unsigned number = 1 + below(digits - 1);
    const char *sign = below(2) == 0 ? "" : "-";
    char fraction[16];

    snprintf(fraction, sizeof(fraction), "%u", 1 + below(9));
    snprintf(s->sql, TEXT_BYTES, "%s%u.%s", sign, number / 10, fraction);
    snprintf(s->json, TEXT_BYTES, "%s", s->sql);
}

static unsigned days_of(unsigned year, unsigned month)
{
    const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    if (month == 2)
        return leap ? 29 : 28;
    return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

struct when {
    unsigned year, month, day, hour, minute, second;
    char fraction[16];
};

static struct when random_when(unsigned first_year, unsigned last_year, unsigned digits)
{
    const unsigned kind = below(6);
    struct when w = {.year = first_year + below(last_year - first_year + 1)};

    if (kind == 0)
        w.year = last_year;
    else if (kind == 1)
        w.year = first_year;
    w.month = kind == 2 ? 2 : 1 + below(12);
    w.day = kind == 2 || kind == 3 ? days_of(w.year, w.month) : 1 + below(days_of(w.year, w.month));
    w.hour = kind == 4 ? 23 : below(24);
    w.minute = kind == 4 ? 59 : below(60);
    w.second = kind == 4 ? 59 : below(60);
    random_fraction(digits, w.fraction);
    return w;
}

static void make_datetime(const struct variant *v, struct sample *s)
{
    const bool stamp = v->type == FIELD_TIMESTAMP;
    const struct when w = random_when(stamp ? 1971 : 1, stamp ? 2037 : 9999, v->parameter);

    snprintf(s->sql, TEXT_BYTES, "'%04u-%02u-%02u %02u:%02u:%02u%s'", w.year, w.month, w.day,
             w.hour, w.minute, w.second, w.fraction);
    snprintf(s->json, TEXT_BYTES, "\"%04u-%02u-%02uT%02u:%02u:%02u%s%s\"", w.year, w.month, w.day,
             w.hour, w.minute, w.second, w.fraction, stamp || v->zone == FIELD_ZONE_UTC ? "Z" : "");
}

/* Days since 1970, counted one year and one month at a time. */
static int64_t days_since_1970(const struct when *w)
{
    int64_t days = 0;

    for (unsigned y = 1970; y < w->year; y++)
        days += days_of(y, 2) == 29 ? 366 : 365;
    for (unsigned y = w->year; y < 1970; y++)
        days -= days_of(y, 2) == 29 ? 366 : 365;
    for (unsigned m = 1; m < w->month; m++)
        days += days_of(w->year, m);
    return days + w->day - 1;
}

static void make_ms(const struct variant *v, struct sample *s)
{
    const bool stamp = strstr(v->column, "TIMESTAMP") != NULL;
    const struct when w = random_when(stamp ? 1971 : 1, stamp ? 2037 : 9999, v->parameter);
    const int64_t seconds = days_since_1970(&w) * 86400 + w.hour * 3600 + w.minute * 60 + w.second;
    char thousandths[4] = "000";

    for (unsigned i = 0; i < 3 && w.fraction[0] != '\0' && w.fraction[1 + i] != '\0'; i++)
        thousandths[i] = w.fraction[1 + i];
    snprintf(s->sql, TEXT_BYTES, "'%04u-%02u-%02u %02u:%02u:%02u%s'", w.year, w.month, w.day,
             w.hour, w.minute, w.second, w.fraction);
    snprintf(s->json, TEXT_BYTES, "%" PRId64, seconds * 1000 + strtol(thousandths, NULL, 10));
}

static void make_date(const struct variant *v, struct sample *s)
{
    const struct when w = random_when(1, 9999, 0);

    (void)v;
    snprintf(s->sql, TEXT_BYTES, "'%04u-%02u-%02u'", w.year, w.month, w.day);
    snprintf(s->json, TEXT_BYTES, "\"%04u-%02u-%02u\"", w.year, w.month, w.day);
}

static void make_time(const struct variant *v, struct sample *s)
{
    const unsigned kind = below(5);
    const unsigned hours = kind == 0 ? 838 : kind == 1 ? 0 : below(838);
    char fraction[16] = "", amount[64];
    bool zero;

    if (kind != 0)
        random_fraction(v->parameter, fraction);
    else if (v->parameter > 0)
        snprintf(fraction, sizeof(fraction), ".%0*d", (int)v->parameter, 0);
    snprintf(amount, sizeof(amount), "%02u:%02u:%02u%s", hours, kind == 0 ? 59 : below(60),
             kind == 0 ? 59 : below(60), fraction);
    zero = strpbrk(amount, "123456789") == NULL;
    snprintf(s->sql, TEXT_BYTES, "'%s%s'", kind % 2 == 0 && !zero ? "-" : "", amount);
    snprintf(s->json, TEXT_BYTES, "\"%.*s\"", (int)strlen(s->sql) - 2, s->sql + 1);
}

/* parameter: whole digits * 100 + digits of the fraction. */
static void make_decimal(const struct variant *v, struct sample *s)
{
    const unsigned whole = v->parameter / 100, digits = v->parameter % 100;
    const bool largest = below(4) == 0;
    const unsigned count = largest ? whole : whole == 0 ? 0 : below(whole + 1);
    char number[128], *out = number, fraction[64];

    for (unsigned i = 0; i < count; i++)
        *out++ = largest ? '9' : (char)('0' + (i == 0 ? 1 + below(9) : below(10)));
    if (count == 0)
        *out++ = '0';
    *out = '\0';
    random_fraction(digits, fraction);
    snprintf(s->sql, TEXT_BYTES, "%s%s%s",
             below(2) == 0 && (strpbrk(number, "123456789") != NULL ||
                               strpbrk(fraction, "123456789") != NULL)
                 ? "-"
                 : "",
             number, fraction);
    put(s->json, "\"");
    add(s->json, s->sql);
    add(s->json, "\"");
}

static const char *const COLOURS[] = {"red", "Green", "b'lue", "1", "say \"x\"", NULL};
static const char *const DAYS[] = {"mon", "tue", "wed", "Thu", "fri", NULL};

static void add_quoted(char *out, const char *word, char quote, char escape)
{
    out += strlen(out);
    *out++ = quote;
    for (; *word != '\0'; word++) {
        if (*word == quote)
            *out++ = escape;
        *out++ = *word;
    }
    *out++ = quote;
    *out = '\0';
}

static void make_enum(const struct variant *v, struct sample *s)
{
    const char *word = COLOURS[below(5)];

    (void)v;
    s->sql[0] = s->json[0] = '\0';
    add_quoted(s->sql, word, '\'', '\'');
    add_quoted(s->json, word, '"', '\\');
}

static void make_set(const struct variant *v, struct sample *s)
{
    const unsigned bits = below(32);
    bool any = false;

    (void)v;
    put(s->sql, "'");
    put(s->json, "[");
    for (unsigned i = 0; i < 5; i++) {
        if ((bits >> i & 1) == 0)
            continue;
        if (any) {
            add(s->sql, ",");
            add(s->json, ",");
        }
        any = true;
        add(s->sql, DAYS[i]);
        add_quoted(s->json, DAYS[i], '"', '\\');
    }
    add(s->sql, "'");
    add(s->json, "]");
}

static void make_uuid(const struct variant *v, struct sample *s)
{
    const unsigned kind = below(6);
    uint64_t high = kind == 0 ? 0 : kind == 1 ? UINT64_MAX : random_bits();
    uint64_t low = kind == 0 ? 0 : kind == 1 ? UINT64_MAX : random_bits();
    char uuid[40];

    /* MariaDB's own type takes those of a version, of which 4 is the random one. */
    if (v->parameter == 4) {
        high = (high & ~(uint64_t)0xF000) | 0x4000;
        low = (low & ~((uint64_t)0xC << 60)) | (uint64_t)8 << 60;
    }
    snprintf(uuid, sizeof(uuid), "%08x-%04x-%04x-%04x-%012" PRIx64, (unsigned)(high >> 32),
             (unsigned)(high >> 16 & 0xFFFF), (unsigned)(high & 0xFFFF), (unsigned)(low >> 48),
             low & 0xFFFFFFFFFFFF);
    snprintf(s->json, TEXT_BYTES, "\"%s\"", uuid);
    if (v->parameter == 16)
        snprintf(s->sql, TEXT_BYTES, "UNHEX(REPLACE('%s', '-', ''))", uuid);
    else if (v->parameter == 32)
        snprintf(s->sql, TEXT_BYTES, "REPLACE('%s', '-', '')", uuid);
    else
        snprintf(s->sql, TEXT_BYTES, "'%s'", uuid);
}

/* By the definition: six bits a character, from the bits in a row. */
static void write_base64(const unsigned char *bytes, unsigned len, char *out)
{
    static const char LETTERS[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const unsigned bits = len * 8;
    unsigned written = 0;

    for (unsigned at = 0; at < bits; at += 6, written++) {
        unsigned sextet = 0;

        for (unsigned b = at; b < at + 6; b++)
            sextet = sextet * 2 + (b < bits ? (unsigned)bytes[b / 8] >> (7 - b % 8) & 1u : 0u);
        *out++ = LETTERS[sextet];
    }
    for (; written % 4 != 0; written++)
        *out++ = '=';
    *out = '\0';
}

/* parameter: the longest; negative widths are fixed. */
static void make_bytes(const struct variant *v, struct sample *s)
{
    unsigned char bytes[64];
    const bool fixed = strncmp(v->column, "BINARY", 6) == 0;
    const unsigned len = fixed ? v->parameter : below(v->parameter + 1);
    char base64[128];

    for (unsigned i = 0; i < len; i++)
        bytes[i] = below(4) == 0 ? 0 : (unsigned char)below(256);
    write_base64(bytes, len, base64);
    snprintf(s->json, TEXT_BYTES, "\"%s\"", base64);
    put(s->sql, "X'");
    for (unsigned i = 0; i < len; i++)
        snprintf(s->sql + strlen(s->sql), 3, "%02x", bytes[i]);
    add(s->sql, "'");
}

/* parameter: the highest character. */
static void make_string(const struct variant *v, struct sample *s)
{
    unsigned len = below(12);

    put(s->sql, "'");
    for (; len > 0; len--) {
        char *out = s->sql + strlen(s->sql);
        const unsigned c = below(3) == 0 ? v->parameter : 'a' + below(26);

        if (c < 0x80)
            snprintf(out, 5, "%c", (char)c);
        else if (c < 0x800)
            snprintf(out, 5, "%c%c", (char)(0xC0 | c >> 6), (char)(0x80 | (c & 63)));
        else if (c < 0x10000)
            snprintf(out, 5, "%c%c%c", (char)(0xE0 | c >> 12), (char)(0x80 | (c >> 6 & 63)),
                     (char)(0x80 | (c & 63)));
        else
            snprintf(out, 5, "%c%c%c%c", (char)(0xF0 | c >> 18), (char)(0x80 | (c >> 12 & 63)),
                     (char)(0x80 | (c >> 6 & 63)), (char)(0x80 | (c & 63)));
    }
    add(s->sql, "'");
    snprintf(s->json, TEXT_BYTES, "\"%.*s\"", (int)strlen(s->sql) - 2, s->sql + 1);
}

#define ENUM_SQL "ENUM('red', 'Green', 'b''lue', '1', 'say \"x\"')"
#define SET_SQL  "SET('mon', 'tue', 'wed', 'Thu', 'fri')"
#define UTF8MB4  " CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci"

static const struct variant VARIANTS[] = {
    {.column = "TINYINT", .type = FIELD_INTEGER, .parameter = 8, .make = make_signed},
    {.column = "SMALLINT", .type = FIELD_INTEGER, .parameter = 16, .make = make_signed},
    {.column = "MEDIUMINT", .type = FIELD_INTEGER, .parameter = 24, .make = make_signed},
    {.column = "INT", .type = FIELD_INTEGER, .parameter = 32, .make = make_signed},
    {.column = "BIGINT", .type = FIELD_INTEGER, .parameter = 64, .make = make_signed},
    {.column = "BIGINT",
     .type = FIELD_INTEGER,
     .parameter = 64,
     .make = make_signed,
     .as = FIELD_AS_STRING},
    {.column = "TINYINT UNSIGNED", .type = FIELD_INTEGER, .parameter = 8, .make = make_unsigned},
    {.column = "INT UNSIGNED ZEROFILL",
     .type = FIELD_INTEGER,
     .parameter = 32,
     .make = make_unsigned},
    {.column = "BIGINT UNSIGNED", .type = FIELD_INTEGER, .parameter = 64, .make = make_unsigned},
    {.column = "BIGINT UNSIGNED",
     .type = FIELD_INTEGER,
     .parameter = 64,
     .make = make_unsigned,
     .as = FIELD_AS_STRING},
    {.column = "BIT(1)", .type = FIELD_INTEGER, .parameter = 1, .make = make_unsigned},
    {.column = "BIT(20)", .type = FIELD_INTEGER, .parameter = 20, .make = make_unsigned},
    {.column = "BIT(64)", .type = FIELD_INTEGER, .parameter = 64, .make = make_unsigned},
    {.column = "YEAR", .type = FIELD_INTEGER, .parameter = 0, .make = make_year},
    {.column = "TINYINT(1)", .type = FIELD_BOOLEAN, .parameter = 0, .make = make_boolean},
    {.column = "BIT(1)", .type = FIELD_BOOLEAN, .parameter = 0, .make = make_boolean},
    {.column = "TINYINT(1)",
     .type = FIELD_BOOLEAN,
     .parameter = 0,
     .make = make_boolean,
     .json_booleans = true},
    {.column = "BIT(1)",
     .type = FIELD_BOOLEAN,
     .parameter = 0,
     .make = make_boolean,
     .json_booleans = true},
    {.column = "DOUBLE", .type = FIELD_FLOAT, .parameter = 64, .make = make_real},
    {.column = "FLOAT", .type = FIELD_FLOAT, .parameter = 32, .make = make_real},
    {.column = "VARCHAR(20)" UTF8MB4,
     .type = FIELD_STRING,
     .parameter = 0x1F600,
     .make = make_string},
    {.column = "VARCHAR(20) CHARACTER SET utf8mb3",
     .type = FIELD_STRING,
     .parameter = 0x20AC,
     .make = make_string},
    {.column = "VARCHAR(20) CHARACTER SET latin1",
     .type = FIELD_STRING,
     .parameter = 0xE9,
     .make = make_string},
    {.column = "VARCHAR(20) CHARACTER SET ascii",
     .type = FIELD_STRING,
     .parameter = '~',
     .make = make_string},
    {.column = "DATETIME", .type = FIELD_DATETIME, .parameter = 0, .make = make_datetime},
    {.column = "DATETIME(3)", .type = FIELD_DATETIME, .parameter = 3, .make = make_datetime},
    {.column = "DATETIME(6)",
     .type = FIELD_DATETIME,
     .parameter = 6,
     .make = make_datetime,
     .zone = FIELD_ZONE_UTC},
    {.column = "TIMESTAMP NULL", .type = FIELD_TIMESTAMP, .parameter = 0, .make = make_datetime},
    {.column = "TIMESTAMP(6) NULL", .type = FIELD_TIMESTAMP, .parameter = 6, .make = make_datetime},
    {.column = "DATETIME(3)", .type = FIELD_DATETIME_MS, .parameter = 3, .make = make_ms},
    {.column = "DATETIME", .type = FIELD_DATETIME_MS, .parameter = 0, .make = make_ms},
    {.column = "TIMESTAMP(3) NULL", .type = FIELD_DATETIME_MS, .parameter = 3, .make = make_ms},
    {.column = "BIGINT", .type = FIELD_DATETIME_MS, .parameter = 64, .make = make_signed},
    {.column = "DATE", .type = FIELD_DATE, .parameter = 0, .make = make_date},
    {.column = "TIME", .type = FIELD_TIME, .parameter = 0, .make = make_time},
    {.column = "TIME(6)", .type = FIELD_TIME, .parameter = 6, .make = make_time},
    {.column = "DECIMAL(10,2)", .type = FIELD_DECIMAL, .parameter = 802, .make = make_decimal},
    {.column = "DECIMAL(65,30)", .type = FIELD_DECIMAL, .parameter = 3530, .make = make_decimal},
    {.column = "DECIMAL(5,5)", .type = FIELD_DECIMAL, .parameter = 5, .make = make_decimal},
    {.column = "DECIMAL(20)", .type = FIELD_DECIMAL, .parameter = 2000, .make = make_decimal},
    {.column = ENUM_SQL, .type = FIELD_ENUM, .parameter = 0, .make = make_enum},
    {.column = "VARCHAR(20)" UTF8MB4,
     .type = FIELD_ENUM,
     .parameter = 0,
     .make = make_enum,
     .values = COLOURS},
    {.column = SET_SQL, .type = FIELD_SET, .parameter = 0, .make = make_set},
    {.column = "VARCHAR(40)" UTF8MB4,
     .type = FIELD_SET,
     .parameter = 0,
     .make = make_set,
     .values = DAYS},
    {.column = "BINARY(16)", .type = FIELD_UUID, .parameter = 16, .make = make_uuid},
    {.column = "UUID", .type = FIELD_UUID, .parameter = 4, .make = make_uuid},
    {.column = "CHAR(36) CHARACTER SET ascii",
     .type = FIELD_UUID,
     .parameter = 0,
     .make = make_uuid},
    {.column = "CHAR(32) CHARACTER SET ascii",
     .type = FIELD_UUID,
     .parameter = 32,
     .make = make_uuid},
    {.column = "BINARY(5)", .type = FIELD_BYTES, .parameter = 5, .make = make_bytes},
    {.column = "VARBINARY(40)", .type = FIELD_BYTES, .parameter = 40, .make = make_bytes},
    {.column = "LONGBLOB", .type = FIELD_BYTES, .parameter = 50, .make = make_bytes},
};

#define COUNT ARRAY_LEN(VARIANTS)

static char names[COUNT][8];
static struct text values[COUNT][8];
static struct field fields[COUNT];
static struct model model = {
    .name = {"typed", sizeof("typed") - 1},
    .table = {"typed", sizeof("typed") - 1},
    .id_column = {"id", sizeof("id") - 1},
    .owner_column = {"owner_id", sizeof("owner_id") - 1},
    .allow = {true, true, true},
    .fields = fields,
    .field_count = COUNT,
};
static const struct mapping mapping = {.models = &model, .model_count = 1};
static struct database db;
static unsigned rounds = 300;

static void set_up_fields(void)
{
    for (size_t i = 0; i < COUNT; i++) {
        const struct variant *v = &VARIANTS[i];

        snprintf(names[i], sizeof(names[i]), "c%zu", i);
        fields[i] = (struct field){.name = text_of(names[i]),
                                   .column = text_of(names[i]),
                                   .type = v->type,
                                   .zone = v->zone,
                                   .as = v->as,
                                   .json_booleans = v->json_booleans,
                                   .index = i};
        for (size_t k = 0; v->values != NULL && v->values[k] != NULL; k++) {
            values[i][k] = text_of(v->values[k]);
            fields[i].values = values[i];
            fields[i].value_count = k + 1;
        }
    }
}

static void create_table(void)
{
    struct buf sql;

    buf_init(&sql, 65536);
    buf_add_str(&sql, "CREATE TABLE typed (owner_id VARCHAR(128), id VARCHAR(128)");
    for (size_t i = 0; i < COUNT; i++)
        buf_printf(&sql, ", %s %s", names[i], VARIANTS[i].column);
    buf_add_str(&sql, ", PRIMARY KEY (owner_id, id))");
    database_exec(&db, sql.data);
    database_exec(&db, "SET time_zone = '+00:00'");
    buf_release(&sql);
}

static void make_samples(struct sample *samples)
{
    for (size_t i = 0; i < COUNT; i++) {
        if (below(12) == 0) {
            put(samples[i].json, "null");
            put(samples[i].sql, "NULL");
        } else {
            VARIANTS[i].make(&VARIANTS[i], &samples[i]);
        }
    }
}

static void parse_samples(struct contract *c, const struct sample *samples, struct field_value *set)
{
    for (size_t i = 0; i < COUNT; i++) {
        const struct mapped_field at = column_of(c->s->columns, &model, &fields[i]);
        const struct json_token token =
            json_dom_token(arena_text(&c->arena, text_of(samples[i].json)), &c->arena);

        set[i] = (struct field_value){.field = &fields[i]};
        if (value_parse(at, &token, &c->arena, &set[i].value, &c->fail) != RC_OK)
            fail_msg("%s: %s: %s", VARIANTS[i].column, samples[i].json, c->fail.message);
        value_spell(at, &set[i].value, &c->arena);
    }
}

/* The column as what is written in SQL compares to it, byte by byte. */
static void add_column(struct buf *sql, size_t i)
{
    const struct variant *v = &VARIANTS[i];

    if (v->type == FIELD_STRING || v->type == FIELD_ENUM || v->type == FIELD_SET)
        buf_printf(sql, "BINARY CONVERT(%s USING utf8mb4)", names[i]);
    else if (v->make == make_real && v->parameter == 32)
        buf_printf(sql, "CAST(%s AS CHAR) + 0", names[i]); /* as it is shown */
    else
        buf_add_str(sql, names[i]);
}

static void expect_table(const char *id, const struct sample *samples, const char *when)
{
    struct buf sql;

    buf_init(&sql, 4096);
    for (size_t i = 0; i < COUNT; i++) {
        buf_clear(&sql);
        buf_printf(&sql, "SELECT COUNT(*) FROM typed WHERE id = '%s' AND ", id);
        add_column(&sql, i);
        buf_printf(&sql, " <=> %s", samples[i].sql);
        if (database_number(&db, sql.data) != 1)
            fail_msg("%s: %s is not %s in the table", when, VARIANTS[i].column, samples[i].sql);
    }
    buf_release(&sql);
}

static void expect_row(const struct row *row, const struct sample *samples, const char *when)
{
    assert_true(row->live);
    for (size_t i = 0; i < COUNT; i++)
        if (!text_is(row->values[i].json, samples[i].json))
            fail_msg("%s: %s: %s comes as %.*s", when, VARIANTS[i].column, samples[i].json,
                     TEXT_ARG(row->values[i].json));
}

static struct owner_model of_alice(void)
{
    return (struct owner_model){TEXT_LITERAL("alice"), &model};
}

static void read_row(struct contract *c, const char *id, struct row *row)
{
    const struct text ids[] = {text_of(id)};

    if (c->ops->read(c->s, of_alice(), (struct id_list){ids, 1}, &c->arena, row, &c->fail) != RC_OK)
        fail_msg("read: %s", c->fail.detail);
}

static void write_row(struct contract *c, const char *id, const struct sample *samples,
                      bool creates)
{
    struct field_value set[COUNT];
    const struct object object = {text_of(id), set, COUNT};
    size_t applied = 0;
    enum rc rc;

    parse_samples(c, samples, set);
    rc = creates ? c->ops->create(c->s, of_alice(), &object, 1, &applied, &c->fail)
                 : c->ops->update(c->s, of_alice(), &object, 1, &applied, &c->fail);
    if (rc != RC_OK)
        fail_msg("write: %s (%s): %s", c->fail.message, c->fail.field, c->fail.detail);
    assert_int_equal(applied, 1);
}

/* What a device creates, others read, and the table has it. */
static void round_of_device(struct contract *c)
{
    static struct sample samples[COUNT];
    struct row row;

    make_samples(samples);
    contract_begin(c, "alice");
    write_row(c, "d", samples, true);
    read_row(c, "d", &row);
    expect_row(&row, samples, "device, table, device");
    contract_commit(c);
    expect_table("d", samples, "device, table");
    database_exec(&db, "DELETE FROM typed");
}

static void insert_by_sql(const char *id, const struct sample *samples)
{
    struct buf sql;

    buf_init(&sql, 65536);
    buf_printf(&sql, "INSERT INTO typed VALUES ('alice', '%s'", id);
    for (size_t i = 0; i < COUNT; i++)
        buf_printf(&sql, ", %s", samples[i].sql);
    buf_add_char(&sql, ')');
    database_exec(&db, sql.data);
    buf_release(&sql);
}

/* What others wrote, a device reads, and writes back as it was. */
static void round_of_table(struct contract *c)
{
    static struct sample samples[COUNT];
    struct row row;

    make_samples(samples);
    insert_by_sql("t", samples);
    contract_begin(c, "alice");
    read_row(c, "t", &row);
    expect_row(&row, samples, "table, device");
    write_row(c, "t", samples, false);
    contract_commit(c);
    expect_table("t", samples, "table, device, table");
    database_exec(&db, "DELETE FROM typed");
}

static void test_round_trips(void **state)
{
    struct contract c;

    (void)state;
    database_reset(&db);
    create_table();
    contract_open(&c, db_synchronizer_new(&db.settings));
    for (unsigned i = 0; i < rounds; i++) {
        if (c.ops->ping(c.s, &c.fail) != RC_OK)
            fail_msg("ping: %s", c.fail.detail);
        round_of_device(&c);
        round_of_table(&c);
    }
    contract_close(&c);
    db_synchronizer_free(c.s);
}

static void read_arguments(int argc, char **argv)
{
    for (int i = 1; i + 1 < argc; i += 2) {
        if (strcmp(argv[i], "--rounds") == 0)
            rounds = (unsigned)strtoul(argv[i + 1], NULL, 10);
        else if (strcmp(argv[i], "--seed") == 0)
            random_state = strtoull(argv[i + 1], NULL, 10) | 1;
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_round_trips)};
    int failed;

    read_arguments(argc, argv);
    set_up_fields();
    database_start(&db, &mapping);
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    database_stop(&db);
    return failed;
}
