/* Tells of what the database itself put into the rows of a push: values of read-only fields, and of
 * fields that a diff left out and the server fills (docs/merging.md 10.1).
 * Entry:     filled_tell().
 * Invariant: what it tells it stores, as an update of its own behind the push's diffs: so other
 * devices learn of it, and this one again if the response is lost. */
#include "id.h"
#include "txn.h"

#include "text_index.h"

/* An object whose row may hold more than its diffs say. */
struct filled {
    const struct model *model;
    struct text id;
    const struct diff *cause;         /* the client's */
    const struct field_value *fields; /* that the row was given */
    size_t field_count;
    enum diff_type type;
};

struct filled_list {
    struct filled *items;
    size_t count;
};

static bool is_set(const struct filled *filled, const struct field *field)
{
    for (size_t i = 0; i < filled->field_count; i++)
        if (filled->fields[i].field == field)
            return true;
    return false;
}

static bool is_told(const struct filled *filled, const struct field *field)
{
    return field_is_filled(field, filled->type) && !is_set(filled, field);
}

static bool tells_anything(const struct filled *filled)
{
    for (size_t i = 0; i < filled->model->field_count; i++)
        if (is_told(filled, &filled->model->fields[i]))
            return true;
    return false;
}

static void add_rows(struct filled_list *list, const struct merge_rows *rows, enum diff_type type,
                     bool *listed)
{
    for (size_t i = 0; i < rows->count; i++) {
        const struct merge_row *row = &rows->items[i];
        struct filled *filled = &list->items[list->count];

        *filled = (struct filled){
            .model = row->model,
            .id = row->id,
            .cause = row->blame,
            .fields = row->fields,
            .field_count = row->field_count,
            .type = type,
        };
        list->count += listed[row->object] = tells_anything(filled);
    }
}

/* The object's first diff that set what the server left out, and NULL if there is none. */
static const struct diff *left_out_of(const struct txn *txn, const struct merge_object *object)
{
    const struct merge_diffs *diffs = &object->given.new_diffs;

    for (size_t i = 0; i < diffs->count; i++)
        if (diffs->items[i]->left_out &&
            !rejections_refused(txn->input.rejections,
                                (size_t)(diffs->items[i] - txn->request->diffs.items)))
            return diffs->items[i];
    return NULL;
}

/* What the device has set itself it must be told, whether the row was written or not. */
static void add_left_out(struct filled_list *list, const struct txn *txn, const bool *listed)
{
    for (size_t i = 0; i < txn->merge->object_count; i++) {
        const struct merge_object *object = &txn->merge->objects[i];
        const struct diff *cause = listed[i] ? NULL : left_out_of(txn, object);

        if (cause != NULL)
            list->items[list->count++] = (struct filled){
                .model = object->model, .id = object->id, .cause = cause, .type = DIFF_UPDATE};
    }
}

static struct filled_list collect(const struct txn *txn)
{
    const struct merge_plan *plan = &txn->plan;
    const size_t objects = txn->merge->object_count;
    bool *listed = ARENA_ARRAY(txn->arena, objects, bool);
    struct filled_list list = {.items = ARENA_ARRAY(txn->arena, objects + 1, struct filled)};

    add_rows(&list, &plan->creates, DIFF_CREATE, listed);
    add_rows(&list, &plan->updates, DIFF_UPDATE, listed);
    add_left_out(&list, txn, listed);
    return list;
}

/* A create without the field says NULL already. */
static bool is_news(const struct filled *filled, const struct field *field,
                    const struct value *value)
{
    return is_told(filled, field) && (filled->type != DIFF_CREATE || value->kind != VALUE_NULL ||
                                      field->access == FIELD_READ_ONLY_IGNORED);
}

static void set_fields(const struct txn *txn, const struct filled *filled, const struct row *row,
                       struct diff *diff)
{
    diff->fields = ARENA_ARRAY(txn->arena, filled->model->field_count, struct field_value);
    for (size_t i = 0; i < filled->model->field_count; i++) {
        const struct field *field = &filled->model->fields[i];

        if (is_news(filled, field, &row->values[i]))
            diff->fields[diff->field_count++] = (struct field_value){
                .field = field, .value = row->values[i], .time_ms = diff->time_ms, .source = diff};
    }
    diff->json_data =
        diff_write_json_data(diff->object_id, diff->fields, diff->field_count, txn->arena);
}

static struct text new_id(struct arena *arena)
{
    char *id = arena_alloc(arena, ID_UUID_LEN + 1);

    id_uuid(id);
    return (struct text){id, ID_UUID_LEN};
}

/* The response's diffs by their objects' ids. */
struct told {
    struct diff_list *answer;
    struct text_index index;
};

static struct told told_of(struct txn *txn)
{
    struct diff_list *answer = &txn->plan.answer;
    struct text *ids = ARENA_ARRAY(txn->arena, answer->count, struct text);

    for (size_t i = 0; i < answer->count; i++)
        ids[i] = answer->items[i].object_id;
    return (struct told){answer, text_index_of(ids, answer->count, txn->arena)};
}

/* What the device is told of the object: at most a delete, and one other. */
static struct diff *find_told(const struct told *told, const struct filled *filled, bool *gone_out)
{
    size_t at = text_index_find(&told->index, filled->id);
    struct diff *found = NULL;

    *gone_out = false;
    for (; at != TEXT_INDEX_NONE; at = text_index_next(&told->index, at)) {
        struct diff *diff = &told->answer->items[at];

        if (diff->model != filled->model)
            continue;
        if (diff->type == DIFF_DELETE)
            *gone_out = true;
        else
            found = diff;
    }
    return found;
}

/* The values in place of what the diff says of their fields. */
static void lay_over(struct diff *diff, const struct diff *values, struct arena *arena)
{
    const size_t max = diff->field_count + values->field_count;
    struct field_value *fields = ARENA_ARRAY(arena, max, struct field_value);
    size_t count = 0;

    for (size_t i = 0; i < diff->field_count; i++) {
        bool replaced = false;

        for (size_t k = 0; k < values->field_count; k++)
            replaced |= values->fields[k].field == diff->fields[i].field;
        if (!replaced)
            fields[count++] = diff->fields[i];
    }
    for (size_t k = 0; k < values->field_count; k++)
        fields[count++] = values->fields[k];
    diff->fields = fields;
    diff->field_count = count;
    diff->json_data = diff_write_json_data(diff->object_id, fields, count, arena);
}

static void tell(struct txn *txn, const struct told *told, const struct filled *filled,
                 const struct diff *values)
{
    bool gone;
    struct diff *diff = find_told(told, filled, &gone);

    if (diff != NULL)
        lay_over(diff, values, txn->arena);
    else if (!gone)
        txn->plan.answer.items[txn->plan.answer.count++] = *values;
}

static void tell_row(struct txn *txn, const struct told *told, const struct filled *filled,
                     const struct row *row)
{
    struct merge_stored *stored = &txn->plan.stored[txn->plan.stored_count];

    *stored = (struct merge_stored){.diff = {
                                        .owner = txn->request->owner,
                                        .clock = txn->input.push_clock,
                                        .time_ms = filled->cause->time_ms,
                                        .type = DIFF_UPDATE,
                                        .model = filled->model,
                                        .object_id = filled->id,
                                    }};
    set_fields(txn, filled, row, &stored->diff);
    if (stored->diff.field_count == 0)
        return;
    stored->diff.id = new_id(txn->arena);
    txn->plan.stored_count++;
    tell(txn, told, filled, &stored->diff);
}

static enum rc tell_model(struct txn *txn, const struct told *told, const struct filled_list *list,
                          const struct model *model, struct fail *fail)
{
    struct text *ids = ARENA_ARRAY(txn->arena, list->count, struct text);
    const struct filled **filled = ARENA_ARRAY(txn->arena, list->count, const struct filled *);
    struct row *rows = ARENA_ARRAY(txn->arena, list->count, struct row);
    size_t count = 0;
    enum rc rc;

    for (size_t i = 0; i < list->count; i++)
        if (list->items[i].model == model) {
            filled[count] = &list->items[i];
            ids[count++] = list->items[i].id;
        }
    if (count == 0)
        return RC_OK;
    rc = txn->s->ops->read(txn->s, (struct owner_model){txn->request->owner, model},
                           (struct id_list){ids, count}, txn->arena, rows, fail);
    for (size_t i = 0; rc == RC_OK && i < count; i++)
        if (rows[i].live)
            tell_row(txn, told, filled[i], &rows[i]);
    return rc;
}

static void make_room(struct txn *txn, size_t more)
{
    struct merge_plan *plan = &txn->plan;
    struct merge_stored *stored =
        ARENA_ARRAY(txn->arena, plan->stored_count + more, struct merge_stored);

    if (plan->stored_count > 0)
        memcpy(stored, plan->stored, plan->stored_count * sizeof(*stored));
    plan->stored = stored;
}

static bool is_ever_filled(const struct mapping *mapping)
{
    for (size_t m = 0; m < mapping->model_count; m++)
        for (size_t i = 0; i < mapping->models[m].field_count; i++) {
            const struct field *field = &mapping->models[m].fields[i];

            if (field_is_filled(field, DIFF_CREATE) || field_is_filled(field, DIFF_UPDATE))
                return true;
        }
    return false;
}

enum rc filled_tell(struct txn *txn, struct fail *fail)
{
    struct filled_list list;
    struct told told;
    enum rc rc = RC_OK;

    if (!is_ever_filled(txn->s->mapping))
        return RC_OK;
    list = collect(txn);
    if (list.count == 0)
        return RC_OK;
    make_room(txn, list.count);
    told = told_of(txn);
    for (size_t i = 0; rc == RC_OK && i < txn->s->mapping->model_count; i++)
        rc = tell_model(txn, &told, &list, &txn->s->mapping->models[i], fail);
    return rc;
}
