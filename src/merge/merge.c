/* The second half of a merge: what each object's two net effects mean for server and client. */
#include "merge_parts.h"

#include <assert.h>

/* PROTOCOL 6: rows are s, columns l; what the table's footnotes add is in settle_*(). */
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

const struct merge_rule *merge_rule(enum net_kind s, enum net_kind l)
{
    assert(s < NET_KINDS && l < NET_KINDS && s != NET_CANCELLED);
    return &MERGE[s][l];
}

/* One object on its way from the table's cell to what is done. */
struct decision {
    enum merge_effect server;
    enum merge_effect client;
    bool by_field;
    bool fill;   /* the client's copy lacks what it did not set itself: send the row's fields too */
    bool unsure; /* it may be wrong where its diffs were refused: send the row's values there too */
    bool whole;  /* the client lacks the row: a create for it holds every field */
};

struct finish {
    const struct merge *merge;
    const struct merge_input *input;
    struct merge_plan *plan;
    bool *is_stored; /* by request diff */
};

static bool row_is_live(const struct merge_object *object)
{
    if (object->row.known)
        return object->row.live;
    if (object->stored.count > 0)
        return !merge_row_is_gone(object);
    /* The usual: a created id is free, what is updated or deleted is there. */
    return object->l.kind != NET_CREATE && object->l.kind != NET_NONE;
}

static bool did_exist(const struct merge_object *object)
{
    /* mutant: forget_the_tombstone */
    return object->stored.count > 0 || (object->row.known && object->row.existed);
}

/* Somebody's own SQL may have taken a row away, or put one there, without any diff: the row is
 * right, and the net effect of the diffs is bent to it. */
static void reconcile_with_row(struct merge_object *object)
{
    bool client_has = object->before_push == PRESENCE_PRESENT;

    if (!object->row.known || object->stored.count == 0 ||
        object->row.live == !merge_row_is_gone(object))
        return;
    net_clear(&object->s);
    if (object->row.live)
        object->s.kind = client_has ? NET_UPDATE : NET_CREATE;
    else
        object->s.kind = client_has ? NET_DELETE : NET_NONE;
    object->missing_fields = object->row.live && client_has;
}

/* An update of what never was: alone, or every new diff of the object, for it holds no other. */
static enum rc refuse_object(const struct merge_input *input, const struct merge_object *object,
                             struct fail *fail)
{
    fail_reject(fail, FAIL_NO_SUCH_OBJECT,
                "this diff updates an object that never existed: create it first");
    fail_at_diff(fail, object->new_diffs.items[0]->id);
    if (!rejections_open(input->rejections))
        return RC_REJECTED;
    for (size_t i = 0; i < object->new_diffs.count; i++)
        rejections_refuse(input->rejections,
                          (size_t)(object->new_diffs.items[i] - input->request->items), fail);
    return RC_OK;
}

/* The footnotes of PROTOCOL 6 that turn on whether the row is there. */
static enum rc settle_row(const struct merge_input *input, const struct merge_object *object,
                          struct decision *decision, struct fail *fail)
{
    bool live = row_is_live(object);

    if (decision->server == MERGE_CREATE && live) {
        decision->server = MERGE_UPDATE;
        decision->client = MERGE_UPDATE;
    } else if (decision->server == MERGE_UPDATE && !live) {
        if (!did_exist(object) && refuse_object(input, object, fail) != RC_OK)
            return RC_REJECTED;
        decision->server = MERGE_NOTHING;
        decision->client = MERGE_DELETE;
    } else if (decision->server == MERGE_DELETE && !live) {
        decision->server = MERGE_NOTHING;
    } else if (decision->server == MERGE_REPLACE && !live) {
        decision->server = MERGE_CREATE;
    }
    if (object->l.kind == NET_CANCELLED) {
        decision->client = live ? MERGE_CREATE : MERGE_NOTHING;
        decision->whole = true;
    }
    return RC_OK;
}

/* What the client lacks because an earlier answer was lost (PROTOCOL 7.4), or because its create
 * met a live row. */
static void settle_client(const struct merge_object *object, struct decision *decision)
{
    bool live = row_is_live(object);
    enum net_kind l = object->l.kind;

    if (l == NET_CREATE && decision->server == MERGE_UPDATE) /* mutant: no_fill */
        decision->fill = true;
    if (l == NET_UPDATE && decision->client == MERGE_CREATE) /* mutant: create_not_whole */
        decision->whole = true;
    if (object->missing_fields && live && (l == NET_NONE || l == NET_UPDATE) &&
        (decision->client == MERGE_NOTHING || decision->client == MERGE_UPDATE)) {
        decision->client = MERGE_UPDATE;
        decision->fill = true;
    }
    if (object->before_push != PRESENCE_ABSENT || (l != NET_NONE && l != NET_UPDATE))
        return;
    if (l == NET_NONE && !live && decision->client == MERGE_DELETE)
        decision->client = MERGE_NOTHING;
    if (object->missing_row && live) {
        decision->client = MERGE_CREATE;
        decision->whole = true;
    }
}

static bool leaves_row(const struct merge_object *object, enum merge_effect server)
{
    if (server == MERGE_NOTHING)
        return row_is_live(object);
    return server != MERGE_DELETE;
}

/* What the client did to its own copy is not what happened to the row: whatever the table says,
 * the row's end decides. A row that the client lacks it gets whole; one that is gone is deleted,
 * also where a refused update only may mean that the client has it. */
static void settle_refused(struct merge_object *object, struct decision *decision)
{
    if (object->unsure == NULL)
        return;
    if (decision->client == MERGE_NOTHING)
        net_clear(&object->s); /* what the client did undoes what others did before */
    if (!leaves_row(object, decision->server)) {
        decision->client =
            object->after_push == PRESENCE_PRESENT || object->unsure->type == DIFF_UPDATE
                ? MERGE_DELETE
                : MERGE_NOTHING;
    } else if (object->after_push == PRESENCE_ABSENT) {
        decision->client = MERGE_CREATE;
        decision->whole = true;
    } else {
        /* mutant: refused_delete_half_told */
        decision->whole = decision->whole || object->unsure_of_all ||
                          decision->client == MERGE_CREATE || decision->client == MERGE_REPLACE;
        decision->client = MERGE_UPDATE;
        decision->unsure = true;
    }
}

/* A clock that runs ahead shall not win for ever (PROTOCOL 6). */
static int64_t time_in_contest(const struct merge_input *input, int64_t time_ms)
{
    int64_t latest = input->now_ms + input->clock_skew_ms;

    return time_ms < latest ? time_ms : latest; /* mutant: no_skew_limit */
}

/* Field by field: the loser's setting is dropped. Where the client needs the merged row whole, what
 * l wins is laid into s instead, in the place where the field was first set. */
static void contest_fields(const struct merge_input *input, struct merge_object *object, bool whole)
{
    struct net *s = &object->s, *l = &object->l;

    for (size_t i = s->field_count; i > 0; i--) {
        const struct field_value *theirs = &s->fields[i - 1];
        const struct field_value *ours = net_field(l, theirs->field);

        if (ours == NULL)
            continue;
        /* mutant: server_wins_ties, client_always_wins */
        if (time_in_contest(input, theirs->time_ms) > time_in_contest(input, ours->time_ms)) {
            net_drop(l, ours->field);
            object->fields_lost++;
            continue;
        }
        object->fields_won++;
        if (whole)
            net_lay_in(s, ours, 1);
        else
            net_drop(s, theirs->field);
    }
}

static int64_t latest_request_time(const struct merge_object *object)
{
    int64_t latest = 0;

    for (size_t i = 0; i < object->resent.count; i++)
        latest =
            object->resent.items[i]->time_ms > latest ? object->resent.items[i]->time_ms : latest;
    for (size_t i = 0; i < object->new_diffs.count; i++)
        latest = object->new_diffs.items[i]->time_ms > latest ? object->new_diffs.items[i]->time_ms
                                                              : latest;
    return latest;
}

static struct diff *new_answer(struct finish *finish, const struct merge_object *object,
                               enum diff_type type)
{
    struct diff_list *answer = &finish->plan->answer;
    struct diff *diff = &answer->items[answer->count++];

    *diff = (struct diff){
        .owner = finish->input->owner,
        .type = type,
        .model = object->model,
        .object_id = object->id,
    };
    return diff;
}

/* What the client sends back of it must not come again under the same id. */
static struct text unused_derived_id(const struct finish *finish, const struct diff *cause)
{
    const struct merge_group *group = finish->merge->group;
    struct text id = merge_derived_id(cause, finish->input->arena);
    size_t received;

    while ((received = *merge_id_slot(group, id)) != 0)
        id = merge_derived_id(&finish->input->request->items[received - 1], finish->input->arena);
    return id;
}

/* Whose diff an answer is: the stored one behind it, or, where there is none, one of the server's
 * own making, which counts as known from now on. */
static void sign_answer(struct finish *finish, const struct merge_object *object,
                        const struct diff *last, const struct diff *first, struct diff *diff)
{
    struct merge_plan *plan = finish->plan;
    const struct diff *cause;

    if (last != NULL && object->unsure == NULL) {
        diff->id = last->id;
        diff->clock = first->clock;
        diff->time_ms = first->time_ms;
        return;
    }
    /* A delete is told because of an update of what is gone, a row because of a create. */
    cause = diff->type == DIFF_DELETE && object->new_diffs.count > 0 && object->unsure == NULL
                ? object->new_diffs.items[0]
                : merge_cause(object);
    diff->id = unused_derived_id(finish, cause);
    diff->clock = plan->next_clock - 1; /* mutant: derived_clock_too_late */
    diff->time_ms = latest_request_time(object);
    plan->known_ids[plan->known_count++] = diff->id; /* mutant: derived_id_not_remembered */
}

static void answer_delete(struct finish *finish, const struct merge_object *object)
{
    const struct diff *deleted = object->s.deleted;
    struct diff *diff = new_answer(finish, object, DIFF_DELETE);

    sign_answer(finish, object, deleted, deleted, diff);
    diff->json_data = deleted != NULL
                          ? deleted->json_data
                          : diff_write_json_data(object->id, NULL, 0, finish->input->arena);
}

/* Does the client hold the right value of this field already, having set it itself? */
static bool client_set(const struct merge_object *object, const struct field *field)
{
    if (net_field(&object->l, field) != NULL)
        return true;
    return object->missing_fields && object->resent.count > 0 &&
           net_field(&object->resent_net, field) != NULL;
}

/* Must the answer say this field of the row, though S(c) does not set it? */
static bool is_wanted(const struct merge_object *object, const struct decision *decision,
                      const struct field *field)
{
    /* mutant: refused_fields_not_told */
    if (decision->whole || (decision->unsure && object->unsure_fields[field->index]))
        return true;
    return decision->fill && !client_set(object, field);
}

/* Adds to s the fields that the client needs and s lacks: what the client set itself, where that
 * is wanted too, else the row's. */
static bool add_row_fields(struct merge_object *object, const struct decision *decision)
{
    const struct value *row = object->row.known ? object->row.values : NULL;
    bool added = false;

    for (size_t i = 0; i < object->l.field_count; i++) {
        const struct field *field = object->l.fields[i].field;

        if (net_field(&object->s, field) == NULL && is_wanted(object, decision, field)) {
            net_lay_in(&object->s, &object->l.fields[i], 1);
            added = true;
        }
    }
    if (row == NULL && object->unsure == NULL)
        return added;
    for (size_t i = 0; i < object->model->field_count; i++) {
        const struct field *field = &object->model->fields[i];
        struct field_value value = {.field = field};

        if (net_field(&object->s, field) != NULL || !is_wanted(object, decision, field))
            continue;
        if (row != NULL)
            value.value = row[i];
        net_set(&object->s, &value);
        added = true;
    }
    return added;
}

static void answer_fields(struct finish *finish, struct merge_object *object,
                          const struct decision *decision, enum diff_type type)
{
    struct net *s = &object->s;
    const struct diff *last = net_last(s), *verbatim = net_verbatim(s);
    const struct diff *first = s->created != NULL ? s->created : last;
    struct diff *diff;

    if ((decision->fill || decision->whole || decision->unsure) && add_row_fields(object, decision))
        verbatim = NULL;
    if (type == DIFF_UPDATE && s->field_count == 0)
        return;
    if (object->unsure != NULL)
        finish->plan->unsure[finish->plan->unsure_count++] = finish->plan->answer.count;
    diff = new_answer(finish, object, type);
    sign_answer(finish, object, last, first, diff);
    diff->fields = s->fields;
    diff->field_count = s->field_count;
    diff->json_data = verbatim != NULL ? verbatim->json_data /* mutant: never_verbatim */
                                       : diff_write_json_data(object->id, s->fields, s->field_count,
                                                              finish->input->arena);
}

static void answer_object(struct finish *finish, struct merge_object *object,
                          const struct decision *decision)
{
    switch (decision->client) {
    case MERGE_CREATE:
        answer_fields(finish, object, decision, DIFF_CREATE);
        break;
    case MERGE_UPDATE:
        object->s.created = NULL; /* what is left of a create is sent as an update */
        answer_fields(finish, object, decision, DIFF_UPDATE);
        break;
    case MERGE_REPLACE:
        answer_delete(finish, object);
        answer_fields(finish, object, decision, DIFF_CREATE);
        break;
    case MERGE_DELETE:
        answer_delete(finish, object);
        break;
    case MERGE_NOTHING:
    case MERGE_EFFECTS:
        break;
    }
}

static void answer_as_stored(struct finish *finish, const struct merge_object *object)
{
    const struct diff *stored = object->stored.items[0];
    struct diff *diff = new_answer(finish, object, stored->type);

    diff->id = stored->id;
    diff->clock = stored->clock;
    diff->time_ms = stored->time_ms;
    diff->json_data = stored->json_data;
    diff->fields = stored->fields;
    diff->field_count = stored->field_count;
    diff->unread = stored->unread;
}

static struct diff *store_diff(struct finish *finish, const struct diff *as_sent,
                               const struct diff *retyped)
{
    struct merge_stored *stored = &finish->plan->stored[finish->plan->stored_count++];

    finish->is_stored[as_sent - finish->input->request->items] = true;
    *stored = (struct merge_stored){.diff = *as_sent, .retyped = retyped};
    stored->diff.clock = finish->input->push_clock;
    stored->diff.owner = finish->input->owner;
    return &stored->diff;
}

static struct merge_row row_of(const struct merge *merge, const struct merge_object *object,
                               const struct diff *blame)
{
    return (struct merge_row){
        .object = (size_t)(object - merge->objects),
        .model = object->model,
        .id = object->id,
        .fields = object->l.fields,
        .field_count = object->l.field_count,
        .row_values = object->row.known ? object->row.values : NULL,
        .blame = blame,
    };
}

static void add_row(const struct finish *finish, struct merge_rows *rows,
                    const struct merge_object *object, const struct diff *blame)
{
    rows->items[rows->count++] = row_of(finish->merge, object, blame);
}

static void store_delete(struct finish *finish, const struct merge_object *object,
                         struct merge_rows *rows)
{
    store_diff(finish, object->l.deleted, NULL);
    add_row(finish, rows, object, object->l.deleted);
}

/* The client's create that is part of what is stored, NULL if there is none. */
static const struct diff *create_of(const struct finish *finish, const struct merge_object *object)
{
    if (object->l.created != NULL)
        return object->l.created;
    for (size_t i = object->new_diffs.count; i > 0; i--) {
        const struct diff *diff = object->new_diffs.items[i - 1];

        if (diff->type == DIFF_CREATE && !merge_refused(finish->merge->group, diff))
            return diff;
    }
    return NULL;
}

static void store_fields(struct finish *finish, struct merge_object *object, enum diff_type type,
                         struct merge_rows *rows)
{
    struct arena *arena = finish->input->arena;
    struct net *l = &object->l;
    const struct diff *last, *verbatim;
    const struct diff *retyped = type == DIFF_UPDATE ? create_of(finish, object) : NULL;
    struct diff *diff;

    if (type == DIFF_UPDATE)
        l->created = NULL;
    last = net_last(l);
    if (last == NULL)
        return; /* an update without a field left: nothing happens to the row */
    verbatim = net_verbatim(l);
    diff = store_diff(finish, last, retyped);
    diff->type = type;
    /* mutant: merged_create_last_time */
    diff->time_ms = l->created != NULL ? l->created->time_ms : last->time_ms;
    if (verbatim == NULL)
        diff->json_data = diff_write_json_data(object->id, l->fields, l->field_count, arena);
    /* mutant: field_times_lost */
    diff->field_times = diff_write_field_times(l->fields, l->field_count, diff->time_ms, arena);
    add_row(finish, rows, object, last);
}

static void store_object(struct finish *finish, struct merge_object *object,
                         enum merge_effect effect)
{
    struct merge_plan *plan = finish->plan;

    switch (effect) {
    case MERGE_CREATE:
        store_fields(finish, object, DIFF_CREATE, &plan->creates);
        break;
    case MERGE_UPDATE:
        store_fields(finish, object, DIFF_UPDATE, &plan->updates);
        break;
    case MERGE_DELETE:
        store_delete(finish, object, &plan->deletes);
        break;
    case MERGE_REPLACE:
        store_delete(finish, object, &plan->replaced); /* mutant: replace_keeps_the_row */
        store_fields(finish, object, DIFF_CREATE, &plan->creates);
        break;
    case MERGE_NOTHING:
    case MERGE_EFFECTS:
        break;
    }
}

/* What becomes of the object: the table's cell, bent by its footnotes. Leaves in s and l what each
 * side still has to be told. */
static enum rc decide_object(const struct merge *merge, struct merge_object *object,
                             struct decision *decision_out, struct fail *fail)
{
    const struct merge_rule *rule;

    /* Where S(c) is silent, what is there now was there at the client's clock. */
    if (object->row.known && object->at_clock == PRESENCE_UNKNOWN) {
        object->at_clock = object->row.live ? PRESENCE_PRESENT : PRESENCE_ABSENT;
        merge_fold_object(merge->group, object);
    }
    reconcile_with_row(object);
    if (object->s.kind == NET_CANCELLED)
        net_clear(&object->s);
    rule = merge_rule(object->s.kind, object->l.kind);
    *decision_out = (struct decision){
        .server = rule->server, .client = rule->client, .by_field = rule->by_field};
    if (settle_row(merge->input, object, decision_out, fail) != RC_OK)
        return RC_REJECTED;
    settle_client(object, decision_out);
    settle_refused(object, decision_out);
    if (decision_out->by_field)
        contest_fields(merge->input, object, decision_out->whole);
    return RC_OK;
}

static void allot_rows(struct merge_rows *rows, size_t count, struct arena *arena)
{
    rows->items = ARENA_ARRAY(arena, count, struct merge_row);
}

static void allot_plan(struct finish *finish)
{
    struct arena *arena = finish->input->arena;
    struct merge_plan *plan = finish->plan;
    size_t objects = finish->merge->object_count, diffs = finish->input->request->count;
    size_t changed = objects < diffs ? objects : diffs;

    allot_rows(&plan->replaced, changed, arena);
    allot_rows(&plan->creates, changed, arena);
    allot_rows(&plan->updates, changed, arena);
    allot_rows(&plan->deletes, changed, arena);
    plan->stored = ARENA_ARRAY(arena, 2 * changed, struct merge_stored);
    plan->known_ids = ARENA_ARRAY(arena, diffs + 2 * objects, struct text);
    plan->answer.items = ARENA_ARRAY(arena, 2 * objects, struct diff);
    if (finish->input->rejections != NULL)
        plan->unsure = ARENA_ARRAY(arena, objects, size_t);
    finish->is_stored = ARENA_ARRAY(arena, diffs, bool);
}

/* New ids whose diff is not stored under its own id: they took effect in another, or had none. */
static void collect_known(struct finish *finish)
{
    const struct merge *merge = finish->merge;
    struct merge_plan *plan = finish->plan;

    for (size_t i = 0; i < merge->object_count; i++) {
        const struct merge_diffs *new_diffs = &merge->objects[i].new_diffs;

        for (size_t k = 0; k < new_diffs->count; k++) /* mutant: id_not_remembered */
            if (!finish->is_stored[new_diffs->items[k] - finish->input->request->items] &&
                !merge_refused(merge->group, new_diffs->items[k]))
                plan->known_ids[plan->known_count++] = new_diffs->items[k]->id;
    }
}

static enum rc finish_object(struct finish *finish, struct merge_object *object, struct fail *fail)
{
    struct decision decision;
    enum rc rc = RC_OK;

    if (object->as_stored && !object->row.known) {
        answer_as_stored(finish, object);
        return RC_OK;
    }
    if (object->as_stored)
        rc = merge_read_object(finish->merge->group, object, fail);
    if (rc == RC_OK)
        rc = decide_object(finish->merge, object, &decision, fail);
    if (rc != RC_OK)
        return rc;
    /* The answer first: it may need l's fields, and storing does not change them. */
    answer_object(finish, object, &decision);
    store_object(finish, object, decision.server);
    return RC_OK;
}

enum rc merge_finish(struct merge *merge, struct merge_plan *plan_out, struct fail *fail)
{
    const struct merge_input *input = merge->input;
    struct finish finish = {.merge = merge, .input = input, .plan = plan_out};
    enum rc rc = RC_OK;

    /* mutant: clock_twice */
    *plan_out = (struct merge_plan){.next_clock = input->push_clock + (merge->has_new ? 1 : 0)};
    allot_plan(&finish);
    for (size_t i = 0; rc == RC_OK && i < merge->object_count; i++)
        rc = finish_object(&finish, &merge->objects[i], fail);
    if (rc == RC_OK)
        collect_known(&finish);
    return rc;
}

enum merge_effect merge_variant(const struct merge *merge, size_t object, size_t max,
                                struct merge_row *row_out)
{
    struct merge_object variant = merge->objects[object];
    struct decision decision;
    struct fail ignored;

    variant.new_max = max;
    merge_fold_object(merge->group, &variant);
    if (decide_object(merge, &variant, &decision, &ignored) != RC_OK)
        return MERGE_NOTHING;
    *row_out = row_of(merge, &variant, NULL);
    row_out->object = object;
    return decision.server == MERGE_UPDATE && variant.l.field_count == 0 ? MERGE_NOTHING
                                                                         : decision.server;
}

enum merge_role merge_role(const struct merge *merge, size_t request_diff)
{
    return merge->group->roles[request_diff];
}
