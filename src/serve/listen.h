/* listen.h: the socket on which requests arrive: opened here, or inherited.
 * Owns:    the descriptor and, of a unix socket opened here, its file. An inherited socket belongs
 *          to whoever handed it down: it is closed but never replaced or unlinked.
 * Holds:   every listener is non-blocking (several workers race for one connection) and
 *          close-on-exec. Connections accepted from it block, as libfcgi expects: on Linux they do
 *          not inherit O_NONBLOCK.
 * Fails:   RC_FATAL with a sentence for the log in fail->message; nothing is left open. */
#ifndef MOBYNC_LISTEN_H
#define MOBYNC_LISTEN_H

#include <sys/types.h>

#include "fail.h"

#define LISTENER_ADDRESS_MAX 127u

struct listener {
    int fd; /* -1: none */
    bool inherited;
    char address[LISTENER_ADDRESS_MAX + 1]; /* as configured, or where it was inherited from */
    /* The unix socket file that we made, so that a successor's is not unlinked; inode 0: none. */
    dev_t file_device;
    ino_t file_inode;
};

void listener_init(struct listener *listener);

/* Takes the first socket of systemd (LISTEN_FDS, whose variables are unset) or descriptor 0 if that
 * is a listening socket (spawn-fcgi). RC_OK with fd -1 if nothing was handed down. */
NODISCARD enum rc listener_inherit(struct listener *listener, struct fail *fail);

/* "unix:/path", "ADDRESS:PORT" or "[ADDRESS6]:PORT". A unix socket file that nobody answers on is
 * replaced; one that somebody answers on, or that is no socket, is a fault. */
NODISCARD enum rc listener_open(struct listener *listener, const char *address, struct fail *fail);

/* The same for "unix:/path" alone, which nobody but our own user (and root) can open. */
NODISCARD enum rc listener_open_private(struct listener *listener, const char *address,
                                        struct fail *fail);

/* Unlinks the file of a unix socket opened here and closes the descriptor; does nothing when there
 * is none. True if no new connection can come in any more, while those that wait for a worker still
 * do in the descriptors that the workers hold. */
bool listener_withdraw(struct listener *listener);

#endif
