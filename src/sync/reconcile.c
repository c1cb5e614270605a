/* Compares a table with the folded history, in parts.
 * Entry:     reconcile_model().
 * Invariant: first come the objects that diffs tell of, in the order of their ids, then the rows
 * that none tells of; afterwards history and table agree. */
#include "reconcile.h"

#include <stdlib.h>

#include "held_value.h"
#include "history_walk.h"
#include "noticed_rows.h"
#include "summary.h"

#define PART_DIFFS ((size_t)2500)
#define PART_BYTES ((size_t)4 << 20)
#define PART_ROWS  ((size_t)1000)

struct reconcile {
    const struct reconcile_job *job;
    struct drain_store *store;
    struct arena part;
};

static struct owner_model of(const struct reconcile *reconcile)
{
    return (struct owner_model){reconcile->store->owner, reconcile->job->model};
}

/* Room for the diffs of a part, two for each object. */
static struct diff_list make_room(struct reconcile *reconcile, size_t objects)
{
    return (struct diff_list){ARENA_ARRAY(&reconcile->part, 2 * objects, struct diff), 0};
}

static void add(struct reconcile *reconcile, struct diff_list *diffs, const struct noticed *noticed,
                enum diff_type type, const struct row *row)
{
    const struct noticed_place place = {reconcile->store->owner, reconcile->store->clock};
    const struct diff diff = noticed_diff(noticed, type, row, place, &reconcile->part);

    if (type != DIFF_UPDATE || diff.field_count > 0)
        diffs->items[diffs->count++] = diff;
}

static enum rc append(struct reconcile *reconcile, const struct diff_list *diffs, struct fail *fail)
{
    return drain_store_append(reconcile->store, diffs->items, diffs->count, &reconcile->part, fail);
}

/* What an object's diffs come to. */
static enum rc fold(struct net *net, const struct model *model, struct diff *diffs, size_t count,
                    struct arena *arena, struct fail *fail)
{
    enum rc rc = RC_OK;

    net_init(net, model, arena);
    for (size_t i = 0; rc == RC_OK && i < count; i++) {
        if (diffs[i].unread)
            rc = diff_parse_stored(&diffs[i], arena, fail);
        net_add(net, &diffs[i], diffs[i].type);
    }
    return rc;
}

static bool is_present(const struct net *net)
{
    return net->kind == NET_CREATE || net->kind == NET_UPDATE || net->kind == NET_REPLACE;
}

/* The summary that told of the field, which has no values; NULL: a stored diff did, or none. */
static const struct summary *summary_of(const struct field_value *told)
{
    return told == NULL || told->source == NULL ? NULL : told->source->summary;
}

/* By field index: those that no stored diff sets behind the object's summary. */
static const bool *kept_fields(const struct net *net, struct arena *arena)
{
    bool *kept = ARENA_ARRAY(arena, net->model->field_count, bool);

    for (size_t i = 0; i < net->model->field_count; i++) {
        const struct field_value *told = net_field(net, &net->model->fields[i]);

        kept[i] = told == NULL || summary_of(told) != NULL;
    }
    return kept;
}

/* A create without the field says NULL. */
static bool is_told(struct reconcile *reconcile, const struct net *net, const struct field *field,
                    const struct value *value)
{
    const struct field_value *told = net_field(net, field);

    return told == NULL ? net->created != NULL && value->kind == VALUE_NULL
                        : held_value_is(reconcile->store->s->columns, reconcile->job->model, told,
                                        value, &reconcile->part);
}

static int compare_ids(const void *key, const void *item)
{
    const struct text *id = key;

    return text_compare(*id, ((const struct noticed *)item)->id);
}

/* What entries say of the object; without any, what changed did so when the comparison says. */
static struct noticed noticed_of(struct reconcile *reconcile, struct text id)
{
    const struct noticed_list *list = &reconcile->job->noticed;
    const struct noticed *found =
        list->count == 0 ? NULL
                         : bsearch(&id, list->items, list->count, sizeof(*found), compare_ids);
    struct noticed noticed;

    if (found != NULL)
        return *found; /* mutant: compared_times_lost */
    noticed_init(&noticed, reconcile->job->model, id, &reconcile->part);
    noticed.last_ms = reconcile->job->time_ms;
    return noticed;
}

/* Those that no entry names, too. */
static void add_all(const struct reconcile *reconcile, struct noticed *noticed)
{
    for (size_t i = 0; i < reconcile->job->model->field_count; i++)
        if (noticed->times[i] == NOTICED_NEVER)
            noticed->times[i] = reconcile->job->time_ms;
}

static void compare_fields(struct reconcile *reconcile, const struct net *net,
                           const struct row *row, struct noticed *noticed)
{
    const struct model *model = reconcile->job->model;
    const bool *kept = kept_fields(net, &reconcile->part);

    for (size_t i = 0; i < model->field_count; i++) {
        const struct field *field = &model->fields[i];
        const struct summary *summary = summary_of(net_field(net, field));

        if (noticed->times[i] != NOTICED_NEVER)
            continue;
        if (summary != NULL ? summary_verifies(summary, field, kept, row->values, &reconcile->part)
                            : is_told(reconcile, net, field, &row->values[i]))
            continue;
        noticed->times[i] = reconcile->job->time_ms; /* mutant: difference_unsaid */
    }
}

/* Devices may have the row, or lack it: behind updates alone nobody knows, for what no trigger saw
 * may have put it there. */
static void replace(struct reconcile *reconcile, struct diff_list *diffs, struct noticed *noticed,
                    const struct row *row)
{
    add_all(reconcile, noticed);
    add(reconcile, diffs, noticed, DIFF_DELETE, NULL);
    add(reconcile, diffs, noticed, DIFF_CREATE, row);
}

static void compare_object(struct reconcile *reconcile, const struct net *net, struct text id,
                           const struct row *row, struct diff_list *diffs)
{
    struct noticed noticed = noticed_of(reconcile, id);

    if (row->live && is_present(net) && net->created == NULL) {
        replace(reconcile, diffs, &noticed, row); /* mutant: updated_row_compared */
    } else if (is_present(net) != row->live) {
        add_all(reconcile, &noticed);
        add(reconcile, diffs, &noticed, row->live ? DIFF_CREATE : DIFF_DELETE, row);
    } else if (row->live) {
        compare_fields(reconcile, net, row, &noticed);
        add(reconcile, diffs, &noticed, DIFF_UPDATE, row);
    }
}

/* The objects of a part of the history. */
struct told {
    struct text *ids;
    struct net *nets;
    struct row *rows;
    size_t count;
};

static enum rc fold_objects(struct reconcile *reconcile, struct diff_list *diffs, struct told *told,
                            struct fail *fail)
{
    struct arena *arena = &reconcile->part;
    enum rc rc = RC_OK;

    *told = (struct told){ARENA_ARRAY(arena, diffs->count, struct text),
                          ARENA_ARRAY(arena, diffs->count, struct net),
                          ARENA_ARRAY(arena, diffs->count, struct row), 0};
    for (size_t i = 0, end; rc == RC_OK && i < diffs->count; i = end) {
        const struct text id = diffs->items[i].object_id;

        for (end = i + 1; end < diffs->count && text_equal(diffs->items[end].object_id, id);)
            end++;
        told->ids[told->count] = id;
        rc = fold(&told->nets[told->count++], reconcile->job->model, &diffs->items[i], end - i,
                  arena, fail);
    }
    return rc;
}

static enum rc compare_part(void *context, struct diff_list *history, struct fail *fail)
{
    struct reconcile *reconcile = context;
    struct synchronizer *s = reconcile->store->s;
    struct diff_list diffs = make_room(reconcile, history->count);
    struct told told;
    enum rc rc = fold_objects(reconcile, history, &told, fail);

    if (rc == RC_OK)
        rc = s->ops->read(s, of(reconcile), (struct id_list){told.ids, told.count},
                          &reconcile->part, told.rows, fail);
    if (rc != RC_OK)
        return rc;
    for (size_t i = 0; i < told.count; i++)
        compare_object(reconcile, &told.nets[i], told.ids[i], &told.rows[i], &diffs);
    return append(reconcile, &diffs, fail);
}

/* What the drain itself has stored at its clock is seen, too. */
static enum rc compare_told(struct reconcile *reconcile, struct fail *fail)
{
    const struct history_walk walk = {
        .s = reconcile->store->s,
        .owner = reconcile->store->owner,
        .until_clock = reconcile->store->clock + 1,
        .compare = true,
        .limit = {PART_DIFFS, PART_BYTES},
        .part = &reconcile->part,
        .visit = compare_part,
        .context = reconcile,
    };

    return history_walk_model(&walk, reconcile->job->model, fail);
}

/* A row that no diff tells of: devices lack it, or have it as it once was. */
static void tell_row(struct reconcile *reconcile, const struct object_row *object,
                     struct diff_list *diffs)
{
    const struct row row = {true, object->values};
    struct noticed noticed = noticed_of(reconcile, object->id);

    if (reconcile->job->adopted) { /* mutant: adopted_row_unsure */
        replace(reconcile, diffs, &noticed, &row);
        return;
    }
    add_all(reconcile, &noticed);
    add(reconcile, diffs, &noticed, DIFF_CREATE, &row);
}

static enum rc tell_untold(struct reconcile *reconcile, const struct object_row_list *rows,
                           struct fail *fail)
{
    struct synchronizer *s = reconcile->store->s;
    struct text *ids = ARENA_ARRAY(&reconcile->part, rows->count, struct text);
    struct object_past *past = ARENA_ARRAY(&reconcile->part, rows->count, struct object_past);
    struct diff_list diffs = make_room(reconcile, rows->count);
    enum rc rc;

    if (rows->count == 0)
        return RC_OK;
    for (size_t i = 0; i < rows->count; i++)
        ids[i] = rows->items[i].id;
    rc = s->ops->changes->find_told(s, of(reconcile), (struct id_list){ids, rows->count}, past,
                                    fail);
    if (rc != RC_OK)
        return rc;
    for (size_t i = 0; i < rows->count; i++)
        if (!past[i].existed) /* mutant: old_rows_stay_unsaid */
            tell_row(reconcile, &rows->items[i], &diffs);
    return append(reconcile, &diffs, fail);
}

static struct row_walk row_walk_of(struct text owner, const struct model *model, size_t limit,
                                   struct arena *arena)
{
    return (struct row_walk){
        .owner = owner, .model = model, .limit = limit, .more = true, .arena = arena};
}

static enum rc walk_rows(struct reconcile *reconcile, struct fail *fail)
{
    struct synchronizer *s = reconcile->store->s;
    struct arena places;
    struct row_walk walk =
        row_walk_of(reconcile->store->owner, reconcile->job->model, PART_ROWS, &places);
    enum rc rc = RC_OK;

    arena_init(&places);
    while (rc == RC_OK && walk.more) {
        struct object_row_list rows;

        arena_clear(&reconcile->part);
        rc = s->ops->changes->read_rows(s, &walk, &reconcile->part, &rows, fail);
        if (rc == RC_OK)
            rc = tell_untold(reconcile, &rows, fail);
    }
    arena_release(&places);
    return rc;
}

enum rc reconcile_model(const struct reconcile_job *job, struct fail *fail)
{
    struct reconcile reconcile = {.job = job, .store = job->store};
    enum rc rc;

    arena_init(&reconcile.part);
    rc = compare_told(&reconcile, fail);
    if (rc == RC_OK)
        rc = walk_rows(&reconcile, fail);
    arena_release(&reconcile.part);
    return rc;
}

enum rc reconcile_finds_rows(struct synchronizer *s, struct text owner, bool *found_out,
                             struct fail *fail)
{
    struct arena arena;
    enum rc rc = RC_OK;

    arena_init(&arena);
    *found_out = false;
    for (size_t i = 0; rc == RC_OK && !*found_out && i < s->mapping->model_count; i++) {
        struct row_walk walk = row_walk_of(owner, &s->mapping->models[i], 1, &arena);
        struct object_row_list rows = {.count = 0};

        rc = s->ops->changes->read_rows(s, &walk, &arena, &rows, fail);
        *found_out = rows.count > 0;
    }
    arena_release(&arena);
    return rc;
}
