/* What an object's diffs come to, and what the client has because of them.
 * Entry:     merge_fold_object().
 * Invariant: may be repeated, once the row is known. */
#include "merge_fold.h"

#include "merge_object.h"
#include "merge_refused.h"
#include "merge_replay.h"

/* How many diffs of the list stand before its last create; 0 if there is none. */
static size_t before_last_create(const struct merge_diffs *list)
{
    for (size_t i = list->count; i > 0; i--)
        if (list->items[i - 1]->type == DIFF_CREATE)
            return i - 1;
    return 0;
}

/* The create that an earlier sync refused, on which what comes next builds; NULL: none. */
static const struct diff *refused_before(const struct merge_group *group,
                                         const struct merge_object *object)
{
    const struct diff *base = NULL;
    const struct merge_taken *taken;
    int64_t compensated_until;

    if (object->given.resent.count == 0 || !rejections_open(group->input->rejections))
        return NULL;
    compensated_until = merge_compensated_until(group, object);
    taken = merge_resent_as_taken(group, object);
    for (size_t i = 0; i < object->given.resent.count; i++)
        if (taken[i].diff->type == DIFF_CREATE)
            base = merge_refused(group, taken[i].diff) && taken[i].clock > compensated_until
                       ? taken[i].diff
                       : NULL;
    return base;
}

/* Updates and deletes behind a refused create share its rejection. */
static void share_rejection(const struct merge_group *group, const struct diff *diff,
                            const struct diff *base)
{
    const struct diff *all = group->input->request->items;

    if (base != NULL && rejections_open(group->input->rejections)) /* mutant: share_forgotten */
        rejections_share(group->input->rejections, (size_t)(diff - all), (size_t)(base - all),
                         base->id);
}

/* The client's push of the object: what it comes to, and whether the client has the object then. */
struct pushed {
    struct net net;
    enum presence after;
};

/* Of the new diffs that are not refused only the first `max` count. */
static struct pushed fold_new_diffs(const struct merge_group *group,
                                    const struct merge_object *object, enum presence before,
                                    size_t max)
{
    struct pushed pushed;
    const struct merge_diffs *new_diffs = &object->given.new_diffs;
    enum presence now = before;
    const struct diff *base = refused_before(group, object);
    /* Else it is folded again, in the right order, once the row is known. */
    const bool in_order =
        now != PRESENCE_UNKNOWN || !fold_runs_need_presence(new_diffs->items, new_diffs->count);
    size_t create_follows, accepted = 0;

    net_init(&pushed.net, object->model, group->input->arena);
    fold_runs_arrange(new_diffs->items, new_diffs->count, now);
    create_follows = before_last_create(new_diffs);
    for (size_t i = 0; i < new_diffs->count; i++) {
        const struct diff *diff = new_diffs->items[i];
        /* Of what the client does not have yet, where a create of it follows. */
        const bool has_no_effect =
            /* mutant: no_effect_update_kept */
            diff->type == DIFF_UPDATE && now == PRESENCE_ABSENT && i < create_follows;

        if (diff->type == DIFF_CREATE)
            base = merge_refused(group, diff) ? diff : NULL;
        else if (in_order)
            share_rejection(group, diff, base);
        now = presence_after(now, diff->type);
        if (merge_refused(group, diff))
            continue;
        if (accepted++ < max && !has_no_effect)
            net_add(&pushed.net, diff, diff->type);
    }
    pushed.after = now; /* mutant: refused_write_not_there */
    return pushed;
}

static bool order_needs_row(const struct merge_object *object)
{
    const struct merge_diffs *new_diffs = &object->given.new_diffs;

    if (object->client.at_clock == PRESENCE_UNKNOWN &&
        fold_runs_need_presence(object->given.resent.items, object->given.resent.count))
        return true;
    if (object->client.before_push != PRESENCE_UNKNOWN || new_diffs->count < 2)
        return false;
    return fold_runs_need_presence(new_diffs->items, new_diffs->count) ||
           (new_diffs->items[0]->type == DIFF_UPDATE && before_last_create(new_diffs) > 0);
}

/* Is the row there, as far as S(c) tells? Unknown where S(c) is silent. */
static enum presence stored_presence(const struct merge_object *object)
{
    if (object->given.stored.count == 0)
        return PRESENCE_UNKNOWN;
    return merge_row_is_gone(object) ? PRESENCE_ABSENT : PRESENCE_PRESENT;
}

/* The row has what an older version of the app could not say, or must not lose. */
static bool is_of_older_version(const struct merge_object *object)
{
    const struct diff *told = object->given.server_net.created;
    const struct net *client_net = &object->given.client_net;

    return (told != NULL && told->partial) ||
           (client_net->kind == NET_REPLACE && client_net->created->unseen != NULL);
}

/* Objects whose merge depends on the row itself, or on whether there is one. */
static bool needs_row(const struct merge_object *object)
{
    enum presence row = stored_presence(object);
    const struct net *client_net = &object->given.client_net;

    if (object->doubtful || order_needs_row(object))
        return true;
    if (object->client.unsure.last != NULL)
        return true;
    if (row == PRESENCE_ABSENT)
        return false;
    if (object->client.missing_fields || object->client.missing_row ||
        client_net->kind == NET_CANCELLED)
        return true;
    if (is_of_older_version(object))
        return true;
    if (client_net->kind == NET_UPDATE)
        return object->given.server_net.kind == NET_CREATE || client_net->field_count == 0;
    return client_net->kind == NET_CREATE && row == PRESENCE_PRESENT;
}

/* Did the client have the object when its clock became c? */
static enum presence presence_at_clock(const struct merge_group *group,
                                       const struct merge_object *object)
{
    /* Clock 0 resets a device: it has nothing but what it made itself. */
    if (group->input->client_clock == 0)
        return PRESENCE_ABSENT;
    if (object->given.stored.count > 0)
        return merge_row_at_clock(object);
    /* Where S(c) is silent, what is there now was there at the client's clock. */
    if (!object->row.known)
        return PRESENCE_UNKNOWN;
    return object->row.live ? PRESENCE_PRESENT : PRESENCE_ABSENT;
}

static struct net fold_resent(const struct merge_group *group, const struct merge_object *object,
                              enum presence at_clock)
{
    const struct merge_diffs *resent = &object->given.resent;
    struct net net = {0};

    if (resent->count > 0)
        net_init(&net, object->model, group->input->arena);
    for (size_t i = 0; i < resent->count; i++) {
        const struct diff *diff = resent->items[i];

        if (merge_refused(group, diff))
            continue;
        /* Updates of what the client did not have had no effect there (docs/merging.md 5.1). */
        if (diff->type == DIFF_CREATE && net.kind == NET_UPDATE && at_clock == PRESENCE_ABSENT)
            net_clear(&net); /* mutant: void_update_sets_fields */
        net_add(&net, diff, diff->type);
    }
    return net;
}

/* A new device has only what it made itself: nothing of a row that no diff tells of, though it
 * sends an update of it. */
static bool is_unseen(const struct merge_group *group, const struct merge_object *object,
                      enum presence has)
{
    const enum net_kind client_net = object->given.client_net.kind;

    return group->input->client_clock == 0 && object->given.stored.count == 0 &&
           has == PRESENCE_ABSENT && /* mutant: untold_row_of_update_missing */
           (client_net == NET_UPDATE || (client_net == NET_NONE && object->given.resent.count > 0));
}

void merge_fold_object(const struct merge_group *group, struct merge_object *object, size_t max)
{
    struct merge_given *given = &object->given;
    const enum presence at_clock = presence_at_clock(group, object);
    struct merge_replayed replayed;
    struct pushed pushed;

    fold_runs_arrange(given->resent.items, given->resent.count, at_clock);
    replayed = merge_replay(group, object, at_clock);
    /* Of what may have been sent before nobody knows what the client had then: what matters is the
     * row, and without one nothing takes effect. */
    pushed = fold_new_diffs(
        group, object,
        object->doubtful && given->stored.count > 0 ? PRESENCE_PRESENT : replayed.has, max);
    given->server_net = replayed.server_net;
    given->client_net = pushed.net;
    given->resent_net = fold_resent(group, object, at_clock);
    object->client = (struct merge_client){
        .at_clock = at_clock,
        .before_push = replayed.has,
        .after_push = pushed.after,
        .missing_fields = replayed.missing_fields,
        .missing_row = replayed.missing_row || is_unseen(group, object, replayed.has),
        .unsure = merge_find_unsure(group, object),
    };
    object->wants_row = needs_row(object);
}
