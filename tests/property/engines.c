/* Random histories of WatermelonDB, RxDB and mobync devices and of other SQL on the same rows,
 * through the translations of src/clients and the engine in memory. Requests and answers are lost,
 * users write while a sync is under way, SQL runs in the middle of one, and in half of the
 * histories old diffs are folded now and then; in some of these deletes are forgotten.
 *
 *   test_engines [--histories N] [--seconds S] [--seed S] [--trace]
 *
 * Holds:   every answer is one that its engine takes (engine_device.h); at the end all devices have
 *          what the tables have; what was deleted stays so; a field ends with the last that one of
 *          its writers wrote, or its object is gone. Of a delete that comes from below the horizon,
 *          docs/history.md 3 promises less.
 * Judged:  by what the users did, with no knowledge of merging. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "clock.h"
#include "engine_device.h"
#include "memory_synchronizer.h"
#include "rxdb.h"
#include "watermelon.h"

#define MAX_DEVICES  ((size_t)6)
#define WRITERS      (MAX_DEVICES + 1) /* SQL is the last */
#define START_MS     ((int64_t)1600000000000)
#define MAX_WRITES   ((size_t)4096)
#define ROUNDS       40u
#define SKEW_MS      ((int64_t)300000)
#define ANSWER_BYTES ((size_t)1 << 22)

static const struct text OWNER = {"alice", 5};

static struct field task_fields[] = {
    {.name = {"name", 4}, .column = {"name", 4}, .type = FIELD_STRING, .required = true},
    {.name = {"position", 8}, .column = {"position", 8}, .type = FIELD_INTEGER, .index = 1},
    {.name = {"extra", 5}, .column = {"extra", 5}, .type = FIELD_JSON, .index = 2},
};
static struct model tasks = {
    .name = {"tasks", 5},
    .table = {"tasks", 5},
    .id_column = {"id", 2},
    .owner_column = {"owner_id", 8},
    .allow = {true, true, true},
    .fields = task_fields,
    .field_count = ENGINE_FIELDS,
};
static const struct mapping mapping = {.models = &tasks, .model_count = 1};

/* What the users did. */
struct account {
    unsigned last[ENGINE_OBJECTS][ENGINE_FIELDS][WRITERS]; /* 0: nothing */
    unsigned writers[MAX_WRITES];                          /* by the number of a write */
    bool made[ENGINE_OBJECTS];
    bool deleted[ENGINE_OBJECTS];
    bool doubtful[ENGINE_OBJECTS]; /* its delete may be taken for one that is sent again */
    /* Of RxDB: by device, the horizon when it did not hear what became of a push; that has risen
     * before the next */
    int64_t lost_at[MAX_DEVICES][ENGINE_OBJECTS];
    bool overruled[ENGINE_OBJECTS];
};

struct write {
    struct engine_device *device; /* NULL: other SQL */
    enum diff_type type;
    unsigned number; /* of all writes */
    size_t object;
    bool sets[ENGINE_FIELDS];
    unsigned cells[ENGINE_FIELDS];
};

struct sim {
    struct arena arena;
    struct synchronizer *s;
    struct random random;
    struct engine_device *devices; /* MAX_DEVICES */
    size_t device_count;
    bool has_sql;
    struct write interrupting; /* what other SQL does in the middle of the next request */
    bool nested;               /* a device syncs in the middle of another's sync */
    bool compacts;
    bool forgets; /* … deletes, too */
    struct horizon horizon;
    unsigned losses; /* one of so many requests, and answers; 0: none */
    struct history_limit limit;
    struct account account;
    size_t objects;
    unsigned writes;
    int64_t now_ms;
    uint64_t syncs, all_writes, lost, compactions;
    bool trace;
    char violation[300];
};

static bool violated(struct sim *sim, const struct engine_device *device, const char *what)
{
    static const char *const NAMES[ENGINES] = {"WatermelonDB", "RxDB", "mobync", "SQL"};

    snprintf(sim->violation, sizeof(sim->violation), "device %u (%s): %s", device->number,
             NAMES[device->engine], what);
    return false;
}

/* ---- Other SQL ---- */

static struct engine_row table_row(struct sim *sim, size_t object)
{
    const struct text id = engine_id(object, &sim->arena);
    struct engine_row row = {.there = false};
    struct row held = {0};
    struct fail fail;
    int64_t head;
    enum rc rc = sim->s->ops->begin(sim->s, OWNER, &head, &fail);

    if (rc == RC_OK)
        rc = sim->s->ops->read(sim->s, (struct owner_model){OWNER, &tasks},
                               (struct id_list){&id, 1}, &sim->arena, &held, &fail);
    sim->s->ops->rollback(sim->s);
    row.there = rc == RC_OK && held.live;
    for (size_t f = 0; row.there && f < ENGINE_FIELDS; f++) {
        const struct json_token token = json_dom_token(
            held.values[f].kind == VALUE_NULL ? TEXT_LITERAL("null") : held.values[f].json,
            &sim->arena);

        if (!engine_value_read(&token, ENGINE_MOBYNC, f, &row.cells[f]))
            row.cells[f] = UINT32_MAX;
    }
    return row;
}

static struct object object_of(struct sim *sim, size_t object, const bool *sets,
                               const unsigned *cells)
{
    struct object row = {.id = engine_id(object, &sim->arena),
                         .fields = ARENA_ARRAY(&sim->arena, ENGINE_FIELDS, struct field_value)};
    struct field_value *values = ARENA_ARRAY(&sim->arena, ENGINE_FIELDS, struct field_value);

    for (size_t f = 0; f < ENGINE_FIELDS; f++) {
        const struct mapped_field at = {&task_fields[f], NULL};
        struct json_token token;
        struct fail fail;
        struct buf buf;

        if (!sets[f])
            continue;
        buf_init(&buf, 64);
        engine_value_write(&buf, ENGINE_SQL, f, cells[f]);
        token = json_dom_token(arena_text(&sim->arena, buf_text(&buf)), &sim->arena);
        buf_release(&buf);
        values[row.field_count].field = &task_fields[f];
        if (value_parse(at, &token, &sim->arena, &values[row.field_count++].value, &fail) != RC_OK)
            abort();
    }
    row.fields = values;
    return row;
}

/* ---- What users do ---- */

static unsigned writer_of(const struct engine_device *device)
{
    return device != NULL ? device->number : (unsigned)MAX_DEVICES;
}

static bool is_there(struct sim *sim, const struct engine_device *device, size_t object)
{
    return device != NULL ? device->records[object].row.there : table_row(sim, object).there;
}

/* One of those that the writer has, if it has any. Those of late more often: writers are to meet.
 */
static bool pick(struct sim *sim, const struct engine_device *device, size_t *object_out)
{
    for (unsigned tries = 0; tries < 20 && sim->objects > 0; tries++) {
        const bool late = random_one(&sim->random, 2) && sim->objects > 6;
        const uint32_t span = late ? 6 : (uint32_t)sim->objects;

        *object_out = sim->objects - 1 - random_below(&sim->random, span);
        if (is_there(sim, device, *object_out))
            return true;
    }
    return false;
}

/* What the writer is about to do; device NULL: other SQL. */
static struct write plan_write(struct sim *sim, struct engine_device *device)
{
    const uint32_t dice = random_below(&sim->random, 70);
    const unsigned n = ++sim->writes;
    struct write write = {
        .device = device, .number = n, .type = dice < 62 ? DIFF_UPDATE : DIFF_DELETE};
    size_t field = random_below(&sim->random, (uint32_t)ENGINE_FIELDS);

    if (dice < 15 || !pick(sim, device, &write.object)) {
        write.type = DIFF_CREATE;
        write.object = sim->objects;
        write.sets[0] = write.sets[1] = true;
        write.cells[0] = write.cells[1] = n;
    } else if (write.type == DIFF_UPDATE) {
        write.sets[field] = true;
        write.cells[field] = n;
    }
    return write;
}

static bool execute_sql(struct sim *sim, const struct write *write)
{
    const struct object row = object_of(sim, write->object, write->sets, write->cells);

    if (write->type == DIFF_DELETE)
        return memory_synchronizer_drop_row(sim->s, OWNER, &tasks, row.id);
    return write->type == DIFF_CREATE ? memory_synchronizer_put_row(sim->s, OWNER, &tasks, &row)
                                      : memory_synchronizer_change_row(sim->s, OWNER, &tasks, &row);
}

static bool execute_local(struct sim *sim, const struct write *write)
{
    return write->type == DIFF_DELETE
               ? engine_remove(write->device, write->object, sim->now_ms)
               : engine_set(write->device, write->object, write->sets, write->cells,
                            write->type == DIFF_CREATE, sim->now_ms);
}

static void execute(struct sim *sim, const struct write *write)
{
    struct account *account = &sim->account;

    if (write->object == ENGINE_OBJECTS ||
        !(write->device != NULL ? execute_local(sim, write) : execute_sql(sim, write)))
        return;
    sim->objects += write->type == DIFF_CREATE;
    account->made[write->object] |= write->type == DIFF_CREATE;
    account->deleted[write->object] |= write->type == DIFF_DELETE;
    for (size_t f = 0; f < ENGINE_FIELDS; f++)
        if (write->sets[f])
            account->last[write->object][f][writer_of(write->device)] = write->cells[f];
    account->writers[write->number] = writer_of(write->device);
    sim->all_writes++;
    if (sim->trace)
        printf("  %u: %s t%zu %u %u %u\n", writer_of(write->device), diff_type_name(write->type),
               write->object, write->cells[0], write->cells[1], write->cells[2]);
}

static void write_something(struct sim *sim, struct engine_device *device)
{
    struct write write;

    sim->now_ms += random_below(&sim->random, 50);
    clock_set_for_test(sim->now_ms);
    write = plan_write(sim, device);
    execute(sim, &write);
}

/* ---- Compaction ---- */

static int64_t next_clock(struct sim *sim)
{
    struct fail fail;
    int64_t head = 0;

    if (sim->s->ops->begin(sim->s, OWNER, &head, &fail) != RC_OK)
        abort();
    sim->s->ops->rollback(sim->s);
    return head;
}

/* Up to any clock, and perhaps a part of it. */
static void compact(struct sim *sim)
{
    const struct compaction_ops *ops = sim->s->ops->compaction;
    const int64_t to = random_below(&sim->random, (uint32_t)next_clock(sim) + 1);
    const struct compaction job = {
        .owner = OWNER,
        .to = {to, sim->forgets ? random_below(&sim->random, (uint32_t)to + 1) : 0},
        .max = 1 + random_below(&sim->random, 2) * 1000,
    };
    struct compacted compacted;
    struct fail fail;

    if (ops->compact(sim->s, &job, &compacted, &fail) != RC_OK ||
        ops->find_horizon(sim->s, OWNER, &sim->horizon, &fail) != RC_OK)
        abort();
    sim->compactions++;
    if (sim->trace)
        printf("  compacted below %lld, forgotten below %lld\n",
               (long long)sim->horizon.compacted_below, (long long)sim->horizon.forgotten_below);
}

/* By the server's count: WatermelonDB's lastPulledAt is one more. */
static int64_t clock_of(const struct engine_device *device)
{
    return device->clock - (device->engine == ENGINE_WATERMELON && device->clock > 0);
}

/* What the device is about to send, and the server may no longer know. */
static void doubt_what_is_sent(struct sim *sim, const struct engine_device *device)
{
    const bool beyond = clock_of(device) < sim->horizon.forgotten_below;
    bool *doubtful = sim->account.doubtful;

    if (clock_of(device) >= sim->horizon.compacted_below)
        return;
    for (size_t i = 0; i < device->pending_count; i++)
        doubtful[device->pending[i].object] |= beyond || device->pending[i].type == DIFF_DELETE;
    for (size_t o = 0; device->engine == ENGINE_WATERMELON && o < ENGINE_OBJECTS; o++)
        doubtful[o] |=
            device->records[o].status == DELETED || (beyond && device->records[o].status != SYNCED);
}

/* ---- Meanwhile ---- */

static bool sync_device(struct sim *sim, struct engine_device *device);

/* While a response is on its way: the user does not wait for it, and neither do others. */
static bool meanwhile(struct sim *sim, struct engine_device *device)
{
    const size_t who = random_below(&sim->random, (uint32_t)sim->device_count);
    bool held = true;

    if (sim->losses == 0 || sim->nested)
        return true;
    if (random_one(&sim->random, 4))
        write_something(sim, device);
    if (sim->has_sql && random_one(&sim->random, 6))
        write_something(sim, NULL);
    if (sim->compacts && random_one(&sim->random, 8))
        compact(sim);
    sim->nested = true;
    if (&sim->devices[who] != device && random_one(&sim->random, 6))
        held = sync_device(sim, &sim->devices[who]);
    sim->nested = false;
    return held;
}

/* ---- Syncs ---- */

static void run_sql(void *context)
{
    struct sim *sim = context;

    execute(sim, &sim->interrupting);
}

static bool is_lost(struct sim *sim)
{
    const bool lost = sim->losses > 0 && random_one(&sim->random, sim->losses);

    sim->lost += lost;
    return lost;
}

static struct sync_request begin_request(struct sim *sim)
{
    sim->syncs++;
    sim->now_ms += 1 + random_below(&sim->random, 20);
    clock_set_for_test(sim->now_ms);
    if (sim->has_sql && sim->losses > 0 && random_one(&sim->random, 4)) {
        sim->interrupting = plan_write(sim, NULL);
        memory_synchronizer_interrupt(sim->s, 1 + random_below(&sim->random, 12), run_sql, sim);
    }
    return (struct sync_request){.owner = OWNER, .clock_skew_ms = SKEW_MS, .limit = sim->limit};
}

static void end_request(struct sim *sim)
{
    memory_synchronizer_interrupt(sim->s, 0, NULL, NULL);
}

/* *lost_out: the device hears nothing. */
static bool ended(struct sim *sim, const struct engine_device *device, enum rc rc,
                  const struct fail *fail, bool *lost_out)
{
    end_request(sim);
    *lost_out = rc == RC_RETRY || is_lost(sim);
    if (rc != RC_OK && rc != RC_RETRY)
        return violated(sim, device, fail->message);
    return true;
}

static bool melon_pull(struct sim *sim, struct engine_device *device, bool *lost_out)
{
    struct sync_request request = begin_request(sim);
    struct watermelon_facts facts;
    struct client_out out;
    struct fail fail = {0};
    struct buf body;
    const char *why = NULL;
    bool held;
    enum rc rc;

    if (clock_of(device) < sim->horizon.forgotten_below)
        doubt_what_is_sent(sim, device);
    buf_init(&body, ANSWER_BYTES);
    out = (struct client_out){.body = &body};
    rc = watermelon_pull(sim->s, melon_pull_body(device, &sim->arena), &request, &out, &sim->arena,
                         &facts, &fail);
    held = ended(sim, device, rc, &fail, lost_out);
    if (sim->trace && held)
        printf("  %u pulls: %.*s%s\n", device->number, TEXT_ARG(buf_text(&body)),
               *lost_out ? " (lost)" : "");
    if (held && !*lost_out) {
        held =
            meanwhile(sim, device) && (melon_pulled(device, buf_text(&body), &sim->arena, &why) ||
                                       violated(sim, device, why));
    }
    buf_release(&body);
    return held;
}

static bool melon_push(struct sim *sim, struct engine_device *device)
{
    struct sync_request request = begin_request(sim);
    struct engine_push *push = ARENA_NEW(&sim->arena, struct engine_push);
    const struct watermelon_push pushed = {
        .body = melon_push_body(device, push, &sim->arena),
        .time_ms = sim->now_ms,
        .max_changes = SIZE_MAX,
        .quarantine = true,
    };
    struct sync_answer answer = {0};
    struct fail fail = {0};
    bool lost;
    enum rc rc;

    if (pushed.body.len == 0) {
        end_request(sim);
        return true;
    }
    doubt_what_is_sent(sim, device);
    if (sim->trace)
        printf("  %u pushes %.*s\n", device->number, TEXT_ARG(pushed.body));
    rc = watermelon_push(sim->s, &pushed, &request, &sim->arena, &answer, &fail);
    if (!ended(sim, device, rc, &fail, &lost) || !meanwhile(sim, device))
        return false;
    if (!lost)
        melon_pushed(device, push);
    return true;
}

static bool melon_sync(struct sim *sim, struct engine_device *device)
{
    bool lost;

    if (is_lost(sim))
        return true;
    if (!melon_pull(sim, device, &lost))
        return false;
    return lost || is_lost(sim) || melon_push(sim, device);
}

static bool sends_name(const struct engine_device *device)
{
    return device->number % 3 != 0;
}

static struct text name_of(const struct engine_device *device, struct arena *arena)
{
    char name[16];

    snprintf(name, sizeof(name), "r%u", device->number);
    return arena_text(arena, text_of(name));
}

static bool rx_pull(struct sim *sim, struct engine_device *device)
{
    const size_t limit = 1 + random_below(&sim->random, 10);
    bool more = true, lost = false, held = true;

    while (held && more && !lost) {
        struct sync_request request = begin_request(sim);
        struct rxdb_pull pull = {
            .model = &tasks,
            .body = rx_pull_body(device, limit, &sim->arena),
            .max_documents = SIZE_MAX,
        };
        struct rxdb_facts facts;
        struct client_out out;
        struct fail fail = {0};
        struct buf body;
        const char *why = NULL;
        enum rc rc;

        if (sends_name(device))
            pull.device = name_of(device, &sim->arena);
        buf_init(&body, ANSWER_BYTES);
        out = (struct client_out){.body = &body};
        rc = rxdb_pull(sim->s, &pull, &request, &out, &sim->arena, &facts, &fail);
        held = ended(sim, device, rc, &fail, &lost);
        if (sim->trace && held)
            printf("  %u pulls: %.*s%s\n", device->number, TEXT_ARG(buf_text(&body)),
                   lost ? " (lost)" : "");
        if (held && !lost) {
            held = meanwhile(sim, device) &&
                   (rx_pulled(device, buf_text(&body), limit, &sim->arena, &more, &why) ||
                    violated(sim, device, why));
        }
        buf_release(&body);
    }
    device->has_all |= held && !more && !lost;
    return held;
}

/* What the device did not hear of, it sends again. */
static void note_pushed(struct sim *sim, const struct engine_device *device,
                        const struct engine_push *push, int64_t horizon, bool lost)
{
    for (size_t o = 0; o < ENGINE_OBJECTS; o++) {
        int64_t *lost_at = &sim->account.lost_at[device->number][o];

        if (!push->sent[o])
            continue;
        sim->account.overruled[o] |= *lost_at < horizon;
        if (!lost && !push->unheard[o])
            *lost_at = INT64_MAX;
        else if (*lost_at > horizon)
            *lost_at = horizon;
    }
}

/* A batch. */
static bool rx_push(struct sim *sim, struct engine_device *device, bool *more_out)
{
    struct sync_request request = begin_request(sim);
    struct engine_push *push = ARENA_NEW(&sim->arena, struct engine_push);
    struct rxdb_push pushed = {
        .model = &tasks,
        .body = rx_push_body(device, 5, push, &sim->arena),
        .time_ms = sim->now_ms,
        .max_rows = SIZE_MAX,
    };
    struct text conflicts = TEXT_LITERAL("");
    struct sync_answer answer = {0};
    struct fail fail = {0};
    const char *why = NULL;
    int64_t horizon;
    enum rc rc;
    bool lost;

    *more_out = pushed.body.len > 0;
    if (!*more_out) {
        end_request(sim);
        return true;
    }
    if (sends_name(device))
        pushed.device = name_of(device, &sim->arena);
    rc = rxdb_push(sim->s, &pushed, &request, &sim->arena, &answer, &conflicts, &fail);
    if (!ended(sim, device, rc, &fail, &lost))
        return false;
    horizon = sim->horizon.compacted_below;
    if (sim->trace)
        printf("  %u pushes %.*s: %.*s%s\n", device->number, TEXT_ARG(pushed.body),
               TEXT_ARG(conflicts), lost ? " (lost)" : "");
    if (!meanwhile(sim, device))
        return false;
    *more_out = !lost;
    if (!lost && !rx_pushed(device, push, conflicts, &sim->arena, &why))
        return violated(sim, device, why);
    note_pushed(sim, device, push, horizon, lost);
    return true;
}

static bool rx_sync(struct sim *sim, struct engine_device *device)
{
    bool more;

    if (!is_lost(sim) && !rx_pull(sim, device))
        return false;
    /* RxDB may push before, too; docs/rxdb.md says what can come of that without a name, and once
     * it is folded. */
    more = device->has_all || (sends_name(device) && !sim->compacts);
    for (unsigned i = 0; more && i < 8 && !is_lost(sim); i++)
        if (!rx_push(sim, device, &more))
            return false;
    return true;
}

static enum rc mobync_request(struct sim *sim, const struct engine_device *device,
                              struct sync_answer *answer, size_t *count_out, struct fail *fail)
{
    const struct diff_rules rules = {
        .mapping = &mapping, .columns = sim->s->columns, .max_diffs = SIZE_MAX, .owner = OWNER};
    struct sync_request request = begin_request(sim);
    struct request_body *body;
    enum rc rc =
        request_parse(mobync_body(device, OWNER, count_out, &sim->arena), &sim->arena, &body, fail);

    request.limit = (struct history_limit){0}; /* it has no sink */
    request.clock = device->clock;
    request.reset = true;
    request.rejections = ARENA_NEW(&sim->arena, struct rejections);
    if (rc == RC_OK)
        rc = request_diffs(body, &rules, &sim->arena, &request.diffs, request.rejections, fail);
    return rc == RC_OK ? sync_apply(sim->s, &request, &sim->arena, answer, fail) : rc;
}

static bool mobync_sync(struct sim *sim, struct engine_device *device)
{
    struct sync_answer answer = {0};
    struct fail fail = {0};
    const char *why = NULL;
    size_t count;
    bool lost;

    if (is_lost(sim))
        return true;
    doubt_what_is_sent(sim, device);
    if (!ended(sim, device, mobync_request(sim, device, &answer, &count, &fail), &fail, &lost))
        return false;
    if (sim->trace)
        printf("  %u syncs at clock %lld: %zu sent, %zu got%s\n", device->number,
               (long long)device->clock, count, answer.diffs.count, lost ? " (lost)" : "");
    if (lost)
        return true;
    if (answer.rejected_count > 0)
        return violated(sim, device, answer.rejected[0].message.ptr);
    for (size_t o = 0; answer.reset && o < ENGINE_OBJECTS; o++)
        device->records[o].row.there = false;
    for (size_t i = 0; i < answer.diffs.count; i++)
        if (!mobync_apply(device, answer.diffs.items[i].type, answer.diffs.items[i].json_data,
                          &sim->arena, &why))
            return violated(sim, device, why);
    mobync_confirmed(device, count, answer.next_clock);
    return true;
}

static bool sync_device(struct sim *sim, struct engine_device *device)
{
    static bool (*const SYNCS[ENGINES])(struct sim *, struct engine_device *) = {
        [ENGINE_WATERMELON] = melon_sync, [ENGINE_RXDB] = rx_sync, [ENGINE_MOBYNC] = mobync_sync};

    return SYNCS[device->engine](sim, device);
}

/* ---- The end ---- */

/* Is what the field holds, where somebody wrote it, the last of somebody? What RxDB sends may be
 * overruled by what it sent before: without the name of its device, or where it did not hear what
 * became of that, and it is folded (docs/rxdb.md). */
static bool is_last(const struct sim *sim, size_t object, size_t field, unsigned cell)
{
    const unsigned writer = sim->account.writers[cell];
    bool written = false;

    for (size_t w = 0; w < WRITERS; w++) {
        const unsigned last = sim->account.last[object][field][w];

        written |= last != 0;
        if (cell != 0 && last == cell)
            return true;
    }
    if (cell == 0)
        return !written;
    return writer < sim->device_count && sim->devices[writer].engine == ENGINE_RXDB &&
           (!sends_name(&sim->devices[writer]) || sim->account.overruled[object]);
}

static bool judge_object(struct sim *sim, size_t object)
{
    const struct engine_row row = table_row(sim, object);
    const struct account *account = &sim->account;
    const struct engine_device nobody = {.engine = ENGINE_SQL};
    char what[120];

    snprintf(what, sizeof(what), "t%zu is lost", object);
    if (!row.there && account->made[object] && !account->deleted[object])
        return violated(sim, &nobody, what);
    snprintf(what, sizeof(what), "t%zu was deleted, and is there again", object);
    if (row.there && account->deleted[object] && !account->doubtful[object])
        return violated(sim, &nobody, what);
    /* A delete without effect takes with it what its device wrote before. */
    for (size_t f = 0; row.there && !account->doubtful[object] && f < ENGINE_FIELDS; f++) {
        snprintf(what, sizeof(what), "t%zu.%s is %u, the last of none of its writers", object,
                 engine_field_names[f], row.cells[f]);
        if (!is_last(sim, object, f, row.cells[f]))
            return violated(sim, &nobody, what);
    }
    for (size_t i = 0; i < sim->device_count; i++) {
        const struct engine_record *record = &sim->devices[i].records[object];

        snprintf(what, sizeof(what), "t%zu is not as in the table", object);
        if (record->row.there != row.there || (row.there && !engine_same(&record->row, &row)))
            return violated(sim, &sim->devices[i], what);
    }
    return true;
}

/* Without losses and writes, until several rounds have changed nothing. */
static bool come_to_rest(struct sim *sim)
{
    struct buf before, now;
    unsigned quiet = 0;
    bool held = true;

    sim->losses = 0;
    buf_init(&before, ANSWER_BYTES);
    buf_init(&now, ANSWER_BYTES);
    for (unsigned round = 0; held && quiet < 3 && round < ROUNDS; round++) {
        for (size_t i = 0; held && i < sim->device_count; i++)
            held = sync_device(sim, &sim->devices[i]);
        buf_clear(&now);
        memory_synchronizer_dump(sim->s, &now);
        quiet = text_equal(buf_text(&now), buf_text(&before)) ? quiet + 1 : 0;
        buf_clear(&before);
        buf_add_text(&before, buf_text(&now));
    }
    buf_release(&before);
    buf_release(&now);
    return held && (quiet == 3 || violated(sim, sim->devices, "the devices never come to rest"));
}

static bool has_engine(const struct sim *sim, enum engine engine)
{
    for (size_t i = 0; i < sim->device_count; i++)
        if (sim->devices[i].engine == engine)
            return true;
    return false;
}

/* RxDB keeps documents of which nobody knows any more that they are gone. */
static void begin(struct sim *sim, uint64_t seed)
{
    sim->random = (struct random){seed};
    memory_synchronizer_reset(sim->s);
    sim->device_count = 2 + random_below(&sim->random, (uint32_t)MAX_DEVICES - 1);
    for (size_t i = 0; i < sim->device_count; i++) {
        memset(&sim->devices[i], 0, sizeof(sim->devices[i]));
        sim->devices[i].number = (unsigned)i;
        sim->devices[i].engine = (enum engine)random_below(&sim->random, ENGINE_SQL);
        sim->devices[i].skew_ms = (int64_t)random_below(&sim->random, 4000) - 2000;
    }
    sim->has_sql = random_one(&sim->random, 2);
    sim->losses = 3 + random_below(&sim->random, 20);
    sim->limit = random_one(&sim->random, 3) ? (struct history_limit){2, 1000}
                                             : (struct history_limit){10000, (size_t)16 << 20};
    memset(&sim->account, 0, sizeof(sim->account));
    for (size_t i = 0; i < MAX_DEVICES * ENGINE_OBJECTS; i++)
        sim->account.lost_at[i / ENGINE_OBJECTS][i % ENGINE_OBJECTS] = INT64_MAX;
    sim->compacts = random_one(&sim->random, 2);
    sim->forgets = sim->compacts && !has_engine(sim, ENGINE_RXDB) && random_one(&sim->random, 2);
    sim->horizon = (struct horizon){0};
    sim->nested = false;
    sim->objects = 0;
    sim->writes = 0;
    sim->now_ms = START_MS;
}

static bool step(struct sim *sim)
{
    const size_t who = random_below(&sim->random, (uint32_t)(sim->device_count + sim->has_sql));
    struct engine_device *device = who < sim->device_count ? &sim->devices[who] : NULL;

    clock_set_for_test(sim->now_ms);
    if (sim->compacts && random_one(&sim->random, 15))
        compact(sim);
    if (device != NULL && random_below(&sim->random, 10) < 3)
        return sync_device(sim, device);
    write_something(sim, device);
    return true;
}

static bool play(struct sim *sim, uint64_t seed)
{
    bool held = true;
    size_t steps;

    begin(sim, seed);
    steps = 10 + random_below(&sim->random, 150);
    for (size_t i = 0; i < steps && held; i++)
        held = step(sim);
    held = held && come_to_rest(sim);
    for (size_t o = 0; o < sim->objects && held; o++)
        held = judge_object(sim, o);
    arena_clear(&sim->arena);
    clock_set_for_test(-1);
    return held;
}

int main(int argc, char **argv)
{
    uint64_t seed = (uint64_t)clock_now_ms(), histories = UINT64_MAX, count = 0;
    int64_t seconds = 10, start_us = clock_monotonic_us();
    struct sim sim = {.trace = false};
    bool held = true;

    for (int i = 1; i < argc; i++) {
        const bool has_value = i + 1 < argc;

        if (strcmp(argv[i], "--trace") == 0)
            sim.trace = true;
        else if (has_value && strcmp(argv[i], "--seed") == 0)
            seed = strtoull(argv[++i], NULL, 10);
        else if (has_value && strcmp(argv[i], "--histories") == 0)
            histories = strtoull(argv[++i], NULL, 10);
        else if (has_value && strcmp(argv[i], "--seconds") == 0)
            seconds = strtoll(argv[++i], NULL, 10);
        else
            return 2;
    }
    printf("seed %" PRIu64 "\n", seed);
    arena_init(&sim.arena);
    sim.devices = alloc_or_die(MAX_DEVICES * sizeof(*sim.devices));
    sim.s = memory_synchronizer_new(&mapping);
    memory_synchronizer_set_triggers(sim.s, true);
    while (held && count < histories && clock_monotonic_us() - start_us < seconds * 1000000) {
        held = play(&sim, seed + count);
        if (!held)
            printf("seed %" PRIu64 " fails: %s\n", seed + count, sim.violation);
        count++;
    }
    printf("%" PRIu64 " histories, %" PRIu64 " requests, %" PRIu64 " lost, %" PRIu64 " writes, "
           "%" PRIu64 " compactions\n",
           count, sim.syncs, sim.lost, sim.all_writes, sim.compactions);
    memory_synchronizer_free(sim.s);
    arena_release(&sim.arena);
    free(sim.devices);
    return held ? 0 : 1;
}
