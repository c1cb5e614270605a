/* Memory given back all at once; and malloc() that ends the process instead of failing. */
#include "arena.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

/* Under AddressSanitizer nobody may touch what was not handed out, nor read behind what was. */
#if defined(__SANITIZE_ADDRESS__)
#define ARENA_GUARDED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_GUARDED 1
#endif
#endif
#ifdef ARENA_GUARDED
#include <sanitizer/asan_interface.h>
#define GAP_BYTES ((size_t)16)
#else
#define ASAN_POISON_MEMORY_REGION(at, size)   ((void)(at), (void)(size))
#define ASAN_UNPOISON_MEMORY_REGION(at, size) ((void)(at), (void)(size))
#define GAP_BYTES                             ((size_t)0)
#endif

#define FIRST_BLOCK_BYTES ((size_t)64 * 1024)
#define LARGEST_STEP      ((size_t)4 * 1024 * 1024)

struct arena_block {
    struct arena_block *next;
    size_t size;
    size_t used;
    max_align_t data[];
};

struct arena_cleanup {
    struct arena_cleanup *next;
    void (*fn)(void *);
    void *ptr;
};

static void out_of_memory(void)
{
    static const char line[] = "level=error msg=\"out of memory: this process ends\"\n";
    ssize_t ignored = write(STDERR_FILENO, line, sizeof(line) - 1);

    (void)ignored;
    _exit(1);
}

void *alloc_or_die(size_t size_bytes)
{
    return realloc_or_die(NULL, size_bytes);
}

void *realloc_or_die(void *ptr, size_t size_bytes)
{
    void *grown = realloc(ptr, size_bytes > 0 ? size_bytes : 1);

    if (grown == NULL)
        out_of_memory();
    return grown;
}

void memory_watch_begin(void)
{
    errno = 0;
}

void memory_watch_end(void)
{
    if (errno == ENOMEM)
        out_of_memory();
}

void arena_init(struct arena *arena)
{
    *arena = (struct arena){0};
}

static void run_cleanups(struct arena *arena)
{
    /* A clean-up lies in the arena itself: it is read before the blocks go. */
    for (struct arena_cleanup *c = arena->cleanups; c != NULL; c = c->next)
        c->fn(c->ptr);
    arena->cleanups = NULL;
}

static void free_blocks(struct arena_block *block)
{
    while (block != NULL) {
        struct arena_block *next = block->next;

        free(block);
        block = next;
    }
}

void arena_clear(struct arena *arena)
{
    struct arena_block *keep = arena->blocks;

    run_cleanups(arena);
    arena->used_bytes = 0;
    if (keep == NULL)
        return;
    /* The first block is the last of the list: the only one of the standard size. */
    while (keep->next != NULL) {
        struct arena_block *next = keep->next;

        free(keep);
        keep = next;
    }
    ASAN_POISON_MEMORY_REGION(keep->data, keep->size);
    keep->used = 0;
    arena->blocks = keep;
}

void arena_release(struct arena *arena)
{
    run_cleanups(arena);
    free_blocks(arena->blocks);
    arena_init(arena);
}

static struct arena_block *add_block(struct arena *arena, size_t at_least)
{
    size_t size = FIRST_BLOCK_BYTES;
    struct arena_block *block;

    if (arena->blocks != NULL)
        size = arena->blocks->size < LARGEST_STEP ? arena->blocks->size * 2 : LARGEST_STEP;
    if (size < at_least)
        size = at_least;
    if (size > SIZE_MAX - sizeof(*block))
        out_of_memory();
    block = alloc_or_die(sizeof(*block) + size);
    *block = (struct arena_block){.next = arena->blocks, .size = size};
    ASAN_POISON_MEMORY_REGION(block->data, size);
    arena->blocks = block;
    return block;
}

void *arena_alloc(struct arena *arena, size_t size_bytes)
{
    const size_t align = _Alignof(max_align_t);
    struct arena_block *block = arena->blocks;
    size_t taken;
    void *ptr;

    if (size_bytes > SIZE_MAX - align - GAP_BYTES)
        out_of_memory();
    taken = (size_bytes + align - 1) / align * align + GAP_BYTES;
    if (block == NULL || block->size - block->used < taken)
        block = add_block(arena, taken);
    ptr = (char *)block->data + block->used;
    block->used += taken;
    arena->used_bytes += taken;
    ASAN_UNPOISON_MEMORY_REGION(ptr, size_bytes);
    return ptr;
}

void *arena_zalloc(struct arena *arena, size_t size_bytes)
{
    return memset(arena_alloc(arena, size_bytes), 0, size_bytes);
}

void *arena_array(struct arena *arena, size_t count, size_t size_bytes)
{
    if (size_bytes > 0 && count > SIZE_MAX / size_bytes)
        out_of_memory();
    return arena_zalloc(arena, count * size_bytes);
}

void *arena_room(struct arena *arena, void *items, size_t count, size_t *capacity,
                 size_t size_bytes)
{
    void *larger;

    if (count < *capacity)
        return items;
    *capacity = *capacity == 0 ? 16 : *capacity * 2;
    larger = arena_array(arena, *capacity, size_bytes);
    if (count > 0)
        memcpy(larger, items, count * size_bytes);
    return larger;
}

struct text arena_text(struct arena *arena, struct text t)
{
    char *copy;

    if (t.len == SIZE_MAX)
        out_of_memory();
    copy = arena_alloc(arena, t.len + 1);
    if (t.len > 0)
        memcpy(copy, t.ptr, t.len);
    copy[t.len] = '\0';
    return (struct text){copy, t.len};
}

void arena_on_clear(struct arena *arena, void (*fn)(void *), void *ptr)
{
    struct arena_cleanup *cleanup = ARENA_NEW(arena, struct arena_cleanup);

    *cleanup = (struct arena_cleanup){.next = arena->cleanups, .fn = fn, .ptr = ptr};
    arena->cleanups = cleanup;
}
