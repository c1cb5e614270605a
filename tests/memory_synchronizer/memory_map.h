/* memory_map.h: texts and what they stand for, in a hash table that grows.
 * Owns:    its nodes with copies of the keys; what the values point to is the caller's.
 * Holds:   a node stays where it is until it is removed. */
#ifndef MOBYNC_MEMORY_MAP_H
#define MOBYNC_MEMORY_MAP_H

#include "text.h"

struct memory_node {
    struct memory_node *next;
    uint64_t hash;
    struct text key;
    union {
        void *ptr;
        int64_t number;
    };
    char bytes[]; /* the key */
};

struct memory_map {
    struct memory_node **heads;
    size_t slots; /* a power of two, or 0 */
    size_t count;
};

/* NULL if it is not there. */
struct memory_node *memory_map_find(const struct memory_map *map, struct text key);
/* Finds it or adds it, with a value of zeros. */
struct memory_node *memory_map_put(struct memory_map *map, struct text key);
/* It must be there. */
void memory_map_remove(struct memory_map *map, struct text key);
/* Calls free_value (may be NULL) for each node's ptr; the map is empty afterwards. */
void memory_map_clear(struct memory_map *map, void (*free_value)(void *));
/* All nodes in the order of their keys; freed by the caller. */
struct memory_node **memory_map_sorted(const struct memory_map *map);

#endif
