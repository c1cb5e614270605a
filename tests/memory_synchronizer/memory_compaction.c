/* Folds the oldest diffs into summaries, object by object: MEMORY_COMPACTION_OPS. There is no time
 * of storing here: horizons are set by clock. */
#include "memory_compaction.h"

#include <assert.h>
#include <stdlib.h>

#include "memory_rows.h"

const struct stored_summary *memory_summary_find(const struct memory_owner *owner,
                                                 const struct model *model, struct text object_id)
{
    const struct memory_node *node = memory_map_find(&owner->summaries[model->index], object_id);

    return node == NULL ? NULL : node->ptr;
}

enum rc memory_summary_read(const struct stored_summary *stored, struct arena *arena,
                            struct summary *summary_out, struct fail *fail)
{
    struct summary summary = stored->summary;

    summary_init(summary_out, summary.model, arena_text(arena, summary.object_id), arena);
    summary.object_id = summary_out->object_id;
    summary.fields = summary_out->fields;
    *summary_out = summary;
    return summary_parse_fields(summary_out, stored->fields, arena, fail);
}

enum rc memory_summary_tell(struct memory *m, const struct stored_summary *stored,
                            const struct summary_query *query, struct arena *arena,
                            struct diff diffs_out[SUMMARY_DIFFS_MAX], size_t *count_out,
                            struct fail *fail)
{
    struct summary *summary = ARENA_NEW(arena, struct summary);
    const struct model *model = stored->summary.model;
    const struct row row = memory_rows_find(m->open, model, stored->summary.object_id, arena);
    const enum rc rc = memory_summary_read(stored, arena, summary, fail);

    *count_out = rc == RC_OK
                     ? summary_tell(summary, query, row.live ? row.values : NULL, arena, diffs_out)
                     : 0;
    return rc;
}

static void put(struct memory_owner *owner, const struct summary *summary, struct arena *arena)
{
    const struct text fields = summary_write_fields(summary, arena);
    struct stored_summary *stored =
        alloc_or_die(sizeof(*stored) + summary->object_id.len + fields.len);
    struct memory_node *node =
        memory_map_put(&owner->summaries[summary->model->index], summary->object_id);
    char *at = stored->bytes;

    stored->summary = *summary;
    stored->summary.object_id = memory_put_bytes(&at, summary->object_id);
    stored->summary.fields = NULL;
    stored->summary.groups = NULL;
    stored->summary.group_count = 0;
    stored->fields = memory_put_bytes(&at, fields);
    free(node->ptr);
    node->ptr = stored;
}

static bool is_of(const struct diff *diff, const struct model *model, struct text object_id)
{
    return diff->model == model && text_equal(diff->object_id, object_id);
}

static void forget_diff(struct memory_owner *owner, struct stored_diff *stored)
{
    struct memory_map *existed = &owner->existed[stored->diff.model->index];

    memory_map_remove(&owner->diff_ids, stored->diff.id);
    if (--memory_map_put(existed, stored->diff.object_id)->number == 0)
        memory_map_remove(existed, stored->diff.object_id);
    free(stored);
}

/* Takes the object's diffs below the horizon out. */
static size_t drop_diffs(struct memory_owner *owner, const struct model *model, struct text id)
{
    size_t kept = 0, dropped = 0;

    for (size_t i = 0; i < owner->diff_count; i++) {
        struct stored_diff *stored = owner->diffs[i];

        if (stored->diff.clock < owner->horizon.compacted_below &&
            is_of(&stored->diff, model, id)) {
            forget_diff(owner, stored);
            dropped++;
        } else {
            owner->diffs[kept++] = stored;
        }
    }
    owner->diff_count = kept;
    return dropped;
}

/* All of the object's diffs below the horizon. */
static enum rc fold_object(struct memory *m, struct memory_owner *owner, const struct diff *first,
                           struct compacted *compacted, struct fail *fail)
{
    const struct model *model = first->model;
    struct arena arena;
    struct summary summary;
    const struct stored_summary *stored;
    struct text id;
    enum rc rc = RC_OK;

    arena_init(&arena);
    id = arena_text(&arena, first->object_id);
    stored = memory_summary_find(owner, model, id);
    summary_init(&summary, model, id, &arena);
    if (stored != NULL)
        rc = memory_summary_read(stored, &arena, &summary, fail);
    for (size_t i = 0; rc == RC_OK && i < owner->diff_count; i++) {
        struct diff *diff = ARENA_NEW(&arena, struct diff);

        if (owner->diffs[i]->diff.clock >= owner->horizon.compacted_below)
            break;
        if (!is_of(&owner->diffs[i]->diff, model, id))
            continue;
        *diff = memory_diff_copy(m, owner->diffs[i], (struct text){0}, &arena);
        rc = diff_parse_stored(diff, &arena, fail);
        if (rc == RC_OK)
            summary_add(&summary, diff, owner->diffs[i]->seq, m->base.columns, &arena);
    }
    if (rc == RC_OK)
        rc = memory_step(m, fail);
    if (rc == RC_OK) {
        put(owner, &summary, &arena);
        compacted->diffs += drop_diffs(owner, model, id);
        compacted->objects++;
    }
    arena_release(&arena);
    return rc;
}

static bool has_old_diffs(const struct memory_owner *owner)
{
    return owner->diff_count > 0 && owner->diffs[0]->diff.clock < owner->horizon.compacted_below;
}

/* Those of the latest push below the horizon; 0: there are none. */
static size_t drop_ids_of_push(struct memory_owner *owner)
{
    struct memory_node **nodes = memory_map_sorted(&owner->known);
    const size_t count = owner->known.count;
    int64_t latest = -1;
    size_t dropped = 0;

    for (size_t i = 0; i < count; i++)
        if (nodes[i]->number < owner->horizon.compacted_below && nodes[i]->number > latest)
            latest = nodes[i]->number;
    for (size_t i = 0; i < count; i++)
        if (latest >= 0 && nodes[i]->number == latest) {
            memory_map_remove(&owner->known, nodes[i]->key);
            dropped++;
        }
    free(nodes);
    return dropped;
}

/* Later pushes first. *more_out: there may be others. */
static size_t drop_ids(struct memory_owner *owner, size_t max, bool *more_out)
{
    size_t dropped = 0, now;

    do {
        now = drop_ids_of_push(owner);
        dropped += now;
    } while (now > 0 && dropped < max);
    *more_out = *more_out || now > 0;
    return dropped;
}

static size_t drop_tombstones(struct memory_map *summaries, int64_t below, size_t max,
                              bool *more_out)
{
    struct memory_node **nodes = memory_map_sorted(summaries);
    const size_t count = summaries->count;
    size_t dropped = 0;

    for (size_t i = 0; i < count; i++) {
        struct stored_summary *stored = nodes[i]->ptr;

        if (summary_lives(&stored->summary) || stored->summary.deleted_clock >= below)
            continue;
        *more_out = *more_out || dropped == max;
        if (dropped == max)
            break;
        free(stored);
        memory_map_remove(summaries, nodes[i]->key);
        dropped++;
    }
    free(nodes);
    return dropped;
}

static int64_t at_least(int64_t least, int64_t wanted, int64_t most)
{
    const int64_t clock = wanted < most ? wanted : most;

    return clock > least ? clock : least;
}

static enum rc compact(struct synchronizer *s, const struct compaction *job,
                       struct compacted *compacted_out, struct fail *fail)
{
    struct memory *m = memory_of(s);
    struct memory_owner *owner = memory_owner_find(m, job->owner);
    enum rc rc = memory_step(m, fail);

    assert(m->open == NULL && !m->in_snapshot);
    *compacted_out = (struct compacted){.more = false};
    if (rc != RC_OK || owner == NULL)
        return rc;
    owner->horizon.compacted_below =
        at_least(owner->horizon.compacted_below, job->to.compacted_below, owner->next_clock);
    owner->horizon.forgotten_below = at_least(
        owner->horizon.forgotten_below, job->to.forgotten_below, owner->horizon.compacted_below);
    while (rc == RC_OK && has_old_diffs(owner) && compacted_out->diffs < job->max)
        rc = fold_object(m, owner, &owner->diffs[0]->diff, compacted_out, fail);
    compacted_out->horizon = owner->horizon;
    compacted_out->more = has_old_diffs(owner);
    if (rc != RC_OK || compacted_out->more)
        return rc;
    compacted_out->ids = drop_ids(owner, job->max, &compacted_out->more);
    for (size_t i = 0; !compacted_out->more && i < owner->model_count; i++)
        compacted_out->tombstones +=
            drop_tombstones(&owner->summaries[i], owner->horizon.forgotten_below,
                            job->max - compacted_out->tombstones, &compacted_out->more);
    return RC_OK;
}

static enum rc find_compactable(struct synchronizer *s, const struct compaction_query *query,
                                struct arena *arena, struct compactable_list *list_out,
                                struct fail *fail)
{
    (void)query;
    (void)arena;
    *list_out = (struct compactable_list){.count = 0}; /* nothing ages here */
    return memory_step(memory_of(s), fail);
}

static enum rc find_horizon(struct synchronizer *s, struct text name, struct horizon *horizon_out,
                            struct fail *fail)
{
    const struct memory_owner *owner = memory_owner_find(memory_of(s), name);

    *horizon_out = owner == NULL ? (struct horizon){0} : owner->horizon;
    return memory_step(memory_of(s), fail);
}

static enum rc find_unseen_delete(struct synchronizer *s, struct text owner, int64_t since_clock,
                                  int64_t *age_s_out, struct fail *fail)
{
    struct memory *m = memory_of(s);

    (void)owner;
    (void)since_clock;
    assert(m->open == NULL && !m->in_snapshot);
    *age_s_out = 0; /* as above */
    return memory_step(m, fail);
}

const struct compaction_ops MEMORY_COMPACTION_OPS = {
    .find_compactable = find_compactable,
    .compact = compact,
    .find_horizon = find_horizon,
    .find_unseen_delete = find_unseen_delete,
};
