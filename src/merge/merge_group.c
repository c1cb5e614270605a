/* Which diffs are about which object, and by which ids they are known.
 * Entry:     merge_group_diffs(), merge_id_slot(), merge_derived_id().
 * Invariant: history first, then the request, each in its own order. */
#include "merge_group.h"

#include "id.h"

#define NOT_THERE SIZE_MAX

static void index_init(struct merge_index *index, size_t entries, struct arena *arena)
{
    size_t slots = 16;

    while (slots < entries * 2)
        slots *= 2;
    index->slots = ARENA_ARRAY(arena, slots, size_t);
    index->mask = slots - 1;
}

size_t *merge_id_slot(const struct merge_group *group, struct text id)
{
    size_t at = (size_t)text_hash(id, 0) & group->ids.mask;
    size_t *slot;

    while (*(slot = &group->ids.slots[at]) != 0 &&
           !text_equal(group->input->request->items[*slot - 1].id, id))
        at = (at + 1) & group->ids.mask;
    return slot;
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

struct text merge_derived_id(const struct diff *cause, struct arena *arena)
{
    char *uuid = arena_alloc(arena, ID_UUID_LEN + 1);

    id_uuid_of(cause->id, uuid);
    return (struct text){uuid, ID_UUID_LEN};
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

/* What the server made itself a device received, whether the server has forgotten that or not. */
static void find_received(struct merge_group *group)
{
    const struct merge_input *input = group->input;

    for (size_t i = 0; i < input->request->count; i++)
        if (group->known_clocks[i] < 0 && input->client_clock < input->compacted_below &&
            !input->translated && id_is_made(input->request->items[i].id))
            /* mutant: received_as_new */
            group->known_clocks[i] = derived_clock(input, &input->request->items[i]);
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
        if (group->roles[i] != MERGE_NEW)
            continue;
        group->merge->has_new = true;
        group->merge->has_flaws = group->merge->has_flaws || input->request->items[i].flawed;
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
        struct merge_diffs *list = &group->merge->objects[object_of[n]].given.stored;

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
        list = group->roles[i] == MERGE_NEW ? &object->given.new_diffs : &object->given.resent;
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

        allot_list(&object->given.stored, &free);
        allot_list(&object->given.resent, &free);
        allot_list(&object->given.new_diffs, &free);
    }
}

static void mark_history(struct merge_group *group)
{
    const struct merge_input *input = group->input;

    group->in_history = ARENA_ARRAY(input->arena, input->request->count, bool);
    for (size_t i = 0; input->request->count > 0 && i < input->history->count; i++) {
        const size_t position = *merge_id_slot(group, input->history->items[i].id);

        if (position > 0 && input->history->items[i].summary == NULL)
            group->in_history[position - 1] = true;
    }
}

struct merge_group *merge_group_diffs(struct merge *merge)
{
    const struct merge_input *input = merge->input;
    const size_t total = input->history->count + input->request->count;
    struct merge_group *group = ARENA_NEW(input->arena, struct merge_group);
    const size_t *object_of;

    *group = (struct merge_group){.merge = merge, .input = input};
    merge->objects = ARENA_ARRAY(input->arena, total, struct merge_object);
    index_init(&group->objects, total, input->arena);
    index_init(&group->ids, input->request->count, input->arena);
    index_ids(group);
    find_derived_ids(group);
    find_received(group);
    mark_history(group);
    assign_roles(group);
    object_of = assign_objects(group);
    list_diffs(group, object_of, true);
    allot_lists(group);
    list_diffs(group, object_of, false);
    return group;
}
