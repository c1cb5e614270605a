/* What lies in memory, and the undo log of the transaction: every change has its entry, and
 * memory_undo_to() takes changes back, last first. Knows nothing of the operations above it. */
#include "memory_store.h"

#include <assert.h>
#include <stdlib.h>

/* Other SQL does not see a drain or a snapshot, nor they it: it may as well come behind them. */
static void interrupt(struct memory *m)
{
    if (m->interrupt_in == 0 || --m->interrupt_in > 0)
        return;
    if (m->in_snapshot || m->in_drain)
        m->interrupt_waits = true;
    else
        m->interrupt(m->interrupt_context);
}

enum rc memory_step(struct memory *m, struct fail *fail)
{
    interrupt(m);
    if (m->fail_in == 0 || --m->fail_in > 0)
        return RC_OK;
    switch (m->fail_rc) {
    case RC_OK:
        return RC_OK;
    case RC_REJECTED:
        return fail_reject(fail, FAIL_INVALID_DATA, "a failure on demand");
    case RC_RETRY:
    case RC_UNCERTAIN:
        return fail_busy(fail, m->fail_rc, "a failure on demand");
    case RC_FATAL:
        break;
    }
    return fail_fatal(fail, "a failure on demand");
}

enum rc memory_step_in(struct memory *m, struct text owner, struct fail *fail)
{
    assert((m->open != NULL || m->in_snapshot) && m->open == memory_owner_find(m, owner));
    return memory_step(m, fail);
}

struct memory_owner *memory_owner_find(struct memory *m, struct text name)
{
    struct memory_node *node = memory_map_find(&m->owners, name);

    return node == NULL ? NULL : node->ptr;
}

void memory_open(struct memory *m, struct text owner)
{
    m->open = memory_owner_put(m, owner);
    m->mark = MEMORY_NO_MARK;
    m->open->head = m->open->next_clock;
    m->open->fork_count_before = m->open->fork_count;
    m->open->reconciled_before = m->open->reconciled;
    m->open->adopted_before = m->open->adopted;
}

void memory_close(struct memory *m)
{
    m->open = NULL;
    m->in_snapshot = m->in_drain = false;
    for (size_t i = 0; m->interrupt != NULL && i < m->base.mapping->model_count; i++)
        memory_map_clear(&m->locks[i], NULL);
    if (!m->interrupt_waits)
        return;
    m->interrupt_waits = false;
    m->interrupt(m->interrupt_context);
}

void *memory_zeroed(size_t count, size_t size_bytes)
{
    return memset(alloc_or_die(count * size_bytes), 0, count * size_bytes);
}

struct memory_owner *memory_owner_put(struct memory *m, struct text name)
{
    struct memory_node *node = memory_map_put(&m->owners, name);
    const size_t models = m->base.mapping->model_count;
    struct memory_owner *owner = node->ptr;

    if (owner != NULL)
        return owner;
    owner = memory_zeroed(1, sizeof(*owner));
    owner->rows = memory_zeroed(models, sizeof(*owner->rows));
    owner->existed = memory_zeroed(models, sizeof(*owner->existed));
    owner->summaries = memory_zeroed(models, sizeof(*owner->summaries));
    owner->model_count = models;
    node->ptr = owner;
    return owner;
}

void memory_owner_free(void *ptr)
{
    struct memory_owner *owner = ptr;

    for (size_t i = 0; i < owner->model_count; i++) {
        memory_map_clear(&owner->rows[i], free);
        memory_map_clear(&owner->existed[i], NULL);
        memory_map_clear(&owner->summaries[i], free);
    }
    for (size_t i = 0; i < owner->diff_count; i++)
        free(owner->diffs[i]);
    for (size_t i = 0; i < owner->entry_count; i++)
        free(owner->entries[i]);
    memory_map_clear(&owner->diff_ids, NULL);
    memory_map_clear(&owner->known, NULL);
    memory_map_clear(&owner->rejects, free);
    free(owner->rows);
    free(owner->existed);
    free(owner->summaries);
    free(owner->diffs);
    free(owner->entries);
    free(owner);
}

struct text memory_put_bytes(char **at, struct text t)
{
    struct text copy = {*at, t.len};

    if (t.len > 0)
        memcpy(*at, t.ptr, t.len);
    *at += t.len;
    return copy;
}

size_t memory_first_since(const struct memory_owner *owner, int64_t since_clock)
{
    size_t low = 0;
    size_t high = owner->diff_count;

    while (low < high) {
        const size_t middle = low + (high - low) / 2;

        if (owner->diffs[middle]->diff.clock < since_clock)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

struct undo *memory_undo_add(struct memory *m, enum undo_kind kind, struct text id)
{
    struct undo *undo;

    assert(!m->in_snapshot);
    if (m->undo_count == m->undo_capacity) {
        m->undo_capacity = m->undo_capacity == 0 ? 64 : m->undo_capacity * 2;
        m->undos = realloc_or_die(m->undos, m->undo_capacity * sizeof(*m->undos));
    }
    undo = &m->undos[m->undo_count++];
    *undo = (struct undo){.kind = kind, .id = alloc_or_die(id.len), .id_len = id.len};
    if (id.len > 0)
        memcpy(undo->id, id.ptr, id.len);
    return undo;
}

static void undo_append(struct memory_owner *owner)
{
    struct stored_diff *stored = owner->diffs[--owner->diff_count];
    struct memory_map *existed = &owner->existed[stored->diff.model->index];

    memory_map_remove(&owner->diff_ids, stored->diff.id);
    if (--memory_map_put(existed, stored->diff.object_id)->number == 0)
        memory_map_remove(existed, stored->diff.object_id);
    free(stored);
}

static void undo_row(struct memory_map *rows, struct text id, struct stored_row *before)
{
    struct memory_node *node = memory_map_put(rows, id);

    free(node->ptr);
    node->ptr = before;
    if (before == NULL)
        memory_map_remove(rows, id);
}

static void undo_put_reject(struct memory_owner *owner, struct text id)
{
    free(memory_map_find(&owner->rejects, id)->ptr);
    memory_map_remove(&owner->rejects, id);
}

static void undo_take_reject(struct memory_owner *owner, struct text id)
{
    struct stored_reject *stored = memory_map_find(&owner->rejects, id)->ptr;

    stored->kept = true;
}

void memory_entry_insert(struct memory_owner *owner, struct memory_entry *entry)
{
    size_t at = owner->entry_count;

    if (owner->entry_count == owner->entry_capacity) {
        owner->entry_capacity = owner->entry_capacity == 0 ? 16 : owner->entry_capacity * 2;
        owner->entries =
            realloc_or_die(owner->entries, owner->entry_capacity * sizeof(struct memory_entry *));
    }
    for (; at > 0 && owner->entries[at - 1]->seq > entry->seq; at--)
        owner->entries[at] = owner->entries[at - 1];
    owner->entries[at] = entry;
    owner->entry_count++;
}

static void undo_one(struct memory_owner *owner, const struct undo *undo)
{
    const struct text id = {undo->id, undo->id_len};

    switch (undo->kind) {
    case UNDO_APPEND:
        undo_append(owner);
        break;
    case UNDO_REMEMBER:
        memory_map_remove(&owner->known, id);
        break;
    case UNDO_PUT_REJECT:
        undo_put_reject(owner, id);
        break;
    case UNDO_TAKE_REJECT:
        undo_take_reject(owner, id);
        break;
    case UNDO_ROW:
        undo_row(&owner->rows[undo->model], id, undo->row);
        break;
    case UNDO_TAKE_CHANGE:
        memory_entry_insert(owner, undo->entry);
        break;
    }
}

void memory_undo_to(struct memory *m, size_t count)
{
    while (m->undo_count > count) {
        const struct undo *undo = &m->undos[--m->undo_count];

        undo_one(m->open, undo);
        free(undo->id);
    }
}

struct diff memory_diff_copy(const struct memory *m, const struct stored_diff *stored_diff,
                             struct text owner, struct arena *arena)
{
    const struct versions *versions = m->base.mapping->versions;
    const struct diff *stored = &stored_diff->diff;
    struct diff copy = *stored;

    copy.id = arena_text(arena, stored->id);
    copy.owner = owner;
    copy.json_data = arena_text(arena, stored->json_data);
    copy.object_id = arena_text(arena, stored->object_id);
    copy.field_times = arena_text(arena, stored->field_times);
    copy.unread = true;
    if (versions != NULL)
        diff_raise_stored(&copy, versions, stored_diff->version, arena);
    return copy;
}
