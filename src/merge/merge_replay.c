/* docs/merging.md 7: after a lost response a device sends the same diffs again, at the same clock.
 * Entry:     merge_replay().
 * Invariant: the object stays as it is. */
#include "merge_replay.h"

#include "merge_object.h"
#include "merge_refused.h"

/* docs/merging.md 7: what this client knew already, replayed in the order in which the server took
 * it: its resent diffs beside those of others. The order of the request would not do: a client that
 * died sends what it received among what it wrote. */
struct replay {
    const struct merge_group *group;
    const struct merge_object *object;
    struct net net;      /* what of the stored diffs is news */
    bool missing_fields; /* as struct merge_client */
    bool missing_row;
    enum presence row;     /* the server's, so far, as far as S(c) tells */
    enum presence has;     /* the client, so far */
    bool told;             /* … by a diff of its own, not only by what was stored before */
    bool born;             /* the row's create is in S(c), so S(c) tells all of the row */
    size_t next_no_effect; /* in `no_effect` */
    const struct diff *
        *no_effect; /* resent diffs that are stored under no id of theirs, by clock */
    size_t no_effect_count;
    const struct merge_taken *taken; /* all resent diffs; NULL where none is refused
                                        or a compensation */
    size_t next_taken;
    int64_t compensated_until;
    int64_t now_clock;        /* of what was replayed last … */
    enum presence had_before; /* … and what the client had before the first of that clock */
};

static void replay_enter(struct replay *replay, int64_t clock)
{
    if (clock == replay->now_clock)
        return;
    replay->now_clock = clock;
    replay->had_before = replay->has;
}

static int64_t known_clock_of(const struct merge_group *group, const struct diff *sent)
{
    return group->known_clocks[sent - group->input->request->items];
}

/* The request's diff of that id, NULL if the client did not send one. */
static const struct diff *as_sent(const struct merge_group *group, struct text id)
{
    size_t position = *merge_id_slot(group, id);

    return position == 0 ? NULL : &group->input->request->items[position - 1];
}

/* In the order of their clocks, else of the request. */
static void collect_no_effect(struct replay *replay)
{
    const struct merge_diffs *resent = &replay->object->given.resent;

    replay->no_effect =
        ARENA_ARRAY(replay->group->input->arena, resent->count, const struct diff *);
    for (size_t i = 0; i < resent->count; i++) {
        const struct diff *diff = resent->items[i];
        int64_t clock = known_clock_of(replay->group, diff);
        size_t at = replay->no_effect_count;

        if (replay->group->in_history[diff - replay->group->input->request->items] ||
            replay->group->compensations[diff - replay->group->input->request->items] ||
            merge_refused(replay->group, diff))
            continue;
        while (at > 0 && known_clock_of(replay->group, replay->no_effect[at - 1]) > clock) {
            replay->no_effect[at] = replay->no_effect[at - 1];
            at--;
        }
        replay->no_effect[at] = diff;
        replay->no_effect_count++;
    }
}

/* The client made the object, or received it, where the server had a row: from here on what others
 * did before is a mere update to it. */
static void replay_overlay(struct replay *replay)
{
    net_become_update(&replay->net);
    replay->has = PRESENCE_PRESENT;
    replay->told = true;
    replay->missing_row = false;
    replay->missing_fields = !replay->born;
}

static void replay_absence(struct replay *replay, bool missing_row)
{
    replay->has = PRESENCE_ABSENT;
    replay->told = true;
    replay->missing_fields = false;
    replay->missing_row = missing_row && !replay->born;
}

/* One request's resent diffs that left no trace, but for their updates: did the client have the
 * object after them? */
static void replay_no_effect(struct replay *replay, const struct diff **diffs, size_t count)
{
    struct net net;

    replay_enter(replay, known_clock_of(replay->group, diffs[0]));
    net_init(&net, replay->object->model, replay->group->input->arena);
    /* It may have received the object only after them, though the server took that one before. And
     * where there was a row, a delete of more than what they themselves created had an effect. */
    fold_runs_arrange(diffs, count, PRESENCE_ABSENT);
    if (replay->row != PRESENCE_PRESENT && !fold_runs_possible(diffs, count, PRESENCE_ABSENT))
        fold_runs_arrange(diffs, count, replay->has);
    for (size_t i = 0; i < count; i++)
        if (diffs[i]->type != DIFF_UPDATE)
            net_add(&net, diffs[i], diffs[i]->type);
    if (net.created != NULL) { /* mutant: no_effect_create_forgotten */
        replay_overlay(replay);
    } else if (net.deleted != NULL) {
        net_clear(&replay->net);
        replay_absence(replay, false);
    } else if (net.kind == NET_CANCELLED && !(replay->told && replay->has == PRESENCE_PRESENT)) {
        /* … else it received the object later, or could not have made it then. */
        replay_absence(replay, true);
    }
}

static void take_out(struct net *s, const struct diff *sent_update)
{
    for (size_t i = 0; i < sent_update->field_count; i++)
        net_drop(s, sent_update->fields[i].field);
    if (s->field_count == 0)
        net_clear(s);
}

/* Of a diff that cannot be read any more, nobody knows. */
static bool client_sets(const struct replay *replay, const struct field *field)
{
    const struct merge_diffs *resent = &replay->object->given.resent;

    for (size_t i = 0; i < resent->count; i++)
        if (merge_unreadable(replay->group, resent->items[i]))
            return true;
    for (size_t i = 0; i < resent->count; i++)
        for (size_t f = 0; f < resent->items[i]->field_count; f++)
            if (resent->items[i]->fields[f].field == field)
                return true;
    return false;
}

/* Does the client's own create, as it is stored, hold fields of a row that was there before it? */
static bool sets_more(const struct replay *replay, const struct diff *stored)
{
    for (size_t i = 0; i < stored->field_count; i++)
        if (!client_sets(replay, stored->fields[i].field))
            return true;
    return false;
}

/* For a new device a row that no create told of is another's create. */
static bool lacks_untold_row(const struct replay *replay)
{
    return replay->group->input->client_clock == 0 && replay->has == PRESENCE_ABSENT &&
           !replay->born; /* mutant: untold_row_is_no_news */
}

static void lay_in(struct net *s, const struct diff *diff)
{
    net_lay_in(s, diff->fields, diff->field_count);
    if (s->kind == NET_NONE && s->field_count > 0)
        s->kind = NET_UPDATE;
}

static void replay_resent(struct replay *replay, const struct diff *diff, enum diff_type sent_as)
{
    struct net *s = &replay->net;

    if (diff->type != DIFF_UPDATE) {
        /* mutant: resent_create_is_news */
        net_clear(s); /* there client and server were at one */
        replay_absence(replay, false);
        replay->has = presence_after(replay->has, diff->type);
        /* mutant: untold_row_not_refilled */
        replay->missing_fields = diff->type == DIFF_CREATE && sets_more(replay, diff);
        return;
    }
    if (sent_as == DIFF_CREATE) /* mutant: overlay_forgotten */
        replay_overlay(replay);
    if (s->kind == NET_UPDATE && replay->has != PRESENCE_ABSENT) /* mutant: resent_update_stays */
        take_out(s, diff);
    else if (s->kind != NET_NONE || lacks_untold_row(replay))
        lay_in(s, diff); /* the client needs all of the row */
}

/* An id that comes again for another object is known, but says nothing of this one. */
static enum diff_type type_as_sent(const struct diff *sent, const struct diff *stored)
{
    bool same = sent->model == stored->model && text_equal(sent->object_id, stored->object_id);

    return same ? sent->type : stored->type;
}

static void replay_stored(struct replay *replay, const struct diff *diff)
{
    const struct diff *sent = diff->summary != NULL ? NULL : as_sent(replay->group, diff->id);
    struct net *s = &replay->net;

    replay_enter(replay, diff->clock);
    replay->row = diff->type == DIFF_DELETE ? PRESENCE_ABSENT : PRESENCE_PRESENT;
    if (diff->type != DIFF_UPDATE)
        replay->born = diff->type == DIFF_CREATE;
    if (sent != NULL) /* mutant: echo_resent_diffs */
        replay_resent(replay, diff, type_as_sent(sent, diff));
    else if (diff->type == DIFF_DELETE && replay->has == PRESENCE_ABSENT && s->kind != NET_CREATE)
        net_clear(s); /* nothing is deleted for a client that lacks the object */
    else if (diff->type == DIFF_CREATE && replay->has == PRESENCE_PRESENT && s->kind == NET_NONE)
        net_add(s, diff, DIFF_UPDATE);
    else
        net_add(s, diff, diff->type);
}

/* The client was told what became of its refused diffs, and all that was news then: there client
 * and server were at one. False if none of these told it. */
static bool replay_compensation(struct replay *replay, const struct merge_taken *taken,
                                size_t count)
{
    const struct diff *compensation = NULL;

    for (size_t i = 0; i < count; i++)
        if (replay->group->compensations[taken[i].diff - replay->group->input->request->items])
            compensation = taken[i].diff;
    if (compensation == NULL)
        return false;
    net_clear(&replay->net);
    replay_absence(replay, false);
    if (compensation->type != DIFF_DELETE)
        replay->has = PRESENCE_PRESENT;
    return true;
}

/* What one request did to the client's copy, where diffs of it were refused. Nothing else tells: it
 * received nothing afterwards but what compensated it. */
static void replay_refused(struct replay *replay, const struct merge_taken *taken, size_t count)
{
    const struct diff **diffs =
        ARENA_ARRAY(replay->group->input->arena, count, const struct diff *);
    const struct diff *last = NULL;
    bool refused = false;

    for (size_t i = 0; i < count; i++) {
        diffs[i] = taken[i].diff;
        refused |= merge_refused(replay->group, diffs[i]);
    }
    replay_enter(replay, taken[0].clock);
    fold_runs_arrange(diffs, count, replay->had_before);
    for (size_t i = 0; i < count; i++)
        if (diffs[i]->type != DIFF_UPDATE)
            last = diffs[i];
    if (last == NULL || !refused)
        return;
    replay->has = presence_after(replay->has, last->type);
    replay->told = true;
}

static int64_t next_no_effect_clock(const struct replay *replay)
{
    return replay->next_no_effect < replay->no_effect_count
               ? known_clock_of(replay->group, replay->no_effect[replay->next_no_effect])
               : INT64_MAX;
}

static int64_t next_taken_clock(const struct replay *replay)
{
    return replay->taken != NULL && replay->next_taken < replay->object->given.resent.count
               ? replay->taken[replay->next_taken].clock
               : INT64_MAX;
}

static void replay_next_no_effect(struct replay *replay, int64_t clock)
{
    const size_t first = replay->next_no_effect;

    while (next_no_effect_clock(replay) == clock)
        replay->next_no_effect++;
    replay_no_effect(replay, &replay->no_effect[first], replay->next_no_effect - first);
}

static void replay_next_taken(struct replay *replay, int64_t clock)
{
    const size_t first = replay->next_taken;

    while (next_taken_clock(replay) == clock)
        replay->next_taken++;
    if (!replay_compensation(replay, &replay->taken[first], replay->next_taken - first) &&
        clock > replay->compensated_until)
        replay_refused(replay, &replay->taken[first], replay->next_taken - first);
}

/* The resent diffs that left no trace, until the clock; those that were refused before it. */
static void replay_resent_until(struct replay *replay, int64_t clock)
{
    for (;;) {
        const int64_t no_effect = next_no_effect_clock(replay), taken = next_taken_clock(replay);

        if (no_effect <= taken && no_effect <= clock && no_effect < INT64_MAX)
            replay_next_no_effect(replay, no_effect);
        else if (taken < clock && taken < no_effect)
            replay_next_taken(replay, taken);
        else
            return;
    }
}

/* Diffs that were refused, or by which the server and the client came to be at one. */
static bool any_taken(const struct merge_group *group, const struct merge_object *object)
{
    for (size_t i = 0; i < object->given.resent.count; i++) {
        const struct diff *diff = object->given.resent.items[i];

        if (merge_refused(group, diff) || group->compensations[diff - group->input->request->items])
            return true;
    }
    return false;
}

static struct replay begin_replay(const struct merge_group *group,
                                  const struct merge_object *object, enum presence at_clock)
{
    struct replay replay = {
        .group = group,
        .object = object,
        .row = object->given.stored.count > 0 ? merge_row_at_clock(object) : at_clock,
        .has = at_clock,
        .compensated_until = -1,
        .now_clock = -1,
    };

    net_init(&replay.net, object->model, group->input->arena);
    collect_no_effect(&replay);
    if (any_taken(group, object)) {
        replay.taken = merge_resent_as_taken(group, object);
        replay.compensated_until = merge_compensated_until(group, object);
    }
    return replay;
}

/* The row was there before any diff told of it, and the client never was told. */
static bool was_never_told(const struct replay *replay)
{
    return replay->has == PRESENCE_ABSENT && replay->object->given.stored.count > 0 &&
           !replay->born && !merge_row_is_gone(replay->object);
}

/* A client that died may have received already what the server made for it. */
static bool has_derived(const struct merge_group *group, const struct merge_object *object)
{
    struct text id = merge_derived_id(merge_cause(object), group->input->arena);

    return *merge_id_slot(group, id) != 0;
}

struct merge_replayed merge_replay(const struct merge_group *group,
                                   const struct merge_object *object, enum presence at_clock)
{
    const struct merge_diffs *stored = &object->given.stored;
    struct replay replay = begin_replay(group, object, at_clock);

    for (size_t i = 0; i < stored->count; i++) {
        /* One request's refused diffs come behind those of its diffs that are stored. */
        replay_resent_until(&replay, stored->items[i]->clock);
        replay_stored(&replay, stored->items[i]);
    }
    replay_resent_until(&replay, INT64_MAX);
    return (struct merge_replayed){
        .server_net = replay.net,
        .has = replay.has,
        .missing_fields = replay.missing_fields && !has_derived(group, object),
        .missing_row = replay.missing_row || was_never_told(&replay),
    };
}
