/* From models and the catalog to struct schema_capture: schema_capture_facts_read(). */
#include "schema_capture_facts.h"

#include "schema_references.h"

struct reading {
    struct arena *arena;
    struct schema_capture_facts *facts;
};

static const struct catalog_table *table_of(const struct reading *r, const struct model *model)
{
    return &r->facts->tables[model->index];
}

/* The parent's column that the child's holds; NULL: it is not there. */
static const struct catalog_column *referred(const struct reading *r, const struct model *child,
                                             struct text column, const struct model *parent)
{
    const struct catalog_table *table = table_of(r, parent);

    return catalog_column(table, schema_references_key(table_of(r, child), column, parent, table));
}

static bool is_id(const struct catalog_column *column, const struct model *model)
{
    return text_equal_nocase(column->name, model->id_column);
}

static bool add_parent(const struct reading *r, const struct model *child,
                       const struct model *parent, struct schema_capture_part *part)
{
    const struct catalog_table *table = table_of(r, parent);
    const struct catalog_column *key = referred(r, child, part->column->name, parent);
    struct schema_capture_parent *of;

    part->type = parent->id_type;
    if (key == NULL || is_id(key, parent))
        return key != NULL;
    of = ARENA_NEW(r->arena, struct schema_capture_parent);
    *of = (struct schema_capture_parent){
        .table = parent->table,
        .key = key,
        .id = catalog_column(table, parent->id_column),
        .owner = catalog_column(table, parent->owner_column),
        .owner_type = parent->owner_type,
    };
    part->parent = of;
    return of->id != NULL && of->owner != NULL;
}

static bool read_id(const struct reading *r, const struct model *model,
                    struct schema_capture_part *parts)
{
    for (size_t i = 0; i < model_id_count(model); i++) {
        const struct id_part part = model_id_part(model, i);

        parts[i] = (struct schema_capture_part){
            .column = catalog_column(table_of(r, model), part.column), .type = part.type};
        if (parts[i].column == NULL ||
            (part.parent != NULL && !add_parent(r, model, part.parent, &parts[i])))
            return false;
    }
    return true;
}

static bool holds_another_key(const struct reading *r, const struct model *child,
                              struct text column, const struct model *parent,
                              const struct model *of)
{
    const struct catalog_column *key = parent == of ? referred(r, child, column, parent) : NULL;

    return key != NULL && !is_id(key, parent);
}

static bool is_dependent(const struct reading *r, const struct model *child, const struct model *of)
{
    for (size_t i = 0; i < child->field_count; i++)
        if (holds_another_key(r, child, child->fields[i].column, child->fields[i].parent, of))
            return true;
    for (size_t i = 0; i < child->id_part_count; i++)
        if (holds_another_key(r, child, child->id_parts[i].column, child->id_parts[i].parent, of))
            return true;
    return false;
}

static void read_dependents(const struct reading *r, struct schema_capture *capture)
{
    const struct mapping *mapping = r->facts->mapping;
    const struct model **dependents =
        ARENA_ARRAY(r->arena, mapping->model_count, const struct model *);

    for (size_t i = 0; i < mapping->model_count; i++)
        if (is_dependent(r, &mapping->models[i], capture->model))
            dependents[capture->dependent_count++] = &mapping->models[i];
    capture->dependents = dependents;
}

static void read_capture(const struct reading *r, const struct model *model,
                         struct schema_capture *capture_out)
{
    const struct catalog_table *table = table_of(r, model);
    struct schema_capture_part *parts =
        ARENA_ARRAY(r->arena, model_id_count(model), struct schema_capture_part);
    const struct catalog_column **fields =
        ARENA_ARRAY(r->arena, model->field_count, const struct catalog_column *);
    struct schema_capture capture = {.model = model, .id = parts, .fields = fields};

    if (table->kind != CATALOG_TABLE)
        return;
    capture.owner = catalog_column(table, model->owner_column);
    if (model_deletes_softly(model))
        capture.deleted = catalog_column(table, model->deleted_column);
    if (!read_id(r, model, parts) || capture.owner == NULL ||
        (model_deletes_softly(model) && capture.deleted == NULL))
        return;
    for (size_t i = 0; i < model->field_count; i++)
        fields[i] = catalog_column(table, model->fields[i].column);
    read_dependents(r, &capture);
    *capture_out = capture;
}

enum rc schema_capture_facts_read(struct schema_session *session,
                                  struct schema_capture_facts *facts_out, struct fail *fail)
{
    const struct mapping *mapping = session->link.settings->mapping;
    const struct reading reading = {&session->arena, facts_out};
    enum rc rc = RC_OK;

    *facts_out = (struct schema_capture_facts){
        .mapping = mapping,
        .tables = ARENA_ARRAY(&session->arena, mapping->model_count, struct catalog_table),
        .captures = ARENA_ARRAY(&session->arena, mapping->model_count, struct schema_capture),
    };
    for (size_t i = 0; rc == RC_OK && i < mapping->model_count; i++)
        rc = catalog_read_table(&session->link, mapping->models[i].table, &session->arena,
                                &facts_out->tables[i], fail);
    for (size_t i = 0; i < mapping->model_count; i++)
        facts_out->captures[i] = (struct schema_capture){.model = NULL};
    for (size_t i = 0; rc == RC_OK && i < mapping->model_count; i++)
        read_capture(&reading, &mapping->models[i], &facts_out->captures[i]);
    return rc;
}
