/* A chained hash table over texts that the caller keeps. */
#include "text_index.h"

#include "id.h"

struct text_index text_index_of(const struct text *keys, size_t count, struct arena *arena)
{
    struct text_index index = {.keys = keys};
    size_t slots = 8;

    while (slots < count * 2)
        slots *= 2;
    index.mask = slots - 1;
    index.heads = ARENA_ARRAY(arena, slots, size_t);
    index.nexts = ARENA_ARRAY(arena, count, size_t);
    id_random_bytes(&index.seed, sizeof(index.seed));
    for (size_t i = 0; i < slots; i++)
        index.heads[i] = TEXT_INDEX_NONE;
    /* From the end, so that a chain runs in ascending order. */
    for (size_t i = count; i-- > 0;) {
        size_t *head = &index.heads[text_hash(keys[i], index.seed) & index.mask];

        index.nexts[i] = *head;
        *head = i;
    }
    return index;
}

static size_t first_equal(const struct text_index *index, size_t at, struct text t)
{
    while (at != TEXT_INDEX_NONE && !text_equal(index->keys[at], t))
        at = index->nexts[at];
    return at;
}

size_t text_index_find(const struct text_index *index, struct text t)
{
    return first_equal(index, index->heads[text_hash(t, index->seed) & index->mask], t);
}

size_t text_index_next(const struct text_index *index, size_t at)
{
    return first_equal(index, index->nexts[at], index->keys[at]);
}
