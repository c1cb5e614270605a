/* Requests through nginx, as one of server.h, and what goes wrong with them on the way. */
#include "stack_server.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define MAX_OWNERS ((size_t)4)
/* A push takes about half a millisecond; fail_nth goes up to 14. */
#define KILL_STEP_NS 50000L

struct owner_line {
    struct text name; /* in the history */
    struct line line;
    struct line second; /* for requests that come twice at once */
};

struct stack_server {
    struct server base;
    struct stack *stack;
    struct arena arena; /* of this history */
    unsigned resets;
    struct owner_line owners[MAX_OWNERS];
    size_t owner_count;
    struct random random;
    struct stack_accidents accidents;
};

static struct stack_server *of(struct server *server)
{
    return (struct stack_server *)server;
}

static void close_lines(struct stack_server *self)
{
    for (size_t i = 0; i < self->owner_count; i++) {
        line_close(&self->owners[i].line);
        line_close(&self->owners[i].second);
    }
    self->owner_count = 0;
}

static void reset(struct server *server, const struct keys *keys)
{
    struct stack_server *self = of(server);

    (void)keys; /* they stand in the database */
    close_lines(self);
    arena_clear(&self->arena);
    self->resets++;
}

static struct owner_line *line_of(struct stack_server *self, struct text name)
{
    struct owner_line *owner;
    struct text real;
    char text[64];
    int len;

    for (size_t i = 0; i < self->owner_count; i++)
        if (text_equal(self->owners[i].name, name))
            return &self->owners[i];
    if (self->owner_count == MAX_OWNERS)
        abort();
    owner = &self->owners[self->owner_count++];
    len = snprintf(text, sizeof(text), "%.*s-%u", TEXT_ARG(name), self->resets);
    real = arena_text(&self->arena, (struct text){text, (size_t)len});
    owner->name = arena_text(&self->arena, name);
    line_open(&owner->line, self->stack, real, &self->arena);
    line_open(&owner->second, self->stack, real, &self->arena);
    return owner;
}

typedef struct server_reply accident(struct stack_server *self, struct owner_line *owner,
                                     const struct server_call *call, struct arena *arena);

static struct server_reply hang_up(struct stack_server *self, struct owner_line *owner,
                                   const struct server_call *call, struct arena *arena)
{
    struct server_reply reply;

    self->accidents.hung_up++;
    if (line_send(&owner->line, call, arena))
        http_hang_up(&owner->line.http);
    reply = line_sync(&owner->line, call, arena);
    reply.repeated = true;
    return reply;
}

static struct server_reply send_twice(struct stack_server *self, struct owner_line *owner,
                                      const struct server_call *call, struct arena *arena)
{
    struct server_reply reply;

    self->accidents.doubled++;
    if (!line_send(&owner->line, call, arena) || !line_send(&owner->second, call, arena))
        return (struct server_reply){.rc = RC_FATAL};
    reply = line_receive(&owner->second, arena);
    line_receive(&owner->line, arena);
    reply.repeated = true;
    return reply;
}

static struct server_reply kill_worker(struct stack_server *self, struct owner_line *owner,
                                       const struct server_call *call, struct arena *arena)
{
    const struct timespec pause = {.tv_nsec = (long)call->fail_nth * KILL_STEP_NS};
    pid_t worker = stack_worker(self->stack, &self->random);
    struct server_reply reply;

    if (!line_send(&owner->line, call, arena))
        return (struct server_reply){.rc = RC_FATAL};
    nanosleep(&pause, NULL);
    self->accidents.killed += stack_kill(worker);
    reply = line_receive(&owner->line, arena);
    self->accidents.unanswered += reply.rc == RC_UNCERTAIN;
    return reply;
}

static struct server_reply sync_call(struct server *server, const struct server_call *call,
                                     struct arena *arena)
{
    struct stack_server *self = of(server);
    struct owner_line *owner = line_of(self, call->owner);

    if (call->fail_nth == 0)
        return line_sync(&owner->line, call, arena);
    switch (call->fail_rc) {
    case RC_RETRY:
        return hang_up(self, owner, call, arena);
    case RC_UNCERTAIN:
        return send_twice(self, owner, call, arena);
    case RC_OK:
    case RC_REJECTED:
    case RC_FATAL:
        break;
    }
    return kill_worker(self, owner, call, arena);
}

static bool read_rows(struct server *server, struct text owner, struct cells rows[WORLD_OBJECTS],
                      struct arena *arena, struct buf *violation)
{
    struct stack_server *self = of(server);

    (void)violation;
    stack_read_rows(self->stack, line_of(self, owner)->line.owner, rows, arena);
    return true;
}

static bool read_stored(struct server *server, struct text owner, struct server_stored *stored_out,
                        struct arena *arena, struct buf *violation)
{
    struct stack_server *self = of(server);

    (void)violation;
    stack_read_stored(self->stack, line_of(self, owner)->line.owner, stored_out, arena);
    return true;
}

static struct text dump(struct server *server, struct text owner, struct arena *arena)
{
    struct stack_server *self = of(server);

    return stack_dump(self->stack, line_of(self, owner)->line.owner, arena);
}

static void release(struct server *server)
{
    struct stack_server *self = of(server);

    close_lines(self);
    arena_release(&self->arena);
    free(self);
}

struct server *stack_server_new(struct stack *stack)
{
    static const struct server_ops OPS = {.reset = reset,
                                          .sync = sync_call,
                                          .read_rows = read_rows,
                                          .read_stored = read_stored,
                                          .dump = dump,
                                          .free = release};
    struct stack_server *self = alloc_or_die(sizeof(*self));

    *self = (struct stack_server){.base.ops = &OPS, .stack = stack};
    arena_init(&self->arena);
    return &self->base;
}

const struct stack_accidents *stack_server_accidents(const struct server *server)
{
    return &((const struct stack_server *)server)->accidents;
}
