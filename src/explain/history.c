/* Walks through an object's diffs: explain_history(). All is read from one snapshot, in parts. */
#include "history.h"

#include "parts.h"

#define PART_DIFFS ((size_t)500)

struct walk {
    struct synchronizer *s;
    const struct explain_history_query *query;
    struct explain_past *past;
    struct explain_history *history;
    struct inspect_place last;
};

static void note_later(const struct walk *walk, const struct diff *diff)
{
    const struct explain_moment *until = &walk->query->until;

    for (size_t i = 0; i < diff->field_count; i++)
        if (diff->clock > until->clock || diff->fields[i].time_ms > until->time_ms)
            walk->history->set_later[diff->fields[i].field->index] = true;
}

static void take_diff(struct walk *walk, const struct diff *diff, struct inspect_place place)
{
    const struct explain_moment *until = &walk->query->until;
    const struct explain_step step = {walk->history, diff, place, explain_origin(diff), walk->past};

    if (walk->last.clock < 0) {
        walk->history->first = place;
        walk->history->first_type = diff->type;
    }
    walk->last = place;
    if (diff->clock <= until->clock)
        explain_past_add(walk->past, diff, until->time_ms);
    note_later(walk, diff);
    if (walk->query->show != NULL)
        walk->query->show(walk->query->context, &step);
}

static enum rc read_diffs(struct walk *walk, struct fail *fail)
{
    struct inspect_diffs_query read = {.object = &walk->query->object, .max = PART_DIFFS};
    struct inspect_diffs part = {.count = 0};
    struct arena arena;
    enum rc rc;

    arena_init(&arena);
    do {
        arena_clear(&arena);
        read.after = walk->last;
        rc = walk->s->ops->inspect->diffs(walk->s, &read, &arena, &part, fail);
        for (size_t i = 0; rc == RC_OK && i < part.count; i++)
            take_diff(walk, &part.items[i], part.places[i]);
    } while (rc == RC_OK && part.count == PART_DIFFS);
    arena_release(&arena);
    return rc;
}

/* Only the end of what is folded is known: a moment before it is not. */
static bool is_behind(const struct explain_moment *until, const struct summary *summary)
{
    return until->clock >= summary->last_clock && until->time_ms >= summary->created_ms &&
           until->time_ms >= summary->deleted_ms;
}

static void note_folded(const struct walk *walk, const struct summary *summary)
{
    const struct explain_moment *until = &walk->query->until;

    if (is_behind(until, summary))
        explain_past_begin(walk->past, summary);
    for (size_t i = 0; i < summary->model->field_count; i++)
        if (summary->fields[i].time_ms > until->time_ms)
            walk->history->set_later[i] = true;
}

static enum rc read_summary(const struct walk *walk, struct arena *arena, struct fail *fail)
{
    struct synchronizer *s = walk->s;
    const struct inspect_object *object = &walk->query->object;
    struct explain_history *history = walk->history;
    struct summary *summary = ARENA_NEW(arena, struct summary);
    bool found = false;
    enum rc rc = s->ops->compaction->find_horizon(s, object->owner, &history->horizon, fail);

    if (rc == RC_OK && history->horizon.compacted_below > 0)
        rc = s->ops->inspect->summary(s, object, arena, summary, &found, fail);
    if (rc != RC_OK || !found)
        return rc;
    history->summary = summary;
    note_folded(walk, summary);
    return RC_OK;
}

static enum rc read_row(const struct walk *walk, struct arena *arena, struct fail *fail)
{
    const struct inspect_object *object = &walk->query->object;
    struct row row = {.live = false};
    enum rc rc = walk->s->ops->read(walk->s, (struct owner_model){object->owner, object->model},
                                    (struct id_list){&object->id, 1}, arena, &row, fail);

    walk->history->row_live = row.live;
    return rc;
}

static enum rc read_all(struct walk *walk, struct arena *arena, struct fail *fail)
{
    enum rc rc = walk->s->ops->inspect->count(walk->s, &walk->query->object,
                                              &walk->history->diff_count, fail);

    if (rc == RC_OK)
        rc = read_summary(walk, arena, fail);
    if (rc == RC_OK)
        rc = read_diffs(walk, fail);
    return rc == RC_OK ? read_row(walk, arena, fail) : rc;
}

enum rc explain_history(struct synchronizer *s, const struct explain_history_query *query,
                        struct arena *arena, struct explain_past *past_inout,
                        struct explain_history *history_out, struct fail *fail)
{
    const struct inspect_object *object = &query->object;
    struct walk walk = {s, query, past_inout, history_out, INSPECT_BEGINNING};
    enum rc rc;

    *history_out = (struct explain_history){
        .first = INSPECT_BEGINNING,
        .set_later = ARENA_ARRAY(arena, object->model->field_count, bool),
    };
    rc = s->ops->begin_snapshot(s, object->owner, &history_out->next_clock, fail);
    if (rc == RC_OK && history_out->next_clock == 0)
        rc = explain_unknown_owner(object->owner, fail);
    if (rc == RC_OK)
        rc = read_all(&walk, arena, fail);
    s->ops->rollback(s);
    return rc;
}
