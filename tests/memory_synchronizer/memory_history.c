/* Reads an owner's diffs, as copies in the caller's arena. */
#include "memory_history.h"

#include <stdlib.h>

#include "history_limit.h"
#include "memory_outbox.h"
#include "memory_store.h"
#include "text_index.h"

static struct diff copy_diff(const struct memory *m, const struct diff *stored, struct text owner,
                             struct arena *arena)
{
    const struct versions *versions = m->base.mapping->versions;
    struct diff copy = *stored;

    copy.id = arena_text(arena, stored->id);
    copy.owner = owner;
    copy.json_data = arena_text(arena, stored->json_data);
    copy.object_id = arena_text(arena, stored->object_id);
    copy.field_times = arena_text(arena, stored->field_times);
    copy.unread = true;
    if (versions != NULL)
        diff_raise_stored(&copy, versions, ((const struct stored_diff *)stored)->version, arena);
    return copy;
}

static bool fits(struct stored_diff *const *diffs, size_t count, const struct history_limit *limit)
{
    struct history_limit left = history_limit_of(limit);

    for (size_t i = 0; i < count; i++)
        if (!history_limit_take(&left, diffs[i]->diff.json_data.len))
            return false;
    return true;
}

enum rc memory_read_history(struct synchronizer *s, const struct pull_query *query,
                            struct arena *arena, struct history *history_out, struct fail *fail)
{
    struct memory *m = memory_of(s);
    const struct memory_owner *owner = memory_owner_find(m, query->owner);
    struct text owner_text = arena_text(arena, query->owner);
    struct diff_list *diffs = &history_out->diffs;
    enum rc rc = memory_step(m, fail);
    size_t first;

    *history_out = (struct history){
        .lineage = {m->epoch, arena_text(arena, text_of(m->lineages[m->lineage_count - 1]))},
        .behind = memory_outbox_behind(m, owner)};
    if (rc != RC_OK || owner == NULL)
        return rc;
    first = memory_first_since(owner, query->since_clock);
    history_out->next_clock = owner->next_clock;
    history_out->young = !m->all_old;
    history_out->more = owner->diff_count > first &&
                        !fits(owner->diffs + first, owner->diff_count - first, query->limit);
    if (history_out->more)
        return RC_OK;
    diffs->count = owner->diff_count - first;
    diffs->items = ARENA_ARRAY(arena, diffs->count, struct diff);
    for (size_t i = 0; i < diffs->count; i++)
        diffs->items[i] = copy_diff(m, &owner->diffs[first + i]->diff, owner_text, arena);
    return RC_OK;
}

enum rc memory_read_object_history(struct synchronizer *s, const struct object_history_query *query,
                                   struct arena *arena, struct diff_list *diffs_inout,
                                   struct fail *fail)
{
    struct memory *m = memory_of(s);
    enum rc rc = memory_step_in(m, query->of.owner, fail);
    struct text_index index = text_index_of(query->ids.items, query->ids.count, arena);
    struct text owner_text = arena_text(arena, query->of.owner);
    struct diff *items;
    size_t first;

    if (rc != RC_OK)
        return rc;
    first = memory_first_since(m->open, query->since_clock);
    items = ARENA_ARRAY(arena, diffs_inout->count + m->open->diff_count - first, struct diff);
    if (diffs_inout->count > 0)
        memcpy(items, diffs_inout->items, diffs_inout->count * sizeof(*items));
    diffs_inout->items = items;
    for (size_t i = first; i < m->open->diff_count; i++) {
        const struct diff *stored = &m->open->diffs[i]->diff;

        if (stored->model == query->of.model &&
            text_index_find(&index, stored->object_id) != TEXT_INDEX_NONE)
            items[diffs_inout->count++] = copy_diff(m, stored, owner_text, arena);
    }
    return RC_OK;
}

static bool is_in_part(const struct diff *diff, const struct history_part *part)
{
    if (diff->model != part->model || diff->clock < part->since_clock ||
        diff->clock >= part->until_clock)
        return false;
    return part->only_id.len > 0 ? text_equal(diff->object_id, part->only_id)
                                 : text_compare(diff->object_id, part->after_id) > 0;
}

/* The owner's diffs lie in the order (clock, seq), which their places keep. */
struct placed_diff {
    const struct diff *diff;
    size_t place;
};

static int compare_placed(const void *left, const void *right)
{
    const struct placed_diff *a = left;
    const struct placed_diff *b = right;
    const int order = text_compare(a->diff->object_id, b->diff->object_id);

    if (order != 0)
        return order;
    return a->place < b->place ? -1 : a->place > b->place;
}

/* All of the part, whatever its limit says, in order. */
static struct placed_diff *whole_part(const struct memory_owner *owner,
                                      const struct history_part *part, struct arena *arena,
                                      size_t *count_out)
{
    struct placed_diff *placed = ARENA_ARRAY(arena, owner->diff_count, struct placed_diff);

    *count_out = 0;
    for (size_t i = 0; i < owner->diff_count; i++)
        if (is_in_part(&owner->diffs[i]->diff, part))
            placed[(*count_out)++] = (struct placed_diff){&owner->diffs[i]->diff, i};
    qsort(placed, *count_out, sizeof(*placed), compare_placed);
    return placed;
}

enum rc memory_read_history_part(struct synchronizer *s, const struct history_part *part,
                                 struct arena *arena, struct diff_list *diffs_out, bool *more_out,
                                 struct fail *fail)
{
    struct memory *m = memory_of(s);
    enum rc rc = memory_step_in(m, part->owner, fail);
    struct text owner_text = arena_text(arena, part->owner);
    struct history_limit left = part->limit;
    struct placed_diff *placed;
    size_t count;

    *diffs_out = (struct diff_list){0};
    *more_out = false;
    if (rc != RC_OK || m->open == NULL)
        return rc;
    placed = whole_part(m->open, part, arena, &count);
    diffs_out->items = ARENA_ARRAY(arena, count, struct diff);
    for (size_t i = 0; i < count; i++) {
        *more_out = !history_limit_take(&left, placed[i].diff->json_data.len) && i > 0;
        if (*more_out)
            break;
        diffs_out->items[diffs_out->count++] = copy_diff(m, placed[i].diff, owner_text, arena);
    }
    return RC_OK;
}

static bool is_last_of_object(const struct memory_owner *owner, size_t at)
{
    const struct diff *diff = &owner->diffs[at]->diff;

    for (size_t i = at + 1; i < owner->diff_count; i++)
        if (owner->diffs[i]->diff.model == diff->model &&
            text_equal(owner->diffs[i]->diff.object_id, diff->object_id))
            return false;
    return true;
}

/* Places of the owner's diffs keep the order (clock, seq). */
enum rc memory_find_touched(struct synchronizer *s, const struct touched_query *query,
                            struct arena *arena, struct touched_list *touched_out,
                            struct fail *fail)
{
    struct memory *m = memory_of(s);
    const struct inspect_place after = query->after;
    enum rc rc = memory_step_in(m, query->of.owner, fail);

    *touched_out = (struct touched_list){0};
    if (rc != RC_OK || m->open == NULL)
        return rc;
    touched_out->items = ARENA_ARRAY(arena, m->open->diff_count, struct touched);
    for (size_t i = 0; i < m->open->diff_count && touched_out->count < query->limit; i++) {
        const struct diff *diff = &m->open->diffs[i]->diff;
        const bool behind =
            diff->clock > after.clock || (diff->clock == after.clock && (int64_t)i > after.seq);

        if (behind && diff->model == query->of.model && is_last_of_object(m->open, i))
            touched_out->items[touched_out->count++] = (struct touched){
                .id = arena_text(arena, diff->object_id), .at = {diff->clock, (int64_t)i}};
    }
    return RC_OK;
}

enum rc memory_has_ids(struct synchronizer *s, struct text owner, const struct id_range *range,
                       bool *found_out, struct fail *fail)
{
    struct memory *m = memory_of(s);
    enum rc rc = memory_step_in(m, owner, fail);

    *found_out = false;
    for (size_t i = 0; rc == RC_OK && m->open != NULL && i < m->open->diff_count; i++) {
        const struct text id = m->open->diffs[i]->diff.id;

        *found_out |= text_compare(id, range->from) >= 0 && text_compare(id, range->to) < 0;
    }
    return rc;
}
