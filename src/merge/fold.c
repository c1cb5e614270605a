/* The net effect of several diffs on one object.
 * Entry:     net_add().
 * Invariant: the table FOLD alone says what follows from what. */
#include "fold.h"

#include <assert.h>

/* What becomes of the fields collected so far when a diff is folded. */
enum field_step {
    STEP_START, /* this diff's fields alone */
    STEP_LAY,   /* this diff's fields over the others: later ones win */
    STEP_KEEP,  /* as they are: the diff says nothing any more */
    STEP_EMPTY, /* none */
};

struct fold_rule {
    enum net_kind next;
    enum field_step step;
};

/* docs/merging.md 5, row by row. */
static const struct fold_rule FOLD[NET_KINDS][DIFF_TYPES] = {
    [NET_NONE] = {[DIFF_CREATE] = {NET_CREATE, STEP_START},
                  [DIFF_UPDATE] = {NET_UPDATE, STEP_START},
                  [DIFF_DELETE] = {NET_DELETE, STEP_EMPTY}},
    [NET_CREATE] = {[DIFF_CREATE] = {NET_CREATE, STEP_LAY},
                    [DIFF_UPDATE] = {NET_CREATE, STEP_LAY},
                    [DIFF_DELETE] = {NET_CANCELLED, STEP_EMPTY}},
    [NET_UPDATE] = {[DIFF_CREATE] = {NET_UPDATE, STEP_LAY},
                    [DIFF_UPDATE] = {NET_UPDATE, STEP_LAY},
                    [DIFF_DELETE] = {NET_DELETE, STEP_EMPTY}},
    [NET_DELETE] = {[DIFF_CREATE] = {NET_REPLACE, STEP_START}, /* mutant: ignore_replace */
                    [DIFF_UPDATE] = {NET_DELETE, STEP_KEEP},
                    [DIFF_DELETE] = {NET_DELETE, STEP_EMPTY}},
    [NET_REPLACE] = {[DIFF_CREATE] = {NET_REPLACE, STEP_LAY},
                     [DIFF_UPDATE] = {NET_REPLACE, STEP_LAY},
                     [DIFF_DELETE] = {NET_DELETE, STEP_EMPTY}},
    [NET_CANCELLED] = {[DIFF_CREATE] = {NET_CREATE, STEP_START},
                       /* mutant: cancelled_comes_back */
                       [DIFF_UPDATE] = {NET_CANCELLED, STEP_KEEP},
                       [DIFF_DELETE] = {NET_CANCELLED, STEP_KEEP}},
};

void net_init(struct net *net, const struct model *model, struct arena *arena)
{
    *net = (struct net){
        .model = model,
        .fields = ARENA_ARRAY(arena, model->field_count, struct field_value),
        .place = ARENA_ARRAY(arena, model->field_count, unsigned),
    };
}

struct net net_copy(const struct net *net, struct arena *arena)
{
    struct net copy = *net;

    copy.fields = ARENA_ARRAY(arena, net->model->field_count, struct field_value);
    copy.place = ARENA_ARRAY(arena, net->model->field_count, unsigned);
    for (size_t i = 0; i < net->field_count; i++)
        copy.fields[i] = net->fields[i];
    for (size_t i = 0; i < net->model->field_count; i++)
        copy.place[i] = net->place[i];
    return copy;
}

static void drop_fields(struct net *net)
{
    assert(net->field_count == 0 || net->fields != NULL);
    for (size_t i = 0; i < net->field_count; i++)
        net->place[net->fields[i].field->index] = 0;
    net->field_count = 0;
}

void net_clear(struct net *net)
{
    drop_fields(net);
    net->kind = NET_NONE;
    net->created = NULL;
    net->deleted = NULL;
}

const struct field_value *net_field(const struct net *net, const struct field *field)
{
    unsigned place = net->place[field->index];

    return place == 0 ? NULL : &net->fields[place - 1];
}

void net_set(struct net *net, const struct field_value *value)
{
    unsigned *place = &net->place[value->field->index];

    assert(net->fields != NULL);
    if (*place == 0) {
        assert(net->field_count < net->model->field_count);
        *place = (unsigned)++net->field_count;
    }
    net->fields[*place - 1] = *value;
}

void net_drop(struct net *net, const struct field *field)
{
    unsigned place = net->place[field->index];

    if (place == 0)
        return;
    net->place[field->index] = 0;
    net->field_count--;
    for (size_t i = place - 1; i < net->field_count; i++) {
        net->fields[i] = net->fields[i + 1];
        net->place[net->fields[i].field->index] = (unsigned)i + 1;
    }
}

static void lay_fields(struct net *net, const struct diff *diff)
{
    for (size_t i = 0; i < diff->field_count; i++) {
        struct field_value value = diff->fields[i];

        value.source = diff;
        value.step = net->steps;
        /* What a version of the app does not see, it only sets where nobody has. */
        if (net_field(net, value.field) == NULL || !field_is_initial(&value))
            net_set(net, &value);
    }
}

void net_add(struct net *net, const struct diff *diff, enum diff_type as)
{
    const struct fold_rule *rule = &FOLD[net->kind][as];

    net->steps++;
    /* mutant: old_fields_survive_delete */
    if (rule->step == STEP_START || rule->step == STEP_EMPTY)
        drop_fields(net);
    if (rule->step == STEP_START || rule->step == STEP_LAY)
        lay_fields(net, diff);
    if (as == DIFF_DELETE && rule->next == NET_DELETE)
        net->deleted = diff;
    if (as == DIFF_CREATE && rule->step == STEP_START) {
        net->created = diff;
        net->created_step = net->steps;
    }
    if (rule->next != NET_CREATE && rule->next != NET_REPLACE)
        net->created = NULL;
    if (rule->next != NET_DELETE && rule->next != NET_REPLACE)
        net->deleted = NULL;
    net->kind = rule->next;
}

void net_lay_in(struct net *net, const struct field_value *fields, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct field_value value = fields[i];

        value.source = NULL;
        value.step = 0;
        net_set(net, &value);
    }
}

void net_become_update(struct net *net)
{
    net->created = NULL;
    net->deleted = NULL;
    net->kind = NET_UPDATE;
    if (net->field_count == 0)
        net_clear(net);
}

const struct diff *net_last(const struct net *net)
{
    const struct diff *last = net->created;
    unsigned step = net->created != NULL ? net->created_step : 0;

    for (size_t i = 0; i < net->field_count; i++) {
        const struct field_value *value = &net->fields[i];

        /* mutant: first_id_of_merged */
        if (value->source != NULL && (last == NULL || value->step > step)) {
            last = value->source;
            step = value->step;
        }
    }
    return last;
}

const struct diff *net_verbatim(const struct net *net)
{
    const struct diff *last = net_last(net);

    if (last == NULL || last->field_count != net->field_count)
        return NULL;
    if (net->created != NULL && net->created != last)
        return NULL;
    for (size_t i = 0; i < net->field_count; i++)
        if (net->fields[i].source != last)
            return NULL;
    return last;
}

enum presence presence_after(enum presence before, enum diff_type type)
{
    if (type == DIFF_UPDATE)
        return before;
    return type == DIFF_CREATE ? PRESENCE_PRESENT : PRESENCE_ABSENT;
}
