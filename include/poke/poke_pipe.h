/* poke_pipe.h: changes of owners, from the workers and the housekeeper to the notifier.
 * Process: made by the master before it forks. Any number of processes write, one reads; a process
 *          may die at any instruction.
 * Owns:    poke_pipe_open() opens what stays open as long as the master lives: what was written
 *          while nobody reads waits for the next reader.
 * Units:   a clock is the owner's counter.
 * Fails:   poke_pipe_write() is false where the pipe is full: the change is lost.
 * Holds:   neither call ever waits; what is read is whole, in the order in which it was written. */
#ifndef MOBYNC_POKE_PIPE_H
#define MOBYNC_POKE_PIPE_H

#include <stdbool.h>
#include <stdint.h>

#include "attributes.h"
#include "text.h"

#define POKE_PIPE_OWNER_MAX_BYTES 128

struct poke_pipe {
    int read_fd;
    int write_fd;
};

struct poke_change {
    int64_t clock;
    uint64_t owner_len;
    char owner[POKE_PIPE_OWNER_MAX_BYTES];
};

#define POKE_PIPE_CLOSED ((struct poke_pipe){-1, -1})

static inline bool poke_pipe_is_open(const struct poke_pipe *pipe)
{
    return pipe->read_fd >= 0;
}

/* False, with errno set. */
NODISCARD bool poke_pipe_open(struct poke_pipe *pipe_out);

bool poke_pipe_write(const struct poke_pipe *pipe, struct text owner, int64_t clock);

/* At most max of them; 0: there are none. */
size_t poke_pipe_read(const struct poke_pipe *pipe, struct poke_change *changes_out, size_t max);

#endif
