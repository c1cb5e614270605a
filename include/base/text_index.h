/* text_index.h: where in an array does this text stand? A hash table over texts of somebody else.
 * Pure:    no I/O; the seed is random.
 * Owns:    nothing; it lies in the arena, the keys stay the caller's and must not move.
 * Units:   places in the array, from 0.
 * Fails:   never; what is not there is TEXT_INDEX_NONE.
 * Holds:   equal keys are all found, in ascending order; every index has a hash seed of its own,
 *          so that a client cannot choose ids that collide. */
#ifndef MOBYNC_TEXT_INDEX_H
#define MOBYNC_TEXT_INDEX_H

#include "arena.h"
#include "text.h"

#define TEXT_INDEX_NONE SIZE_MAX

struct text_index {
    const struct text *keys;
    size_t *heads; /* by hash: the first key's place, or TEXT_INDEX_NONE */
    size_t *nexts; /* by key: the next one of that hash */
    size_t mask;
    uint64_t seed;
};

struct text_index text_index_of(const struct text *keys, size_t count, struct arena *arena);
/* The first place of the text, or TEXT_INDEX_NONE. */
size_t text_index_find(const struct text_index *index, struct text t);
/* The next place of the text that stands at `at`. */
size_t text_index_next(const struct text_index *index, size_t at);

#endif
