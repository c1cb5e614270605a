#include "memory_server.h"

#include <time.h>

#include "apply.h"
#include "clock.h"
#include "memory_synchronizer.h"

struct memory_server {
    struct server base;
    struct synchronizer *synchronizer;
};

static struct synchronizer *synchronizer_of(struct server *server)
{
    return ((struct memory_server *)server)->synchronizer;
}

static void reset(struct server *server, const struct keys *keys)
{
    memory_synchronizer_reset(synchronizer_of(server));
    memory_synchronizer_set_ranks(synchronizer_of(server), keys->ranks);
    memory_synchronizer_set_relations(synchronizer_of(server), keys->relations);
}

/* ---- One sync ---- */

static enum rc read_text(const struct server_call *call, struct arena *arena,
                         struct diff_list *diffs_out, struct fail *fail)
{
    struct diff_rules rules = {
        .mapping = world_mapping(), .max_diffs = 10000, .owner = call->owner};
    struct request_body *request;
    enum rc rc = request_parse(server_request_text(call, arena), arena, &request, fail);

    return rc != RC_OK ? rc : request_diffs(request, &rules, arena, diffs_out, fail);
}

/* A copy, as a parser would have made one: the engine may write into its request. */
static struct diff_list copied(const struct diff_list *diffs, struct arena *arena)
{
    struct diff_list copy = {ARENA_ARRAY(arena, diffs->count + 1, struct diff), diffs->count};

    for (size_t i = 0; i < diffs->count; i++) {
        struct diff *diff = &copy.items[i];

        *diff = diffs->items[i];
        diff->fields = ARENA_ARRAY(arena, diff->field_count + 1, struct field_value);
        for (size_t f = 0; f < diff->field_count; f++) {
            diff->fields[f] = diffs->items[i].fields[f];
            diff->fields[f].source = diff;
        }
    }
    return copy;
}

static struct server_reply sync_call(struct server *server, const struct server_call *call,
                                     struct arena *arena)
{
    struct sync_request request = {
        .owner = call->owner, .clock = call->clock, .clock_skew_ms = call->clock_skew_ms};
    struct server_reply reply = {.rc = RC_OK};
    struct sync_answer answer = {0};
    struct fail fail = {0};

    if (call->as_text)
        reply.rc = read_text(call, arena, &request.diffs, &fail);
    else
        request.diffs = copied(&call->diffs, arena);
    clock_set_for_test(call->now_ms);
    if (reply.rc == RC_OK) {
        memory_synchronizer_fail_at(synchronizer_of(server), call->fail_nth, call->fail_rc);
        reply.rc = sync_apply(synchronizer_of(server), &request, arena, &answer, &fail);
        memory_synchronizer_fail_at(synchronizer_of(server), 0, RC_OK);
    }
    reply.code = fail.code;
    reply.diff_id = arena_text(arena, text_of(fail.diff_id));
    if (reply.rc == RC_OK) {
        reply.next_clock = answer.next_clock;
        reply.diffs = answer.diffs;
    }
    return reply;
}

/* Takes the place of libc's: the engine pauses between its tries, simulated phones need not wait.
 */
int nanosleep(const struct timespec *pause, struct timespec *left)
{
    (void)pause;
    (void)left;
    return 0;
}

/* ---- What the server holds ---- */

static bool cannot_read(struct buf *violation, const struct fail *fail)
{
    buf_printf(violation, "the synchronizer cannot be read: %s %s", fail->message, fail->detail);
    return false;
}

static struct cells cells_of(const struct model *model, const struct row *row, struct arena *arena)
{
    struct cells cells;
    struct buf json;

    cells_clear(&cells);
    cells.live = row->live;
    buf_init(&json, 4096);
    for (size_t f = 0; row->live && f < model->field_count; f++) {
        if (row->values[f].kind == VALUE_NULL)
            continue;
        buf_clear(&json);
        value_write_json(&model->fields[f], &row->values[f], &json);
        cells.json[f] = arena_text(arena, buf_text(&json));
    }
    buf_release(&json);
    return cells;
}

static bool read_rows(struct server *server, struct text owner, struct cells rows[WORLD_OBJECTS],
                      struct arena *arena, struct buf *violation)
{
    struct synchronizer *s = synchronizer_of(server);
    struct fail fail = {0};
    int64_t clock;
    enum rc rc = s->ops->begin(s, owner, &clock, &fail);

    for (size_t i = 0; i < WORLD_OBJECTS && rc == RC_OK; i++) {
        struct world_object object = world_object(i);
        struct row row = {0};

        rc = s->ops->read(s, owner, object.model, &object.id, 1, arena, &row, &fail);
        if (rc == RC_OK)
            rows[i] = cells_of(object.model, &row, arena);
    }
    s->ops->rollback(s);
    return rc == RC_OK || cannot_read(violation, &fail);
}

static bool read_stored(struct server *server, struct text owner, struct server_stored *stored_out,
                        struct arena *arena, struct buf *violation)
{
    struct synchronizer *s = synchronizer_of(server);
    struct fail fail = {0};
    struct history history;

    if (s->ops->read_history(s, owner, 0, arena, &history, &fail) != RC_OK)
        return cannot_read(violation, &fail);
    *stored_out = (struct server_stored){.next_clock = history.next_clock, .diffs = history.diffs};
    return true;
}

static struct text dump(struct server *server, struct text owner, struct arena *arena)
{
    struct buf buf;
    struct text text;

    (void)owner;
    buf_init(&buf, (size_t)1 << 24);
    memory_synchronizer_dump(synchronizer_of(server), &buf);
    text = arena_text(arena, buf_text(&buf));
    buf_release(&buf);
    return text;
}

static void release(struct server *server)
{
    memory_synchronizer_free(synchronizer_of(server));
    free(server);
}

struct server *memory_server_new(void)
{
    static const struct server_ops OPS = {.reset = reset,
                                          .sync = sync_call,
                                          .read_rows = read_rows,
                                          .read_stored = read_stored,
                                          .dump = dump,
                                          .free = release};
    struct memory_server *server = alloc_or_die(sizeof(*server));

    *server = (struct memory_server){.base.ops = &OPS,
                                     .synchronizer = memory_synchronizer_new(world_mapping())};
    return &server->base;
}
