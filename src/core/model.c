#include "model.h"

#include <assert.h>

#include "attributes.h"

static const char *const FIELD_TYPE_NAMES[FIELD_TYPES] = {
    [FIELD_STRING] = "string",   [FIELD_INTEGER] = "integer", [FIELD_FLOAT] = "float",
    [FIELD_BOOLEAN] = "boolean", [FIELD_LIST] = "list",       [FIELD_JSON] = "json",
};

static const char *const DIFF_TYPE_NAMES[DIFF_TYPES] = {
    [DIFF_CREATE] = "create",
    [DIFF_UPDATE] = "update",
    [DIFF_DELETE] = "delete",
};

/* The place of the name, or count if it is not among them. */
static unsigned find_name(const char *const *names, unsigned count, struct text name)
{
    unsigned i = 0;

    while (i < count && !text_is(name, names[i]))
        i++;
    return i;
}

const char *field_type_name(enum field_type type)
{
    assert(type < FIELD_TYPES);
    return FIELD_TYPE_NAMES[type];
}

bool field_type_parse(struct text name, enum field_type *type_out)
{
    unsigned found = find_name(FIELD_TYPE_NAMES, FIELD_TYPES, name);

    if (found == FIELD_TYPES)
        return false;
    *type_out = (enum field_type)found;
    return true;
}

const char *diff_type_name(enum diff_type type)
{
    assert(type < DIFF_TYPES);
    return DIFF_TYPE_NAMES[type];
}

bool diff_type_parse(struct text name, enum diff_type *type_out)
{
    unsigned found = find_name(DIFF_TYPE_NAMES, DIFF_TYPES, name);

    if (found == DIFF_TYPES)
        return false;
    *type_out = (enum diff_type)found;
    return true;
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
