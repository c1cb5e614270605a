/* arena.h: memory of one request, given back all at once, with clean-ups for what is not memory.
 * Pure:    no I/O but for the last words of a process without memory.
 * Owns:    what it hands out, until arena_clear() or arena_release().
 * Units:   sizes in bytes; every pointer is aligned for any type.
 * Fails:   never returns NULL. When memory is exhausted the process says so on standard error and
 *          ends with status 1: an open transaction is rolled back by the database, the pool starts
 *          another worker, and the client sees a 502 that it may send again.
 * Holds:   clean-ups run once, the last one first; what was handed out never moves. */
#ifndef MOBYNC_ARENA_H
#define MOBYNC_ARENA_H

#include "text.h"

struct arena_block;
struct arena_cleanup;

struct arena {
    struct arena_block *blocks;
    struct arena_cleanup *cleanups;
    size_t used_bytes; /* handed out since the last clear */
};

void arena_init(struct arena *arena);
/* Runs the clean-ups, last registered first, and keeps one block for the next request. */
void arena_clear(struct arena *arena);
void arena_release(struct arena *arena);

void *arena_alloc(struct arena *arena, size_t size_bytes);
void *arena_zalloc(struct arena *arena, size_t size_bytes);
/* count * size with overflow checked; the memory is zeroed. */
void *arena_array(struct arena *arena, size_t count, size_t size_bytes);
/* A NUL-terminated copy; the NUL is not counted. */
struct text arena_text(struct arena *arena, struct text t);

#define ARENA_NEW(arena, type)          ((type *)arena_zalloc((arena), sizeof(type)))
#define ARENA_ARRAY(arena, count, type) ((type *)arena_array((arena), (count), sizeof(type)))

/* The items, of which there are `count`, with room for one more: where they are as many as
 * *capacity, in an array of twice that. The first has 16. */
void *arena_room(struct arena *arena, void *items, size_t count, size_t *capacity,
                 size_t size_bytes);
#define ARENA_ROOM(arena, items, count, capacity)                                                  \
    arena_room((arena), (items), (count), (capacity), sizeof(*(items)))

/* fn(ptr) is called when the arena is cleared or released. */
void arena_on_clear(struct arena *arena, void (*fn)(void *), void *ptr);

/* malloc and realloc with the same promise as arena_alloc, for what outlives a request. */
void *alloc_or_die(size_t size_bytes);
void *realloc_or_die(void *ptr, size_t size_bytes);

/* The same promise for a library that does not tell "no memory" from another answer: around its
 * call. malloc() says so in errno, and nothing else does. */
void memory_watch_begin(void);
void memory_watch_end(void);

#endif
