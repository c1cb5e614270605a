/* stack.h: the real thing under the phones: nginx, mobync serve and MariaDB as scripts/up starts
 * them in one folder; requests to it, and what it holds, read by plain SQL.
 * Threads: a line belongs to one thread; a stack to one at a time.
 * Owns:    its connections; what is read lies in the arena given.
 * Fails:   stack_open() and the SQL end the program, with a line on standard error: without a
 *          database there is nothing to test. */
#ifndef MOBYNC_PROPERTY_STACK_H
#define MOBYNC_PROPERTY_STACK_H

#include <sys/types.h>

#include "http_client.h"
#include "server.h"

struct stack;

struct stack *stack_open(const char *dir, uint16_t port);
void stack_close(struct stack *stack);

/* The process id of one of the workers; 0 if there is none at this moment. */
pid_t stack_worker(const struct stack *stack, struct random *random);
/* Kills it, if it is one. */
bool stack_kill(pid_t worker);

void stack_read_rows(struct stack *stack, struct text owner, struct cells rows[WORLD_OBJECTS],
                     struct arena *arena);
void stack_read_stored(struct stack *stack, struct text owner, struct server_stored *stored_out,
                       struct arena *arena);
/* Waits for the transaction that is at work for this owner. */
struct text stack_dump(struct stack *stack, struct text owner, struct arena *arena);
/* docs/protocol.md 4: every clock below next_clock was given to some diff, none above. */
bool stack_clocks_have_no_gap(struct stack *stack, struct text owner, struct buf *violation);

/* One owner's way to the server. */
struct line {
    struct text owner;
    struct text token;
    struct http_client http;
};

/* The owner's text must outlive the line; the token lies in the arena. */
void line_open(struct line *line, const struct stack *stack, struct text owner,
               struct arena *arena);
void line_close(struct line *line);

/* The call's owner is the line's, whatever the diffs say. */
bool line_send(struct line *line, const struct server_call *call, struct arena *arena);
/* RC_UNCERTAIN: no answer, or one that leaves open what happened (5xx). */
struct server_reply line_receive(struct line *line, struct arena *arena);
struct server_reply line_sync(struct line *line, const struct server_call *call,
                              struct arena *arena);

#endif
