/* The first half of a merge: which diffs are about which object, and what they come to. */
#include "merge_parts.h"

#define NOT_THERE SIZE_MAX

static void index_init(struct merge_index *index, size_t entries, struct arena *arena)
{
    size_t slots = 16;

    while (slots < entries * 2)
        slots *= 2;
    index->slots = ARENA_ARRAY(arena, slots, size_t);
    index->mask = slots - 1;
}

static size_t find_object(struct merge_group *group, const struct model *model, struct text id)
{
    struct merge *merge = group->merge;
    size_t at = (size_t)text_hash(id, model->index + 1) & group->objects.mask;

    for (;; at = (at + 1) & group->objects.mask) {
        size_t *slot = &group->objects.slots[at];
        struct merge_object *object;

        if (*slot == 0) {
            merge->objects[merge->object_count] = (struct merge_object){
                .model = model,
                .id = id,
                .new_max = SIZE_MAX,
                .row.known = model->unmapped,
            };
            *slot = ++merge->object_count;
            return *slot - 1;
        }
        object = &merge->objects[*slot - 1];
        if (object->model == model && text_equal(object->id, id))
            return *slot - 1;
    }
}

static void index_ids(struct merge_group *group)
{
    for (size_t i = 0; i < group->input->request->count; i++) {
        size_t *slot = merge_id_slot(group, group->input->request->items[i].id);

        if (*slot == 0)
            *slot = i + 1;
    }
}

/* When it was made: the client sends the clock that it got with it. */
static int64_t derived_clock(const struct merge_input *input, const struct diff *made)
{
    int64_t latest = input->push_clock - 1;

    return made->clock >= input->client_clock && made->clock < latest ? made->clock : latest;
}

/* The one made because of this diff, the one made because of that one, and so on. */
static void add_derived_from(struct merge_group *group, const struct diff *cause)
{
    struct arena *arena = group->input->arena;
    size_t made;

    /* mutant: derived_ids_come_as_new */
    while ((made = *merge_id_slot(group, merge_derived_id(cause, arena))) != 0 &&
           group->known_clocks[made - 1] < 0) {
        group->known_clocks[made - 1] =
            derived_clock(group->input, &group->input->request->items[made - 1]);
        cause = &group->input->request->items[made - 1];
    }
}

/* A client that died sends back what the server made because of its own diffs. That was not
 * remembered if the request held nothing new; but its id tells. */
static void find_derived_ids(struct merge_group *group)
{
    const struct merge_input *input = group->input;

    group->known_clocks = ARENA_ARRAY(input->arena, input->request->count, int64_t);
    for (size_t i = 0; i < input->request->count; i++)
        group->known_clocks[i] = input->known_clocks[i];
    for (size_t i = 0; i < input->request->count; i++)
        if (input->known_clocks[i] >= input->client_clock)
            add_derived_from(group, &input->request->items[i]);
}

static enum merge_role role_of(const struct merge_group *group, size_t i)
{
    const struct merge_input *input = group->input;

    if (*merge_id_slot(group, input->request->items[i].id) != i + 1)
        return MERGE_NO_PART;
    if (group->known_clocks[i] < 0)
        return MERGE_NEW;
    /* mutant: old_known_ids_count */
    return group->known_clocks[i] >= input->client_clock ? MERGE_KNOWN : MERGE_NO_PART;
}

static void assign_roles(struct merge_group *group)
{
    const struct merge_input *input = group->input;

    group->roles = ARENA_ARRAY(input->arena, input->request->count, enum merge_role);
    for (size_t i = 0; i < input->request->count; i++) {
        group->roles[i] = role_of(group, i);
        group->merge->has_new = group->merge->has_new || group->roles[i] == MERGE_NEW;
    }
}

/* The object of every diff, history first; NOT_THERE for those that play no role: a repetition
 * within the request, or known since before the client's clock, so that its effect was answered, or
 * refused without saying what it is about. */
static size_t *assign_objects(struct merge_group *group)
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

        object_of[n] = NOT_THERE;
        if (group->roles[i] != MERGE_NO_PART && diff->model != NULL && diff->object_id.len > 0)
            object_of[n] = find_object(group, diff->model, diff->object_id);
    }
    return object_of;
}

static void list_diffs(struct merge_group *group, const size_t *object_of, bool counting)
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
        struct merge_object *object;
        struct merge_diffs *list;

        if (object_of[n] == NOT_THERE)
            continue;
        object = &group->merge->objects[object_of[n]];
        list = group->roles[i] == MERGE_NEW ? &object->new_diffs : &object->resent;
        if (!counting)
            list->items[list->count] = &input->request->items[i];
        list->count++;
    }
}

/* The lists of all objects lie in one array, whose free part begins at *free_inout. */
static void allot_list(struct merge_diffs *list, const struct diff ***free_inout)
{
    list->items = *free_inout;
    *free_inout += list->count;
    list->count = 0;
}

static void allot_lists(struct merge_group *group)
{
    const struct merge_input *input = group->input;
    const struct diff **free = ARENA_ARRAY(
        input->arena, input->history->count + input->request->count, const struct diff *);

    for (size_t i = 0; i < group->merge->object_count; i++) {
        struct merge_object *object = &group->merge->objects[i];

        allot_list(&object->stored, &free);
        allot_list(&object->resent, &free);
        allot_list(&object->new_diffs, &free);
    }
}

static void mark_history(struct merge_group *group)
{
    const struct merge_input *input = group->input;

    group->in_history = ARENA_ARRAY(input->arena, input->request->count, bool);
    for (size_t i = 0; input->request->count > 0 && i < input->history->count; i++) {
        size_t position = *merge_id_slot(group, input->history->items[i].id);

        if (position > 0)
            group->in_history[position - 1] = true;
    }
}

static void collect_lists(struct merge_group *group)
{
    const size_t *object_of;

    index_ids(group);
    find_derived_ids(group);
    mark_history(group);
    assign_roles(group);
    merge_mark_compensations(group);
    object_of = assign_objects(group);
    list_diffs(group, object_of, true);
    allot_lists(group);
    list_diffs(group, object_of, false);
}

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

    if (object->resent.count == 0 || !rejections_open(group->input->rejections))
        return NULL;
    compensated_until = merge_compensated_until(group, object);
    taken = merge_resent_as_taken(group, object);
    for (size_t i = 0; i < object->resent.count; i++)
        if (taken[i].diff->type == DIFF_CREATE)
            base = merge_refused(group, taken[i].diff) && taken[i].clock > compensated_until
                       ? taken[i].diff
                       : NULL;
    return base;
}

/* Updates and deletes behind a refused create share its verdict. */
static void share_rejection(const struct merge_group *group, const struct diff *diff,
                            const struct diff *base)
{
    const struct diff *all = group->input->request->items;

    if (base != NULL && rejections_open(group->input->rejections)) /* mutant: share_forgotten */
        rejections_share(group->input->rejections, (size_t)(diff - all), (size_t)(base - all),
                         base->id);
}

static void fold_new_diffs(const struct merge_group *group, struct merge_object *object)
{
    struct merge_diffs *new_diffs = &object->new_diffs;
    enum presence now = object->before_push;
    const struct diff *base = refused_before(group, object);
    /* Else it is folded again, in the right order, once the row is known. */
    const bool in_order =
        now != PRESENCE_UNKNOWN || !fold_runs_need_presence(new_diffs->items, new_diffs->count);
    size_t create_follows, accepted = 0;

    net_clear(&object->l);
    fold_runs_arrange(new_diffs->items, new_diffs->count, now);
    create_follows = before_last_create(new_diffs);
    for (size_t i = 0; i < new_diffs->count; i++) {
        const struct diff *diff = new_diffs->items[i];
        /* An update of what the client does not have yet is void where a create of it follows. */
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
        if (accepted++ < object->new_max && !has_no_effect)
            net_add(&object->l, diff, diff->type);
    }
    object->after_push = now; /* mutant: refused_write_not_there */
}

static bool order_needs_row(const struct merge_object *object)
{
    const struct merge_diffs *new_diffs = &object->new_diffs;

    if (object->at_clock == PRESENCE_UNKNOWN &&
        fold_runs_need_presence(object->resent.items, object->resent.count))
        return true;
    if (object->before_push != PRESENCE_UNKNOWN || new_diffs->count < 2)
        return false;
    return fold_runs_need_presence(new_diffs->items, new_diffs->count) ||
           (new_diffs->items[0]->type == DIFF_UPDATE && before_last_create(new_diffs) > 0);
}

/* Is the row there, as far as S(c) tells? Unknown where S(c) is silent. */
static enum presence stored_presence(const struct merge_object *object)
{
    if (object->stored.count == 0)
        return PRESENCE_UNKNOWN;
    return merge_row_is_gone(object) ? PRESENCE_ABSENT : PRESENCE_PRESENT;
}

/* Objects whose merge depends on the row itself, or on whether there is one. */
static bool needs_row(const struct merge_object *object)
{
    enum presence row = stored_presence(object);
    const struct net *l = &object->l;

    if (order_needs_row(object))
        return true;
    if (object->unsure != NULL)
        return true;
    if (row == PRESENCE_ABSENT)
        return false;
    if (object->missing_fields || object->missing_row || l->kind == NET_CANCELLED)
        return true;
    if (l->kind == NET_UPDATE)
        return object->s.kind == NET_CREATE || l->field_count == 0;
    return l->kind == NET_CREATE && row == PRESENCE_PRESENT;
}

void merge_fold_object(const struct merge_group *group, struct merge_object *object)
{
    struct arena *arena = group->input->arena;

    net_init(&object->s, object->model, arena);
    net_init(&object->l, object->model, arena);
    if (object->resent.count > 0)
        net_init(&object->resent_net, object->model, arena);
    /* Clock 0 starts a device anew: it has nothing but what it made itself. */
    if (group->input->client_clock == 0)
        object->at_clock = PRESENCE_ABSENT;
    else
        object->at_clock = merge_row_at_clock(object);
    fold_runs_arrange(object->resent.items, object->resent.count, object->at_clock);
    for (size_t i = 0; i < object->resent.count; i++)
        if (!merge_refused(group, object->resent.items[i]))
            net_add(&object->resent_net, object->resent.items[i], object->resent.items[i]->type);
    merge_replay(group, object);
    fold_new_diffs(group, object);
    merge_find_unsure(group, object);
    object->wants_row = needs_row(object);
}

/* Will the answer be ordered by the diff's fields? */
static bool orders_answer(const struct merge_input *input, const struct diff *diff)
{
    const struct relations *relations = input->relations;

    if (relations == NULL || diff->type != DIFF_CREATE)
        return false;
    for (size_t i = 0; i < relations->count; i++)
        if (relations->items[i].child == diff->model)
            return true;
    return false;
}

/* A client may use an id that it knows for another object. */
static bool was_sent(const struct merge_group *group, const struct diff *stored)
{
    return group->input->request->count > 0 && *merge_id_slot(group, stored->id) != 0;
}

/* The usual object of a pull: one stored diff, of which the client has not heard. What it sets need
 * not be known then. At clock 0 the client lacks the row that is updated or deleted. */
static bool is_told_as_stored(const struct merge_group *group, const struct merge_object *object)
{
    const struct diff *only;

    if (object->stored.count != 1 || object->resent.count + object->new_diffs.count > 0 ||
        object->row.known)
        return false;
    only = object->stored.items[0];
    if (was_sent(group, only) || (only->unread && orders_answer(group->input, only)))
        return false;
    if (group->input->client_clock == 0)
        return only->type == DIFF_CREATE;
    return only->type != DIFF_UPDATE || diff_surely_sets(only);
}

static void tell_as_stored(struct merge_object *object)
{
    static const enum net_kind KINDS[DIFF_TYPES] = {
        [DIFF_CREATE] = NET_CREATE, [DIFF_UPDATE] = NET_UPDATE, [DIFF_DELETE] = NET_DELETE};

    object->as_stored = true;
    object->s.kind = KINDS[object->stored.items[0]->type];
}

enum rc merge_read_object(const struct merge_group *group, struct merge_object *object,
                          struct fail *fail)
{
    const struct merge_input *input = group->input;

    for (size_t i = 0; i < object->stored.count; i++) {
        struct diff *diff = &input->history->items[object->stored.items[i] - input->history->items];
        enum rc rc = diff->unread ? diff_parse_stored(diff, input->arena, fail) : RC_OK;

        if (rc != RC_OK)
            return rc;
    }
    object->as_stored = false;
    merge_fold_object(group, object);
    return RC_OK;
}

enum rc merge_begin(const struct merge_input *input, struct merge **merge_out, struct fail *fail)
{
    struct merge *merge = ARENA_NEW(input->arena, struct merge);
    size_t total = input->history->count + input->request->count;
    struct merge_group *group = ARENA_NEW(input->arena, struct merge_group);
    enum rc rc = RC_OK;

    *group = (struct merge_group){.merge = merge, .input = input};
    merge->input = input;
    merge->group = group;
    merge->objects = ARENA_ARRAY(input->arena, total, struct merge_object);
    index_init(&group->objects, total, input->arena);
    index_init(&group->ids, input->request->count, input->arena);
    collect_lists(group);
    for (size_t i = 0; rc == RC_OK && i < merge->object_count; i++) {
        struct merge_object *object = &merge->objects[i];

        if (is_told_as_stored(group, object))
            tell_as_stored(object);
        else
            rc = merge_read_object(group, object, fail);
    }
    *merge_out = merge;
    return rc;
}

void merge_want_all_rows(struct merge *merge)
{
    for (size_t i = 0; i < merge->object_count; i++)
        if (merge->objects[i].new_diffs.count > 0)
            merge->objects[i].wants_row = true;
}
