/* Finds a version, and what it makes of a model. Entry: versions_find(), version_model(). */
#include "versions.h"

#include "version_fields.h"

bool versions_find(const struct versions *versions, int64_t number,
                   const struct version **version_out)
{
    *version_out = NULL;
    for (size_t i = 0; i < versions->count; i++)
        if (versions->items[i].number == number)
            *version_out = &versions->items[i];
    return *version_out != NULL || number == versions->newest;
}

const struct version *versions_first(const struct versions *versions)
{
    return versions->count > 0 ? &versions->items[0] : NULL;
}

const struct version_model *version_model(const struct version *version, struct text name)
{
    for (size_t i = 0; version != NULL && i < version->model_count; i++)
        if (text_equal(version->models[i].name, name))
            return &version->models[i];
    return NULL;
}

bool version_removed(const struct version *version, struct text model)
{
    for (size_t i = 0; version != NULL && i < version->removed_count; i++)
        if (text_equal(version->removed[i], model))
            return true;
    return false;
}

const struct version_field *version_field_named(const struct version_model *model, struct text name)
{
    for (size_t i = 0; model != NULL && i < model->field_count; i++)
        if (text_equal(model->fields[i].name, name))
            return &model->fields[i];
    return NULL;
}

const struct version_field *version_field_called(const struct version_model *model,
                                                 struct text older)
{
    for (size_t i = 0; i < model->field_count; i++)
        if (model->fields[i].older.len > 0 && text_equal(model->fields[i].older, older))
            return &model->fields[i];
    return NULL;
}

bool version_lacks(const struct version_model *model, struct text older)
{
    for (size_t i = 0; i < model->gone_count; i++)
        if (text_equal(model->gone[i].name, older))
            return true;
    return false;
}

struct text version_lower_name(const struct version_model *model, struct text name)
{
    const struct version_field *field = version_field_named(model, name);

    return field == NULL ? name : field->older;
}

bool version_sees(const struct version_model *model, struct text name)
{
    const struct version_field *field = version_field_named(model, name);

    return model == NULL || (!model->unknown && (field == NULL || field->older.len > 0));
}
