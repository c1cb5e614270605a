/* fd.h: the few file operations that need care to be right.
 * Process: thin layers over the calls of the system.
 * Owns:    nothing; descriptors stay the caller's.
 * Units:   bytes.
 * Fails:   -1 with errno set, as the calls below them; *fail is used where a person reads it.
 * Holds:   EINTR is never the caller's concern. */
#ifndef MOBYNC_FD_H
#define MOBYNC_FD_H

#include "buf.h"
#include "fail.h"

/* All of the bytes or -1; EINTR is retried. */
NODISCARD int fd_write_all(int fd, const void *bytes, size_t len);

NODISCARD int fd_set_nonblocking(int fd, bool on);
NODISCARD int fd_set_cloexec(int fd, bool on);

/* Appends the whole file to buf; RC_FATAL with "path: reason" in fail->message if it cannot be
 * read, is no regular file, or exceeds the buffer's maximum. */
NODISCARD enum rc fd_read_file(const char *path, struct buf *buf, struct fail *fail);

#endif
