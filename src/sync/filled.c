/* Tells of what the database itself put into the rows of a push: values of read-only fields, of
 * fields that a diff left out, and what BEFORE triggers made of the others (docs/merging.md 10.1).
 * Entry:     filled_tell().
 * Invariant: what it tells it stores, as an update of its own behind the push's diffs: so other
 * devices learn of it, and this one again if the response is lost. */
#include "held_value.h"
#include "made_ids.h"
#include "tell.h"

/* An object whose row may hold more than its diffs say. */
struct filled {
    const struct model *model;
    struct text id;
    const struct diff *cause;         /* the client's */
    const struct field_value *fields; /* that the row was given */
    size_t field_count;
    const struct value *before; /* of an update: the row until then; NULL: it was not read */
    enum diff_type type;
    bool altered; /* BEFORE triggers may have made something else of it */
};

struct filled_list {
    struct filled *items;
    size_t count;
};

/* NULL: the diffs do not set the field. */
static const struct field_value *value_set(const struct filled *filled, const struct field *field)
{
    for (size_t i = 0; i < filled->field_count; i++)
        if (filled->fields[i].field == field)
            return &filled->fields[i];
    return NULL;
}

static bool has_default(const struct txn *txn, const struct model *model, const struct field *field)
{
    const struct mapped_field at = column_of(txn->s->columns, model, field);

    return at.column != NULL && at.column->has_default;
}

/* May the row hold another value of it than the device does that sent the diffs? */
static bool may_differ(const struct txn *txn, const struct filled *filled,
                       const struct field *field)
{
    if (filled->altered)
        return true;
    return value_set(filled, field) == NULL &&
           (field_is_filled(field, filled->type) ||
            /* mutant: default_unsaid */
            (filled->type == DIFF_CREATE && has_default(txn, filled->model, field)));
}

static bool tells_anything(const struct txn *txn, const struct filled *filled)
{
    for (size_t i = 0; i < filled->model->field_count; i++)
        if (may_differ(txn, filled, &filled->model->fields[i]))
            return true;
    return false;
}

static void add_rows(const struct txn *txn, const struct merge_rows *rows, enum diff_type type,
                     bool *listed, struct filled_list *list)
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
            .before = row->row_values,
            .type = type,
            /* mutant: altered_unsaid */
            .altered = columns_alter(txn->s->columns, row->model, type),
        };
        list->count += listed[row->object] = tells_anything(txn, filled);
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

    add_rows(txn, &plan->creates, DIFF_CREATE, listed, &list);
    add_rows(txn, &plan->updates, DIFF_UPDATE, listed, &list);
    add_left_out(&list, txn, listed); /* mutant: left_out_not_told */
    return list;
}

/* A create without the field says NULL already; an update, what the row held before. */
static bool is_news(const struct txn *txn, const struct filled *filled, const struct field *field,
                    const struct value *value)
{
    const struct field_value *set = value_set(filled, field);

    if (set != NULL)
        return filled->altered &&
               !held_value_is(txn->s->columns, filled->model, set, value, txn->arena);
    if (field_is_filled(field, filled->type))
        /* mutant: null_told_again */
        return filled->type != DIFF_CREATE || value->kind != VALUE_NULL ||
               field->access == FIELD_READ_ONLY_IGNORED;
    if (filled->type == DIFF_CREATE)
        return value->kind != VALUE_NULL;
    return filled->altered && filled->before != NULL && /* mutant: altered_beside_unsaid */
           !value_same(field, &filled->before[field->index], value);
}

/* What a device set counts as written when it set it. */
static int64_t time_of(const struct filled *filled, const struct field *field)
{
    const struct field_value *set = value_set(filled, field);

    return set != NULL ? set->time_ms : filled->cause->time_ms;
}

static void set_fields(const struct txn *txn, const struct filled *filled, const struct row *row,
                       struct diff *diff)
{
    int64_t latest_ms = 0;

    diff->fields = ARENA_ARRAY(txn->arena, filled->model->field_count, struct field_value);
    for (size_t i = 0; i < filled->model->field_count; i++) {
        const struct field *field = &filled->model->fields[i];
        const int64_t time_ms = time_of(filled, field);

        if (!is_news(txn, filled, field, &row->values[i]))
            continue;
        diff->fields[diff->field_count++] =
            (struct field_value){.field = field, .value = row->values[i], .time_ms = time_ms};
        latest_ms = time_ms > latest_ms ? time_ms : latest_ms;
    }
    diff->time_ms = latest_ms;
}

/* A row that is gone was made another owner's, got another id, or is deleted softly. */
static enum rc tell_row(struct tell *tell, const struct filled *filled, const struct row *row,
                        struct fail *fail)
{
    const struct txn *txn = tell->txn;
    struct diff diff = {
        .owner = txn->request->owner,
        .clock = txn->input.push_clock,
        .time_ms = filled->cause->time_ms,
        .type = row->live ? DIFF_UPDATE : DIFF_DELETE,
        .model = filled->model,
        .object_id = filled->id,
    };

    if (row->live)
        set_fields(txn, filled, row, &diff);
    if (row->live ? diff.field_count == 0 : !filled->altered) /* mutant: altered_away_unsaid */
        return RC_OK;
    diff.id = made_id_of_fill(diff.model, diff.object_id, diff.clock, diff.type, txn->arena);
    diff.json_data =
        diff_write_json_data(diff.object_id, diff.fields, diff.field_count, txn->arena);
    diff.field_times =
        diff_write_field_times(diff.fields, diff.field_count, diff.time_ms, txn->arena);
    return tell_diff(tell, &diff, fail);
}

static enum rc tell_model(struct tell *tell, const struct filled_list *list,
                          const struct model *model, struct fail *fail)
{
    struct txn *txn = tell->txn;
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
        rc = tell_row(tell, filled[i], &rows[i], fail);
    return rc;
}

static bool is_ever_filled(const struct txn *txn, const struct model *model)
{
    if (columns_alter(txn->s->columns, model, DIFF_CREATE) ||
        columns_alter(txn->s->columns, model, DIFF_UPDATE))
        return true;
    for (size_t i = 0; i < model->field_count; i++) {
        const struct field *field = &model->fields[i];

        if (field_is_filled(field, DIFF_CREATE) || field_is_filled(field, DIFF_UPDATE) ||
            has_default(txn, model, field))
            return true;
    }
    return false;
}

static bool is_any_filled(const struct txn *txn)
{
    for (size_t m = 0; m < txn->s->mapping->model_count; m++)
        if (is_ever_filled(txn, &txn->s->mapping->models[m]))
            return true;
    return false;
}

enum rc filled_tell(struct txn *txn, struct fail *fail)
{
    struct filled_list list;
    struct tell tell;
    enum rc rc = RC_OK;

    if (!is_any_filled(txn))
        return RC_OK;
    list = collect(txn);
    if (list.count == 0)
        return RC_OK;
    tell = tell_begin(txn, list.count);
    for (size_t i = 0; rc == RC_OK && i < txn->s->mapping->model_count; i++)
        rc = tell_model(&tell, &list, &txn->s->mapping->models[i], fail);
    tell_end(&tell);
    return rc;
}
