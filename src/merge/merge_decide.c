/* Decides what becomes of one object: the cell of docs/merging.md 6, and what its footnotes add.
 * Entry:     merge_decide().
 * Invariant: pure; what it changes of the object's net effects it changes in copies. */
#include "merge_decide.h"

#include <assert.h>

#include "merge_object.h"

/* docs/merging.md 6: rows are s (server_net), columns l (client_net). */
static const struct merge_rule MERGE[NET_KINDS][NET_KINDS] = {
    [NET_NONE] = {[NET_NONE] = {MERGE_NOTHING, MERGE_NOTHING, false},
                  [NET_CREATE] = {MERGE_CREATE, MERGE_NOTHING, false},
                  /* mutant: create_for_update */
                  [NET_UPDATE] = {MERGE_UPDATE, MERGE_NOTHING, false},
                  [NET_DELETE] = {MERGE_DELETE, MERGE_NOTHING, false},
                  [NET_REPLACE] = {MERGE_REPLACE, MERGE_NOTHING, false},
                  [NET_CANCELLED] = {MERGE_NOTHING, MERGE_CREATE, false}},
    [NET_CREATE] = {[NET_NONE] = {MERGE_NOTHING, MERGE_CREATE, false},
                    [NET_CREATE] = {MERGE_UPDATE, MERGE_UPDATE, true},
                    [NET_UPDATE] = {MERGE_UPDATE, MERGE_CREATE, true},
                    [NET_DELETE] = {MERGE_DELETE, MERGE_NOTHING, false},
                    [NET_REPLACE] = {MERGE_REPLACE, MERGE_NOTHING, false},
                    [NET_CANCELLED] = {MERGE_NOTHING, MERGE_CREATE, false}},
    [NET_UPDATE] = {[NET_NONE] = {MERGE_NOTHING, MERGE_UPDATE, false},
                    [NET_CREATE] = {MERGE_UPDATE, MERGE_UPDATE, true},
                    [NET_UPDATE] = {MERGE_UPDATE, MERGE_UPDATE, true},
                    [NET_DELETE] = {MERGE_DELETE, MERGE_NOTHING, false},
                    [NET_REPLACE] = {MERGE_REPLACE, MERGE_NOTHING, false},
                    [NET_CANCELLED] = {MERGE_NOTHING, MERGE_CREATE, false}},
    [NET_DELETE] = {[NET_NONE] = {MERGE_NOTHING, MERGE_DELETE, false}, /* mutant: delete_not_told */
                    [NET_CREATE] = {MERGE_CREATE, MERGE_NOTHING, false},
                    /* mutant: update_beats_delete */
                    [NET_UPDATE] = {MERGE_NOTHING, MERGE_DELETE, false},
                    [NET_DELETE] = {MERGE_NOTHING, MERGE_NOTHING, false},
                    [NET_REPLACE] = {MERGE_CREATE, MERGE_NOTHING, false},
                    [NET_CANCELLED] = {MERGE_NOTHING, MERGE_CREATE, false}},
    [NET_REPLACE] = {[NET_NONE] = {MERGE_NOTHING, MERGE_REPLACE, false},
                     [NET_CREATE] = {MERGE_UPDATE, MERGE_UPDATE, true},
                     [NET_UPDATE] = {MERGE_NOTHING, MERGE_REPLACE, false},
                     [NET_DELETE] = {MERGE_DELETE, MERGE_NOTHING, false},
                     [NET_REPLACE] = {MERGE_REPLACE, MERGE_NOTHING, false},
                     [NET_CANCELLED] = {MERGE_NOTHING, MERGE_CREATE, false}},
};

const struct merge_rule *merge_rule(enum net_kind server_net, enum net_kind client_net)
{
    assert(server_net < NET_KINDS && client_net < NET_KINDS && server_net != NET_CANCELLED);
    return &MERGE[server_net][client_net];
}

static bool row_is_live(const struct merge_object *object)
{
    if (object->row.known)
        return object->row.live;
    if (object->given.stored.count > 0)
        return !merge_row_is_gone(object);
    /* The usual: a created id is free, what is updated or deleted is there. */
    return object->given.client_net.kind != NET_CREATE && object->given.client_net.kind != NET_NONE;
}

/* A create and a delete in one request leave no diff: the object never existed. But another device
 * may have met it before the server was set back, and send the create again. */
static bool was_created(const struct merge_input *input, const struct merge_object *object)
{
    const enum net_kind kind = object->given.resent_net.kind;

    return input->set_back && (kind == NET_CREATE || kind == NET_REPLACE || kind == NET_CANCELLED);
}

static bool did_exist(const struct merge_input *input, const struct merge_object *object)
{
    if (was_created(input, object))
        return true;
    /* mutant: forget_the_tombstone */
    return object->given.stored.count > 0 || (object->row.known && object->row.existed);
}

/* Somebody's own SQL may have taken a row away, or put one there, without any diff. */
static bool row_contradicts_diffs(const struct merge_object *object)
{
    return object->row.known && object->given.stored.count > 0 &&
           object->row.live == merge_row_is_gone(object);
}

static bool has_before_push(const struct merge_object *object)
{
    return object->client.before_push == PRESENCE_PRESENT;
}

/* The object, by the last of all its stored diffs. */
static enum presence told_presence(const struct merge_object *object)
{
    if (object->given.stored.count == 0)
        return object->row.told;
    return merge_row_is_gone(object) ? PRESENCE_ABSENT : PRESENCE_PRESENT;
}

/* docs/merging.md 6.7: what this client's change has shown, all devices are to hear. */
static void note_untold(const struct merge_object *object, struct merge_decision *decision)
{
    const enum presence told = told_presence(object);
    const enum net_kind client_net = object->given.client_net.kind;

    if (!object->row.known)
        return;
    /* mutant: gone_row_not_told */
    decision->untold_gone = !object->row.live && told == PRESENCE_PRESENT &&
                            (object->given.client_net.deleted != NULL ||
                             (object->client.unsure.last == NULL &&
                              (client_net == NET_UPDATE || client_net == NET_CREATE)));
    /* mutant: made_row_not_told */
    decision->untold_row = object->row.live && told == PRESENCE_ABSENT &&
                           (client_net == NET_CREATE ||
                            (client_net == NET_CANCELLED && object->client.unsure.last == NULL));
}

static enum net_kind kind_by_row(const struct merge_object *object)
{
    if (object->row.live)
        return has_before_push(object) ? NET_UPDATE : NET_CREATE;
    return has_before_push(object) ? NET_DELETE : NET_NONE;
}

static struct net empty_net(const struct merge_object *object, enum net_kind kind,
                            struct arena *arena)
{
    struct net net;

    net_init(&net, object->model, arena);
    net.kind = kind;
    return net;
}

/* The row is right: where it contradicts the diffs, it stands for them. */
static void reconcile_with_row(const struct merge_object *object, struct merge_decision *decision,
                               struct arena *arena)
{
    decision->server_net = object->given.server_net;
    decision->missing_fields = object->client.missing_fields;
    if (row_contradicts_diffs(object)) {
        decision->server_net = empty_net(object, kind_by_row(object), arena);
        decision->missing_fields = object->row.live && has_before_push(object);
    }
    if (decision->server_net.kind == NET_CANCELLED)
        decision->server_net = empty_net(object, NET_NONE, arena);
}

/* The footnotes of docs/merging.md 6 that turn on whether the row is there. */
static enum merge_effect effect_on_row(const struct merge_rule *rule, bool live)
{
    if (live)
        return rule->server == MERGE_CREATE ? MERGE_UPDATE : rule->server;
    if (rule->server == MERGE_UPDATE || rule->server == MERGE_DELETE)
        return MERGE_NOTHING;
    return rule->server == MERGE_REPLACE ? MERGE_CREATE : rule->server;
}

static enum merge_effect effect_by_row(const struct merge_object *object,
                                       const struct merge_rule *rule, bool live)
{
    if (object->given.client_net.kind == NET_CANCELLED)
        return live ? MERGE_CREATE : MERGE_NOTHING;
    if (rule->server == MERGE_CREATE && live)
        return MERGE_UPDATE;
    return rule->server == MERGE_UPDATE && !live ? MERGE_DELETE : rule->client;
}

static bool only_updates(const struct merge_object *object)
{
    return object->given.client_net.kind == NET_NONE || object->given.client_net.kind == NET_UPDATE;
}

/* An earlier answer was lost (docs/merging.md 7): the fields of the row that the client did not
 * set. */
static bool lacks_fields(const struct merge_object *object, const struct merge_decision *decision)
{
    return decision->missing_fields && only_updates(object) &&
           (decision->client == MERGE_NOTHING || decision->client == MERGE_UPDATE);
}

static bool lacks_object(const struct merge_object *object)
{
    return object->client.before_push == PRESENCE_ABSENT && only_updates(object);
}

/* A create of a version of the app that did not have all fields. */
static bool tells_partial(const struct merge_decision *decision)
{
    return (decision->client == MERGE_CREATE || decision->client == MERGE_REPLACE) &&
           decision->server_net.created != NULL && decision->server_net.created->partial;
}

/* It is told with what the row has besides; nothing of what the client did to the one before it. */
static void tell_partial(const struct merge_input *input, const struct merge_object *object,
                         struct merge_decision *decision)
{
    if (!tells_partial(decision))
        return;
    decision->whole = true;
    if (decision->server == MERGE_NOTHING)
        decision->client_net = empty_net(object, NET_NONE, input->arena);
}

/* What the client lacks because an earlier response was lost, or its create met a live row. */
static void tell_what_is_missing(const struct merge_object *object, bool live,
                                 struct merge_decision *decision)
{
    const enum net_kind client_net = object->given.client_net.kind;

    if (client_net == NET_CREATE && decision->server == MERGE_UPDATE) /* mutant: no_fill */
        decision->fill = true;
    if (client_net == NET_CANCELLED)
        decision->whole = true;
    if (client_net == NET_UPDATE && decision->client == MERGE_CREATE) /* mutant: create_not_whole */
        decision->whole = true;
    if (live && lacks_fields(object, decision)) {
        decision->client = MERGE_UPDATE;
        decision->fill = true;
    }
    if (!lacks_object(object))
        return;
    if (!live && client_net == NET_NONE && decision->client == MERGE_DELETE)
        decision->client = MERGE_NOTHING;
    if (live && object->client.missing_row) {
        decision->client = MERGE_CREATE;
        decision->whole = true;
    }
}

static bool leaves_row(enum merge_effect server, bool live)
{
    return server == MERGE_NOTHING ? live : server != MERGE_DELETE;
}

static bool may_have_object(const struct merge_client *client)
{
    return client->after_push == PRESENCE_PRESENT || client->unsure.last->type == DIFF_UPDATE;
}

/* What the client did to its own copy is not what happened to the row: whatever the table says,
 * the row's end decides. A row that the client lacks it gets whole; one that is gone is deleted,
 * also where a refused update only may mean that the client has it. */
static void tell_what_is_unsure(const struct merge_object *object, bool live,
                                struct merge_decision *decision)
{
    if (!leaves_row(decision->server, live)) {
        decision->client = may_have_object(&object->client) ? MERGE_DELETE : MERGE_NOTHING;
    } else if (object->client.after_push == PRESENCE_ABSENT) {
        decision->client = MERGE_CREATE;
        decision->whole = true;
    } else {
        /* mutant: refused_delete_half_told */
        decision->whole = decision->whole || object->client.unsure.all ||
                          decision->client == MERGE_CREATE || decision->client == MERGE_REPLACE;
        decision->client = MERGE_UPDATE;
        decision->unsure = true;
    }
}

static bool has_rounded(const struct net *net)
{
    for (size_t i = 0; i < net->field_count; i++)
        if (net->fields[i].value.rounded)
            return true;
    return false;
}

/* The row has what its columns keep of the values, and the client what it sent, now or before a
 * response that was lost. */
static void tell_what_is_rounded(const struct merge_object *object, bool live,
                                 struct merge_decision *decision)
{
    if (!leaves_row(decision->server, live) || object->client.after_push == PRESENCE_ABSENT ||
        (decision->client != MERGE_NOTHING && decision->client != MERGE_UPDATE) ||
        (!has_rounded(&decision->client_net) && !has_rounded(&object->given.resent_net)))
        return;
    decision->client = MERGE_UPDATE; /* mutant: rounded_not_told */
    decision->rounded = true;
}

/* A clock that runs ahead must not win forever (docs/merging.md 6). */
static int64_t time_in_contest(const struct merge_input *input, int64_t time_ms)
{
    int64_t latest = input->now_ms + input->clock_skew_ms;

    return time_ms < latest ? time_ms : latest; /* mutant: no_skew_limit */
}

/* What may have been sent before must be strictly later to win; else a tie is the client's. */
static bool server_wins(const struct merge_input *input, const struct merge_object *object,
                        const struct field_value *server, const struct field_value *client)
{
    const int64_t server_ms = time_in_contest(input, server->time_ms);
    const int64_t client_ms = time_in_contest(input, client->time_ms);

    if (object->doubtful)
        return server_ms >= client_ms; /* mutant: doubtful_wins_ties */
    /* mutant: server_wins_ties, client_always_wins */
    return server_ms > client_ms;
}

/* Field by field: the loser's setting is dropped. Where the client needs the merged row whole, what
 * it wins is laid into server_net instead, in the place where the field was first set. */
static void contest_fields(const struct merge_input *input, const struct merge_object *object,
                           struct merge_decision *decision)
{
    struct net *server_net = &decision->server_net, *client_net = &decision->client_net;

    *server_net = net_copy(server_net, input->arena);
    *client_net = net_copy(client_net, input->arena);
    for (size_t i = server_net->field_count; i > 0; i--) {
        const struct field_value *server = &server_net->fields[i - 1];
        const struct field_value *client = net_field(client_net, server->field);

        if (client == NULL)
            continue;
        if (server_wins(input, object, server, client)) {
            net_drop(client_net, client->field);
            decision->fields_lost++;
            continue;
        }
        decision->fields_won++;
        if (decision->whole)
            net_lay_in(server_net, client, 1);
        else
            net_drop(server_net, server->field);
    }
}

/* A row that is there keeps what the client's version of the app does not see: a create over it
 * sets nothing of that … */
static void drop_initial_fields(struct net *net)
{
    for (size_t i = net->field_count; i > 0; i--)
        if (field_is_initial(&net->fields[i - 1])) /* mutant: initial_over_row */
            net_drop(net, net->fields[i - 1].field);
}

/* … and what takes its place has it, too. */
static void keep_unseen_fields(struct net *net, const struct merge_object *object)
{
    const struct diff *created = net->created;

    for (size_t i = 0; created != NULL && i < object->model->field_count; i++) {
        const struct field *field = &object->model->fields[i];
        const struct field_value *set = net_field(net, field);
        const struct field_value kept = {
            .field = field, .value = object->row.values[i], .time_ms = created->time_ms};

        if (field->access == FIELD_WRITABLE && created->unseen[i] &&
            (set == NULL || field_is_initial(set)))
            net_set(net, &kept); /* mutant: replace_clears_unseen */
    }
}

static bool has_initial_fields(const struct net *net)
{
    for (size_t i = 0; i < net->field_count; i++)
        if (field_is_initial(&net->fields[i]))
            return true;
    return false;
}

static void leave_unseen(const struct merge_input *input, const struct merge_object *object,
                         struct merge_decision *decision)
{
    struct net *net = &decision->client_net;

    if (decision->server == MERGE_UPDATE && has_initial_fields(net)) {
        *net = net_copy(net, input->arena);
        drop_initial_fields(net);
    }
    if (decision->server == MERGE_REPLACE && net->created != NULL && net->created->unseen != NULL &&
        object->row.known && object->row.live) {
        *net = net_copy(net, input->arena);
        keep_unseen_fields(net, object);
    }
}

/* A field is as late as the latest of all that set it, which need not be the last: clocks differ.
 * Of what is below the horizon, folded or not, only the last counts. */
static void keep_times(struct net *net, const struct net *before)
{
    for (size_t i = 0; i < net->field_count; i++) {
        struct field_value *now = &net->fields[i];
        const struct field_value *was = net_field(before, now->field);

        if (was != NULL && was->time_ms > now->time_ms)
            now->time_ms = was->time_ms; /* mutant: doubtful_meets_the_last */
    }
}

/* All of it, the client's own, too: which that is nobody knows. */
static struct net changed_since(const struct merge_object *object, const struct merge_input *input)
{
    const struct merge_diffs *stored = &object->given.stored;
    struct net net = empty_net(object, NET_NONE, input->arena);

    for (size_t i = 0; i < stored->count; i++) {
        const struct diff *diff = stored->items[i];
        const bool is_old = diff->clock < input->compacted_below;
        const struct net before = is_old ? net : net_copy(&net, input->arena);

        net_add(&net, diff, diff->type);
        if (!is_old)
            keep_times(&net, &before);
    }
    return net;
}

/* Do the diffs say of the row what is so? */
static bool is_told_right(const struct merge_object *object, bool live)
{
    return told_presence(object) != (live ? PRESENCE_ABSENT : PRESENCE_PRESENT);
}

/* Of what may have been sent before only fields that are strictly later than what changed since
 * take effect. Where nothing changed, nothing was sent before that took any. */
static enum merge_effect doubtful_effect(const struct merge_object *object, bool live)
{
    const enum net_kind kind = object->given.client_net.kind;

    if (!is_told_right(object, live))
        return MERGE_NOTHING;
    if (object->given.stored.count == 0)
        return effect_on_row(merge_rule(NET_NONE, kind), live);
    /* mutant: doubtful_delete_applied */
    return live && (kind == NET_UPDATE || kind == NET_CREATE) ? MERGE_UPDATE : MERGE_NOTHING;
}

/* What no one set counts as set at time 0, which such a field would have to be later than. */
static void drop_timeless_fields(struct net *net)
{
    for (size_t i = net->field_count; i > 0; i--)
        if (net->fields[i - 1].time_ms <= 0)
            net_drop(net, net->fields[i - 1].field);
}

/* docs/merging.md 15.3: the client makes its copy again. */
static struct merge_decision decide_doubtful(const struct merge_input *input,
                                             const struct merge_object *object)
{
    const bool live = row_is_live(object);
    struct merge_decision decision = {
        .client_net = object->given.client_net,
        .server_net = changed_since(object, input),
        .server = doubtful_effect(object, live),
        .anew = true,
    };

    leave_unseen(input, object, &decision);
    if (decision.server == MERGE_UPDATE) {
        contest_fields(input, object, &decision);
        drop_timeless_fields(&decision.client_net);
    }
    if (decision.server == MERGE_NOTHING)
        decision.client_net = empty_net(object, NET_NONE, input->arena);
    decision.client = leaves_row(decision.server, live) ? MERGE_REPLACE : MERGE_DELETE;
    return decision;
}

struct merge_decision merge_decide(const struct merge_input *input,
                                   const struct merge_object *object)
{
    struct merge_decision decision = {.client_net = object->given.client_net};
    const bool live = row_is_live(object);
    const struct merge_rule *rule;

    if (object->doubtful)
        return decide_doubtful(input, object);
    reconcile_with_row(object, &decision, input->arena);
    rule = merge_rule(decision.server_net.kind, object->given.client_net.kind);
    note_untold(object, &decision);
    decision.never_existed =
        rule->server == MERGE_UPDATE && !live && !input->reset && !did_exist(input, object);
    decision.server = effect_on_row(rule, live);
    decision.client = effect_by_row(object, rule, live);
    leave_unseen(input, object, &decision);
    tell_what_is_missing(object, live, &decision);
    tell_partial(input, object, &decision);
    if (object->client.unsure.last != NULL) {
        /* What the client did undoes what others did before. */
        if (decision.client == MERGE_NOTHING)
            decision.server_net = empty_net(object, NET_NONE, input->arena);
        tell_what_is_unsure(object, live, &decision);
    }
    if (rule->by_field)
        contest_fields(input, object, &decision);
    tell_what_is_rounded(object, live, &decision);
    return decision;
}
