/* A table of names, and what follows for a column of such a name and its type:
 * schema_moments_is_read_only(), schema_moments_deletion(). */
#include "schema_moments.h"

#include "schema_guess.h"

/* Types that hold times. A BIGINT holds seconds or milliseconds: nobody can tell. */
static const struct {
    const char *data_type;
    const char *now;
    const char *deletion;
    bool is_count; /* which may just as well be something else, such as the id of a user */
} TYPES[] = {
    {"datetime", "now", "now", false}, {"timestamp", "now", "now", false},
    {"date", "now", "now", false},     {"int", "now_s", "now_s", true},
    {"bigint", "", "now_ms", true},
};

static const struct {
    const char *name; /* as schema_guess.h compares */
    enum schema_moment moment;
    bool is_vague; /* a count of that name is no time */
} NAMES[] = {
    {"createdat", SCHEMA_CREATED, false},    {"createdon", SCHEMA_CREATED, false},
    {"created", SCHEMA_CREATED, true},       {"datecreated", SCHEMA_CREATED, false},
    {"createtime", SCHEMA_CREATED, false},   {"createdate", SCHEMA_CREATED, false},
    {"insertedat", SCHEMA_CREATED, false},   {"updatedat", SCHEMA_UPDATED, false},
    {"updatedon", SCHEMA_UPDATED, false},    {"updated", SCHEMA_UPDATED, true},
    {"dateupdated", SCHEMA_UPDATED, false},  {"updatetime", SCHEMA_UPDATED, false},
    {"modifiedat", SCHEMA_UPDATED, false},   {"modifiedon", SCHEMA_UPDATED, false},
    {"modified", SCHEMA_UPDATED, true},      {"datemodified", SCHEMA_UPDATED, false},
    {"lastmodified", SCHEMA_UPDATED, false}, {"changedat", SCHEMA_UPDATED, false},
    {"changed", SCHEMA_UPDATED, true},       {"deletedat", SCHEMA_DELETED, false},
    {"deletedon", SCHEMA_DELETED, false},    {"deleted", SCHEMA_DELETED, true},
    {"datedeleted", SCHEMA_DELETED, false},  {"trashedat", SCHEMA_DELETED, false},
};

static const char *const FLAGS[] = {"isdeleted", "deleted", "istrashed"};

static size_t find_type(const struct catalog_column *column)
{
    size_t at = 0;

    while (at < ARRAY_LEN(TYPES) && !text_is(column->data_type, TYPES[at].data_type))
        at++;
    return at;
}

static bool is_flag(const struct catalog_column *column)
{
    return text_is(column->column_type, "tinyint(1)") || text_is(column->column_type, "bit(1)");
}

enum schema_moment schema_moments_guess(const struct catalog_column *column)
{
    const size_t type = find_type(column);

    if (is_flag(column))
        for (size_t i = 0; i < ARRAY_LEN(FLAGS); i++)
            if (schema_guess_is_named(column->name, FLAGS[i]))
                return SCHEMA_DELETED_FLAG;
    for (size_t i = 0; type < ARRAY_LEN(TYPES) && i < ARRAY_LEN(NAMES); i++)
        if (schema_guess_is_named(column->name, NAMES[i].name) &&
            !(NAMES[i].is_vague && TYPES[type].is_count))
            return NAMES[i].moment;
    return SCHEMA_NO_MOMENT;
}

/* The present time in the words of the config; empty where that is not known of the column. */
static struct text now_of(const struct catalog_column *column)
{
    const size_t type = find_type(column);

    return text_of(type < ARRAY_LEN(TYPES) ? TYPES[type].now : "");
}

bool schema_moments_is_read_only(const struct catalog_column *column, struct fill *fill_out)
{
    const enum schema_moment moment = schema_moments_guess(column);
    const struct text now = now_of(column);
    const bool is_moment = (moment == SCHEMA_CREATED || moment == SCHEMA_UPDATED) && now.len > 0;

    *fill_out = (struct fill){0};
    if (column->generated)
        return true;
    if (!column->default_now && (is_moment || (column->on_update && !column->has_default)))
        fill_out->on_create = now;
    if (moment == SCHEMA_UPDATED && !column->on_update)
        fill_out->on_update = now;
    return is_moment || column->on_update;
}

/* Rows that are there have the column's default. */
struct text schema_moments_deletion(const struct catalog_column *column, struct text *live_out)
{
    const enum schema_moment moment = schema_moments_guess(column);
    const size_t type = find_type(column);

    *live_out = TEXT_LITERAL("");
    if (column->generated || column->on_update)
        return TEXT_LITERAL("");
    if (moment == SCHEMA_DELETED && column->nullable && !column->default_value)
        return text_of(TYPES[type].deletion);
    if (moment == SCHEMA_DELETED && TYPES[type].is_count && column->default_zero) {
        *live_out = TEXT_LITERAL("0");
        return text_of(TYPES[type].deletion);
    }
    if (moment == SCHEMA_DELETED_FLAG && column->has_default &&
        (column->default_zero || !column->default_value))
        return TEXT_LITERAL("1");
    return TEXT_LITERAL("");
}
