/* The types of the mapped columns: db_types_learn(). */
#include "db_types.h"

static struct column find_column(const struct db_result *result, struct text name,
                                 struct arena *arena)
{
    for (size_t row = 0; row < result->rows; row++) {
        struct column column;

        if (!text_equal_nocase(db_result_text(result, row, DB_SCHEMA_NAME), name))
            continue;
        column = column_parse(db_result_text(result, row, DB_SCHEMA_TYPE), arena);
        column.has_default = text_is(db_result_text(result, row, DB_SCHEMA_HAS_DEFAULT), "1");
        return column;
    }
    return (struct column){.type = COLUMN_UNKNOWN};
}

static bool runs_before(const struct db_schema *schema, const char *event)
{
    for (size_t row = 0; row < schema->triggers.rows; row++)
        if (text_is(db_result_text(&schema->triggers, row, 0), event))
            return true;
    return false;
}

/* A create may take updates: of a row that was deleted softly, or in a circle of references. */
static struct model_columns parse_columns(const struct model *model, const struct db_schema *schema,
                                          struct arena *arena)
{
    const struct db_result *result = &schema->columns;
    const bool altered = runs_before(schema, "UPDATE");
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
        .alters =
            {[DIFF_CREATE] = altered || runs_before(schema, "INSERT"), [DIFF_UPDATE] = altered},
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
                    const struct db_schema *schemas)
{
    struct model_columns *models;

    arena_clear(&types->arena);
    models = ARENA_ARRAY(&types->arena, mapping->model_count, struct model_columns);
    for (size_t i = 0; i < mapping->model_count; i++)
        models[i] = parse_columns(&mapping->models[i], &schemas[i], &types->arena);
    types->columns = (struct columns){models, mapping->model_count};
}
