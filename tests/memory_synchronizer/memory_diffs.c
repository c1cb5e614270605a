/* Appends diffs, and tells what is known of their ids. */
#include "memory_diffs.h"

#include <assert.h>

#include "memory_compaction.h"
#include "memory_history.h"
#include "memory_rows.h"
#include "memory_store.h"

static struct known_id known_of(const struct memory_owner *owner, struct text id)
{
    const struct memory_node *node = memory_map_find(&owner->rejects, id);

    if (node != NULL)
        return (struct known_id){((const struct stored_reject *)node->ptr)->reject.clock, true};
    node = memory_map_find(&owner->diff_ids, id);
    if (node == NULL)
        node = memory_map_find(&owner->known, id);
    return (struct known_id){.clock = node == NULL ? -1 : node->number};
}

enum rc memory_read_push(struct synchronizer *s, const struct push_query *query,
                         struct arena *arena, struct history *history_out,
                         struct known_id *known_out, struct fail *fail)
{
    const struct memory_owner *owner = memory_of(s)->open;
    enum rc rc =
        memory_read_history(s, &(struct pull_query){query->owner, query->since_clock, query->limit},
                            arena, history_out, fail);

    assert(owner != NULL && owner == memory_owner_find(memory_of(s), query->owner));
    for (size_t i = 0; i < query->count && rc == RC_OK; i++)
        known_out[i] = known_of(owner, query->ids[i]);
    return rc;
}

struct object_past memory_diffs_past(const struct memory_owner *owner, const struct model *model,
                                     struct text object_id)
{
    const struct stored_summary *stored = memory_summary_find(owner, model, object_id);
    struct object_past past = {
        .existed = memory_map_find(&owner->existed[model->index], object_id) != NULL};

    if (!past.existed && stored != NULL)
        return (struct object_past){.existed = true, .deleted = !summary_lives(&stored->summary)};
    for (size_t i = owner->diff_count; past.existed && i > 0; i--) {
        const struct diff *diff = &owner->diffs[i - 1]->diff;

        if (diff->model != model || !text_equal(diff->object_id, object_id))
            continue;
        past.deleted = diff->type == DIFF_DELETE;
        break;
    }
    return past;
}

enum rc memory_find_past(struct synchronizer *s, struct owner_model of, struct id_list ids,
                         struct object_past *past_out, struct fail *fail)
{
    struct memory *m = memory_of(s);
    enum rc rc = memory_step_in(m, of.owner, fail);

    for (size_t i = 0; i < ids.count && rc == RC_OK; i++)
        past_out[i] = memory_row_is_deleted(m->open, of.model, ids.items[i])
                          ? (struct object_past){.existed = true, .deleted = true}
                          : memory_diffs_past(m->open, of.model, ids.items[i]);
    return rc;
}

enum rc memory_find_existing(struct synchronizer *s, struct owner_model of, struct id_list ids,
                             bool *existed_out, struct fail *fail)
{
    enum rc rc = RC_OK;

    for (size_t i = 0; rc == RC_OK && i < ids.count; i++) {
        struct object_past past = {.existed = false};

        rc = memory_find_past(s, of, (struct id_list){&ids.items[i], 1}, &past, fail);
        existed_out[i] = past.existed;
    }
    return rc;
}

static struct stored_diff *store_diff(const struct diff *diff, const struct versions *versions)
{
    struct stored_diff *stored = alloc_or_die(sizeof(*stored) + diff->id.len + diff->json_data.len +
                                              diff->object_id.len + diff->field_times.len);
    char *at = stored->bytes;

    stored->diff = *diff;
    stored->version = versions != NULL ? versions->newest : 0;
    stored->diff.unseen = NULL;
    stored->diff.id = memory_put_bytes(&at, diff->id);
    stored->diff.owner = (struct text){0};
    stored->diff.json_data = memory_put_bytes(&at, diff->json_data);
    stored->diff.object_id = memory_put_bytes(&at, diff->object_id);
    stored->diff.field_times = memory_put_bytes(&at, diff->field_times);
    stored->diff.fields = NULL;
    stored->diff.field_count = 0;
    return stored;
}

static void append_one(struct memory *m, struct memory_owner *owner, const struct diff *diff)
{
    if (owner->diff_count == owner->diff_capacity) {
        owner->diff_capacity = owner->diff_capacity == 0 ? 16 : owner->diff_capacity * 2;
        owner->diffs =
            realloc_or_die(owner->diffs, owner->diff_capacity * sizeof(struct stored_diff *));
    }
    owner->diffs[owner->diff_count] = store_diff(diff, m->base.mapping->versions);
    owner->diffs[owner->diff_count++]->seq = ++owner->last_seq;
    memory_map_put(&owner->diff_ids, diff->id)->number = diff->clock;
    memory_map_put(&owner->existed[diff->model->index], diff->object_id)->number++;
    memory_undo_add(m, UNDO_APPEND, TEXT_LITERAL(""));
}

enum rc memory_append(struct synchronizer *s, struct text owner, const struct diff *const *diffs,
                      size_t count, struct fail *fail)
{
    struct memory *m = memory_of(s);
    enum rc rc = memory_step_in(m, owner, fail);

    assert(count == 0 || memory_first_since(m->open, diffs[0]->clock + 1) == m->open->diff_count);
    for (size_t i = 0; i < count && rc == RC_OK; i++) {
        if (memory_map_find(&m->open->diff_ids, diffs[i]->id) != NULL)
            return fail_busy(fail, RC_RETRY, "append diffs: an id is known already");
        append_one(m, m->open, diffs[i]);
    }
    return rc;
}

enum rc memory_remember(struct synchronizer *s, struct text owner, int64_t clock,
                        const struct text *ids, size_t count, struct fail *fail)
{
    struct memory *m = memory_of(s);
    enum rc rc = memory_step_in(m, owner, fail);

    for (size_t i = 0; i < count && rc == RC_OK; i++) {
        if (memory_map_find(&m->open->known, ids[i]) != NULL ||
            memory_map_find(&m->open->rejects, ids[i]) != NULL)
            continue;
        memory_map_put(&m->open->known, ids[i])->number = clock;
        memory_undo_add(m, UNDO_REMEMBER, ids[i]);
    }
    return rc;
}
