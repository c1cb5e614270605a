/* The types of the mapped columns: db_types_learn(). */
#include "db_types.h"

static struct column find_column(const struct db_result *result, struct text name,
                                 struct arena *arena)
{
    for (size_t row = 0; row < result->rows; row++)
        if (text_equal_nocase(db_result_text(result, row, DB_SCHEMA_NAME), name))
            return column_parse(db_result_text(result, row, DB_SCHEMA_TYPE), arena);
    return (struct column){.type = COLUMN_UNKNOWN};
}

static struct model_columns columns_of(const struct model *model, const struct db_result *result,
                                       struct arena *arena)
{
    struct column *fields = ARENA_ARRAY(arena, model->field_count, struct column);
    struct column *filled = ARENA_ARRAY(arena, model->filled_count, struct column);

    for (size_t i = 0; i < model->filled_count; i++)
        filled[i] = find_column(result, model->filled[i].column, arena);
    for (size_t i = 0; i < model->field_count; i++)
        fields[i] = find_column(result, model->fields[i].column, arena);
    return (struct model_columns){
        .id = find_column(result, model->id_column, arena),
        .owner = find_column(result, model->owner_column, arena),
        .fields = fields,
        .filled = filled,
        .deleted = find_column(result, model->deleted_column, arena),
    };
}

void db_types_init(struct db_types *types)
{
    types->columns = (struct columns){.model_count = 0};
    arena_init(&types->arena);
}

void db_types_release(struct db_types *types)
{
    types->columns = (struct columns){.model_count = 0};
    arena_release(&types->arena);
}

void db_types_learn(struct db_types *types, const struct mapping *mapping,
                    const struct db_result *columns)
{
    struct model_columns *models;

    arena_clear(&types->arena);
    models = ARENA_ARRAY(&types->arena, mapping->model_count, struct model_columns);
    for (size_t i = 0; i < mapping->model_count; i++)
        models[i] = columns_of(&mapping->models[i], &columns[i], &types->arena);
    types->columns = (struct columns){models, mapping->model_count};
}
