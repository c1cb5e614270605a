/* One write() for each change, which the kernel takes as a whole or not at all: poke_pipe_write(),
 * poke_pipe_read(). */
#include "poke_pipe.h"

#include <fcntl.h>
#include <limits.h>
#include <unistd.h>

/* Some 7,000 changes. Less, where the system does not allow so much. */
#define ROOM_BYTES (1024 * 1024)

_Static_assert(sizeof(struct poke_change) <= PIPE_BUF, "one write is one change");

bool poke_pipe_open(struct poke_pipe *pipe_out)
{
    int fds[2];

    if (pipe2(fds, O_CLOEXEC | O_NONBLOCK) != 0)
        return false;
    (void)fcntl(fds[1], F_SETPIPE_SZ, ROOM_BYTES);
    *pipe_out = (struct poke_pipe){fds[0], fds[1]};
    return true;
}

bool poke_pipe_write(const struct poke_pipe *pipe, struct text owner, int64_t clock)
{
    struct poke_change change = {.clock = clock, .owner_len = owner.len};

    if (owner.len == 0 || owner.len > sizeof(change.owner))
        return false;
    memcpy(change.owner, owner.ptr, owner.len);
    return write(pipe->write_fd, &change, sizeof(change)) == (ssize_t)sizeof(change);
}

size_t poke_pipe_read(const struct poke_pipe *pipe, struct poke_change *changes_out, size_t max)
{
    const ssize_t got = read(pipe->read_fd, changes_out, max * sizeof(*changes_out));
    const size_t count = got > 0 ? (size_t)got / sizeof(*changes_out) : 0;
    size_t sound = 0;

    for (size_t i = 0; i < count; i++)
        if (changes_out[i].owner_len <= sizeof(changes_out[i].owner))
            changes_out[sound++] = changes_out[i];
    return sound;
}
