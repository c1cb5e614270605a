/* Fills fields: memory_fill_value(). */
#include "memory_fill.h"

#include <stdlib.h>
#include <time.h>

#include "clock.h"

static struct value text_value(struct text t, struct arena *arena)
{
    return (struct value){.kind = VALUE_TEXT, .text = arena_text(arena, t)};
}

static struct value number_value(const struct field *field, struct text t, struct arena *arena)
{
    switch (field_type_kind(field->type)) {
    case VALUE_INTEGER:
        return (struct value){.kind = VALUE_INTEGER,
                              .integer = text_is(t, "true") ? 1 : strtoll(t.ptr, NULL, 10)};
    case VALUE_REAL:
        return (struct value){.kind = VALUE_REAL, .real = strtod(t.ptr, NULL)};
    case VALUE_NULL:
    case VALUE_TEXT:
        break;
    }
    return text_value(t, arena);
}

static struct value now_value(const struct field *field, struct arena *arena)
{
    const time_t seconds = (time_t)(clock_now_ms() / 1000);
    struct tm tm;
    char text[32];

    if (field_type_kind(field->type) == VALUE_INTEGER)
        return (struct value){.kind = VALUE_INTEGER, .integer = clock_now_ms()};
    gmtime_r(&seconds, &tm);
    strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm);
    return text_value(text_of(text), arena);
}

struct value memory_fill_value(const struct field *field, struct text fill, struct arena *arena)
{
    switch (fill_kind(fill)) {
    case FILL_NOW:
        return now_value(field, arena);
    case FILL_NOW_S:
        return (struct value){.kind = VALUE_INTEGER, .integer = clock_now_ms() / 1000};
    case FILL_NOW_MS:
        return (struct value){.kind = VALUE_INTEGER, .integer = clock_now_ms()};
    case FILL_EMPTY:
        return text_value(TEXT_LITERAL(""), arena);
    case FILL_CONSTANT:
        return number_value(field, fill, arena);
    case FILL_NOTHING:
        break;
    }
    return (struct value){.kind = VALUE_NULL};
}
