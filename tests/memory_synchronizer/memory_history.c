/* Reads an owner's diffs, as copies in the caller's arena. */
#include "memory_history.h"

#include <stdlib.h>

#include "history_limit.h"
#include "memory_compaction.h"
#include "memory_outbox.h"
#include "memory_store.h"
#include "text_index.h"

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
    history_out->horizon = owner->horizon;
    history_out->young = !m->all_old;
    history_out->more = owner->diff_count > first &&
                        !fits(owner->diffs + first, owner->diff_count - first, query->limit);
    if (history_out->more)
        return RC_OK;
    diffs->count = owner->diff_count - first;
    diffs->items = ARENA_ARRAY(arena, diffs->count, struct diff);
    for (size_t i = 0; i < diffs->count; i++)
        diffs->items[i] = memory_diff_copy(m, owner->diffs[first + i], owner_text, arena);
    return RC_OK;
}

/* Diffs that grow in number. */
struct growing {
    struct diff_list *list;
    size_t capacity;
    struct arena *arena;
};

static void add(struct growing *to, const struct diff *diff)
{
    to->list->items = ARENA_ROOM(to->arena, to->list->items, to->list->count, &to->capacity);
    to->list->items[to->list->count++] = *diff;
}

/* Does any of the object's stored diffs that are told, too, delete it? */
static bool is_deleted_behind(const struct memory_owner *owner, const struct model *model,
                              struct text id, const struct summary_query *query)
{
    for (size_t i = memory_first_since(owner, query->since_clock); i < owner->diff_count; i++) {
        const struct diff *diff = &owner->diffs[i]->diff;

        if (diff->clock < query->until_clock && diff->type == DIFF_DELETE && diff->model == model &&
            text_equal(diff->object_id, id))
            return true;
    }
    return false;
}

static enum rc add_summary(struct memory *m, const struct stored_summary *stored,
                           struct summary_query query, struct growing *to, struct fail *fail)
{
    const struct summary *summary = &stored->summary;
    struct diff told[SUMMARY_DIFFS_MAX];
    size_t count;
    enum rc rc;

    query.without_row = query.without_row || query.compare ||
                        is_deleted_behind(m->open, summary->model, summary->object_id, &query);
    rc = memory_summary_tell(m, stored, &query, to->arena, told, &count, fail);
    for (size_t i = 0; rc == RC_OK && i < count; i++)
        add(to, &told[i]);
    return rc;
}

enum rc memory_read_object_history(struct synchronizer *s, const struct object_history_query *query,
                                   struct arena *arena, struct diff_list *diffs_inout,
                                   struct fail *fail)
{
    struct memory *m = memory_of(s);
    const struct model *model = query->of.model;
    enum rc rc = memory_step_in(m, query->of.owner, fail);
    struct text_index index = text_index_of(query->ids.items, query->ids.count, arena);
    struct text owner_text = arena_text(arena, query->of.owner);
    const struct summary_query summaries = {
        .owner = owner_text,
        .since_clock = query->since_clock,
        .until_clock = INT64_MAX,
        .without_row = query->without_row,
    };
    struct growing to = {diffs_inout, diffs_inout->count, arena};

    if (rc != RC_OK)
        return rc;
    for (size_t i = 0; rc == RC_OK && i < query->ids.count; i++) {
        const struct stored_summary *stored =
            memory_summary_find(m->open, model, query->ids.items[i]);

        if (stored != NULL && text_index_find(&index, query->ids.items[i]) == i)
            rc = add_summary(m, stored, summaries, &to, fail);
    }
    for (size_t i = memory_first_since(m->open, query->since_clock); i < m->open->diff_count; i++) {
        const struct stored_diff *stored = m->open->diffs[i];

        if (stored->diff.model == model &&
            text_index_find(&index, stored->diff.object_id) != TEXT_INDEX_NONE) {
            const struct diff copy = memory_diff_copy(m, stored, owner_text, arena);

            add(&to, &copy);
        }
    }
    return rc;
}

static bool is_part_of(struct text object_id, const struct history_part *part)
{
    return part->only_id.len > 0 ? text_equal(object_id, part->only_id)
                                 : text_compare(object_id, part->after_id) > 0;
}

static bool is_in_part(const struct diff *diff, const struct history_part *part)
{
    return diff->model == part->model && diff->clock >= part->since_clock &&
           diff->clock < part->until_clock && is_part_of(diff->object_id, part);
}

/* The owner's diffs lie in the order (clock, seq), which their places keep. Summaries are first. */
struct placed {
    struct text object_id;
    size_t place; /* of a diff + 1 */
    const struct stored_diff *diff;
    const struct stored_summary *summary;
};

static int compare_placed(const void *left, const void *right)
{
    const struct placed *a = left;
    const struct placed *b = right;
    const int order = text_compare(a->object_id, b->object_id);

    if (order != 0)
        return order;
    return a->place < b->place ? -1 : a->place > b->place;
}

/* All of the part, whatever its limit says, in order. */
static struct placed *whole_part(const struct memory_owner *owner, const struct history_part *part,
                                 struct arena *arena, size_t *count_out)
{
    const struct memory_map *summaries = &owner->summaries[part->model->index];
    struct placed *placed = ARENA_ARRAY(arena, owner->diff_count + summaries->count, struct placed);
    struct memory_node **nodes = memory_map_sorted(summaries);

    *count_out = 0;
    for (size_t i = 0; i < summaries->count; i++)
        if (is_part_of(nodes[i]->key, part))
            placed[(*count_out)++] =
                (struct placed){.object_id = nodes[i]->key, .summary = nodes[i]->ptr};
    free(nodes);
    for (size_t i = 0; i < owner->diff_count; i++)
        if (is_in_part(&owner->diffs[i]->diff, part))
            placed[(*count_out)++] = (struct placed){.object_id = owner->diffs[i]->diff.object_id,
                                                     .place = i + 1,
                                                     .diff = owner->diffs[i]};
    qsort(placed, *count_out, sizeof(*placed), compare_placed);
    return placed;
}

static enum rc add_placed(struct memory *m, const struct history_part *part,
                          const struct placed *placed, struct growing *to, struct fail *fail)
{
    const struct text owner = arena_text(to->arena, part->owner);
    const struct summary_query query = {
        .owner = owner,
        .since_clock = part->since_clock,
        .until_clock = part->until_clock,
        .compare = part->compare,
    };
    struct diff copy;

    if (placed->summary != NULL)
        return add_summary(m, placed->summary, query, to, fail);
    copy = memory_diff_copy(m, placed->diff, owner, to->arena);
    add(to, &copy);
    return RC_OK;
}

/* Cuts the list where the limit is, behind one diff at least. */
static bool cut(struct diff_list *diffs, struct history_limit left)
{
    for (size_t i = 0; i < diffs->count; i++)
        if (!history_limit_take(&left, diffs->items[i].json_data.len) && i > 0) {
            diffs->count = i;
            return true;
        }
    return false;
}

enum rc memory_read_history_part(struct synchronizer *s, const struct history_part *part,
                                 struct arena *arena, struct diff_list *diffs_out, bool *more_out,
                                 struct fail *fail)
{
    struct memory *m = memory_of(s);
    enum rc rc = memory_step_in(m, part->owner, fail);
    struct growing to = {diffs_out, 0, arena};
    struct placed *placed;
    size_t count;

    *diffs_out = (struct diff_list){0};
    *more_out = false;
    if (rc != RC_OK || m->open == NULL)
        return rc;
    placed = whole_part(m->open, part, arena, &count);
    for (size_t i = 0; rc == RC_OK && i < count; i++)
        rc = add_placed(m, part, &placed[i], &to, fail);
    *more_out = cut(diffs_out, part->limit);
    return rc;
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

static int compare_touched(const void *left, const void *right)
{
    const struct touched *a = left, *b = right;

    if (a->at.clock != b->at.clock)
        return a->at.clock < b->at.clock ? -1 : 1;
    return a->at.seq < b->at.seq ? -1 : a->at.seq > b->at.seq;
}

static void add_touched(const struct touched_query *query, struct text id, struct inspect_place at,
                        struct arena *arena, struct touched_list *list)
{
    const struct inspect_place after = query->after;

    if (at.clock > after.clock || (at.clock == after.clock && at.seq > after.seq))
        list->items[list->count++] = (struct touched){.id = arena_text(arena, id), .at = at};
}

enum rc memory_find_touched(struct synchronizer *s, const struct touched_query *query,
                            struct arena *arena, struct touched_list *touched_out,
                            struct fail *fail)
{
    struct memory *m = memory_of(s);
    const struct model *model = query->of.model;
    const struct memory_map *summaries;
    struct memory_node **nodes;
    enum rc rc = memory_step_in(m, query->of.owner, fail);

    *touched_out = (struct touched_list){0};
    if (rc != RC_OK || m->open == NULL)
        return rc;
    summaries = &m->open->summaries[model->index];
    nodes = memory_map_sorted(summaries);
    touched_out->items = ARENA_ARRAY(arena, m->open->diff_count + summaries->count, struct touched);
    for (size_t i = 0; i < summaries->count; i++) {
        const struct stored_summary *stored = nodes[i]->ptr;
        const struct inspect_place at = {stored->summary.last_clock, stored->summary.last_seq};

        if (memory_map_find(&m->open->existed[model->index], nodes[i]->key) == NULL)
            add_touched(query, nodes[i]->key, at, arena, touched_out);
    }
    free(nodes);
    for (size_t i = 0; i < m->open->diff_count; i++) {
        const struct stored_diff *stored = m->open->diffs[i];

        if (stored->diff.model == model && is_last_of_object(m->open, i))
            add_touched(query, stored->diff.object_id,
                        (struct inspect_place){stored->diff.clock, stored->seq}, arena,
                        touched_out);
    }
    qsort(touched_out->items, touched_out->count, sizeof(*touched_out->items), compare_touched);
    if (touched_out->count > query->limit)
        touched_out->count = query->limit;
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
