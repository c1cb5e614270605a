/* Collects what the entries of an object name, and makes the diff that tells of it.
 * Entry:     noticed_effect(), noticed_diff().
 * Invariant: an effect is one cell of EFFECTS. */
#include "noticed.h"

#include "made_ids.h"

void noticed_init(struct noticed *noticed, const struct model *model, struct text id,
                  struct arena *arena)
{
    *noticed = (struct noticed){
        .model = model, .id = id, .times = ARENA_ARRAY(arena, model->field_count, int64_t)};
    for (size_t i = 0; i < model->field_count; i++)
        noticed->times[i] = NOTICED_NEVER;
}

/* The database's clock may be anywhere; a diff's time may not. */
static int64_t as_time(int64_t time_ms)
{
    if (time_ms < 0)
        return 0;
    return time_ms < DIFF_INTEGER_MAX ? time_ms : DIFF_INTEGER_MAX;
}

void noticed_add_all(struct noticed *noticed, int64_t time_ms)
{
    noticed->any = true;
    noticed->last_ms = as_time(time_ms);
    for (size_t i = 0; i < noticed->model->field_count; i++)
        noticed->times[i] = noticed->last_ms;
}

void noticed_add(struct noticed *noticed, const struct change *change)
{
    if (!noticed->any)
        noticed->inserted_first = change->op == CHANGE_INSERT;
    if (change->op != CHANGE_UPDATE || change->all_fields) { /* mutant: insert_claims_nothing */
        noticed_add_all(noticed, change->time_ms);
        return;
    }
    noticed->any = true;
    noticed->last_ms = as_time(change->time_ms);
    for (size_t i = 0; i < change->field_count; i++)
        noticed->times[change->fields[i]->index] = noticed->last_ms;
}

struct noticed_past noticed_past_of(const struct object_past *told, bool adopted)
{
    return (struct noticed_past){
        .told = !told->existed  ? PRESENCE_UNKNOWN
                : told->deleted ? PRESENCE_ABSENT
                                : PRESENCE_PRESENT,
        .adopted = adopted,
    };
}

/* By whether devices may have the object, and whether its row is there now. */
static const enum merge_effect EFFECTS[2][2] = {
    /* mutant: new_row_unsaid */
    {MERGE_NOTHING, MERGE_CREATE},
    /* mutant: gone_row_unsaid */
    {MERGE_DELETE, MERGE_UPDATE},
};

static bool may_have_it(const struct noticed *noticed, struct noticed_past past)
{
    if (past.told != PRESENCE_UNKNOWN)
        return past.told == PRESENCE_PRESENT;
    return past.adopted && !noticed->inserted_first; /* mutant: adoption_forgotten */
}

enum merge_effect noticed_effect(const struct noticed *noticed, struct noticed_past past, bool live)
{
    return EFFECTS[may_have_it(noticed, past)][live];
}

static void set_fields(struct diff *diff, const struct noticed *noticed, const struct row *row,
                       struct arena *arena)
{
    const struct model *model = noticed->model;

    diff->fields = ARENA_ARRAY(arena, model->field_count, struct field_value);
    diff->time_ms = 0;
    for (size_t i = 0; i < model->field_count; i++) {
        const int64_t time_ms = noticed->times[i];

        if (diff->type == DIFF_UPDATE && time_ms == NOTICED_NEVER)
            continue;
        diff->fields[diff->field_count++] = (struct field_value){
            .field = &model->fields[i],
            .value = row->values[i],
            .time_ms = time_ms == NOTICED_NEVER ? 0 : time_ms,
        };
        if (time_ms > diff->time_ms)
            diff->time_ms = time_ms;
    }
}

struct diff noticed_diff(const struct noticed *noticed, enum diff_type type, const struct row *row,
                         struct noticed_place place, struct arena *arena)
{
    struct diff diff = {
        .id = made_id_of_change(noticed->model, noticed->id, place.clock, type, arena),
        .owner = place.owner,
        .clock = place.clock,
        .time_ms = noticed->last_ms,
        .type = type,
        .model = noticed->model,
        .object_id = noticed->id,
    };

    if (type != DIFF_DELETE)
        set_fields(&diff, noticed, row, arena);
    diff.json_data = diff_write_json_data(diff.object_id, diff.fields, diff.field_count, arena);
    /* mutant: noticed_times_lost */
    diff.field_times = diff_write_field_times(diff.fields, diff.field_count, diff.time_ms, arena);
    return diff;
}

bool noticed_tell(const struct noticed *noticed, enum merge_effect effect, const struct row *row,
                  struct noticed_place place, struct arena *arena, struct diff *diff_out)
{
    static const enum diff_type TYPES[MERGE_EFFECTS] = {
        [MERGE_CREATE] = DIFF_CREATE, [MERGE_UPDATE] = DIFF_UPDATE, [MERGE_DELETE] = DIFF_DELETE};
    struct diff diff;

    if (effect == MERGE_NOTHING)
        return false;
    diff = noticed_diff(noticed, TYPES[effect], row, place, arena);
    if (effect == MERGE_UPDATE && diff.field_count == 0)
        return false;
    *diff_out = diff;
    return true;
}
