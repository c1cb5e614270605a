/* Tells an upgraded app what its older version could not hold: migrate_add().
 * Invariant: an object has at most one diff in the response, two where it is replaced. */
#include "migrate.h"

#include "history_limit.h"
#include "made_ids.h"
#include "row_create.h"
#include "row_pages.h"
#include "settled.h"
#include "text_index.h"
#include "told_objects.h"

bool migrate_wanted(const struct sync_request *request)
{
    return request->migration != NULL && (request->clock > 0 || request->diffs.count > 0);
}

static bool concerns(const struct sync_migration *migration, const struct model *model)
{
    return migration->whole[model->index] || migration->fields[model->index] != NULL;
}

/* ---- Does it fit? ---- */

enum rc migrate_too_much(struct fail *fail)
{
    return fail_reject(
        fail, FAIL_INVALID_CLOCK,
        "there is too much to bring with migrate_from: reset the device with clock 0");
}

static enum rc count_model(struct txn *txn, const struct model *model, struct history_limit *left,
                           struct fail *fail)
{
    struct object_row_list rows;
    struct row_walk walk;
    struct arena page;
    enum rc rc = RC_OK;

    arena_init(&page);
    row_pages_begin(&walk, (struct owner_model){txn->request->owner, model}, txn->arena);
    while (rc == RC_OK && walk.more) {
        arena_clear(&page);
        rc = row_pages_next(txn->s, &walk, &page, &rows, fail);
        for (size_t i = 0; rc == RC_OK && i < rows.count; i++)
            if (!history_limit_take(left, 0))
                rc = migrate_too_much(fail);
        if (rc == RC_OK && page.used_bytes > left->bytes)
            rc = migrate_too_much(fail);
        left->bytes -= rc == RC_OK ? page.used_bytes : 0;
    }
    arena_release(&page);
    return rc;
}

enum rc migrate_fits(struct txn *txn, struct fail *fail)
{
    const struct sync_request *request = txn->request;
    const struct mapping *mapping = txn->s->mapping;
    struct history_limit left = history_limit_of(&request->limit);
    int64_t next_clock;
    enum rc rc = txn->s->ops->begin_snapshot(txn->s, request->owner, &next_clock, fail);

    for (size_t i = 0; rc == RC_OK && i < mapping->model_count; i++)
        if (concerns(request->migration, &mapping->models[i]))
            rc = count_model(txn, &mapping->models[i], &left, fail);
    if (rc == RC_OK && request->diffs.count > 0)
        rc = rest_measure(txn, next_clock, fail);
    txn->s->ops->rollback(txn->s);
    return rc;
}

/* ---- What is told ---- */

/* One that is under way. */
struct migrating {
    struct txn *txn;
    const struct sync_migration *migration;
    struct told_objects told;
    struct text_index answered;
    size_t capacity;
    int64_t read_clock;
};

/* The object, if the request names it; else NULL. */
static const struct merge_object *find_named(const struct migrating *m, const struct model *model,
                                             struct text id)
{
    const struct merge_object *object = told_objects_find(&m->told, model, id);

    return object != NULL && object->given.resent.count + object->given.new_diffs.count > 0 ? object
                                                                                            : NULL;
}

static bool is_named(const struct migrating *m, const struct model *model, struct text id)
{
    return find_named(m, model, id) != NULL;
}

/* The device has none of a model that is new to it but what it made itself: what others did to its
 * objects is told as the rows that it came to. */
static void leave_out_changes(struct migrating *m)
{
    struct diff_list *answer = &m->txn->plan.answer;
    struct diff *items = ARENA_ARRAY(m->txn->arena, answer->count, struct diff);
    size_t kept = 0;

    for (size_t i = 0; i < answer->count; i++) {
        const struct diff *diff = &answer->items[i];

        /* mutant: new_model_updated */
        if (!m->migration->whole[diff->model->index] || is_named(m, diff->model, diff->object_id))
            diff_move(&items[kept++], diff);
    }
    m->capacity = answer->count;
    *answer = (struct diff_list){items, kept};
}

/* Other requests were served between the response and what is read: is the object made by one? */
static enum rc is_made_later(const struct migrating *m, const struct model *model, struct text id,
                             bool *later_out, struct fail *fail)
{
    struct txn *txn = m->txn;
    const struct history_part part = {
        .owner = txn->request->owner,
        .model = model,
        .since_clock = txn->plan.next_clock,
        .until_clock = m->read_clock,
        .only_id = id,
        .limit = {.diffs = 1, .bytes = SIZE_MAX},
    };
    struct diff_list first = {.count = 0};
    bool more;
    enum rc rc = RC_OK;

    if (m->read_clock > txn->plan.next_clock)
        rc = txn->s->ops->read_history_part(txn->s, &part, txn->arena, &first, &more, fail);
    *later_out = first.count > 0 && first.items[0].type == DIFF_CREATE;
    return rc;
}

static void append(struct migrating *m, const struct diff *diff)
{
    struct diff_list *answer = &m->txn->plan.answer;

    if (answer->count == m->capacity) {
        const size_t capacity = 2 * m->capacity + 16;
        struct diff *items = ARENA_ARRAY(m->txn->arena, capacity, struct diff);

        for (size_t i = 0; i < answer->count; i++)
            diff_move(&items[i], &answer->items[i]);
        answer->items = items;
        m->capacity = capacity;
    }
    diff_move(&answer->items[answer->count++], diff);
}

static bool sets(const struct diff *diff, const struct field *field)
{
    for (size_t i = 0; i < diff->field_count; i++)
        if (diff->fields[i].field == field)
            return true;
    return false;
}

static bool any_sets(const struct merge_diffs *diffs, const struct field *field)
{
    for (size_t i = 0; i < diffs->count; i++)
        for (size_t k = 0; k < diffs->items[i]->field_count; k++)
            if (diffs->items[i]->fields[k].field == field &&
                !field_is_initial(&diffs->items[i]->fields[k]))
                return true;
    return false;
}

static bool any_deletes(const struct merge_diffs *diffs)
{
    for (size_t i = 0; i < diffs->count; i++)
        if (diffs->items[i]->type == DIFF_DELETE)
            return true;
    return false;
}

/* Has the device's copy what its own diffs set? With a delete among them, it may have lost it. */
static bool has_set(const struct merge_object *object, const struct field *field)
{
    const struct merge_diffs *resent = &object->given.resent, *fresh = &object->given.new_diffs;

    if (any_deletes(resent) || any_deletes(fresh)) /* mutant: deleted_copy_has_it */
        return false;
    return any_sets(resent, field) || any_sets(fresh, field);
}

/* May the device lack it? Of a model that is new to it, it has objects that it made itself, perhaps
 * with a version between the two. */
static bool lacks(const struct migrating *m, const struct model *model, struct text id,
                  const struct field *field)
{
    const struct merge_object *object;

    if (!m->migration->whole[model->index])
        return m->migration->fields[model->index][field->index]; /* mutant: gained_not_told */
    object = find_named(m, model, id);
    return object == NULL || !has_set(object, field);
}

/* With the fields that the device's older version did not see, where the diff does not set them. */
static void add_fields(const struct migrating *m, const struct object_row *row, struct diff *diff)
{
    const struct model *model = diff->model;
    struct field_value *fields = ARENA_ARRAY(m->txn->arena, model->field_count, struct field_value);
    size_t count = 0;

    for (; count < diff->field_count; count++)
        fields[count] = diff->fields[count];
    for (size_t i = 0; i < model->field_count; i++) {
        const struct field *field = &model->fields[i];

        if (lacks(m, model, row->id, field) && !sets(diff, field))
            fields[count++] = (struct field_value){.field = field, .value = row->values[i]};
    }
    diff->fields = fields;
    diff->field_count = count;
    diff->json_data = diff_write_json_data(diff->object_id, fields, count, m->txn->arena);
}

/* The response's diff of the object that is no delete; *gone_out: there is a delete. */
static struct diff *find_answered(const struct migrating *m, const struct model *model,
                                  struct text id, bool *gone_out)
{
    struct diff *found = NULL;
    size_t at = text_index_find(&m->answered, id);

    *gone_out = false;
    for (; at != TEXT_INDEX_NONE; at = text_index_next(&m->answered, at)) {
        struct diff *diff = &m->txn->plan.answer.items[at];

        if (diff->model != model)
            continue;
        if (diff->type == DIFF_DELETE)
            *gone_out = true;
        else
            found = diff;
    }
    return found;
}

static struct diff update_of(const struct migrating *m, const struct model *model,
                             const struct object_row *row)
{
    const int64_t clock = m->txn->plan.next_clock - 1;

    return (struct diff){
        .id = made_id_of_fill(model, row->id, clock, DIFF_UPDATE, m->txn->arena),
        .owner = m->txn->request->owner,
        .clock = clock,
        .type = DIFF_UPDATE,
        .model = model,
        .object_id = row->id,
    };
}

static enum rc tell_fields(struct migrating *m, const struct model *model,
                           const struct object_row *row, struct fail *fail)
{
    bool gone;
    struct diff *told = find_answered(m, model, row->id, &gone);
    struct diff update;
    enum rc rc;

    if (told != NULL && told->type == DIFF_CREATE)
        return RC_OK;
    if (told == NULL && gone)
        return RC_OK; /* it came back later */
    if (told != NULL) {
        rc = told->unread ? diff_parse_stored(told, m->txn->arena, fail) : RC_OK;
        if (rc == RC_OK)
            add_fields(m, row, told);
        return rc;
    }
    update = update_of(m, model, row);
    add_fields(m, row, &update);
    if (update.field_count > 0)
        append(m, &update);
    return RC_OK;
}

static enum rc tell_row(struct migrating *m, const struct model *model,
                        const struct object_row *row, struct fail *fail)
{
    struct txn *txn = m->txn;
    struct diff create;
    bool later;
    enum rc rc = is_made_later(m, model, row->id, &later, fail);

    if (rc != RC_OK || later)
        return rc;
    if (!m->migration->whole[model->index] || is_named(m, model, row->id))
        return tell_fields(m, model, row, fail);
    create = row_create((struct owner_model){txn->request->owner, model}, row,
                        txn->plan.next_clock - 1, txn->arena);
    append(m, &create);
    return RC_OK;
}

static enum rc tell_model(struct migrating *m, const struct model *model, struct fail *fail)
{
    struct txn *txn = m->txn;
    struct object_row_list rows;
    struct row_walk walk;
    enum rc rc = RC_OK;

    row_pages_begin(&walk, (struct owner_model){txn->request->owner, model}, txn->arena);
    while (rc == RC_OK && walk.more) {
        rc = row_pages_next(txn->s, &walk, txn->arena, &rows, fail);
        for (size_t i = 0; rc == RC_OK && i < rows.count; i++)
            rc = tell_row(m, model, &rows.items[i], fail);
    }
    return rc;
}

static struct text_index index_answer(const struct diff_list *answer, struct arena *arena)
{
    struct text *ids = ARENA_ARRAY(arena, answer->count, struct text);

    for (size_t i = 0; i < answer->count; i++)
        ids[i] = answer->items[i].object_id;
    return text_index_of(ids, answer->count, arena);
}

static enum rc tell_all(void *context, int64_t next_clock, struct fail *fail)
{
    struct txn *txn = context;
    const struct mapping *mapping = txn->s->mapping;
    struct migrating m = {
        .txn = txn,
        .migration = txn->request->migration,
        .told = told_objects_of(txn->merge, txn->arena),
        .read_clock = next_clock,
    };
    enum rc rc = RC_OK;

    leave_out_changes(&m);
    m.answered = index_answer(&txn->plan.answer, txn->arena);
    for (size_t i = 0; rc == RC_OK && i < mapping->model_count; i++)
        if (concerns(m.migration, &mapping->models[i]))
            rc = tell_model(&m, &mapping->models[i], fail);
    txn->undurable = true;
    return rc;
}

enum rc migrate_add(struct txn *txn, struct fail *fail)
{
    const struct drain_job job = txn_drain_job(txn);
    const struct settled_query query = {
        .job = &job,
        .undrained = txn->request->undrained,
        .read = tell_all,
        .context = txn,
    };
    const struct merge_plan before = txn->plan;
    enum rc rc = settled_read(&query, fail);

    if (rc != RC_OK)
        txn->plan = before; /* for the next attempt */
    return rc;
}
