/* Entries of the outbox in memory, and other SQL that writes rows and has them noted there:
 * memory_outbox_write(). */
#include "memory_outbox.h"

#include <assert.h>
#include <stdlib.h>

#include "clock.h"

bool memory_outbox_behind(const struct memory *m, const struct memory_owner *owner)
{
    return owner == NULL || owner->reconciled != m->generation || owner->entry_count > 0;
}

void memory_outbox_lock(struct memory *m, const struct model *model, struct text id)
{
    if (m->interrupt != NULL && m->open != NULL && !m->in_snapshot && !m->in_drain)
        memory_map_put(&m->locks[model->index], id);
}

bool memory_outbox_may_write(const struct memory *m, struct text owner, const struct model *model,
                             struct text id)
{
    const struct memory_node *node = memory_map_find(&m->owners, owner);

    assert(!m->in_snapshot);
    return m->open == NULL || node == NULL || node->ptr != m->open ||
           memory_map_find(&m->locks[model->index], id) == NULL;
}

static struct memory_entry *entry_new(const struct change *change)
{
    struct memory_entry *entry = memory_zeroed(1, sizeof(*entry) + change->object_id.len);
    char *at = entry->bytes;

    *entry = (struct memory_entry){
        .model = change->model,
        .op = change->op,
        .own = change->own,
        .all_fields = change->all_fields,
        .time_ms = change->time_ms,
    };
    entry->object_id = memory_put_bytes(&at, change->object_id);
    for (size_t i = 0; i < change->field_count; i++) {
        assert(change->fields[i]->index < MEMORY_FIELDS_MAX);
        entry->fields |= UINT64_C(1) << change->fields[i]->index;
    }
    return entry;
}

void memory_outbox_note(struct memory *m, struct text owner, const struct change *change)
{
    struct memory_entry *entry = entry_new(change);

    entry->seq = ++m->last_seq;
    memory_entry_insert(memory_owner_put(m, owner), entry);
}

static bool is_there(const struct stored_row *row)
{
    return row != NULL && !row->deleted;
}

static void note_row(struct memory *m, struct text owner, const struct model *model, struct text id,
                     const struct stored_row *before, const struct stored_row *after)
{
    const struct field *fields[MEMORY_FIELDS_MAX];
    struct change change = {
        .object_id = id, .model = model, .fields = fields, .time_ms = clock_now_ms()};

    if (!is_there(before) && !is_there(after))
        return;
    change.op = !is_there(before)  ? CHANGE_INSERT
                : !is_there(after) ? CHANGE_DELETE
                                   : CHANGE_UPDATE;
    for (size_t i = 0; change.op == CHANGE_UPDATE && i < model->field_count; i++)
        if (!value_equal(&before->values[i], &after->values[i]))
            fields[change.field_count++] = &model->fields[i];
    if (change.op != CHANGE_UPDATE || change.field_count > 0)
        memory_outbox_note(m, owner, &change);
}

bool memory_outbox_write(struct memory *m, struct text owner, const struct model *model,
                         struct text id, struct stored_row *after)
{
    struct memory_map *rows = &memory_owner_put(m, owner)->rows[model->index];
    struct memory_node *node;
    struct stored_row *before;

    if (!memory_outbox_may_write(m, owner, model, id)) {
        free(after);
        return false;
    }
    node = memory_map_put(rows, id);
    before = node->ptr;
    node->ptr = after;
    if (m->triggers)
        note_row(m, owner, model, id, before, after);
    free(before);
    if (after == NULL)
        memory_map_remove(rows, id);
    return true;
}
