/* Reads the types of the mapped columns: db_types_read(). One statement a table, because the
 * server looks one table up by its name, but opens all of them for a list of names. */
#include "db_types.h"

#include "db_quote.h"
#include "db_result.h"

#define SQL_MAX_BYTES ((size_t)4096)

enum result_column { NAME, TYPE };

static struct column find_column(const struct db_result *result, struct text name,
                                 struct arena *arena)
{
    for (size_t row = 0; row < result->rows; row++)
        if (text_equal_nocase(db_result_text(result, row, NAME), name))
            return column_parse(db_result_text(result, row, TYPE), arena);
    return (struct column){.type = COLUMN_UNKNOWN};
}

static enum rc read_table(struct db_link *link, const struct model *model, struct arena *arena,
                          struct model_columns *columns_out, struct fail *fail)
{
    struct db_result result;
    struct buf sql;
    enum rc rc;

    buf_init(&sql, SQL_MAX_BYTES);
    buf_add_str(&sql, "SELECT COLUMN_NAME, COLUMN_TYPE FROM information_schema.COLUMNS "
                      "WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = ");
    db_quote_value(link, &sql, model->table);
    rc = db_result_read(link, buf_text(&sql), "read the types of columns", arena, &result, fail);
    buf_release(&sql);
    if (rc != RC_OK)
        return rc;
    *columns_out = (struct model_columns){
        .id = find_column(&result, model->id_column, arena),
        .owner = find_column(&result, model->owner_column, arena),
        .fields = ARENA_ARRAY(arena, model->field_count, struct column),
        .filled = ARENA_ARRAY(arena, model->filled_count, struct column),
        .deleted = find_column(&result, model->deleted_column, arena),
    };
    for (size_t i = 0; i < model->filled_count; i++)
        columns_out->filled[i] = find_column(&result, model->filled[i].column, arena);
    for (size_t i = 0; i < model->field_count; i++)
        columns_out->fields[i] = find_column(&result, model->fields[i].column, arena);
    return RC_OK;
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

enum rc db_types_read(struct db_types *types, struct db_link *link, const struct mapping *mapping,
                      struct fail *fail)
{
    struct model_columns *models;
    enum rc rc = RC_OK;

    types->columns = (struct columns){.model_count = 0};
    arena_clear(&types->arena);
    models = ARENA_ARRAY(&types->arena, mapping->model_count, struct model_columns);
    for (size_t i = 0; rc == RC_OK && i < mapping->model_count; i++)
        rc = read_table(link, &mapping->models[i], &types->arena, &models[i], fail);
    if (rc == RC_OK)
        types->columns = (struct columns){models, mapping->model_count};
    return rc;
}
