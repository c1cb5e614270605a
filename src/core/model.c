/* Names of the wire and look-ups by name. */
#include "model.h"

#include <assert.h>

#include "attributes.h"

static const char *const DIFF_TYPE_NAMES[DIFF_TYPES] = {
    [DIFF_CREATE] = "create",
    [DIFF_UPDATE] = "update",
    [DIFF_DELETE] = "delete",
};

const char *diff_type_name(enum diff_type type)
{
    assert(type < DIFF_TYPES);
    return DIFF_TYPE_NAMES[type];
}

bool diff_type_parse(struct text name, enum diff_type *type_out)
{
    for (unsigned i = 0; i < DIFF_TYPES; i++) {
        if (text_is(name, DIFF_TYPE_NAMES[i])) {
            *type_out = (enum diff_type)i;
            return true;
        }
    }
    return false;
}

static const char *const KEY_TYPE_NAMES[KEY_TYPES] = {
    [KEY_STRING] = "string",
    [KEY_INTEGER] = "integer",
    [KEY_UUID] = "uuid",
    [KEY_REFERENCE] = "reference",
};

const char *key_type_name(enum key_type type)
{
    assert(type < KEY_TYPES);
    return KEY_TYPE_NAMES[type];
}

size_t model_id_count(const struct model *model)
{
    return model->id_part_count > 0 ? model->id_part_count : 1;
}

struct id_part model_id_part(const struct model *model, size_t at)
{
    assert(at < model_id_count(model));
    return model->id_part_count > 0
               ? model->id_parts[at]
               : (struct id_part){.column = model->id_column, .type = model->id_type};
}

bool model_id_has_column(const struct model *model, struct text column)
{
    for (size_t i = 0; i < model_id_count(model); i++)
        if (text_equal_nocase(model_id_part(model, i).column, column))
            return true;
    return false;
}

static const struct {
    const char *word;
    enum fill_kind kind;
} FILLS[] = {
    {"", FILL_NOTHING},      {"now", FILL_NOW},     {"now_s", FILL_NOW_S},
    {"now_ms", FILL_NOW_MS}, {"empty", FILL_EMPTY},
};

enum fill_kind fill_kind(struct text value)
{
    for (size_t i = 0; i < ARRAY_LEN(FILLS); i++)
        if (text_is(value, FILLS[i].word))
            return FILLS[i].kind;
    return FILL_CONSTANT;
}

bool field_is_filled(const struct field *field, enum diff_type type)
{
    const struct text value = type == DIFF_CREATE ? field->fill.on_create : field->fill.on_update;

    return field->access != FIELD_WRITABLE || value.len > 0;
}

bool model_deletes_softly(const struct model *model)
{
    return model->deleted_column.len > 0;
}

const struct model *mapping_find(const struct mapping *mapping, struct text name)
{
    for (size_t i = 0; i < mapping->model_count; i++)
        if (text_equal(mapping->models[i].name, name))
            return &mapping->models[i];
    return NULL;
}

const struct field *model_field(const struct model *model, struct text name)
{
    for (size_t i = 0; i < model->field_count; i++)
        if (text_equal(model->fields[i].name, name))
            return &model->fields[i];
    return NULL;
}
