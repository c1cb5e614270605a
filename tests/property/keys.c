/* Executes a response row by row, and names the first diff that breaks a foreign key. */
#include "keys.h"

#include <assert.h>

/* Is it part of a circle of models? */
static bool returns(const struct keys *keys, const struct relation *relation)
{
    bool found = relation->parent == relation->child;

    for (size_t j = 0; j < keys->relations.count; j++)
        found |=
            keys->items[j].child == relation->parent && keys->items[j].parent == relation->child;
    return found;
}

static void raise_rank(struct keys *keys, const struct relation *relation)
{
    unsigned *rank = &keys->ranks[relation->child->index];
    unsigned least = keys->ranks[relation->parent->index] + 1;

    if (*rank < least)
        *rank = least;
}

void keys_init(struct keys *keys, unsigned mask)
{
    *keys = (struct keys){.relations = {.items = keys->items}};
    for (size_t i = 0; i < WORLD_RELATIONS; i++)
        if ((mask >> i & 1u) != 0)
            keys->items[keys->relations.count++] = *world_relation(i);
    /* No chain is longer than there are relations. */
    for (size_t round = 0; round < keys->relations.count; round++)
        for (size_t i = 0; i < keys->relations.count; i++)
            if (!returns(keys, &keys->items[i]))
                raise_rank(keys, &keys->items[i]);
}

static uint32_t bit(size_t at)
{
    return (uint32_t)1 << at;
}

static bool has_bit(uint32_t set, size_t at)
{
    return (set & bit(at)) != 0;
}

static bool same_object(const struct diff *a, const struct diff *b)
{
    return a->model == b->model && text_equal(a->object_id, b->object_id);
}

/* Does the id of this create name that object? */
static bool id_refers_to(const struct relation *relation, const struct diff *create,
                         const struct diff *object)
{
    size_t child = world_object_number(create->model, create->object_id);

    size_t parent = world_id_parent(relation, child);

    return parent < WORLD_PLACES && parent == world_object_number(object->model, object->object_id);
}

/* Does the id or a field of this create name that object? */
static bool refers_to(const struct keys *keys, const struct diff *create,
                      const struct flat *content, const struct diff *object)
{
    for (size_t k = 0; k < keys->relations.count; k++) {
        const struct relation *relation = &keys->items[k];

        if (relation->child != create->model || relation->parent != object->model)
            continue;
        if (relation->field == NULL && id_refers_to(relation, create, object))
            return true;
        for (size_t f = 0; f < content->count; f++)
            if (content->fields[f].field == relation->field &&
                content->fields[f].value.kind == VALUE_TEXT &&
                text_equal(content->fields[f].value.text, object->object_id))
                return true;
    }
    return false;
}

/* What is not mapped has no part in it. */
static bool deletes_wait(const struct keys *keys, const struct model *child,
                         const struct model *parent)
{
    return !child->unmapped && !parent->unmapped &&
           keys->ranks[child->index] > keys->ranks[parent->index];
}

static bool goes_before(const struct keys *keys, const struct diff *a, const struct diff *b,
                        const struct flat *content_of_b)
{
    if (a->type == DIFF_DELETE && b->type == DIFF_CREATE)
        return same_object(a, b);
    if (a->type == DIFF_DELETE && b->type == DIFF_DELETE)
        return deletes_wait(keys, a->model, b->model);
    return a->type == DIFF_CREATE && b->type == DIFF_CREATE && refers_to(keys, b, content_of_b, a);
}

/* before[i] with everything that stands before what stands before i. */
static void close_over(uint32_t *before, size_t count)
{
    for (size_t via = 0; via < count; via++)
        for (size_t i = 0; i < count; i++)
            if (has_bit(before[i], via))
                before[i] |= before[via];
}

void keys_claims(const struct keys *keys, const struct diff_list *answer, struct claims *claims_out)
{
    uint32_t reached[KEYS_ITEMS] = {0};

    assert(answer->count <= KEYS_ITEMS);
    *claims_out = (struct claims){0};
    for (size_t i = 0; i < answer->count; i++) {
        const struct diff *later = &answer->items[i];
        struct flat content = {0};

        if (later->type == DIFF_CREATE && !flat_parse(later->model, later->json_data, &content))
            content.count = 0;
        for (size_t j = 0; j < answer->count; j++)
            if (goes_before(keys, &answer->items[j], later, &content))
                claims_out->before[i] |= bit(j);
        reached[i] = claims_out->before[i];
    }
    close_over(reached, answer->count);
    for (size_t i = 0; i < answer->count; i++) {
        if (has_bit(reached[i], i))
            claims_out->circles |= bit(i);
        for (size_t j = 0; j < answer->count; j++)
            if (has_bit(reached[i], j) && has_bit(reached[j], i))
                claims_out->before[i] &= ~bit(j);
    }
}

void keys_push_back(const struct claims *claims, const struct diff_list *answer, size_t at,
                    int64_t *clock, int64_t *time_ms)
{
    for (size_t j = 0; j < answer->count; j++) {
        const struct diff *first = &answer->items[j];

        if (!has_bit(claims->before[at], j) || *clock > first->clock ||
            (*clock == first->clock && *time_ms > first->time_ms))
            continue;
        *clock = first->clock;
        *time_ms = first->time_ms + 1;
    }
}

void keys_order(const struct keys *keys, struct diff_list *answer)
{
    struct claims claims;

    keys_claims(keys, answer, &claims);
    /* No chain is longer than the response. */
    for (size_t round = 0; round < answer->count; round++)
        for (size_t i = 0; i < answer->count; i++)
            keys_push_back(&claims, answer, i, &answer->items[i].clock, &answer->items[i].time_ms);
}
