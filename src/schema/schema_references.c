/* The one column that a reference stands for: schema_references_key(). */
#include "schema_references.h"

static const struct text *foreign_column(const struct catalog_table *child, struct text column,
                                         struct text parent)
{
    for (size_t i = 0; child != NULL && i < child->reference_count; i++) {
        const struct catalog_reference *reference = &child->references[i];

        if (!text_equal_nocase(reference->parent, parent))
            continue;
        for (size_t k = 0; k < reference->column_count; k++)
            if (text_equal_nocase(reference->columns[k], column))
                return &reference->parent_columns[k];
    }
    return NULL;
}

struct text schema_references_key(const struct catalog_table *child, struct text column,
                                  const struct model *parent_model,
                                  const struct catalog_table *parent)
{
    const struct text *foreign = foreign_column(child, column, parent_model->table);
    struct text primary = parent_model->id_column;
    size_t count = 0;

    if (foreign != NULL)
        return *foreign;
    for (size_t i = 0; i < parent->column_count; i++) {
        if (!parent->columns[i].primary)
            continue;
        primary = parent->columns[i].name;
        count++;
    }
    return count == 1 ? primary : parent_model->id_column;
}
