#include "memory_store.h"

#include <assert.h>
#include <stdlib.h>

#define JSON_MAX_BYTES ((size_t)1024 * 1024 * 1024)

enum rc memory_step(struct memory *m, struct fail *fail)
{
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

struct memory_owner *memory_owner_find(struct memory *m, struct text name)
{
    struct memory_node *node = memory_map_find(&m->owners, name);

    return node == NULL ? NULL : node->ptr;
}

static void *zeroed(size_t count, size_t size_bytes)
{
    return memset(alloc_or_die(count * size_bytes), 0, count * size_bytes);
}

struct text memory_put_bytes(char **at, struct text t)
{
    struct text copy = {*at, t.len};

    if (t.len > 0)
        memcpy(*at, t.ptr, t.len);
    *at += t.len;
    return copy;
}

struct memory_owner *memory_owner_put(struct memory *m, struct text name)
{
    struct memory_node *node = memory_map_put(&m->owners, name);
    const size_t models = m->base.mapping->model_count;
    struct memory_owner *owner = node->ptr;

    if (owner != NULL)
        return owner;
    owner = zeroed(1, sizeof(*owner));
    owner->rows = zeroed(models, sizeof(*owner->rows));
    owner->existed = zeroed(models, sizeof(*owner->existed));
    owner->model_count = models;
    node->ptr = owner;
    return owner;
}

static void owner_free(void *ptr)
{
    struct memory_owner *owner = ptr;

    for (size_t i = 0; i < owner->model_count; i++) {
        memory_map_clear(&owner->rows[i], free);
        memory_map_clear(&owner->existed[i], NULL);
    }
    for (size_t i = 0; i < owner->diff_count; i++)
        free(owner->diffs[i]);
    memory_map_clear(&owner->diff_ids, NULL);
    memory_map_clear(&owner->known, NULL);
    memory_map_clear(&owner->rejects, free);
    free(owner->rows);
    free(owner->existed);
    free(owner->diffs);
    free(owner);
}

/* The transaction */

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

static void undo_one(struct memory_owner *owner, const struct undo *undo)
{
    const struct text id = {undo->id, undo->id_len};

    switch (undo->kind) {
    case UNDO_APPEND:
        memory_undo_append(owner);
        break;
    case UNDO_REMEMBER:
        memory_map_remove(&owner->known, id);
        break;
    case UNDO_PUT_REJECT:
        memory_undo_put_reject(owner, id);
        break;
    case UNDO_TAKE_REJECT:
        memory_undo_take_reject(owner, id);
        break;
    case UNDO_ROW:
        memory_undo_row(&owner->rows[undo->model], id, undo->row);
        break;
    }
}

static void undo_to(struct memory *m, size_t count)
{
    while (m->undo_count > count) {
        const struct undo *undo = &m->undos[--m->undo_count];

        undo_one(m->open, undo);
        free(undo->id);
    }
}

static enum rc begin(struct synchronizer *s, struct text owner, int64_t *clock_out,
                     struct fail *fail)
{
    struct memory *m = memory_of(s);
    enum rc rc = memory_step(m, fail);

    if (rc != RC_OK)
        return rc;
    assert(m->open == NULL && !m->in_snapshot);
    m->open = memory_owner_put(m, owner);
    m->mark = MEMORY_NO_MARK;
    *clock_out = m->open->next_clock++;
    return RC_OK;
}

static enum rc begin_snapshot(struct synchronizer *s, struct text owner, int64_t *next_clock_out,
                              struct fail *fail)
{
    struct memory *m = memory_of(s);
    enum rc rc = memory_step(m, fail);

    if (rc != RC_OK)
        return rc;
    assert(m->open == NULL && !m->in_snapshot);
    m->open = memory_owner_find(m, owner);
    m->in_snapshot = true;
    *next_clock_out = m->open == NULL ? 0 : m->open->next_clock;
    return RC_OK;
}

static enum rc commit(struct synchronizer *s, struct fail *fail)
{
    struct memory *m = memory_of(s);
    enum rc rc = memory_step(m, fail);

    if (rc != RC_OK)
        return rc;
    assert(m->open != NULL && !m->in_snapshot);
    for (size_t i = 0; i < m->undo_count; i++) {
        free(m->undos[i].id);
        free(m->undos[i].row);
    }
    m->undo_count = 0;
    m->open = NULL;
    return RC_OK;
}

static void rollback(struct synchronizer *s)
{
    struct memory *m = memory_of(s);

    if (m->open != NULL && !m->in_snapshot) {
        undo_to(m, 0);
        m->open->next_clock--;
    }
    m->open = NULL;
    m->in_snapshot = false;
}

static enum rc mark(struct synchronizer *s, struct fail *fail)
{
    struct memory *m = memory_of(s);
    enum rc rc = memory_step(m, fail);

    assert(m->open != NULL);
    if (rc == RC_OK)
        m->mark = m->undo_count;
    return rc;
}

static enum rc rewind_to_mark(struct synchronizer *s, struct fail *fail)
{
    struct memory *m = memory_of(s);
    enum rc rc = memory_step(m, fail);

    assert(m->open != NULL && m->mark <= m->undo_count);
    if (rc == RC_OK)
        undo_to(m, m->mark);
    return rc;
}

enum rc memory_step_in(struct memory *m, struct text owner, struct fail *fail)
{
    assert((m->open != NULL || m->in_snapshot) && m->open == memory_owner_find(m, owner));
    return memory_step(m, fail);
}

static enum rc validate(struct synchronizer *s, struct text owner, const struct model *model,
                        enum diff_type type, struct text json_data, bool *allowed_out,
                        struct fail *fail)
{
    struct memory *m = memory_of(s);
    enum rc rc = memory_step_in(m, owner, fail);

    *allowed_out = rc == RC_OK && (m->validate == NULL ||
                                   m->validate(m->validate_context, model, type, json_data));
    return rc;
}

static enum rc ping(struct synchronizer *s, struct fail *fail)
{
    return memory_step(memory_of(s), fail);
}

static const struct synchronizer_ops OPS = {
    .begin = begin,
    .commit = commit,
    .rollback = rollback,
    .read_history = memory_read_history,
    .read_object_history = memory_read_object_history,
    .begin_snapshot = begin_snapshot,
    .read_history_part = memory_read_history_part,
    .read_push = memory_read_push,
    .find_existed = memory_find_existed,
    .read = memory_read_rows,
    .create = memory_create_rows,
    .update = memory_update_rows,
    .remove = memory_remove_rows,
    .validate = validate,
    .append = memory_append,
    .remember = memory_remember,
    .put_rejects = memory_put_rejects,
    .find_rejects = memory_find_rejects,
    .take_reject = memory_take_reject,
    .mark = mark,
    .rewind = rewind_to_mark,
    .ping = ping,
};

struct synchronizer *memory_synchronizer_new(const struct mapping *mapping)
{
    struct memory *m = zeroed(1, sizeof(*m));

    m->zero_ranks = zeroed(mapping->model_count, sizeof(*m->zero_ranks));
    m->base = (struct synchronizer){
        .ops = &OPS,
        .mapping = mapping,
        .model_ranks = m->zero_ranks,
    };
    buf_init(&m->json, JSON_MAX_BYTES);
    return &m->base;
}

void memory_synchronizer_reset(struct synchronizer *s)
{
    struct memory *m = memory_of(s);

    rollback(s);
    memory_map_clear(&m->owners, owner_free);
}

void memory_synchronizer_free(struct synchronizer *s)
{
    struct memory *m = memory_of(s);

    if (m == NULL)
        return;
    memory_synchronizer_reset(s);
    buf_release(&m->json);
    arena_release(&m->scratch);
    free(m->undos);
    free(m->zero_ranks);
    free(m);
}

void memory_synchronizer_fail_at(struct synchronizer *s, unsigned nth, enum rc rc)
{
    memory_of(s)->fail_in = nth;
    memory_of(s)->fail_rc = rc;
}

void memory_synchronizer_set_ranks(struct synchronizer *s, const unsigned *model_ranks)
{
    s->model_ranks = model_ranks;
}

void memory_synchronizer_set_relations(struct synchronizer *s, struct relations relations)
{
    s->relations = relations;
}

void memory_synchronizer_set_validate(struct synchronizer *s, memory_validate *allowed,
                                      void *context)
{
    memory_of(s)->validate = allowed;
    memory_of(s)->validate_context = context;
}

void memory_synchronizer_set_constraint(struct synchronizer *s, memory_constraint *allowed,
                                        void *context)
{
    memory_of(s)->constraint = allowed;
    memory_of(s)->constraint_context = context;
}
