/* The hash table: chains of nodes, twice as many heads when it is full. */
#include "memory_map.h"

#include <assert.h>
#include <stdlib.h>

#include "arena.h"

static struct memory_node **head_of(const struct memory_map *map, uint64_t hash)
{
    return &map->heads[hash & (map->slots - 1)];
}

struct memory_node *memory_map_find(const struct memory_map *map, struct text key)
{
    const uint64_t hash = text_hash(key, 0);
    struct memory_node *node = map->slots == 0 ? NULL : *head_of(map, hash);

    while (node != NULL && (node->hash != hash || !text_equal(node->key, key)))
        node = node->next;
    return node;
}

static void grow(struct memory_map *map)
{
    struct memory_map wider = {.slots = map->slots == 0 ? 8 : map->slots * 2, .count = map->count};

    wider.heads = alloc_or_die(wider.slots * sizeof(struct memory_node *));
    memset(wider.heads, 0, wider.slots * sizeof(struct memory_node *));
    for (size_t i = 0; i < map->slots; i++) {
        struct memory_node *node = map->heads[i];

        while (node != NULL) {
            struct memory_node *next = node->next;
            struct memory_node **head = head_of(&wider, node->hash);

            node->next = *head;
            *head = node;
            node = next;
        }
    }
    free(map->heads);
    *map = wider;
}

struct memory_node *memory_map_put(struct memory_map *map, struct text key)
{
    struct memory_node *node = memory_map_find(map, key);
    struct memory_node **head;

    if (node != NULL)
        return node;
    if (map->count >= map->slots)
        grow(map);
    node = alloc_or_die(sizeof(*node) + key.len);
    *node = (struct memory_node){.hash = text_hash(key, 0), .key = {node->bytes, key.len}};
    if (key.len > 0)
        memcpy(node->bytes, key.ptr, key.len);
    head = head_of(map, node->hash);
    node->next = *head;
    *head = node;
    map->count++;
    return node;
}

void memory_map_remove(struct memory_map *map, struct text key)
{
    struct memory_node *node = memory_map_find(map, key);
    struct memory_node **at;

    assert(node != NULL);
    at = head_of(map, node->hash);
    while (*at != node)
        at = &(*at)->next;
    *at = node->next;
    map->count--;
    free(node);
}

void memory_map_clear(struct memory_map *map, void (*free_value)(void *))
{
    for (size_t i = 0; i < map->slots; i++) {
        struct memory_node *node = map->heads[i];

        while (node != NULL) {
            struct memory_node *next = node->next;

            if (free_value != NULL)
                free_value(node->ptr);
            free(node);
            node = next;
        }
    }
    free(map->heads);
    *map = (struct memory_map){0};
}

static int compare_nodes(const void *left, const void *right)
{
    const struct memory_node *const *a = left;
    const struct memory_node *const *b = right;

    return text_compare((*a)->key, (*b)->key);
}

struct memory_node **memory_map_sorted(const struct memory_map *map)
{
    struct memory_node **nodes = alloc_or_die(map->count * sizeof(struct memory_node *));
    size_t count = 0;

    for (size_t i = 0; i < map->slots; i++)
        for (struct memory_node *node = map->heads[i]; node != NULL; node = node->next)
            nodes[count++] = node;
    qsort(nodes, count, sizeof(struct memory_node *), compare_nodes);
    return nodes;
}
