/* poke_publisher.h: announces clocks to nginx's nchan, over one connection that is kept.
 * Process: a process's own, after its fork; the calls of a socket, none of which waits.
 * Owns:    the connection; the path is the caller's and outlives it.
 * Units:   a clock is the owner's counter.
 * Fails:   poke_publish() is false, and the connection given up: the poke is lost, which costs a
 *          device no more than the time until its next sync.
 * Holds:   a call never waits for anybody. */
#ifndef MOBYNC_POKE_PUBLISHER_H
#define MOBYNC_POKE_PUBLISHER_H

#include <stdbool.h>
#include <stdint.h>

#include "poke_pipe.h"

/* Live pokes (docs/poke.md). */
struct poke_settings {
    const char *publish_path;        /* of nginx's socket; NULL: off */
    struct text key;                 /* of channels and tickets (poke_ticket.h) */
    const struct poke_pipe *webhook; /* to whoever calls it; NULL: there is none */
};

struct poke_publisher {
    const char *path;  /* of the socket */
    int fd;            /* -1: not connected */
    int64_t logged_us; /* when the log last had it that something is wrong; 0: never */
};

void poke_publisher_init(struct poke_publisher *publisher, const char *path);
void poke_publisher_release(struct poke_publisher *publisher);

/* False: it was not handed over. */
bool poke_publish(struct poke_publisher *publisher, const char *channel, int64_t clock);

#endif
