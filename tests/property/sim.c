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

/* Other SQL set fields of a row, or did something else to it, since the owner's last request. */
struct edit {
    struct text owner;
    size_t object;
    bool plain; /* an update that a trigger saw */
    unsigned fields;
    int64_t time_ms;
};

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
    struct edit *edits;
    size_t edit_count;
    unsigned kept_off[MAX_DEVICES]; /* bit n: the device must not write to object n */
    unsigned made;                  /* ids that the serving oracle has invented */
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
    free(sim->edits);
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

static struct oracle_outcome ask_oracle_so(struct sim *sim, const struct server_call *call,
                                           bool undrained)
{
    struct oracle_request request = {.owner = call->owner,
                                     .clock = call->clock,
                                     .diffs = call->diffs,
                                     .now_ms = call->now_ms,
                                     .clock_skew_ms = call->clock_skew_ms,
                                     .rules = call->rules,
                                     .undrained = undrained,
                                     .reset = call->reset};

    return oracle_sync(sim->oracle, &request);
}

static struct oracle_outcome ask_oracle(struct sim *sim, const struct server_call *call)
{
    return ask_oracle_so(sim, call, false);
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
        char id[80];

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

static bool follow(struct sim *sim, struct text owner)
{
    struct oracle_witness witness;

    if (sim->server == NULL || sim->server->ops->witness == NULL ||
        oracle_compacted_below(sim->oracle, owner) == 0)
        return true;
    witness = sim->server->ops->witness(sim->server, &sim->violation);
    return oracle_follow(sim->oracle, owner, &witness, &sim->violation);
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

static bool accept(struct sim *sim, const struct server_call *call,
                   const struct oracle_outcome *outcome, const struct server_reply *reply, bool all)
{
    if (!judge(sim, outcome, reply))
        return false;
    if (reply->rc != RC_OK)
        return check_server(sim, call, true);
    learn_made_ids(sim, call, outcome, reply);
    if (!follow(sim, call->owner))
        return false;
    count_refusals(sim, call, outcome);
    return judge_shape(call, reply, &sim->keys, &sim->violation) && check_server(sim, call, all);
}

/* ---- By time ---- */

static void note_edit(struct sim *sim, const struct edit *edit)
{
    sim->edits = realloc_or_die(sim->edits, (sim->edit_count + 1) * sizeof(*edit));
    sim->edits[sim->edit_count++] = *edit;
}

/* Before it is done. */
static void note_edits(struct sim *sim, const struct sql_statement *statement, bool quiet)
{
    struct cells row = oracle_row(sim->oracle, statement->owner, statement->model, statement->id);
    struct edit edit = {.owner = statement->owner,
                        .object = world_object_number(statement->model, statement->id),
                        .plain = statement->kind == SQL_UPDATE && !quiet,
                        .time_ms = sim->now_ms};

    for (size_t i = 0; i < statement->model->field_count; i++)
        if (!cell_equal(&statement->model->fields[i], row.json[i], statement->cells.json[i]))
            edit.fields |= 1u << i;
    note_edit(sim, &edit);
    edit.owner = statement->kind == SQL_MOVE ? statement->to_owner : statement->owner;
    edit.object = world_object_number(
        statement->model, statement->kind == SQL_RENAME ? statement->to_id : statement->id);
    if (!edit.plain)
        note_edit(sim, &edit);
}

static void forget_edits(struct sim *sim, struct text owner)
{
    size_t count = 0;

    for (size_t i = 0; i < sim->edit_count; i++)
        if (!text_equal(sim->edits[i].owner, owner))
            sim->edits[count++] = sim->edits[i];
    sim->edit_count = count;
}

/* When other SQL set this field since the owner's last request; -1: it did not, -2: nobody can say
 * without the history. */
static int64_t edited_ms(const struct sim *sim, const struct server_call *call, size_t object,
                         size_t field)
{
    int64_t time_ms = -1;

    for (size_t i = 0; i < sim->edit_count; i++) {
        const struct edit *edit = &sim->edits[i];

        if (edit->object != object || !text_equal(edit->owner, call->owner))
            continue;
        if (!edit->plain)
            return -2;
        if ((edit->fields >> field & 1u) != 0)
            time_ms = edit->time_ms;
    }
    return time_ms;
}

/* What the row should be: of each field the later value, the device's if both are of one time, and
 * what the table makes of that. */
static struct cells latest_cells(const struct sim *sim, const struct server_call *call,
                                 const struct cells *before)
{
    const struct diff *diff = &call->diffs.items[0];
    const size_t object = world_object_number(diff->model, diff->object_id);
    const int64_t latest_ms = sim->now_ms + sim->setup->clock_skew_ms;
    const int64_t time_ms = diff->time_ms < latest_ms ? diff->time_ms : latest_ms;
    struct cells cells = *before;
    unsigned set = 0;

    for (size_t i = 0; i < diff->field_count; i++) {
        const size_t field = diff->fields[i].field->index;

        if (time_ms < edited_ms(sim, call, object, field))
            continue;
        cells.json[field] = diff->fields[i].value.json;
        set |= 1u << field;
    }
    if (set != 0)
        world_before(diff->model, DIFF_UPDATE, set, &cells);
    return cells;
}

/* Docs/protocol.md 9.1, without the oracle: one update by a device that lacks nothing but what
 * other SQL wrote since. */
static bool judge_edits(struct sim *sim, const struct server_call *call, const struct cells *before)
{
    const struct diff *diff = &call->diffs.items[0];
    const struct cells after = oracle_row(sim->oracle, call->owner, diff->model, diff->object_id);
    const struct cells right = latest_cells(sim, call, before);
    const size_t object = world_object_number(diff->model, diff->object_id);

    for (size_t i = 0; i < diff->field_count; i++) {
        const struct field *field = diff->fields[i].field;

        if (edited_ms(sim, call, object, field->index) < 0)
            continue;
        sim->stats.timed++;
        if (cell_equal(field, right.json[field->index], after.json[field->index]))
            continue;
        buf_printf(&sim->violation, "%.*s of %.*s is not what was written last (9.1)",
                   TEXT_ARG(field->name), TEXT_ARG(diff->object_id));
        return false;
    }
    return true;
}

static bool is_judged_by_time(const struct sim *sim, const struct server_call *call,
                              int64_t next_clock, struct cells *before_out)
{
    const struct diff *diff = call->diffs.items;

    if (call->diffs.count != 1 || diff->type != DIFF_UPDATE || call->clock != next_clock ||
        call->rules->quarantine || sim->edit_count == 0)
        return false;
    *before_out = oracle_row(sim->oracle, call->owner, diff->model, diff->object_id);
    return before_out->live;
}

static void send_call(struct sim *sim, struct server_call *call, struct server_reply *reply_out)
{
    sim->stats.syncs++;
    call->now_ms = sim->now_ms;
    call->as_text = sim->stats.syncs % AS_TEXT_EVERY == 0;
    sim->stats.as_text += call->as_text;
    arena_clear(&sim->call_arena);
    if (sim->server != NULL)
        *reply_out = sim->server->ops->sync(sim->server, call, &sim->call_arena);
}

/* Sends, judges the reply by the oracle and by docs/protocol.md 7, and gives it to the caller. */
static bool deliver(struct sim *sim, struct client *client, struct server_call *call,
                    struct server_reply *reply_out)
{
    struct oracle_outcome outcome;
    struct cells before;
    const bool old = call->clock < oracle_compacted_below(sim->oracle, call->owner);
    const bool timed =
        is_judged_by_time(sim, call, oracle_next_clock(sim->oracle, call->owner), &before);

    sim->stats.old += old && (call->clock > 0 || call->diffs.count > 0);
    send_call(sim, call, reply_out);
    outcome = ask_oracle(sim, call);
    if (sim->server == NULL)
        *reply_out = serve(sim, &outcome);
    trace_call(sim, client, call, reply_out);
    trace_rows(sim, client->owner);
    if (timed && reply_out->rc == RC_OK && !judge_edits(sim, call, &before))
        return false;
    if (reply_out->rc == RC_OK) /* else they may still be untold */
        forget_edits(sim, call->owner);
    return accept(sim, call, &outcome, reply_out, sim->stats.syncs % COMPARE_EVERY == 0);
}

static struct server_call call_of(struct sim *sim, const struct client *client, uint32_t value)
{
    struct random random = {value};
    const bool forgotten =
        client->clock > 0 && client->clock < oracle_forgotten_below(sim->oracle, client->owner);

    return (struct server_call){.owner = client->owner,
                                .clock = client->clock,
                                .diffs = client_pending(client, &random, &sim->arena),
                                .clock_skew_ms = sim->setup->clock_skew_ms,
                                .rules = &sim->setup->rules,
                                .reset = forgotten && value % 2 == 0};
}

/* 7.1: what the phone has is what the server has, but for what it
 * is told next. */
static bool check_converged(struct sim *sim, const struct client *client, int64_t clock)
{
    for (size_t i = 0; i < WORLD_PLACES; i++) {
        struct world_object object = world_object(i);
        struct cells row = oracle_row(sim->oracle, client->owner, object.model, object.id);

        if (cells_equal(object.model, &row, &client->rows[i]) ||
            oracle_has_news(sim->oracle, client->owner, &object, clock))
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
    sim->kept_off[client->number] = 0;
    if (reply->reset) {
        client_start_anew(client);
        sim->last[client->number] = (struct server_call){0};
        sim->stats.restarts++;
    }
    return client_apply(client, &answer, &random, &sim->violation) &&
           check_converged(sim, client, reply->next_clock);
}

/* ---- Steps ---- */

static bool play_write(struct sim *sim, struct client *client, const struct step *step)
{
    struct client_write write = step->write;

    if (write.object != WORLD_GHOST)
        write.object %= sim->setup->objects;
    if ((sim->kept_off[client->number] >> write.object & 1u) == 0 &&
        client_write(client, &write, sim->now_ms))
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

/* Ids may be forgotten below the horizon. */
static bool knows_all(struct sim *sim, const struct server_call *call)
{
    for (size_t i = 0; i < call->diffs.count; i++)
        if (!oracle_knows(sim->oracle, call->owner, &call->diffs.items[i]))
            return false;
    return true;
}

/* A request whose ids are all known changes nothing (4, 7.4). */
static bool redeliver(struct sim *sim, struct client *client, struct server_reply *reply_out)
{
    const struct server_call *last = &sim->last[client->number];
    const bool known = knows_all(sim, last);
    int64_t clock;

    /* Such a request is refused before anything else. */
    if (last->clock == 0 || last->reset ||
        last->clock >= oracle_forgotten_below(sim->oracle, client->owner))
        oracle_drain(sim->oracle, client->owner);
    clock = oracle_next_clock(sim->oracle, client->owner);
    if (!deliver(sim, client, &sim->last[client->number], reply_out))
        return false;
    if (known && reply_out->rc == RC_OK && reply_out->next_clock != clock)
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
    /* Nothing is under way for longer than ids are kept. */
    if (sim->last[client->number].owner.len == 0 || !knows_all(sim, &sim->last[client->number]))
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

/* Rows alone, which is all that is compared by effect, do not show whether a push was taken. */
static bool has_clock_of_oracle(struct sim *sim, struct text owner)
{
    struct server_stored stored;

    return sim->server->ops->read_stored(sim->server, owner, &stored, &sim->arena,
                                         &sim->violation) &&
           stored.next_clock == oracle_next_clock(sim->oracle, owner);
}

/* What other SQL wrote may have been told, and nothing else was done. */
static bool is_drained(struct sim *sim, const struct server_call *call)
{
    struct oracle_copy *before = oracle_save(sim->oracle);
    bool drained;

    oracle_drain(sim->oracle, call->owner);
    drained = check_server(sim, call, true) && has_clock_of_oracle(sim, call->owner);
    if (drained) {
        oracle_forget(before);
        return true;
    }
    oracle_restore(sim->oracle, before);
    buf_clear(&sim->violation);
    return false;
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
    if (reply.rc == RC_OK) /* else they may still be untold */
        forget_edits(sim, client->owner);
    if (reply.rc == RC_REJECTED || reply.rc == RC_OK)
        return play_answered(sim, &call, &reply) && check_server(sim, &call, true) &&
               receive(sim, client, &reply, step);
    if (text_equal(before, sim->server->ops->dump(sim->server, call.owner, &sim->arena)) ||
        is_drained(sim, &call))
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

/* One that is refused at once has not even drained what other SQL wrote. */
static bool check_retried(struct sim *sim, const struct server_call *call,
                          const struct oracle_outcome *outcome, struct oracle_copy *before)
{
    if (check_server(sim, call, true) || !outcome->rejected) {
        oracle_forget(before);
        return buf_text(&sim->violation).len == 0;
    }
    oracle_restore(sim->oracle, before);
    buf_clear(&sim->violation);
    return check_server(sim, call, true);
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
    struct oracle_copy *before = oracle_save(sim->oracle);
    struct oracle_outcome outcome;

    forget_edits(sim, client->owner);
    rules.strict = rules.strict && !mild;
    reply = retry(sim, &call, id);
    outcome = oracle_retry(sim->oracle,
                           &(struct oracle_request){.owner = call.owner,
                                                    .now_ms = call.now_ms,
                                                    .clock_skew_ms = call.clock_skew_ms,
                                                    .rules = call.rules},
                           id, arena_text(&sim->arena, reply.diff_id));
    if (sim->server == NULL) {
        oracle_forget(before);
        return true;
    }
    if (sim->trace != NULL)
        fprintf(sim->trace, "  %.*s is applied now: %s\n", TEXT_ARG(id),
                reply.rc == RC_OK ? "ok" : fail_code_name(reply.code));
    outcome.rejects.count = 0;
    sim->stats.retried += reply.rc == RC_OK;
    if (!judge_verdict(&outcome, &reply, &sim->violation)) {
        oracle_forget(before);
        return false;
    }
    return check_retried(sim, &call, &outcome, before);
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

/* ---- Other SQL ---- */

static struct sql_row table_row(void *context, struct text owner, size_t number)
{
    struct sim *sim = context;
    struct world_object object = world_object(number);

    return (struct sql_row){.cells = oracle_row(sim->oracle, owner, object.model, object.id),
                            .hidden =
                                oracle_row_hidden(sim->oracle, owner, object.model, object.id)};
}

static void trace_statement(struct sim *sim, const struct sql_statement *statement)
{
    static const char *const KINDS[SQL_KINDS] = {
        [SQL_INSERT] = "insert",   [SQL_UPDATE] = "update", [SQL_DELETE] = "delete",
        [SQL_REPLACE] = "replace", [SQL_HIDE] = "hide",     [SQL_SHOW] = "show",
        [SQL_MOVE] = "move",       [SQL_RENAME] = "rename"};

    if (sim->trace == NULL)
        return;
    fprintf(sim->trace, "    %s %.*s's %.*s/%.*s", KINDS[statement->kind],
            TEXT_ARG(statement->owner), TEXT_ARG(statement->model->name), TEXT_ARG(statement->id));
    if (statement->kind == SQL_MOVE)
        fprintf(sim->trace, " to %.*s", TEXT_ARG(statement->to_owner));
    if (statement->kind == SQL_RENAME)
        fprintf(sim->trace, " to %.*s", TEXT_ARG(statement->to_id));
    for (size_t f = 0; statement->cells.live && f < statement->model->field_count; f++)
        fprintf(sim->trace, " %.*s", TEXT_ARG(statement->cells.json[f]));
    fputc('\n', sim->trace);
}

static bool removes(const struct sql_statement *statement)
{
    return statement->kind == SQL_DELETE || statement->kind == SQL_HIDE ||
           statement->kind == SQL_MOVE || statement->kind == SQL_RENAME;
}

static bool waits_about(const struct sim *sim, struct text owner, size_t object)
{
    for (size_t i = 0; i < sim->client_count; i++)
        if (text_equal(sim->clients[i].owner, owner) &&
            client_waits_about(&sim->clients[i], object))
            return true;
    return false;
}

static void keep_off(struct sim *sim, struct text owner, size_t object)
{
    for (size_t i = 0; i < sim->client_count; i++)
        if (text_equal(sim->clients[i].owner, owner))
            sim->kept_off[i] |= 1u << object;
}

/* Known limitations of what no trigger saw. That a row is gone which devices have from their first
 * sync alone nobody can find out. Of a new row nobody can tell whether devices have it in that way:
 * they must not write to it before they hear of it. False: it does not happen. */
static bool may_be_quiet(struct sim *sim, const struct sql_statement *statement)
{
    const bool moves = statement->kind == SQL_MOVE, renamed = statement->kind == SQL_RENAME;
    const struct text owner = moves ? statement->to_owner : statement->owner;
    const struct text id = renamed ? statement->to_id : statement->id;
    const size_t object = world_object_number(statement->model, id);

    if (removes(statement) &&
        !oracle_tells_of(sim->oracle, statement->owner, statement->model, statement->id))
        return false;
    if ((removes(statement) && !moves && !renamed) ||
        oracle_tells_of(sim->oracle, owner, statement->model, id))
        return true;
    if (waits_about(sim, owner, object))
        return false;
    keep_off(sim, owner, object);
    return true;
}

/* As the tables stand; each statement builds on those before it. Of what is rolled back the first
 * is enough. */
static size_t resolve(struct sim *sim, const struct client *client, const struct step *step,
                      struct sql_statement statements_out[SQL_WRITES])
{
    const struct sql_tables tables = {table_row, sim, &sim->setup->rules, sim->setup->careful};
    const struct oracle_moment moment = {sim->now_ms, step->sql.quiet};
    size_t count = 0;

    for (size_t i = 0; i < step->sql.count && (count == 0 || !step->sql.rolls_back); i++) {
        struct sql_write write = step->sql.writes[i];
        const size_t to = write.owner * sim->setup->devices % sim->client_count;

        write.object %= sim->setup->objects;
        if (!sql_resolve(&write, client->owner, sim->clients[to].owner, &tables, &sim->arena,
                         &statements_out[count]))
            continue;
        if (step->sql.quiet && !may_be_quiet(sim, &statements_out[count]))
            continue;
        trace_statement(sim, &statements_out[count]);
        if (!step->sql.rolls_back)
            note_edits(sim, &statements_out[count], step->sql.quiet);
        if (!step->sql.rolls_back)
            oracle_write(sim->oracle, &statements_out[count], &moment);
        count++;
    }
    return count;
}

static bool reconcile(struct sim *sim, struct text owner, const struct model *model)
{
    oracle_reconcile(sim->oracle, owner, model, sim->now_ms);
    /* A row that no diff told of may be deleted and created: no edit goes over that. */
    for (size_t i = 0; i < WORLD_OBJECTS * sim->client_count; i++)
        note_edit(sim, &(struct edit){.owner = sim->clients[i / WORLD_OBJECTS].owner,
                                      .object = i % WORLD_OBJECTS});
    return sim->server == NULL ||
           sim->server->ops->reconcile(sim->server, owner, model, sim->now_ms, &sim->violation);
}

/* Of this owner, of all, or of some models. */
static bool play_reconcile(struct sim *sim, struct client *client, const struct step *step)
{
    const struct text owner = step->value % 2 == 0 ? (struct text){0} : client->owner;
    const struct mapping *mapping = world_mapping();

    if (step->value / 2 % 2 == 0)
        return reconcile(sim, owner, NULL);
    for (size_t m = 0; m < mapping->model_count; m++)
        if ((step->value / 4 >> m & 1u) != 0 && !reconcile(sim, owner, &mapping->models[m]))
            return false;
    return true;
}

/* What no trigger saw: everything that was written is to be compared. */
static bool compare_written(struct sim *sim, const struct sql_statement *statements, size_t count,
                            uint32_t value)
{
    if (value % 3 == 0)
        return reconcile(sim, (struct text){0}, NULL);
    for (size_t i = 0; i < count; i++) {
        const struct model *model = value % 3 == 1 ? NULL : statements[i].model;

        if (!reconcile(sim, statements[i].owner, model) ||
            (statements[i].kind == SQL_MOVE && !reconcile(sim, statements[i].to_owner, model)))
            return false;
    }
    return true;
}

static bool play_sql(struct sim *sim, struct client *client, const struct step *step)
{
    struct sql_statement statements[SQL_WRITES];
    struct server_sql sql = {.statements = statements,
                             .count = resolve(sim, client, step, statements),
                             .now_ms = sim->now_ms,
                             .rolls_back = step->sql.rolls_back,
                             .quiet = step->sql.quiet};

    sim->idle_writes += sql.count == 0;
    if (!sql.rolls_back)
        sim->stats.statements += sql.count;
    arena_clear(&sim->call_arena);
    if (sim->server != NULL &&
        !sim->server->ops->write(sim->server, &sql, &sim->call_arena, &sim->violation))
        return false;
    return !sql.quiet || compare_written(sim, statements, sql.count, step->value);
}

/* The same statement, where a request came first. */
static bool behind_request(struct sim *sim, struct sql_statement *statement)
{
    struct cells row = oracle_row(sim->oracle, statement->owner, statement->model, statement->id);

    if (statement->kind == SQL_INSERT || statement->kind == SQL_REPLACE ||
        statement->kind == SQL_SHOW)
        return true;
    for (size_t i = 0; i < statement->model->field_count; i++)
        if (statement->kind != SQL_UPDATE || (statement->fields >> i & 1u) == 0)
            statement->cells.json[i] = row.json[i];
    return row.live;
}

/* … and told at once after the two last ones: a new device gets rows once its diffs are stored. */
/* … or, below the horizon, the request is answered again. */
enum moment {
    BEFORE,
    BEHIND_DRAIN,
    BETWEEN,
    BEHIND,
    BETWEEN_TOLD,
    BEHIND_TOLD,
    BETWEEN_AGAIN,
    BEHIND_AGAIN,
    MOMENTS
};

/* Of an object of which the request brings no news: its row is as it is now for what reads it (a
 * reference to it, a new device that gets it without a diff), and the next request tells of it. */
static bool is_of_others(struct sim *sim, const struct server_call *call,
                         const struct sql_statement *statement)
{
    for (size_t i = 0; i < call->diffs.count; i++) {
        const struct diff *diff = &call->diffs.items[i];

        if (diff->model == statement->model &&
            (text_equal(diff->object_id, statement->id) ||
             text_equal(diff->object_id, statement->to_id)) &&
            !oracle_knows(sim->oracle, call->owner, diff))
            return false;
    }
    return call->diffs.count > 0;
}

/* The request and the statement in the one order. */
static bool fits_moment(struct sim *sim, const struct server_call *call,
                        const struct server_reply *reply, enum moment at)
{
    const struct oracle_moment moment = {.now_ms = sim->now_ms};
    const bool again = at == BETWEEN_AGAIN || at == BEHIND_AGAIN;
    const bool between = at == BETWEEN || at == BETWEEN_TOLD || at == BETWEEN_AGAIN;
    const bool behind = at == BEHIND || at == BEHIND_TOLD || at == BEHIND_AGAIN;
    const bool told = at == BETWEEN_TOLD || at == BEHIND_TOLD;
    struct sql_statement statement = call->middle->statements[0];
    struct oracle_outcome outcome;

    if ((between && !is_of_others(sim, call, &statement)) || (told && call->clock > 0))
        return false;
    if (again && call->clock >= oracle_compacted_below(sim->oracle, call->owner))
        return false;
    if (at == BEHIND_DRAIN || between)
        oracle_drain(sim->oracle, call->owner);
    if (!behind)
        oracle_write(sim->oracle, &statement, &moment);
    outcome = ask_oracle_so(sim, call, between);
    if (between || told)
        outcome.meanwhile = &statement;
    if (behind && behind_request(sim, &statement))
        oracle_write(sim->oracle, &statement, &moment);
    if (told)
        oracle_drain(sim->oracle, call->owner);
    if (again)
        outcome = ask_oracle(sim, call);
    return accept(sim, call, &outcome, reply, true);
}

/* It came before the request, or between the drain and the rest, or behind all of it. */
static bool judge_middle(struct sim *sim, const struct server_call *call,
                         const struct server_reply *reply)
{
    static const char *const NAMES[MOMENTS] = {"before: ",
                                               "; behind the drain: ",
                                               "; between: ",
                                               "; behind: ",
                                               "; between and told: ",
                                               "; behind and told: ",
                                               "; between and again: ",
                                               "; behind and again: "};
    struct oracle_copy *before = oracle_save(sim->oracle);
    bool right = false;

    for (enum moment at = BEFORE; at < MOMENTS && !right; at++) {
        struct oracle_copy *now = oracle_copy(before);

        oracle_restore(sim->oracle, now);
        buf_add_str(&sim->violation, NAMES[at]);
        right = fits_moment(sim, call, reply, at);
    }
    oracle_forget(before);
    if (right)
        buf_clear(&sim->violation);
    return right;
}

static bool play_middle(struct sim *sim, struct client *client, const struct step *step)
{
    struct server_call call = call_of(sim, client, step->value);
    struct sql_statement statements[SQL_WRITES];
    struct step dry = *step;
    struct server_sql sql = {.statements = statements, .now_ms = sim->now_ms};
    struct server_reply reply;

    dry.sql.rolls_back = true;
    sql.count = resolve(sim, client, &dry, statements);
    if (sim->server == NULL || sql.count == 0)
        return play_sync(sim, client, step);
    forget_edits(sim, client->owner);
    call.middle = &sql;
    call.middle_nth = step->nth;
    send_call(sim, &call, &reply);
    call.middle = NULL;
    if (reply.rc == RC_OK)
        sim->last[client->number] = call;
    call.middle = &sql;
    trace_call(sim, client, &call, &reply);
    if (!reply.interrupted) {
        struct oracle_outcome outcome = ask_oracle(sim, &call);

        return accept(sim, &call, &outcome, &reply, true) && receive(sim, client, &reply, step);
    }
    sim->stats.middles++;
    sim->stats.statements++;
    return judge_middle(sim, &call, &reply) && receive(sim, client, &reply, step);
}

/* ---- Compaction ---- */

/* A part of all clocks, often all of them. */
static int64_t part_of(int64_t clock, uint32_t value)
{
    const int64_t parts = 4;

    return clock * (parts - value % 3) / parts;
}

/* As far as one step of the server comes. */
static bool play_compact(struct sim *sim, struct client *client, const struct step *step)
{
    static const size_t SIZES[] = {1, 2, 1000, 1000};
    const int64_t next_clock = oracle_next_clock(sim->oracle, client->owner);
    struct server_horizon now, to = {.below = part_of(next_clock, step->value)};

    if (step->value / 3 % 4 == 0)
        to.forgotten = part_of(to.below, step->value / 12);
    if (sim->server == NULL || sim->server->ops->compact == NULL)
        return true;
    sim->stats.compactions++;
    oracle_compact(sim->oracle, client->owner, to.below, to.forgotten);
    if (!sim->server->ops->compact(sim->server, client->owner, &to, SIZES[step->value / 36 % 4],
                                   &now, &sim->violation))
        return false;
    if (now.below != oracle_compacted_below(sim->oracle, client->owner) ||
        now.forgotten != oracle_forgotten_below(sim->oracle, client->owner))
        return violated(sim, client, "the horizon is another one (10)");
    if (sim->trace != NULL)
        fprintf(sim->trace, "  compacted below %lld, forgotten below %lld\n", (long long)now.below,
                (long long)now.forgotten);
    return follow(sim, client->owner);
}

typedef bool step_fn(struct sim *sim, struct client *client, const struct step *step);

static step_fn *const STEPS[STEP_KINDS] = {
    [STEP_WRITE] = play_write,
    [STEP_SYNC] = play_sync,
    [STEP_LOST] = play_sync,
    [STEP_TWICE] = play_twice,
    [STEP_DIE] = play_sync,
    [STEP_STALE] = play_stale,
    [STEP_CLOCK] = play_clock,
    [STEP_FAULT] = play_fault,
    [STEP_REINSTALL] = play_reinstall,
    [STEP_OPERATOR] = play_operator,
    [STEP_SQL] = play_sql,
    [STEP_MIDDLE] = play_middle,
    [STEP_RECONCILE] = play_reconcile,
    [STEP_COMPACT] = play_compact,
};

/* … and first the objects that its id names. */
static bool create(struct sim *sim, struct client *client, size_t object)
{
    struct client_write write = {.type = DIFF_CREATE, .object = object, .fields = 1, .value = 4711};

    for (size_t i = 0; i < WORLD_RELATIONS; i++) {
        size_t parent = world_id_parent(world_relation(i), object);

        if (parent < WORLD_PLACES && !client->rows[parent].live && !create(sim, client, parent))
            return false;
    }
    return client_write(client, &write, sim->now_ms);
}

/* An update of an object that never existed is refused forever; the app creates the object, as its
 * user would after the first message. */
static bool heal(struct sim *sim, struct client *client, const struct server_reply *reply)
{
    for (size_t i = 0; i < client->log_count; i++) {
        const struct diff *diff = &client->log[i];

        if (!text_equal(diff->id, reply->diff_id))
            continue;
        return create(sim, client, world_object_number(diff->model, diff->object_id))
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
        if (reply.code == FAIL_INVALID_CLOCK) { /* no violation: it was expected */
            client_reinstall(client);
            continue;
        }
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
        if (!check_converged(sim, &sim->clients[i], sim->clients[i].clock))
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
    sim->edit_count = 0;
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
        sim->kept_off[i] = 0;
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
