/* The file behind jwks_cache.h. */
#include "jwks_cache.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fd.h"
#include "jwks.h"

#define FILE_MAX_BYTES (JWKS_MAX_BYTES + (size_t)4096)

struct path {
    char text[PATH_MAX];
};

/* False, with errno set, if it is too long. */
static bool path_new(const char *path, struct path *path_out)
{
    int len = snprintf(path_out->text, sizeof(path_out->text), "%s.new", path);

    if (len > 0 && (size_t)len < sizeof(path_out->text))
        return true;
    errno = ENAMETOOLONG;
    return false;
}

enum rc jwks_cache_read(const char *path, struct text url, struct buf *document_out,
                        struct fail *fail)
{
    enum rc rc;
    struct text file;
    struct buf buf;

    if (access(path, F_OK) != 0 && errno == ENOENT)
        return fail_reject(fail, FAIL_NOT_FOUND, "%s: there is none", path);
    buf_init(&buf, FILE_MAX_BYTES);
    rc = fd_read_file(path, &buf, fail);
    file = buf_text(&buf);
    if (rc == RC_OK && (file.len <= url.len || memcmp(file.ptr, url.ptr, url.len) != 0 ||
                        file.ptr[url.len] != '\n'))
        rc = fail_reject(fail, FAIL_NOT_FOUND, "%s: it is of another URL", path);
    if (rc == RC_OK)
        buf_add(document_out, file.ptr + url.len + 1, file.len - url.len - 1);
    buf_release(&buf);
    return rc;
}

int jwks_cache_open(const char *path)
{
    struct path fresh;

    if (!path_new(path, &fresh))
        return -1;
    return open(fresh.text, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
}

bool jwks_cache_write(int fd, struct text url, struct text document)
{
    bool written = fd_write_all(fd, url.ptr, url.len) == 0 && fd_write_all(fd, "\n", 1) == 0 &&
                   fd_write_all(fd, document.ptr, document.len) == 0 && fsync(fd) == 0;
    int error = errno;

    if (!written && ftruncate(fd, 0) != 0)
        error = errno;
    close(fd);
    errno = error;
    return written;
}

bool jwks_cache_keep(const char *path)
{
    struct path fresh;
    struct stat st;

    if (!path_new(path, &fresh))
        return false;
    if (stat(fresh.text, &st) != 0)
        return errno == ENOENT;
    return st.st_size == 0 || rename(fresh.text, path) == 0;
}
