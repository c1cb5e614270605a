/* Reads and writes rows as columns would hold them. */
#include "memory_rows.h"
#include "memory_synchronizer.h"

#include "memory_outbox.h"
#include "memory_fill.h"

#include <assert.h>
#include <stdlib.h>

#include "object_id.h"

/* Beyond 64 signed bits, as an unsigned column holds it. */
static bool is_huge(const struct field *field, const struct value *value)
{
    uint64_t ignored;

    return field->type == FIELD_INTEGER && value->kind == VALUE_TEXT &&
           text_to_uint(value->text, UINT64_MAX, &ignored);
}

/* The value as a column of the field's type would give it back; false if it cannot hold it. */
static bool as_column(const struct field *field, const struct value *value, struct value *out)
{
    const bool text_column = field_type_kind(field->type) == VALUE_TEXT;

    *out = *value;
    out->rewritten = out->rounded = false;
    if (value->kind == VALUE_NULL)
        return true;
    if (text_column && value->kind != VALUE_TEXT) {
        out->kind = VALUE_TEXT;
        out->text = value->json;
        return true;
    }
    if (field_type_kind(field->type) == VALUE_REAL && value->kind == VALUE_INTEGER) {
        out->kind = VALUE_REAL;
        out->real = (double)value->integer;
        return true;
    }
    if (text_column || is_huge(field, value))
        return true;
    return value->kind == field_type_kind(field->type);
}

static size_t bytes_of(const struct value *value)
{
    return value->json.len + (value->kind == VALUE_TEXT ? value->text.len : 0);
}

static struct stored_row *store_row(const struct value *values, size_t count)
{
    struct stored_row *row;
    size_t bytes = sizeof(*row) + count * sizeof(*values);
    char *at;

    for (size_t i = 0; i < count; i++)
        bytes += bytes_of(&values[i]);
    row = alloc_or_die(bytes);
    row->value_count = count;
    row->deleted = false;
    at = (char *)(row->values + count);
    for (size_t i = 0; i < count; i++) {
        row->values[i] = values[i];
        if (values[i].kind == VALUE_TEXT)
            row->values[i].text = memory_put_bytes(&at, values[i].text);
        row->values[i].json = memory_put_bytes(&at, values[i].json);
    }
    return row;
}

/* A change of a row: the object's fields, and what is filled beside them. */
struct row_change {
    const struct model *model;
    const struct stored_row *before; /* NULL: none; a deleted one, of a create */
    const struct object *object;
    enum diff_type type; /* DIFF_DELETE: a soft one, whose object sets nothing */
    bool by_sync;        /* not by other SQL */
};

static bool sets(const struct object *object, const struct field *field)
{
    for (size_t i = 0; i < object->field_count; i++)
        if (object->fields[i].field == field)
            return true;
    return false;
}

/* What the row holds of a field that nothing sets. */
static struct value left_value(const struct row_change *change, const struct field *field)
{
    const bool keeps = change->type != DIFF_CREATE || field->access != FIELD_WRITABLE;

    return change->before != NULL && keeps
               ? change->before->values[field->index]
               : (struct value){.kind = VALUE_NULL, .json = TEXT_LITERAL("null")};
}

static void set_json(struct memory *m, const struct field *field, struct value *value)
{
    buf_clear(&m->json);
    value_write_json((struct mapped_field){field, NULL}, value, &m->json);
    value->json = arena_text(&m->scratch, buf_text(&m->json));
}

static void fill_values(struct memory *m, const struct row_change *change, struct value *values)
{
    for (size_t i = 0; i < change->model->field_count; i++) {
        const struct field *field = &change->model->fields[i];
        const struct text fill =
            change->type == DIFF_CREATE ? field->fill.on_create : field->fill.on_update;

        if (fill.len == 0 || sets(change->object, field))
            continue;
        values[i] = memory_fill_value(field, fill, &m->scratch);
        set_json(m, field, &values[i]);
    }
}

static void run_before(struct memory *m, const struct row_change *change, struct value *values)
{
    if (m->before == NULL || !change->by_sync)
        return;
    m->before(m->before_context, change->model, change->type, change->object, values, &m->scratch);
    for (size_t i = 0; i < change->model->field_count; i++)
        set_json(m, &change->model->fields[i], &values[i]);
}

static enum rc lay_over(struct memory *m, const struct row_change *change,
                        struct stored_row **row_out, struct fail *fail)
{
    const struct model *model = change->model;
    const struct object *object = change->object;
    struct value *values;
    enum rc rc = RC_OK;

    arena_clear(&m->scratch);
    values = ARENA_ARRAY(&m->scratch, model->field_count, struct value);
    for (size_t i = 0; i < model->field_count; i++)
        values[i] = left_value(change, &model->fields[i]);
    for (size_t i = 0; i < object->field_count; i++) {
        const struct field *field = object->fields[i].field;
        struct value *value = &values[field->index];

        if (!as_column(field, &object->fields[i].value, value)) {
            rc =
                fail_reject(fail, FAIL_INVALID_DATA, "a value does not fit the type of its column");
            fail_at_field(fail, field->name);
        }
        set_json(m, field, value);
    }
    fill_values(m, change, values);
    if (rc == RC_OK)
        run_before(m, change, values);
    if (rc == RC_OK)
        *row_out = store_row(values, model->field_count);
    return rc;
}

static struct stored_row *row_find(const struct memory_owner *owner, const struct model *model,
                                   struct text id)
{
    const struct memory_node *node = memory_map_find(&owner->rows[model->index], id);

    return node == NULL ? NULL : node->ptr;
}

static bool has_parent(const struct memory *m, const struct model *parent, struct text id)
{
    return parent == NULL || row_find(m->open, parent, id) != NULL;
}

static enum rc no_parent(struct text field, struct fail *fail)
{
    fail_reject(fail, FAIL_INVALID_DATA, "a foreign key names an object that is not there");
    fail_at_field(fail, field);
    fail->clash = true;
    return RC_REJECTED;
}

/* As a database looks for them: a row's references name rows of the same owner. */
static enum rc check_parents(struct memory *m, const struct object *object, struct fail *fail)
{
    for (size_t i = 0; i < object->field_count; i++) {
        const struct field_value *set = &object->fields[i];

        if (set->value.kind == VALUE_TEXT && !has_parent(m, set->field->parent, set->value.text))
            return no_parent(set->field->name, fail);
    }
    return RC_OK;
}

static enum rc check_id_parents(struct memory *m, const struct model *model, struct text id,
                                struct fail *fail)
{
    struct text parts[MODEL_ID_PARTS_MAX];

    arena_clear(&m->scratch);
    if (!object_id_split(model, id, &m->scratch, parts))
        return no_parent(TEXT_LITERAL("id"), fail);
    for (size_t i = 0; i < model_id_count(model); i++)
        if (!has_parent(m, model_id_part(model, i).parent, parts[i]))
            return no_parent(TEXT_LITERAL("id"), fail);
    return RC_OK;
}

/* The same, and whether the constraint allows it. */
static enum rc next_row(struct memory *m, const struct row_change *change,
                        struct stored_row **row_out, struct fail *fail)
{
    struct text field = {0};
    enum rc rc = check_parents(m, change->object, fail);

    if (rc == RC_OK)
        rc = lay_over(m, change, row_out, fail);

    if (rc != RC_OK || m->constraint == NULL ||
        m->constraint(m->constraint_context, change->model, (*row_out)->values, &field))
        return rc;
    free(*row_out);
    fail_reject(fail, FAIL_INVALID_DATA, "a check constraint of the table refuses the values");
    fail_at_field(fail, field);
    return RC_REJECTED;
}

/* Puts `after` (NULL: nothing) in the row's place; `before` goes to the undo log. */
static void replace_row(struct memory *m, const struct model *model, struct text id,
                        struct stored_row *after)
{
    struct memory_map *rows = &m->open->rows[model->index];
    struct memory_node *node = memory_map_put(rows, id);
    struct undo *undo = memory_undo_add(m, UNDO_ROW, id);

    undo->model = model->index;
    undo->row = node->ptr;
    node->ptr = after;
    if (after == NULL)
        memory_map_remove(rows, id);
    memory_outbox_lock(m, model, id);
}

bool memory_row_is_deleted(const struct memory_owner *owner, const struct model *model,
                           struct text id)
{
    const struct stored_row *row = row_find(owner, model, id);

    return row != NULL && row->deleted;
}

/* Only where it is not deleted. */
static struct stored_row *row_there(const struct memory_owner *owner, const struct model *model,
                                    struct text id)
{
    struct stored_row *row = row_find(owner, model, id);

    return row == NULL || row->deleted ? NULL : row;
}

struct row memory_rows_copy(const struct stored_row *stored, struct arena *arena)
{
    struct row row = {0};

    if (stored == NULL)
        return row;
    row.live = true;
    row.values = ARENA_ARRAY(arena, stored->value_count, struct value);
    for (size_t i = 0; i < stored->value_count; i++) {
        row.values[i] = stored->values[i];
        row.values[i].json = arena_text(arena, row.values[i].json);
        if (row.values[i].kind == VALUE_TEXT)
            row.values[i].text = arena_text(arena, row.values[i].text);
    }
    return row;
}

struct row memory_rows_find(const struct memory_owner *owner, const struct model *model,
                            struct text id, struct arena *arena)
{
    return memory_rows_copy(owner == NULL ? NULL : row_there(owner, model, id), arena);
}

enum rc memory_read_rows(struct synchronizer *s, struct owner_model of, struct id_list ids,
                         struct arena *arena, struct row *rows_out, struct fail *fail)
{
    struct memory *m = memory_of(s);
    enum rc rc = memory_step_in(m, of.owner, fail);

    for (size_t i = 0; i < ids.count && rc == RC_OK; i++) {
        const struct stored_row *row =
            m->open == NULL ? NULL : row_there(m->open, of.model, ids.items[i]);

        if (row != NULL)
            memory_outbox_lock(m, of.model, ids.items[i]);
        rows_out[i] = memory_rows_copy(row, arena);
    }
    return rc;
}

enum rc memory_read_settled_rows(struct synchronizer *s, struct owner_model of, struct id_list ids,
                                 int64_t next_clock, struct arena *arena, struct row *rows_out,
                                 struct fail *fail)
{
    struct memory *m = memory_of(s);
    struct memory_owner *owner = memory_owner_find(m, of.owner);
    enum rc rc = memory_step(m, fail);
    bool settled;

    assert(m->open == NULL && !m->in_snapshot);
    settled = owner != NULL && owner->next_clock == next_clock && owner->entry_count == 0;
    for (size_t i = 0; i < ids.count && rc == RC_OK; i++)
        rows_out[i] =
            memory_rows_copy(settled ? row_there(owner, of.model, ids.items[i]) : NULL, arena);
    return rc;
}

static enum rc id_is_taken(struct fail *fail)
{
    fail_reject(fail, FAIL_OBJECT_EXISTS, "the id is taken by another object");
    fail->clash = true;
    return RC_REJECTED;
}

enum rc memory_create_rows(struct synchronizer *s, struct owner_model of,
                           const struct object *objects, size_t count, size_t *applied_out,
                           struct fail *fail)
{
    struct memory *m = memory_of(s);
    enum rc rc = memory_step_in(m, of.owner, fail);

    *applied_out = 0;
    for (size_t i = 0; i < count && rc == RC_OK; i++) {
        const struct row_change change = {of.model, row_find(m->open, of.model, objects[i].id),
                                          &objects[i], DIFF_CREATE, true};
        struct stored_row *row;

        if (change.before != NULL && !change.before->deleted)
            return id_is_taken(fail);
        rc = check_id_parents(m, of.model, objects[i].id, fail);
        if (rc == RC_OK)
            rc = next_row(m, &change, &row, fail);
        if (rc == RC_OK) {
            replace_row(m, of.model, objects[i].id, row);
            ++*applied_out;
        }
    }
    return rc;
}

enum rc memory_update_rows(struct synchronizer *s, struct owner_model of,
                           const struct object *objects, size_t count, size_t *applied_out,
                           struct fail *fail)
{
    struct memory *m = memory_of(s);
    enum rc rc = memory_step_in(m, of.owner, fail);

    *applied_out = 0;
    for (size_t i = 0; i < count && rc == RC_OK; i++) {
        const struct row_change change = {of.model, row_there(m->open, of.model, objects[i].id),
                                          &objects[i], DIFF_UPDATE, true};
        struct stored_row *after;

        if (change.before == NULL)
            continue;
        rc = next_row(m, &change, &after, fail);
        if (rc == RC_OK) {
            replace_row(m, of.model, objects[i].id, after);
            ++*applied_out;
        }
    }
    return rc;
}

static enum rc deleted_row(struct memory *m, const struct model *model, struct text id,
                           struct stored_row **row_out, struct fail *fail)
{
    const struct object nothing = {.id = id};
    const struct row_change change = {model, row_find(m->open, model, id), &nothing, DIFF_DELETE,
                                      true};
    enum rc rc = lay_over(m, &change, row_out, fail);

    if (rc == RC_OK)
        (*row_out)->deleted = true;
    return rc;
}

enum rc memory_remove_rows(struct synchronizer *s, struct owner_model of, struct id_list ids,
                           size_t *applied_out, struct fail *fail)
{
    struct memory *m = memory_of(s);
    enum rc rc = memory_step_in(m, of.owner, fail);

    *applied_out = 0;
    for (size_t i = 0; i < ids.count && rc == RC_OK; i++) {
        struct stored_row *after = NULL;

        if (row_there(m->open, of.model, ids.items[i]) == NULL)
            continue;
        if (model_deletes_softly(of.model))
            rc = deleted_row(m, of.model, ids.items[i], &after, fail);
        if (rc == RC_OK) {
            replace_row(m, of.model, ids.items[i], after);
            ++*applied_out;
        }
    }
    return rc;
}

/* The row that other SQL makes of it. */
static struct stored_row *made_row(struct memory *m, const struct row_change *change)
{
    struct stored_row *row = NULL;
    struct fail fail;
    const enum rc rc = lay_over(m, change, &row, &fail);

    assert(rc == RC_OK);
    (void)rc;
    return row;
}

static struct stored_row *row_of(struct memory *m, struct text owner, const struct model *model,
                                 struct text id)
{
    const struct memory_owner *found = memory_owner_find(m, owner);

    return found == NULL ? NULL : row_find(found, model, id);
}

bool memory_rows_put(struct memory *m, struct text owner, const struct model *model,
                     const struct object *object)
{
    return memory_outbox_write(
        m, owner, model, object->id,
        made_row(m, &(struct row_change){model, NULL, object, DIFF_CREATE, false}));
}

bool memory_rows_change(struct memory *m, struct text owner, const struct model *model,
                        const struct object *object)
{
    const struct row_change change = {model, row_of(m, owner, model, object->id), object,
                                      DIFF_UPDATE, false};
    struct stored_row *after;

    if (change.before == NULL)
        return memory_outbox_may_write(m, owner, model, object->id);
    after = made_row(m, &change);
    after->deleted = change.before->deleted;
    return memory_outbox_write(m, owner, model, object->id, after);
}

bool memory_rows_hide(struct memory *m, struct text owner, const struct model *model,
                      struct text id, bool hidden)
{
    const struct object nothing = {.id = id};
    const struct row_change change = {model, row_of(m, owner, model, id), &nothing, DIFF_DELETE,
                                      false};
    struct stored_row *after;

    if (change.before == NULL)
        return memory_outbox_may_write(m, owner, model, id);
    after = made_row(m, &change);
    after->deleted = hidden;
    return memory_outbox_write(m, owner, model, id, after);
}

bool memory_rows_drop(struct memory *m, struct text owner, const struct model *model,
                      struct text id)
{
    return row_of(m, owner, model, id) == NULL ? memory_outbox_may_write(m, owner, model, id)
                                               : memory_outbox_write(m, owner, model, id, NULL);
}

bool memory_rows_move(struct memory *m, const struct memory_place *from,
                      const struct memory_place *to, const struct model *model)
{
    const struct stored_row *row = row_of(m, from->owner, model, from->id);
    struct stored_row *moved;

    if (!memory_outbox_may_write(m, from->owner, model, from->id) ||
        !memory_outbox_may_write(m, to->owner, model, to->id))
        return false;
    if (row == NULL)
        return true;
    moved = store_row(row->values, row->value_count);
    moved->deleted = row->deleted;
    memory_outbox_write(m, from->owner, model, from->id, NULL);
    return memory_outbox_write(m, to->owner, model, to->id, moved);
}

static void alter_row(struct memory_node *node, const struct model *model, memory_alter *alter,
                      void *context, struct arena *arena)
{
    struct stored_row *before = node->ptr, *row;
    struct value *values = ARENA_ARRAY(arena, model->field_count, struct value);

    alter(context, model, before->values, before->value_count, values);
    row = store_row(values, model->field_count);
    row->deleted = before->deleted;
    free(before);
    node->ptr = row;
}

void memory_synchronizer_alter(struct synchronizer *s, const struct model *model,
                               memory_alter *alter, void *context)
{
    struct memory *m = memory_of(s);
    struct memory_node **owners = memory_map_sorted(&m->owners);
    struct arena arena;

    arena_init(&arena);
    for (size_t i = 0; i < m->owners.count; i++) {
        struct memory_owner *owner = owners[i]->ptr;
        struct memory_node **rows = memory_map_sorted(&owner->rows[model->index]);

        for (size_t k = 0; k < owner->rows[model->index].count; k++)
            alter_row(rows[k], model, alter, context, &arena);
        free(rows);
    }
    free(owners);
    arena_release(&arena);
}
