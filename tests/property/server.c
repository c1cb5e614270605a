/* A request as JSON, and the comparison of what a server holds with what the oracle holds. */
#include "server.h"

#include "judge.h"

#define REQUEST_MAX_BYTES ((size_t)1 << 20)

struct text server_request_text(const struct server_call *call, struct arena *arena)
{
    struct buf buf;
    struct text text;

    buf_init(&buf, REQUEST_MAX_BYTES);
    buf_printf(&buf, "{\"logical_clock\":%lld,\"diffs\":[", (long long)call->clock);
    for (size_t i = 0; i < call->diffs.count; i++) {
        if (i > 0)
            buf_add_char(&buf, ',');
        diff_write(&buf, &call->diffs.items[i]);
    }
    buf_add_str(&buf, "]}");
    text = arena_text(arena, buf_text(&buf));
    buf_release(&buf);
    return text;
}

static bool check_row(struct oracle *oracle, struct text owner, size_t number,
                      const struct cells *cells, struct buf *violation)
{
    struct world_object object = world_object(number);
    struct cells expected = oracle_row(oracle, owner, object.model, object.id);

    if (cells_equal(object.model, cells, &expected))
        return true;
    buf_printf(violation, "the server's row %.*s/%.*s (%s) is not the oracle's (%s)",
               TEXT_ARG(object.model->name), TEXT_ARG(object.id), cells->live ? "live" : "absent",
               expected.live ? "live" : "absent");
    for (size_t i = 0; i < object.model->field_count; i++)
        if (!text_equal(cells->json[i], expected.json[i]))
            buf_printf(violation, ", %.*s: %.*s, %.*s", TEXT_ARG(object.model->fields[i].name),
                       TEXT_ARG(cells->json[i]), TEXT_ARG(expected.json[i]));
    return false;
}

bool server_check_rows(struct server *server, struct oracle *oracle, struct text owner,
                       struct arena *arena, struct buf *violation)
{
    struct cells rows[WORLD_OBJECTS];

    if (!server->ops->read_rows(server, owner, rows, arena, violation))
        return false;
    for (size_t i = 0; i < WORLD_OBJECTS; i++)
        if (!check_row(oracle, owner, i, &rows[i], violation))
            return false;
    return true;
}

static bool check_reject(struct server *server, struct text owner,
                         const struct oracle_reject *expected, struct arena *arena,
                         struct buf *violation)
{
    struct server_kept kept;

    if (!server->ops->read_reject(server, owner, expected->id, &kept, arena, violation))
        return false;
    if (kept.kept == expected->kept &&
        (!kept.kept || (kept.clock == expected->clock &&
                        (expected->verdict.any_code || kept.code == expected->verdict.code))))
        return true;
    buf_printf(violation, "the refused diff %.*s is %s", TEXT_ARG(expected->id),
               kept.kept == expected->kept ? "kept with another clock or code"
               : kept.kept                 ? "kept, but an operator took it away"
                                           : "not kept");
    return false;
}

static bool check_rejects(struct server *server, struct oracle *oracle, struct text owner,
                          struct arena *arena, struct buf *violation)
{
    struct oracle_rejects expected = oracle_rejects(oracle, owner);

    for (size_t i = 0; server->ops->read_reject != NULL && i < expected.count; i++)
        if (!check_reject(server, owner, &expected.items[i], arena, violation))
            return false;
    return true;
}

/* Below the horizon only the server knows what it has folded already. */
static struct oracle_list kept_of(struct oracle *oracle, struct text owner, struct arena *arena)
{
    const struct oracle_list stored = oracle_stored(oracle, owner);
    struct oracle_list kept = {.items = ARENA_ARRAY(arena, stored.count + 1, struct oracle_diff)};

    for (size_t i = 0; i < stored.count; i++)
        if (stored.items[i].clock >= oracle_compacted_below(oracle, owner))
            kept.items[kept.count++] = stored.items[i];
    return kept;
}

static void leave_out_old(struct diff_list *diffs, int64_t below)
{
    size_t kept = 0;

    for (size_t i = 0; i < diffs->count; i++)
        if (diffs->items[i].clock >= below)
            diff_move(&diffs->items[kept++], &diffs->items[i]);
    diffs->count = kept;
}

bool server_check_stored(struct server *server, struct oracle *oracle, struct text owner,
                         struct arena *arena, struct buf *violation)
{
    const struct oracle_list expected = kept_of(oracle, owner, arena);
    struct server_stored stored;

    if (!server->ops->read_stored(server, owner, &stored, arena, violation))
        return false;
    if (stored.next_clock != oracle_next_clock(oracle, owner)) {
        buf_printf(violation, "next_clock is %lld, expected %lld", (long long)stored.next_clock,
                   (long long)oracle_next_clock(oracle, owner));
        return false;
    }
    if (stored.waits != oracle_waits(oracle, owner)) {
        buf_printf(violation, "the outbox %s", stored.waits ? "holds something" : "is empty");
        return false;
    }
    leave_out_old(&stored.diffs, oracle_compacted_below(oracle, owner));
    return judge_stored(&expected, &stored.diffs, violation) &&
           check_rejects(server, oracle, owner, arena, violation);
}
