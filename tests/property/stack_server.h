/* stack_server.h: the stack as the server of a simulation; one request at a time.
 * Holds:   owners are new after each reset. fail_rc tells what goes wrong on the way:
 *          RC_RETRY the phone hangs up after it sent the request, and sends it again at once;
 *          RC_UNCERTAIN the request comes twice at the same moment, on two connections;
 *          RC_FATAL a worker is killed, the later after the request the greater fail_nth is.
 * Owns:    its lines; the stack must outlive it. */
#ifndef MOBYNC_PROPERTY_STACK_SERVER_H
#define MOBYNC_PROPERTY_STACK_SERVER_H

#include "stack.h"

struct stack_accidents {
    uint64_t hung_up;
    uint64_t doubled;
    uint64_t killed;
    uint64_t unanswered; /* of the killed ones */
};

struct server *stack_server_new(struct stack *stack);
const struct stack_accidents *stack_server_accidents(const struct server *server);

#endif
