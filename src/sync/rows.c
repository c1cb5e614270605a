/* Puts a plan's rows into the tables by one of several strategies.
 * Entry:     rows_apply().
 * Invariant: a strategy is one row of STRATEGIES. */
#include "rows.h"

#include <assert.h>
#include <stdlib.h>

#include "bisect.h"
#include "shifts.h"
#include "toposort.h"

#define MAX_KINDS 7

static const enum rows_kind STRATEGIES[ROWS_STRATEGIES][MAX_KINDS] = {
    [ROWS_DELETES_LAST] = {ROWS_REPLACED, ROWS_CREATES, ROWS_UPDATES, ROWS_DELETES},
    [ROWS_DELETES_FIRST] = {ROWS_DELETES, ROWS_REPLACED, ROWS_CREATES, ROWS_UPDATES},
    [ROWS_CREATES_LAST] = {ROWS_DELETES, ROWS_REPLACED, ROWS_UPDATES, ROWS_CREATES},
    [ROWS_TIED_LATER] = {ROWS_REPLACED, ROWS_BARE, ROWS_UPDATES, ROWS_TIES, ROWS_UNTIES,
                         ROWS_DELETES},
    [ROWS_VALUES_FREED] = {ROWS_DELETES, ROWS_REPLACED, ROWS_FREES, ROWS_UPDATES, ROWS_CREATES},
    [ROWS_VALUES_SHIFTED] = {ROWS_DELETES, ROWS_REPLACED, ROWS_SHIFTS, ROWS_CREATES},
};

static bool in_circle(const struct synchronizer *s, const struct relation *relation)
{
    return s->model_ranks[relation->child->index] == s->model_ranks[relation->parent->index];
}

bool rows_tangled(const struct synchronizer *s, const struct model *model)
{
    assert(s->relations.count == 0 || s->model_ranks != NULL);
    for (size_t i = 0; i < s->relations.count; i++) {
        const struct relation *relation = &s->relations.items[i];

        if ((relation->child == model || relation->parent == model) && in_circle(s, relation))
            return true;
    }
    return false;
}

/* A row with its place: by rank, then (but for models that refer to each other in a circle) by
 * model, so that one statement serves many, then as it came. */
struct placed_row {
    const struct merge_row *row;
    unsigned rank;
    size_t model;
    size_t position;
};

static int compare_placed(const void *a, const void *b)
{
    const struct placed_row *left = a, *right = b;

    if (left->rank != right->rank)
        return left->rank < right->rank ? -1 : 1;
    if (left->model != right->model)
        return left->model < right->model ? -1 : 1;
    return left->position < right->position ? -1 : left->position > right->position;
}

/* The foreign keys of a row that is there, or that is being made. */
static struct toposort_item toposort_item(const struct merge_row *row, bool as_it_is,
                                          struct arena *arena)
{
    struct toposort_item item = {row->model, row->id, row->fields, row->field_count};
    struct field_value *fields;

    if (!as_it_is)
        return item;
    item.field_count = row->row_values != NULL ? row->model->field_count : 0;
    fields = ARENA_ARRAY(arena, item.field_count, struct field_value);
    for (size_t i = 0; i < item.field_count; i++)
        fields[i] =
            (struct field_value){.field = &row->model->fields[i], .value = row->row_values[i]};
    item.fields = fields;
    return item;
}

static const size_t *parents_first(const struct rows_job *job, const struct merge_rows *rows,
                                   bool deleting)
{
    struct toposort_item *items = ARENA_ARRAY(job->arena, rows->count, struct toposort_item);

    for (size_t i = 0; i < rows->count; i++)
        items[i] = toposort_item(&rows->items[i], deleting, job->arena);
    return toposort_parents_first(items, rows->count, &job->s->relations, job->arena).sequence;
}

/* Parents first; children first where rows are deleted. */
static struct placed_row *place_rows(const struct rows_job *job, const struct merge_rows *rows,
                                     bool deleting)
{
    struct placed_row *placed = ARENA_ARRAY(job->arena, rows->count, struct placed_row);
    const size_t *sequence = NULL;

    if (job->s->relations.count > 0 && rows->count > 1)
        sequence = parents_first(job, rows, deleting);
    for (size_t i = 0; i < rows->count; i++) {
        const struct merge_row *row = &rows->items[sequence != NULL ? sequence[i] : i];
        unsigned rank = job->s->model_ranks != NULL ? job->s->model_ranks[row->model->index] : 0;

        placed[i] = (struct placed_row){
            .row = row,
            .rank = deleting ? ~rank : rank, /* mutant: row_before_its_parent */
            .model = rows_tangled(job->s, row->model) ? 0 : row->model->index + 1,
            .position = deleting ? rows->count - i : i,
        };
    }
    if (rows->count > 1)
        qsort(placed, rows->count, sizeof(*placed), compare_placed);
    return placed;
}

struct batch {
    const struct model *model;
    const struct placed_row *rows;
    size_t count;
};

static enum rc put_objects(const struct rows_job *job, const struct batch *batch, bool create,
                           size_t *applied_out, struct fail *fail)
{
    struct object *objects = ARENA_ARRAY(job->arena, batch->count, struct object);

    for (size_t i = 0; i < batch->count; i++) {
        const struct merge_row *row = batch->rows[i].row;

        objects[i] = (struct object){row->id, row->fields, row->field_count};
    }
    if (create)
        return job->s->ops->create(job->s, (struct owner_model){job->owner, batch->model}, objects,
                                   batch->count, applied_out, fail);
    return job->s->ops->update(job->s, (struct owner_model){job->owner, batch->model}, objects,
                               batch->count, applied_out, fail);
}

static enum rc remove_objects(const struct rows_job *job, const struct batch *batch,
                              size_t *applied_out, struct fail *fail)
{
    struct text *ids = ARENA_ARRAY(job->arena, batch->count, struct text);

    for (size_t i = 0; i < batch->count; i++)
        ids[i] = batch->rows[i].row->id;
    return job->s->ops->remove(job->s, (struct owner_model){job->owner, batch->model},
                               (struct id_list){ids, batch->count}, applied_out, fail);
}

static enum rc apply_batch(const struct rows_job *job, const struct batch *batch,
                           enum rows_kind kind, struct fail *fail)
{
    size_t applied = 0;
    enum rc rc;

    if (kind == ROWS_DELETES || kind == ROWS_REPLACED)
        rc = remove_objects(job, batch, &applied, fail);
    else
        rc = put_objects(job, batch, kind == ROWS_CREATES || kind == ROWS_BARE, &applied, fail);
    if (rc == RC_REJECTED && job->row_by_row && !fail->of_request) {
        fail_at_diff(fail, batch->rows[0].row->blame->id);
        return job->refusals != NULL ? bisect_refuse(job, batch->rows[0].row, kind, fail)
                                     : bisect_blame(job, batch->rows[0].row, kind, fail);
    }
    /* What triggers write is counted, too. Several rows may hide a missing one behind that, so they
     * are tried one by one; for one that is missing, no trigger runs. */
    if (rc != RC_OK || applied == batch->count || (job->row_by_row && applied > batch->count))
        return rc;
    /* The row-by-row path has locked the rows that it found: one that is missing now was never
     * seen, or is made and taken away by triggers; the next try looks again. */
    return job->row_by_row
               ? fail_busy(fail, RC_RETRY, "a row of %.*s changed under the sync",
                           TEXT_ARG(batch->model->table))
               : fail_reject(fail, FAIL_INVALID_DATA, "rows are not as the plan assumed");
}

/* In whatever order their unique values allow; what none allows is tried once more, and blamed. */
static enum rc apply_shifts(const struct rows_job *job, const struct merge_rows *updates,
                            struct fail *fail)
{
    const struct placed_row *placed = place_rows(job, updates, false);
    const struct merge_row **rows =
        ARENA_ARRAY(job->arena, updates->count, const struct merge_row *);
    size_t count = 0, left = 0;
    enum rc rc;

    for (size_t i = 0; i < updates->count; i++)
        if (job->refusals == NULL || !job->refusals->settled[placed[i].row->object])
            rows[count++] = placed[i].row;
    rc = shifts_apply(job, rows, count, &left, fail);
    for (size_t i = 0; rc == RC_OK && i < left; i++) {
        const struct placed_row one = {.row = rows[i]};
        const struct batch batch = {.model = rows[i]->model, .rows = &one, .count = 1};

        rc = apply_batch(job, &batch, ROWS_UPDATES, fail);
    }
    return rc;
}

static enum rc apply_kind(const struct rows_job *job, const struct merge_rows *rows,
                          enum rows_kind kind, struct fail *fail)
{
    const struct placed_row *placed =
        place_rows(job, rows, kind == ROWS_DELETES || kind == ROWS_REPLACED);

    for (size_t i = 0; i < rows->count;) {
        struct batch batch = {.model = placed[i].row->model, .rows = &placed[i], .count = 1};
        enum rc rc;

        if (job->refusals != NULL && job->refusals->settled[batch.rows->row->object]) {
            i++;
            continue;
        }
        while (!job->row_by_row && i + batch.count < rows->count &&
               placed[i + batch.count].row->model == batch.model)
            batch.count++;
        rc = apply_batch(job, &batch, kind, fail);
        if (rc != RC_OK)
            return rc;
        i += batch.count;
    }
    return RC_OK;
}

/* Does the field refer to a model in whose circle its own model is? */
static bool is_tie(const struct synchronizer *s, const struct model *model,
                   const struct field *field)
{
    for (size_t i = 0; i < s->relations.count; i++) {
        const struct relation *relation = &s->relations.items[i];

        if (relation->child == model && relation->field == field && in_circle(s, relation))
            return true;
    }
    return false;
}

static bool takes_part(const struct rows_job *job, const struct merge_row *row,
                       const struct field *field, enum rows_kind kind)
{
    if (kind == ROWS_FREES)
        return !field->required;
    return is_tie(job->s, row->model, field) == (kind != ROWS_BARE);
}

/* The row with the fields of it that the kind sets; a deleted row names none, but has all. */
static struct merge_row derive_row(const struct rows_job *job, const struct merge_row *row,
                                   enum rows_kind kind)
{
    size_t max = kind == ROWS_UNTIES ? row->model->field_count : row->field_count;
    struct field_value *fields = ARENA_ARRAY(job->arena, max, struct field_value);
    struct merge_row part = *row;

    part.fields = fields;
    part.field_count = 0;
    for (size_t i = 0; i < max; i++) {
        const struct field *field =
            kind == ROWS_UNTIES ? &row->model->fields[i] : row->fields[i].field;

        if (!takes_part(job, row, field, kind))
            continue;
        if (kind == ROWS_UNTIES || kind == ROWS_FREES)
            fields[part.field_count++] = (struct field_value){.field = field}; /* NULL */
        else
            fields[part.field_count++] = row->fields[i];
    }
    return part;
}

/* Rows of the plan, or made from them; those without a field to set change nothing. */
static struct merge_rows rows_of(const struct rows_job *job, const struct merge_plan *plan,
                                 enum rows_kind kind)
{
    const struct merge_rows *const GIVEN[] = {
        [ROWS_REPLACED] = &plan->replaced, [ROWS_CREATES] = &plan->creates,
        [ROWS_UPDATES] = &plan->updates,   [ROWS_DELETES] = &plan->deletes,
        [ROWS_BARE] = &plan->creates,      [ROWS_TIES] = &plan->creates,
        [ROWS_UNTIES] = &plan->deletes,    [ROWS_FREES] = &plan->updates,
        [ROWS_SHIFTS] = &plan->updates,
    };
    const struct merge_rows *from = GIVEN[kind];
    struct merge_rows rows = {0};

    if (kind < ROWS_BARE || kind == ROWS_SHIFTS)
        return *from;
    rows.items = ARENA_ARRAY(job->arena, from->count, struct merge_row);
    for (size_t i = 0; i < from->count; i++) {
        struct merge_row row = derive_row(job, &from->items[i], kind);

        if (kind == ROWS_BARE || row.field_count > 0)
            rows.items[rows.count++] = row;
    }
    return rows;
}

enum rc rows_apply(const struct rows_job *job, const struct merge_plan *plan, struct fail *fail)
{
    const enum rows_kind *kind = STRATEGIES[job->strategy];
    enum rc rc = RC_OK;

    for (; *kind != ROWS_END && rc == RC_OK; kind++) {
        struct merge_rows rows = rows_of(job, plan, *kind);

        rc = *kind == ROWS_SHIFTS ? apply_shifts(job, &rows, fail)
                                  : apply_kind(job, &rows, *kind, fail);
    }
    return rc;
}
