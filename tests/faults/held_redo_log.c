/* held_redo_log.c: preloaded into mariadbd, keeps its redo log from the disk on demand: what InnoDB
 * lets others read before it is durable stays so for as long as a test likes, and kill -9 takes it
 * back as a power failure would.
 * Process: HELD_REDO_LOG names a file of one byte, shared with the test; 0: all goes its usual way,
 *          1: what is written to ib_logfile0 stays in memory, and its syncs wait.
 * Holds:   what was kept is written, in order, before anything that comes after the release; writes
 *          themselves never wait, for InnoDB holds latches then that readers need. Without that
 *          variable, and for other files, nothing changes. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define LOG_NAME "/ib_logfile0"

struct kept {
    struct kept *next;
    void *bytes;
    size_t count;
    off64_t offset;
};

static const _Atomic unsigned char *held;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static struct kept *first;
static struct kept **last = &first;
static ssize_t (*next_pwrite64)(int, const void *, size_t, off64_t);
static int (*next_fsync)(int);
static int (*next_fdatasync)(int);

/* ISO C has no cast from an object's pointer to a function's. */
static void find(void *function_out, const char *name)
{
    void *found = dlsym(RTLD_NEXT, name);

    memcpy(function_out, &found, sizeof(found));
}

__attribute__((constructor)) static void set_up(void)
{
    const char *path = getenv("HELD_REDO_LOG");
    int fd = path == NULL ? -1 : open(path, O_RDONLY | O_CLOEXEC);
    void *shared = fd < 0 ? MAP_FAILED : mmap(NULL, 1, PROT_READ, MAP_SHARED, fd, 0);

    find(&next_pwrite64, "pwrite64");
    find(&next_fsync, "fsync");
    find(&next_fdatasync, "fdatasync");
    if (fd >= 0)
        close(fd);
    if (shared != MAP_FAILED)
        held = shared;
}

static bool is_redo_log(int fd)
{
    char link[64];
    char path[4096];
    ssize_t len;

    snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    len = readlink(link, path, sizeof(path));
    return len >= (ssize_t)strlen(LOG_NAME) &&
           memcmp(path + len - strlen(LOG_NAME), LOG_NAME, strlen(LOG_NAME)) == 0;
}

static bool is_held(void)
{
    return held != NULL && atomic_load(held) != 0;
}

/* The caller has the mutex. */
static void keep(const void *bytes, size_t count, off64_t offset)
{
    struct kept *kept = malloc(sizeof(*kept));

    *kept = (struct kept){.count = count, .offset = offset};
    /* The file may be open for direct access. */
    if (posix_memalign(&kept->bytes, 4096, count) != 0)
        abort();
    memcpy(kept->bytes, bytes, count);
    *last = kept;
    last = &kept->next;
}

static void write_kept(int fd)
{
    while (first != NULL) {
        struct kept *kept = first;

        if (next_pwrite64(fd, kept->bytes, kept->count, kept->offset) != (ssize_t)kept->count)
            abort();
        first = kept->next;
        free(kept->bytes);
        free(kept);
    }
    last = &first;
}

static ssize_t write_log(int fd, const void *bytes, size_t count, off64_t offset)
{
    ssize_t written = (ssize_t)count;

    pthread_mutex_lock(&mutex);
    if (is_held()) {
        keep(bytes, count, offset);
    } else {
        write_kept(fd);
        written = next_pwrite64(fd, bytes, count, offset);
    }
    pthread_mutex_unlock(&mutex);
    return written;
}

static void wait_and_write(int fd)
{
    const struct timespec pause = {.tv_nsec = 5 * 1000 * 1000};

    if (held == NULL || !is_redo_log(fd))
        return;
    while (is_held())
        nanosleep(&pause, NULL);
    pthread_mutex_lock(&mutex);
    write_kept(fd);
    pthread_mutex_unlock(&mutex);
}

ssize_t pwrite(int fd, const void *bytes, size_t count, off_t offset)
{
    return held != NULL && is_redo_log(fd) ? write_log(fd, bytes, count, offset)
                                           : next_pwrite64(fd, bytes, count, offset);
}

ssize_t pwrite64(int fd, const void *bytes, size_t count, off64_t offset)
{
    return pwrite(fd, bytes, count, offset);
}

int fsync(int fd)
{
    wait_and_write(fd);
    return next_fsync(fd);
}

int fdatasync(int fd)
{
    wait_and_write(fd);
    return next_fdatasync(fd);
}
