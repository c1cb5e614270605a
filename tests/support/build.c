/* Builds models, fields and diffs from C values. */
#include "build.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

struct mapping *build_mapping(struct arena *arena, size_t field_count)
{
    struct mapping *mapping = ARENA_NEW(arena, struct mapping);
    struct model *model = ARENA_NEW(arena, struct model);

    *model = (struct model){
        .name = TEXT_LITERAL("m"),
        .table = TEXT_LITERAL("m"),
        .id_column = TEXT_LITERAL("id"),
        .owner_column = TEXT_LITERAL("owner_id"),
        .allow = {true, true, true},
        .fields = ARENA_ARRAY(arena, field_count, struct field),
        .field_count = field_count,
    };
    for (size_t i = 0; i < field_count; i++) {
        char name[24];

        snprintf(name, sizeof(name), "f%zu", i);
        model->fields[i] = (struct field){.name = arena_text(arena, text_of(name)), .index = i};
        model->fields[i].column = model->fields[i].name;
    }
    *mapping = (struct mapping){.models = model, .model_count = 1};
    return mapping;
}

static struct field_value parse_pair(struct arena *arena, const struct model *model,
                                     const char *pair)
{
    const char *equals = strchr(pair, '=');
    struct field_value value = {0};
    char quoted[64];

    assert(equals != NULL);
    value.field = model_field(model, (struct text){pair, (size_t)(equals - pair)});
    assert(value.field != NULL);
    snprintf(quoted, sizeof(quoted), "\"%s\"", equals + 1);
    value.value.kind = VALUE_TEXT;
    value.value.text = arena_text(arena, text_of(equals + 1));
    value.value.json = arena_text(arena, text_of(quoted));
    return value;
}

struct diff build_diff(struct arena *arena, const struct mapping *mapping, const char *id,
                       enum diff_type type, int64_t clock, int64_t time_ms, const char *object_id,
                       ...)
{
    const struct model *model = &mapping->models[0];
    struct diff diff = {
        .id = arena_text(arena, text_of(id)),
        .owner = TEXT_LITERAL("o"),
        .clock = clock,
        .time_ms = time_ms,
        .type = type,
        .model = model,
        .object_id = arena_text(arena, text_of(object_id)),
        .fields = ARENA_ARRAY(arena, model->field_count, struct field_value),
    };
    const char *pair;
    va_list args;

    va_start(args, object_id);
    while ((pair = va_arg(args, const char *)) != NULL) {
        struct field_value *value = &diff.fields[diff.field_count++];

        *value = parse_pair(arena, model, pair);
        value->time_ms = time_ms;
    }
    va_end(args);
    diff.json_data = diff_write_json_data(diff.object_id, diff.fields, diff.field_count, arena);
    return diff;
}

enum diff_type build_type(char letter)
{
    assert(letter == 'c' || letter == 'u' || letter == 'd');
    return letter == 'c' ? DIFF_CREATE : letter == 'u' ? DIFF_UPDATE : DIFF_DELETE;
}
