/* Reads the rows that a merge asks for, one statement a model.
 * Entry:     row_lookup_read().
 * Invariant: only objects that want their row get one. */
#include "row_lookup.h"

/* The objects of one model that want their rows. */
struct asked {
    struct synchronizer *s;
    struct text owner;
    const struct model *model;
    struct merge_object **objects;
    struct text *ids;
    size_t count;
};

static enum rc read_rows(const struct asked *asked, struct arena *arena, struct fail *fail)
{
    struct row *rows = ARENA_ARRAY(arena, asked->count, struct row);
    enum rc rc = asked->s->ops->read(asked->s, (struct owner_model){asked->owner, asked->model},
                                     (struct id_list){asked->ids, asked->count}, arena, rows, fail);

    for (size_t i = 0; rc == RC_OK && i < asked->count; i++)
        asked->objects[i]->row = (struct merge_row_state){
            .known = true,
            .live = rows[i].live,
            .existed = rows[i].live || asked->objects[i]->given.stored.count > 0,
            .values = rows[i].values,
        };
    return rc;
}

/* Where S(c) is silent: does it matter what the older history says? */
static bool has_past(const struct merge_object *object)
{
    const enum net_kind client_net = object->given.client_net.kind;

    return object->given.stored.count == 0 &&
           (!object->row.live || client_net == NET_CREATE || client_net == NET_CANCELLED);
}

/* Who has a live row that no diff was ever about? Devices, if they got it straight from its row. */
static enum rc find_adopted(const struct asked *asked, const struct object_past *past, size_t count,
                            bool *adopted_out, struct fail *fail)
{
    bool untold = false;

    *adopted_out = false;
    for (size_t i = 0; i < count; i++)
        untold |= asked->objects[i]->row.live && !past[i].existed;
    return untold ? asked->s->ops->changes->find_adopted(asked->s, asked->owner, adopted_out, fail)
                  : RC_OK;
}

static bool is_told(const struct merge_row_state *row, const struct object_past *past, bool adopted)
{
    return past->existed ? !past->deleted
                         : row->live && adopted; /* mutant: adopted_row_made_again */
}

static enum rc read_past(struct asked *asked, struct arena *arena, struct fail *fail)
{
    struct object_past *past;
    size_t count = 0;
    bool adopted;
    enum rc rc;

    for (size_t i = 0; i < asked->count; i++) {
        struct merge_object *object = asked->objects[i];

        if (!has_past(object))
            continue;
        asked->objects[count] = object;
        asked->ids[count++] = object->id;
    }
    if (count == 0)
        return RC_OK;
    past = ARENA_ARRAY(arena, count, struct object_past);
    rc = asked->s->ops->find_past(asked->s, (struct owner_model){asked->owner, asked->model},
                                  (struct id_list){asked->ids, count}, past, fail);
    if (rc == RC_OK)
        rc = find_adopted(asked, past, count, &adopted, fail);
    for (size_t i = 0; rc == RC_OK && i < count; i++) {
        struct merge_row_state *row = &asked->objects[i]->row;

        row->existed = row->live || past[i].existed;
        row->told = is_told(row, &past[i], adopted) ? PRESENCE_PRESENT : PRESENCE_ABSENT;
    }
    return rc;
}

static void collect_model(struct asked *asked, struct merge *merge)
{
    asked->count = 0;
    for (size_t i = 0; i < merge->object_count; i++) {
        struct merge_object *object = &merge->objects[i];

        if (object->model != asked->model || !object->wants_row)
            continue;
        asked->objects[asked->count] = object;
        asked->ids[asked->count++] = object->id;
    }
}

static size_t count_wanted(const struct merge *merge)
{
    size_t wanted = 0;

    for (size_t i = 0; i < merge->object_count; i++)
        wanted += merge->objects[i].wants_row;
    return wanted;
}

bool row_lookup_wanted(const struct merge *merge)
{
    return count_wanted(merge) > 0;
}

enum rc row_lookup_read(struct synchronizer *s, struct merge *merge, struct arena *arena,
                        struct fail *fail)
{
    size_t wanted = count_wanted(merge);
    struct asked asked = {
        .s = s,
        .owner = merge->input->owner,
        .objects = ARENA_ARRAY(arena, wanted, struct merge_object *),
        .ids = ARENA_ARRAY(arena, wanted, struct text),
    };
    enum rc rc = RC_OK;

    for (size_t i = 0; wanted > 0 && rc == RC_OK && i < s->mapping->model_count; i++) {
        asked.model = &s->mapping->models[i];
        collect_model(&asked, merge);
        if (asked.count == 0)
            continue;
        rc = read_rows(&asked, arena, fail);
        if (rc == RC_OK)
            rc = read_past(&asked, arena, fail);
    }
    return rc;
}
