/* Orders a response for a client that applies it by clock and timestamp.
 * Entry:     answer_sort(), answer_sort_part().
 * Invariant: a moment is only ever raised. */
#include "answer_sort.h"

#include <stdlib.h>

#include "toposort.h"

static int compare_moments(const struct diff *a, const struct diff *b)
{
    if (a->clock != b->clock)
        return a->clock < b->clock ? -1 : 1;
    return a->time_ms < b->time_ms ? -1 : a->time_ms > b->time_ms;
}

/* Moves a diff to just behind the other if it is not strictly later already. Behind the last
 * moment that there is (docs/protocol.md 2) nothing can be: a later one would be refused if it came
 * back.
 */
static void put_behind(struct diff *diff, const struct diff *other)
{
    if (compare_moments(diff, other) > 0) /* mutant: foreign_key_not_strict */
        return;
    diff->clock = other->clock;
    diff->time_ms = other->time_ms < DIFF_INTEGER_MAX ? other->time_ms + 1 : DIFF_INTEGER_MAX;
}

struct ranked_delete {
    struct diff *diff;
    unsigned rank;
};

static int compare_children_first(const void *a, const void *b)
{
    const struct ranked_delete *left = a, *right = b;

    if (left->rank != right->rank)
        return left->rank > right->rank ? -1 : 1;
    return left->diff < right->diff ? -1 : left->diff > right->diff;
}

static void put_behind_children(struct diff *diff, struct diff *const *latest,
                                const struct relations *relations, const unsigned *model_ranks)
{
    for (size_t i = 0; i < relations->count; i++) {
        const struct relation *relation = &relations->items[i];
        const struct diff *last = latest[relation->child->index];

        /* Models in a cycle share a rank: no order among them would do. */
        if (relation->parent == diff->model && last != NULL &&
            model_ranks[relation->child->index] > model_ranks[diff->model->index])
            put_behind(diff, last);
    }
}

static void order_deletes(struct diff_list *answer, const struct mapping *mapping,
                          const struct relations *relations, const unsigned *model_ranks,
                          struct arena *arena)
{
    struct ranked_delete *deletes = ARENA_ARRAY(arena, answer->count, struct ranked_delete);
    struct diff **latest = ARENA_ARRAY(arena, mapping->model_count, struct diff *);
    size_t count = 0;

    for (size_t i = 0; i < answer->count; i++)
        if (answer->items[i].type == DIFF_DELETE && !answer->items[i].model->unmapped)
            deletes[count++] = (struct ranked_delete){&answer->items[i],
                                                      model_ranks[answer->items[i].model->index]};
    if (count > 1)
        qsort(deletes, count, sizeof(*deletes), compare_children_first);
    for (size_t i = 0; i < count; i++) {
        struct diff *diff = deletes[i].diff;
        struct diff **last = &latest[diff->model->index];

        put_behind_children(diff, latest, relations, model_ranks);
        if (*last == NULL || compare_moments(diff, *last) > 0)
            *last = diff;
    }
}

static void order_creates(struct diff_list *answer, const struct relations *relations,
                          struct arena *arena)
{
    struct toposort_item *items = ARENA_ARRAY(arena, answer->count, struct toposort_item);
    struct diff **creates = ARENA_ARRAY(arena, answer->count, struct diff *);
    struct toposort sorted;
    size_t count = 0;

    for (size_t i = 0; i < answer->count; i++) {
        struct diff *diff = &answer->items[i];

        if (diff->type != DIFF_CREATE)
            continue;
        items[count] =
            (struct toposort_item){diff->model, diff->object_id, diff->fields, diff->field_count};
        creates[count++] = diff;
    }
    sorted = toposort_parents_first(items, count, relations, arena);
    for (size_t i = 0; i < count; i++) {
        size_t at = sorted.sequence[i];

        for (size_t p = sorted.parents_start[at]; p < sorted.parents_start[at + 1]; p++)
            put_behind(creates[at], creates[sorted.parents[p]]); /* mutant: child_before_parent */
    }
}

/* A REPLACE's two diffs stand side by side, the delete first. */
static void order_replaces(struct diff_list *answer)
{
    for (size_t i = 1; i < answer->count; i++) {
        const struct diff *before = &answer->items[i - 1];
        struct diff *diff = &answer->items[i];

        if (before->type == DIFF_DELETE && diff->type == DIFF_CREATE &&
            before->model == diff->model && text_equal(before->object_id, diff->object_id))
            put_behind(diff, before);
    }
}

struct placed {
    struct diff diff;
    size_t position;
};

static int compare_placed(const void *a, const void *b)
{
    const struct placed *left = a, *right = b;
    int order = compare_moments(&left->diff, &right->diff);

    if (order != 0)
        return order;
    return left->position < right->position ? -1 : left->position > right->position;
}

static void sort_by_moment(struct diff_list *answer, struct arena *arena)
{
    struct placed *placed;
    size_t sorted = 1;

    while (sorted < answer->count &&
           compare_moments(&answer->items[sorted - 1], &answer->items[sorted]) <= 0)
        sorted++;
    if (sorted >= answer->count)
        return;
    placed = ARENA_ARRAY(arena, answer->count, struct placed);
    for (size_t i = 0; i < answer->count; i++)
        placed[i] = (struct placed){answer->items[i], i};
    qsort(placed, answer->count, sizeof(*placed), compare_placed);
    for (size_t i = 0; i < answer->count; i++)
        answer->items[i] = placed[i].diff;
}

void answer_sort(struct diff_list *answer, const struct mapping *mapping,
                 const struct relations *relations, const unsigned *model_ranks,
                 struct arena *arena)
{
    if (relations->count > 0)
        order_deletes(answer, mapping, relations, model_ranks, arena);
    order_replaces(answer);
    if (relations->count > 0)
        order_creates(answer, relations, arena);
    sort_by_moment(answer, arena);
}

void answer_moments_init(struct answer_moments *moments, const struct mapping *mapping,
                         struct arena *arena)
{
    moments->creates = ARENA_ARRAY(arena, mapping->model_count, struct answer_moment);
    moments->deletes = ARENA_ARRAY(arena, mapping->model_count, struct answer_moment);
    for (size_t i = 0; i < mapping->model_count; i++)
        moments->creates[i] = moments->deletes[i] = (struct answer_moment){-1, -1};
}

static void put_behind_moment(struct diff *diff, const struct answer_moment *moment)
{
    const struct diff other = {.clock = moment->clock, .time_ms = moment->time_ms};

    put_behind(diff, &other);
}

/* Behind what earlier parts say of the models at the other ends of its relations. */
static void put_behind_parts(struct diff *diff, const struct relations *relations,
                             const unsigned *model_ranks, const struct answer_moments *moments)
{
    for (size_t i = 0; i < relations->count; i++) {
        const struct relation *relation = &relations->items[i];

        if (model_ranks[relation->child->index] <= model_ranks[relation->parent->index])
            continue;
        if (diff->type == DIFF_CREATE && relation->child == diff->model)
            put_behind_moment(diff, &moments->creates[relation->parent->index]);
        if (diff->type == DIFF_DELETE && relation->parent == diff->model)
            put_behind_moment(diff, &moments->deletes[relation->child->index]);
    }
}

static void note_moment(struct answer_moment *latest, const struct diff *diff)
{
    if (diff->clock > latest->clock ||
        (diff->clock == latest->clock && diff->time_ms > latest->time_ms))
        *latest = (struct answer_moment){diff->clock, diff->time_ms};
}

void answer_sort_part(struct diff_list *part, const struct mapping *mapping,
                      const struct relations *relations, const unsigned *model_ranks,
                      struct answer_moments *moments, struct arena *arena)
{
    for (size_t i = 0; i < part->count; i++)
        put_behind_parts(&part->items[i], relations, model_ranks, moments);
    answer_sort(part, mapping, relations, model_ranks, arena);
    for (size_t i = 0; i < part->count; i++) {
        const struct diff *diff = &part->items[i];

        if (diff->type == DIFF_CREATE)
            note_moment(&moments->creates[diff->model->index], diff);
        else if (diff->type == DIFF_DELETE)
            note_moment(&moments->deletes[diff->model->index], diff);
    }
}
