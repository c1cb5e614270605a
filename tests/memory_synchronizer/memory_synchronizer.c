/* The operations table of the synchronizer in memory, and what tests set:
 * memory_synchronizer_new(). Most operations are in the files below, which do not know this one. */
#include "memory_synchronizer.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "memory_changes.h"
#include "memory_compaction.h"
#include "memory_diffs.h"
#include "memory_dump.h"
#include "memory_history.h"
#include "memory_outbox.h"
#include "memory_rejects.h"
#include "memory_rows.h"

#define JSON_MAX_BYTES ((size_t)1024 * 1024 * 1024)

static enum rc begin(struct synchronizer *s, struct text owner, int64_t *head_out,
                     struct fail *fail)
{
    struct memory *m = memory_of(s);
    enum rc rc = memory_step(m, fail);

    if (rc != RC_OK)
        return rc;
    assert(m->open == NULL && !m->in_snapshot);
    memory_open(m, owner);
    *head_out = m->open->head;
    if (m->open->next_clock < lineage_base(m->epoch))
        m->open->next_clock = lineage_base(m->epoch);
    m->open->next_clock++;
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
        free(m->undos[i].entry);
    }
    m->undo_count = 0;
    memory_close(m);
    return RC_OK;
}

static void rollback(struct synchronizer *s)
{
    struct memory *m = memory_of(s);

    if (m->open != NULL && !m->in_snapshot) {
        memory_undo_to(m, 0);
        m->open->next_clock = m->open->head;
        m->open->fork_count = m->open->fork_count_before;
        m->open->reconciled = m->open->reconciled_before;
        m->open->adopted = m->open->adopted_before;
    }
    memory_close(m);
}

/* Nothing is ever lost here; what is counted is whether the caller asks. */
static enum rc make_durable(struct synchronizer *s, struct text owner, struct fail *fail)
{
    struct memory *m = memory_of(s);
    enum rc rc = memory_step(m, fail);

    (void)owner;
    assert(m->open == NULL && !m->in_snapshot);
    if (rc == RC_OK)
        s->counts.flushes_by_update++;
    return rc;
}

static enum rc note_fork(struct synchronizer *s, struct text owner, const struct fork *fork,
                         struct fail *fail)
{
    struct memory *m = memory_of(s);
    enum rc rc = memory_step_in(m, owner, fail);

    if (rc != RC_OK)
        return rc;
    assert(m->open->fork_count < MEMORY_FORKS_MAX);
    m->open->forks[m->open->fork_count++] = *fork;
    return RC_OK;
}

static enum rc find_fork(struct synchronizer *s, const struct fork_query *query,
                         struct fork_found *found_out, struct fail *fail)
{
    struct memory *m = memory_of(s);
    const struct memory_owner *owner = memory_owner_find(m, query->owner);
    enum rc rc = memory_step(m, fail);

    *found_out = (struct fork_found){.lost = false};
    for (size_t i = 0; owner != NULL && i < owner->fork_count; i++)
        if (owner->forks[i].head < query->clock && query->clock < owner->forks[i].base)
            *found_out = (struct fork_found){.lost = true, .head = owner->forks[i].head};
    for (size_t i = 0; i + 1 < m->lineage_count; i++)
        found_out->ancestor |= text_is(query->lineage, m->lineages[i]);
    return rc;
}

static enum rc raise_lineage(struct synchronizer *s, int64_t at_least, struct arena *arena,
                             struct lineage *now_out, struct fail *fail)
{
    struct memory *m = memory_of(s);
    char *now = m->lineages[m->lineage_count];
    enum rc rc = memory_step(m, fail);

    if (rc != RC_OK)
        return rc;
    assert(m->open == NULL && m->lineage_count < MEMORY_LINEAGES_MAX);
    m->epoch = m->epoch + 1 > at_least ? m->epoch + 1 : at_least;
    snprintf(now, sizeof(m->lineages[0]), "lineage-%lld", (long long)m->epoch);
    m->lineage_count++;
    *now_out = (struct lineage){m->epoch, arena_text(arena, text_of(now))};
    return RC_OK;
}

static const struct lineage_ops LINEAGE_OPS = {.raise = raise_lineage};

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
        memory_undo_to(m, m->mark);
    return rc;
}

static enum rc validate(struct synchronizer *s, struct owner_model of, enum diff_type type,
                        struct text json_data, bool *allowed_out, struct fail *fail)
{
    struct memory *m = memory_of(s);
    enum rc rc = memory_step_in(m, of.owner, fail);

    *allowed_out = rc == RC_OK && (m->validate == NULL ||
                                   m->validate(m->validate_context, of.model, type, json_data));
    return rc;
}

static enum rc ping(struct synchronizer *s, struct fail *fail)
{
    return memory_step(memory_of(s), fail);
}

static enum rc measure_history(struct synchronizer *s, struct history_size *size_out,
                               struct fail *fail)
{
    *size_out = (struct history_size){0}; /* nobody asks */
    return memory_step(memory_of(s), fail);
}

/* Nobody else uses it. */
static enum rc elect(struct synchronizer *s, bool *elected_out, struct fail *fail)
{
    enum rc rc = memory_step(memory_of(s), fail);

    *elected_out = rc == RC_OK;
    return rc;
}

static const struct synchronizer_ops OPS = {
    .begin = begin,
    .fork = note_fork,
    .find_fork = find_fork,
    .commit = commit,
    .rollback = rollback,
    .make_durable = make_durable,
    .read_history = memory_read_history,
    .read_object_history = memory_read_object_history,
    .begin_snapshot = begin_snapshot,
    .read_history_part = memory_read_history_part,
    .find_touched = memory_find_touched,
    .has_ids = memory_has_ids,
    .read_push = memory_read_push,
    .find_past = memory_find_past,
    .find_existing = memory_find_existing,
    .read = memory_read_rows,
    .read_settled = memory_read_settled_rows,
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
    .elect = elect,
    .measure_history = measure_history,
    .lineages = &LINEAGE_OPS,
    .changes = &MEMORY_CHANGE_OPS,
    .compaction = &MEMORY_COMPACTION_OPS,
};

static void first_lineage(struct memory *m)
{
    m->epoch = 0;
    m->generation = 1;
    m->lineage_count = 1;
    snprintf(m->lineages[0], sizeof(m->lineages[0]), "lineage-0");
}

struct synchronizer *memory_synchronizer_new(const struct mapping *mapping)
{
    static const struct columns NO_COLUMNS = {.model_count = 0};
    struct memory *m = memory_zeroed(1, sizeof(*m));

    m->locks = memory_zeroed(mapping->model_count, sizeof(*m->locks));
    m->zero_ranks = memory_zeroed(mapping->model_count, sizeof(*m->zero_ranks));
    m->base = (struct synchronizer){
        .ops = &OPS,
        .mapping = mapping,
        .model_ranks = m->zero_ranks,
        .columns = &NO_COLUMNS,
    };
    first_lineage(m);
    buf_init(&m->json, JSON_MAX_BYTES);
    return &m->base;
}

void memory_synchronizer_reset(struct synchronizer *s)
{
    struct memory *m = memory_of(s);

    m->interrupt_in = 0;
    m->interrupt_waits = false;
    rollback(s);
    memory_map_clear(&m->owners, memory_owner_free);
    first_lineage(m);
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
    free(m->locks);
    free(m);
}

void memory_synchronizer_fail_at(struct synchronizer *s, unsigned nth, enum rc rc)
{
    memory_of(s)->fail_in = nth;
    memory_of(s)->fail_rc = rc;
}

void memory_synchronizer_set_old(struct synchronizer *s, bool old)
{
    memory_of(s)->all_old = old;
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

void memory_synchronizer_set_before(struct synchronizer *s, memory_before *before, void *context)
{
    memory_of(s)->before = before;
    memory_of(s)->before_context = context;
}

void memory_synchronizer_set_triggers(struct synchronizer *s, bool on)
{
    memory_of(s)->triggers = on;
}

bool memory_synchronizer_put_row(struct synchronizer *s, struct text owner,
                                 const struct model *model, const struct object *object)
{
    return memory_rows_put(memory_of(s), owner, model, object);
}

bool memory_synchronizer_change_row(struct synchronizer *s, struct text owner,
                                    const struct model *model, const struct object *object)
{
    return memory_rows_change(memory_of(s), owner, model, object);
}

bool memory_synchronizer_hide_row(struct synchronizer *s, struct text owner,
                                  const struct model *model, struct text id, bool hidden)
{
    return memory_rows_hide(memory_of(s), owner, model, id, hidden);
}

bool memory_synchronizer_drop_row(struct synchronizer *s, struct text owner,
                                  const struct model *model, struct text id)
{
    return memory_rows_drop(memory_of(s), owner, model, id);
}

bool memory_synchronizer_move_row(struct synchronizer *s, const struct memory_place *from,
                                  const struct memory_place *to, const struct model *model)
{
    return memory_rows_move(memory_of(s), from, to, model);
}

void memory_synchronizer_note(struct synchronizer *s, struct text owner,
                              const struct change *change)
{
    memory_outbox_note(memory_of(s), owner, change);
}

void memory_synchronizer_interrupt(struct synchronizer *s, unsigned nth,
                                   memory_interrupt *interrupt, void *context)
{
    struct memory *m = memory_of(s);

    assert(m->open == NULL && !m->in_snapshot);
    m->interrupt = nth > 0 ? interrupt : NULL;
    m->interrupt_context = context;
    m->interrupt_in = nth;
    m->interrupt_waits = false;
}

void memory_synchronizer_dump(struct synchronizer *s, struct buf *buf)
{
    memory_dump(memory_of(s), buf);
}
