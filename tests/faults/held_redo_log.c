/* held_redo_log.c: preloaded into mariadbd, keeps its redo log from the disk on demand: what InnoDB
 * lets others read before it is durable stays so for as long as a test likes, and kill -9 takes it
 * back as a power failure would.
 * Process: HELD_REDO_LOG names a file of one byte, shared with the test; 0: all goes its usual way,
 *          1: what is written to the log's files stays in memory, and their syncs wait.
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

/* MariaDB has one file, MySQL a folder of them. */
static const char *const LOG_NAMES[] = {"/ib_logfile0", "/#innodb_redo/#ib_redo"};

struct kept {
    struct kept *next;
    int fd; /* of its own */
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
    len = readlink(link, path, sizeof(path) - 1);
    path[len < 0 ? 0 : len] = '\0';
    return strstr(path, LOG_NAMES[0]) != NULL || strstr(path, LOG_NAMES[1]) != NULL;
}

static bool is_held(void)
{
    return held != NULL && atomic_load(held) != 0;
}

/* The caller has the mutex. */
static void keep(int fd, const void *bytes, size_t count, off64_t offset)
{
    struct kept *kept = malloc(sizeof(*kept));

    *kept = (struct kept){.fd = dup(fd), .count = count, .offset = offset};
    /* The file may be open for direct access. */
    if (kept->fd < 0 || posix_memalign(&kept->bytes, 4096, count) != 0)
        abort();
    memcpy(kept->bytes, bytes, count);
    *last = kept;
    last = &kept->next;
}

static void write_kept(void)
{
    while (first != NULL) {
        struct kept *kept = first;

        if (next_pwrite64(kept->fd, kept->bytes, kept->count, kept->offset) != (ssize_t)kept->count)
            abort();
        first = kept->next;
        close(kept->fd);
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
        keep(fd, bytes, count, offset);
    } else {
        write_kept();
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
    write_kept();
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
