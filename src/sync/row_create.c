/* Writes a row as a create of all its fields. */
#include "row_create.h"

#include "made_ids.h"

struct diff row_create(struct owner_model of, const struct object_row *row, int64_t clock,
                       struct arena *arena)
{
    const struct model *model = of.model;
    struct diff diff = {
        .id = made_id_of_row(model, row->id, arena),
        .owner = of.owner,
        .clock = clock,
        .type = DIFF_CREATE,
        .model = model,
        .object_id = row->id,
        .fields = ARENA_ARRAY(arena, model->field_count, struct field_value),
        .field_count = model->field_count,
    };

    for (size_t i = 0; i < model->field_count; i++)
        diff.fields[i] = (struct field_value){.field = &model->fields[i], .value = row->values[i]};
    diff.json_data = diff_write_json_data(row->id, diff.fields, diff.field_count, arena);
    return diff;
}
