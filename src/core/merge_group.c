/* The first half of a merge: which diffs are about which object, and what they come to. */
#include <assert.h>

#include "id.h"
#include "merge.h"

#define NOT_THERE SIZE_MAX

/* A hash table of positions in somebody else's array; it never grows. */
struct index {
    size_t *slots; /* position + 1; 0: free */
    size_t mask;
};

static void index_init(struct index *index, size_t entries, struct arena *arena)
{
    size_t slots = 16;

    while (slots < entries * 2)
        slots *= 2;
    index->slots = ARENA_ARRAY(arena, slots, size_t);
    index->mask = slots - 1;
}

struct group {
    struct merge *merge;
    const struct merge_input *input;
    struct index objects; /* by model and object id */
    struct index ids;     /* of the request's diffs, the first of each */
    bool *in_history;     /* by request diff: S(c) holds its id */
};

/* The slot that holds the request's first diff with that id, or the free one where it belongs. */
static size_t *id_slot(const struct group *group, struct text id)
{
    size_t at = (size_t)text_hash(id, 0) & group->ids.mask;
    size_t *slot;

    while (*(slot = &group->ids.slots[at]) != 0 &&
           !text_equal(group->input->request->items[*slot - 1].id, id))
        at = (at + 1) & group->ids.mask;
    return slot;
}

static size_t find_object(struct group *group, const struct model *model, struct text id)
{
    struct merge *merge = group->merge;
    size_t at = (size_t)text_hash(id, model->index + 1) & group->objects.mask;

    for (;; at = (at + 1) & group->objects.mask) {
        size_t *slot = &group->objects.slots[at];
        struct merge_object *object;

        if (*slot == 0) {
            merge->objects[merge->object_count] = (struct merge_object){.model = model, .id = id};
            *slot = ++merge->object_count;
            return *slot - 1;
        }
        object = &merge->objects[*slot - 1];
        if (object->model == model && text_equal(object->id, id))
            return *slot - 1;
    }
}

/* The list of its object that a request's diff belongs to; NULL if it plays no role: a repetition
 * within the request, or known since before the client's clock, so that its effect was answered. */
static struct merge_diffs *request_list(const struct group *group, struct merge_object *object,
                                        size_t i)
{
    int64_t known_clock = group->input->known_clocks[i];

    if (known_clock < 0)
        return &object->fresh;
    return known_clock >= group->input->client_clock ? &object->own : NULL;
}

/* The object of every diff, history first; NOT_THERE for those that play no role. */
static size_t *assign_objects(struct group *group)
{
    const struct merge_input *input = group->input;
    size_t total = input->history->count + input->request->count;
    size_t *object_of = ARENA_ARRAY(input->arena, total, size_t);
    size_t n = 0;

    for (size_t i = 0; i < input->history->count; i++) {
        const struct diff *diff = &input->history->items[i];

        object_of[n++] = find_object(group, diff->model, diff->object_id);
    }
    for (size_t i = 0; i < input->request->count; i++, n++) {
        const struct diff *diff = &input->request->items[i];
        size_t *slot = id_slot(group, diff->id);

        object_of[n] = NOT_THERE;
        if (*slot != 0)
            continue;
        *slot = i + 1;
        if (input->known_clocks[i] < 0 || input->known_clocks[i] >= input->client_clock)
            object_of[n] = find_object(group, diff->model, diff->object_id);
    }
    return object_of;
}

static void list_diffs(struct group *group, const size_t *object_of, bool counting)
{
    const struct merge_input *input = group->input;
    size_t n = 0;

    for (size_t i = 0; i < input->history->count; i++, n++) {
        struct merge_diffs *list = &group->merge->objects[object_of[n]].stored;

        if (!counting)
            list->items[list->count] = &input->history->items[i];
        list->count++;
    }
    for (size_t i = 0; i < input->request->count; i++, n++) {
        struct merge_diffs *list;

        if (object_of[n] == NOT_THERE)
            continue;
        list = request_list(group, &group->merge->objects[object_of[n]], i);
        assert(list != NULL);
        if (!counting)
            list->items[list->count] = &input->request->items[i];
        list->count++;
    }
}

static void allot_list(struct merge_diffs *list, struct arena *arena)
{
    list->items = ARENA_ARRAY(arena, list->count, const struct diff *);
    list->count = 0;
}

static void mark_history(struct group *group)
{
    const struct merge_input *input = group->input;

    group->in_history = ARENA_ARRAY(input->arena, input->request->count, bool);
    for (size_t i = 0; i < input->history->count; i++) {
        size_t position = *id_slot(group, input->history->items[i].id);

        if (position > 0)
            group->in_history[position - 1] = true;
    }
}

static void collect_lists(struct group *group)
{
    const size_t *object_of = assign_objects(group);

    mark_history(group);
    list_diffs(group, object_of, true);
    for (size_t i = 0; i < group->merge->object_count; i++) {
        struct merge_object *object = &group->merge->objects[i];

        allot_list(&object->stored, group->input->arena);
        allot_list(&object->own, group->input->arena);
        allot_list(&object->fresh, group->input->arena);
    }
    list_diffs(group, object_of, false);
}

static bool ends_deleted(const struct merge_diffs *stored)
{
    return stored->count > 0 && stored->items[stored->count - 1]->type == DIFF_DELETE;
}

/* PROTOCOL 7.4: what this client knew already, replayed in the order in which the server took it:
 * its own diffs beside those of others. The order of the request would not do: a client that died
 * sends what it received among what it wrote. */
struct replay {
    const struct group *group;
    struct merge_object *object;
    enum presence has;         /* the client, so far */
    bool told;                 /* … by a diff of its own, not only by what was stored before */
    bool born;                 /* the row's create is in S(c), so S(c) tells all of the row */
    size_t next_void;          /* in `voids` */
    const struct diff **voids; /* own diffs that are stored under no id of theirs, by clock */
    size_t void_count;
};

static int64_t known_clock_of(const struct group *group, const struct diff *own)
{
    return group->input->known_clocks[own - group->input->request->items];
}

/* The request's diff of that id, NULL if the client did not send one. */
static const struct diff *as_sent(const struct group *group, struct text id)
{
    size_t position = *id_slot(group, id);

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

static const struct diff *last_create(const struct merge_diffs *list)
{
    for (size_t i = list->count; i > 0; i--)
        if (list->items[i - 1]->type == DIFF_CREATE)
            return list->items[i - 1];
    return NULL;
}

struct text merge_made_id(const struct merge_object *object, struct arena *arena)
{
    const struct diff *cause = last_create(&object->fresh);
    char *uuid = arena_alloc(arena, ID_UUID_LEN + 1);

    if (cause == NULL)
        cause = last_create(&object->own);
    if (cause == NULL)
        cause = object->fresh.count > 0 ? object->fresh.items[0] : object->own.items[0];
    id_uuid_of(cause->id, uuid);
    return (struct text){uuid, ID_UUID_LEN};
}

/* A client that died may have received already what the server made for it: no need to do so again.
 */
static void drop_received(const struct group *group, struct merge_object *object)
{
    struct net *s = &object->s;

    if (object->own.count == 0 ||
        as_sent(group, merge_made_id(object, group->input->arena)) == NULL)
        return;
    object->unfilled = false;
    for (size_t i = s->field_count; i > 0 && s->kind == NET_UPDATE; i--)
        if (s->fields[i - 1].source == NULL)
            net_drop(s, s->fields[i - 1].field);
}

static void fold_stored(const struct group *group, struct merge_object *object)
{
    struct replay replay = {.group = group, .object = object, .has = object->at_clock};

    collect_voids(&replay);
    for (size_t i = 0; i < object->stored.count; i++) {
        replay_voids_until(&replay, object->stored.items[i]->clock);
        replay_stored(&replay, object->stored.items[i]);
    }
    replay_voids_until(&replay, INT64_MAX);
    object->before_push = replay.has;
    drop_received(group, object);
}

static bool create_follows(const struct merge_diffs *list, size_t from)
{
    for (size_t i = from; i < list->count; i++)
        if (list->items[i]->type == DIFF_CREATE)
            return true;
    return false;
}

void merge_fold_fresh(struct merge_object *object)
{
    struct merge_diffs *fresh = &object->fresh;
    enum presence now = object->before_push;

    net_clear(&object->l);
    fold_order_runs(fresh->items, fresh->count, now);
    for (size_t i = 0; i < fresh->count; i++) {
        const struct diff *diff = fresh->items[i];

        /* An update of what the client does not have yet is void where a create of it follows. */
        if (diff->type == DIFF_UPDATE && now == PRESENCE_ABSENT && object->l.kind == NET_NONE &&
            create_follows(fresh, i + 1))
            continue;
        net_add(&object->l, diff, diff->type);
        now = presence_after(now, diff->type);
    }
}

static bool order_needs_row(const struct merge_object *object)
{
    const struct merge_diffs *fresh = &object->fresh;

    if (object->before_push != PRESENCE_UNKNOWN || fresh->count < 2)
        return false;
    return fold_order_needs_presence(fresh->items, fresh->count) ||
           (fresh->items[0]->type == DIFF_UPDATE && create_follows(fresh, 1));
}

/* Is the row there, as far as S(c) tells? Unknown where S(c) is silent. */
static enum presence stored_presence(const struct merge_object *object)
{
    if (object->stored.count == 0)
        return PRESENCE_UNKNOWN;
    return ends_deleted(&object->stored) ? PRESENCE_ABSENT : PRESENCE_PRESENT;
}

/* Objects whose merge depends on the row itself, or on whether there is one. */
static bool needs_facts(const struct merge_object *object)
{
    enum presence row = stored_presence(object);
    const struct net *l = &object->l;

    if (order_needs_row(object))
        return true;
    if (row == PRESENCE_ABSENT)
        return false;
    if (object->unfilled || object->severed || l->kind == NET_CANCELLED)
        return true;
    if (l->kind == NET_UPDATE)
        return object->s.kind == NET_CREATE || l->field_count == 0;
    return l->kind == NET_CREATE && row == PRESENCE_PRESENT;
}

static void fold_object(const struct group *group, struct merge_object *object)
{
    struct arena *arena = group->input->arena;

    net_init(&object->s, object->model, arena);
    net_init(&object->l, object->model, arena);
    net_init(&object->own_net, object->model, arena);
    if (object->stored.count > 0)
        object->at_clock =
            object->stored.items[0]->type == DIFF_CREATE ? PRESENCE_ABSENT : PRESENCE_PRESENT;
    object->before_push = fold_order_runs(object->own.items, object->own.count, object->at_clock);
    for (size_t i = 0; i < object->own.count; i++)
        net_add(&object->own_net, object->own.items[i], object->own.items[i]->type);
    fold_stored(group, object);
    merge_fold_fresh(object);
    object->wants_facts = needs_facts(object);
}

struct merge *merge_begin(const struct merge_input *input)
{
    struct merge *merge = ARENA_NEW(input->arena, struct merge);
    size_t total = input->history->count + input->request->count;
    struct group group = {.merge = merge, .input = input};

    merge->input = input;
    merge->objects = ARENA_ARRAY(input->arena, total, struct merge_object);
    index_init(&group.objects, total, input->arena);
    index_init(&group.ids, input->request->count, input->arena);
    collect_lists(&group);
    for (size_t i = 0; i < merge->object_count; i++) {
        fold_object(&group, &merge->objects[i]);
        merge->has_new = merge->has_new || merge->objects[i].fresh.count > 0;
    }
    return merge;
}

void merge_want_all_facts(struct merge *merge)
{
    for (size_t i = 0; i < merge->object_count; i++)
        if (merge->objects[i].fresh.count > 0)
            merge->objects[i].wants_facts = true;
}
