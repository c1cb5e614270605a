/* Reading and writing files to their end. */
#include "fd.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int fd_write_all(int fd, const void *bytes, size_t len)
{
    const char *at = bytes;

    while (len > 0) {
        ssize_t written = write(fd, at, len);

        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return -1;
        at += written;
        len -= (size_t)written;
    }
    return 0;
}

int fd_set_nonblocking(int fd, bool on)
{
    int flags = fcntl(fd, F_GETFL);

    if (flags < 0)
        return -1;
    return fcntl(fd, F_SETFL, on ? flags | O_NONBLOCK : flags & ~O_NONBLOCK);
}

int fd_set_cloexec(int fd, bool on)
{
    int flags = fcntl(fd, F_GETFD);

    if (flags < 0)
        return -1;
    return fcntl(fd, F_SETFD, on ? flags | FD_CLOEXEC : flags & ~FD_CLOEXEC);
}

static enum rc read_failed(const char *path, struct fail *fail)
{
    return fail_set(fail, RC_FATAL, FAIL_INTERNAL, "%s: %s", path, strerror(errno));
}

/* To open a FIFO would wait for a writer, and a device may never end. */
static enum rc open_regular(const char *path, int *fd_out, struct fail *fail)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    struct stat st;

    if (fd < 0)
        return read_failed(path, fail);
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        close(fd);
        return fail_set(fail, RC_FATAL, FAIL_INTERNAL, "%s: not a regular file", path);
    }
    *fd_out = fd;
    return RC_OK;
}

enum rc fd_read_file(const char *path, struct buf *buf, struct fail *fail)
{
    char chunk[8192];
    ssize_t got;
    int fd = -1;
    enum rc rc = open_regular(path, &fd, fail);

    if (rc != RC_OK)
        return rc;
    while (!buf->overflow && (got = read(fd, chunk, sizeof(chunk))) != 0) {
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0) {
            rc = read_failed(path, fail);
            break;
        }
        buf_add(buf, chunk, (size_t)got);
    }
    if (rc == RC_OK && buf->overflow)
        rc = fail_set(fail, RC_FATAL, FAIL_INTERNAL, "%s: larger than %zu bytes", path,
                      buf->max_bytes);
    close(fd);
    return rc;
}
