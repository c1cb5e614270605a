/* control.h: the socket on which the master answers `mobync status`.
 * Process: the master alone. A connection raises SIGIO, which the master waits for with its other
 *          signals; it is answered by one write that does not wait, and closed. So nobody who
 *          connects can hold the master.
 * Owns:    the listening socket, its file, and the buffer of the response.
 * Holds:   the file has mode 0600. A pool works without this socket: a fault is a warning. */
#ifndef MOBYNC_CONTROL_H
#define MOBYNC_CONTROL_H

#include "buf.h"
#include "listen.h"

struct control {
    struct listener listener;
    struct buf answer;
};

void control_init(struct control *control);
void control_release(struct control *control);

/* Listens at "unix:/path" and nowhere else; NULL or empty: nowhere. */
void control_move(struct control *control, const char *address);

/* The next connection that waits; -1: none. */
int control_accept(const struct control *control);
/* Sends control->answer, as much as the connection takes at once, and closes it. */
void control_send(const struct control *control, int fd);

#endif
