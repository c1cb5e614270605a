/* What the client is told of one object.
 * Entry:     merge_answer_object(), merge_answer_as_stored() for what need not even be read.
 * Invariant: only the plan's answer, its list of the unsure and its derived ids change. */
#include "merge_answer.h"

#include "merge_group.h"
#include "merge_object.h"

static int64_t latest_request_time(const struct merge_object *object)
{
    int64_t latest = 0;

    for (size_t i = 0; i < object->given.resent.count; i++)
        latest = object->given.resent.items[i]->time_ms > latest
                     ? object->given.resent.items[i]->time_ms
                     : latest;
    for (size_t i = 0; i < object->given.new_diffs.count; i++)
        latest = object->given.new_diffs.items[i]->time_ms > latest
                     ? object->given.new_diffs.items[i]->time_ms
                     : latest;
    return latest;
}

static struct diff *new_answer(struct merge_planning *planning, const struct merge_object *object,
                               enum diff_type type)
{
    struct diff_list *answer = &planning->plan->answer;
    struct diff *diff = &answer->items[answer->count++];

    *diff = (struct diff){
        .owner = planning->input->owner,
        .type = type,
        .model = object->model,
        .object_id = object->id,
    };
    return diff;
}

/* What the client sends back of it must not come again under the same id. */
static struct text unused_derived_id(const struct merge_planning *planning,
                                     const struct diff *cause)
{
    const struct merge_group *group = planning->merge->group;
    struct text id = merge_derived_id(cause, planning->input->arena);
    size_t received;

    while ((received = *merge_id_slot(group, id)) != 0)
        id = merge_derived_id(&planning->input->request->items[received - 1],
                              planning->input->arena);
    return id;
}

static void sign_as_made(const struct merge_planning *planning, const struct merge_object *object,
                         struct diff *diff)
{
    /* A delete is told because of an update of what is gone, a row because of a create. */
    const struct diff *cause = diff->type == DIFF_DELETE && object->given.new_diffs.count > 0 &&
                                       object->client.unsure.last == NULL
                                   ? object->given.new_diffs.items[0]
                                   : merge_cause(object);

    diff->id = unused_derived_id(planning, cause);
    diff->clock = planning->plan->next_clock - 1; /* mutant: derived_clock_too_late */
    diff->time_ms = latest_request_time(object);
}

/* Whose diff this one of the response is: the stored one behind it, or, where there is none, one
 * that the server makes, which counts as known from now on. */
static void sign_answer(struct merge_planning *planning, const struct merge_object *object,
                        const struct diff *last, const struct diff *first, struct diff *diff)
{
    struct merge_plan *plan = planning->plan;

    if (last != NULL && object->client.unsure.last == NULL) {
        diff->id = last->id;
        diff->clock = first->clock;
        diff->time_ms = first->time_ms;
        return;
    }
    sign_as_made(planning, object, diff);
    plan->known_ids[plan->known_count++] = diff->id; /* mutant: derived_id_not_remembered */
}

struct diff merge_made_delete(const struct merge_planning *planning,
                              const struct merge_object *object)
{
    struct diff diff = {
        .owner = planning->input->owner,
        .type = DIFF_DELETE,
        .model = object->model,
        .object_id = object->id,
        .json_data = diff_write_json_data(object->id, NULL, 0, planning->input->arena),
    };

    sign_as_made(planning, object, &diff);
    return diff;
}

static void answer_delete(struct merge_planning *planning, const struct merge_object *object,
                          const struct merge_decision *decision)
{
    const struct diff *deleted = decision->server_net.deleted;
    struct diff *diff = new_answer(planning, object, DIFF_DELETE);

    sign_answer(planning, object, deleted, deleted, diff);
    if (decision->untold_gone && decision->client_net.deleted == NULL)
        planning->plan->known_count--; /* the stored one has this id */
    diff->json_data = deleted != NULL
                          ? deleted->json_data
                          : diff_write_json_data(object->id, NULL, 0, planning->input->arena);
}

/* Does the client hold the right value of this field already, having set it itself? */
static bool client_set(const struct merge_object *object, const struct merge_decision *decision,
                       const struct field *field)
{
    if (net_field(&decision->client_net, field) != NULL)
        return true;
    return decision->missing_fields && object->given.resent.count > 0 &&
           net_field(&object->given.resent_net, field) != NULL;
}

/* Of what the client set, the field as it is stored; NULL if that is as it was sent. */
static const struct field_value *rounded_field(const struct merge_object *object,
                                               const struct merge_decision *decision,
                                               const struct field *field)
{
    const struct field_value *set = net_field(&decision->client_net, field);

    if (set == NULL && object->given.resent.count > 0)
        set = net_field(&object->given.resent_net, field);
    return set != NULL && set->value.rounded ? set : NULL;
}

/* Must the response hold this field of the row, though S(c) does not set it? */
static bool is_wanted(const struct merge_object *object, const struct merge_decision *decision,
                      const struct field *field)
{
    /* mutant: refused_fields_not_told */
    if (decision->whole || (decision->unsure && object->client.unsure.fields[field->index]))
        return true;
    if (decision->rounded && rounded_field(object, decision, field) != NULL)
        return true;
    return decision->fill && !client_set(object, decision, field);
}

/* What the client set itself, where that is wanted too. */
static void add_client_fields(struct net *net, const struct merge_object *object,
                              const struct merge_decision *decision)
{
    for (size_t i = 0; i < decision->client_net.field_count; i++) {
        const struct field_value *value = &decision->client_net.fields[i];

        if (net_field(net, value->field) == NULL && is_wanted(object, decision, value->field))
            net_lay_in(net, value, 1);
    }
}

/* What stood in the row before this push says nothing of what the push sets. */
static void add_rounded_fields(struct net *net, const struct merge_object *object,
                               const struct merge_decision *decision)
{
    for (size_t i = 0; decision->rounded && i < object->model->field_count; i++) {
        const struct field_value *value =
            rounded_field(object, decision, &object->model->fields[i]);

        if (value != NULL && net_field(net, value->field) == NULL)
            net_lay_in(net, value, 1);
    }
}

static void add_row_fields(struct net *net, const struct merge_object *object,
                           const struct merge_decision *decision)
{
    const struct value *row = object->row.known ? object->row.values : NULL;

    if (row == NULL && object->client.unsure.last == NULL)
        return;
    for (size_t i = 0; i < object->model->field_count; i++) {
        struct field_value value = {.field = &object->model->fields[i]};

        if (net_field(net, value.field) != NULL || !is_wanted(object, decision, value.field))
            continue;
        if (row != NULL)
            value.value = row[i];
        net_set(net, &value);
    }
}

/* What the client is told: what it has not seen, and the fields that it needs beside it. */
static struct net net_to_tell(const struct merge_object *object,
                              const struct merge_decision *decision, struct arena *arena)
{
    struct net net = decision->server_net;

    if (!decision->fill && !decision->whole && !decision->unsure && !decision->rounded)
        return net;
    net = net_copy(&net, arena);
    add_client_fields(&net, object, decision);
    add_row_fields(&net, object, decision);
    add_rounded_fields(&net, object, decision);
    return net;
}

static void answer_fields(struct merge_planning *planning, const struct merge_object *object,
                          const struct merge_decision *decision, enum diff_type type)
{
    struct arena *arena = planning->input->arena;
    struct net net = net_to_tell(object, decision, arena);
    const struct diff *last, *first, *verbatim;
    struct diff *diff;

    if (type == DIFF_UPDATE)
        net.created = NULL; /* what is left of a create is sent as an update */
    last = net_last(&net);
    first = net.created != NULL ? net.created : last;
    verbatim = net_verbatim(&net);
    if (type == DIFF_UPDATE && net.field_count == 0)
        return;
    if (object->client.unsure.last != NULL)
        planning->plan->unsure[planning->plan->unsure_count++] = planning->plan->answer.count;
    diff = new_answer(planning, object, type);
    sign_answer(planning, object, last, first, diff);
    diff->fields = net.fields;
    diff->field_count = net.field_count;
    diff->json_data = verbatim != NULL /* mutant: never_verbatim */
                          ? verbatim->json_data
                          : diff_write_json_data(object->id, net.fields, net.field_count, arena);
}

/* The row as the plan leaves it. */
static struct net whole_row(const struct merge_object *object,
                            const struct merge_decision *decision, struct arena *arena)
{
    struct net net;

    net_init(&net, object->model, arena);
    for (size_t i = 0; i < object->model->field_count; i++) {
        const struct field *field = &object->model->fields[i];
        const struct field_value *set = net_field(&decision->client_net, field);
        struct field_value row = {.field = field};

        if (object->row.values != NULL && decision->server != MERGE_REPLACE)
            row.value = object->row.values[i];

        net_set(&net, set != NULL ? set : &row);
    }
    return net;
}

static void sign_anew(struct merge_planning *planning, const struct merge_object *object,
                      const struct diff *cause, struct diff *diff)
{
    struct merge_plan *plan = planning->plan;

    diff->id = unused_derived_id(planning, cause);
    diff->clock = plan->next_clock - 1;
    diff->time_ms = latest_request_time(object);
    plan->known_ids[plan->known_count++] = diff->id;
}

/* Whatever the client has of the object: it deletes that, and makes the row where there is one.
 * What comes last has the id by which a compensation is known. */
static void answer_anew(struct merge_planning *planning, const struct merge_object *object,
                        const struct merge_decision *decision)
{
    struct arena *arena = planning->input->arena;
    struct diff *deleted = new_answer(planning, object, DIFF_DELETE), *created;
    struct net net;

    deleted->json_data = diff_write_json_data(object->id, NULL, 0, arena);
    if (decision->client == MERGE_DELETE) { /* mutant: doubtful_row_not_told */
        sign_anew(planning, object, merge_cause(object), deleted);
        return;
    }
    net = whole_row(object, decision, arena);
    created = new_answer(planning, object, DIFF_CREATE);
    sign_anew(planning, object, merge_cause(object), created);
    sign_anew(planning, object, created, deleted);
    created->fields = net.fields;
    created->field_count = net.field_count;
    created->json_data = diff_write_json_data(object->id, net.fields, net.field_count, arena);
}

void merge_answer_object(struct merge_planning *planning, const struct merge_object *object,
                         const struct merge_decision *decision)
{
    if (decision->anew) {
        answer_anew(planning, object, decision);
        return;
    }
    switch (decision->client) {
    case MERGE_CREATE:
        answer_fields(planning, object, decision, DIFF_CREATE);
        break;
    case MERGE_UPDATE:
        answer_fields(planning, object, decision, DIFF_UPDATE);
        break;
    case MERGE_REPLACE:
        answer_delete(planning, object, decision);
        answer_fields(planning, object, decision, DIFF_CREATE);
        break;
    case MERGE_DELETE:
        answer_delete(planning, object, decision);
        break;
    case MERGE_NOTHING:
    case MERGE_EFFECTS:
        break;
    }
}

void merge_answer_as_stored(struct merge_planning *planning, const struct merge_object *object)
{
    const struct diff *stored = object->given.stored.items[0];
    struct diff *diff = new_answer(planning, object, stored->type);

    diff->id = stored->id;
    diff->clock = stored->clock;
    diff->time_ms = stored->time_ms;
    diff->json_data = stored->json_data;
    diff->fields = stored->fields;
    diff->field_count = stored->field_count;
    diff->unread = stored->unread;
}
