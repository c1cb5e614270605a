/* What a drain asks of the outbox and the rows in memory: MEMORY_CHANGE_OPS. */
#include "memory_changes.h"

#include <assert.h>
#include <stdlib.h>

#include "clock.h"
#include "memory_diffs.h"
#include "memory_outbox.h"
#include "memory_rows.h"

static enum rc begin(struct synchronizer *s, struct text owner, struct owner_state *state_out,
                     struct fail *fail)
{
    struct memory *m = memory_of(s);
    enum rc rc = memory_step(m, fail);

    if (rc != RC_OK)
        return rc;
    assert(m->open == NULL && !m->in_snapshot);
    memory_open(m, owner);
    m->in_drain = true;
    *state_out = (struct owner_state){
        .next_clock = m->open->next_clock,
        .reconciled = m->open->reconciled == m->generation,
        .adopted = m->open->adopted,
    };
    return RC_OK;
}

static enum rc take_clock(struct synchronizer *s, struct text owner, int64_t clock,
                          struct fail *fail)
{
    struct memory *m = memory_of(s);
    enum rc rc = memory_step_in(m, owner, fail);

    if (rc != RC_OK)
        return rc;
    assert(m->in_drain && clock >= m->open->next_clock);
    m->open->next_clock = clock + 1;
    return RC_OK;
}

static void read_entry(const struct memory_entry *entry, struct arena *arena,
                       struct change *change_out)
{
    const struct model *model = entry->model;

    *change_out = (struct change){
        .seq = entry->seq,
        .model_name = model->name,
        .object_id = arena_text(arena, entry->object_id),
        .model = model,
        .op = entry->op,
        .own = entry->own,
        .all_fields = entry->all_fields,
        .fields = ARENA_ARRAY(arena, model->field_count, const struct field *),
        .time_ms = entry->time_ms,
    };
    for (size_t i = 0; i < model->field_count; i++)
        if (i < MEMORY_FIELDS_MAX && (entry->fields >> i & 1) != 0)
            change_out->fields[change_out->field_count++] = &model->fields[i];
}

static enum rc read_changes(struct synchronizer *s, struct text owner, size_t max,
                            struct arena *arena, struct change_list *changes_out, struct fail *fail)
{
    struct memory *m = memory_of(s);
    enum rc rc = memory_step_in(m, owner, fail);

    *changes_out = (struct change_list){0};
    if (rc != RC_OK)
        return rc;
    changes_out->items = ARENA_ARRAY(arena, m->open->entry_count, struct change);
    for (size_t i = 0; i < m->open->entry_count && i < max; i++)
        read_entry(m->open->entries[i], arena, &changes_out->items[changes_out->count++]);
    changes_out->more = changes_out->count < m->open->entry_count;
    return RC_OK;
}

static void take_entry(struct memory *m, uint64_t seq)
{
    struct memory_owner *owner = m->open;
    size_t at = 0;

    while (at < owner->entry_count && owner->entries[at]->seq != seq)
        at++;
    if (at == owner->entry_count)
        return;
    memory_undo_add(m, UNDO_TAKE_CHANGE, TEXT_LITERAL(""))->entry = owner->entries[at];
    owner->entry_count--;
    for (; at < owner->entry_count; at++)
        owner->entries[at] = owner->entries[at + 1];
}

static enum rc take(struct synchronizer *s, struct text owner, const struct change_list *changes,
                    struct fail *fail)
{
    struct memory *m = memory_of(s);
    enum rc rc = memory_step_in(m, owner, fail);

    for (size_t i = 0; rc == RC_OK && i < changes->count; i++)
        take_entry(m, changes->items[i].seq);
    return rc;
}

static enum rc behind(struct synchronizer *s, struct text owner, bool *behind_out,
                      struct fail *fail)
{
    struct memory *m = memory_of(s);
    enum rc rc = memory_step_in(m, owner, fail);

    *behind_out = memory_outbox_behind(m, m->open);
    return rc;
}

static enum rc find_told(struct synchronizer *s, struct owner_model of, struct id_list ids,
                         struct object_past *past_out, struct fail *fail)
{
    struct memory *m = memory_of(s);
    enum rc rc = memory_step_in(m, of.owner, fail);

    for (size_t i = 0; i < ids.count && rc == RC_OK; i++)
        past_out[i] = m->open == NULL ? (struct object_past){.existed = false}
                                      : memory_diffs_past(m->open, of.model, ids.items[i]);
    return rc;
}

/* The rows behind the walk's place, in the order of their ids. */
static void step(const struct memory_owner *owner, struct row_walk *walk, struct arena *arena,
                 struct object_row_list *rows)
{
    const struct memory_map *map = &owner->rows[walk->model->index];
    struct memory_node **nodes = memory_map_sorted(map);

    for (size_t i = 0; i < map->count; i++) {
        const struct stored_row *stored = nodes[i]->ptr;

        if (stored->deleted || text_compare(nodes[i]->key, walk->place) <= 0)
            continue;
        walk->more = rows->count == walk->limit;
        if (walk->more)
            break;
        rows->items[rows->count++] =
            (struct object_row){.id = arena_text(arena, nodes[i]->key),
                                .values = memory_rows_copy(stored, arena).values};
    }
    free(nodes);
}

static enum rc read_rows(struct synchronizer *s, struct row_walk *walk, struct arena *arena,
                         struct object_row_list *rows_out, struct fail *fail)
{
    struct memory *m = memory_of(s);
    enum rc rc = memory_step_in(m, walk->owner, fail);

    *rows_out = (struct object_row_list){0};
    walk->more = false;
    if (rc != RC_OK || m->open == NULL)
        return rc;
    rows_out->items = ARENA_ARRAY(arena, walk->limit, struct object_row);
    step(m->open, walk, arena, rows_out);
    if (rows_out->count > 0)
        walk->place = arena_text(walk->arena, rows_out->items[rows_out->count - 1].id);
    return RC_OK;
}

static enum rc find_adopted(struct synchronizer *s, struct text owner, bool *adopted_out,
                            struct fail *fail)
{
    struct memory *m = memory_of(s);
    enum rc rc = memory_step_in(m, owner, fail);

    *adopted_out = m->open != NULL && m->open->adopted;
    return rc;
}

static enum rc set_reconciled(struct synchronizer *s, struct text owner, bool adopted,
                              struct fail *fail)
{
    struct memory *m = memory_of(s);
    enum rc rc = memory_step_in(m, owner, fail);

    if (rc != RC_OK)
        return rc;
    assert(m->in_drain);
    m->open->reconciled = m->generation;
    m->open->adopted = adopted;
    return RC_OK;
}

/* The rows are not held to any key: nothing goes with them. */
static enum rc find_children(struct synchronizer *s, struct owner_model of, struct id_list ids,
                             struct arena *arena, struct child_list *children_out,
                             struct fail *fail)
{
    (void)ids;
    (void)arena;
    *children_out = (struct child_list){0};
    return memory_step_in(memory_of(s), of.owner, fail);
}

static enum rc find_waiting(struct synchronizer *s, struct text after, size_t max,
                            struct arena *arena, struct waiting_list *waiting_out,
                            struct fail *fail)
{
    struct memory *m = memory_of(s);
    struct memory_node **owners = memory_map_sorted(&m->owners);
    enum rc rc = memory_step(m, fail);

    *waiting_out = (struct waiting_list){ARENA_ARRAY(arena, max, struct waiting_owner), 0};
    for (size_t i = 0; i < m->owners.count && waiting_out->count < max; i++) {
        const struct memory_owner *owner = owners[i]->ptr;

        if (owner->entry_count == 0 || text_compare(owners[i]->key, after) <= 0)
            continue;
        waiting_out->items[waiting_out->count++] = (struct waiting_owner){
            .owner = arena_text(arena, owners[i]->key),
            .last_seq = owner->entries[owner->entry_count - 1]->seq,
            .oldest_ms = owner->entries[0]->time_ms,
            .next_clock = owner->next_clock,
        };
    }
    free(owners);
    return rc;
}

static enum rc measure(struct synchronizer *s, uint64_t max, struct outbox_size *size_out,
                       struct fail *fail)
{
    struct memory *m = memory_of(s);
    struct memory_node **owners = memory_map_sorted(&m->owners);
    enum rc rc = memory_step(m, fail);

    *size_out = (struct outbox_size){0};
    for (size_t i = 0; i < m->owners.count; i++) {
        const struct memory_owner *owner = owners[i]->ptr;

        for (size_t k = 0; k < owner->entry_count && size_out->entries < max; k++) {
            const int64_t time_ms = owner->entries[k]->time_ms;

            if (size_out->entries++ == 0 || time_ms < size_out->oldest_ms)
                size_out->oldest_ms = time_ms;
        }
    }
    size_out->estimated = size_out->entries == max;
    free(owners);
    return rc;
}

static uint64_t reconcile_owner(struct memory *m, struct text name, const struct model *model)
{
    struct memory_owner *owner = memory_owner_find(m, name);
    const struct change change = {
        .model = model, .op = CHANGE_RECONCILE, .time_ms = clock_now_ms()};

    if (owner == NULL)
        return 0;
    if (model != NULL)
        memory_outbox_note(m, name, &change);
    else
        owner->reconciled = 0;
    return 1;
}

static enum rc reconcile(struct synchronizer *s, struct text owner, const struct model *model,
                         uint64_t *owners_out, struct fail *fail)
{
    struct memory *m = memory_of(s);
    enum rc rc = memory_step(m, fail);
    struct memory_node **owners;

    *owners_out = 0;
    if (rc != RC_OK)
        return rc;
    assert(m->open == NULL);
    if (owner.len > 0) {
        *owners_out = reconcile_owner(m, owner, model);
        return RC_OK;
    }
    if (model == NULL)
        m->generation++;
    owners = memory_map_sorted(&m->owners);
    for (size_t i = 0; i < m->owners.count; i++)
        *owners_out += model == NULL ? 1 : reconcile_owner(m, owners[i]->key, model);
    free(owners);
    return RC_OK;
}

const struct change_ops MEMORY_CHANGE_OPS = {
    .begin = begin,
    .take_clock = take_clock,
    .read = read_changes,
    .take = take,
    .behind = behind,
    .find_told = find_told,
    .read_rows = read_rows,
    .find_adopted = find_adopted,
    .set_reconciled = set_reconciled,
    .find_children = find_children,
    .find_waiting = find_waiting,
    .measure = measure,
    .reconcile = reconcile,
};
