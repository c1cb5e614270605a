/* PROTOCOL 7.4: after a lost answer a device sends the same diffs again, from the same clock. */
#include "merge_parts.h"

/* PROTOCOL 7.4: what this client knew already, replayed in the order in which the server took it:
 * its own diffs beside those of others. The order of the request would not do: a client that died
 * sends what it received among what it wrote. */
struct replay {
    const struct merge_group *group;
    struct merge_object *object;
    enum presence has;         /* the client, so far */
    bool told;                 /* … by a diff of its own, not only by what was stored before */
    bool born;                 /* the row's create is in S(c), so S(c) tells all of the row */
    size_t next_void;          /* in `voids` */
    const struct diff **voids; /* own diffs that are stored under no id of theirs, by clock */
    size_t void_count;
};

static int64_t known_clock_of(const struct merge_group *group, const struct diff *own)
{
    return group->known_clocks[own - group->input->request->items];
}

/* The request's diff of that id, NULL if the client did not send one. */
static const struct diff *as_sent(const struct merge_group *group, struct text id)
{
    size_t position = *merge_id_slot(group, id);

    return position == 0 ? NULL : &group->input->request->items[position - 1];
}

/* In the order of their clocks, else of the request. */
static void collect_voids(struct replay *replay)
{
    const struct merge_diffs *own = &replay->object->own;

    replay->voids = ARENA_ARRAY(replay->group->input->arena, own->count, const struct diff *);
    for (size_t i = 0; i < own->count; i++) {
        const struct diff *diff = own->items[i];
        int64_t clock = known_clock_of(replay->group, diff);
        size_t at = replay->void_count;

        if (replay->group->in_history[diff - replay->group->input->request->items])
            continue;
        while (at > 0 && known_clock_of(replay->group, replay->voids[at - 1]) > clock) {
            replay->voids[at] = replay->voids[at - 1];
            at--;
        }
        replay->voids[at] = diff;
        replay->void_count++;
    }
}

/* The client made the object, or received it, where the server had a row: from here on what others
 * did before is a mere update to it. */
static void replay_overlay(struct replay *replay)
{
    struct merge_object *object = replay->object;

    net_become_update(&object->s);
    replay->has = PRESENCE_PRESENT;
    replay->told = true;
    object->severed = false;
    object->unfilled = !replay->born;
}

static void replay_absence(struct replay *replay, bool severed)
{
    replay->has = PRESENCE_ABSENT;
    replay->told = true;
    replay->object->unfilled = false;
    replay->object->severed = severed && !replay->born;
}

/* One request's own diffs that left no trace, but for their updates: did the client have the object
 * after them? */
static void replay_voids(struct replay *replay, const struct diff **diffs, size_t count)
{
    struct net net;

    net_init(&net, replay->object->model, replay->group->input->arena);
    /* It may have received the object only after them, though the server took that one before. */
    fold_order_runs(diffs, count, PRESENCE_ABSENT);
    if (!fold_order_possible(diffs, count, PRESENCE_ABSENT))
        fold_order_runs(diffs, count, replay->has);
    for (size_t i = 0; i < count; i++)
        if (diffs[i]->type != DIFF_UPDATE)
            net_add(&net, diffs[i], diffs[i]->type);
    if (net.created != NULL) {
        replay_overlay(replay);
    } else if (net.deleted != NULL) {
        net_clear(&replay->object->s);
        replay_absence(replay, false);
    } else if (net.kind == NET_CANCELLED && !(replay->told && replay->has == PRESENCE_PRESENT)) {
        /* … else it received the object later, or could not have made it then. */
        replay_absence(replay, true);
    }
}

static void replay_voids_until(struct replay *replay, int64_t clock)
{
    while (replay->next_void < replay->void_count) {
        const struct diff **first = &replay->voids[replay->next_void];
        size_t left = replay->void_count - replay->next_void, count = 1;
        int64_t at = known_clock_of(replay->group, first[0]);

        if (at > clock)
            return;
        while (count < left && known_clock_of(replay->group, first[count]) == at)
            count++;
        replay_voids(replay, first, count);
        replay->next_void += count;
    }
}

static void take_out(struct net *s, const struct diff *own_update)
{
    for (size_t i = 0; i < own_update->field_count; i++)
        net_drop(s, own_update->fields[i].field);
    if (s->field_count == 0)
        net_clear(s);
}

static void replay_own(struct replay *replay, const struct diff *diff, enum diff_type sent_as)
{
    struct net *s = &replay->object->s;

    if (diff->type != DIFF_UPDATE) {
        net_clear(s); /* there client and server were at one */
        replay_absence(replay, false);
        replay->has = presence_after(replay->has, diff->type);
        return;
    }
    if (sent_as == DIFF_CREATE)
        replay_overlay(replay);
    if (s->kind == NET_UPDATE && replay->has != PRESENCE_ABSENT)
        take_out(s, diff);
    else if (s->kind != NET_NONE)
        net_lay_in(s, diff->fields, diff->field_count); /* the client needs all of the row */
}

static void replay_stored(struct replay *replay, const struct diff *diff)
{
    const struct diff *sent = as_sent(replay->group, diff->id);
    struct net *s = &replay->object->s;

    if (diff->type != DIFF_UPDATE)
        replay->born = diff->type == DIFF_CREATE;
    if (sent != NULL)
        replay_own(replay, diff, sent->type);
    else if (diff->type == DIFF_DELETE && replay->has == PRESENCE_ABSENT && s->kind != NET_CREATE)
        net_clear(s); /* nothing is deleted for a client that lacks the object */
    else if (diff->type == DIFF_CREATE && replay->has == PRESENCE_PRESENT && s->kind == NET_NONE)
        net_add(s, diff, DIFF_UPDATE);
    else
        net_add(s, diff, diff->type);
}

void merge_replay(const struct merge_group *group, struct merge_object *object)
{
    struct replay replay = {.group = group, .object = object, .has = object->at_clock};

    collect_voids(&replay);
    for (size_t i = 0; i < object->stored.count; i++) {
        replay_voids_until(&replay, object->stored.items[i]->clock);
        replay_stored(&replay, object->stored.items[i]);
    }
    replay_voids_until(&replay, INT64_MAX);
    object->before_push = replay.has;
    /* The row was there before any diff told of it, and the client never was told. */
    if (replay.has == PRESENCE_ABSENT && object->stored.count > 0 && !replay.born &&
        !merge_row_is_gone(object))
        object->severed = true;
    /* A client that died may have received already what the server made for it. */
    if (object->unfilled &&
        *merge_id_slot(group, merge_made_id(merge_cause(object), group->input->arena)) != 0)
        object->unfilled = false;
}
