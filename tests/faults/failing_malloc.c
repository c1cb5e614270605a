/* failing_malloc.c: an allocator, preloaded into mobync, of which one call fails.
 * Process: the calls of all workers count, those of the master do not. FAILING_MALLOC names a file
 * of 8 bytes, shared by them and the test: the number of calls until the one that fails, an
 *          int64_t; 0 and below: none will.
 * Holds:   without that variable nothing ever fails. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

void *malloc(size_t size);
void *calloc(size_t count, size_t size);
void *realloc(void *ptr, size_t size);

/* dlsym() itself allocates, before the next allocator is known; never given back. */
#define EARLY_BYTES ((size_t)16 * 1024)

static _Atomic int64_t *calls_left;
static pid_t master;
static void *(*next_malloc)(size_t);
static void *(*next_calloc)(size_t, size_t);
static void *(*next_realloc)(void *, size_t);

static void *early(size_t size)
{
    static _Alignas(max_align_t) char bytes[EARLY_BYTES];
    static size_t used;
    void *place = bytes + used;

    used += (size + sizeof(max_align_t) - 1) / sizeof(max_align_t) * sizeof(max_align_t);
    if (used > sizeof(bytes))
        abort();
    return place;
}

/* ISO C has no cast from an object's pointer to a function's. */
static void find(void *function_out, const char *name)
{
    void *found = dlsym(RTLD_NEXT, name);

    memcpy(function_out, &found, sizeof(found));
}

static void set_up(void)
{
    static bool begun;

    if (begun)
        return;
    begun = true;
    find(&next_calloc, "calloc");
    find(&next_realloc, "realloc");
    find(&next_malloc, "malloc");
}

__attribute__((constructor)) static void share(void)
{
    const char *path = getenv("FAILING_MALLOC");
    int fd = path == NULL ? -1 : open(path, O_RDWR | O_CLOEXEC);
    void *shared = MAP_FAILED;

    set_up();
    master = getpid();
    if (fd >= 0)
        shared = mmap(NULL, sizeof(*calls_left), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (fd >= 0)
        close(fd);
    if (shared != MAP_FAILED)
        calls_left = shared;
}

static bool fails(void)
{
    if (calls_left == NULL || atomic_load(calls_left) <= 0 || getpid() == master ||
        atomic_fetch_sub(calls_left, 1) != 1)
        return false;
    errno = ENOMEM;
    return true;
}

void *malloc(size_t size)
{
    set_up();
    if (next_malloc == NULL)
        return early(size);
    return fails() ? NULL : next_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    set_up();
    if (next_calloc == NULL)
        return early(count * size);
    return fails() ? NULL : next_calloc(count, size);
}

void *realloc(void *ptr, size_t size)
{
    set_up();
    return fails() ? NULL : next_realloc(ptr, size);
}
