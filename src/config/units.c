/* Reads whole numbers with the units of their kind. Entry point: units_parse(). */
#include "units.h"

struct unit {
    const char *suffix;
    int64_t factor;
};

#define SECOND_MS ((int64_t)1000)

static const struct unit COUNT_UNITS[] = {{"", 1}};
static const struct unit DURATION_UNITS[] = {
    {"ms", 1},
    {"s", SECOND_MS},
    {"m", 60 * SECOND_MS},
    {"h", 3600 * SECOND_MS},
    {"d", 86400 * SECOND_MS},
};
static const struct unit SIZE_UNITS[] = {
    {"", 1},
    {"KiB", (int64_t)1 << 10},
    {"MiB", (int64_t)1 << 20},
    {"GiB", (int64_t)1 << 30},
};

static const struct {
    const char *forms;
    const struct unit *units;
    size_t count;
} KINDS[] = {
    [UNITS_COUNT] = {"a whole number", COUNT_UNITS, ARRAY_LEN(COUNT_UNITS)},
    [UNITS_DURATION] = {"a duration such as 500ms, 30s, 5m, 2h or 30d", DURATION_UNITS,
                        ARRAY_LEN(DURATION_UNITS)},
    [UNITS_SIZE] = {"a size such as 512, 64KiB, 8MiB or 1GiB", SIZE_UNITS, ARRAY_LEN(SIZE_UNITS)},
};

const char *units_forms(enum units kind)
{
    return KINDS[kind].forms;
}

static size_t leading_digits(struct text text)
{
    size_t digits = 0;

    while (digits < text.len && text.ptr[digits] >= '0' && text.ptr[digits] <= '9')
        digits++;
    return digits;
}

bool units_parse(enum units kind, struct text text, int64_t *value_out)
{
    size_t digits = leading_digits(text);
    struct text suffix = {text.ptr + digits, text.len - digits};

    for (size_t i = 0; i < KINDS[kind].count; i++) {
        const struct unit *unit = &KINDS[kind].units[i];
        uint64_t value;

        if (!text_is(suffix, unit->suffix))
            continue;
        if (!text_to_uint((struct text){text.ptr, digits}, (uint64_t)(INT64_MAX / unit->factor),
                          &value))
            return false;
        *value_out = (int64_t)value * unit->factor;
        return true;
    }
    return false;
}
