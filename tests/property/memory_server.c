/* sync_apply() on the synchronizer in memory, as one of server.h. */
#include "memory_server.h"

#include <stdlib.h>
#include <time.h>

#include "sync.h"
#include "clock.h"
#include "made_ids.h"
#include "memory_synchronizer.h"

struct memory_server {
    struct server base;
    struct synchronizer *synchronizer;
    const struct world_rules *rules; /* of the call */
    struct arena scratch;            /* of one row */
    struct buf *violation;           /* of a witness */
};

static struct synchronizer *synchronizer_of(struct server *server)
{
    return ((struct memory_server *)server)->synchronizer;
}

static bool validates(void *context, const struct model *model, enum diff_type type,
                      struct text json_data)
{
    const struct memory_server *self = context;

    return !self->rules->quarantine || world_validates(self->rules, model, type, json_data);
}

static void add_cell(const struct field *field, const struct value *value, struct cells *cells,
                     struct arena *arena)
{
    struct buf json;

    if (value->kind == VALUE_NULL)
        return;
    buf_init(&json, 4096);
    value_write_json((struct mapped_field){field, NULL}, value, &json);
    cells->json[field->index] = arena_text(arena, buf_text(&json));
    buf_release(&json);
}

static bool row_fits(void *context, const struct model *model, const struct value *values,
                     struct text *field_out)
{
    struct memory_server *self = context;
    struct cells cells;

    if (!self->rules->quarantine)
        return true;
    arena_clear(&self->scratch);
    cells_clear(&cells);
    for (size_t f = 0; f < model->field_count; f++)
        add_cell(&model->fields[f], &values[f], &cells, &self->scratch);
    return world_row_fits(self->rules, model, &cells, field_out);
}

static unsigned fields_set(const struct object *object)
{
    unsigned set = 0;

    for (size_t i = 0; i < object->field_count; i++)
        set |= 1u << object->fields[i].field->index;
    return set;
}

static void alter_row(void *context, const struct model *model, enum diff_type type,
                      const struct object *object, struct value *values, struct arena *arena)
{
    struct cells cells, before;

    (void)context;
    cells_clear(&cells);
    for (size_t f = 0; f < model->field_count; f++)
        add_cell(&model->fields[f], &values[f], &cells, arena);
    before = cells;
    world_before(model, type, fields_set(object), &cells);
    for (size_t f = 0; f < model->field_count; f++)
        if (!text_equal(cells.json[f], before.json[f]))
            values[f] = world_typed(&model->fields[f], cells.json[f]);
}

static void obey(struct server *server, const struct world_rules *rules)
{
    ((struct memory_server *)server)->rules = rules;
}

/* Of the world in use. */
static void renew(struct memory_server *self)
{
    memory_synchronizer_free(self->synchronizer);
    self->synchronizer = memory_synchronizer_new(world_mapping());
    self->synchronizer->columns = world_table_columns();
    memory_synchronizer_set_before(self->synchronizer, alter_row, self);
    memory_synchronizer_set_validate(self->synchronizer, validates, self);
    memory_synchronizer_set_constraint(self->synchronizer, row_fits, self);
}

static void reset(struct server *server, const struct keys *keys)
{
    if (synchronizer_of(server)->mapping != world_mapping())
        renew((struct memory_server *)server);
    memory_synchronizer_reset(synchronizer_of(server));
    memory_synchronizer_set_ranks(synchronizer_of(server), keys->ranks);
    memory_synchronizer_set_relations(synchronizer_of(server), keys->relations);
}

/* ---- One sync ---- */

static enum rc read_text(const struct server_call *call, struct arena *arena,
                         struct diff_list *diffs_out, struct rejections *rejections_out,
                         struct fail *fail)
{
    struct diff_rules rules = {.mapping = world_mapping(),
                               .columns = world_columns(),
                               .max_diffs = 10000,
                               .owner = call->owner};
    struct request_body *request;
    enum rc rc = request_parse(server_request_text(call, arena), arena, &request, fail);

    return rc != RC_OK ? rc
                       : request_diffs(request, &rules, arena, diffs_out, rejections_out, fail);
}

static struct text whole_text(const struct diff *diff, struct arena *arena)
{
    struct buf buf;
    struct text text;

    buf_init(&buf, (size_t)1 << 20);
    diff_write(&buf, diff);
    text = arena_text(arena, buf_text(&buf));
    buf_release(&buf);
    return text;
}

/* What the world has left to a parser. */
static struct value parsed(const struct model *model, const struct field_value *sent,
                           struct arena *arena)
{
    struct mapped_field at = column_of(world_columns(), model, sent->field);
    struct json_token token = json_dom_token(sent->value.json, arena);
    struct value value;
    struct fail fail;

    if (value_parse(at, &token, arena, &value, &fail) != RC_OK)
        abort(); /* the world takes it for readable */
    return value;
}

/* A copy, as a parser would have made one: the engine may write into its request. */
static struct diff_list copied(const struct diff_list *diffs, struct arena *arena)
{
    struct diff_list copy = {ARENA_ARRAY(arena, diffs->count + 1, struct diff), diffs->count};

    for (size_t i = 0; i < diffs->count; i++) {
        struct diff *diff = &copy.items[i];

        *diff = diffs->items[i];
        diff->entry = whole_text(diff, arena);
        diff->fields = ARENA_ARRAY(arena, diff->field_count + 1, struct field_value);
        for (size_t f = 0; f < diff->field_count; f++) {
            diff->fields[f] = diffs->items[i].fields[f];
            diff->fields[f].source = diff;
            if (world_columns()->model_count > 0)
                diff->fields[f].value = parsed(diff->model, &diff->fields[f], arena);
        }
    }
    return copy;
}

static bool all_readable(const struct diff_list *diffs)
{
    for (size_t i = 0; i < diffs->count; i++)
        if (!world_readable(&diffs->items[i]) || world_rewrites(&diffs->items[i]))
            return false;
    return true;
}

/* Models that are not mapped as the world names them. */
static void take_diffs(struct server_reply *reply, const struct diff_list *diffs)
{
    reply->diffs = *diffs;
    for (size_t i = 0; i < diffs->count; i++)
        if (diffs->items[i].model->unmapped)
            diffs->items[i].model = mapping_find(world_wire_mapping(), diffs->items[i].model->name);
}

static void take_rejects(struct server_reply *reply, const struct sync_answer *answer,
                         struct arena *arena)
{
    reply->rejects = ARENA_ARRAY(arena, answer->rejected_count + 1, struct server_reject);
    for (size_t i = 0; i < answer->rejected_count; i++)
        reply->rejects[reply->reject_count++] =
            (struct server_reject){.id = answer->rejected[i].id,
                                   .code = answer->rejected[i].code,
                                   .field = answer->rejected[i].field};
}

/* ---- Other SQL in the middle of a sync ---- */

struct interruption {
    struct synchronizer *s;
    const struct sql_statement *statement;
    struct arena *arena;
    bool done;
};

static bool execute(struct synchronizer *s, const struct sql_statement *statement,
                    struct arena *arena);

static void interrupt(void *context)
{
    struct interruption *self = context;

    self->done = execute(self->s, self->statement, self->arena);
}

static void interrupt_at(const struct server_call *call, struct interruption *interruption)
{
    if (call->middle == NULL)
        return;
    interruption->statement = call->middle->statements;
    memory_synchronizer_set_triggers(interruption->s, true);
    memory_synchronizer_interrupt(interruption->s, call->middle_nth, interrupt, interruption);
}

/* ---- One sync, whole ---- */

static struct server_reply sync_call(struct server *server, const struct server_call *call,
                                     struct arena *arena)
{
    struct rejections verdicts, *open = call->rules->quarantine ? &verdicts : NULL;
    struct sync_request request = {.owner = call->owner,
                                   .clock = call->clock,
                                   .clock_skew_ms = call->clock_skew_ms,
                                   .reset = call->reset,
                                   .rejections = open,
                                   .request_id = TEXT_LITERAL("a request")};
    struct server_reply reply = {.rc = RC_OK};
    struct sync_answer answer = {0};
    struct interruption interruption = {.s = synchronizer_of(server), .arena = arena};
    struct fail fail = {0};

    obey(server, call->rules);
    if (call->as_text || !all_readable(&call->diffs)) {
        reply.rc = read_text(call, arena, &request.diffs, open, &fail);
    } else {
        request.diffs = copied(&call->diffs, arena);
        rejections_init(&verdicts, request.diffs.count, true, arena);
    }
    clock_set_for_test(call->now_ms);
    if (reply.rc == RC_OK) {
        memory_synchronizer_fail_at(synchronizer_of(server), call->fail_nth, call->fail_rc);
        interrupt_at(call, &interruption);
        reply.rc = sync_apply(synchronizer_of(server), &request, arena, &answer, &fail);
        memory_synchronizer_fail_at(synchronizer_of(server), 0, RC_OK);
        memory_synchronizer_interrupt(synchronizer_of(server), 0, NULL, NULL);
    }
    reply.interrupted = interruption.done;
    reply.code = fail.code;
    reply.diff_id = arena_text(arena, text_of(fail.diff_id));
    if (reply.rc == RC_OK) {
        reply.next_clock = answer.next_clock;
        reply.reset = answer.reset;
        take_diffs(&reply, &answer.diffs);
        take_rejects(&reply, &answer, arena);
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

    cells_clear(&cells);
    cells.live = row->live;
    for (size_t f = 0; row->live && f < model->field_count; f++)
        add_cell(&model->fields[f], &row->values[f], &cells, arena);
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

        rc = s->ops->read(s, (struct owner_model){owner, object.model},
                          (struct id_list){&object.id, 1}, arena, &row, &fail);
        if (rc == RC_OK)
            rows[i] = cells_of(object.model, &row, arena);
    }
    s->ops->rollback(s);
    return rc == RC_OK || cannot_read(violation, &fail);
}

static enum rc find_waiting(struct synchronizer *s, struct text owner, bool *waits_out,
                            struct arena *arena, struct fail *fail)
{
    struct change_list changes = {.count = 0};
    int64_t clock;
    enum rc rc = s->ops->begin(s, owner, &clock, fail);

    if (rc == RC_OK)
        rc = s->ops->changes->read(s, owner, 1, arena, &changes, fail);
    s->ops->rollback(s);
    *waits_out = changes.count > 0;
    return rc;
}

static bool read_stored(struct server *server, struct text owner, struct server_stored *stored_out,
                        struct arena *arena, struct buf *violation)
{
    struct synchronizer *s = synchronizer_of(server);
    struct fail fail = {0};
    struct history history;

    if (s->ops->read_history(s, &(struct pull_query){.owner = owner, .since_clock = 0}, arena,
                             &history, &fail) != RC_OK)
        return cannot_read(violation, &fail);
    *stored_out = (struct server_stored){.next_clock = history.next_clock, .diffs = history.diffs};
    return find_waiting(s, owner, &stored_out->waits, arena, &fail) == RC_OK ||
           cannot_read(violation, &fail);
}

/* ---- Refused diffs ---- */

static enum rc find_reject(struct synchronizer *s, struct text owner, struct text id,
                           struct reject *reject_out, struct arena *arena, struct fail *fail)
{
    int64_t clock;
    enum rc rc = s->ops->begin(s, owner, &clock, fail);

    if (rc == RC_OK)
        rc = s->ops->find_rejects(s, owner, (struct id_list){&id, 1}, arena, reject_out, fail);
    s->ops->rollback(s);
    return rc;
}

static bool read_reject(struct server *server, struct text owner, struct text id,
                        struct server_kept *kept_out, struct arena *arena, struct buf *violation)
{
    struct reject reject = {0};
    struct fail fail = {0};

    if (find_reject(synchronizer_of(server), owner, id, &reject, arena, &fail) != RC_OK)
        return cannot_read(violation, &fail);
    *kept_out =
        (struct server_kept){.kept = reject.id.len > 0, .clock = reject.clock, .code = reject.code};
    return true;
}

/* The id of the only diff with that clock that the server has not made: beside it stands what the
 * table made of its row. */
static struct text id_at(struct server *server, struct text owner, int64_t clock,
                         struct arena *arena)
{
    struct history history;
    struct fail fail = {0};
    struct synchronizer *s = synchronizer_of(server);
    struct text id = {0};
    size_t found = 0;

    if (s->ops->read_history(s, &(struct pull_query){.owner = owner, .since_clock = clock}, arena,
                             &history, &fail) != RC_OK)
        return id;
    for (size_t i = 0; i < history.diffs.count; i++) {
        const struct diff *diff = &history.diffs.items[i];

        if (made_id_is_of_fill(diff) || made_id_is_of_change(diff))
            continue;
        id = diff->id;
        found++;
    }
    return found == 1 ? id : (struct text){0};
}

static struct server_reply retry(struct server *server, const struct server_call *call,
                                 struct text id, struct arena *arena)
{
    struct diff_rules rules = {.mapping = world_mapping(),
                               .columns = world_columns(),
                               .max_diffs = 10000,
                               .owner = call->owner};
    struct server_reply reply = {.rc = RC_FATAL};
    struct sync_answer answer = {0};
    struct reject reject = {0};
    struct fail fail = {0};

    obey(server, call->rules);
    clock_set_for_test(call->now_ms);
    reply.rc = find_reject(synchronizer_of(server), call->owner, id, &reject, arena, &fail);
    if (reply.rc == RC_OK)
        reply.rc = sync_retry(synchronizer_of(server), &reject, &rules, arena, &answer, &fail);
    reply.code = fail.code;
    reply.next_clock = answer.next_clock;
    if (reply.rc == RC_OK)
        reply.diff_id = id_at(server, call->owner, answer.next_clock - 1, arena);
    return reply;
}

static bool drop(struct server *server, struct text owner, struct text id, struct arena *arena,
                 struct buf *violation)
{
    struct synchronizer *s = synchronizer_of(server);
    struct fail fail = {0};
    int64_t clock;
    bool found = false;
    enum rc rc = s->ops->begin(s, owner, &clock, &fail);

    (void)arena;
    if (rc == RC_OK)
        rc = s->ops->take_reject(s, owner, id, &found, &fail);
    if (rc == RC_OK)
        rc = s->ops->commit(s, &fail);
    s->ops->rollback(s);
    if (rc != RC_OK)
        return cannot_read(violation, &fail);
    if (!found)
        buf_printf(violation, "the refused diff %.*s is not kept", TEXT_ARG(id));
    return found;
}

/* ---- Other SQL ---- */

static struct object object_of(const struct sql_statement *statement, unsigned fields,
                               struct arena *arena)
{
    struct field_value *values = ARENA_ARRAY(arena, WORLD_FIELDS, struct field_value);
    struct object object = {.id = statement->id, .fields = values};

    for (size_t i = 0; i < statement->model->field_count; i++) {
        struct field_value *set = &values[object.field_count];

        if ((fields >> i & 1u) == 0)
            continue;
        *set = (struct field_value){
            .field = &statement->model->fields[i],
            .value = world_typed(&statement->model->fields[i], statement->cells.json[i])};
        if (world_columns()->model_count > 0 && set->value.kind != VALUE_NULL)
            set->value = parsed(statement->model, set, arena);
        object.field_count++;
    }
    return object;
}

static bool execute(struct synchronizer *s, const struct sql_statement *statement,
                    struct arena *arena)
{
    const struct object whole = object_of(statement, ~0u, arena);
    const struct object part = object_of(statement, statement->fields, arena);
    const struct memory_place from = {statement->owner, statement->id};

    switch (statement->kind) {
    case SQL_REPLACE:
        if (!memory_synchronizer_drop_row(s, statement->owner, statement->model, statement->id))
            return false;
        return memory_synchronizer_put_row(s, statement->owner, statement->model, &whole);
    case SQL_UPDATE:
        return memory_synchronizer_change_row(s, statement->owner, statement->model, &part);
    case SQL_DELETE:
        return memory_synchronizer_drop_row(s, statement->owner, statement->model, statement->id);
    case SQL_HIDE:
        return memory_synchronizer_hide_row(s, statement->owner, statement->model, statement->id,
                                            true);
    case SQL_MOVE:
        return memory_synchronizer_move_row(
            s, &from, &(struct memory_place){statement->to_owner, statement->id}, statement->model);
    case SQL_RENAME:
        return memory_synchronizer_move_row(
            s, &from, &(struct memory_place){statement->owner, statement->to_id}, statement->model);
    case SQL_INSERT:
    case SQL_SHOW:
    case SQL_KINDS:
        break;
    }
    return memory_synchronizer_put_row(s, statement->owner, statement->model, &whole);
}

static bool write_rows(struct server *server, const struct server_sql *sql, struct arena *arena,
                       struct buf *violation)
{
    struct synchronizer *s = synchronizer_of(server);

    clock_set_for_test(sql->now_ms);
    memory_synchronizer_set_triggers(s, !sql->quiet);
    for (size_t i = 0; i < sql->count && !sql->rolls_back; i++)
        if (!execute(s, &sql->statements[i], arena)) {
            buf_add_str(violation, "other SQL waits for a lock that nobody holds");
            return false;
        }
    return true;
}

static bool reconcile(struct server *server, struct text owner, const struct model *model,
                      int64_t now_ms, struct buf *violation)
{
    struct synchronizer *s = synchronizer_of(server);
    struct fail fail = {0};
    uint64_t owners;

    clock_set_for_test(now_ms);
    return s->ops->changes->reconcile(s, owner, model, &owners, &fail) == RC_OK ||
           cannot_read(violation, &fail);
}

/* ---- Compaction ---- */

static bool compact(struct server *server, struct text owner, const struct server_horizon *to,
                    size_t max, struct server_horizon *now_out, struct buf *violation)
{
    struct synchronizer *s = synchronizer_of(server);
    const struct compaction job = {owner, {to->below, to->forgotten}, max};
    struct compacted compacted;
    struct fail fail = {0};

    if (s->ops->compaction->compact(s, &job, &compacted, &fail) != RC_OK)
        return cannot_read(violation, &fail);
    *now_out = (struct server_horizon){compacted.horizon.compacted_below,
                                       compacted.horizon.forgotten_below};
    return true;
}

static bool knows(void *context, struct text owner, struct text id, bool *known_out)
{
    struct memory_server *self = context;
    struct synchronizer *s = self->synchronizer;
    const struct push_query query = {
        .owner = owner, .since_clock = DIFF_INTEGER_MAX, .ids = &id, .count = 1};
    struct known_id known = {.clock = -1};
    struct fail fail = {0};
    struct history history;
    int64_t clock;
    enum rc rc = s->ops->begin(s, owner, &clock, &fail);

    if (rc == RC_OK)
        rc = s->ops->read_push(s, &query, &self->scratch, &history, &known, &fail);
    s->ops->rollback(s);
    *known_out = known.clock >= 0;
    return rc == RC_OK || cannot_read(self->violation, &fail);
}

static bool tells_of(void *context, struct text owner, const struct model *model, struct text id,
                     bool *told_out)
{
    struct memory_server *self = context;
    struct synchronizer *s = self->synchronizer;
    struct object_past past = {.existed = false};
    struct fail fail = {0};
    int64_t clock;
    enum rc rc = s->ops->begin_snapshot(s, owner, &clock, &fail);

    if (rc == RC_OK)
        rc = s->ops->changes->find_told(s, (struct owner_model){owner, model},
                                        (struct id_list){&id, 1}, &past, &fail);
    s->ops->rollback(s);
    *told_out = past.existed;
    return rc == RC_OK || cannot_read(self->violation, &fail);
}

static struct oracle_witness witness(struct server *server, struct buf *violation)
{
    struct memory_server *self = (struct memory_server *)server;

    self->violation = violation;
    return (struct oracle_witness){knows, tells_of, self};
}

static struct text dump(struct server *server, struct text owner, struct arena *arena)
{
    struct synchronizer *s = synchronizer_of(server);
    struct owner_state state = {0};
    struct fail fail = {0};
    struct buf buf;
    struct text text;

    if (s->ops->changes->begin(s, owner, &state, &fail) != RC_OK)
        abort();
    s->ops->rollback(s);
    buf_init(&buf, (size_t)1 << 24);
    buf_printf(&buf, "reconciled %d, adopted %d\n", state.reconciled, state.adopted);
    memory_synchronizer_dump(synchronizer_of(server), &buf);
    text = arena_text(arena, buf_text(&buf));
    buf_release(&buf);
    return text;
}

static void release(struct server *server)
{
    memory_synchronizer_free(synchronizer_of(server));
    arena_release(&((struct memory_server *)server)->scratch);
    free(server);
}

struct server *memory_server_new(void)
{
    static const struct server_ops OPS = {.reset = reset,
                                          .sync = sync_call,
                                          .read_rows = read_rows,
                                          .read_stored = read_stored,
                                          .read_reject = read_reject,
                                          .retry = retry,
                                          .drop = drop,
                                          .write = write_rows,
                                          .reconcile = reconcile,
                                          .compact = compact,
                                          .witness = witness,
                                          .dump = dump,
                                          .free = release};
    struct memory_server *server = alloc_or_die(sizeof(*server));

    *server = (struct memory_server){.base.ops = &OPS};
    arena_init(&server->scratch);
    renew(server);
    return &server->base;
}
