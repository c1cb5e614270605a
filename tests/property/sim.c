/* Plays the steps of a history one after the other, up to the first violation: sim_play(). */
#include "sim.h"

#include "clock.h"
#include "judge.h"

#define MAX_DEVICES       ((size_t)8)
#define START_MS          ((int64_t)1600000000000)
#define QUIESCENCE_ROUNDS 6u

/* One sync in so many goes through the request's text, one in so many compares all that is stored:
 * both cost more than the sync itself. */
#define AS_TEXT_EVERY 16u
#define COMPARE_EVERY 8u

static const struct text OWNERS[] = {{"alice", 5}, {"bob", 3}, {"carol", 5}, {"dave", 4}};

struct sim {
    struct server *server;
    bool by_effect;
    struct oracle *oracle;
    struct arena arena; /* of this history */
    struct arena call_arena;
    struct buf violation;
    struct sim_stats stats;
    /* of the history being played */
    const struct setup *setup;
    struct keys keys;
    struct client clients[MAX_DEVICES];
    struct server_call last[MAX_DEVICES];
    size_t client_count;
    int64_t now_ms;
    unsigned idle_writes;
    unsigned made; /* ids that the serving oracle has invented */
    FILE *trace;
};

struct sim *sim_new(struct server *server, bool by_effect)
{
    struct sim *sim = alloc_or_die(sizeof(*sim));

    *sim = (struct sim){.server = server, .by_effect = by_effect};
    arena_init(&sim->arena);
    arena_init(&sim->call_arena);
    buf_init(&sim->violation, 4096);
    return sim;
}

static void forget(struct sim *sim)
{
    for (size_t i = 0; i < sim->client_count; i++)
        client_release(&sim->clients[i]);
    sim->client_count = 0;
    if (sim->oracle != NULL)
        oracle_free(sim->oracle);
    sim->oracle = NULL;
    arena_clear(&sim->arena);
    arena_clear(&sim->call_arena);
}

void sim_free(struct sim *sim)
{
    forget(sim);
    arena_release(&sim->arena);
    arena_release(&sim->call_arena);
    buf_release(&sim->violation);
    free(sim);
}

const char *sim_violation(const struct sim *sim)
{
    return buf_text(&sim->violation).ptr;
}

unsigned sim_idle_writes(const struct sim *sim)
{
    return sim->idle_writes;
}

const struct sim_stats *sim_stats(const struct sim *sim)
{
    return &sim->stats;
}

static bool violated(struct sim *sim, const struct client *client, const char *what)
{
    buf_printf(&sim->violation, "device %u: %s", client->number, what);
    return false;
}

/* ---- For a person ---- */

static void trace_diffs(struct sim *sim, const char *what, const struct diff_list *diffs)
{
    for (size_t i = 0; i < diffs->count; i++) {
        const struct diff *d = &diffs->items[i];

        fprintf(sim->trace, "    %s %.*s clock %lld time %lld %s %.*s %.*s\n", what,
                TEXT_ARG(d->id), (long long)d->clock, (long long)(d->time_ms - START_MS),
                diff_type_name(d->type), TEXT_ARG(d->model->name), TEXT_ARG(d->json_data));
    }
}

static void trace_call(struct sim *sim, const struct client *client, const struct server_call *call,
                       const struct server_reply *reply)
{
    if (sim->trace == NULL)
        return;
    fprintf(sim->trace, "  %.*s, device %u: clock %lld -> %s, clock %lld\n",
            TEXT_ARG(client->owner), client->number, (long long)call->clock,
            reply->rc == RC_OK ? "ok" : fail_code_name(reply->code), (long long)reply->next_clock);
    trace_diffs(sim, "sent   ", &call->diffs);
    for (size_t i = 0; i < reply->reject_count; i++)
        fprintf(sim->trace, "    refused %.*s %s %.*s\n", TEXT_ARG(reply->rejects[i].id),
                fail_code_name(reply->rejects[i].code), TEXT_ARG(reply->rejects[i].field));
    trace_diffs(sim, "answer ", &reply->diffs);
}

static void trace_rows(struct sim *sim, struct text owner)
{
    if (sim->trace == NULL)
        return;
    for (size_t i = 0; i < WORLD_OBJECTS; i++) {
        struct world_object object = world_object(i);
        struct cells cells = oracle_row(sim->oracle, owner, object.model, object.id);

        if (!cells.live)
            continue;
        fprintf(sim->trace, "    row %.*s/%.*s:", TEXT_ARG(object.model->name),
                TEXT_ARG(object.id));
        for (size_t f = 0; f < object.model->field_count; f++)
            fprintf(sim->trace, " %.*s", TEXT_ARG(cells.json[f]));
        fputc('\n', sim->trace);
    }
}

/* ---- One request ---- */

static struct oracle_outcome ask_oracle(struct sim *sim, const struct server_call *call)
{
    struct oracle_request request = {.owner = call->owner,
                                     .clock = call->clock,
                                     .diffs = call->diffs,
                                     .now_ms = call->now_ms,
                                     .clock_skew_ms = call->clock_skew_ms,
                                     .rules = call->rules};

    return oracle_sync(sim->oracle, &request);
}

static void serve_rejects(struct sim *sim, const struct oracle_outcome *outcome,
                          struct server_reply *reply)
{
    const struct oracle_rejects *rejects = &outcome->rejects;

    reply->rejects = ARENA_ARRAY(&sim->arena, rejects->count + 1, struct server_reject);
    reply->reject_count = outcome->rejected ? 0 : rejects->count;
    for (size_t i = 0; i < reply->reject_count; i++)
        reply->rejects[i] = (struct server_reject){.id = rejects->items[i].id,
                                                   .code = rejects->items[i].verdict.code,
                                                   .field = rejects->items[i].verdict.field};
}

/* The oracle's outcome as a server would send it. */
static struct server_reply serve(struct sim *sim, const struct oracle_outcome *outcome)
{
    struct server_reply reply = {.rc = outcome->rejected ? RC_REJECTED : RC_OK,
                                 .code = outcome->code,
                                 .diff_id = outcome->diff_id,
                                 .next_clock = outcome->next_clock};
    struct diff_list *diffs = &reply.diffs;

    diffs->items = ARENA_ARRAY(&sim->arena, outcome->answer.count + 1, struct diff);
    for (size_t i = 0; i < outcome->answer.count; i++) {
        const struct oracle_diff *from = &outcome->answer.items[i];
        struct diff *to = &diffs->items[diffs->count];
        char id[32];

        if (from->optional)
            continue;
        diffs->count++;
        *to = (struct diff){.id = from->id,
                            .clock = from->clock,
                            .time_ms = from->time_ms,
                            .type = from->type,
                            .model = from->model,
                            .object_id = from->object_id,
                            .json_data = from->json_data};
        if (from->id.len > 0)
            continue;
        if (from->compensation)
            snprintf(id, sizeof(id), "for-%.*s", TEXT_ARG(from->because));
        else
            snprintf(id, sizeof(id), "made-%u", sim->made++);
        to->id = arena_text(&sim->arena, text_of(id));
    }
    keys_order(&sim->keys, diffs);
    serve_rejects(sim, outcome, &reply);
    return reply;
}

/* Ids of the response that nobody sent are the server's own, and known from now on. */
static void learn_made_ids(struct sim *sim, const struct server_call *call,
                           const struct oracle_outcome *outcome, const struct server_reply *reply)
{
    for (size_t i = 0; i < reply->diffs.count; i++)
        oracle_know(sim->oracle, call->owner, outcome, &reply->diffs.items[i]);
}

static void count_refusals(struct sim *sim, const struct server_call *call,
                           const struct oracle_outcome *outcome)
{
    if (!call->rules->quarantine)
        return;
    sim->stats.quarantined++;
    sim->stats.written += outcome->new_diffs;
    sim->stats.refused += outcome->new_rejects;
}

static bool judge(struct sim *sim, const struct oracle_outcome *outcome,
                  const struct server_reply *reply)
{
    return sim->by_effect ? judge_verdict(outcome, reply, &sim->violation)
                          : judge_reply(outcome, reply, &sim->keys, &sim->violation);
}

static bool check_server(struct sim *sim, const struct server_call *call, bool all)
{
    if (sim->server == NULL)
        return true;
    if (!server_check_rows(sim->server, sim->oracle, call->owner, &sim->call_arena,
                           &sim->violation))
        return false;
    if (!all || sim->by_effect)
        return true;
    sim->stats.histories_compared++;
    return server_check_stored(sim->server, sim->oracle, call->owner, &sim->call_arena,
                               &sim->violation);
}

/* Sends, judges the reply by the oracle and by docs/protocol.md 7, and gives it to the caller. */
static bool deliver(struct sim *sim, struct client *client, struct server_call *call,
                    struct server_reply *reply_out)
{
    struct oracle_outcome outcome;

    sim->stats.syncs++;
    call->now_ms = sim->now_ms;
    call->as_text = sim->stats.syncs % AS_TEXT_EVERY == 0;
    sim->stats.as_text += call->as_text;
    arena_clear(&sim->call_arena);
    if (sim->server != NULL)
        *reply_out = sim->server->ops->sync(sim->server, call, &sim->call_arena);
    outcome = ask_oracle(sim, call);
    if (sim->server == NULL)
        *reply_out = serve(sim, &outcome);
    trace_call(sim, client, call, reply_out);
    trace_rows(sim, client->owner);
    if (!judge(sim, &outcome, reply_out))
        return false;
    if (reply_out->rc != RC_OK)
        return check_server(sim, call, true);
    learn_made_ids(sim, call, &outcome, reply_out);
    count_refusals(sim, call, &outcome);
    return judge_shape(call, reply_out, &sim->keys, &sim->violation) &&
           check_server(sim, call, sim->stats.syncs % COMPARE_EVERY == 0);
}

static struct server_call call_of(struct sim *sim, const struct client *client, uint32_t value)
{
    struct random random = {value};

    return (struct server_call){.owner = client->owner,
                                .clock = client->clock,
                                .diffs = client_pending(client, &random, &sim->arena),
                                .clock_skew_ms = sim->setup->clock_skew_ms,
                                .rules = &sim->setup->rules};
}

/* 7.1: what the phone has is what the server has. */
static bool check_converged(struct sim *sim, const struct client *client)
{
    for (size_t i = 0; i < WORLD_PLACES; i++) {
        struct world_object object = world_object(i);
        struct cells row = oracle_row(sim->oracle, client->owner, object.model, object.id);

        if (cells_equal(object.model, &row, &client->rows[i]))
            continue;
        buf_printf(&sim->violation, "device %u: its %.*s/%.*s (%s) is not the server's (%s) (7.1)",
                   client->number, TEXT_ARG(object.model->name), TEXT_ARG(object.id),
                   client->rows[i].live ? "live" : "absent", row.live ? "live" : "absent");
        return false;
    }
    return true;
}

static bool receive(struct sim *sim, struct client *client, const struct server_reply *reply,
                    const struct step *step)
{
    struct random random = {step->value + 1u};
    struct client_answer answer = {
        .next_clock = reply->next_clock, .diffs = reply->diffs, .dies = step->kind == STEP_DIE};

    if (reply->rc != RC_OK)
        return true;
    return client_apply(client, &answer, &random, &sim->violation) && check_converged(sim, client);
}

/* ---- Steps ---- */

static bool play_write(struct sim *sim, struct client *client, const struct step *step)
{
    struct client_write write = step->write;

    if (write.object != WORLD_GHOST)
        write.object %= sim->setup->objects;
    if (client_write(client, &write, sim->now_ms))
        return true;
    sim->idle_writes++;
    if (sim->trace != NULL)
        fprintf(sim->trace, "  (not possible on this device)\n");
    return true;
}

static bool play_sync(struct sim *sim, struct client *client, const struct step *step)
{
    struct server_call call = call_of(sim, client, step->value);
    struct server_reply reply;

    sim->last[client->number] = call;
    if (!deliver(sim, client, &call, &reply))
        return false;
    if (reply.rc != RC_OK)
        sim->last[client->number] = (struct server_call){0}; /* it may succeed another time */
    return step->kind == STEP_LOST || receive(sim, client, &reply, step);
}

/* A request whose ids are all known changes nothing (4, 7.4). */
static bool redeliver(struct sim *sim, struct client *client, struct server_reply *reply_out)
{
    int64_t clock = oracle_next_clock(sim->oracle, client->owner);

    if (!deliver(sim, client, &sim->last[client->number], reply_out))
        return false;
    if (reply_out->rc == RC_OK && reply_out->next_clock != clock)
        return violated(sim, client, "a request that came again moved the clock (7.4)");
    return true;
}

static bool play_twice(struct sim *sim, struct client *client, const struct step *step)
{
    struct server_call call = call_of(sim, client, step->value);
    struct server_reply reply, again;

    if (!deliver(sim, client, &call, &reply))
        return false;
    if (reply.rc != RC_OK)
        return true;
    sim->last[client->number] = call;
    return redeliver(sim, client, &again) && receive(sim, client, &again, step);
}

static bool play_stale(struct sim *sim, struct client *client, const struct step *step)
{
    struct server_reply reply;

    (void)step;
    if (sim->last[client->number].owner.len == 0)
        return true;
    return redeliver(sim, client, &reply);
}

static bool play_clock(struct sim *sim, struct client *client, const struct step *step)
{
    (void)sim;
    client_turn_clock(client, step->turn_ms);
    return true;
}

static bool play_reinstall(struct sim *sim, struct client *client, const struct step *step)
{
    (void)step;
    client_reinstall(client);
    sim->last[client->number] = (struct server_call){0};
    return true;
}

/* What went wrong on the way changed nothing: the oracle sees the request once. If the server saw
 * it twice, the response to the second is as correct as the one to the first. */
static bool play_answered(struct sim *sim, const struct server_call *call,
                          const struct server_reply *reply)
{
    struct oracle_outcome outcome = ask_oracle(sim, call);
    bool right = judge(sim, &outcome, reply);

    if (!right && reply->repeated) {
        outcome = ask_oracle(sim, call);
        buf_clear(&sim->violation);
        right = judge(sim, &outcome, reply);
    }
    if (right)
        learn_made_ids(sim, call, &outcome, reply);
    return right;
}

/* 7.5: a call of the synchronizer fails; the request is done or not done at all. */
static bool play_fault(struct sim *sim, struct client *client, const struct step *step)
{
    struct server_call call = call_of(sim, client, step->value);
    struct server_reply reply;
    struct text before;

    if (sim->server == NULL)
        return play_sync(sim, client, step);
    sim->stats.faults++;
    call.now_ms = sim->now_ms;
    call.fail_nth = step->nth;
    call.fail_rc = step->rc;
    before = sim->server->ops->dump(sim->server, call.owner, &sim->arena);
    arena_clear(&sim->call_arena);
    reply = sim->server->ops->sync(sim->server, &call, &sim->call_arena);
    trace_call(sim, client, &call, &reply);
    if (reply.rc == RC_REJECTED || reply.rc == RC_OK)
        return play_answered(sim, &call, &reply) && check_server(sim, &call, true) &&
               receive(sim, client, &reply, step);
    if (text_equal(before, sim->server->ops->dump(sim->server, call.owner, &sim->arena)))
        return true;
    if (reply.rc != RC_UNCERTAIN)
        return violated(sim, client, "a failed request left something behind (7.5)");
    ask_oracle(sim, &call);
    return check_server(sim, &call, true);
}

/* The nth of those that are still kept; NULL if there are fewer. */
static const struct oracle_reject *kept_reject(const struct oracle_rejects *rejects, size_t nth)
{
    for (size_t i = 0; i < rejects->count; i++)
        if (rejects->items[i].kept && nth-- == 0)
            return &rejects->items[i];
    return NULL;
}

static struct server_reply retry(struct sim *sim, const struct server_call *call, struct text id)
{
    char made[32];

    arena_clear(&sim->call_arena);
    if (sim->server != NULL)
        return sim->server->ops->retry(sim->server, call, id, &sim->call_arena);
    snprintf(made, sizeof(made), "retried-%u", sim->made++);
    return (struct server_reply){.diff_id = arena_text(&sim->arena, text_of(made))};
}

/* Under rules that may have become milder. */
static bool play_retry(struct sim *sim, const struct client *client, struct text id, bool mild)
{
    struct world_rules rules = sim->setup->rules;
    struct server_call call = {.owner = client->owner,
                               .now_ms = sim->now_ms,
                               .clock_skew_ms = sim->setup->clock_skew_ms,
                               .rules = &rules};
    struct server_reply reply;
    struct oracle_outcome outcome;

    rules.strict = rules.strict && !mild;
    reply = retry(sim, &call, id);
    outcome = oracle_retry(sim->oracle,
                           &(struct oracle_request){.owner = call.owner,
                                                    .now_ms = call.now_ms,
                                                    .clock_skew_ms = call.clock_skew_ms,
                                                    .rules = call.rules},
                           id, arena_text(&sim->arena, reply.diff_id));
    if (sim->server == NULL)
        return true;
    if (sim->trace != NULL)
        fprintf(sim->trace, "  %.*s is applied now: %s\n", TEXT_ARG(id),
                reply.rc == RC_OK ? "ok" : fail_code_name(reply.code));
    outcome.rejects.count = 0;
    sim->stats.retried += reply.rc == RC_OK;
    return judge_verdict(&outcome, &reply, &sim->violation) && check_server(sim, &call, true);
}

static bool play_operator(struct sim *sim, struct client *client, const struct step *step)
{
    struct oracle_rejects rejects = oracle_rejects(sim->oracle, client->owner);
    const struct oracle_reject *reject = kept_reject(&rejects, step->value / 8 % 4);

    if (reject == NULL || (sim->server != NULL && sim->server->ops->retry == NULL))
        return true;
    if (step->value % 4 != 0)
        return play_retry(sim, client, reject->id, step->value % 8 < 4);
    if (sim->server != NULL && !sim->server->ops->drop(sim->server, client->owner, reject->id,
                                                       &sim->call_arena, &sim->violation))
        return false;
    oracle_drop(sim->oracle, client->owner, reject->id);
    return true;
}

typedef bool step_fn(struct sim *sim, struct client *client, const struct step *step);

static step_fn *const STEPS[STEP_KINDS] = {
    [STEP_WRITE] = play_write,       [STEP_SYNC] = play_sync,   [STEP_LOST] = play_sync,
    [STEP_TWICE] = play_twice,       [STEP_DIE] = play_sync,    [STEP_STALE] = play_stale,
    [STEP_CLOCK] = play_clock,       [STEP_FAULT] = play_fault, [STEP_REINSTALL] = play_reinstall,
    [STEP_OPERATOR] = play_operator,
};

/* An update of an object that never existed is refused forever; the app creates the object, as its
 * user would after the first message. */
static bool heal(struct sim *sim, struct client *client, const struct server_reply *reply)
{
    for (size_t i = 0; i < client->log_count; i++) {
        struct client_write write = {.type = DIFF_CREATE, .fields = 1, .value = 4711};

        if (!text_equal(client->log[i].id, reply->diff_id))
            continue;
        write.object = world_object_number(client->log[i].model, client->log[i].object_id);
        return client_write(client, &write, sim->now_ms)
                   ? true
                   : violated(sim, client, "refused an update of an object that it has");
    }
    return violated(sim, client, "refused a diff that was not sent");
}

static bool settle(struct sim *sim, struct client *client, uint32_t round)
{
    struct step step = {.kind = STEP_SYNC, .value = round};

    sim->now_ms++;
    for (size_t tries = 0; tries <= WORLD_OBJECTS; tries++) {
        struct server_call call = call_of(sim, client, round);
        struct server_reply reply;

        if (!deliver(sim, client, &call, &reply))
            return false;
        if (reply.rc == RC_OK)
            return receive(sim, client, &reply, &step);
        reply.diff_id = arena_text(&sim->arena, reply.diff_id);
        if (!heal(sim, client, &reply))
            return false;
    }
    return violated(sim, client, "is refused again and again");
}

/* All devices sync until nothing waits: then all have the same, and the same as the server. */
static bool quiesce(struct sim *sim)
{
    if (sim->trace != NULL)
        fprintf(sim->trace, "all devices sync until nothing waits\n");
    for (uint32_t round = 0; round < QUIESCENCE_ROUNDS; round++) {
        bool quiet = true;

        for (size_t i = 0; i < sim->client_count; i++) {
            struct client *client = &sim->clients[i];
            int64_t before = client->clock;

            if (!settle(sim, client, round))
                return false;
            quiet &= client->clock == before;
        }
        if (quiet)
            break;
        if (round + 1 == QUIESCENCE_ROUNDS)
            return violated(sim, &sim->clients[0], "the devices never come to rest");
    }
    for (size_t i = 0; i < sim->client_count; i++)
        if (!check_converged(sim, &sim->clients[i]))
            return false;
    return true;
}

static void begin(struct sim *sim, const struct scenario *history, FILE *trace)
{
    forget(sim);
    buf_clear(&sim->violation);
    sim->setup = &history->setup;
    sim->trace = trace;
    sim->now_ms = START_MS;
    sim->made = 0;
    sim->idle_writes = 0;
    sim->oracle = oracle_new();
    world_use(sim->setup->world);
    keys_init(&sim->keys, sim->setup->keys);
    world_restrict(&sim->setup->rules);
    if (sim->server != NULL)
        sim->server->ops->reset(sim->server, &sim->keys);
    sim->client_count = (size_t)sim->setup->owners * sim->setup->devices;
    if (sim->client_count > MAX_DEVICES)
        sim->client_count = MAX_DEVICES;
    for (size_t i = 0; i < sim->client_count; i++) {
        struct client_setup setup = {.arena = &sim->arena,
                                     .owner = OWNERS[i / sim->setup->devices % 4],
                                     .number = (unsigned)i,
                                     .shuffles = sim->setup->shuffles,
                                     .careful = sim->setup->careful,
                                     .keys = &sim->keys};

        client_init(&sim->clients[i], &setup);
        sim->last[i] = (struct server_call){0};
    }
    sim->stats.histories++;
}

bool sim_play(struct sim *sim, const struct scenario *history, FILE *trace)
{
    bool held = true;

    begin(sim, history, trace);
    for (size_t i = 0; i < history->count && held; i++) {
        const struct step *step = &history->steps[i];

        if (trace != NULL)
            step_write(step, trace);
        sim->now_ms += step->dt_ms;
        clock_set_for_test(sim->now_ms);
        held = STEPS[step->kind](sim, &sim->clients[step->device % sim->client_count], step);
    }
    held = held && quiesce(sim);
    clock_set_for_test(-1);
    return held;
}
