/* What the server stores and changes of one object, and which ids it remembers.
 * Entry:     merge_plan_object(), between merge_plan_allot() and merge_plan_known().
 * Invariant: only the plan changes. */
#include "merge_plan.h"

#include "made_ids.h"
#include "merge_answer.h"
#include "merge_refused.h"

/* Another device may have received it under the id that it bears, and the server forgotten that. */
static bool needs_another_id(const struct merge_planning *planning,
                             const struct merge_object *object)
{
    return object->doubtful || planning->input->client_clock < planning->input->forgotten_below;
}

static struct merge_stored *store_diff(struct merge_planning *planning,
                                       const struct merge_object *object,
                                       const struct diff *as_sent)
{
    struct merge_stored *stored = &planning->plan->stored[planning->plan->stored_count++];

    *stored = (struct merge_stored){.diff = *as_sent};
    if (needs_another_id(planning, object)) /* mutant: stored_under_one_id */
        stored->diff.id =
            made_id_of_late(as_sent->id, planning->input->push_clock, planning->input->arena);
    else
        planning->is_stored[as_sent - planning->input->request->items] = true;
    stored->diff.clock = planning->input->push_clock;
    stored->diff.owner = planning->input->owner;
    stored->diff.flawed = false;
    return stored;
}

struct merge_row merge_plan_row(const struct merge_object *object, const struct net *client_net,
                                const struct diff *blame)
{
    return (struct merge_row){
        .model = object->model,
        .id = object->id,
        .fields = client_net->fields,
        .field_count = client_net->field_count,
        .row_values = object->row.known ? object->row.values : NULL,
        .blame = blame,
    };
}

static void add_row(const struct merge_planning *planning, struct merge_rows *rows,
                    const struct merge_object *object, struct merge_row row)
{
    row.object = (size_t)(object - planning->merge->objects);
    rows->items[rows->count++] = row;
}

/* The row is gone already: its delete is stored for other devices, the client's own if it sent one.
 */
static void store_untold_gone(struct merge_planning *planning, const struct merge_object *object,
                              const struct net *client_net)
{
    struct merge_plan *plan = planning->plan;

    if (client_net->deleted != NULL)
        store_diff(planning, object, client_net->deleted);
    else
        plan->stored[plan->stored_count++] =
            (struct merge_stored){.diff = merge_made_delete(planning, object)};
}

static void store_delete(struct merge_planning *planning, const struct merge_object *object,
                         const struct net *client_net, struct merge_rows *rows)
{
    const struct diff *deleted = client_net->deleted;

    store_diff(planning, object, deleted);
    add_row(planning, rows, object, merge_plan_row(object, client_net, deleted));
}

/* The client's create that is part of what is stored, NULL if there is none. */
static const struct diff *create_of(const struct merge_planning *planning,
                                    const struct merge_object *object, const struct net *client_net)
{
    if (client_net->created != NULL)
        return client_net->created;
    for (size_t i = object->given.new_diffs.count; i > 0; i--) {
        const struct diff *diff = object->given.new_diffs.items[i - 1];

        if (diff->type == DIFF_CREATE && !merge_refused(planning->merge->group, diff))
            return diff;
    }
    return NULL;
}

/* The flawed diff that went into it: the create, or the last one of which a field is left. */
static const struct diff *repaired_of(const struct net *net)
{
    const struct field_value *last = NULL;

    if (net->created != NULL && net->created->flawed)
        return net->created;
    for (size_t i = 0; i < net->field_count; i++) {
        const struct field_value *value = &net->fields[i];

        if (value->source != NULL && value->source->flawed &&
            (last == NULL || value->step > last->step))
            last = value;
    }
    return last != NULL ? last->source : NULL;
}

/* A net effect as one diff (docs/merging.md 6.6). */
static struct merge_stored *store_net(struct merge_planning *planning,
                                      const struct merge_object *object, const struct net *net,
                                      enum diff_type type)
{
    struct arena *arena = planning->input->arena;
    const struct diff *last = net_last(net);
    struct merge_stored *stored = store_diff(planning, object, last);
    struct diff *diff = &stored->diff;

    stored->repaired = planning->merge->has_flaws ? repaired_of(net) : NULL;
    diff->type = type;
    /* mutant: merged_create_last_time */
    diff->time_ms = net->created != NULL ? net->created->time_ms : last->time_ms;
    if (net_verbatim(net) == NULL)
        diff->json_data = diff_write_json_data(object->id, net->fields, net->field_count, arena);
    /* mutant: field_times_lost */
    diff->field_times = diff_write_field_times(net->fields, net->field_count, diff->time_ms, arena);
    return stored;
}

static void store_fields(struct merge_planning *planning, const struct merge_object *object,
                         struct net net, enum diff_type type, struct merge_rows *rows)
{
    const struct diff *retyped = type == DIFF_UPDATE ? create_of(planning, object, &net) : NULL;
    const struct diff *last;

    if (type == DIFF_UPDATE)
        net.created = NULL;
    last = net_last(&net);
    if (last == NULL)
        return; /* an update without a field left: nothing happens to the row */
    store_net(planning, object, &net, type)->retyped = retyped;
    add_row(planning, rows, object, merge_plan_row(object, &net, last));
}

/* A create that updates a row which no diff tells of: for others it is the create of all of it. */
static void store_untold_row(struct merge_planning *planning, const struct merge_object *object,
                             const struct net *net)
{
    struct arena *arena = planning->input->arena;
    struct net whole = net_copy(net, arena);
    struct diff *done = ARENA_NEW(arena, struct diff);
    struct merge_stored *stored;

    for (size_t i = 0; i < object->model->field_count; i++) {
        const struct field_value value = {
            .field = &object->model->fields[i],
            .value = object->row.values[i],
            .time_ms = net->created->time_ms,
        };

        if (net_field(net, value.field) == NULL)
            net_set(&whole, &value);
    }
    stored = store_net(planning, object, &whole, DIFF_CREATE);
    *done = stored->diff;
    done->type = DIFF_UPDATE;
    done->json_data = diff_write_json_data(object->id, net->fields, net->field_count, arena);
    stored->retyped = net->created;
    stored->as_done = done;
    if (net->field_count > 0)
        add_row(planning, &planning->plan->updates, object,
                merge_plan_row(object, net, net_last(net)));
}

/* The row that the client is told because it cancelled its own: the same create for all. */
static void store_told_row(struct merge_planning *planning)
{
    struct merge_plan *plan = planning->plan;

    plan->stored[plan->stored_count++] =
        (struct merge_stored){.diff = plan->answer.items[plan->answer.count - 1]};
    plan->known_count--; /* it is stored under this id */
}

void merge_plan_object(struct merge_planning *planning, const struct merge_object *object,
                       const struct merge_decision *decision)
{
    const struct net *net = &decision->client_net;
    struct merge_plan *plan = planning->plan;

    plan->fields_won += decision->fields_won;
    plan->fields_lost += decision->fields_lost;
    if (decision->untold_gone)
        store_untold_gone(planning, object, net);
    switch (decision->server) {
    case MERGE_CREATE:
        store_fields(planning, object, *net, DIFF_CREATE, &plan->creates);
        break;
    case MERGE_UPDATE:
        if (decision->untold_row)
            store_untold_row(planning, object, net);
        else
            store_fields(planning, object, *net, DIFF_UPDATE, &plan->updates);
        break;
    case MERGE_DELETE:
        store_delete(planning, object, net, &plan->deletes);
        break;
    case MERGE_REPLACE:
        store_delete(planning, object, net, &plan->replaced); /* mutant: replace_keeps_the_row */
        store_fields(planning, object, *net, DIFF_CREATE, &plan->creates);
        break;
    case MERGE_NOTHING:
        if (decision->untold_row)
            store_told_row(planning);
        break;
    case MERGE_EFFECTS:
        break;
    }
}

static void allot_rows(struct merge_rows *rows, size_t count, struct arena *arena)
{
    rows->items = ARENA_ARRAY(arena, count, struct merge_row);
}

void merge_plan_allot(struct merge_planning *planning)
{
    struct arena *arena = planning->input->arena;
    struct merge_plan *plan = planning->plan;
    size_t objects = planning->merge->object_count, diffs = planning->input->request->count;
    size_t changed = objects < diffs ? objects : diffs;

    allot_rows(&plan->replaced, changed, arena);
    allot_rows(&plan->creates, changed, arena);
    allot_rows(&plan->updates, changed, arena);
    allot_rows(&plan->deletes, changed, arena);
    plan->stored = ARENA_ARRAY(arena, 2 * changed, struct merge_stored);
    plan->known_ids = ARENA_ARRAY(arena, diffs + 2 * objects, struct text);
    plan->answer.items = ARENA_ARRAY(arena, 2 * objects, struct diff);
    if (planning->input->rejections != NULL)
        plan->unsure = ARENA_ARRAY(arena, objects, size_t);
    planning->is_stored = ARENA_ARRAY(arena, diffs, bool);
}

/* New ids whose diff is not stored under its own id: they took effect in another, or had none. */
void merge_plan_known(struct merge_planning *planning)
{
    const struct merge *merge = planning->merge;
    struct merge_plan *plan = planning->plan;

    for (size_t i = 0; i < merge->object_count; i++) {
        const struct merge_diffs *new_diffs = &merge->objects[i].given.new_diffs;

        for (size_t k = 0; k < new_diffs->count; k++) /* mutant: id_not_remembered */
            if (!planning->is_stored[new_diffs->items[k] - planning->input->request->items] &&
                !merge_refused(merge->group, new_diffs->items[k]))
                plan->known_ids[plan->known_count++] = new_diffs->items[k]->id;
    }
    for (size_t i = 0; i < planning->input->request->count; i++)
        if (planning->input->request->items[i].dropped && merge->group->roles[i] == MERGE_NEW)
            plan->known_ids[plan->known_count++] = planning->input->request->items[i].id;
}
