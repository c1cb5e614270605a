/* load.h: many clients at once, each with one request after the other.
 * Holds:   a request counts as lost if its connection was accepted by the kernel and no complete,
 *          right answer came; a connection that was refused is not one. */
#ifndef MOBYNC_LOAD_H
#define MOBYNC_LOAD_H

#include <pthread.h>
#include <stdatomic.h>

#define LOAD_CLIENTS 8

struct load {
    const char *address;
    atomic_bool stopping;
    atomic_uint answered;
    atomic_uint lost;
    atomic_uint refused;
    pthread_t clients[LOAD_CLIENTS];
};

void load_start(struct load *load, const char *address);
void load_await_answers(struct load *load, unsigned more);
void load_stop(struct load *load);

#endif
