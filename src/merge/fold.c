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

/* PROTOCOL 5, row by row. */
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

bool fold_runs_possible(const struct diff *const *diffs, size_t count, enum presence before)
{
    enum presence now = before;

    for (size_t i = 0; i < count; i++) {
        enum presence needed = diffs[i]->type == DIFF_CREATE ? PRESENCE_ABSENT : PRESENCE_PRESENT;

        if (now != PRESENCE_UNKNOWN && now != needed)
            return false;
        now = presence_after(needed, diffs[i]->type);
    }
    return true;
}

/* Diffs from the start of the array that share clock and timestamp. */
static size_t run_length(const struct diff *const *diffs, size_t count)
{
    size_t len = 1;

    while (len < count && diffs[len]->clock == diffs[0]->clock &&
           diffs[len]->time_ms == diffs[0]->time_ms)
        len++;
    return len;
}

static size_t count_type(const struct diff *const *diffs, size_t count, enum diff_type type)
{
    size_t found = 0;

    for (size_t i = 0; i < count; i++)
        found += diffs[i]->type == type;
    return found;
}

/* Copies the nth diff of that type, in the array's order. */
static const struct diff *nth_of_type(const struct diff *const *diffs, size_t count,
                                      enum diff_type type, size_t nth)
{
    for (size_t i = 0; i < count; i++)
        if (diffs[i]->type == type && nth-- == 0)
            return diffs[i];
    return NULL;
}

/* The place of a diff in a possible order of its run. Creates and deletes take turns, beginning
 * with the one that the presence allows; updates stand behind the last create, or, without a
 * create, before the delete. */
struct turn {
    enum diff_type type;
    size_t nth;
};

static size_t plan_turns(struct turn *turns, const size_t left[DIFF_TYPES], enum presence before)
{
    enum diff_type type = before == PRESENCE_PRESENT ? DIFF_DELETE : DIFF_CREATE;
    size_t used[DIFF_TYPES] = {0};
    size_t count = 0;

    if (left[DIFF_CREATE] == 0)
        while (used[DIFF_UPDATE] < left[DIFF_UPDATE])
            turns[count++] = (struct turn){DIFF_UPDATE, used[DIFF_UPDATE]++};
    while (used[DIFF_CREATE] < left[DIFF_CREATE] || used[DIFF_DELETE] < left[DIFF_DELETE]) {
        if (used[type] < left[type])
            turns[count++] = (struct turn){type, used[type]++};
        if (type == DIFF_CREATE && used[DIFF_CREATE] == left[DIFF_CREATE])
            while (used[DIFF_UPDATE] < left[DIFF_UPDATE])
                turns[count++] = (struct turn){DIFF_UPDATE, used[DIFF_UPDATE]++};
        type = type == DIFF_CREATE ? DIFF_DELETE : DIFF_CREATE;
    }
    return count;
}

#define MAX_RUN ((size_t)1024)

static void reorder_run(const struct diff **diffs, size_t count, enum presence before)
{
    const size_t left[DIFF_TYPES] = {
        [DIFF_CREATE] = count_type(diffs, count, DIFF_CREATE),
        [DIFF_UPDATE] = count_type(diffs, count, DIFF_UPDATE),
        [DIFF_DELETE] = count_type(diffs, count, DIFF_DELETE),
    };
    const struct diff *sorted[MAX_RUN];
    struct turn turns[MAX_RUN];
    size_t planned;

    /* So many changes of one object in one millisecond are not a person's; their array order is as
     * good as any. */
    if (count > MAX_RUN)
        return;
    planned = plan_turns(turns, left, before);
    assert(planned == count);
    for (size_t i = 0; i < planned; i++)
        sorted[i] = nth_of_type(diffs, count, turns[i].type, turns[i].nth);
    for (size_t i = 0; i < count; i++)
        diffs[i] = sorted[i];
}

enum presence fold_runs_arrange(const struct diff **diffs, size_t count, enum presence before)
{
    enum presence now = before;

    for (size_t i = 0; i < count;) {
        size_t len = run_length(diffs + i, count - i);

        if (len > 1 && !fold_runs_possible(diffs + i, len, now)) /* mutant: runs_stay_swapped */
            reorder_run(diffs + i, len, now);
        for (size_t end = i + len; i < end; i++)
            now = presence_after(now, diffs[i]->type);
    }
    return now;
}

bool fold_runs_need_presence(const struct diff *const *diffs, size_t count)
{
    enum presence now = PRESENCE_UNKNOWN;

    for (size_t i = 0; i < count;) {
        size_t len = run_length(diffs + i, count - i);

        if (now == PRESENCE_UNKNOWN && count_type(diffs + i, len, DIFF_CREATE) > 0 &&
            count_type(diffs + i, len, DIFF_DELETE) > 0)
            return true;
        for (size_t end = i + len; i < end; i++)
            now = presence_after(now, diffs[i]->type);
    }
    return false;
}

static size_t last_delete(const struct diff *diffs, size_t count)
{
    while (count > 0 && diffs[count - 1].type != DIFF_DELETE)
        count--;
    return count > 0 ? count - 1 : 0;
}

/* Does the diff set a field that none behind it sets? Marks those that it sets. */
static bool sets_news(const struct diff *diff, bool *set)
{
    bool news = false;

    for (size_t i = 0; i < diff->field_count; i++) {
        bool *seen = &set[diff->fields[i].field->index];

        news = news || !*seen;
        *seen = true;
    }
    return news;
}

size_t compact_diffs(struct diff *diffs, size_t count, struct arena *arena)
{
    const size_t from = last_delete(diffs, count);
    bool *keep = ARENA_ARRAY(arena, count, bool);
    bool *set;
    size_t kept = 0;

    if (count == 0)
        return 0;
    set = ARENA_ARRAY(arena, diffs[0].model->field_count, bool);
    for (size_t i = count; i > from; i--)
        keep[i - 1] = sets_news(&diffs[i - 1], set) || diffs[i - 1].type != DIFF_UPDATE;
    keep[0] = true;
    for (size_t i = 0; i < count; i++)
        if (keep[i])
            diff_move(&diffs[kept++], &diffs[i]);
    return kept;
}
