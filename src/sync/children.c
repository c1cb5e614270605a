/* Foreign keys with ON DELETE CASCADE or SET NULL fire no triggers in the child.
 * Entry:     children_find(), children_compare().
 * Invariant: only what the rows show afterwards counts: a delete may be refused. */
#include "children.h"

/* A database cascades no deeper. Circles end there, too. */
#define DEPTH 15u

static void add(struct txn *txn, const struct child_row *rows, size_t count)
{
    struct child_list *all = &txn->children;

    for (size_t i = 0; i < count; i++) {
        all->items = ARENA_ROOM(txn->arena, all->items, all->count, &txn->children_capacity);
        all->items[all->count++] = rows[i];
    }
}

/* A soft delete keeps the row, and with it its children. */
static void add_parents(struct txn *txn, const struct merge_rows *rows)
{
    for (size_t i = 0; i < rows->count; i++) {
        const struct child_row row = {
            .model = rows->items[i].model, .id = rows->items[i].id, .deleted = true};

        if (!model_deletes_softly(row.model))
            add(txn, &row, 1);
    }
}

/* Children of the model's rows that lie between the two places. */
static enum rc find_of(struct txn *txn, const struct model *model, size_t from, size_t to,
                       struct fail *fail)
{
    struct text *ids = ARENA_ARRAY(txn->arena, to - from, struct text);
    struct child_list found = {.count = 0};
    size_t count = 0;
    enum rc rc = RC_OK;

    for (size_t i = from; i < to; i++)
        if (txn->children.items[i].model == model && txn->children.items[i].deleted)
            ids[count++] = txn->children.items[i].id;
    if (count > 0)
        rc = txn->s->ops->changes->find_children(
            txn->s, (struct owner_model){txn->request->owner, model}, (struct id_list){ids, count},
            txn->arena, &found, fail);
    add(txn, found.items, found.count); /* mutant: cascade_unsaid */
    return rc;
}

enum rc children_find(struct txn *txn, struct fail *fail)
{
    const struct mapping *mapping = txn->s->mapping;
    size_t from = 0;
    enum rc rc = RC_OK;

    txn->children = (struct child_list){.count = 0};
    txn->children_capacity = 0;
    if (txn->s->relations.count == 0)
        return RC_OK;
    add_parents(txn, &txn->plan.deletes);
    add_parents(txn, &txn->plan.replaced);
    txn->parent_count = txn->children.count;
    for (unsigned depth = 0; depth < DEPTH && from < txn->children.count; depth++) {
        const size_t to = txn->children.count;

        for (size_t i = 0; rc == RC_OK && i < mapping->model_count; i++)
            rc = find_of(txn, &mapping->models[i], from, to, fail);
        from = to;
    }
    return rc;
}

/* Did that happen to the row which was foreseen? */
static bool is_done(const struct child_row *child, const struct row *row)
{
    if (child->deleted)
        return !row->live;
    return child->field != NULL && row->live && row->values[child->field->index].kind == VALUE_NULL;
}

static void add_change(struct txn *txn, const struct child_row *child, struct change_list *changes)
{
    struct change change = {
        .model = child->model,
        .model_name = child->model->name,
        .object_id = child->id,
        .op = child->deleted ? CHANGE_DELETE : CHANGE_UPDATE,
        .own = true,
        .time_ms = txn->input.now_ms,
    };

    if (!child->deleted) {
        change.fields = ARENA_ARRAY(txn->arena, 1, const struct field *);
        change.fields[change.field_count++] = child->field;
    }
    changes->items[changes->count++] = change;
}

static enum rc compare_model(struct txn *txn, const struct model *model,
                             struct change_list *changes, struct fail *fail)
{
    const size_t max = txn->children.count - txn->parent_count;
    const struct child_row **children = ARENA_ARRAY(txn->arena, max, const struct child_row *);
    struct text *ids = ARENA_ARRAY(txn->arena, max, struct text);
    struct row *rows = ARENA_ARRAY(txn->arena, max, struct row);
    size_t count = 0;
    enum rc rc;

    for (size_t i = txn->parent_count; i < txn->children.count; i++)
        if (txn->children.items[i].model == model) {
            children[count] = &txn->children.items[i];
            ids[count++] = txn->children.items[i].id;
        }
    if (count == 0)
        return RC_OK;
    rc = txn->s->ops->read(txn->s, (struct owner_model){txn->request->owner, model},
                           (struct id_list){ids, count}, txn->arena, rows, fail);
    for (size_t i = 0; rc == RC_OK && i < count; i++)
        if (is_done(children[i], &rows[i]))
            add_change(txn, children[i], changes);
    return rc;
}

enum rc children_compare(struct txn *txn, struct change_list *changes_inout, struct fail *fail)
{
    const struct mapping *mapping = txn->s->mapping;
    const size_t max = changes_inout->count + txn->children.count;
    struct change *items;
    enum rc rc = RC_OK;

    if (txn->children.count == txn->parent_count)
        return RC_OK;
    items = ARENA_ARRAY(txn->arena, max, struct change);
    if (changes_inout->count > 0)
        memcpy(items, changes_inout->items, changes_inout->count * sizeof(*items));
    changes_inout->items = items;
    for (size_t i = 0; rc == RC_OK && i < mapping->model_count; i++)
        rc = compare_model(txn, &mapping->models[i], changes_inout, fail);
    return rc;
}
